"""Reads and writes handoffs and the audit trail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, and_, cast, func, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.agent import Agent
from handoff.tables import AuditRow, TicketRow
from handoff.ticket import WAITING, Call, Outcome, Reason, Stage, Ticket
from handoff.wait import PastWait
from kit import ids

_OPEN = (*WAITING, Stage.CLAIMED)
_IN_ORDER = (TicketRow.priority, TicketRow.requested_at, TicketRow.id)
_PRIORITIES = (1, 2, 3)
"""Those that the shop's rules may give (`rules.Priority`)."""
_MOST_PLACES = 1000
"""Places beyond it are all told as this one, so that counting stays cheap whoever waits."""


async def add(session: AsyncSession, conversation_id: UUID, call: Call, now: datetime, **values: Any) -> Ticket:
    """Write a new handoff; `values` are its other columns."""
    row = TicketRow(
        id=ids.new_id(),
        conversation_id=conversation_id,
        reason=call.reason,
        detail=call.detail,
        trigger=call.trigger,
        requested_at=now,
        **values,
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
        .execution_options(populate_existing=True)
    )
    row = (await session.scalars(query)).one_or_none()
    return to_ticket(row) if row else None


async def all_of(session: AsyncSession, conversation_id: UUID) -> list[Ticket]:
    """Return every handoff of a conversation, newest first."""
    query = (
        select(TicketRow).where(TicketRow.conversation_id == conversation_id).order_by(TicketRow.requested_at.desc())
    )
    return [to_ticket(row) for row in await session.scalars(query)]


async def waiting(session: AsyncSession, limit: int | None = None) -> list[Ticket]:
    """Return what waits for a person, most urgent and longest waiting first."""
    query = select(TicketRow).where(TicketRow.stage.in_(WAITING)).order_by(*_IN_ORDER).limit(limit)
    return [to_ticket(row) for row in await session.scalars(query)]


async def waiting_for(
    session: AsyncSession, takers: Sequence[Agent], known_skills: frozenset[str], limit: int
) -> list[Ticket]:
    """Return what waits for a person and fits at least one of some agents (`routing.fits`), in the queue's order."""
    fits = or_(*(_fits(taker, known_skills) for taker in takers))
    query = select(TicketRow).where(TicketRow.stage.in_(WAITING), fits).order_by(*_IN_ORDER).limit(limit)
    return [to_ticket(row) for row in await session.scalars(query)]


async def waiting_counts(session: AsyncSession) -> dict[int, int]:
    """Return how many wait, by priority."""
    query = select(TicketRow.priority, func.count()).where(TicketRow.stage.in_(WAITING)).group_by(TicketRow.priority)
    return {int(priority): int(count) for priority, count in await session.execute(query)}


async def oldest_waiting(session: AsyncSession) -> datetime | None:
    """Return since when the one who waits longest has waited."""
    # One step into the queue's index for each priority, however many wait.
    oldest = [
        select(func.min(TicketRow.requested_at))
        .where(TicketRow.stage.in_(WAITING), TicketRow.priority == priority)
        .scalar_subquery()
        for priority in _PRIORITIES
    ]
    return await session.scalar(select(func.least(*oldest)))


async def next_for(session: AsyncSession, taker: Agent, known_skills: frozenset[str], limit: int) -> list[UUID]:
    """Return the conversations at the head of the queue that fit an agent (`routing.fits`), in the queue's order."""
    query = select(TicketRow.conversation_id).where(TicketRow.stage.in_(WAITING), _fits(taker, known_skills))
    return list(await session.scalars(query.order_by(*_IN_ORDER).limit(limit)))


async def assign_alone(session: AsyncSession) -> None:
    """Let nobody else assign until the transaction ends, so that no two fill the same agent's last place."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('handoffs assign', 0))"))


async def claimed(session: AsyncSession, agent_name: str | None = None) -> list[Ticket]:
    """Return what agents have (or one of them), oldest first."""
    query = select(TicketRow).where(TicketRow.stage == Stage.CLAIMED).order_by(TicketRow.claimed_at)
    if agent_name is not None:
        query = query.where(TicketRow.agent_name == agent_name)
    return [to_ticket(row) for row in await session.scalars(query)]


async def released_since(session: AsyncSession, moment: datetime) -> list[Ticket]:
    """Return the handoffs that ended since a moment."""
    query = select(TicketRow).where(TicketRow.released_at >= moment)
    return [to_ticket(row) for row in await session.scalars(query)]


async def place_in_queue(session: AsyncSession, ticket: Ticket) -> int:
    """Return a waiting handoff's place, 1 being next; everything beyond the thousandth counts as that."""
    ahead = tuple_(TicketRow.priority, TicketRow.requested_at) < tuple_(ticket.priority, ticket.requested_at)
    some = select(TicketRow.id).where(TicketRow.stage.in_(WAITING), ahead).limit(_MOST_PLACES).subquery()
    return int((await session.execute(select(func.count()).select_from(some))).scalar_one()) + 1


