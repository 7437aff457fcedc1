"""The demo shop, the same each time: products, people, orders in every state, and returns under way.

All days count back from `now`, so that what is inside or outside of a window stays so whenever it is made. Amounts of
returns come from the same decision that a customer would get.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import luhn_digit
from store import catalogue, dates, eligibility, money, offers, opening, rows, seed_people, tables
from store.decision import Offer, Past, RequestLine
from store.order import Address, Customer, Order, OrderItem, OrderState, Payment, PaymentMethod
from store.policy_file import Policy, PolicyBook
from store.ports import LabelTicket
from store.returns import SETTLED_AS, Approval, Parcel, Reason, Return
from store.showcase import PEOPLE, SHOWCASE, Coming, Piece, Show

Progress = Callable[[str, int, int], None]

STRANGERS = 197
ORDERS_OF_STRANGERS = 589
_RETURN_EVERY = 4
_RECENT = 35
_TRAVELLED = 12
_UNDER_WAY: frozenset[Parcel] = frozenset({"label_issued", "in_transit", "received", "inspected"})
_SEED = 20518
_SPACE = uuid5(NAMESPACE_URL, "returndesk/demo-shop")
_CARRIER = "Harbour Post"
_STATES: tuple[OrderState, ...] = ("pending", "processed", "shipped", "cancelled", *(("delivered",) * 12))
_FATES: tuple[tuple[Approval, Parcel, bool], ...] = (
    ("approved", "label_issued", False),
    ("approved", "in_transit", False),
    ("approved", "received", False),
    ("approved", "inspected", False),
    ("approved", "inspected", True),
    ("approved", "inspected", True),
    ("cancelled", "label_issued", False),
    ("rejected", "none", False),
    ("approved", "expired", False),
    ("approved", "lost", False),
)
_REASONS: tuple[Reason, ...] = (
    "too_small",
    "no_longer_needed",
    "damaged",
    "not_as_described",
    "defective",
    "too_large",
)


@dataclass
class _Shop:
    """What has been made so far, as rows per table."""

    book: PolicyBook
    now: datetime
    chance: random.Random
    customers: list[Customer] = field(default_factory=list)
    methods: dict[UUID, list[PaymentMethod]] = field(default_factory=dict)
    made: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, values: Iterable[dict[str, Any]]) -> None:
        self.made.setdefault(table, []).extend(values)


_TABLES: tuple[tuple[str, type[Any]], ...] = (
    ("products", tables.ProductRow),
    ("variants", tables.VariantRow),
    ("customers", tables.CustomerRow),
    ("payment_methods", tables.PaymentMethodRow),
    ("orders", tables.OrderRow),
    ("order_items", tables.OrderItemRow),
    ("fulfilments", tables.FulfilmentRow),
    ("returns", tables.ReturnRow),
    ("return_lines", tables.ReturnLineRow),
    ("exchanges", tables.ExchangeRow),
    ("events", tables.EventRow),
    ("payments", tables.PaymentRow),
    ("promises", tables.PromiseRow),
    ("policy_versions", tables.PolicyVersionRow),
    ("decisions", tables.DecisionRow),
)
_COUNTED = ("products", "variants", "customers", "orders", "returns")


async def demo_shop(
    session: AsyncSession, book: PolicyBook, now: datetime, on_progress: Progress | None = None
) -> dict[str, int]:
    """Make the demo shop; returns how much of what, and nothing (an empty dict) when it is there already.

    `on_progress(what, done, total)` hears of each table.
    """
    there = select(tables.OrderRow.id).where(tables.OrderRow.number == SHOWCASE[0].number)
    if await session.scalar(there) is not None:
        return {}
    shop = make(book, now)
    for name, table in _TABLES:
        values = shop.made.get(name, [])
        if values:
            await session.execute(insert(table), values)
        if on_progress is not None:
            on_progress(name.replace("_", " "), len(values), max(len(values), 1))
    return {name: len(shop.made[name]) for name in _COUNTED}


def make(book: PolicyBook, now: datetime) -> _Shop:
    """Work the whole shop out, without a database."""
    # Early afternoon, so that a day ago is a day ago in every time zone of the shop's country.
    noon = min(now, now.replace(hour=20, minute=0, second=0, microsecond=0))
    shop = _Shop(book, noon, random.Random(_SEED))
    _products(shop)
    known = {key: _person(shop, key) for key in PEOPLE}
    for number in range(STRANGERS):
        _stranger(shop, number)
    for show in SHOWCASE:
        _show(shop, show, known[show.person])
    for number in range(ORDERS_OF_STRANGERS):
        _order_of_a_stranger(shop, number)
    return shop


def _products(shop: _Shop) -> None:
    for product in catalogue.PRODUCTS:
        _product(shop, product)
        for variant_id, options, price in product.variants():
            # A few are sold out, so that an exchange can find nothing left.
            stock = 0 if shop.chance.random() < 0.08 and product.id != "trail-runner" else shop.chance.randint(5, 40)
            _variant(shop, product.id, variant_id, options, price, stock)
    for product in catalogue.SPECIAL:
        _product(shop, product)
        for variant_id, options, price in product.variants():
            stock = 0 if variant_id in catalogue.SOLD_OUT else catalogue.SPECIAL_STOCK
            _variant(shop, product.id, variant_id, options, price, stock)


def _product(shop: _Shop, product: catalogue.Product) -> None:
    row = {"id": product.id, "name": product.name, "category": product.category, "picture": product.picture}
    shop.add("products", [row | {"tags": list(product.tags)}])


def _variant(
    shop: _Shop, product_id: str, variant_id: str, options: dict[str, str], price: Decimal, stock: int
) -> None:
    values = {"id": variant_id, "product_id": product_id, "options": options, "price": price, "stock": stock}
    shop.add("variants", [values])


def _person(shop: _Shop, key: str) -> Customer:
    person = PEOPLE[key]
    address = Address(person.street, "", person.city, person.region, person.zip, "US")
    customer = Customer(
        _id("customer", key), person.name_first, person.name_last, person.email, person.phone, address, person.tier
    )
    methods = [PaymentMethod(f"card_{key}", customer.id, "card", person.card)]
    if person.gift_card:
        gift = PaymentMethod(f"gift_card_{key}", customer.id, "gift_card", person.gift_card, Decimal("60.00"))
        methods.append(gift)
    _register(shop, customer, methods)
    return customer


def _stranger(shop: _Shop, number: int) -> None:
    customer = seed_people.customer(shop.chance, number, _id("customer", str(number)))
    _register(shop, customer, seed_people.payment_methods(shop.chance, number, customer.id))
    shop.customers.append(customer)


def _register(shop: _Shop, customer: Customer, methods: list[PaymentMethod]) -> None:
    shop.methods[customer.id] = methods
    shop.add("customers", [rows.of_customer(customer)])
    shop.add("payment_methods", [rows.of_payment_method(method) for method in methods])


def _show(shop: _Shop, show: Show, customer: Customer) -> None:
    method = shop.methods[customer.id][1 if show.gift_card else 0]
    order = _order(shop, show.number, customer, show.state, show.days_ago, show.pieces, method)
    order = _paid_in_parts(replace(order, shipping=Decimal(show.shipping), gift_code=show.gift_code), shop, show)
    if show.outside:
        order = _moved_outside(shop, order)
    _keep_order(shop, order)
    if show.coming is not None:
        lines = (RequestLine(order.items[0].id, 1, show.coming.reason),)
        _bring_back(shop, order, lines, show.coming, "approved")


def _paid_in_parts(order: Order, shop: _Shop, show: Show) -> Order:
    """Pay an order's whole total, and some of it with the gift card where the showcase says so."""
    (first, *others) = order.payments
    from_card = Decimal(show.from_gift_card)
    payments = [replace(first, amount=order.total - from_card), *others]
    if from_card:
        gift_card = shop.methods[order.customer.id][1]
        payments.append(replace(first, payment_method_id=gift_card.id, amount=from_card))
    return replace(order, payments=tuple(payments))


