"""Reading what was promised and what was decided, as it stands in the books."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from store import rows
from store.policy_file import Policy
from store.tables import CustomerRow, DecisionRow, OrderRow, PolicyVersionRow, PromiseRow, ReturnRow


@dataclass(frozen=True)
class Promise:
    """What a customer was told will happen; `due_at` None while it depends on the parcel.

    `kept_at` is when it happened, `late_at` when it came due unkept and was given to a person.
    """

    order_id: UUID
    return_id: UUID | None
    text: str
    amount: Decimal | None
    due_at: datetime | None
    id: UUID | None = None
    kind: str = "refund"
    conversation_id: UUID | None = None
    kept_at: datetime | None = None
    late_at: datetime | None = None


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
    return [_promise(row) for row in await session.scalars(query, execution_options=_FRESH)]


async def promises_of_return(session: AsyncSession, return_id: UUID) -> list[Promise]:
    """Return all that was promised about a return, kept or not; those with a day come first."""
    query = select(PromiseRow).where(PromiseRow.return_id == return_id)
    query = query.order_by(PromiseRow.due_at.nulls_last(), PromiseRow.kind, PromiseRow.id)
    return [_promise(row) for row in await session.scalars(query, execution_options=_FRESH)]


async def keep_version(session: AsyncSession, policy: Policy, now: datetime) -> str:
    """Keep the rules that a decision is made by, once for each wording of them; returns their digest."""
    kept = insert(PolicyVersionRow).values(rows.of_policy(policy, now))
    await session.execute(kept.on_conflict_do_nothing())
    return policy.digest


async def receipts_of(session: AsyncSession, return_ids: Sequence[UUID]) -> dict[UUID, Receipt]:
    """Return the newest receipt of each return; returns without one are left out."""
    query = select(DecisionRow).where(DecisionRow.return_id.in_(return_ids)).order_by(DecisionRow.at)
    return {row.return_id: _receipt(row) for row in await session.scalars(query) if row.return_id}


async def receipts_of_order(session: AsyncSession, order_id: UUID) -> list[Receipt]:
    """Return the receipts of decisions about an order itself (cancelled, changed), oldest first."""
    query = select(DecisionRow).where(DecisionRow.order_id == order_id, DecisionRow.return_id.is_(None))
    return [_receipt(row) for row in await session.scalars(query.order_by(DecisionRow.at, DecisionRow.id))]


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
    """Return the conversations in which these customers had returns opened, each once; gifts are others' returns."""
    query = select(ReturnRow.conversation_id).where(
        ReturnRow.customer_id.in_(customer_ids), ReturnRow.conversation_id.is_not(None), ~ReturnRow.gift
    )
    return [found for found in await session.scalars(query.distinct()) if found]


def _promise(row: PromiseRow) -> Promise:
    return Promise(
        row.order_id, row.return_id, row.text, row.amount, row.due_at, row.id, row.kind, row.conversation_id,
        row.kept_at, row.late_at,
    )  # fmt: skip


_FRESH = {"populate_existing": True}


def _receipt(row: DecisionRow) -> Receipt:
    lines: list[dict[str, Any]] = row.outcome.get("lines") or []
    return Receipt(
        at=row.at,
        policy_version=row.policy_version,
        rule_ids=tuple(row.rule_ids),
        overruled=tuple(row.inputs.get("overruled") or ()),
        sentences={UUID(line["order_item_id"]): str(line["explanation"]) for line in lines},
    )
