"""A shop of a few orders, everything that stands in its books, and what must hold of it."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from store import rows, tables
from store.order import Customer, Order, OrderItem, Payment, PaymentMethod
from store.policy_file import PolicyBook
from store.returns import Return
from store.transfer import UNDER_WAY
from tests.store import made

NOW = made.NOW


def the_book() -> PolicyBook:
    """The demo shop's policy, with a low limit, so that people decide too, and refunds to gift cards on file."""
    book = made.book()
    (version, *_) = book.versions
    rules = version.rules.model_copy(
        update={"approval_limit": Decimal("70.00"), "refund_to_gift_card": True, "frequent_returns": None}
    )
    return replace(book, versions=(version.model_copy(update={"rules": rules}),))


BOOK = the_book()


@dataclass
class Tiny:
    """A shop of four orders and two products, whose ids nobody else has."""

    mark: str
    customer: Customer
    methods: list[PaymentMethod]
    orders: list[Order]
    pieces: Counter[str]
    """All pieces of each variant, wherever they are."""
    balances: dict[str, Decimal]


def tiny_shop() -> Tiny:
    mark = uuid.uuid4().hex[:8]
    customer = replace(made.MAYA, id=uuid.uuid4(), email=f"{mark}@example.com")
    methods = [
        PaymentMethod(f"card_{mark}", customer.id, "card", "Visa ending 4242"),
        PaymentMethod(f"paypal_{mark}", customer.id, "paypal", "PayPal"),
        PaymentMethod(f"gift_{mark}", customer.id, "gift_card", "Gift card ending 7310", Decimal("25.00")),
    ]
    card, _, gift = methods
    shoes = item(mark, 0, "shoe", "1", "40.00", 2, discount="7.99", tax="4.33")
    mug = item(mark, 1, "mug", "1", "12.34", 3, tax="1.01")
    orders = [
        order(mark, 1, customer, "delivered", [shoes, mug], {card.id: "70.00", gift.id: None}, shipping="5.95"),
        order(mark, 2, customer, "delivered", [item(mark, 0, "shoe", "2", "40.00", 2)], {card.id: None}, gift=True),
        order(mark, 3, customer, "pending", [item(mark, 0, "shoe", "1", "40.00", 1), mug], {card.id: None}, "4.00"),
        order(mark, 5, customer, "pending", [item(mark, 0, "shoe", "2", "40.00", 2, tax="6.15")], {card.id: None}),
        order(mark, 4, customer, "pending", [item(mark, 0, "mug", "2", "9.99", 2, discount="3.00")], {gift.id: None}),
    ]
    orders = [replace(one, items=tuple(replace(i, id=uuid.uuid4()) for i in one.items)) for one in orders]
    return Tiny(mark, customer, methods, orders, Counter(), {})


def item(mark: str, position: int, product: str, variant: str, price: str, quantity: int, **more: str) -> OrderItem:
    return OrderItem(
        id=uuid.uuid4(), position=position, product_id=f"{product}_{mark}", variant_id=f"{product}_{mark}_{variant}",
        name=product.title(), options={"size": variant}, unit_price=Decimal(price), quantity=quantity, category="home",
        **{name: Decimal(value) for name, value in more.items()},
    )  # fmt: skip


def order(
    mark: str,
    number: int,
    customer: Customer,
    state: str,
    items: list[OrderItem],
    paid: Mapping[str, str | None],
    shipping: str = "0.00",
    gift: bool = False,
) -> Order:
    made_order = made.order(*items, state=state, now=NOW)  # type: ignore[arg-type]
    made_order = replace(
        made_order, id=uuid.uuid4(), number=f"T{mark}{number}", customer=customer, shipping=Decimal(shipping),
        gift_code=f"GIFT-{mark}" if gift else None, payments=(),
    )  # fmt: skip
    if state == "pending":
        made_order = replace(made_order, shipped_at=None, delivered_at=None)
    left, payments = made_order.total, []
    for method, amount in paid.items():
        part = left if amount is None else Decimal(amount)
        left -= part
        payments.append(Payment(method, "payment", part, made_order.placed_at))
    return replace(made_order, payments=tuple(payments))


