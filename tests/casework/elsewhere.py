"""Shops that write money in another way than the demo shop: cents behind a comma, and no cents at all."""

import re
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import insert

from kit.settings import PROJECT_ROOT
from store import policy_file, rows, tables
from store.order import Address, Customer, Order, OrderItem, Payment, PaymentMethod
from store.policy_file import PolicyBook
from tests.casework.harbour import NOW, Harbour

POLICY = PROJECT_ROOT / "policy" / "eu.yml"
YENS = {
    "currency: EUR": "currency: JPY", "locale: de_DE": "locale: ja_JP", "fee: 4.90": "fee: 490.50",
    "approval_limit: 500.00": "approval_limit: 50000", "below: 10.00": "below: 1000", "above: 50.00": "above: 5000",
}  # fmt: skip
"""What is changed for a shop that has no cents; that nobody can pay half a yen is to be seen."""


@dataclass(frozen=True)
class Elsewhere:
    """A shop: its rules, how a written amount looks there, and what it has sold to Lena."""

    book: PolicyBook
    written: str
    delivered: Order
    pending: Order
    methods: tuple[PaymentMethod, ...]

    def amounts(self, text: str) -> list[str]:
        """Return the amounts of a text; fails on one that is not written as this shop writes it."""
        text = re.sub(r"https?://\S+", "", text)
        rest = re.sub(self.written, "", text)
        assert not re.search(r"[$€¥￥£]|\b(USD|EUR|JPY)\b|\d[.,]\d\d?(?!\d)", rest), rest
        return re.findall(self.written, text)


def in_euros() -> Elsewhere:
    """Amounts such as 1.049,97 €."""
    written = r"-?\b\d{1,3}(?:\.\d{3})*,\d\d\u00a0€"
    return _shop(policy_file.read(POLICY), written, {"headset": "349.99", "other": "364.49", "cable": "19.95"})


def in_yens() -> Elsewhere:
    """Amounts such as ￥34,999."""
    text = POLICY.read_text(encoding="utf-8")
    for old, new in YENS.items():
        assert old in text, old
        text = text.replace(old, new)
    book = policy_file.parse(text, "yen.yml")
    return _shop(book, r"-?￥\d{1,3}(?:,\d{3})*(?![\d.,]*\d)", {"headset": "34999", "other": "36449", "cable": "1995"})


async def opened(harbour: Harbour, place: Elsewhere) -> None:
    """Make the shop of a harbour this one, and put into its books what it has sold."""
    harbour.desk = replace(harbour.desk, book=place.book)
    goods = {item.variant_id: item for item in place.delivered.items}
    async with harbour.session() as session:
        for product in dict.fromkeys(item.product_id for item in place.delivered.items):
            session.add(
                tables.ProductRow(id=product, name=product.title(), category="electronics", tags=[], picture="")
            )
        await session.flush()
        for variant, item in goods.items():
            values = {"product_id": item.product_id, "options": item.options, "price": item.unit_price, "stock": 5}
            session.add(tables.VariantRow(id=variant, **values))
        dearer = place.pending.items[0]
        values = {"product_id": "headset", "options": dearer.options, "price": dearer.unit_price, "stock": 5}
        session.add(tables.VariantRow(id=dearer.variant_id, **values))
        session.add(tables.CustomerRow(**rows.of_customer(place.delivered.customer)))
        await session.flush()
        await session.execute(insert(tables.PaymentMethodRow), [rows.of_payment_method(one) for one in place.methods])
        for order in (place.delivered, place.pending):
            await session.execute(insert(tables.OrderRow), [rows.of_order(order)])
            await session.execute(insert(tables.OrderItemRow), rows.of_items(order))
            await session.execute(insert(tables.PaymentRow), rows.of_payments(order))


def _shop(book: PolicyBook, written: str, prices: dict[str, str]) -> Elsewhere:
    unit = Decimal(1) if book.shop.currency == "JPY" else Decimal("0.01")
    home = Address("Am Markt 4", "", "Bremen", "HB", "28195", "DE")
    lena = Customer(uuid.uuid4(), "Lena", "Vogt", "lena.vogt@example.com", "", home)
    card = PaymentMethod("card_lena", lena.id, "card", "Visa ending 4242")
    gift = PaymentMethod("gift_lena", lena.id, "gift_card", "Gift card ending 7310", Decimal("0.00"))
    headset = replace(_item("headset", prices["headset"], 3), discount=5000 * unit, tax=3001 * unit)
    cable = replace(_item("cable", prices["cable"], 1), position=1)
    delivered = Order(
        uuid.uuid4(), "L300001", lena, "delivered", NOW - timedelta(days=26), NOW - timedelta(days=22),
        NOW - timedelta(days=20), (headset, cable), home, currency=book.shop.currency, shipping=995 * unit,
    )  # fmt: skip
    half = Payment(card.id, "payment", 70000 * unit, delivered.placed_at)
    rest = Payment(gift.id, "payment", delivered.total - half.amount, delivered.placed_at)
    dear = replace(_item("headset", prices["other"], 1, "black"), discount=333 * unit)
    pending = Order(
        uuid.uuid4(), "L300002", lena, "pending", NOW - timedelta(hours=1), None, None, (dear,), home,
        currency=book.shop.currency,
    )  # fmt: skip
    paid = Payment(card.id, "payment", pending.total, pending.placed_at)
    orders = replace(delivered, payments=(half, rest)), replace(pending, payments=(paid,))
    return Elsewhere(book, written, *orders, (card, gift))


def _item(product: str, price: str, quantity: int, colour: str = "white") -> OrderItem:
    return OrderItem(
        id=uuid.uuid4(), position=0, product_id=product, variant_id=f"{product}-{colour}", name=product.title(),
        options={"color": colour}, unit_price=Decimal(price), quantity=quantity, category="electronics",
    )  # fmt: skip
