"""Find the orders that a conversation may see."""

from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from casework import identities
from casework.desk import Desk
from conversations.conversation import Conversation
from store import gifts, policy, repository
from store.identity import Evidence
from store.order import Order, PaymentMethod
from store.policy_file import Level
from store.returns import Return

MOST_LOOKED_AT = 200
"""So many of a customer's newest orders are looked through for what they name."""
"""How many orders are offered to choose from, newest first."""


async def named(session: AsyncSession, evidence: Evidence) -> Order | None:
    """Return the order that an order number, a return number or a gift's code names, whoever it belongs to."""
    if evidence.order_number:
        return await repository.find_order(session, evidence.order_number)
    if evidence.rma:
        found = await repository.find_return(session, evidence.rma)
        return await repository.order_by_id(session, found.order_id) if found else None
    return await gifts.find_order(session, evidence.gift_code) if evidence.gift_code else None


async def open_to(
    session: AsyncSession,
    conversation: Conversation,
    level: Level,
    *,
    gift: bool = False,
) -> list[Order]:
    """Return the orders that this conversation has proved a level for, newest first; with `gift`, gifts too."""
    customer_id = identities.customer_of(conversation, level)
    order_ids = [one for claim in identities.claims_of(conversation) for one in claim.order_ids or ()]
    found = await repository.orders_by_ids(session, order_ids)
    if customer_id:
        others = [order for order in found if order.customer.id != customer_id]
        found = [*await repository.orders_of_customer(session, customer_id), *others]
    return [order for order in found if identities.may(conversation, level, order, gift=gift)][:MOST_LOOKED_AT]


async def get(
    session: AsyncSession, conversation: Conversation, number: str, level: Level, *, gift: bool = False
) -> Order | None:
    """Return an order by its number, if this conversation has proved the level for it (`gift`: or has its code)."""
    order = await repository.find_order(session, number) if number else None
    return order if order and identities.may(conversation, level, order, gift=gift) else None


async def returns_of(session: AsyncSession, conversation: Conversation, order: Order) -> list[Return]:
    """Return the returns of an order that this conversation may look after, newest first: of a gift only its own."""
    found = await repository.returns_of_order(session, order.id)
    only_gifts = identities.only_as_gift(conversation, order)
    return [one for one in found if one.gift or not only_gifts]


async def methods_that_bear(session: AsyncSession, order: Order, amount: Decimal) -> list[PaymentMethod]:
    """Return the customer's own payment methods that can bear an amount, those that paid for the order first."""
    paid = {payment.payment_method_id for payment in order.payments if payment.kind == "payment"}
    methods = await repository.payment_methods_of(session, order.customer.id)
    able = [method for method in methods if amount <= 0 or policy.can_pay(method, amount)]
    return sorted(able, key=lambda method: (method.id not in paid, method.label))


def needs_order_number(desk: Desk) -> bool:
    """Tell whether this shop proves a customer by an order number; others go by e-mail, or name and zip."""
    return any({"order", "rma"} & set(rule.proof) for rule in desk.book.identity if rule.level == "write")


def takes_gift_codes(desk: Desk) -> bool:
    """Tell whether this shop lets whoever was given something return it with the code of the gift."""
    return any("gift_code" in rule.proof for rule in desk.book.identity)
