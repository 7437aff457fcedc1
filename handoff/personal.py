"""What people wrote about a customer: all of it as plain values, and taking it out for good."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.tables import AuditRow, HeldReplyRow, NoteRow, SurveyRow, TicketRow
from handoff.ticket import WAITING, Outcome, Stage

ERASED = "(erased)"
_KEPT_DETAILS = frozenset({"rma", "order", "amount", "outcome", "transfer", "from", "to", "message", "note"})
"""What stays of an audit row: numbers and names of agents; never anybody's words."""

Row = dict[str, Any]


async def export(session: AsyncSession, conversation_id: UUID) -> dict[str, list[Row]]:
    """Return the handoffs, notes and surveys of a conversation."""
    tables: dict[str, tuple[Any, tuple[str, ...]]] = {
        "handoffs": (TicketRow, ("requested_at", "reason", "detail", "stage", "agent_name", "outcome", "note")),
        "notes": (NoteRow, ("at", "agent_name", "text")),
        "surveys": (SurveyRow, ("at", "agent_name", "rating", "comment", "answered_at")),
    }
    found: dict[str, list[Row]] = {}
    for name, (table, kept) in tables.items():
        query: Any = select(table).where(table.conversation_id == conversation_id).order_by(getattr(table, kept[0]))
        found[name] = [{column: getattr(row, column) for column in kept} for row in await session.scalars(query)]
    return found


async def erase(session: AsyncSession, conversation_ids: Sequence[UUID], now: datetime) -> None:
    """Take out what was written about customers in these conversations, and end the handoffs that still run.

    Who did what and when stays in the audit trail, ratings stay without their comments.
    """
    for table in (NoteRow, HeldReplyRow):
        await session.execute(delete(table).where(table.conversation_id.in_(conversation_ids)))
    surveys = update(SurveyRow).where(SurveyRow.conversation_id.in_(conversation_ids))
    await session.execute(surveys.values(comment=None, awaits=None))
    mine = update(TicketRow).where(TicketRow.conversation_id.in_(conversation_ids))
    await session.execute(
        mine.where(TicketRow.stage.in_((*WAITING, Stage.CLAIMED))).values(
            stage=Stage.RELEASED, outcome=Outcome.INFORMED, released_at=now, next_step_at=None
        )
    )
    await session.execute(mine.values(detail=ERASED, trigger={}, note=None))
    for row in await session.scalars(select(AuditRow).where(AuditRow.conversation_id.in_(conversation_ids))):
        row.detail = {name: value for name, value in row.detail.items() if name in _KEPT_DETAILS}
    await session.flush()
