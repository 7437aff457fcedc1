"""What the books know already of the orders that come in: loaded at once for a whole batch, orders held."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import ColumnElement, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from kit import ids
from store.importing_schema import CustomerIn, OrderIn, PaymentMethodIn
from store.tables import (
    CustomerRow,
    EventRow,
    FulfilmentRow,
    OrderItemRow,
    OrderRow,
    PaymentMethodRow,
    PaymentRow,
    ProductRow,
    ReturnRow,
    TransferRow,
    VariantRow,
)

_SPACE = uuid5(NAMESPACE_URL, "returndesk/import")
_SHOPS_OWN = ("shop", "warehouse")
"""Who reports what the shop knows anyway: an order that only they have moved is still the shop's."""
_LABELS = {"card": "Card", "paypal": "PayPal", "gift_card": "Gift card", "store_credit": "Store credit"}
_IMPORTERS = 0x72657475726E
"""Name of the lock (any number does) that lets one writer of imports after the other."""


@dataclass(frozen=True)
class Person:
    """A customer of the books, as far as orders need them."""

    id: UUID
    reference: str | None
    address: dict[str, str]
    erased: bool = False


@dataclass
class Parts:
    """What belongs to an order that is there."""

    items: list[OrderItemRow] = field(default_factory=list)
    payments: list[PaymentRow] = field(default_factory=list)
    parcels: list[FulfilmentRow] = field(default_factory=list)


