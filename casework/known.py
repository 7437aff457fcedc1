"""What a conversation is about: who writes, which order, returns and items, and what the dialogue has found out.

Read from what was proved, from the returns that were opened here, and from the dialogue state, whatever of it is there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import identities
from conversations.conversation import Conversation
from store import records, repository
from store.decision import RequestLine
from store.identity import Claim
from store.order import Customer, Order
from store.returns import REASONS, Reason, Return

Proved = Literal["order", "customer", "gift", "nothing"]

_RANK = {"general": 0, "look": 1, "write": 2}


@dataclass(frozen=True)
class Known:
    """What is known of a conversation's customer and of what they want.

    `proved` says for what the customer has shown who they are: one order, all of them, or nothing (then `customer` is
    who they say they are, or who they were in an earlier episode). With `gift` they have the code of a gift and nothing
    else: who paid for it is somebody else, so there is no `customer`. `order` is the one in question, if one is clear.
    `returns` were opened in this conversation, newest first. `slots` are the dialogue's, empty after a hand-back.
    """

    conversation: Conversation
    customer: Customer | None
    proved: Proved
    order: Order | None
    returns: tuple[Return, ...]
    slots: dict[str, Any]

    @property
    def lines(self) -> tuple[RequestLine, ...]:
        """The items of the order in question that the dialogue has found out; unreadable ones are left out."""
        reason = self.slots.get("reason")
        known: Reason = reason if reason in REASONS else "no_longer_needed"
        stored = self.slots.get("items")
        found = [_line(entry, known) for entry in stored] if isinstance(stored, list) else []
        items = {item.id for item in self.order.items} if self.order else set()
        return tuple(line for line in found if line and line.order_item_id in items)


async def of(session: AsyncSession, conversation: Conversation) -> Known:
    """Return what is known; half-filled and unreadable slots are taken for nothing."""
    returns = await repository.returns_of_conversation(session, conversation.id)
    claim = _strongest(conversation)
    slots = slots_of(conversation)
    writer = _writer(claim, returns)
    return Known(
        conversation=conversation,
        customer=await repository.customer_by_id(session, writer) if writer else None,
        proved=_proved(conversation),
        order=await _order(session, claim, returns, slots),
        returns=tuple(returns),
        slots=slots,
    )


async def orders_of(session: AsyncSession, known: Known) -> list[Order]:
    """Return all orders of a customer who has proved who they are, those of this conversation's returns, and gifts'."""
    found: dict[UUID, Order] = {}
    if known.customer and known.proved != "nothing":
        found = {order.id: order for order in await repository.orders_of_customer(session, known.customer.id)}
    gifts = [claim for claim in identities.claims_of(known.conversation) if claim.gift]
    given = {order_id for claim in gifts for order_id in claim.order_ids or ()}
    missing = ({return_.order_id for return_ in known.returns} | given) - found.keys()
    more = await repository.orders_by_ids(session, list(missing)) if missing else []
    return [*found.values(), *more]


async def names_of(session: AsyncSession, conversations: Sequence[Conversation]) -> dict[UUID, str]:
    """Return the customer's full name for each conversation in which somebody has proved who they are."""
    people = {one.id: min(proved, key=str) for one in conversations if (proved := writers_of(one, ()))}
    names = await records.names_of_customers(session, list(set(people.values()))) if people else {}
    return {conversation_id: names[person] for conversation_id, person in people.items() if person in names}


def customers_of(conversation: Conversation, returns: Sequence[Return]) -> frozenset[UUID]:
    """Return whose orders belong to a conversation: who has proved themselves, and whose returns were opened in it.

    Who paid for a gift is among them; see `writers_of` for those who write.
    """
    proved = {claim.customer_id for claim in identities.claims_of(conversation) if claim.level != "general"}
    return frozenset(proved | {return_.customer_id for return_ in returns})


def writers_of(conversation: Conversation, returns: Sequence[Return]) -> frozenset[UUID]:
    """Return who writes in a conversation, as far as it is known: `customers_of` without those who paid for gifts."""
    claims = [claim for claim in identities.claims_of(conversation) if claim.level != "general" and not claim.gift]
    proved = {claim.customer_id for claim in claims}
    return frozenset(proved | {return_.customer_id for return_ in returns if not return_.gift})


def slots_of(conversation: Conversation) -> dict[str, Any]:
    """Return the dialogue's slots; nothing when there is no state, or none that can be read."""
    state = conversation.dialogue_state
    slots = state.get("slots") if isinstance(state, dict) else None
    return {name: value for name, value in slots.items() if value is not None} if isinstance(slots, dict) else {}


def _strongest(conversation: Conversation) -> Claim | None:
    claims = identities.claims_of(conversation)
    return max(claims, key=lambda claim: (not claim.gift, _RANK[claim.level], claim.order_ids is None), default=None)


def _writer(claim: Claim | None, returns: Sequence[Return]) -> UUID | None:
    """Return which customer writes; who has a gift's code is none."""
    if claim:
        return None if claim.gift else claim.customer_id
    return next((return_.customer_id for return_ in returns if not return_.gift), None)


def _proved(conversation: Conversation) -> Proved:
    enough = [claim for claim in identities.claims_of(conversation) if claim.level != "general"]
    own = [claim for claim in enough if not claim.gift]
    if not own:
        return "gift" if enough else "nothing"
    return "customer" if any(claim.order_ids is None for claim in own) else "order"


async def _order(
    session: AsyncSession, claim: Claim | None, returns: Sequence[Return], slots: dict[str, Any]
) -> Order | None:
    """The order that the dialogue has settled on, else that of the newest return, else the only one that was proved."""
    told = slots.get("order")
    if isinstance(told, str) and told:
        found = await repository.find_order(session, told)
        if found:
            return found
    if returns:
        return await repository.order_by_id(session, returns[0].order_id)
    if claim and claim.order_ids and len(claim.order_ids) == 1:
        return await repository.order_by_id(session, claim.order_ids[0])
    return None


def _line(entry: Any, reason: Reason) -> RequestLine | None:
    try:
        quantity = entry.get("quantity")
        return RequestLine(UUID(str(entry["item"])), max(1, int(cast("Any", quantity) or 1)), reason)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
