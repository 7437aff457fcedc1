"""Who owns a conversation, and the counter that moves with every change: silence after handoff, by construction."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from conversations import errors, repository, topics
from conversations.conversation import ALLOWED_MOVES, Conversation, Owner
from conversations.tables import ConversationRow
from kit import errors as kit_errors
from kit import events


async def hold(session: AsyncSession, conversation_id: UUID, counter: int) -> Conversation:
    """Lock a conversation for a change to an order that was computed under `counter`.

    Raises:
        OwnershipMoved: the conversation has changed hands since.
    """
    conversation = await repository.lock(session, conversation_id)
    if conversation.owner_counter != counter:
        raise errors.OwnershipMoved(
            f"conversation {conversation_id} is at counter {conversation.owner_counter}, this belongs to {counter}"
        )
    return conversation


async def move(session: AsyncSession, conversation_id: UUID, to: Owner, agent_name: str | None = None) -> Conversation:
    """Change the owner and move the counter; buttons of before die with it.

    Raises:
        Conflict: this owner may not be followed by that one.
    """
    conversation = await repository.lock(session, conversation_id)
    if to not in ALLOWED_MOVES[conversation.owner]:
        raise kit_errors.Conflict(f"a conversation of the {conversation.owner} cannot go to the {to}")
    values: dict[str, object] = {
        "owner": to,
        "owner_counter": conversation.owner_counter + 1,
        "agent_name": agent_name if to is Owner.AGENT else None,
        "step": -1,
    }
    if to is Owner.BOT:
        values["dialogue_state"] = topics.told(None, conversation.topic)
    changed = (
        update(ConversationRow)
        .where(ConversationRow.id == conversation_id)
        .values(**values)
        .returning(ConversationRow)
        .execution_options(populate_existing=True)
    )
    moved = (await session.scalars(changed)).one()
    await events.announce(session, conversation_id)
    return repository.to_conversation(moved)
