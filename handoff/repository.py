"""Reads and writes handoffs and the audit trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.tables import AuditRow, TicketRow
from handoff.ticket import Outcome, Reason, Stage, Ticket
from kit import ids

_OPEN = (Stage.REQUESTED, Stage.QUEUED, Stage.CLAIMED)


async def add(
    session: AsyncSession, conversation_id: UUID, reason: Reason, detail: str, at: tuple[int, datetime]
) -> Ticket:
    """Write a queued handoff; `at` is its priority and the moment it was asked for."""
    priority, now = at
    row = TicketRow(
        id=ids.new_id(),
        conversation_id=conversation_id,
        reason=reason,
        detail=detail,
        priority=priority,
        stage=Stage.QUEUED,
        requested_at=now,
    )
    session.add(row)
    await session.flush()
    return to_ticket(row)


async def open_of(session: AsyncSession, conversation_id: UUID) -> Ticket | None:
    """Return the open handoff of a conversation, locked, if there is one."""
    query = (
        select(TicketRow)
        .where(TicketRow.conversation_id == conversation_id, TicketRow.stage.in_(_OPEN))
        .with_for_update()
    )
    row = (await session.scalars(query)).one_or_none()
    return to_ticket(row) if row else None


async def queued(session: AsyncSession) -> list[Ticket]:
    """Return what waits for a person, most urgent and longest waiting first."""
    query = (
        select(TicketRow).where(TicketRow.stage == Stage.QUEUED).order_by(TicketRow.priority, TicketRow.requested_at)
    )
    return [to_ticket(row) for row in await session.scalars(query)]


async def claimed(session: AsyncSession) -> list[Ticket]:
    """Return what agents have, oldest first."""
    query = select(TicketRow).where(TicketRow.stage == Stage.CLAIMED).order_by(TicketRow.claimed_at)
    return [to_ticket(row) for row in await session.scalars(query)]


async def place_in_queue(session: AsyncSession, ticket: Ticket) -> int:
    """Return a waiting handoff's place, 1 being next."""
    ahead = (TicketRow.priority < ticket.priority) | (
        (TicketRow.priority == ticket.priority) & (TicketRow.requested_at < ticket.requested_at)
    )
    query = select(func.count()).select_from(TicketRow).where(TicketRow.stage == Stage.QUEUED, ahead)
    return int((await session.execute(query)).scalar_one()) + 1


async def change(session: AsyncSession, ticket_id: UUID, **values: Any) -> None:
    """Write new values to a handoff."""
    await session.execute(update(TicketRow).where(TicketRow.id == ticket_id).values(**values))


async def audit(
    session: AsyncSession, actor: str, act: str, conversation_id: UUID | None, detail: dict[str, Any], now: datetime
) -> None:
    """Note what a person did."""
    session.add(AuditRow(at=now, actor=actor, act=act, conversation_id=conversation_id, detail=detail))
    await session.flush()


def to_ticket(row: TicketRow) -> Ticket:
    """Return the frozen value of a row."""
    return Ticket(
        id=row.id,
        conversation_id=row.conversation_id,
        reason=Reason(row.reason),
        detail=row.detail,
        priority=row.priority,
        stage=Stage(row.stage),
        requested_at=row.requested_at,
        claimed_at=row.claimed_at,
        first_response_at=row.first_response_at,
        released_at=row.released_at,
        agent_name=row.agent_name,
        outcome=Outcome(row.outcome) if row.outcome else None,
    )