def _moved_outside(shop: _Shop, order: Order) -> Order:
    today = dates.local_day(shop.now, shop.book.shop.time_zone)
    for _ in range(200):
        limit = eligibility.deadline(order, order.items[0], None, shop.book.in_force(order.placed_at))
        if limit.day is None or limit.day < today:
            break
        order = _earlier(order, timedelta(days=1))
    return order


def _earlier(order: Order, by: timedelta) -> Order:
    moved = {name: getattr(order, name) for name in ("placed_at", "shipped_at", "delivered_at")}
    return replace(order, **{name: moment - by for name, moment in moved.items() if moment is not None})


def _order_of_a_stranger(shop: _Shop, number: int) -> None:
    chance = shop.chance
    customer = chance.choice(shop.customers)
    state = chance.choice(_STATES)
    days_ago = chance.randint(1, 110) if state in ("delivered", "cancelled") else chance.randint(1, 5)
    method = chance.choice([m for m in shop.methods[customer.id] if m.kind != "store_credit"])
    order = _order(shop, f"H{300017 + 7 * number}", customer, state, days_ago, _pieces(chance), method)
    _keep_order(shop, order)
    if state == "delivered" and number % _RETURN_EVERY == 0:
        _maybe_bring_back(shop, order, number, days_ago)


