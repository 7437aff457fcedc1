"""How an order, a return or a refund stands: the true state with dates and amounts, for whoever may look."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from casework import identities, orders
from conversations.conversation import Conversation
from store import repository
from store.order import Order
from store.returns import Return


@dataclass(frozen=True)
class Standing:
    """An order and its returns, newest first."""

    order: Order
    returns: tuple[Return, ...]


async def of_order(session: AsyncSession, conversation: Conversation, number: str) -> Standing | None:
    """Return how an order stands, if the conversation may look at it."""
    order = await orders.get(session, conversation, number, "look")
    if order is None:
        return None
    return Standing(order, tuple(await repository.returns_of_order(session, order.id)))


async def in_general(session: AsyncSession, conversation: Conversation) -> Standing | None:
    """Return the newest order of a customer of whom only an e-mail or phone is known; to be told without details."""
    customer_id = identities.customer_of(conversation, "general")
    found = await repository.orders_of_customer(session, customer_id) if customer_id else []
    standings = [Standing(order, tuple(await repository.returns_of_order(session, order.id))) for order in found]
    with_return = [standing for standing in standings if any(one.is_open for one in standing.returns)]
    return next(iter(with_return or standings), None)
