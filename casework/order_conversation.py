"""The conversation that an order has of its own, for news to a customer who has none about it.

Nobody can enter it but by the link in an e-mail to the address that stands on the order; so it begins with that
order proved.
"""

import uuid
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import identities, web_sessions
from casework.desk import Desk
from conversations import inbox
from conversations import repository as conversations
from conversations.conversation import Conversation
from store import identity, personal, repository
from store.identity import Claim, Evidence
from store.order import Order

_LANGUAGE = "en"


def address_of(order_id: UUID) -> str:
    """Return the address of an order's own conversation: the same whoever opens it, however often."""
    return str(uuid.uuid5(order_id, web_sessions.CHANNEL))


async def for_mail(session: AsyncSession, desk: Desk, order: Order) -> Conversation:
    """Return an order's own conversation for a link in an e-mail, made if there is none yet.

    One that is there is not held: the order is held already where an e-mail is written, and conversations come first.
    """
    known = await conversations.find(session, web_sessions.CHANNEL, address_of(order.id))
    return known or await open_for(session, desk, order)


async def open_for(session: AsyncSession, desk: Desk, order: Order) -> Conversation:
    """Return an order's own conversation, locked; made, with the order proved, if there is none yet."""
    now = desk.clock.now()
    opened = await inbox.open_conversation(session, web_sessions.CHANNEL, address_of(order.id), _LANGUAGE, now)
    conversation = await conversations.lock(session, opened.id)
    claim = proved_by_mail(desk, order)
    if conversation.last_seq or conversation.claims or claim is None:
        return conversation
    await conversations.set_claims(session, conversation.id, {"proved": [claim.to_json()], "wrong": 0})
    return await conversations.lock(session, conversation.id)


def proved_by_mail(desk: Desk, order: Order) -> Claim | None:
    """Return what the shop's rules say that an order and the e-mail on it prove together; None for nothing."""
    told = Evidence(order_number=order.number, email=order.customer.email)
    judged = identity.judge(desk.book.identity, told, order, [order.customer])
    return judged if isinstance(judged, Claim) and judged.level != "general" else None


async def opened(desk: Desk, conversation_id: UUID, order_id: UUID | None) -> None:
    """Note that the customer has opened the link of an e-mail; `order_id` is the order that it proves, if any."""
    if order_id is None:
        return
    async with desk.database.transaction() as session:
        await conversations.lock(session, conversation_id)
        order = await repository.order_by_id(session, order_id)
        if order and not personal.is_erased(order.customer):
            await renew(session, desk, conversation_id, order)


async def renew(session: AsyncSession, desk: Desk, conversation_id: UUID, order: Order) -> None:
    """Take an order for proved because its customer opened the link in an e-mail to the address that stands on it.

    Holds for the episode in which they write next. What the shop has vouched for about somebody else stays.
    """
    conversation = await conversations.lock(session, conversation_id)
    claim = proved_by_mail(desk, order)
    if claim is None:
        return
    known = identities.claims_of(conversation)
    others = [one for one in known if one.customer_id == claim.customer_id or one.gift]
    if conversation.claims.get("trusted") and all(one.customer_id != claim.customer_id for one in known):
        return
    proved = [one.to_json() for one in others if one != claim] + [claim.to_json()]
    renewed = {**conversation.claims, "proved": proved, "renewed_at": desk.clock.now().isoformat()}
    await conversations.set_claims(session, conversation.id, renewed)
