"""Facts about a customer's own orders that are asked for in a conversation. Numbers come from the books only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import cancellations, identities, orders, returns
from casework.desk import Desk
from casework.wanted import CancelOrder, ChangeItems, OpenReturn, Wish
from conversations import repository as conversations
from conversations.conversation import Conversation
from conversations.message import Author
from store import listing, money, policy, repository, transfers
from store.order import Address, Order, OrderItem, PaymentMethod
from store.policy_file import Level
from store.returns import Return
from store.transfer import Transfer

MOST_ORDERS = 200
"""So many orders of one customer are added up; nobody has more."""

type Why = Literal["return", "exchange", "cancelled", "changed"]


@dataclass(frozen=True)
class Moved:
    """Money that follows from what was agreed in this conversation: back to the customer, or (negative) to be paid."""

    order: Order
    why: Why
    amount: Decimal


@dataclass(frozen=True)
class Left:
    """What of an order is in no return: pieces of each item, and what was paid for them, with tax."""

    pieces: tuple[tuple[OrderItem, int], ...]
    paid: Decimal


@dataclass(frozen=True)
class Readdressed:
    """An address that was changed in this conversation: what it is now, and what it was where the books still know."""

    order: Order | None
    now: Address
    before: Address | None


async def addresses_changed(session: AsyncSession, conversation: Conversation) -> tuple[Readdressed, ...]:
    """Return the addresses that were changed in this conversation, oldest first: orders' and the customer's own."""
    found = []
    for one in await listing.addresses_changed(session, await _keys(session, conversation)):
        before = Address(**one.before) if one.before else None
        order = await repository.order_by_id(session, one.order_id) if one.order_id else None
        customer = await repository.customer_by_id(session, one.customer_id)
        if order is not None and identities.may(conversation, "look", order):
            found.append(Readdressed(order, order.address, before))
        elif order is None and customer is not None and customer.id == identities.customer_of(conversation, "look"):
            found.append(Readdressed(None, customer.address, before))
    return tuple(found)


async def orders_of(session: AsyncSession, conversation: Conversation, level: Level = "look") -> list[Order]:
    """Return all orders that this conversation has proved a level for, newest first; never a gift that others paid."""
    customer_id = identities.customer_of(conversation, level)
    if customer_id is None:
        return await orders.open_to(session, conversation, level)
    found = await repository.orders_of_customer(session, customer_id, limit=MOST_ORDERS)
    return [order for order in found if identities.may(conversation, level, order)]


async def left(session: AsyncSession, order: Order) -> Left:
    """Return what of an order is in no return that stands."""
    returned = await repository.returned_quantities(session, order.id)
    pieces = tuple((item, item.quantity - returned.get(item.id, 0)) for item in order.items)
    kept = tuple((item, count) for item, count in pieces if count > 0)
    paid = sum((_share(item, count, order.currency) for item, count in kept), money.ZERO)
    return Left(kept, paid)


async def money_agreed(session: AsyncSession, conversation: Conversation) -> tuple[Moved, ...]:
    """Return the money of everything that was agreed in this conversation, in the order in which it was."""
    found = await _of_returns(session, conversation)
    for step in await listing.steps_of_orders(session, await _keys(session, conversation)):
        order = await repository.order_by_id(session, step.order_id)
        if order is None or not identities.may(conversation, "look", order):
            continue
        if step.kind == "cancelled":
            found.append(Moved(order, "cancelled", _refunded_by_cancelling(order, await _transfers(session, order))))
        elif step.kind == "items_changed":
            found.append(Moved(order, "changed", -Decimal(step.detail.get("difference") or 0)))
    return tuple(found)


async def proposed(session: AsyncSession, desk: Desk, conversation: Conversation, wish: Wish) -> Moved | None:
    """Return the money that would follow from a wish; None where it moves none, or is not open to the customer."""
    if not isinstance(wish, CancelOrder | ChangeItems | OpenReturn):
        return None
    order = await repository.order_by_id(session, wish.order_id)
    if order is None or not identities.may(conversation, "look", order):
        return None
    match wish:
        case CancelOrder():
            decision = await cancellations.decide_order(session, desk, order, wish.reason)
            return Moved(order, "cancelled", sum((part.amount for part in decision.refunds), money.ZERO))
        case ChangeItems():
            return Moved(order, "changed", -await _difference(session, order, wish.variants))
        case _:
            return await _of_return(session, desk, order, wish)


async def balances(session: AsyncSession, ordered: Iterable[Order]) -> list[PaymentMethod]:
    """Return the gift cards and the store credit of whoever placed these orders, with what is on them."""
    customers = dict.fromkeys(order.customer.id for order in ordered)
    methods = [one for customer in customers for one in await repository.payment_methods_of(session, customer)]
    return [one for one in methods if one.balance is not None]


async def paid_with(session: AsyncSession, order: Order) -> list[PaymentMethod]:
    """Return the methods that pay for an order now."""
    methods = await repository.payment_methods_of(session, order.customer.id)
    paying = [one for one in methods if order.paid_with(one.id) > 0]
    return paying or [one for one in methods if any(p.payment_method_id == one.id for p in order.payments)]


async def _of_return(session: AsyncSession, desk: Desk, order: Order, wish: OpenReturn) -> Moved | None:
    if wish.resolution == "exchange":
        first = {item: variants[0] for item, variants in wish.exchange_variants.items() if variants}
        pieces = {line.order_item_id: line.quantity for line in wish.lines}
        return Moved(order, "exchange", -await _difference(session, order, first, pieces))
    decision = await returns.what_if(session, desk, order, wish.lines, wish.gift)
    offer = next((one for one in decision.offers if one.resolution == wish.resolution), None)
    way = next((one for one in decision.methods if one.method == wish.method), None)
    return Moved(order, "return", policy.final_amount(offer, way)) if offer and way else None


async def _difference(
    session: AsyncSession, order: Order, chosen: Mapping[UUID, str], pieces: Mapping[UUID, int] | None = None
) -> Decimal:
    known = await repository.variants_by_ids(session, chosen.values())
    total = money.ZERO
    for item_id, variant_id in chosen.items():
        item, variant = order.item(item_id), known.get(variant_id)
        if item is not None and variant is not None:
            count = (pieces or {}).get(item_id, item.quantity)
            total += policy.price_difference(item, variant, count, order.currency)
    return total


async def _keys(session: AsyncSession, conversation: Conversation) -> list[str]:
    """Return the keys under which a customer's yes is carried out: the message that said it, and what goes with it."""
    messages = await conversations.transcript(session, conversation.id)
    said = [f"message:{message.id}" for message in messages if message.author is Author.CUSTOMER]
    return [*said, *(f"{key}:on_file" for key in said)]


def _share(item: OrderItem, count: int, currency: str) -> Decimal:
    return money.cents(item.paid * count / item.quantity, currency)


async def _of_returns(session: AsyncSession, conversation: Conversation) -> list[Moved]:
    opened = await repository.returns_of_conversation(session, conversation.id)
    standing = [one for one in reversed(opened) if one.approval in ("requested", "approved") and not one.gift]
    found = []
    for one in standing:
        order = await repository.order_by_id(session, one.order_id)
        if order is not None:
            found.append(_moved(order, one))
    return found


def _moved(order: Order, one: Return) -> Moved:
    if one.resolution == "exchange":
        return Moved(order, "exchange", -one.price_difference)
    return Moved(order, "return", one.amount)


async def _transfers(session: AsyncSession, order: Order) -> list[Transfer]:
    return await transfers.of_order(session, order.id)


def _refunded_by_cancelling(order: Order, moved: Iterable[Transfer]) -> Decimal:
    back = (one.amount for one in moved if one.key.startswith(f"cancel:{order.number}") and one.state != "cancelled")
    return sum(back, money.ZERO)
