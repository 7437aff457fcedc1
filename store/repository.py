"""Reading the store: rows in, frozen values out. Sessions are given; nothing here commits."""

import re
import string
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit import db, errors, ids
from store import identity
from store.order import (
    Address,
    Customer,
    Order,
    OrderItem,
    OrderState,
    Payment,
    PaymentEntry,
    PaymentKind,
    PaymentMethod,
    Variant,
)
from store.past import past_of as past_of
from store.past import returned_quantities as returned_quantities
from store.returns import (
    Approval,
    Condition,
    Method,
    Parcel,
    Reason,
    Resolution,
    Return,
    ReturnEvent,
    ReturnLine,
    Settlement,
)
from store.tables import (
    CustomerRow,
    EventRow,
    FulfilmentRow,
    OrderItemRow,
    OrderRow,
    PaymentMethodRow,
    PaymentRow,
    ProductRow,
    ReturnLineRow,
    ReturnRow,
    VariantRow,
)

_LETTER_AND_DIGITS = re.compile(r"(?<![A-Za-z])([A-Za-z])[\s-]*(\d{6,7}|\d{3}[ -]\d{3,4})(?!\d)")
_DIGITS_ALONE = re.compile(r"(?<![\d-])(\d{6,7})(?!\d)")
_FRESH = {"populate_existing": True}
"""A session may have read a row before it was locked, or before a plain UPDATE: what is read is as it stands now."""
_RMA = re.compile(r"(?<!\d)(\d{4})[\s-]*(\d{4})(?!\d)")


def normalise_order_number(text: str) -> str | None:
    """Find an order number however a person writes it: `# H 204518` is `H204518`; None when there is none.

    Digits without their letter are returned as they are; `find_order` then looks for the letter.
    """
    found = _LETTER_AND_DIGITS.search(text)
    if found:
        return found[1].upper() + re.sub(r"\D", "", found[2])
    alone = _DIGITS_ALONE.search(text)
    return alone[1] if alone else None


def normalise_rma(text: str) -> str | None:
    """Find a return number (`rma 48291563`) with a right check digit; None when there is none."""
    for found in _RMA.finditer(text):
        digits = found[1] + found[2]
        if ids.luhn_digit(digits[:-1]) == digits[-1]:
            return f"RMA-{digits[:4]}-{digits[4:]}"
    return None


async def find_order(session: AsyncSession, number: str) -> Order | None:
    """Return the order with that number, written in any way; None when there is none."""
    normalised = normalise_order_number(number)
    if normalised is None:
        return None
    return await db.once(session, ("order", normalised), lambda: _find_order(session, normalised))


async def _find_order(session: AsyncSession, normalised: str) -> Order | None:
    wanted = [normalised]
    if normalised.isdigit():
        wanted = [letter + normalised for letter in string.ascii_uppercase]
    rows = (
        await session.scalars(select(OrderRow).where(OrderRow.number.in_(wanted)).limit(2), execution_options=_FRESH)
    ).all()
    return (await _orders(session, rows))[0] if len(rows) == 1 else None


async def order_by_id(session: AsyncSession, order_id: UUID) -> Order | None:
    """Return an order by its id."""
    row = await session.get(OrderRow, order_id, populate_existing=True)
    return (await _orders(session, [row]))[0] if row else None


async def orders_of_customer(session: AsyncSession, customer_id: UUID, limit: int = 20) -> list[Order]:
    """Return a customer's orders, newest first."""
    query = (
        select(OrderRow)
        .where(OrderRow.customer_id == customer_id)
        .order_by(OrderRow.placed_at.desc().nulls_last(), OrderRow.number.desc())
        .limit(limit)
    )
    return await _orders(session, (await session.scalars(query, execution_options=_FRESH)).all())


async def orders_by_ids(session: AsyncSession, order_ids: Sequence[UUID]) -> list[Order]:
    """Return the orders with these ids, newest first; unknown ids are left out."""
    query = (
        select(OrderRow)
        .where(OrderRow.id.in_(order_ids))
        .order_by(OrderRow.placed_at.desc().nulls_last(), OrderRow.number.desc())
    )
    return await _orders(session, (await session.scalars(query, execution_options=_FRESH)).all())


