"""Events on their way to the shop's own systems: what is not published yet, with where its order and return stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables import EventRow, OrderRow, ReturnRow


@dataclass(frozen=True)
class Unpublished:
    """An event, and the order and return that it concerns as they stand now, as JSON."""

    sequence: int
    subject: str
    kind: str
    at: datetime
    actor: str
    detail: dict[str, Any]
    customer_id: UUID
    order: dict[str, str] | None
    return_: dict[str, str] | None


async def take(session: AsyncSession, limit: int) -> list[Unpublished]:
    """Hold events that are not published until the transaction ends, oldest first; those that somebody holds are left
    to them.
    """
    query = (
        select(EventRow, OrderRow, ReturnRow)
        .outerjoin(OrderRow, OrderRow.id == EventRow.order_id)
        .outerjoin(ReturnRow, ReturnRow.id == EventRow.return_id)
        .where(EventRow.published_at.is_(None))
        .order_by(EventRow.sequence)
        .limit(limit)
        .with_for_update(of=EventRow, skip_locked=True)
    )
    rows = await session.execute(query, execution_options={"populate_existing": True})
    return [_unpublished(event, order, return_) for event, order, return_ in rows]


async def mark(session: AsyncSession, sequences: Sequence[int], now: datetime) -> None:
    """Note that events are published."""
    await session.execute(update(EventRow).where(EventRow.sequence.in_(sequences)).values(published_at=now))


def _unpublished(event: EventRow, order: OrderRow | None, return_: ReturnRow | None) -> Unpublished:
    return Unpublished(
        sequence=event.sequence,
        subject=event.subject,
        kind=event.kind,
        at=event.at,
        actor=event.actor,
        detail=event.detail,
        customer_id=event.customer_id,
        order={"number": order.number, "state": order.state} if order else None,
        return_=_standing(return_) if return_ else None,
    )


def _standing(return_: ReturnRow) -> dict[str, str]:
    return {
        "rma": return_.rma,
        "approval": return_.approval,
        "parcel": return_.parcel,
        "settlement": return_.settlement,
        "resolution": return_.resolution,
        "amount": str(return_.amount),
        "currency": return_.currency,
    }
