"""The brain's state, kept with the conversation between turns."""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from conversations import repository, topics
from conversations.conversation import Conversation
from conversations.tables import ConversationRow


async def keep(session: AsyncSession, conversation_id: UUID, state: dict[str, Any] | None) -> None:
    """Store the dialogue state that a turn ended in; None begins afresh. A notice that came meanwhile stays known."""
    await keep_in(session, await repository.lock(session, conversation_id), state)


async def keep_in(session: AsyncSession, conversation: Conversation, state: dict[str, Any] | None) -> None:
    """Do the same in a conversation that this transaction has locked."""
    kept, topic = await topics.after_turn(session, conversation, state)
    values = {"dialogue_state": kept} if topic == conversation.topic else {"dialogue_state": kept, "topic": topic}
    await session.execute(update(ConversationRow).where(ConversationRow.id == conversation.id).values(values))