async def lock_order(session: AsyncSession, order_id: UUID) -> None:
    """Hold the order's row until the transaction ends; raises NotFound. Whoever changes an order locks it first.

    As everywhere in the books it is held against changes, and not against rows that refer to it (an event, a notice):
    whoever writes such a row may hold what this transaction waits for.
    """
    query = select(OrderRow.id).where(OrderRow.id == order_id).with_for_update(key_share=True)
    db.forget(session)
    if await session.scalar(query) is None:
        raise errors.NotFound(f"order {order_id}")


async def customer_by_id(session: AsyncSession, customer_id: UUID) -> Customer | None:
    """Return a customer by their id."""
    row = await session.get(CustomerRow, customer_id, populate_existing=True)
    return _customer(row) if row else None


async def find_customers(
    session: AsyncSession,
    *,
    email: str | None = None,
    phone: str | None = None,
    zip: str | None = None,  # noqa: A002  (the word of the domain)
    name: str | None = None,
) -> list[Customer]:
    """Return up to ten customers who match all that is given; nothing given finds nobody."""
    query = select(CustomerRow)
    if email is not None:
        query = query.where(CustomerRow.email == identity.normalise_email(email))
    if phone is not None:
        query = query.where(CustomerRow.phone == (identity.normalise_phone(phone) or ""))
    if zip is not None:
        query = query.where(func.replace(CustomerRow.zip, " ", "") == identity.normalise_zip(zip))
    if name is not None:
        whole = func.lower(CustomerRow.name_first + " " + CustomerRow.name_last)
        query = query.where(whole == " ".join(name.split()).lower())
    if query.whereclause is None:
        return []
    rows = await session.scalars(query.order_by(CustomerRow.id).limit(10))
    return [_customer(row) for row in rows]


async def payment_methods_of(session: AsyncSession, customer_id: UUID) -> list[PaymentMethod]:
    """Return a customer's payment methods, ordered by id."""

    async def read() -> list[PaymentMethod]:
        mine = PaymentMethodRow.customer_id == customer_id
        query = select(PaymentMethodRow).where(mine, PaymentMethodRow.bearer_code.is_(None))
        rows = await session.scalars(query.order_by(PaymentMethodRow.id), execution_options=_FRESH)
        return [_payment_method(row) for row in rows]

    return list(await db.once(session, ("payment methods", customer_id), read))


async def payment_method(session: AsyncSession, method_id: str) -> PaymentMethod | None:
    """Return a payment method by its id, whoever has it; None when there is none."""
    row = await session.get(PaymentMethodRow, method_id, populate_existing=True)
    return _payment_method(row) if row else None


async def variants_of_product(session: AsyncSession, product_id: str) -> list[Variant]:
    """Return the variants of a product, ordered by id, those out of stock included."""
    query = _variant_query().where(VariantRow.product_id == product_id).order_by(VariantRow.id)
    return [_variant(row, product) for row, product in await session.execute(query, execution_options=_FRESH)]


async def variants_by_ids(session: AsyncSession, variant_ids: Iterable[str]) -> dict[str, Variant]:
    """Return variants by id; unknown ids are left out."""
    query = _variant_query().where(VariantRow.id.in_(list(variant_ids)))
    return {row.id: _variant(row, product) for row, product in await session.execute(query, execution_options=_FRESH)}


async def find_return(session: AsyncSession, rma: str) -> Return | None:
    """Return the return with that number, written in any way; None when there is none."""
    normalised = normalise_rma(rma)
    if normalised is None:
        return None
    row = await session.scalar(select(ReturnRow).where(ReturnRow.rma == normalised), execution_options=_FRESH)
    return (await _returns(session, [row]))[0] if row else None


async def return_by_id(session: AsyncSession, return_id: UUID) -> Return | None:
    """Return a return by its id."""
    row = await session.get(ReturnRow, return_id, populate_existing=True)
    return (await _returns(session, [row]))[0] if row else None


async def returns_of_order(session: AsyncSession, order_id: UUID) -> list[Return]:
    """Return the returns of an order, newest first."""
    return await _returns_where(session, ReturnRow.order_id == order_id)


