"""The customers and products of an import into the books: made when they are new, else made what the file says."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store import importing_books, importing_known
from store.importing_books import Refused, Result, Values
from store.importing_known import Known
from store.importing_schema import CustomerIn, PaymentMethodIn, ProductIn, VariantIn
from store.tables import CustomerRow, EventRow, ExchangeRow, PaymentMethodRow, ProductRow, VariantRow

_STILL_ON_THE_SHELF = ("reserved", "ready")


async def put_customers(session: AsyncSession, customers: Sequence[CustomerIn]) -> list[Result | Refused]:
    """Write customers with their payment methods, and tell of each what was done.

    What the desk has changed at a customer's wish stays, and so does every balance.
    """
    await importing_known.one_at_a_time(session)
    known = Known()
    await importing_known.load_people(session, known, customers, ())
    found = {row.id: row for row in await _rows(session, CustomerRow, known.people)}
    ours = set(await session.scalars(_changed_by_the_desk(list(found))))
    methods = await _methods(session, known, customers)
    answers: list[Result | Refused] = []
    with session.no_autoflush:
        for customer in customers:
            refused = _refused(known, customer)
            answers.append(refused or _put_customer(known, customer, found, ours, methods))
        await importing_books.write(session, known)
    return answers


async def put_products(session: AsyncSession, products: Sequence[ProductIn]) -> list[Result | Refused]:
    """Write products with their variants, and tell of each what was done.

    The stock of a variant becomes what the file counts, less the pieces that are reserved for exchanges.
    """
    await importing_known.one_at_a_time(session)
    known = Known()
    variant_ids = [variant.id for product in products for variant in product.variants]
    shelves: dict[str, Any] = {row.id: row for row in await _rows(session, ProductRow, [one.id for one in products])}
    pieces: dict[str, Any] = {row.id: row for row in await _rows(session, VariantRow, variant_ids)}
    reserved = await _reserved(session, variant_ids)
    answers: list[Result | Refused] = []
    with session.no_autoflush:
        for product in products:
            refused = _refused_variant(product, pieces)
            answers.append(refused or _put_product(known, product, shelves, pieces, reserved))
        await importing_books.write(session, known)
    return answers


async def _rows(session: AsyncSession, table: type[Any], ids: Any) -> Sequence[Any]:
    query = select(table).where(table.id.in_(list(ids))).order_by(table.id).with_for_update()
    return (await session.scalars(query, execution_options={"populate_existing": True})).all()


def _changed_by_the_desk(customer_ids: Sequence[UUID]) -> Any:
    own = EventRow.subject == "customer", EventRow.actor.not_in(("shop", "warehouse"))
    return select(EventRow.customer_id).where(EventRow.customer_id.in_(customer_ids), *own)


async def _methods(session: AsyncSession, known: Known, customers: Sequence[CustomerIn]) -> dict[str, Any]:
    named = [method for customer in customers for method in customer.payment_methods]
    await importing_known.load_retired(session, known, named)
    wanted: set[str] = set()
    for customer in customers:
        person = known.person(customer)
        owner = person.id if person else UUID(int=0)
        wanted.update(importing_known.method_id(known, owner, method) for method in customer.payment_methods)
    await importing_known.load_methods(session, known, wanted)
    return {row.id: row for row in await _rows(session, PaymentMethodRow, wanted)}


def _refused(known: Known, customer: CustomerIn) -> Refused | None:
    person = known.person(customer)
    for place, method in enumerate(customer.payment_methods):
        found = importing_known.method_id(known, person.id, method) if person else method.id or ""
        owner, kind = known.methods.get(found, (None, method.kind))
        if owner is not None and (person is None or owner != person.id):
            return Refused(("payment_methods", place, "id"), "this payment method belongs to another customer here")
        if kind != method.kind:
            return Refused(("payment_methods", place, "kind"), f"this payment method is a {kind} here")
    return None


def _put_customer(
    known: Known, customer: CustomerIn, found: dict[UUID, Any], ours: set[UUID], methods: dict[str, Any]
) -> Result:
    person = known.person(customer)
    if person is None:
        made = known.add_person(customer)
        found[made.id] = known.new[CustomerRow][-1]
        for method in customer.payment_methods:
            _put_method(known, made.id, method, methods)
        return "created"
    values: Values = {"reference": customer.id if person.reference is None else None}
    if person.id not in ours:
        values |= {"name_first": customer.first_name, "name_last": customer.last_name, "email": customer.email}
        values |= {"phone": customer.phone, "tier": customer.tier, **customer.address.model_dump()}
    changed = _assign(found[person.id], values)
    for method in customer.payment_methods:
        changed = _put_method(known, person.id, method, methods) or changed
    return "updated" if changed else "unchanged"


def _put_method(known: Known, owner: UUID, method: PaymentMethodIn, methods: dict[str, Any]) -> bool:
    before = len(known.new[PaymentMethodRow])
    identifier = importing_books.add_method(known, owner, method)
    if len(known.new[PaymentMethodRow]) > before:
        methods[identifier] = known.new[PaymentMethodRow][-1]
        return True
    return _assign(methods[identifier], {"label": method.label or None, "reference": method.reference or None})


def _refused_variant(product: ProductIn, pieces: dict[str, Any]) -> Refused | None:
    for place, variant in enumerate(product.variants):
        row = pieces.get(variant.id)
        if row is not None and _of(row, "product_id") != product.id:
            return Refused(("variants", place, "id"), f"belongs to product {_of(row, 'product_id')} here")
    return None


def _put_product(
    known: Known, product: ProductIn, shelves: dict[str, Any], pieces: dict[str, Any], reserved: dict[str, int]
) -> Result:
    values = {"name": product.name, "category": product.category, "tags": list(product.tags)}
    created = product.id not in shelves
    if created:
        shelves[product.id] = {"id": product.id, **values, "picture": product.picture}
        known.new[ProductRow].append(shelves[product.id])
    changed = _assign(shelves[product.id], {**values, "picture": product.picture or None})
    for variant in product.variants:
        changed = _put_variant(known, product.id, variant, pieces, reserved) or changed
    return "created" if created else "updated" if changed else "unchanged"


def _put_variant(
    known: Known, product_id: str, variant: VariantIn, pieces: dict[str, Any], reserved: dict[str, int]
) -> bool:
    stock = None if variant.stock is None else max(0, variant.stock - reserved.get(variant.id, 0))
    if variant.id in pieces:
        values = {"options": variant.options, "price": variant.price, "stock": stock}
        return _assign(pieces[variant.id], values)
    row = {"id": variant.id, "product_id": product_id, "options": variant.options, "price": variant.price}
    pieces[variant.id] = {**row, "stock": stock or 0}
    known.new[VariantRow].append(pieces[variant.id])
    return True


async def _reserved(session: AsyncSession, variant_ids: Sequence[str]) -> dict[str, int]:
    query = (
        select(ExchangeRow.variant_id, func.sum(ExchangeRow.quantity))
        .where(ExchangeRow.variant_id.in_(variant_ids), ExchangeRow.state.in_(_STILL_ON_THE_SHELF))
        .group_by(ExchangeRow.variant_id)
    )
    return {variant: int(quantity) for variant, quantity in await session.execute(query)}


def _of(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def _assign(row: Any, values: Values) -> bool:
    """Set what the file says on a row of the database or on one that is about to be written."""
    if not isinstance(row, dict):
        return importing_books.set_columns(row, values)
    changed = {name: value for name, value in values.items() if value is not None and row[name] != value}
    row.update(changed)
    return bool(changed)
