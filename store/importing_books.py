"""Orders of an import into the books: made when they are new, brought up to date where the shop still speaks for them.

An order in which the desk has done something (a return, a change, a transfer) is the desk's: of such an order a file
only adds what it lacks. The rules stand in `docs/importing.md`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from store import importing_known, money
from store.importing_known import Known, Person, new_id
from store.importing_schema import ItemIn, OrderIn, ParcelIn, PaymentMethodIn
from store.order import OrderState
from store.tables import (
    CustomerRow,
    FulfilmentRow,
    OrderItemRow,
    OrderRow,
    PaymentMethodRow,
    PaymentRow,
    ProductRow,
    VariantRow,
)

Result = Literal["created", "updated", "unchanged"]
Values = dict[str, Any]

_MOMENTS = ("placed_at", "shipped_at", "delivered_at", "cancelled_at")
_RANK: dict[OrderState, int] = {"pending": 0, "processed": 1, "shipped": 2, "delivered": 3, "cancelled": 3}
_MAY_BE_THERE: tuple[type[Any], ...] = (ProductRow, VariantRow, CustomerRow, PaymentMethodRow)
_ALWAYS_NEW: tuple[type[Any], ...] = (OrderRow, OrderItemRow, FulfilmentRow, PaymentRow)


@dataclass(frozen=True)
class Refused:
    """An order that does not fit the books; `location` is the field of `OrderIn` that is at fault."""

    location: tuple[str | int, ...]
    reason: str


async def put_orders(session: AsyncSession, orders: Sequence[OrderIn], currency: str) -> list[Result | Refused]:
    """Write orders, each number once, and tell of each what was done; one that does not fit leaves the others alone.

    Nobody is told of an import: it writes no events. Orders that are there are held until the transaction ends.
    """
    known = await importing_known.load(session, orders)
    answers: list[Result | Refused] = []
    # Changed rows may name products that are written only at the end.
    with session.no_autoflush:
        for order in orders:
            refused = _refused(known, order) or _too_fine(order, order.currency or currency)
            answers.append(refused if refused is not None else await _put(session, known, order, currency))
        await write(session, known)
    return answers


async def write(session: AsyncSession, known: Known) -> None:
    """Write the rows that were added to what is known; tables that others refer to come first."""
    for table in _MAY_BE_THERE:
        if known.new[table]:
            await session.execute(upsert(table).on_conflict_do_nothing(), known.new[table])
    await session.flush()
    for table in _ALWAYS_NEW:
        if known.new[table]:
            await session.execute(insert(table), known.new[table])


def _refused(known: Known, order: OrderIn) -> Refused | None:
    """Check an order against the books before anything of it is written."""
    row = known.orders.get(order.number)
    person = _owner(known, order)
    if row is not None and person is None:
        return Refused(("customer_id",), "the order belongs to another customer here")
    if order.customer_id is not None and person is None:
        return Refused(("customer_id",), "there is no such customer; customers come before their orders")
    taken = known.gift_codes.get(order.gift_code or "")
    if taken is not None and taken != order.number:
        return Refused(("gift_code",), f"order {taken} has this gift code")
    for place, item in enumerate(order.items):
        product = known.variants.get(item.variant_id, item.product_id)
        if product != item.product_id:
            return Refused(("items", place, "variant_id"), f"belongs to product {product} here")
    return _refused_method(known, order, person)


def _too_fine(order: OrderIn, currency: str) -> Refused | None:
    """Find an amount with more places than the currency has: nobody can pay half a yen."""
    amounts: list[tuple[tuple[str | int, ...], Decimal]] = [(("shipping",), order.shipping)]
    for place, item in enumerate(order.items):
        amounts += [(("items", place, name), getattr(item, name)) for name in ("unit_price", "discount", "tax")]
    amounts += [(("payments", place, "amount"), entry.amount) for place, entry in enumerate(order.payments)]
    for location, amount in amounts:
        if amount != money.cents(amount, currency):
            places = money.decimals(currency)
            return Refused(location, f"{amount} has more than the {places} decimal places of {currency}")
    return None


def _refused_method(known: Known, order: OrderIn, person: Person | None) -> Refused | None:
    own = order.customer.payment_methods if order.customer else ()
    named: list[tuple[tuple[str | int, ...], PaymentMethodIn]] = [
        *((("payments", place, "method"), entry.method) for place, entry in enumerate(order.payments)),
        *((("customer", "payment_methods", place), method) for place, method in enumerate(own)),
    ]
    kinds: dict[str, str] = {}
    for location, method in named:
        if method.id is None or method.id in known.retired:
            continue
        owner, kind = known.methods.get(method.id, (None, kinds.setdefault(method.id, method.kind)))
        if owner is not None and (person is None or owner != person.id):
            return Refused((*location, "id"), "this payment method belongs to another customer here")
        if kind != method.kind:
            return Refused((*location, "kind"), f"this payment method is a {kind} here")
    return None


def _owner(known: Known, order: OrderIn) -> Person | None:
    """Return whose order it is; None where that is somebody new, or where an order is another's here."""
    named = known.by_reference.get(order.customer_id) if order.customer_id else None
    reference = order.customer_id or (order.customer.id if order.customer else None)
    row = known.orders.get(order.number)
    if row is not None:
        person = known.people[row.customer_id]
        fits = reference is None or person.reference is None or person.reference == reference
        return person if fits or person.erased else None
    if named is not None:
        return known.people[named] if not known.people[named].erased else None
    return known.person(order.customer) if order.customer else None


