"""What customers were told by itself, once each, and what they are still to be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables import EventRow, NoticeRow, PromiseRow, ReturnRow


@dataclass(frozen=True)
class Notice:
    """One thing that a customer was told, and in which conversation; None where nobody could be reached."""

    key: str
    order_id: UUID
    return_id: UUID | None
    conversation_id: UUID | None
    text: str
    at: datetime


@dataclass(frozen=True)
class Happening:
    """Something that happened; `sequence` keeps the order."""

    sequence: int
    subject: str
    kind: str
    customer_id: UUID
    order_id: UUID | None
    return_id: UUID | None
    at: datetime
    actor: str
    detail: dict[str, Any]

    @property
    def about(self) -> tuple[UUID, UUID | None, UUID | None]:
        """What it concerns: things that happened to the same are told together."""
        return self.customer_id, self.order_id, self.return_id


@dataclass(frozen=True)
class Promised:
    """What a customer was told will happen by `due_at` and has not."""

    id: UUID
    order_id: UUID
    return_id: UUID | None
    kind: str
    text: str
    due_at: datetime


async def write(session: AsyncSession, notice: Notice) -> bool:
    """Write a notice down; False when one with this key stands already. Waits for whoever is writing the same."""
    statement = insert(NoticeRow).values(notice.__dict__).on_conflict_do_nothing().returning(NoticeRow.key)
    return await session.scalar(statement) is not None


async def find(session: AsyncSession, key: str) -> Notice | None:
    """Return the notice with this key."""
    row = await session.get(NoticeRow, key, populate_existing=True)
    return _notice(row) if row else None


async def of_order(session: AsyncSession, order_id: UUID) -> list[Notice]:
    """Return what was told about an order and its returns, oldest first."""
    query = select(NoticeRow).where(NoticeRow.order_id == order_id).order_by(NoticeRow.at, NoticeRow.key)
    return [_notice(row) for row in await session.scalars(query)]


async def untold(session: AsyncSession, limit: int) -> list[Happening]:
    """Return the oldest things that the customer is still to be told."""
    query = select(EventRow).where(EventRow.told_at.is_(None)).order_by(EventRow.sequence).limit(limit)
    return [_happening(row) for row in await session.scalars(query)]


async def untold_about(session: AsyncSession, about: tuple[UUID, UUID | None, UUID | None]) -> list[Happening]:
    """Return all that is still to be told about one subject, in order."""
    return [_happening(row) for row in await session.scalars(_untold(about))]


async def take_untold(session: AsyncSession, about: tuple[UUID, UUID | None, UUID | None]) -> list[Happening]:
    """Return all that is still to be told about one subject, in order, held until the transaction ends.

    What somebody else holds is left to them.
    """
    query = _untold(about).with_for_update(skip_locked=True)
    return [_happening(row) for row in await session.scalars(query, execution_options={"populate_existing": True})]


async def mark_told(session: AsyncSession, sequences: Sequence[int], now: datetime) -> None:
    """Note that the customer knows these things, or need not know them."""
    await session.execute(update(EventRow).where(EventRow.sequence.in_(sequences)).values(told_at=now))


def _untold(about: tuple[UUID, UUID | None, UUID | None]) -> Select[EventRow]:
    customer_id, order_id, return_id = about
    return (
        select(EventRow)
        .where(
            EventRow.told_at.is_(None),
            EventRow.customer_id == customer_id,
            EventRow.order_id.is_not_distinct_from(order_id),
            EventRow.return_id.is_not_distinct_from(return_id),
        )
        .order_by(EventRow.sequence)
    )


async def deadlines_until(session: AsyncSession, now: datetime, until: datetime, limit: int) -> list[str]:
    """Return the numbers of the returns whose parcel is to be sent between two moments and has not been, soonest first;
    not those of which the customer was told (`deadline_key`)."""
    day = func.to_char(func.timezone("UTC", ReturnRow.label_expires_at), "YYYYMMDD")
    told = select(NoticeRow.key).where(NoticeRow.key == func.concat("deadline:", ReturnRow.rma, ":", day))
    query = (
        select(ReturnRow.rma)
        .where(ReturnRow.parcel == "label_issued", ReturnRow.approval == "approved", ReturnRow.settlement == "open")
        .where(ReturnRow.label_expires_at > now, ReturnRow.label_expires_at <= until, ~told.exists())
        .order_by(ReturnRow.label_expires_at)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def promised(session: AsyncSession, promise_id: UUID) -> Promised | None:
    """Return a promise that has a day and is not kept."""
    row = await session.get(PromiseRow, promise_id, populate_existing=True)
    if row is None or row.kept_at is not None or row.due_at is None:
        return None
    return Promised(row.id, row.order_id, row.return_id, row.kind, row.text, row.due_at)


def deadline_key(rma: str, ends: datetime) -> str:
    """Return the key of the notice that a label ends soon; a later end is another deadline."""
    return f"deadline:{rma}:{ends.astimezone(UTC):%Y%m%d}"


def _notice(row: NoticeRow) -> Notice:
    return Notice(row.key, row.order_id, row.return_id, row.conversation_id, row.text, row.at)


def _happening(row: EventRow) -> Happening:
    return Happening(
        row.sequence,
        row.subject,
        row.kind,
        row.customer_id,
        row.order_id,
        row.return_id,
        row.at,
        row.actor,
        row.detail,
    )
