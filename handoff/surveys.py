"""The question how it was: once for each handled episode, or the reason why it was not asked."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.tables import SurveyRow
from kit import ids

RATING, COMMENT = "rating", "comment"
RATE = "rate"
"""Intent of the buttons that give a rating."""
NO_COMMENT = "no_comment"
"""Intent of the button that ends the survey without a comment."""
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_RATING = re.compile(
    r"(?:an? )?([1-5]|one|two|three|four|five)(?: ?/ ?5| (?:of|out of) (?:5|five)| stars?)?[.!]?", re.I
)
_REQUEST = re.compile(
    r"\?|#|\d{4,}|\b(?:where|when|how|what|why|can|could|please|return|refund|exchange|cancel|order|track|label|start"
    r"|person|human|agent|help|need|want)\b",
    re.I,
)
_LOOKS_BACK = re.compile(r"\b(?:was|were|thanks?|thank you|great|good|bad|poor|slow|fast|quick|friendly|rude)\b", re.I)


@dataclass(frozen=True)
class Survey:
    """A survey: what it waits for (`rating`, `comment`, None), what came, or why it was not asked."""

    id: UUID
    conversation_id: UUID
    ticket_id: UUID
    agent_name: str
    awaits: str | None
    skipped: str | None
    rating: int | None
    comment: str | None
    at: datetime
    answered_at: datetime | None


def rating_in(text: str) -> int | None:
    """Return the rating that a message gives and nothing else: `4`, `four stars`, `5/5`."""
    found = _RATING.fullmatch(text.strip())
    if not found:
        return None
    said = found[1].casefold()
    return _NUMBERS.get(said) or int(said)


def is_comment(text: str) -> bool:
    """Tell whether a message that follows a rating speaks about the help, and does not ask for something new."""
    return not _REQUEST.search(text) or (bool(_LOOKS_BACK.search(text)) and "?" not in text and "#" not in text)


async def open_(session: AsyncSession, survey: Survey, episode_id: UUID) -> bool:
    """Keep that a survey is asked, or why not; False when this episode has had one."""
    made = await session.execute(
        insert(SurveyRow)
        .values(
            id=survey.id,
            episode_id=episode_id,
            conversation_id=survey.conversation_id,
            ticket_id=survey.ticket_id,
            agent_name=survey.agent_name,
            awaits=survey.awaits,
            skipped=survey.skipped,
            at=survey.at,
        )
        .on_conflict_do_nothing(index_elements=["episode_id"], index_where=SurveyRow.skipped.is_(None))
        .returning(SurveyRow.id)
    )
    return made.scalar_one_or_none() is not None


def draft(conversation_id: UUID, ticket_id: UUID, agent_name: str, now: datetime, skipped: str | None = None) -> Survey:
    """Return a survey that begins."""
    awaits = None if skipped else RATING
    return Survey(ids.new_id(), conversation_id, ticket_id, agent_name, awaits, skipped, None, None, now, None)


async def waiting(session: AsyncSession, conversation_id: UUID) -> Survey | None:
    """Return the survey of a conversation that waits for a rating or a comment, locked."""
    query = (
        select(SurveyRow)
        .where(SurveyRow.conversation_id == conversation_id, SurveyRow.awaits.is_not(None))
        .order_by(SurveyRow.at.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = (await session.scalars(query)).one_or_none()
    return _value(row) if row else None


async def rate(session: AsyncSession, survey_id: UUID, rating: int, now: datetime) -> None:
    """Keep a rating; a comment may follow."""
    values = {"rating": rating, "awaits": COMMENT, "answered_at": now}
    await session.execute(update(SurveyRow).where(SurveyRow.id == survey_id).values(**values))


async def close(session: AsyncSession, survey_id: UUID, comment: str | None = None) -> None:
    """End a survey, with a comment if there is one."""
    await session.execute(update(SurveyRow).where(SurveyRow.id == survey_id).values(awaits=None, comment=comment))


async def of(session: AsyncSession, conversation_id: UUID) -> list[Survey]:
    """Return the surveys of a conversation, oldest first."""
    query = select(SurveyRow).where(SurveyRow.conversation_id == conversation_id).order_by(SurveyRow.at)
    return [_value(row) for row in await session.scalars(query)]


async def ratings_since(session: AsyncSession, moment: datetime) -> list[tuple[str, int]]:
    """Return who was rated how since a moment."""
    query = select(SurveyRow.agent_name, SurveyRow.rating).where(
        SurveyRow.answered_at >= moment, SurveyRow.rating.is_not(None)
    )
    return [(str(name), int(rating)) for name, rating in await session.execute(query) if rating is not None]


def _value(row: SurveyRow) -> Survey:
    return Survey(
        id=row.id,
        conversation_id=row.conversation_id,
        ticket_id=row.ticket_id,
        agent_name=row.agent_name,
        awaits=row.awaits,
        skipped=row.skipped,
        rating=row.rating,
        comment=row.comment,
        at=row.at,
        answered_at=row.answered_at,
    )
