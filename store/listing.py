"""Long lists of the store, page by page, newest first: what is added meanwhile moves nothing on later pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from store import repository
from store.order import Order
from store.returns import Return
from store.tables import CustomerRow, EventRow, ExchangeRow, OrderRow, ProductRow, ReturnRow

_OF_ORDERS = {"number": OrderRow.number, "customer_id": OrderRow.customer_id, "state": OrderRow.state}
_OF_RETURNS = {
    "order_id": ReturnRow.order_id,
    "customer_id": ReturnRow.customer_id,
    "approval": ReturnRow.approval,
    "parcel": ReturnRow.parcel,
    "settlement": ReturnRow.settlement,
}


@dataclass(frozen=True)
class OrderFilter:
    """Which orders are wanted; None does not matter. The e-mail is in lower case."""

    number: str | None = None
    email: str | None = None
    customer_id: UUID | None = None
    state: str | None = None
    placed_after: datetime | None = None


@dataclass(frozen=True)
class ReturnFilter:
    """Which returns are wanted; None does not matter."""

    order_id: UUID | None = None
    customer_id: UUID | None = None
    approval: str | None = None
    parcel: str | None = None
    settlement: str | None = None
    opened_after: datetime | None = None


@dataclass(frozen=True)
class ExchangePiece:
    """Pieces that go out for a return, and how far they have come."""

    order_item_id: UUID
    variant_id: str
    quantity: int
    state: str
    tracking_number: str | None


async def orders(
    session: AsyncSession, wanted: OrderFilter, limit: int, after: tuple[datetime | None, str] | None = None
) -> list[Order]:
    """Return orders, newest first and those without a day last; `after` is day and number of the last one seen."""
    query = select(OrderRow.id).where(*_same(wanted, _OF_ORDERS))
    if wanted.placed_after is not None:
        query = query.where(OrderRow.placed_at > wanted.placed_after)
    if wanted.email is not None:
        query = query.join(CustomerRow, CustomerRow.id == OrderRow.customer_id)
        query = query.where(CustomerRow.email == wanted.email)
    if after is not None:
        query = query.where(_older(*after))
    query = query.order_by(OrderRow.placed_at.desc().nulls_last(), OrderRow.number.desc()).limit(limit)
    return await repository.orders_by_ids(session, (await session.scalars(query)).all())


async def returns(
    session: AsyncSession, wanted: ReturnFilter, limit: int, after: tuple[datetime, UUID] | None = None
) -> list[Return]:
    """Return returns, newest first; `after` is moment and id of the last one seen."""
    query = select(ReturnRow.id).where(*_same(wanted, _OF_RETURNS))
    if wanted.opened_after is not None:
        query = query.where(ReturnRow.opened_at > wanted.opened_after)
    if after is not None:
        query = query.where(tuple_(ReturnRow.opened_at, ReturnRow.id) < tuple_(*after))
    query = query.order_by(ReturnRow.opened_at.desc(), ReturnRow.id.desc()).limit(limit)
    found = [await repository.return_by_id(session, one) for one in (await session.scalars(query)).all()]
    return [one for one in found if one is not None]


async def return_with_tracking(session: AsyncSession, tracking_number: str) -> Return | None:
    """Return the newest return whose parcel travels under a number."""
    query = select(ReturnRow.id).where(ReturnRow.tracking_number == tracking_number)
    found = await session.scalar(query.order_by(ReturnRow.opened_at.desc()).limit(1))
    return await repository.return_by_id(session, found) if found else None


@dataclass(frozen=True)
class Goods:
    """What is sold under one name, in any number of variants."""

    id: str
    name: str
    category: str


@dataclass(frozen=True)
class Step:
    """One thing that was done to an order under a key: `cancelled`, `items_changed`, with its details."""

    order_id: UUID
    kind: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Moved:
    """An address that was changed under a key: an order's, or (no order) a customer's own; `before` if it is known."""

    order_id: UUID | None
    customer_id: UUID
    before: Mapping[str, str] | None


async def addresses_changed(session: AsyncSession, keys: Sequence[str]) -> list[Moved]:
    """Return the addresses that were changed under these keys, oldest first."""
    query = select(EventRow).where(EventRow.key.in_(keys), EventRow.kind == "address_changed")
    rows = (await session.scalars(query.order_by(EventRow.sequence))).all()
    return [Moved(row.order_id, row.customer_id, row.detail.get("before")) for row in rows]


async def goods(session: AsyncSession) -> list[Goods]:
    """Return all products, by name and id."""
    query = select(ProductRow.id, ProductRow.name, ProductRow.category).order_by(ProductRow.name, ProductRow.id)
    return [Goods(*row) for row in await session.execute(query)]


async def steps_of_orders(session: AsyncSession, keys: Sequence[str]) -> list[Step]:
    """Return what was done to orders themselves under these keys, oldest first."""
    query = select(EventRow).where(EventRow.key.in_(keys), EventRow.subject == "order").order_by(EventRow.sequence)
    rows = (await session.scalars(query)).all()
    return [Step(row.order_id, row.kind, dict(row.detail)) for row in rows if row.order_id is not None]


async def exchange_of(session: AsyncSession, return_id: UUID) -> list[ExchangePiece]:
    """Return what goes out for a return."""
    query = select(ExchangeRow).where(ExchangeRow.return_id == return_id).order_by(ExchangeRow.id)
    return [
        ExchangePiece(row.order_item_id, row.variant_id, row.quantity, row.state, row.tracking_number)
        for row in await session.scalars(query)
    ]


def _same[Wanted](wanted: Wanted, columns: Mapping[str, InstrumentedAttribute[Any]]) -> list[ColumnElement[bool]]:
    """Return a condition for each field of a filter that matters."""
    given = ((column, getattr(wanted, name)) for name, column in columns.items())
    return [column == value for column, value in given if value is not None]


def _older(placed_at: datetime | None, number: str) -> ColumnElement[bool]:
    if placed_at is None:
        return and_(OrderRow.placed_at.is_(None), OrderRow.number < number)
    same_moment = and_(OrderRow.placed_at == placed_at, OrderRow.number < number)
    return or_(OrderRow.placed_at < placed_at, same_moment, OrderRow.placed_at.is_(None))