def _pieces(chance: random.Random) -> tuple[Piece, ...]:
    found = []
    for product in chance.sample(catalogue.PRODUCTS, chance.choice((1, 1, 2, 2, 3, 4))):
        _, options, _ = chance.choice(product.variants())
        quantity = chance.choice((1, 1, 1, 1, 2, 3))
        final_sale = product.category == "clothing" and chance.random() < 0.12
        found.append(Piece(product.id, tuple(options.values()), quantity, final_sale))
    return tuple(found)


def _order(  # noqa: PLR0913
    shop: _Shop,
    number: str,
    customer: Customer,
    state: OrderState,
    days_ago: int,
    pieces: tuple[Piece, ...],
    method: PaymentMethod,
) -> Order:
    items = tuple(_item(number, position, piece) for position, piece in enumerate(pieces))
    last = shop.now - timedelta(days=days_ago)
    placed, shipped, delivered = _moments(state, last)
    total = sum((item.paid for item in items), money.ZERO)
    payments = [Payment(method.id, "payment", total, placed)]
    if state == "cancelled":
        payments.append(Payment(method.id, "refund", total, placed + timedelta(hours=3)))
    return Order(
        id=_id("order", number),
        number=number,
        customer=customer,
        state=state,
        placed_at=placed,
        shipped_at=shipped,
        delivered_at=delivered,
        items=items,
        address=customer.address,
        currency=shop.book.shop.currency,
        payments=tuple(payments),
        tracking_numbers=(f"HPO{number[1:]}",) if shipped else (),
    )


def _moments(state: OrderState, last: datetime) -> tuple[datetime, datetime | None, datetime | None]:
    if state == "delivered":
        return last - timedelta(days=5), last - timedelta(days=3), last
    if state == "shipped":
        return last - timedelta(days=2), last, None
    return last, None, None


def _item(number: str, position: int, piece: Piece) -> OrderItem:
    product = catalogue.product(piece.product)
    options = dict(zip(product.axes, piece.options, strict=True))
    prices = {variant: price for variant, _, price in product.variants()}
    chosen = catalogue.variant_id(product.id, options)
    return OrderItem(
        id=_id("item", f"{number}/{position}"),
        position=position,
        product_id=product.id,
        variant_id=chosen,
        name=product.name,
        options=options,
        unit_price=prices[chosen],
        quantity=piece.quantity,
        final_sale=piece.final_sale,
        picture=product.picture,
        category=product.category,
        tags=product.tags,
        discount=Decimal(piece.discount),
        tax=Decimal(piece.tax),
    )


def _keep_order(shop: _Shop, order: Order) -> None:
    shop.add("orders", [rows.of_order(order)])
    shop.add("order_items", rows.of_items(order))
    shop.add("payments", rows.of_payments(order))
    for number in order.tracking_numbers:
        item_ids = [item.id for item in order.items]
        values = {"order_id": order.id, "tracking_number": number, "carrier": _CARRIER, "item_ids": item_ids}
        shop.add("fulfilments", [values])


