"""Orders, payment methods and policies made for a test, each with only what the test is about."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from kit.db import Database
from kit.settings import PROJECT_ROOT
from store import policy_file, transfers
from store.decision import RequestLine
from store.order import Address, Customer, Order, OrderItem, OrderState, Payment, PaymentMethod
from store.policy_file import Policy, PolicyBook
from store.returns import Reason

HARBOUR = PROJECT_ROOT / "policy" / "harbour-and-pine.yml"
RETAIL = PROJECT_ROOT / "policy" / "retail.yml"

NOW = datetime(2026, 6, 20, 19, 0, tzinfo=UTC)
"""A Saturday at noon in the shop, far from the holidays."""

MAYA = Customer(
    uuid.UUID(int=1),
    "Maya",
    "Torres",
    "maya.torres@example.com",
    "+15035550142",
    Address("2418 SE Alder Street", "", "Portland", "OR", "97214", "US"),
)
VISA = PaymentMethod("visa", MAYA.id, "card", "Visa ending 4242")
PAYPAL = PaymentMethod("paypal", MAYA.id, "paypal", "PayPal")
GIFT_CARD = PaymentMethod("gift", MAYA.id, "gift_card", "Gift card ending 7310", Decimal("60.00"))


async def pay(shop: Database, order_id: uuid.UUID, now: datetime = NOW) -> int:
    """Be the payment provider: do all that was asked for an order; return how much there was to do."""
    async with shop.transaction() as session:
        waiting = [one for one in await transfers.of_order(session, order_id) if one.state in ("requested", "sent")]
        for one in waiting:
            if one.state == "requested":
                await transfers.mark_sent(session, one.id, now)
            await transfers.succeed(session, one.id, f"ledger_{one.key}", now)
    return len(waiting)


def book() -> PolicyBook:
    return policy_file.read(HARBOUR)


def rules() -> Policy:
    return book().in_force(None)


def retail_rules() -> Policy:
    return policy_file.read(RETAIL).in_force(None)


def changed(policy: Policy, **values: Any) -> Policy:
    """Return the policy with some of its rules changed."""
    return replace(policy, rules=policy.rules.model_copy(update=values))


def item(
    name: str = "Linen Pillow",
    price: str = "38.00",
    quantity: int = 1,
    category: str = "home",
    final_sale: bool = False,
) -> OrderItem:
    return OrderItem(
        id=uuid.uuid5(uuid.NAMESPACE_OID, f"{name}/{price}/{quantity}"),
        position=0,
        product_id=name.lower().replace(" ", "-"),
        variant_id=name.lower().replace(" ", "-") + "-1",
        name=name,
        options={"color": "blue"},
        unit_price=Decimal(price),
        quantity=quantity,
        final_sale=final_sale,
        category=category,
    )


def order(
    *items: OrderItem,
    delivered: int | None = 6,
    state: OrderState = "delivered",
    paid: dict[str, str] | None = None,
    now: datetime = NOW,
) -> Order:
    """Return an order that was delivered so many days before `now` and paid by Visa unless `paid` says otherwise."""
    arrived = None if delivered is None else now - timedelta(days=delivered)
    total = sum((one.unit_price * one.quantity for one in items), Decimal("0.00"))
    entries = {VISA.id: str(total)} if paid is None else paid
    return Order(
        id=uuid.UUID(int=7),
        number="H204518",
        customer=MAYA,
        state=state,
        placed_at=None if arrived is None else arrived - timedelta(days=5),
        shipped_at=None if arrived is None else arrived - timedelta(days=3),
        delivered_at=arrived,
        items=items,
        address=MAYA.address,
        payments=tuple(Payment(method, "payment", Decimal(amount)) for method, amount in entries.items()),
    )


def wanted(one: OrderItem, reason: Reason = "no_longer_needed", quantity: int | None = None) -> RequestLine:
    return RequestLine(one.id, one.quantity if quantity is None else quantity, reason)