async def returns_of_conversation(session: AsyncSession, conversation_id: UUID) -> list[Return]:
    """Return the returns that were opened in a conversation, newest first."""
    return await _returns_where(session, ReturnRow.conversation_id == conversation_id)


async def events_of(session: AsyncSession, return_id: UUID) -> list[ReturnEvent]:
    """Return what happened to a return, oldest first."""
    query = select(EventRow).where(EventRow.return_id == return_id).order_by(EventRow.sequence)
    return [ReturnEvent(row.at, row.actor, row.kind, row.detail, row.subject) for row in await session.scalars(query)]


async def events_of_order(session: AsyncSession, order_id: UUID) -> list[ReturnEvent]:
    """Return what happened to an order itself and to its own money, oldest first; without its returns."""
    query = select(EventRow).where(EventRow.order_id == order_id, EventRow.return_id.is_(None))
    rows = await session.scalars(query.order_by(EventRow.sequence))
    return [ReturnEvent(row.at, row.actor, row.kind, row.detail, row.subject) for row in rows]


def _variant_query() -> Any:
    return select(VariantRow, ProductRow).join(ProductRow, ProductRow.id == VariantRow.product_id)


async def _returns_where(session: AsyncSession, condition: Any) -> list[Return]:
    query = select(ReturnRow).where(condition).order_by(ReturnRow.opened_at.desc(), ReturnRow.rma)
    rows = await session.scalars(query, execution_options=_FRESH)
    return await _returns(session, rows.all())


async def _orders(session: AsyncSession, rows: Sequence[OrderRow]) -> list[Order]:
    order_ids = [row.id for row in rows]
    customers = await _customers_of(session, rows)
    items = await _items_of(session, order_ids)
    payments = await _payments_of(session, order_ids)
    tracking = await _tracking_of(session, order_ids)
    return [
        Order(
            id=row.id,
            number=row.number,
            customer=customers[row.customer_id],
            state=cast("OrderState", row.state),
            placed_at=row.placed_at,
            shipped_at=row.shipped_at,
            delivered_at=row.delivered_at,
            items=tuple(items[row.id]),
            address=_address(row.address),
            currency=row.currency,
            payments=tuple(payments[row.id]),
            tracking_numbers=tuple(tracking[row.id]),
            shipping=row.shipping,
            gift_code=row.gift_code,
            items_changed_at=row.items_changed_at,
        )
        for row in rows
    ]


async def _customers_of(session: AsyncSession, rows: Sequence[OrderRow]) -> dict[UUID, Customer]:
    query = select(CustomerRow).where(CustomerRow.id.in_({row.customer_id for row in rows}))
    return {row.id: _customer(row) for row in await session.scalars(query, execution_options=_FRESH)}


async def _items_of(session: AsyncSession, order_ids: list[UUID]) -> Mapping[UUID, list[OrderItem]]:
    query = (
        select(OrderItemRow, ProductRow)
        .join(ProductRow, ProductRow.id == OrderItemRow.product_id)
        .where(OrderItemRow.order_id.in_(order_ids))
        .order_by(OrderItemRow.position)
    )
    found: dict[UUID, list[OrderItem]] = defaultdict(list)
    for row, product in await session.execute(query, execution_options=_FRESH):
        found[row.order_id].append(_item(row, product))
    return found


async def _payments_of(session: AsyncSession, order_ids: list[UUID]) -> Mapping[UUID, list[Payment]]:
    query = (
        select(PaymentRow)
        .where(PaymentRow.order_id.in_(order_ids))
        .order_by(PaymentRow.at.nulls_first(), PaymentRow.kind, PaymentRow.id)
    )
    found: dict[UUID, list[Payment]] = defaultdict(list)
    for row in await session.scalars(query):
        kind = cast("PaymentEntry", row.kind)
        entry = Payment(row.payment_method_id, kind, row.amount, row.at, row.bonus, row.reference)
        found[row.order_id].append(entry)
    return found