async def _put(session: AsyncSession, known: Known, order: OrderIn, currency: str) -> Result:
    person = _owner(known, order)
    row = known.orders.get(order.number)
    if row is not None and person is not None and person.erased:
        return "unchanged"  # what was erased does not come back with an old file
    if person is None:
        assert order.customer is not None
        person = known.add_person(order.customer)
    if row is None:
        _create(known, order, person, currency)
        return "created"
    if row.id in known.ours:
        return "updated" if _go_on(known, row, order) else "unchanged"
    return "updated" if await _bring_up_to_date(session, known, row, order) else "unchanged"


def _create(known: Known, order: OrderIn, person: Person, currency: str) -> None:
    order_id = new_id("order", order.number)
    _add_products(known, order)
    for method in order.customer.payment_methods if order.customer else ():
        add_method(known, person.id, method)
    address = order.address or (order.customer.address if order.customer else None)
    known.new[OrderRow].append(
        {
            "id": order_id,
            "number": order.number,
            "customer_id": person.id,
            "state": order.state,
            **{name: getattr(order, name) for name in _MOMENTS},
            "address": address.model_dump() if address else person.address,
            "currency": order.currency or currency,
            "shipping": order.shipping,
            "gift_code": order.gift_code,
        }
    )
    if order.gift_code:
        known.gift_codes[order.gift_code] = order.number
    item_ids = [new_id("item", f"{order.number}/{place}") for place in range(len(order.items))]
    for place, item in enumerate(order.items):
        known.new[OrderItemRow].append({"id": item_ids[place], "order_id": order_id, **_item(place, item)})
    known.new[PaymentRow].extend(_payments(known, order, order_id, person.id))
    known.new[FulfilmentRow].extend(_parcel(order_id, parcel, item_ids) for parcel in order.parcels)


def _go_on(known: Known, row: OrderRow, order: OrderIn) -> bool:
    """Add to an order of the desk's what it lacks: a later state, moments, parcels. Returns whether it lacked any."""
    lacking = {name: getattr(order, name) for name in _MOMENTS if getattr(row, name) is None}
    changed = set_columns(row, {**lacking, "state": _later(row.state, order.state)})
    parts = known.parts[row.id]
    there = {parcel.tracking_number for parcel in parts.parcels}
    added = [parcel for parcel in order.parcels if parcel.tracking_number not in there]
    item_ids = [item.id for item in parts.items]
    known.new[FulfilmentRow].extend(_parcel(row.id, parcel, item_ids) for parcel in added)
    return changed or bool(added)


async def _bring_up_to_date(session: AsyncSession, known: Known, row: OrderRow, order: OrderIn) -> bool:
    """Make an order that only the shop has touched what the file says; what the file leaves out stays."""
    values = {name: getattr(order, name) for name in (*_MOMENTS, "currency", "gift_code")}
    if order.address is not None:
        values["address"] = order.address.model_dump()
    changed = set_columns(row, {**values, "state": _later(row.state, order.state), "shipping": order.shipping})
    if order.gift_code:
        known.gift_codes[order.gift_code] = order.number
    _add_products(known, order)
    items_changed, item_ids = await _update_items(session, known, row, order)
    payments_changed = await _replace_payments(session, known, row, order)
    parcels_changed = await _replace_parcels(session, known, row, order, item_ids)
    return changed or items_changed or payments_changed or parcels_changed


