"""The stock behind an exchange: reserved with the return, given back when it is called off."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from store import money, policy, repository
from store.decision import RequestLine
from store.order import Order, PaymentMethod, Variant
from store.returns import Resolution, Return
from store.tables import VariantRow


@dataclass(frozen=True)
class Swap:
    """What an exchange costs the customer (negative: what they get back) over all lines."""

    difference: Decimal = money.ZERO


async def reserve(
    session: AsyncSession,
    order: Order,
    lines: Sequence[RequestLine],
    resolution: Resolution,
    chosen: Mapping[UUID, str],
) -> Swap:
    """Take the chosen variants out of stock; raises BadInput (none, or another product's), Conflict (sold out)."""
    if resolution != "exchange":
        return Swap()
    variants = await repository.variants_by_ids(session, chosen.values())
    difference = money.ZERO
    wanted: Counter[str] = Counter()
    for line in lines:
        variant = _variant_for(order, line, chosen, variants)
        item = order.item(line.order_item_id)
        if item is not None:
            difference += policy.price_difference(item, variant, line.quantity)
        wanted[variant.id] += line.quantity
    await _take(session, wanted)
    return Swap(difference)


def check_payment(difference: Decimal, method_id: str | None, methods: Sequence[PaymentMethod]) -> None:
    """Check that the named method is the customer's and can bear the difference; raises NotFound, NotAllowed."""
    if method_id is None:
        return
    method = next((entry for entry in methods if entry.id == method_id), None)
    if method is None:
        raise errors.NotFound(f"payment method {method_id} of this customer")
    if difference > 0 and not policy.can_pay(method, difference):
        raise errors.NotAllowed(f"{method.label} does not have enough balance for {difference}")


async def release(session: AsyncSession, return_: Return) -> None:
    """Put reserved variants back into stock."""
    back: Counter[str] = Counter()
    for line in return_.lines:
        if line.exchange_variant_id is not None:
            back[line.exchange_variant_id] += line.quantity
    await _put_back(session, back)


async def restock_order(session: AsyncSession, order: Order) -> None:
    """Put the items of a cancelled order back into stock."""
    back: Counter[str] = Counter()
    for item in order.items:
        back[item.variant_id] += item.quantity
    await _put_back(session, back)


def _variant_for(
    order: Order, line: RequestLine, chosen: Mapping[UUID, str], variants: Mapping[str, Variant]
) -> Variant:
    item = order.item(line.order_item_id)
    variant = variants.get(chosen.get(line.order_item_id, ""))
    if item is None or variant is None:
        raise errors.BadInput(f"order {order.number}: no variant to exchange item {line.order_item_id} for")
    if variant.product_id != item.product_id:
        raise errors.BadInput(f"order {order.number}: {variant.id} is not a variant of {item.name}")
    return variant


async def _take(session: AsyncSession, wanted: Mapping[str, int]) -> None:
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


async def _put_back(session: AsyncSession, quantities: Mapping[str, int]) -> None:
    for variant_id, quantity in sorted(quantities.items()):
        await session.execute(
            update(VariantRow).where(VariantRow.id == variant_id).values(stock=VariantRow.stock + quantity),
            execution_options={"synchronize_session": False},
        )
