"""Orders as an agent sees them, and what an agent does to a return: approve, refuse, override, call off, a new label.

Each act checks first who may do it and whether it is still to be done, orders a label outside of any transaction, and
then changes the return, notes the act, and tells the customer in one transaction. Two agents at once do it once: the
second is told who was first, and when.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import handovers, known, mails, order_checks, order_words, returns
from casework.desk import Desk
from casework.order_words import Entry
from casework.spelling import email_in
from conversations import repository as conversations
from handoff import repository as handoffs
from kit import errors, ids
from store import eligibility, overriding, policy, records, repository, service
from store.decision import LineVerdict, Past, RequestLine
from store.happenings import Act
from store.order import Order, OrderItem
from store.overriding import Overridden
from store.policy_file import Policy
from store.ports import LabelTicket
from store.returns import Method, Reason, Resolution, Return

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
class ReturnView:
    """A return with what happened to it (oldest first), its receipt, its label, and what can be done to it now."""

    return_: Return
    events: tuple[Entry, ...]
    receipt: records.Receipt | None
    label_url: str | None
    acts: tuple[order_checks.Act, ...]
    refund_to: str


@dataclass(frozen=True)
class OrderView:
    """An order, its items and returns (newest first), and what happened to all of it, oldest first."""

    order: Order
    items: tuple[ItemView, ...]
    returns: tuple[ReturnView, ...]
    timeline: tuple[Entry, ...]


@dataclass(frozen=True)
class Override:
    """A return that an agent opens: what the policy refuses in it is set aside, for a `reason` that is kept.

    `refund_to` is a payment method's id; None takes the only destination there is. An exchange names a variant for
    each item.
    """

    order_number: str
    lines: tuple[RequestLine, ...]
    resolution: Resolution
    method: Method
    refund_to: str | None
    reason: str
    exchange_variants: Mapping[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What an act came to: the return as it stands now, and what the customer was told (`told` False: nothing)."""

    return_: Return
    told: bool
    text: str


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
    """Return an order as an agent sees it."""
    opened = await repository.returns_of_order(session, order.id)
    receipts = await records.receipts_of(session, [one.id for one in opened])
    methods = await repository.payment_methods_of(session, order.customer.id)
    labels = {method.id: method.label for method in methods}
    views = []
    for one in opened:
        happened = await repository.events_of(session, one.id)
        events = tuple(order_words.event(one, entry) for entry in happened)
        label = returns.label_of(desk, one)
        place = labels.get(one.refund_to or "", "")
        views.append(
            ReturnView(
                one, events, receipts.get(one.id), label.url if label else None, order_checks.acts_of(one), place
            )
        )
    cancelled = await records.cancelled_at(session, order.id)
    entries = order_words.order_entries(order, methods, cancelled)
    entries += [entry for one in views for entry in one.events]
    return OrderView(
        order=order,
        items=await _items(session, desk, order),
        returns=tuple(views),
        timeline=tuple(sorted(entries, key=lambda entry: entry.at)),
    )


async def despite(session: AsyncSession, desk: Desk, order_number: str, lines: Sequence[RequestLine]) -> Overridden:
    """Return what an override of these lines could be: the rules that it sets aside, offers, methods and amounts.

    Raises:
        NotFound: there is no such order, or an item is not of it.
        Conflict: something refuses that nobody can set aside; the message says what.
    """
    order = await _order(session, order_number)
    return await overriding.work_out(session, order, lines, desk.book, desk.clock.now())


async def approve(desk: Desk, rma: str, agent_name: str, conversation_id: UUID | None) -> Done:
    """Approve a return that waits for a person, with its label; the customer gets the label.

    Raises:
        NotFound, NotAllowed (see `order_checks`), Unavailable (no label to be had),
        Conflict: it was decided already; the message says by whom and when.
    """
    async with desk.database.transaction() as session:
        waiting = await _return_for(session, rma, agent_name, conversation_id)
        await order_checks.check_waits(session, desk, waiting)
    ticket = await _ticket(desk, waiting.rma, waiting.method)
    async with desk.database.transaction() as session:
        held = await _held(session, rma, agent_name, conversation_id)
        await order_checks.check_waits(session, desk, held)
        approved = await service.approve(session, held.rma, _act(desk, agent_name), desk.book, ticket)
        text = order_words.told_approved(approved, agent_name)
        return await _close(session, desk, (agent_name, "return_approved", text), approved, conversation_id)


