"""The stock behind an exchange: reserved with the return, sent when it is settled, given back when it is called off."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from store import changing, happenings, money, policy, repository, transfer
from store.decision import RequestLine
from store.happenings import About, Act
from store.opening import Case
from store.order import Order, PaymentMethod, Variant
from store.returns import Exchange, ExchangeState, Resolution, Return, move_exchange
from store.tables import ExchangeRow, VariantRow

Choices = Mapping[UUID, Sequence[str]]
"""Variants by order item, the one that is wanted most first."""


@dataclass(frozen=True)
class Swap:
    """Which variant was taken for each item, and what it costs the customer (negative: what they get back)."""

    difference: Decimal = money.ZERO
    variants: Mapping[UUID, str] = field(default_factory=dict)


async def reserve(
    session: AsyncSession, order: Order, lines: Sequence[RequestLine], resolution: Resolution, chosen: Choices
) -> Swap:
    """Take for each line the first of its chosen variants that is in stock; raises BadInput (none chosen, or another
    product's), Conflict (all sold out)."""
    if resolution != "exchange":
        return Swap()
    wanted = _by_preference(chosen)
    await lock(session, candidates(chosen))
    variants = await repository.variants_by_ids(session, candidates(chosen))
    difference = money.ZERO
    taken: Counter[str] = Counter()
    found: dict[UUID, str] = {}
    for line in lines:
        variant = _first_in_stock(order, line, wanted.get(line.order_item_id, ()), variants, taken)
        item = order.item(line.order_item_id)
        if item is not None:
            difference += policy.price_difference(item, variant, line.quantity, order.currency)
        taken[variant.id] += line.quantity
        found[line.order_item_id] = variant.id
    await take(session, taken)
    return Swap(difference, found)


def candidates(chosen: Choices) -> set[str]:
    """Return all variants of which one may be taken."""
    return {variant for choice in _by_preference(chosen).values() for variant in choice}


def payer(case: Case, difference: Decimal, method_id: str | None) -> PaymentMethod | None:
    """Return who bears the difference in price of an exchange: the method named, else the one that paid the most.

    None where nothing is to be paid, or a gift card is made for what goes back. Raises NotFound (not the customer's),
    BadInput (nobody is known who could pay), NotAllowed (too little balance, a gift, or only the same price may be
    chosen).
    """
    if difference != 0 and case.rules.rules.exchange.difference == "same_price_only":
        raise errors.NotAllowed("an exchange is possible for the same price only")
    if case.past.gift:
        if difference > 0:
            raise errors.NotAllowed("whoever returns a gift cannot be charged a difference in price")
        return None
    wanted = method_id or (transfer.payer_of_most(case.order) if difference != 0 else None)
    method = next((entry for entry in case.methods if entry.id == wanted), None)
    if method is None and method_id is not None:
        raise errors.NotFound(f"payment method {method_id} of this customer")
    if method is None and difference > 0:
        amount = case.rules.shop.money(difference, case.order.currency)
        raise errors.BadInput(f"{amount} is to be paid: a payment method is needed for it")
    if method is not None and difference > 0 and not policy.can_pay(method, difference):
        raise errors.NotAllowed(changing.too_little(method, difference, case.order, case.rules))
    return method


async def hold(session: AsyncSession, opened: Return, act: Act) -> None:
    """Write down which pieces are reserved for a return; their stock has been taken already."""
    for line in opened.lines:
        if line.exchange_variant_id is not None:
            session.add(
                ExchangeRow(
                    return_id=opened.id,
                    order_item_id=line.order_item_id,
                    variant_id=line.exchange_variant_id,
                    quantity=line.quantity,
                    state="reserved",
                )
            )
    await session.flush()
    _note(session, opened, "reserved", act, variants=_named(opened))


async def of_return(session: AsyncSession, return_id: UUID) -> list[Exchange]:
    """Return the pieces that are or were reserved for a return."""
    query = select(ExchangeRow).where(ExchangeRow.return_id == return_id).order_by(ExchangeRow.id)
    rows = await session.scalars(query, execution_options={"populate_existing": True})
    return [
        Exchange(
            row.id, row.return_id, row.order_item_id, row.variant_id, row.quantity, cast("ExchangeState", row.state),
            row.tracking_number,
        )
        for row in rows
    ]  # fmt: skip


async def release(session: AsyncSession, closed: Return, act: Act) -> None:
    """Put the pieces of a return that does not take place back into stock."""
    open_ones = [one for one in await of_return(session, closed.id) if one.state in ("reserved", "ready")]
    back: Counter[str] = Counter()
    for one in open_ones:
        await _save(session, move_exchange(one, "released"))
        back[one.variant_id] += one.quantity
    await put_back(session, back)
    if open_ones:
        _note(session, closed, "released", act)


async def make_ready(session: AsyncSession, settled: Return, act: Act) -> None:
    """Note that nothing stands between the reserved pieces and the customer any more."""
    reserved = [one for one in await of_return(session, settled.id) if one.state == "reserved"]
    for one in reserved:
        await _save(session, move_exchange(one, "ready"))
    if reserved:
        _note(session, settled, "ready", act)


async def send(session: AsyncSession, settled: Return, tracking_number: str, act: Act) -> None:
    """Note that the ready pieces have left. Raises Conflict when none is ready."""
    left = [one for one in await of_return(session, settled.id) if one.state != "released"]
    if not left:
        raise errors.Conflict(f"{settled.rma}: nothing is reserved for it, so nothing can be sent")
    for one in left:
        await _save(session, move_exchange(one, "sent", tracking_number))
    _note(session, settled, "sent", act, tracking_number=tracking_number)
    await session.flush()


async def lock(session: AsyncSession, variant_ids: Set[str]) -> None:
    """Hold variants, always in the same sequence, before it is known which of them are taken."""
    query = select(VariantRow.id).where(VariantRow.id.in_(variant_ids)).order_by(VariantRow.id)
    await session.execute(query.with_for_update(key_share=True))


async def take(session: AsyncSession, wanted: Mapping[str, int]) -> None:
    """Take pieces out of stock; raises Conflict when one has sold out."""
    # Always in the same sequence, so that two exchanges cannot wait for each other in a circle.
    for variant_id, quantity in sorted(wanted.items()):
        taken = await session.scalar(
            update(VariantRow)
            .where(VariantRow.id == variant_id, VariantRow.stock >= quantity)
            .values(stock=VariantRow.stock - quantity)
            .returning(VariantRow.id),
            execution_options={"synchronize_session": False},
        )
        if taken is None:
            raise errors.Conflict(f"variant {variant_id} is out of stock")


async def put_back(session: AsyncSession, quantities: Mapping[str, int]) -> None:
    """Put pieces back into stock."""
    for variant_id, quantity in sorted(quantities.items()):
        await session.execute(
            update(VariantRow).where(VariantRow.id == variant_id).values(stock=VariantRow.stock + quantity),
            execution_options={"synchronize_session": False},
        )


def about(return_: Return) -> About:
    """Return what an event of an exchange concerns."""
    return About("exchange", return_.customer_id, return_.order_id, return_.id)


def _by_preference(chosen: Choices) -> dict[UUID, tuple[str, ...]]:
    return {item: (choice,) if isinstance(choice, str) else tuple(choice) for item, choice in chosen.items()}


def _first_in_stock(
    order: Order,
    line: RequestLine,
    choice: Sequence[str],
    variants: Mapping[str, Variant],
    taken: Counter[str],
) -> Variant:
    item = order.item(line.order_item_id)
    known = [variants[variant] for variant in choice if variant in variants]
    if item is None or not choice or len(known) != len(choice):
        raise errors.BadInput(f"order {order.number}: no variant to exchange item {line.order_item_id} for")
    for variant in known:
        if variant.product_id != item.product_id:
            raise errors.BadInput(f"order {order.number}: {variant.id} is not a variant of {item.name}")
    for variant in known:
        if variant.stock - taken[variant.id] >= line.quantity:
            return variant
    raise errors.Conflict(f"variant {' and '.join(choice)} is out of stock")


def _named(return_: Return) -> list[str]:
    return [line.exchange_variant_id for line in return_.lines if line.exchange_variant_id]


def _note(session: AsyncSession, return_: Return, kind: str, act: Act, **detail: object) -> None:
    happenings.note(session, about(return_), kind, act, **detail)


async def _save(session: AsyncSession, changed: Exchange) -> None:
    values = {"state": changed.state, "tracking_number": changed.tracking_number}
    await session.execute(update(ExchangeRow).where(ExchangeRow.id == changed.id).values(values))
