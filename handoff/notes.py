"""Internal notes: what agents write for each other. They are no messages, so no door leads them to a customer."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations import repository as conversations
from conversations.message import clean
from handoff import repository
from handoff.tables import NoteRow
from kit import errors, events, ids


@dataclass(frozen=True)
class Note:
    """A note; it stands after the message `after_seq`."""

    id: UUID
    after_seq: int
    agent_name: str
    text: str
    at: datetime


async def add(session: AsyncSession, conversation_id: UUID, agent_name: str, text: str, now: datetime) -> Note:
    """Write a note below what has been said so far.

    Raises:
        BadInput: it is empty.
    """
    written = clean(text)
    if not written:
        raise errors.BadInput("The note is empty.")
    conversation = await conversations.lock(session, conversation_id)
    row = NoteRow(
        id=ids.new_id(),
        conversation_id=conversation_id,
        after_seq=conversation.last_seq,
        agent_name=agent_name,
        text=written,
        at=now,
    )
    session.add(row)
    await repository.audit(session, agent_name, "noted", conversation_id, {"note": str(row.id)}, now)
    await events.announce(session, conversation_id)
    return Note(row.id, row.after_seq, agent_name, written, now)


async def of(session: AsyncSession, conversation_id: UUID) -> list[Note]:
    """Return the notes of a conversation, oldest first."""
    query = select(NoteRow).where(NoteRow.conversation_id == conversation_id).order_by(NoteRow.at)
    return [Note(row.id, row.after_seq, row.agent_name, row.text, row.at) for row in await session.scalars(query)]
