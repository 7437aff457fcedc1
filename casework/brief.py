"""The brief: what an agent has to know of a case at first sight, put together without any language model.

The same conversation always gives the same brief; what cannot be read is left out, and nothing is guessed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import asked, known, order_words, returns
from casework.asked import Answered
from casework.desk import Desk
from casework.known import Known, Proved
from conversations import repository as conversations
from handoff import repository as handoffs
from handoff.ticket import REASON_TITLES, Ticket
from kit import errors
from store import records, repository
from store.order import Customer, Order
from store.returns import REASON_TITLES as WHY_TITLES
from store.returns import Return

MESSAGES_READ = 400
"""How many of the newest messages are read for what was asked and answered."""


@dataclass(frozen=True)
class Who:
    """The customer. `proved` says whether they have shown who they are: for one order, for all, or not (any more).

    Of whoever has nothing but the code of a gift nothing else is known: there is no `customer_id`.
    """

    customer_id: UUID | None
    name: str
    email: str
    phone: str | None
    tier: str
    proved: Proved
    order_count: int
    return_count: int


@dataclass(frozen=True)
class BriefLine:
    """One item that the case is about, with the policy's verdict as a sentence and the rules behind it.

    `rma` is the return that it is in; without one it is only wanted so far.
    """

    order_number: str
    item_name: str
    options: str
    quantity: int
    reason: str
    verdict: str
    eligible: bool
    rule_ids: tuple[str, ...]
    rma: str | None = None


@dataclass(frozen=True)
class Promise:
    """What the customer was told will happen; `due_at` is None while it depends on the parcel."""

    order_number: str
    text: str
    amount: Decimal | None
    due_at: datetime | None
    late: bool


@dataclass(frozen=True)
class Trigger:
    """The message that brought a person: its number, the customer's own words in it, what found them (a pattern or the
    head of the mood), and the rule of policy/handoff.yml that brought the person.
    """

    seq: int
    words: tuple[str, ...]
    rule: str
    escalation: str = ""


@dataclass(frozen=True)
class ReturnBrief:
    """A return of this conversation with its three states in words; `needs_person` says why a person decides."""

    rma: str
    content: str
    approval: str
    parcel: str
    settlement: str
    standing: str
    needs_person: str | None


@dataclass(frozen=True)
class Brief:
    """All of it; `returns` were opened in this conversation.

    `waiting_decision` are the return numbers of this customer that wait for an agent's yes or no, those of this
    conversation first: who comes back in another chat still waits for the answer.
    """

    customer: Who | None
    lines: tuple[BriefLine, ...]
    answered: tuple[Answered, ...]
    promised: tuple[Promise, ...]
    open_question: str
    why: str
    trigger: Trigger | None
    returns: tuple[ReturnBrief, ...]
    waiting_decision: tuple[str, ...]


async def of(session: AsyncSession, desk: Desk, conversation_id: UUID) -> Brief:
    """Put the brief of a conversation together, whatever is known of it.

    Raises:
        NotFound: there is no such conversation.
    """
    conversation = await conversations.get(session, conversation_id)
    case = await known.of(session, conversation)
    newest = max(0, conversation.last_seq - MESSAGES_READ)
    messages = await conversations.transcript(session, conversation_id, newest, MESSAGES_READ)
    ticket = _newest(await handoffs.all_of(session, conversation_id))
    return Brief(
        customer=await _who(session, case),
        lines=await _lines(session, desk, case),
        answered=await asked.answered(session, desk, case, messages),
        promised=await _promised(session, desk, case),
        open_question=asked.open_question(messages),
        why=_why(ticket),
        trigger=_trigger(ticket),
        returns=tuple(_return(one) for one in case.returns),
        waiting_decision=await _waiting_decision(session, case),
    )


async def _who(session: AsyncSession, case: Known) -> Who | None:
    person: Customer | None = case.customer
    if person is None:
        return _GIFT_RECEIVER if case.proved == "gift" else None
    orders, opened = await records.counts_of_customer(session, person.id)
    return Who(person.id, person.name, person.email, person.phone, person.tier, case.proved, orders, opened)


_GIFT_RECEIVER = Who(None, "Receiver of a gift", "", None, "standard", "gift", 0, 0)


async def _lines(session: AsyncSession, desk: Desk, case: Known) -> tuple[BriefLine, ...]:
    """The lines of open returns, and before them what the dialogue has found out and is in no return of this talk."""
    found = []
    taken: set[UUID] = set()
    receipts = await records.receipts_of(session, [one.id for one in case.returns])
    for return_ in case.returns:
        order = await repository.order_by_id(session, return_.order_id)
        if return_.is_open and order:
            found += _lines_of_return(return_, order, receipts.get(return_.id))
            taken |= {line.order_item_id for line in return_.lines}
    wanted = [line for line in case.lines if line.order_item_id not in taken]
    if not wanted or case.order is None:
        return tuple(found)
    return (*await _wanted(session, desk, case, case.order, taken), *found)


async def _wanted(session: AsyncSession, desk: Desk, case: Known, order: Order, taken: set[UUID]) -> list[BriefLine]:
    wanted = [line for line in case.lines if line.order_item_id not in taken]
    told_why = case.slots.get("reason") in WHY_TITLES
    try:
        decision = await returns.decide(session, desk, order, wanted)
    except errors.HouseError:
        return []
    lines = []
    for verdict in decision.lines:
        item = order.item(verdict.order_item_id)
        if item is None:
            continue
        lines.append(
            BriefLine(
                order_number=order.display_number,
                item_name=item.name,
                options=item.options_text,
                quantity=verdict.quantity,
                reason=WHY_TITLES[verdict.reason] if told_why else "",
                verdict=verdict.explanation if told_why else f"{verdict.explanation} (If it has no fault.)",
                eligible=verdict.eligible,
                rule_ids=verdict.rule_ids,
            )
        )
    return lines


def _lines_of_return(return_: Return, order: Order, receipt: records.Receipt | None) -> list[BriefLine]:
    sentences = receipt.sentences if receipt else {}
    found = []
    for line in return_.lines:
        item = order.item(line.order_item_id)
        found.append(
            BriefLine(
                order_number=order.display_number,
                item_name=line.name,
                options=item.options_text if item else "",
                quantity=line.quantity,
                reason=WHY_TITLES[line.reason],
                verdict=sentences.get(line.order_item_id, order_words.standing(return_)),
                eligible=True,
                rule_ids=line.rule_ids,
                rma=return_.rma,
            )
        )
    return found


async def _waiting_decision(session: AsyncSession, case: Known) -> tuple[str, ...]:
    own = [one.rma for one in case.returns if one.approval == "requested"]
    orders = {order.id for order in await known.orders_of(session, case)}
    of_orders = [one.rma for one in await _undecided(session, orders)]
    return (*own, *(rma for rma in of_orders if rma not in own))


def _holds(promise: records.Promise, undecided: Collection[UUID]) -> bool:
    """Tell whether a promise holds whatever a person decides about its return."""
    return promise.kind == "decision" or promise.return_id not in undecided


async def _promised(session: AsyncSession, desk: Desk, case: Known) -> tuple[Promise, ...]:
    orders = {order.id: order for order in await known.orders_of(session, case)}
    promises = await records.open_promises(session, case.conversation.id, list(orders))
    undecided = {one.id for one in await _undecided(session, {one.order_id for one in promises})}
    now = desk.clock.now()
    return tuple(
        Promise(
            order_number=orders[one.order_id].display_number if one.order_id in orders else "",
            text=one.text if _holds(one, undecided) else f"{one.text}; only if the return is approved",
            amount=one.amount,
            due_at=one.due_at,
            late=one.due_at is not None and one.due_at < now,
        )
        for one in promises
    )


async def _undecided(session: AsyncSession, order_ids: Collection[UUID]) -> list[Return]:
    """Return the returns of some orders that still wait for a person's yes."""
    opened = [one for order_id in order_ids for one in await repository.returns_of_order(session, order_id)]
    return sorted((one for one in opened if one.approval == "requested"), key=lambda one: one.rma)