async def fill(session: AsyncSession, tiny: Tiny) -> None:
    prices = {"shoe": {"1": "40.00", "2": "40.00", "3": "55.50"}, "mug": {"1": "12.34", "2": "9.99"}}
    for product, variants in prices.items():
        key = f"{product}_{tiny.mark}"
        session.add(tables.ProductRow(id=key, name=product.title(), category="home", tags=[], picture=""))
        await session.flush()
        for variant, price in variants.items():
            values = {"product_id": key, "options": {"size": variant}, "price": Decimal(price), "stock": 2}
            session.add(tables.VariantRow(id=f"{key}_{variant}", **values))
            tiny.pieces[f"{key}_{variant}"] += 2
    session.add(tables.CustomerRow(**rows.of_customer(tiny.customer)))
    await session.flush()
    await session.execute(insert(tables.PaymentMethodRow), [rows.of_payment_method(one) for one in tiny.methods])
    for one in tiny.orders:
        await session.execute(insert(tables.OrderRow), [rows.of_order(one)])
        await session.execute(insert(tables.OrderItemRow), rows.of_items(one))
        await session.execute(insert(tables.PaymentRow), rows.of_payments(one))
        tiny.pieces.update({line.variant_id: line.quantity for line in one.items})
    tiny.pieces = Counter({key: tiny.pieces[key] for key in tiny.pieces})
    tiny.balances = {one.id: one.balance for one in tiny.methods if one.balance is not None}