def _maybe_bring_back(shop: _Shop, order: Order, number: int, days_ago: int) -> None:
    approval, parcel, settled = _FATES[number // _RETURN_EVERY % len(_FATES)]
    opened = max(1, days_ago - shop.chance.randint(1, 4))
    under_way = approval == "approved" and parcel in _UNDER_WAY and not settled
    if under_way and days_ago > _RECENT:
        parcel, settled = "inspected", True
    elif under_way and days_ago >= _TRAVELLED:
        opened = shop.chance.randint(6, 8)
    elif days_ago < _TRAVELLED and parcel != "none":
        # A parcel cannot have travelled, been checked and paid within the day.
        parcel, settled = "label_issued", False
    digits = f"2{number:06d}"
    coming = Coming(
        rma=f"RMA-{digits[:4]}-{digits[4:]}{luhn_digit(digits)}",
        days_ago=opened,
        parcel=parcel,
        settled=settled,
        resolution=shop.chance.choice(("refund", "refund", "refund", "store_credit", "exchange")),
    )
    lines = (RequestLine(order.items[0].id, 1, shop.chance.choice(_REASONS)),)
    _bring_back(shop, order, lines, coming, approval)


def _bring_back(shop: _Shop, order: Order, lines: tuple[RequestLine, ...], coming: Coming, approval: Approval) -> None:
    opened_at = shop.now - timedelta(days=coming.days_ago)
    rules = shop.book.in_force(order.placed_at)
    case = opening.Case(order, lines, rules, Past(), tuple(shop.methods[order.customer.id]), opened_at)
    decision = case.decide()
    if not decision.eligible:
        return
    if decision.nothing_to_send:  # a parcel is to travel, so it does not work instead of being damaged
        _bring_back(shop, order, tuple(replace(line, reason="defective") for line in lines), coming, approval)
        return
    offer = opening.chosen_offer(decision, coming.resolution, None)
    way = opening.chosen_method(decision, coming.resolution, coming.method)
    ticket = LabelTicket(coming.rma, f"HP{coming.rma[4:8]}{coming.rma[9:]}", _CARRIER)
    drafted = opening.draft(case, decision, offer, way, ticket)
    drafted = replace(
        drafted,
        id=_id("return", coming.rma),
        refund_to=offer.refund_to,
        lines=opening.lines(case, decision, offer, _swap(order.items[0]) if coming.resolution == "exchange" else {}),
    )
    # What waits for a person stays so: nobody has approved it.
    if not drafted.needs_person:
        drafted = _arrived(_fated(drafted, coming, approval, rules), coming, offer, rules, shop.now)
    shop.add("returns", [rows.of_return(drafted)])
    shop.add("return_lines", rows.of_return_lines(drafted))
    arrival = _arrival(drafted, drafted.settled_at is not None, shop.now)
    shop.add("events", _events(drafted, arrival))
    receipt = rows.of_decision(case, decision, drafted.id, _kept(shop, rules, order))
    shop.add("decisions", [receipt | {"id": _id("decision", coming.rma)}])
    _reserved(shop, drafted)
    _money(shop, drafted, offer)


def _kept(shop: _Shop, rules: Policy, order: Order) -> str:
    """Keep the rules that a decision was made by, once; return their digest."""
    if rules.digest not in {row["digest"] for row in shop.made.get("policy_versions", ())}:
        shop.add("policy_versions", [rows.of_policy(rules, order.placed_at or shop.now)])
    return rules.digest


def _reserved(shop: _Shop, return_: Return) -> None:
    state = "sent" if return_.settlement == "exchanged" else "reserved" if return_.is_open else "released"
    for line in return_.lines:
        if line.exchange_variant_id is not None:
            values = {"return_id": return_.id, "order_item_id": line.order_item_id, "quantity": line.quantity}
            row = values | {"variant_id": line.exchange_variant_id, "state": state, "tracking_number": None}
            shop.add("exchanges", [row | {"id": _id("exchange", return_.rma)}])


def _swap(item: OrderItem) -> dict[UUID, str]:
    product = catalogue.product(item.product_id)
    # One of the same price, so that nothing is owed.
    same = [variant for variant, _, price in product.variants() if price == item.unit_price]
    return {item.id: same[(same.index(item.variant_id) + 1) % len(same)]}


def _fated(drafted: Return, coming: Coming, approval: Approval, rules: Policy) -> Return:
    moved = replace(drafted, approval=approval, parcel=coming.parcel)
    if approval == "rejected":
        return replace(moved, settlement="closed", tracking_number=None, carrier=None, label_expires_at=None)
    if approval == "cancelled":
        return replace(moved, settlement="closed", parcel="label_issued")
    return moved


def _arrival(return_: Return, settled: bool, now: datetime) -> datetime:
    yesterday = now - timedelta(hours=20)
    # What still waits for its money has just come, so that nobody is late in a new shop.
    return min(return_.opened_at + timedelta(days=5), yesterday) if settled else yesterday


def _arrived(moved: Return, coming: Coming, offer: Offer, rules: Policy, now: datetime) -> Return:
    if moved.approval != "approved" or coming.parcel not in ("received", "inspected"):
        return moved
    arrived = _arrival(moved, coming.settled, now)
    days = rules.rules.processing_days
    days += offers.refund_time(offer.refund_kind, rules).days_to if offer.refund_kind else 0
    due = dates.add_business_days(dates.local_day(arrived, rules.shop.time_zone), days)
    if not coming.settled:
        return replace(moved, refund_due_on=due)
    paid = min(arrived + timedelta(days=2), now - timedelta(hours=2))
    return replace(moved, refund_due_on=due, settlement=SETTLED_AS[coming.resolution], settled_at=paid)


def _events(return_: Return, arrival: datetime) -> list[dict[str, Any]]:
    steps: list[tuple[timedelta, str, str]] = [(timedelta(), "customer", "opened")]
    if return_.approval in ("approved", "cancelled"):
        steps += [(timedelta(), "policy", "approved"), (timedelta(), "policy", "label_issued")]
    if return_.approval in ("rejected", "cancelled"):
        steps.append((timedelta(hours=5), "customer" if return_.approval == "cancelled" else "Ana", return_.approval))
    arrived = arrival - return_.opened_at
    travelled = {"in_transit": 1, "received": 2, "inspected": 3}.get(return_.parcel, 0)
    way = ((timedelta(hours=9), "in_transit"), (arrived, "received"), (arrived + timedelta(hours=6), "inspected"))
    steps += [(after, "warehouse", kind) for after, kind in way[:travelled]]
    if return_.parcel in ("expired", "lost"):
        steps.append((timedelta(hours=12), "policy", return_.parcel))
    found = [_event(return_, return_.opened_at + after, actor, kind) for after, actor, kind in steps]
    if return_.settled_at is not None:
        found.append(_event(return_, return_.settled_at, "policy", return_.settlement))
    return found


def _event(return_: Return, at: datetime, actor: str, kind: str) -> dict[str, Any]:
    """Return the row of something that happened long ago: everybody knows it already."""
    return {
        "kind": kind,
        "customer_id": return_.customer_id,
        "order_id": return_.order_id,
        "return_id": return_.id,
        "at": at,
        "actor": actor,
        "detail": {},
        "told_at": at,
        "published_at": at,
    }


def _money(shop: _Shop, return_: Return, offer: Offer) -> None:
    if return_.approval in ("cancelled", "rejected"):
        return
    amount = shop.book.shop.money(return_.amount, return_.currency)
    exchange = return_.resolution == "exchange"
    promise = {
        "id": _id("promise", return_.rma),
        "order_id": return_.order_id,
        "return_id": return_.id,
        "text": f"Exchange, {offer.when}" if exchange else f"{amount} to {offer.destination}, {offer.when}",
        "amount": None if exchange else return_.amount,
        "due_at": dates.end_of_day(return_.refund_due_on, shop.book.shop.time_zone) if return_.refund_due_on else None,
        "kept_at": return_.settled_at,
    }
    shop.add("promises", [promise])
    if return_.settled_at is not None and return_.refund_to is not None:
        refund = Payment(return_.refund_to, "refund", return_.amount, return_.settled_at)
        values = {"order_id": return_.order_id, "payment_method_id": refund.payment_method_id, "kind": refund.kind}
        shop.add("payments", [values | {"amount": refund.amount, "at": refund.at, "return_id": return_.id}])


def _id(kind: str, name: str) -> UUID:
    return uuid5(_SPACE, f"{kind}/{name}")
