"""What an agent may do to a return or an order now, and in which words they are told that they may not."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import known, order_words, return_changes
from casework.desk import Desk
from casework.status_words import ReturnFacts
from conversations import repository as conversations
from conversations.conversation import Owner
from handoff import agents
from handoff import errors as handoff_errors
from kit import errors
from store import policy, repository
from store.decision import Decision, RequestLine
from store.order import Order, OrderState, PaymentMethod
from store.policy_file import Policy
from store.returns import PARCEL_MOVES, Method, Parcel, Resolution, Return, ReturnEvent, may_cancel
from store.transfer import Transfer

Act = Literal["approve", "refuse", "cancel", "new_label"]
ReturnAct = Literal[
    "approve", "refuse", "cancel", "new_label", "change", "extend", "in_transit", "receive", "inspect", "lost",
    "settle", "send_exchange",
]  # fmt: skip
OrderAct = Literal["open_return", "cancel", "change_address", "change_payment", "change_items", "change_on_file"]
TransferAct = Literal["retry", "call_off"]

SAME_ACT = timedelta(minutes=1)
"""A new label, or the same return opened anew, within so long of the last one is the same click twice."""
LONGEST_REASON = 1000
"""Characters."""
_PARCELS: tuple[tuple[ReturnAct, Parcel], ...] = (
    ("in_transit", "in_transit"),
    ("receive", "received"),
    ("inspect", "inspected"),
    ("lost", "lost"),
)
_NOT_HERE: dict[OrderState, str] = {
    "pending": "The order was not sent yet; it can be cancelled instead.",
    "processed": "The order has not arrived yet.",
    "shipped": "The order has not arrived yet.",
    "cancelled": "The order was cancelled.",
}
_HAPPENED: dict[Parcel, str] = {
    "in_transit": "on its way",
    "received": "arrived",
    "inspected": "checked",
    "lost": "lost",
}


def acts_of(return_: Return) -> tuple[Act, ...]:
    """Return what can be done to a return as it stands."""
    found: list[Act] = []
    if return_.approval == "requested":
        found += ["approve", "refuse"]
    if may_cancel(return_):
        found.append("cancel")
    if _gets_a_label(return_):
        found.append("new_label")
    return tuple(found)


def return_acts(facts: ReturnFacts, rules: Policy) -> tuple[ReturnAct, ...]:
    """Return all that can be done to a return as it and its money stand."""
    return_ = facts.return_
    found: list[ReturnAct] = list(acts_of(return_))
    if may_cancel(return_) and not facts.transfers:
        found.append("change")
    if return_changes.may_extend(return_, rules):
        found.append("extend")
    found += [act for act, parcel in _PARCELS if _may_travel(return_, parcel)]
    if may_settle(facts):
        found.append("settle")
    if any(one.state == "ready" for one in facts.exchanges):
        found.append("send_exchange")
    return tuple(found)


def order_acts(order: Order, rules: Policy, *, left: bool) -> tuple[OrderAct, ...]:
    """Return what can be done to an order in its state; `left`: something of it is in no return yet.

    The policy may still refuse it, as when its items were changed before.
    """
    found: list[OrderAct] = ["open_return"] if left and order.state == "delivered" else []
    if order.state in rules.rules.cancel.states:
        found.append("cancel")
    change = rules.rules.change_order
    if change is not None and order.state in change.states:
        found += ["change_address"] if change.address else []
        found += ["change_payment"] if change.payment else []
        found += ["change_items"] if change.items and not (change.items_once and order.items_changed_at) else []
    return (*found, "change_on_file")


def order_refusals(order: Order, rules: Policy, *, left: bool) -> dict[OrderAct, str]:
    """Say in a sentence each why an order cannot be returned, cancelled or changed as it stands; see `order_acts`."""
    possible = order_acts(order, rules, left=left)
    why: dict[OrderAct, str] = {
        "open_return": _NOT_HERE[order.state] if order.state != "delivered" else "Everything is in a return already.",
        "cancel": policy.decide_cancel(order, None, rules, ()).explanation,
        "change_address": policy.decide_change_address(order, rules).explanation,
        "change_payment": _no_payment(order, rules),
        "change_items": policy.decide_change_items(order, {}, None, rules, ()).explanation,
    }
    return {act: sentence for act, sentence in why.items() if act not in possible}


def _no_payment(order: Order, rules: Policy) -> str:
    nobody = PaymentMethod("", order.customer.id, "card", "another method")
    return policy.decide_change_payment(order, nobody, rules, ()).explanation


def transfer_acts(transfer: Transfer) -> tuple[TransferAct, ...]:
    """Return what can be done about money that is to move."""
    if transfer.state == "failed":
        return ("retry", "call_off")
    return ("call_off",) if transfer.state == "requested" and transfer.attempts == 0 else ()


def may_settle(facts: ReturnFacts) -> bool:
    """Tell whether a return can be paid out now: its parcel is checked, or none is to come, and no money moves."""
    return_ = facts.return_
    here = return_.parcel == "inspected" or return_.method == "keep"
    return here and return_.approval == "approved" and return_.settlement == "open" and not facts.transfers


def check_parcel(return_: Return, parcel: Parcel) -> None:
    """Make sure that this can happen to the parcel of a return.

    Raises:
        Conflict: it cannot, as the return stands; the message says how that is.
    """
    if not _may_travel(return_, parcel):
        what = _HAPPENED[parcel]
        raise errors.Conflict(f"{return_.rma} cannot be noted as {what}: {order_words.standing(return_).lower()}")


def check_settle(facts: ReturnFacts) -> None:
    """Make sure that a return can be paid out now.

    Raises:
        Conflict: it cannot; the message says why.
    """
    if may_settle(facts):
        return
    if facts.transfers and facts.return_.settlement == "open":
        raise errors.Conflict(f"The money for {facts.return_.rma} is on its way already")
    standing = order_words.standing(facts.return_).lower()
    raise errors.Conflict(f"{facts.return_.rma} cannot be settled: {standing}")


def check_exchange(facts: ReturnFacts) -> None:
    """Make sure that the exchange of a return can be sent now.

    Raises:
        Conflict: none is ready; the message says why.
    """
    if any(one.state == "ready" for one in facts.exchanges):
        return
    if any(one.state == "sent" for one in facts.exchanges):
        raise errors.Conflict(f"The exchange of {facts.return_.rma} was sent already")
    standing = order_words.standing(facts.return_).lower()
    raise errors.Conflict(f"No exchange of {facts.return_.rma} is ready to be sent: {standing}")


async def check_allowed(
    session: AsyncSession, agent_name: str, conversation_id: UUID | None, customer_id: UUID
) -> None:
    """Make sure that an agent may act on a customer's orders; the one place for this rule.

    From a conversation: only who owns it, and only on orders and returns of its own customer; supervisors on any.
    From the order page, where no conversation is open (`conversation_id` None): every agent. Holds the conversation's
    row, so that nobody else takes it over meanwhile.

    Raises:
        NotTheOwner: another agent, the queue or the bot has the conversation.
        NotAllowed: the order is somebody else's.
        NotFound: there is no such conversation.
    """
    if conversation_id is None:
        return
    conversation = await conversations.lock(session, conversation_id)
    agent = await agents.by_name(session, agent_name)
    if agent is not None and agent.may_supervise:
        return
    if conversation.owner is not Owner.AGENT or conversation.agent_name != agent_name:
        holder = conversation.agent_name or f"the {conversation.owner}"
        raise handoff_errors.NotTheOwner(f"{holder} has this conversation; take it over before you change an order")
    opened = await repository.returns_of_conversation(session, conversation_id)
    if customer_id not in known.customers_of(conversation, opened):
        raise errors.NotAllowed(
            "This order does not belong to the customer of this conversation, as far as they have proved who they are"
        )


async def check_waits(session: AsyncSession, desk: Desk, return_: Return) -> None:
    """Make sure that a return still waits for a decision.

    Raises:
        Conflict: it was decided; the message says by whom and when.
    """
    if return_.approval != "requested":
        raise errors.Conflict(await _decided(session, desk, return_))


async def check_not_sent(session: AsyncSession, desk: Desk, return_: Return) -> None:
    """Make sure that a return can still be called off.

    Raises:
        Conflict: it is decided otherwise, on its way or paid; the message says which.
    """
    if return_.approval in ("rejected", "cancelled"):
        raise errors.Conflict(await _decided(session, desk, return_))
    if not may_cancel(return_):
        standing = order_words.standing(return_).lower()
        raise errors.Conflict(f"{return_.rma} cannot be called off any more: {standing}")


async def check_label(session: AsyncSession, desk: Desk, return_: Return) -> None:
    """Make sure that a return gets a new label, and has not got one this minute.

    Raises:
        Conflict: it gets none as it stands, or somebody has just issued one; the message says which.
    """
    if return_.approval == "requested":
        raise errors.Conflict(f"{return_.rma} waits for a decision; its label comes with the approval")
    if not _gets_a_label(return_):
        raise errors.Conflict(f"{return_.rma} gets no label as it stands: {order_words.standing(return_).lower()}")
    last = await _newest_event(session, return_, "label_issued")
    if last and last.actor != "policy" and desk.clock.now() - last.at < SAME_ACT:
        who = order_words.who(last.actor)
        raise errors.Conflict(f"{return_.rma} already got a new label from {who} {_moment(desk, last.at)}")


async def check_not_twice(session: AsyncSession, desk: Desk, order: Order, lines: Sequence[RequestLine]) -> None:
    """Make sure that a return of exactly these lines was not opened this minute: a second click opens no second one.

    Raises:
        Conflict: it was; the message names it.
    """
    asked = sorted((line.order_item_id, line.quantity, line.reason) for line in lines)
    for return_ in await repository.returns_of_order(session, order.id):
        same = sorted((line.order_item_id, line.quantity, line.reason) for line in return_.lines) == asked
        if return_.is_open and same and desk.clock.now() - return_.opened_at < SAME_ACT:
            raise errors.Conflict(f"{return_.rma} was opened for exactly this {_moment(desk, return_.opened_at)}")


def check_offered(decision: Decision, resolution: Resolution, method: Method, refund_to: str | None) -> None:
    """Make sure that what an agent chose is one of the decision's offers, and only one.

    Raises:
        Conflict: it is not offered, or it has to be said where the money goes.
        BadInput: the shop does not have this way to send a parcel.
    """
    if method not in {entry.method for entry in decision.methods}:
        raise errors.BadInput(f"This shop has no return by {method.replace('_', ' ')}")
    offers = [offer for offer in decision.offers if offer.resolution == resolution]
    if not offers:
        raise errors.Conflict(f"{order_words.RESOLUTION[resolution]} is not offered for this")
    places = {offer.refund_to: offer.destination for offer in offers}
    if resolution == "refund" and (refund_to not in places if refund_to else len(places) > 1):
        raise errors.Conflict(f"Choose where the money goes: {', '.join(places.values())}")


def reason(text: str, what: str) -> str:
    """Return an agent's reason on one line; raises BadInput when there is none, saying `what` is wanted."""
    plain = " ".join(text.split())
    if not plain:
        raise errors.BadInput(f"Write {what}")
    if len(plain) > LONGEST_REASON:
        raise errors.BadInput(f"The reason may have at most {LONGEST_REASON:,} characters")
    return plain


async def _decided(session: AsyncSession, desk: Desk, return_: Return) -> str:
    """Say who decided about a return, and when: `RMA-… was already approved by Ana at 10:32`."""
    word = {"approved": "approved", "rejected": "refused", "cancelled": "called off"}[return_.approval]
    happened = await _newest_event(session, return_, return_.approval)
    if happened is None:
        return f"{return_.rma} was already {word}"
    return f"{return_.rma} was already {word} by {order_words.who(happened.actor)} {_moment(desk, happened.at)}"


def _gets_a_label(return_: Return) -> bool:
    return return_changes.gets_label(return_)


def _may_travel(return_: Return, parcel: Parcel) -> bool:
    expected = return_.approval == "approved" and return_.is_open and return_.method != "keep"
    return expected and parcel in PARCEL_MOVES[return_.parcel]


async def _newest_event(session: AsyncSession, return_: Return, kind: str) -> ReturnEvent | None:
    happened = await repository.events_of(session, return_.id)
    return next((one for one in reversed(happened) if one.kind == kind), None)


def _moment(desk: Desk, at: datetime) -> str:
    return order_words.when(at, desk.clock.now(), desk.book.shop.time_zone)
