"""How an order, a return or a refund stands: the true state with dates and amounts, for whoever may look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from casework import identities, orders, proposal_words, status_words
from casework.desk import Desk
from casework.status_words import ReturnFacts, Told
from conversations.conversation import Conversation
from store import exchange, offers, records, repository, transfers
from store.order import Order
from store.records import Promise
from store.returns import Return
from store.transfer import Transfer

_A_GIFT_CARD = "a gift card"


@dataclass(frozen=True)
class Standing:
    """An order and its returns, newest first."""

    order: Order
    returns: tuple[Return, ...]


@dataclass(frozen=True)
class ReturnStatus:
    """How a return stands: in a few words, about its money, what happens next, and all of it as a text."""

    return_: Return
    state: str
    money: tuple[str, ...]
    next: tuple[str, ...]
    text: str
    facts: ReturnFacts


@dataclass(frozen=True)
class OrderStatus:
    """How an order stands: a text, its own refunds as sentences, what was promised, and its returns, newest first."""

    order: Order
    text: str
    refunds: tuple[str, ...]
    promises: tuple[Promise, ...]
    returns: tuple[ReturnStatus, ...]


async def of_order(
    session: AsyncSession, conversation: Conversation, number: str, *, gift: bool = False
) -> Standing | None:
    """Return how an order stands, if the conversation may look at it; with `gift`, if it has the gift's code."""
    order = await orders.get(session, conversation, number, "look", gift=gift)
    if order is None:
        return None
    found = await repository.returns_of_order(session, order.id)
    # Who was given something and who paid for it see nothing of each other's returns.
    as_gift = identities.only_as_gift(conversation, order)
    found = [one for one in found if one.gift == as_gift or one.conversation_id == conversation.id]
    return Standing(order, tuple(found))


async def in_general(session: AsyncSession, conversation: Conversation) -> Standing | None:
    """Return the newest order of a customer of whom only an e-mail or phone is known; to be told without details."""
    customer_id = identities.customer_of(conversation, "general")
    found = await repository.orders_of_customer(session, customer_id) if customer_id else []
    standings = [Standing(order, tuple(await repository.returns_of_order(session, order.id))) for order in found]
    with_return = [standing for standing in standings if any(one.is_open for one in standing.returns)]
    return next(iter(with_return or standings), None)


async def order_status(session: AsyncSession, desk: Desk, order: Order) -> OrderStatus:
    """Say how an order stands, with its money, promises and returns; who may look is the caller's to know."""
    told = told_by(desk, order)
    moved = [one for one in await transfers.of_order(session, order.id) if one.return_id is None]
    promised = [one for one in await records.open_promises(session, None, [order.id]) if one.return_id is None]
    places = await _places(session, order, moved)
    sentences = [
        status_words.transfer(one, place, _due(one, promised), told) for one, place in zip(moved, places, strict=True)
    ]
    refunds = tuple(sentence for sentence in sentences if sentence)
    found = await repository.returns_of_order(session, order.id)
    return OrderStatus(
        order=order,
        text=status_words.of_order(order, told, refunds),
        refunds=refunds,
        promises=tuple(promised),
        returns=tuple([await return_status(session, desk, order, one) for one in found]),
    )


async def return_status(session: AsyncSession, desk: Desk, order: Order, return_: Return) -> ReturnStatus:
    """Say how a return stands: its money, by when, and what happens next."""
    facts, told = await facts_of(session, order, return_), told_by(desk, order)
    return ReturnStatus(
        return_=return_,
        state=status_words.state(return_),
        money=tuple(status_words.money(facts, told)),
        next=tuple(status_words.next_steps(facts, told)),
        text=status_words.of_return(facts, told),
        facts=facts,
    )


async def facts_of(session: AsyncSession, order: Order, return_: Return) -> ReturnFacts:
    """Return a return with its transfers, promises and what is kept for it."""
    moved = await transfers.of_return(session, return_.id)
    return ReturnFacts(
        return_=return_,
        transfers=tuple(moved),
        promises=tuple(await records.promises_of_return(session, return_.id)),
        exchanges=tuple(await exchange.of_return(session, return_.id)),
        places=tuple([_A_GIFT_CARD] * len(moved) if return_.gift else await _places(session, order, moved)),
    )


def told_by(desk: Desk, order: Order) -> Told:
    """Return how the shop writes amounts and days."""
    return Told(proposal_words.saying(desk.book.shop, order.currency), desk.book.shop.time_zone)


async def _places(session: AsyncSession, order: Order, moved: Sequence[Transfer]) -> list[str]:
    methods = await repository.payment_methods_of(session, order.customer.id)
    return [offers.original_destination(order, one.payment_method_id, methods).label for one in moved]


def _due(one: Transfer, promised: Sequence[Promise]) -> datetime | None:
    return next((promise.due_at for promise in promised if promise.amount == one.amount), None)