async def refuse(desk: Desk, rma: str, agent_name: str, conversation_id: UUID | None, reason: str) -> Done:
    """Refuse a return that waits for a person; the customer is told the reason as it is written.

    Raises:
        NotFound, NotAllowed (see `order_checks`), BadInput (no reason),
        Conflict: it was decided already; the message says by whom and when.
    """
    why = order_checks.reason(reason, "why it is refused; the customer is told")
    async with desk.database.transaction() as session:
        held = await _held(session, rma, agent_name, conversation_id)
        await order_checks.check_waits(session, desk, held)
        refused = await service.reject(session, held.rma, _act(desk, agent_name, reason=why))
        text = order_words.told_refused(refused, agent_name, why)
        return await _close(session, desk, (agent_name, "return_refused", text), refused, conversation_id, why)


async def cancel_return(desk: Desk, rma: str, agent_name: str, conversation_id: UUID | None, reason: str) -> Done:
    """Call a return off while nothing was sent; what was reserved is free again, and the customer is told why.

    Raises:
        NotFound, NotAllowed (see `order_checks`), BadInput (no reason),
        Conflict: it is too late for that, or it was done already; the message says which.
    """
    why = order_checks.reason(reason, "why it is called off; the customer is told")
    async with desk.database.transaction() as session:
        held = await _held(session, rma, agent_name, conversation_id)
        await order_checks.check_not_sent(session, desk, held)
        cancelled = await service.cancel_return(session, held.rma, _act(desk, agent_name, reason=why))
        text = order_words.told_cancelled(cancelled, agent_name, why)
        return await _close(session, desk, (agent_name, "return_cancelled", text), cancelled, conversation_id, why)


async def reissue_label(desk: Desk, rma: str, agent_name: str, conversation_id: UUID | None) -> Done:
    """Give an approved return a new label, valid from now; the customer gets it.

    Raises:
        NotFound, NotAllowed (see `order_checks`), Unavailable (no label to be had),
        Conflict: it gets no label as it stands, or got one a moment ago; the message says which.
    """
    async with desk.database.transaction() as session:
        found = await _return_for(session, rma, agent_name, conversation_id)
        await order_checks.check_label(session, desk, found)
    ticket = await _ticket(desk, found.rma, found.method)
    async with desk.database.transaction() as session:
        held = await _held(session, rma, agent_name, conversation_id)
        await order_checks.check_label(session, desk, held)
        changed = await service.reissue_label(session, held.rma, _act(desk, agent_name), desk.book, ticket)
        text = order_words.told_label(changed, agent_name)
        return await _close(session, desk, (agent_name, "label_reissued", text), changed, conversation_id)


async def override(desk: Desk, wanted: Override, agent_name: str, conversation_id: UUID | None) -> Done:
    """Open a return although the policy refuses it, approved by the agent, with its label; the customer is told.

    Which rules were set aside, and why, is kept in the receipt, the event and the audit trail. Rules about money stay.

    Raises:
        NotFound, NotAllowed (see `order_checks`), Unavailable (no label to be had),
        BadInput: no reason, no item, a method that the shop does not have,
        Conflict: it cannot be set aside, or the offer is not there (any more); the message says which.
    """
    why = order_checks.reason(wanted.reason, "why the policy is set aside; it is kept")
    rma = ids.new_rma_number()
    async with desk.database.transaction() as session:
        order = await _order(session, wanted.order_number)
        await order_checks.check_allowed(session, agent_name, conversation_id, order.customer.id)
        await _work_out(session, desk, order, wanted)
    ticket = await _ticket(desk, rma, wanted.method)
    async with desk.database.transaction() as session:
        await order_checks.check_allowed(session, agent_name, conversation_id, order.customer.id)
        await repository.lock_order(session, order.id)
        overridden = await _work_out(session, desk, await _order(session, wanted.order_number), wanted)
        opened = await service.open_return(
            session,
            order_id=order.id,
            lines=wanted.lines,
            resolution=wanted.resolution,
            method=wanted.method,
            refund_to=wanted.refund_to,
            exchange_variants=wanted.exchange_variants,
            book=desk.book,
            act=_act(desk, agent_name, note=why),
            conversation_id=conversation_id,
            ticket=ticket,
            overruled=overridden.overruled,
        )
        if opened.approval == "requested":  # the person who is needed is here
            opened = await service.approve(session, opened.rma, _act(desk, agent_name), desk.book, ticket)
        text = order_words.told_exception(opened, agent_name)
        act = (agent_name, "return_overridden", text)
        return await _close(session, desk, act, opened, conversation_id, why, sorted(overridden.overruled))


