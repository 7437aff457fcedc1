"""Orders as an agent sees them: items with verdicts, returns, money, promises, history, and what can be done now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import known, order_checks, order_words, returns, statuses
from casework.desk import Desk
from casework.order_words import Entry
from casework.spelling import email_in
from casework.statuses import OrderStatus, ReturnStatus
from conversations import repository as conversations
from store import eligibility, offers, past, policy, records, repository, transfers
from store.decision import LineVerdict, Past, RequestLine
from store.order import Order, OrderItem, PaymentMethod
from store.policy_file import Policy
from store.records import Promise, Receipt
from store.returns import Reason, Return
from store.transfer import Transfer

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
"""Where an order stands whose day the shop does not know."""


@dataclass(frozen=True)
class ItemView:
    """An item of an order with the policy's verdict on it now: without a fault, and with one.

    `last_day` and `last_day_if_faulty` are None where there is no limit or no delivery date.
    """

    item: OrderItem
    left_to_return: int
    verdict: LineVerdict
    if_faulty: LineVerdict
    window: str
    last_day: date | None
    last_day_if_faulty: date | None


@dataclass(frozen=True)
class TransferView:
    """Money that moves, with the name of its place, and what can be done about it now."""

    transfer: Transfer
    place: str
    acts: tuple[order_checks.TransferAct, ...]


@dataclass(frozen=True)
class ReturnView:
    """A return with what happened to it (oldest first), its receipt, its label, and what can be done to it now.

    `acts` are those about its approval and label; `possible` are all. `status` says how it stands, as the customer is
    told.
    """

    return_: Return
    events: tuple[Entry, ...]
    receipt: Receipt | None
    label_url: str | None
    acts: tuple[order_checks.Act, ...]
    refund_to: str
    possible: tuple[order_checks.ReturnAct, ...]
    status: ReturnStatus


@dataclass(frozen=True)
class OrderView:
    """An order, its items and returns (newest first), and what happened to all of it, oldest first.

    `transfers` is all money of the order and its returns that moves, oldest first; `promises` are those not kept yet;
    `receipts` are of the decisions about the order itself. `payment_methods` are the customer's. `refused` says in a
    sentence why what is not in `possible` is not.
    """

    order: Order
    items: tuple[ItemView, ...]
    returns: tuple[ReturnView, ...]
    timeline: tuple[Entry, ...]
    transfers: tuple[TransferView, ...]
    promises: tuple[Promise, ...]
    receipts: tuple[Receipt, ...]
    possible: tuple[order_checks.OrderAct, ...]
    payment_methods: tuple[PaymentMethod, ...]
    status: OrderStatus
    refused: Mapping[order_checks.OrderAct, str] = field(default_factory=dict)


async def of_conversation(session: AsyncSession, desk: Desk, conversation_id: UUID) -> tuple[OrderView, ...]:
    """Return the orders of the customer who has proved themselves, and of the conversation's returns, newest first.

    Raises:
        NotFound: there is no such conversation.
    """
    case = await known.of(session, await conversations.get(session, conversation_id))
    found = await known.orders_of(session, case)
    newest_first = sorted(found, key=lambda order: order.placed_at or _LONG_AGO, reverse=True)
    return tuple([await view(session, desk, order) for order in newest_first])


async def find(session: AsyncSession, desk: Desk, text: str) -> OrderView | None:
    """Return the order that a text names: its number, a return's, or the newest of an e-mail's; None for none."""
    email = email_in(text)
    if email:
        people = await repository.find_customers(session, email=email)
        orders = await repository.orders_of_customer(session, people[0].id, limit=1) if people else []
        return await view(session, desk, orders[0]) if orders else None
    by_return = await repository.find_return(session, text)
    order = await repository.order_by_id(session, by_return.order_id) if by_return else None
    order = order or await repository.find_order(session, text)
    return await view(session, desk, order) if order else None


async def view(session: AsyncSession, desk: Desk, order: Order) -> OrderView:
    """Return an order as an agent sees it; read anew, for what was seen may have changed."""
    order = await repository.order_by_id(session, order.id) or order
    status = await statuses.order_status(session, desk, order)
    methods = await repository.payment_methods_of(session, order.customer.id)
    views = await _returns(session, desk, order, status, methods)
    cancelled = await records.cancelled_at(session, order.id)
    happened = await repository.events_of_order(session, order.id)
    entries = order_words.order_entries(order, methods, cancelled, happened, desk.book.shop)
    entries += [entry for one in views for entry in one.events]
    items, rules = await _items(session, desk, order), desk.book.in_force(order.placed_at)
    left = any(one.left_to_return for one in items)
    return OrderView(
        order=order,
        items=items,
        returns=views,
        timeline=tuple(sorted(entries, key=lambda entry: entry.at)),
        transfers=await _transfers(session, order, methods),
        promises=tuple(await records.open_promises(session, None, [order.id])),
        receipts=tuple(await records.receipts_of_order(session, order.id)),
        possible=order_checks.order_acts(order, rules, left=left),
        payment_methods=tuple(methods),
        status=status,
        refused=order_checks.order_refusals(order, rules, left=left),
    )


async def _returns(
    session: AsyncSession, desk: Desk, order: Order, status: OrderStatus, methods: list[PaymentMethod]
) -> tuple[ReturnView, ...]:
    receipts = await records.receipts_of(session, [one.return_.id for one in status.returns])
    labels = {method.id: method.label for method in methods}
    rules = desk.book.in_force(order.placed_at)
    views = []
    for one in status.returns:
        return_ = one.return_
        happened = await repository.events_of(session, return_.id)
        label = returns.label_of(desk, return_)
        views.append(
            ReturnView(
                return_=return_,
                events=order_words.events(return_, happened, desk.book.shop),
                receipt=receipts.get(return_.id),
                label_url=label.url if label else None,
                acts=order_checks.acts_of(return_),
                refund_to=labels.get(return_.refund_to or "", ""),
                possible=order_checks.return_acts(one.facts, rules),
                status=one,
            )
        )
    return tuple(views)


async def _transfers(session: AsyncSession, order: Order, methods: list[PaymentMethod]) -> tuple[TransferView, ...]:
    found = await transfers.of_order(session, order.id)
    places = [offers.original_destination(order, one.payment_method_id, methods).label for one in found]
    return tuple(
        TransferView(one, place, order_checks.transfer_acts(one)) for one, place in zip(found, places, strict=True)
    )


async def _items(session: AsyncSession, desk: Desk, order: Order) -> tuple[ItemView, ...]:
    rules = desk.book.in_force(order.placed_at)
    left = await returns.left_to_return(session, order)
    before = await past.past_of(session, order, desk.clock.now(), desk.book)
    faulty: Reason = next(iter(rules.rules.faulty_reasons), "defective")
    found = []
    for item in order.items:
        plain = _verdict(desk, rules, order, RequestLine(item.id, 1, "no_longer_needed"), before)
        broken = _verdict(desk, rules, order, RequestLine(item.id, 1, faulty), before)
        found.append(_item(rules, order, item, left[item.id], (plain, broken)))
    return tuple(found)


def _verdict(desk: Desk, rules: Policy, order: Order, line: RequestLine, before: Past) -> LineVerdict:
    return policy.decide(order, [line], rules, desk.clock.now(), before, ()).lines[0]


def _item(
    rules: Policy, order: Order, item: OrderItem, left: int, verdicts: tuple[LineVerdict, LineVerdict]
) -> ItemView:
    plain = eligibility.deadline(order, item, None, rules)
    faulty = eligibility.deadline(order, item, verdicts[1].reason, rules)
    window = eligibility.window_name(plain.window)
    return ItemView(item, left, verdicts[0], verdicts[1], window, plain.day, faulty.day)