async def oldest_live_ahead(session: AsyncSession, ticket: Ticket) -> datetime | None:
    """Return since when the longest waits of those ahead who wait for somebody who is there; None for nobody."""
    ahead = tuple_(TicketRow.priority, TicketRow.requested_at) < tuple_(ticket.priority, ticket.requested_at)
    live = (TicketRow.stage == Stage.QUEUED, TicketRow.callback.is_(False))
    some = select(TicketRow.requested_at).where(*live, ahead).order_by(*_IN_ORDER).limit(_MOST_PLACES).subquery()
    found: datetime | None = await session.scalar(select(func.min(some.c.requested_at)))
    return found


async def past_waits(session: AsyncSession, since: datetime, limit: int = 20) -> list[PastWait]:
    """Return how long the newest claimed handoffs had waited; those that waited for the opening are left out."""
    query = (
        select(TicketRow.place_at_start, TicketRow.requested_at, TicketRow.claimed_at)
        .where(TicketRow.claimed_at >= since, TicketRow.callback.is_(False), TicketRow.place_at_start.is_not(None))
        .order_by(TicketRow.claimed_at.desc())
        .limit(limit)
    )
    return [
        PastWait(int(place or 1), (claimed_at - requested_at).total_seconds())
        for place, requested_at, claimed_at in await session.execute(query)
        if claimed_at is not None
    ]


async def due(session: AsyncSession, now: datetime, limit: int = 50) -> list[UUID]:
    """Return the conversations whose handoff has a step to make by now."""
    query = (
        select(TicketRow.conversation_id)
        .where(TicketRow.next_step_at <= now, TicketRow.stage.in_(_OPEN))
        .order_by(TicketRow.next_step_at)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def offline(session: AsyncSession, limit: int = 50) -> list[UUID]:
    """Return the conversations that wait for people to be there again."""
    query = select(TicketRow.conversation_id).where(TicketRow.stage.in_(WAITING), _is_offline()).limit(limit)
    return list(await session.scalars(query))


def _is_offline() -> ColumnElement[bool]:
    return TicketRow.alarms == -1


def _fits(taker: Agent, known_skills: frozenset[str]) -> ColumnElement[bool]:
    """`routing.fits`, asked of the database."""
    conditions: list[ColumnElement[bool]] = [or_(TicketRow.team.is_(None), TicketRow.team == taker.team)]
    if taker.languages:
        conditions.append(TicketRow.language.in_(taker.languages))
    if lacks := sorted(known_skills - set(taker.skills)):
        conditions.append(~TicketRow.skills.op("&&", is_comparison=True)(cast(lacks, ARRAY(Text))))
    return and_(*conditions)


async def change(session: AsyncSession, ticket_id: UUID, **values: Any) -> Ticket:
    """Write new values to a handoff, and return it as it stands now."""
    query = update(TicketRow).where(TicketRow.id == ticket_id).values(**values).returning(TicketRow)
    row = (await session.scalars(query, execution_options={"populate_existing": True})).one()
    return to_ticket(row)


async def audit(
    session: AsyncSession, actor: str, act: str, conversation_id: UUID | None, detail: dict[str, Any], now: datetime
) -> None:
    """Note what a person did."""
    session.add(AuditRow(at=now, actor=actor, act=act, conversation_id=conversation_id, detail=detail))
    await session.flush()


async def audit_of(session: AsyncSession, conversation_id: UUID) -> Sequence[AuditRow]:
    """Return what people did with a conversation, oldest first."""
    query = select(AuditRow).where(AuditRow.conversation_id == conversation_id).order_by(AuditRow.id)
    return (await session.scalars(query)).all()


def to_ticket(row: TicketRow) -> Ticket:
    """Return the frozen value of a row."""
    return Ticket(
        id=row.id,
        conversation_id=row.conversation_id,
        reason=Reason(row.reason),
        detail=row.detail,
        trigger=row.trigger or {},
        priority=row.priority,
        stage=Stage(row.stage),
        team=row.team,
        language=row.language,
        skills=tuple(row.skills or ()),
        callback=row.callback,
        contact_wanted=row.contact_wanted,
        place_at_start=row.place_at_start,
        alarms=row.alarms,
        next_step_at=row.next_step_at,
        first_response_due=row.first_response_due,
        resolution_due=row.resolution_due,
        requested_at=row.requested_at,
        claimed_at=row.claimed_at,
        first_response_at=row.first_response_at,
        released_at=row.released_at,
        agent_name=row.agent_name,
        outcome=Outcome(row.outcome) if row.outcome else None,
        note=row.note,
    )