async def _items(session: AsyncSession, desk: Desk, order: Order) -> tuple[ItemView, ...]:
    rules = desk.book.in_force(order.placed_at)
    left = await returns.left_to_return(session, order)
    past = Past(returned=await repository.returned_quantities(session, order.id))
    faulty: Reason = next(iter(rules.rules.faulty_reasons), "defective")
    found = []
    for item in order.items:
        lines = (RequestLine(item.id, 1, "no_longer_needed"), RequestLine(item.id, 1, faulty))
        plain, broken = (policy.decide(order, [line], rules, desk.clock.now(), past, ()).lines[0] for line in lines)
        found.append(_item(rules, order, item, left[item.id], (plain, broken)))
    return tuple(found)


def _item(
    rules: Policy, order: Order, item: OrderItem, left: int, verdicts: tuple[LineVerdict, LineVerdict]
) -> ItemView:
    plain = eligibility.deadline(order, item, None, rules)
    faulty = eligibility.deadline(order, item, verdicts[1].reason, rules)
    window = eligibility.window_name(plain.window)
    return ItemView(item, left, verdicts[0], verdicts[1], window, plain.day, faulty.day)


async def _order(session: AsyncSession, number: str) -> Order:
    found = await repository.find_order(session, number)
    if found is None:
        raise errors.NotFound(f"There is no order {number}")
    return found


async def _return_for(session: AsyncSession, rma: str, agent_name: str, conversation_id: UUID | None) -> Return:
    """Find a return that the agent may act on, and hold the conversation in which the customer will be told."""
    found = await repository.find_return(session, rma)
    if found is None:
        raise errors.NotFound(f"There is no return {rma}")
    await order_checks.check_allowed(session, agent_name, conversation_id, found.customer_id)
    if conversation_id is None and found.conversation_id is not None:
        # Before the order's row, as everybody does who takes both.
        await conversations.lock(session, found.conversation_id)
    return found


async def _held(session: AsyncSession, rma: str, agent_name: str, conversation_id: UUID | None) -> Return:
    """Find a return with its order held, so that what is checked now stays so until the transaction ends."""
    seen = await _return_for(session, rma, agent_name, conversation_id)
    await repository.lock_order(session, seen.order_id)
    current = await repository.find_return(session, seen.rma)
    assert current is not None, "returns are never deleted"
    return current


def _act(desk: Desk, agent_name: str, **detail: str) -> Act:
    """Describe an agent's act; the customer is told where the act is closed, so that no notice repeats it."""
    return Act(agent_name, desk.clock.now(), dict(detail), told=True)


async def _ticket(desk: Desk, rma: str, method: Method) -> LabelTicket:
    ticket = await desk.carrier.issue_label(rma, method)
    return LabelTicket(rma, ticket.tracking_number, ticket.carrier_name)


async def _work_out(session: AsyncSession, desk: Desk, order: Order, wanted: Override) -> Overridden:
    await order_checks.check_not_twice(session, desk, order, wanted.lines)
    overridden = await overriding.work_out(session, order, wanted.lines, desk.book, desk.clock.now())
    order_checks.check_offered(overridden.decision, wanted.resolution, wanted.method, wanted.refund_to)
    return overridden


async def _close(  # noqa: PLR0913
    session: AsyncSession,
    desk: Desk,
    act: tuple[str, str, str],
    return_: Return,
    conversation_id: UUID | None,
    reason: str = "",
    overruled: Sequence[str] = (),
) -> Done:
    """Note an act in the audit trail, and tell the customer where they are."""
    agent_name, name, text = act
    detail = {"rma": return_.rma, "reason": reason, "overruled": list(overruled)}
    kept = {key: value for key, value in detail.items() if value}
    where = conversation_id or return_.conversation_id
    await handoffs.audit(session, agent_name, name, where, kept, desk.clock.now())
    told = False
    if where is not None:
        label = returns.label_of(desk, return_)
        files = ({"url": label.url, "media_type": "application/pdf", "name": label.name},) if label else ()
        told = await handovers.tell(session, desk, where, agent_name, text, files)
    await mails.confirm_return(session, desk, return_.rma)
    return Done(return_, told, text if told else "")
