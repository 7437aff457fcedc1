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
_FIGURE = r"([1-5]|one|two|three|four|five)(?: ?/ ?5| (?:of|out of) (?:5|five))?(?: (?:stars?|points?))?"
_SAYS = r"i(?:'d| would)? (?:say|give)(?: (?:it|her|him|them|you|that))?|my rating(?: is)?|rating|make it"
_BEFORE = rf"(?:(?:{_SAYS}|actually|sorry|no|so|well|an?|it's|ok|maybe|definitely)[,:]? )*"
_AFTER = r"(?:[\s.,!]+(?:please|thanks|thank you|thx|ty))*[\s.!]*"
_RATING = re.compile(rf"{_BEFORE}{_FIGURE}{_AFTER}", re.I)
_WHY = r"(?:\s*[.,:;!]\s*|\s+[-–]\s+|\s+because\s+)(?P<why>[^\W\d].{2,})"
_RATED_AND_SAID = re.compile(rf"{_BEFORE}{_FIGURE}{_WHY}", re.I | re.S)
_STARS = re.compile(r"(?:[\u2b50\u2605]\ufe0f?\s*){1,5}")
_WORDS = {
    5: ("excellent", "perfect", "great", "amazing", "awesome", "fantastic", "wonderful", "brilliant", "outstanding"),
    4: ("good", "very good", "pretty good"),
    3: ("okay", "average", "so so", "so-so", "mediocre"),
    2: ("bad", "not good", "not great"),
    1: ("poor", "very poor", "terrible", "awful", "horrible", "very bad"),
}
_IN_WORDS = {word: rating for rating, words in _WORDS.items() for word in words}
_DECLINES = re.compile(
    r"(?:no+|nope|nah|skip|no,? thank(?:s| you)|not now|later|pass|(?:i'd )?rather not|no (?:rating|comment)"
    r"|i (?:don't|do not|won't) (?:(?:want|wish|like|care) to )?(?:rate|say|answer|give).*"
    r"|i don't (?:want|care)(?: to)?)[\s.!]*",
    re.I,
)
_SAYS_NOTHING = re.compile(
    r"(?:(?:no+|nope|nah|none|nothing(?: else| more)?|skip|ok(?:ay)?|yes|thanks?|thank you|thx|ty|cheers|bye|goodbye"
    r"|that's (?:all|it)|no comment|all good|fine|you too|have a (?:good|nice) (?:day|one))(?:[\s,.!]+|$))+",
    re.I,
)
_ALSO_WANTS = re.compile(
    r"\b(?:i|we)(?:'d| would)? (?:also |still |just )*(?:want|need|like|have|wish)(?: to| a| an| my| the)? "
    r"(?:return|exchange|cancel|order|track|send|change|label|refund|person|human|agent|speak|talk)",
    re.I,
)
_REQUEST = re.compile(
    r"\?|#|\d{4,}"
    r"|^(?:(?:please|now|and|ok(?:ay)?|hi|hello)[\s,]+)*(?:where|when|how|what|why|can|could|would|will|do|does|track|cancel"
    r"|return|start|refund|exchange|send|show|give|get|connect|talk|speak|help me)\b"
    r"|\b(?:i|we)(?:'d| would)? (?:also |still |just )*(?:want|need|like|have|wish) (?:to|a|an|my|the)\b",
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
    said = text.strip().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if _STARS.fullmatch(said):
        return sum(mark in "\u2b50\u2605" for mark in said)
    found = _RATING.fullmatch(said)
    if found:
        return _number(found[1])
    return _IN_WORDS.get(said.casefold().strip(" .!"))


def rating_and_comment_in(text: str) -> tuple[int, str] | None:
    """Return the rating with which a message begins and the comment on it: `2. She was slow`; None for other words."""
    found = _RATED_AND_SAID.fullmatch(text.strip())
    if not found or not is_comment(found["why"]):
        return None
    return _number(found[1]), found["why"].strip()


def declines(text: str) -> bool:
    """Tell whether a message says that the customer does not want to rate."""
    return bool(_DECLINES.fullmatch(text.strip().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")))


def says_nothing(text: str) -> bool:
    """Tell whether a message that follows a rating holds no comment: `no, that's all`, `thanks`, a sign."""
    said = text.strip().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return not any(sign.isalnum() for sign in said) or bool(_SAYS_NOTHING.fullmatch(said))


def also_wants(text: str) -> bool:
    """Tell whether a comment holds a wish as well, which the assistant has to hear."""
    return bool(_ALSO_WANTS.search(text))


def _number(said: str) -> int:
    return _NUMBERS.get(said.casefold()) or int(said)


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
