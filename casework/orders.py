"""Find the orders that a conversation may see."""

from sqlalchemy.ext.asyncio import AsyncSession

from casework import identities
from casework.desk import Desk
from conversations.conversation import Conversation
from store import repository
from store.identity import Evidence
from store.order import Order
from store.policy_file import Level

MOST_SHOWN = 8
"""How many orders are offered to choose from, newest first."""


async def named(session: AsyncSession, evidence: Evidence) -> Order | None:
    """Return the order that an order or return number names, whoever it belongs to."""
    if evidence.order_number:
        return await repository.find_order(session, evidence.order_number)
    if evidence.rma:
        found = await repository.find_return(session, evidence.rma)
        return await repository.order_by_id(session, found.order_id) if found else None
    return None


async def open_to(
    session: AsyncSession, conversation: Conversation, level: Level, *, only_delivered: bool = False
) -> list[Order]:
    """Return the orders that this conversation has proved a level for, newest first."""
    customer_id = identities.customer_of(conversation, level)
    if customer_id:
        found = await repository.orders_of_customer(session, customer_id)
    else:
        order_ids = [one for claim in identities.claims_of(conversation) for one in claim.order_ids or ()]
        found = await repository.orders_by_ids(session, order_ids)
    allowed = [order for order in found if identities.may(conversation, level, order)]
    if only_delivered:
        allowed = [order for order in allowed if order.state == "delivered"] or allowed
    return allowed[:MOST_SHOWN]


async def get(session: AsyncSession, conversation: Conversation, number: str, level: Level) -> Order | None:
    """Return an order by its number, if this conversation has proved the level for it."""
    order = await repository.find_order(session, number) if number else None
    return order if order and identities.may(conversation, level, order) else None


def needs_order_number(desk: Desk) -> bool:
    """Tell whether this shop proves a customer by an order number; others go by e-mail, or name and zip."""
    return any({"order", "rma"} & set(rule.proof) for rule in desk.book.identity if rule.level == "write")
