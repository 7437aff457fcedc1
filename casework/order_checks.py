"""What an agent may do to a return or an order now, and in which words they are told that they may not."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import known, order_words
from casework.desk import Desk
from conversations import repository as conversations
from conversations.conversation import Owner
from handoff import agents
from handoff import errors as handoff_errors
from kit import errors
from store import repository
from store.decision import Decision, RequestLine
from store.order import Order
from store.returns import Method, Resolution, Return, ReturnEvent, may_cancel

Act = Literal["approve", "refuse", "cancel", "new_label"]

SAME_ACT = timedelta(minutes=1)
"""A new label, or the same return opened anew, within so long of the last one is the same click twice."""
LONGEST_REASON = 1000
"""Characters."""
_LABELS = ("label_issued", "expired", "none")


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
    return return_.approval == "approved" and return_.settlement == "open" and return_.parcel in _LABELS


async def _newest_event(session: AsyncSession, return_: Return, kind: str) -> ReturnEvent | None:
    happened = await repository.events_of(session, return_.id)
    return next((one for one in reversed(happened) if one.kind == kind), None)


def _moment(desk: Desk, at: datetime) -> str:
    return order_words.when(at, desk.clock.now(), desk.book.shop.time_zone)
