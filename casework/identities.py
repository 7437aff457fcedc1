"""Who is the customer, and what may they see and change? What was proved is kept on the conversation's row."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import jwt
from sqlalchemy.ext.asyncio import AsyncSession

from casework.desk import Desk
from conversations import repository as conversations
from conversations.conversation import Conversation
from store import attempts, gifts, identity, repository
from store.identity import Claim, Evidence
from store.order import Order
from store.policy_file import Level

WRONG_PER_CONVERSATION = 5
"""After so many wrong answers a person has to look."""
WRONG_PER_ORDER = 10
"""After so many wrong answers within `ORDER_WINDOW`, from whomever, an order is proved by nobody."""
ORDER_WINDOW = timedelta(hours=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Proof:
    """What came of the customer's details.

    `outcome` is `proved`, `missing` (then `missing` names what to ask for), `wrong`, or `locked` after too many wrong
    answers.
    """

    outcome: Literal["proved", "missing", "wrong", "locked"]
    claim: Claim | None = None
    missing: str | None = None


def claims_of(conversation: Conversation) -> tuple[Claim, ...]:
    """Return what was proved in this conversation."""
    return tuple(Claim.from_json(stored) for stored in conversation.claims.get("proved", []))


def may(conversation: Conversation, level: Level, order: Order, *, gift: bool = False) -> bool:
    """Tell whether the customer may see (`look`) or change (`write`) an order; with `gift`, a gift's code is enough."""
    return any(claim.allows(level, order.id, order.customer.id, gift=gift) for claim in claims_of(conversation))


def only_as_gift(conversation: Conversation, order: Order) -> bool:
    """Tell whether nothing but a gift's code opens an order here: nothing of who paid may then be said."""
    return may(conversation, "look", order, gift=True) and not may(conversation, "look", order)


def customer_of(conversation: Conversation, level: Level) -> UUID | None:
    """Return the customer all of whose orders are open to this conversation at a level, if there is one."""
    ranks: dict[str, int] = {"general": 0, "look": 1, "write": 2}
    fitting = [c for c in claims_of(conversation) if c.order_ids is None and ranks[c.level] >= ranks[level]]
    return fitting[-1].customer_id if fitting else None


async def prove(session: AsyncSession, desk: Desk, conversation: Conversation, evidence: Evidence) -> Proof:
    """Judge what the customer has said of themselves, and keep what it proves.

    Wrong answers count against the conversation and against the order that was named, whether it exists or not.
    """
    if conversation.claims.get("wrong", 0) >= WRONG_PER_CONVERSATION:
        return Proof("locked")
    named = _named(evidence)
    if named and await attempts.wrong_since(session, named, desk.clock.now() - ORDER_WINDOW) >= WRONG_PER_ORDER:
        return Proof("locked")
    judgement = identity.judge(desk.book.identity, evidence, *await _found(session, evidence))
    if isinstance(judgement, identity.Missing):
        return Proof("missing", missing=judgement.what)
    if isinstance(judgement, identity.Wrong):
        wrong = await _count_wrong(session, desk, conversation, named)
        return Proof("locked" if wrong >= WRONG_PER_CONVERSATION else "wrong")
    await _keep(session, conversation, judgement)
    return Proof("proved", claim=judgement)


async def trust(session: AsyncSession, desk: Desk, conversation_id: UUID, customer_token: str) -> None:
    """Accept the shop's own word for its signed-in visitor: a JWT (HS256) with an `email` claim.

    A token that is forged, has ended, or names nobody leaves the visitor a guest.
    """
    key = desk.settings.customer_token_key.get_secret_value()
    if not key:
        return
    try:
        told: dict[str, Any] = jwt.decode(customer_token, key, algorithms=["HS256"], options={"require": ["exp"]})
    except jwt.InvalidTokenError as error:
        log.warning("a customer token was refused: %s", error)
        return
    found = await repository.find_customers(session, email=str(told.get("email", "")))
    if len(found) == 1:
        conversation = await conversations.lock(session, conversation_id)
        claim = Claim("write", found[0].id, None)
        vouched = {"proved": [claim.to_json()], "wrong": 0, "trusted": True}
        await conversations.set_claims(session, conversation.id, vouched)


async def _found(session: AsyncSession, evidence: Evidence) -> tuple[Order | None, list[Any]]:
    """Look up what was named; always the same look-ups, so that an unknown order takes as long as a known one."""
    by_return = await repository.find_return(session, evidence.rma or "")
    number = evidence.order_number or ""
    order = await repository.order_by_id(session, by_return.order_id) if by_return else None
    order = order or await repository.find_order(session, number)
    order = order or await gifts.find_order(session, evidence.gift_code or "")
    candidates: dict[UUID, Any] = {}
    if evidence.email:
        found = await repository.find_customers(session, email=evidence.email)
        candidates |= {person.id: person for person in found}
    if evidence.phone:
        found = await repository.find_customers(session, phone=evidence.phone)
        candidates |= {person.id: person for person in found}
    if evidence.name and evidence.zip:
        found = await repository.find_customers(session, name=evidence.name, zip=evidence.zip)
        candidates |= {person.id: person for person in found}
    return order, list(candidates.values())


async def _keep(session: AsyncSession, conversation: Conversation, claim: Claim) -> None:
    """Add a claim; one conversation serves one customer, so a claim about another replaces the earlier ones.

    A gift was paid for by somebody else, so its claim and the customer's own stand beside each other.
    """
    others = [earlier for earlier in claims_of(conversation) if earlier != claim and _stays(earlier, claim)]
    proved = [*(c.to_json() for c in others), claim.to_json()]
    await conversations.set_claims(session, conversation.id, {**conversation.claims, "proved": proved, "wrong": 0})


def _stays(earlier: Claim, claim: Claim) -> bool:
    return earlier.customer_id == claim.customer_id or earlier.gift or claim.gift


async def _count_wrong(session: AsyncSession, desk: Desk, conversation: Conversation, named: str | None) -> int:
    wrong = int(conversation.claims.get("wrong", 0)) + 1
    await conversations.set_claims(session, conversation.id, {**conversation.claims, "wrong": wrong})
    if named:
        await attempts.note_wrong(session, named, desk.clock.now())
    return wrong


def _named(evidence: Evidence) -> str | None:
    return evidence.rma or evidence.order_number or evidence.gift_code