async def _update_items(session: AsyncSession, known: Known, row: OrderRow, order: OrderIn) -> tuple[bool, list[UUID]]:
    there = {item.position: item for item in known.parts[row.id].items}
    changed, item_ids = False, []
    for place, item in enumerate(order.items):
        values = _item(place, item)
        found = there.pop(place, None)
        if found is not None:
            changed = set_columns(found, values) or changed
            item_ids.append(found.id)
            continue
        changed = True
        item_ids.append(new_id("item", f"{order.number}/{place}"))
        known.new[OrderItemRow].append({"id": item_ids[-1], "order_id": row.id, **values})
    for left in there.values():
        changed = True
        await session.delete(left)
    return changed, item_ids


async def _replace_payments(session: AsyncSession, known: Known, row: OrderRow, order: OrderIn) -> bool:
    if not order.payments:
        return False
    wanted = _payments(known, order, row.id, row.customer_id)
    there = known.parts[row.id].payments
    columns = ("payment_method_id", "kind", "amount", "at", "reference")
    before = Counter(tuple(getattr(entry, name) for name in columns) for entry in there)
    if before == Counter(tuple(entry[name] for name in columns) for entry in wanted):
        return False
    await session.execute(delete(PaymentRow).where(PaymentRow.order_id == row.id))
    known.new[PaymentRow].extend(wanted)
    return True


async def _replace_parcels(
    session: AsyncSession, known: Known, row: OrderRow, order: OrderIn, item_ids: list[UUID]
) -> bool:
    if not order.parcels:
        return False
    wanted = [_parcel(row.id, parcel, item_ids) for parcel in order.parcels]
    before = {(entry.tracking_number, entry.carrier, tuple(entry.item_ids)) for entry in known.parts[row.id].parcels}
    if before == {(entry["tracking_number"], entry["carrier"], tuple(entry["item_ids"])) for entry in wanted}:
        return False
    await session.execute(delete(FulfilmentRow).where(FulfilmentRow.order_id == row.id))
    known.new[FulfilmentRow].extend(wanted)
    return True


def _add_products(known: Known, order: OrderIn) -> None:
    """Add the products and variants that nobody knew; those that are there are left as they are."""
    for item in order.items:
        if item.product_id not in known.products:
            known.products.add(item.product_id)
            row = {"id": item.product_id, "name": item.name, "category": item.category, "tags": list(item.tags)}
            known.new[ProductRow].append({**row, "picture": ""})
        if item.variant_id not in known.variants:
            known.variants[item.variant_id] = item.product_id
            variant = {"id": item.variant_id, "product_id": item.product_id, "options": item.options}
            known.new[VariantRow].append({**variant, "price": item.unit_price, "stock": 0})


def add_method(known: Known, owner: UUID, method: PaymentMethodIn) -> str:
    """Add a payment method that nobody knew; returns its id."""
    values = importing_known.method_row(known, owner, method)
    found = str(values["id"])
    if found not in known.methods:
        known.methods[found] = (owner, method.kind)
        known.new[PaymentMethodRow].append(values)
    return found


def _item(place: int, item: ItemIn) -> Values:
    copied = ("product_id", "variant_id", "name", "options", "unit_price", "quantity", "final_sale", "discount", "tax")
    return {"position": place, **{name: getattr(item, name) for name in copied}}


def _payments(known: Known, order: OrderIn, order_id: UUID, owner: UUID) -> list[Values]:
    return [
        {
            "id": new_id("payment", f"{order.number}/{place}"),
            "order_id": order_id,
            "payment_method_id": add_method(known, owner, entry.method),
            "kind": entry.kind,
            "amount": entry.amount,
            "at": entry.at,
            "reference": entry.reference,
        }
        for place, entry in enumerate(order.payments)
    ]


def _parcel(order_id: UUID, parcel: ParcelIn, item_ids: Sequence[UUID]) -> Values:
    places = parcel.items or range(1, len(item_ids) + 1)
    return {
        "order_id": order_id,
        "tracking_number": parcel.tracking_number,
        "carrier": parcel.carrier,
        "item_ids": [item_ids[place - 1] for place in places if place <= len(item_ids)],
    }


def _later(here: str, coming: OrderState) -> OrderState:
    """Return the state that is further on: an order never goes back, and one that is over stays as it ended."""
    now = cast("OrderState", here)
    return coming if _RANK[coming] > _RANK[now] else now


def set_columns(row: Any, values: Values) -> bool:
    """Set columns to what the file says, those that it leaves out excepted; returns whether any changed."""
    changed = {name: value for name, value in values.items() if value is not None and getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)
