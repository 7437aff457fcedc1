"""Failed questions: kept when an answer is missing, read by whoever writes answers, erased with the customer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from faq.gaps import Failed, Near
from faq.tables import FailedQuestionRow
from kit import ids

MOST_READ = 2000
"""Questions that are looked at together, the newest first."""


async def keep(
    session: AsyncSession,
    conversation_id: UUID,
    text: str,
    outcome: Literal["none", "did_you_mean"],
    near: Sequence[Near],
    now: datetime,
) -> None:
    """Write down a question that was not answered; `text` is masked already (`faq.masking`)."""
    rows = [{"topic": one.topic, "score": round(one.score, 3)} for one in near]
    session.add(
        FailedQuestionRow(
            id=ids.new_id(), conversation_id=conversation_id, text=text, outcome=outcome, near=rows, asked_at=now
        )
    )
    await session.flush()


async def settle(session: AsyncSession, conversation_id: UUID, topic: str) -> None:
    """Write down what a customer chose when asked what they meant; it counts for their last question only."""
    last = (
        select(FailedQuestionRow.id)
        .where(FailedQuestionRow.conversation_id == conversation_id)
        .order_by(FailedQuestionRow.asked_at.desc(), FailedQuestionRow.id)
        .limit(1)
        .scalar_subquery()
    )
    open_ = update(FailedQuestionRow).where(
        FailedQuestionRow.id == last, FailedQuestionRow.outcome == "did_you_mean", FailedQuestionRow.chosen.is_(None)
    )
    await session.execute(open_.values(chosen=topic))


async def failed_since(session: AsyncSession, since: datetime) -> list[Failed]:
    """Return what was not answered from a moment on, the newest first."""
    query = (
        select(FailedQuestionRow)
        .where(FailedQuestionRow.asked_at >= since)
        .order_by(FailedQuestionRow.asked_at.desc(), FailedQuestionRow.id)
        .limit(MOST_READ)
    )
    return [
        Failed(row.text, row.asked_at, tuple(Near(one["topic"], one["score"]) for one in row.near), row.chosen)
        for row in await session.scalars(query)
    ]


async def erase(session: AsyncSession, conversation_ids: Sequence[UUID]) -> int:
    """Take away the questions of some conversations; returns how many there were."""
    gone = await session.execute(
        delete(FailedQuestionRow)
        .where(FailedQuestionRow.conversation_id.in_(conversation_ids))
        .returning(FailedQuestionRow.id)
    )
    return len(gone.all())
