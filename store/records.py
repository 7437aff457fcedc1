"""Reading what was promised and what was decided, as it stands in the books."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables import CustomerRow, DecisionRow, OrderRow, PromiseRow, ReturnRow


@dataclass(frozen=True)
class Promise:
    """What a customer was told will happen and has not happened yet; `due_at` None while it depends on the parcel."""

    order_id: UUID
    return_id: UUID | None
    text: str
    amount: Decimal | None
    due_at: datetime | None


@dataclass(frozen=True)
class Receipt:
    """The decision under which a return was opened: `sentences` are the verdicts by order item."""

    at: datetime
    policy_version: str
    rule_ids: tuple[str, ...]
    overruled: tuple[str, ...]
    sentences: dict[UUID, str]


async def open_promises(
    session: AsyncSession, conversation_id: UUID | None, order_ids: Sequence[UUID]
) -> list[Promise]:
    """Return the promises that are not kept yet, of a conversation and of orders; those with a day come first."""
    about: ColumnElement[bool] = PromiseRow.order_id.in_(order_ids)
    if conversation_id is not None:
        about = about | (PromiseRow.conversation_id == conversation_id)
    query = (
        select(PromiseRow)
        .where(PromiseRow.kept_at.is_(None), about)
        .order_by(PromiseRow.due_at.nulls_last(), PromiseRow.id)
    )
    return [
        Promise(row.order_id, row.return_id, row.text, row.amount, row.due_at) for row in await session.scalars(query)
    ]


async def receipts_of(session: AsyncSession, return_ids: Sequence[UUID]) -> dict[UUID, Receipt]:
    """Return the newest receipt of each return; returns without one are left out."""
    query = select(DecisionRow).where(DecisionRow.return_id.in_(return_ids)).order_by(DecisionRow.at)
    return {row.return_id: _receipt(row) for row in await session.scalars(query) if row.return_id}


async def cancelled_at(session: AsyncSession, order_id: UUID) -> tuple[datetime, str] | None:
    """Return when and for which reason an order was cancelled; None when it was not, or nobody wrote it down."""
    query = select(OrderRow.cancelled_at, OrderRow.cancel_reason).where(OrderRow.id == order_id)
    found = (await session.execute(query)).one_or_none()
    return (found[0], found[1] or "") if found and found[0] else None


async def counts_of_customer(session: AsyncSession, customer_id: UUID) -> tuple[int, int]:
    """Return how many orders and how many returns a customer has."""
    orders = select(func.count()).select_from(OrderRow).where(OrderRow.customer_id == customer_id)
    returns = select(func.count()).select_from(ReturnRow).where(ReturnRow.customer_id == customer_id)
    found = (await session.execute(select(orders.scalar_subquery(), returns.scalar_subquery()))).one()
    return int(found[0]), int(found[1])


async def names_of_customers(session: AsyncSession, customer_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the full names of customers by id; unknown ids are left out."""
    query = select(CustomerRow.id, CustomerRow.name_first, CustomerRow.name_last).where(
        CustomerRow.id.in_(customer_ids)
    )
    return {row.id: f"{row.name_first} {row.name_last}".strip() for row in await session.execute(query)}


async def conversations_of_customers(session: AsyncSession, customer_ids: Sequence[UUID]) -> list[UUID]:
    """Return the conversations in which returns of these customers were opened, each once."""
    query = select(ReturnRow.conversation_id).where(
        ReturnRow.customer_id.in_(customer_ids), ReturnRow.conversation_id.is_not(None)
    )
    return [found for found in await session.scalars(query.distinct()) if found]


def _receipt(row: DecisionRow) -> Receipt:
    lines: list[dict[str, Any]] = row.outcome.get("lines") or []
    return Receipt(
        at=row.at,
        policy_version=row.policy_version,
        rule_ids=tuple(row.rule_ids),
        overruled=tuple(row.inputs.get("overruled") or ()),
        sentences={UUID(line["order_item_id"]): str(line["explanation"]) for line in lines},
    )
