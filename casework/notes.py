"""Internal notes of agents."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework.desk import Desk
from handoff import notes
from handoff.notes import Note


async def add(session: AsyncSession, desk: Desk, conversation_id: UUID, agent_name: str, text: str) -> Note:
    """Write a note that only agents see.

    Raises:
        BadInput: it is empty.
    """
    return await notes.add(session, conversation_id, agent_name, text, desk.clock.now())


async def of(session: AsyncSession, conversation_id: UUID) -> list[Note]:
    """Return the notes of a conversation, oldest first."""
    return await notes.of(session, conversation_id)