async def _tracking_of(session: AsyncSession, order_ids: list[UUID]) -> Mapping[UUID, list[str]]:
    query = (
        select(FulfilmentRow.order_id, FulfilmentRow.tracking_number)
        .where(FulfilmentRow.order_id.in_(order_ids))
        .order_by(FulfilmentRow.tracking_number)
    )
    found: dict[UUID, list[str]] = defaultdict(list)
    for order_id, number in await session.execute(query):
        found[order_id].append(number)
    return found


async def _returns(session: AsyncSession, rows: Sequence[ReturnRow]) -> list[Return]:
    lines = await _return_lines_of(session, [row.id for row in rows])
    return [_return(row, lines[row.id]) for row in rows]


async def _return_lines_of(session: AsyncSession, return_ids: list[UUID]) -> Mapping[UUID, list[ReturnLine]]:
    query = (
        select(ReturnLineRow, OrderItemRow, ProductRow.picture)
        .join(OrderItemRow, OrderItemRow.id == ReturnLineRow.order_item_id)
        .join(ProductRow, ProductRow.id == OrderItemRow.product_id)
        .where(ReturnLineRow.return_id.in_(return_ids))
        .order_by(ReturnLineRow.position)
    )
    found: dict[UUID, list[ReturnLine]] = defaultdict(list)
    for row, item, picture in await session.execute(query, execution_options=_FRESH):
        found[row.return_id].append(_return_line(row, item, picture))
    return found


def _customer(row: CustomerRow) -> Customer:
    return Customer(
        id=row.id,
        name_first=row.name_first,
        name_last=row.name_last,
        email=row.email,
        phone=row.phone,
        address=Address(row.street, row.extra, row.city, row.region, row.zip, row.country),
        tier=row.tier,
    )


def _payment_method(row: PaymentMethodRow) -> PaymentMethod:
    return PaymentMethod(row.id, row.customer_id, cast("PaymentKind", row.kind), row.label, row.balance, row.reference)


def _address(stored: Mapping[str, str]) -> Address:
    return Address(**stored)


def _item(row: OrderItemRow, product: ProductRow) -> OrderItem:
    return OrderItem(
        id=row.id,
        position=row.position,
        product_id=row.product_id,
        variant_id=row.variant_id,
        name=row.name,
        options=row.options,
        unit_price=row.unit_price,
        quantity=row.quantity,
        final_sale=row.final_sale,
        picture=product.picture,
        category=product.category,
        tags=tuple(product.tags),
        discount=row.discount,
        tax=row.tax,
    )


def _variant(row: VariantRow, product: ProductRow) -> Variant:
    return Variant(row.id, row.product_id, product.name, row.options, row.price, row.stock, product.picture)


def _return_line(row: ReturnLineRow, item: OrderItemRow, picture: str) -> ReturnLine:
    return ReturnLine(
        order_item_id=row.order_item_id,
        quantity=row.quantity,
        reason=cast("Reason", row.reason),
        resolution=cast("Resolution", row.resolution),
        amount=row.amount,
        rule_ids=tuple(row.rule_ids),
        exchange_variant_id=row.exchange_variant_id,
        name=item.name,
        options=item.options,
        picture=picture,
        condition=cast("Condition | None", row.condition),
        photos=tuple(row.photos),
        keep=row.keep,
    )


def _return(row: ReturnRow, lines: Sequence[ReturnLine]) -> Return:
    return Return(
        id=row.id,
        rma=row.rma,
        order_id=row.order_id,
        customer_id=row.customer_id,
        approval=cast("Approval", row.approval),
        parcel=cast("Parcel", row.parcel),
        settlement=cast("Settlement", row.settlement),
        resolution=cast("Resolution", row.resolution),
        method=cast("Method", row.method),
        amount=row.amount,
        fee=row.fee,
        currency=row.currency,
        opened_at=row.opened_at,
        lines=tuple(lines),
        refund_to=row.refund_to,
        price_difference=row.price_difference,
        label_expires_at=row.label_expires_at,
        tracking_number=row.tracking_number,
        carrier=row.carrier,
        conversation_id=row.conversation_id,
        refund_due_on=row.refund_due_on,
        settled_at=row.settled_at,
        needs_person=row.needs_person,
        bonus=row.bonus,
        gift=row.gift,
        extended_at=row.extended_at,
    )
