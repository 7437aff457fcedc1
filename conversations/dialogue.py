"""The brain's state, kept with the conversation between turns."""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from conversations import topics
from conversations.tables import ConversationRow


async def keep(session: AsyncSession, conversation_id: UUID, state: dict[str, Any] | None) -> None:
    """Store the dialogue state that a turn ended in; None begins afresh. A notice that came meanwhile stays known."""
    kept, topic = await topics.after_turn(session, conversation_id, state)
    await session.execute(
        update(ConversationRow).where(ConversationRow.id == conversation_id).values(dialogue_state=kept, topic=topic)
    )