@dataclass
class Read:
    """All that stands in the books of the tiny shop."""

    orders: list[Order]
    returns: list[Return]
    transfers: list[Any]
    exchanges: dict[uuid.UUID, list[Any]]
    promises: list[tables.PromiseRow]
    events: list[tables.EventRow]
    stock: dict[str, int]
    methods: dict[str, tables.PaymentMethodRow]

    def check_stock(self, tiny: Tiny) -> None:
        """No piece is lost, invented or promised twice."""
        found = Counter(self.stock)
        for one in self.orders:
            if one.state != "cancelled":
                found.update({line.variant_id: 0 for line in one.items})
                for line in one.items:
                    found[line.variant_id] += line.quantity
        for held in (piece for pieces in self.exchanges.values() for piece in pieces):
            if held.state != "released":
                found[held.variant_id] += held.quantity
        assert min(self.stock.values()) >= 0
        assert {key: found[key] for key in tiny.pieces} == dict(tiny.pieces)

    def check_money(self, tiny: Tiny) -> None:
        """Nobody gets back more than was paid, and every balance is what went in and out."""
        moved: dict[str, Decimal] = defaultdict(Decimal)
        for one in self.orders:
            refunds = [t for t in self.of_order(one) if t.kind == "refund" and t.state in UNDER_WAY]
            under_way = sum(t.amount - t.bonus for t in refunds)
            assert one.refunded + under_way <= one.paid, one.number
            for payment in one.payments:
                moved[payment.payment_method_id] += payment.amount if payment.kind == "refund" else -payment.amount
            for method in tiny.methods[:2]:
                assert one.paid_with(method.id) >= 0, (one.number, method.id)
            self.check_paid_in_full(one)
        paid_before: dict[str, Decimal] = defaultdict(Decimal)
        for payment in (payment for one in tiny.orders for payment in one.payments):
            paid_before[payment.payment_method_id] += payment.amount
        for key, row in self.methods.items():
            if row.balance is not None:
                start = tiny.balances.get(key, Decimal(0)) + paid_before[key]
                assert row.balance == start + moved[key] >= 0, key

    def check_paid_in_full(self, one: Order) -> None:
        """What stands in an order that is not delivered is what was paid for it, once its money has moved."""
        if any(t.state != "succeeded" for t in self.of_order(one)):
            return
        if one.state in ("pending", "processed", "shipped"):
            assert one.paid - one.refunded == one.total, one.number
        elif one.state == "cancelled":
            assert one.paid == one.refunded, one.number

    def check_returns(self) -> None:
        """No piece comes back twice, and what moved for a return is what it is worth."""
        back = self.coming_back()
        for one in self.returns:
            self.check_settlement(one)
        for whole in self.orders:
            for line in whole.items:
                assert back[line.id] <= line.quantity, line.name

    def coming_back(self) -> Counter[uuid.UUID]:
        back: Counter[uuid.UUID] = Counter()
        for one in self.returns:
            if one.approval not in ("rejected", "cancelled"):
                for line in one.lines:
                    back[line.order_item_id] += line.quantity
        return back

    def check_settlement(self, one: Return) -> None:
        asked = [t for t in self.transfers if t.return_id == one.id]
        owed = abs(one.price_difference) if one.resolution == "exchange" else one.amount
        assert sum(t.amount for t in asked) in (0, owed), one.rma
        if one.settlement in ("refunded", "credited", "exchanged"):
            assert sum(t.amount for t in asked) == owed, one.rma
            assert all(t.state in ("succeeded", "cancelled") for t in asked), one.rma
        if one.approval in ("rejected", "cancelled"):
            assert not asked
            assert all(piece.state == "released" for piece in self.exchanges[one.id])
        states = {piece.state for piece in self.exchanges[one.id]} - {"released"}
        assert len(states) <= 1, one.rma

    def check_promises(self) -> None:
        """A promise is open only while something is still to happen."""
        by_id = {one.id: one for one in self.returns}
        for promise in self.promises:
            if promise.kept_at is not None:
                continue
            if promise.return_id is None:
                whole = next(one for one in self.orders if one.id == promise.order_id)
                assert any(t.state in UNDER_WAY and t.return_id is None for t in self.of_order(whole)), promise.text
                continue
            one = by_id[promise.return_id]
            ready = promise.kind == "exchange" and any(p.state == "ready" for p in self.exchanges[one.id])
            assert one.is_open or ready, (promise.text, one.rma)
            assert promise.kind != "decision" or one.approval == "requested"

    def check_events(self) -> None:
        """The events, read one after the other, tell of each machine the state that it is in."""
        told: dict[tuple[str, Any], dict[str, str]] = defaultdict(dict)
        for event in self.events:
            for machine, state in STORY[event.subject].get(event.kind, {}).items():
                key = event.detail.get("transfer") or event.return_id or event.order_id
                told[event.subject, key][machine] = state
        for one in self.returns:
            story = {"approval": "requested", "parcel": "none", "settlement": "open"} | told["return", one.id]
            assert story == {"approval": one.approval, "parcel": one.parcel, "settlement": one.settlement}
            last = told["exchange", one.id].get("state")
            assert last is None or last in {piece.state for piece in self.exchanges[one.id]}
        for transfer in self.transfers:
            assert told["transfer", str(transfer.id)]["state"] == transfer.state
        for whole in self.orders:
            started = "delivered" if whole.number.endswith(("1", "2")) else "pending"
            assert told["order", whole.id].get("state", started) == whole.state

    def of_order(self, one: Order) -> list[Any]:
        return [transfer for transfer in self.transfers if transfer.order_id == one.id]


STORY: dict[str, dict[str, dict[str, str]]] = {
    "return": {
        "approved": {"approval": "approved"},
        "rejected": {"approval": "rejected", "settlement": "closed"},
        "cancelled": {"approval": "cancelled", "settlement": "closed"},
        **{step: {"parcel": step} for step in ("label_issued", "in_transit", "received", "inspected")},
        **{step: {"parcel": step} for step in ("lost", "expired")},
        **{end: {"settlement": end} for end in ("refunded", "credited", "exchanged", "closed")},
    },
    "transfer": {
        "requested": {"state": "requested"}, "sent": {"state": "sent"}, "put_back": {"state": "requested"},
        "succeeded": {"state": "succeeded"}, "failed": {"state": "failed"}, "retried": {"state": "requested"},
        "called_off": {"state": "cancelled"},
    },
    "exchange": {step: {"state": step} for step in ("reserved", "ready", "sent", "released")},
    "order": {step: {"state": step} for step in ("cancelled", "processed", "shipped", "delivered")},
    "customer": {},
}  # fmt: skip