@dataclass
class Known:
    """What is there, and what has been added to it on the way.

    `retired` are payment methods of people who were erased; `new` are the rows to be written, by table.
    """

    orders: dict[str, OrderRow] = field(default_factory=dict)
    parts: defaultdict[UUID, Parts] = field(default_factory=lambda: defaultdict(Parts))
    ours: set[UUID] = field(default_factory=set)
    people: dict[UUID, Person] = field(default_factory=dict)
    by_reference: dict[str, UUID] = field(default_factory=dict)
    by_email: dict[str, UUID] = field(default_factory=dict)
    products: set[str] = field(default_factory=set)
    variants: dict[str, str] = field(default_factory=dict)
    methods: dict[str, tuple[UUID, str]] = field(default_factory=dict)
    retired: set[str] = field(default_factory=set)
    gift_codes: dict[str, str] = field(default_factory=dict)
    new: defaultdict[type[Any], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def person(self, customer: CustomerIn) -> Person | None:
        """Return who this is in the books, by the shop's own id or else by e-mail address; an erased one is nobody."""
        found = self.by_reference.get(customer.id) if customer.id else None
        if found is None:
            by_email = self.by_email.get(customer.email)
            # Whoever has another id of the shop's is another customer, be the address the same.
            if by_email is not None and (customer.id is None or self.people[by_email].reference is None):
                found = by_email
        return self.people[found] if found is not None and not self.people[found].erased else None

    def add_person(self, customer: CustomerIn) -> Person:
        """Add a customer who is not there."""
        reference = customer.id if customer.id not in self.by_reference else None
        wanted = new_id("customer", reference or customer.email)
        person = Person(wanted if wanted not in self.people else ids.new_id(), reference, customer.address.model_dump())
        self.remember(person, customer.email)
        row = {"id": person.id, "reference": reference, "email": customer.email, "phone": customer.phone}
        names = {"name_first": customer.first_name, "name_last": customer.last_name, "tier": customer.tier}
        self.new[CustomerRow].append({**row, **names, **person.address})
        return person

    def remember(self, person: Person, email: str) -> None:
        """Take a customer into account."""
        self.people[person.id] = person
        if person.reference is not None:
            self.by_reference[person.reference] = person.id
        if not person.erased:
            self.by_email.setdefault(email, person.id)


def new_id(kind: str, name: str) -> UUID:
    """Return the id of something that is made by an import: the same each time."""
    return uuid5(_SPACE, f"{kind}/{name}")


def method_id(known: Known, owner: UUID, method: PaymentMethodIn) -> str:
    """Return the id of a payment method; one without its own is known by kind, label and reference.

    Somebody who was erased and has come back gets theirs anew, beside the one that the books keep of old.
    """
    if method.id in known.retired:
        return f"{method.id}-{owner.hex[:8]}"
    return method.id or f"{method.kind}_{new_id('method', f'{owner}/{method.label}/{method.reference}').hex[:16]}"


def method_row(known: Known, owner: UUID, method: PaymentMethodIn) -> dict[str, Any]:
    """Return the row of a payment method."""
    has_balance = method.kind in ("gift_card", "store_credit")
    return {
        "id": method_id(known, owner, method),
        "customer_id": owner,
        "kind": method.kind,
        "label": method.label or _LABELS[method.kind],
        "balance": (method.balance or 0) if has_balance else None,
        "reference": method.reference,
    }


def customers_in(orders: Iterable[OrderIn]) -> list[CustomerIn]:
    """Return the customers that orders bring along."""
    return [order.customer for order in orders if order.customer is not None]


async def load(session: AsyncSession, orders: Sequence[OrderIn]) -> Known:
    """Load what is known about these orders and hold those that are there until the transaction ends."""
    await one_at_a_time(session)
    known = Known()
    numbers = sorted(order.number for order in orders)
    query = select(OrderRow).where(OrderRow.number.in_(numbers)).order_by(OrderRow.id).with_for_update()
    for row in await session.scalars(query, execution_options={"populate_existing": True}):
        known.orders[row.number] = row
    await _load_parts(session, known)
    references = {order.customer_id for order in orders if order.customer_id}
    await load_people(session, known, customers_in(orders), references)
    await load_products(
        session,
        known,
        {item.product_id for order in orders for item in order.items},
        {item.variant_id for order in orders for item in order.items},
    )
    await _load_gift_codes(session, known, {order.gift_code for order in orders if order.gift_code})
    named = [entry.method for order in orders for entry in order.payments]
    named += [method for customer in customers_in(orders) for method in customer.payment_methods]
    await load_retired(session, known, named)
    await load_methods(session, known, _method_ids(known, orders))
    return known


async def one_at_a_time(session: AsyncSession) -> None:
    """Wait until no other import writes, so that two of them never make one customer twice."""
    await session.execute(select(func.pg_advisory_xact_lock(_IMPORTERS)))


async def load_people(
    session: AsyncSession, known: Known, customers: Iterable[CustomerIn], references: Iterable[str]
) -> None:
    """Load the customers whom these may be, and those of the orders that are there."""
    come = list(customers)
    wanted = {*references, *(customer.id for customer in come if customer.id)}
    conditions: tuple[ColumnElement[bool], ...] = (
        CustomerRow.reference.in_(wanted),
        CustomerRow.email.in_({customer.email for customer in come}),
        CustomerRow.id.in_({row.customer_id for row in known.orders.values()}),
        CustomerRow.id.in_({new_id("customer", customer.id or customer.email) for customer in come}),
    )
    for row in await session.scalars(select(CustomerRow).where(or_(*conditions)).order_by(CustomerRow.id)):
        address = {name: getattr(row, name) for name in ("street", "extra", "city", "region", "zip", "country")}
        known.remember(Person(row.id, row.reference, address, row.erased_at is not None), row.email)


async def load_products(session: AsyncSession, known: Known, products: Iterable[str], variants: Iterable[str]) -> None:
    """Load which of these products and variants are there."""
    known.products.update(await session.scalars(select(ProductRow.id).where(ProductRow.id.in_(set(products)))))
    query = select(VariantRow.id, VariantRow.product_id).where(VariantRow.id.in_(set(variants)))
    for variant, product in await session.execute(query):
        known.variants[variant] = product


async def load_retired(session: AsyncSession, known: Known, named: Iterable[PaymentMethodIn]) -> None:
    """Note which of these payment methods belonged to somebody who was erased."""
    query = select(PaymentMethodRow.id).join(CustomerRow, CustomerRow.id == PaymentMethodRow.customer_id)
    mine = PaymentMethodRow.id.in_({method.id for method in named if method.id}), CustomerRow.erased_at.is_not(None)
    known.retired.update(await session.scalars(query.where(*mine)))


async def load_methods(session: AsyncSession, known: Known, method_ids: Iterable[str]) -> None:
    """Load whose these payment methods are, and of what kind."""
    query = select(PaymentMethodRow.id, PaymentMethodRow.customer_id, PaymentMethodRow.kind)
    for found, owner, kind in await session.execute(query.where(PaymentMethodRow.id.in_(set(method_ids)))):
        known.methods[found] = (owner, kind)


def _method_ids(known: Known, orders: Iterable[OrderIn]) -> Iterable[str]:
    for order in orders:
        mine = known.orders.get(order.number)
        person = known.person(order.customer) if order.customer else None
        reference = order.customer_id and known.by_reference.get(order.customer_id)
        owner = mine.customer_id if mine else person.id if person else reference or None
        for entry in order.payments:
            if entry.method.id or owner:
                yield method_id(known, owner or UUID(int=0), entry.method)
        for method in order.customer.payment_methods if order.customer else ():
            if method.id or owner:
                yield method_id(known, owner or UUID(int=0), method)


async def _load_parts(session: AsyncSession, known: Known) -> None:
    order_ids = [row.id for row in known.orders.values()]
    if not order_ids:
        return
    fresh = {"populate_existing": True}
    items = select(OrderItemRow).where(OrderItemRow.order_id.in_(order_ids)).order_by(OrderItemRow.position)
    for item in await session.scalars(items, execution_options=fresh):
        known.parts[item.order_id].items.append(item)
    payments = select(PaymentRow).where(PaymentRow.order_id.in_(order_ids))
    for payment in await session.scalars(payments, execution_options=fresh):
        known.parts[payment.order_id].payments.append(payment)
    parcels = select(FulfilmentRow).where(FulfilmentRow.order_id.in_(order_ids))
    for parcel in await session.scalars(parcels, execution_options=fresh):
        known.parts[parcel.order_id].parcels.append(parcel)
    known.ours.update(await _ours(session, order_ids))


async def _ours(session: AsyncSession, order_ids: list[UUID]) -> list[UUID]:
    """Return the orders in which the desk has done something, so that a file no longer speaks for them."""
    events = select(EventRow.order_id).where(EventRow.order_id.in_(order_ids), EventRow.actor.not_in(_SHOPS_OWN))
    returns = select(ReturnRow.order_id).where(ReturnRow.order_id.in_(order_ids))
    transfers = select(TransferRow.order_id).where(TransferRow.order_id.in_(order_ids))
    return list((await session.scalars(union(events, returns, transfers))).all())


async def _load_gift_codes(session: AsyncSession, known: Known, codes: set[str]) -> None:
    query = select(OrderRow.gift_code, OrderRow.number).where(OrderRow.gift_code.in_(codes))
    known.gift_codes.update({code: number for code, number in await session.execute(query) if code})