def _return(return_: Return) -> ReturnBrief:
    return ReturnBrief(
        rma=return_.rma,
        content=order_words.content(return_),
        approval=order_words.APPROVAL[return_.approval],
        parcel=order_words.PARCEL[return_.parcel],
        settlement=order_words.SETTLEMENT[return_.settlement],
        standing=order_words.standing(return_),
        needs_person=return_.needs_person,
    )


def _newest(tickets: Sequence[Ticket]) -> Ticket | None:
    """The one that is open, else the newest."""
    newest = max(tickets, key=lambda ticket: ticket.requested_at, default=None)
    return next((ticket for ticket in tickets if ticket.is_open), newest)


def _why(ticket: Ticket | None) -> str:
    if ticket is None:
        return ""
    title = REASON_TITLES[ticket.reason]
    return f"{title}: {ticket.detail}" if ticket.detail else f"{title}."


def _trigger(ticket: Ticket | None) -> Trigger | None:
    stored: dict[str, Any] = ticket.trigger if ticket else {}
    seq = stored.get("seq")
    if not isinstance(seq, int):
        return None
    words = stored.get("words") or ()
    told: Sequence[str] = [words] if isinstance(words, str) else words if isinstance(words, list | tuple) else ()
    rule, escalation = (str(stored.get(name) or "") for name in ("rule", "escalation"))
    return Trigger(seq, tuple(str(word) for word in told), rule, escalation)
