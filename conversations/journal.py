"""The action journal: each call's answer is stored together with its effect, and replayed when a turn runs again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations import errors, repository
from conversations.conversation import Conversation
from conversations.tables import ActionCallRow, ConversationRow
from kit import db


async def enter(
    session: AsyncSession, conversation_id: UUID, message_id: UUID, call_number: int
) -> tuple[Conversation, dict[str, Any] | None]:
    """Lock a conversation for an action call; returns it, and the answer that this call got the first time.

    Whoever waits for the lock while the same call is made elsewhere is not told its answer: then `record` fails with
    IntegrityError, and nothing is done twice.

    Raises:
        ConversationNotFound: there is none with this id.
    """
    first = select(ActionCallRow.response).filter_by(message_id=message_id, call_number=call_number).scalar_subquery()
    query = select(ConversationRow.__table__, first.label("answered")).where(ConversationRow.id == conversation_id)
    found = (await session.execute(query.with_for_update(of=ConversationRow, key_share=True))).one_or_none()
    if found is None:
        raise errors.ConversationNotFound(f"no conversation {conversation_id}")
    return repository.to_conversation(found), found.answered


async def replay(session: AsyncSession, message_id: UUID, call_number: int) -> dict[str, Any] | None:
    """Return the answer that this call got the first time, if there was a first time."""
    row = await session.get(ActionCallRow, (message_id, call_number))
    return row.response if row else None


async def record(
    session: AsyncSession,
    message_id: UUID,
    call_number: int,
    action: str,
    response: dict[str, Any],
    now: datetime,
) -> None:
    """Keep an answer, in the same transaction as the effect that it reports.

    Where there was no effect the commit need not wait for the disk (as with `db.FORGETFUL`): the turn's last one brings
    it along, and what is lost with the database before that is worked out again.
    """
    values = {"message_id": message_id, "call_number": call_number, "action": action, "response": response, "at": now}
    statement = insert(ActionCallRow).values(values)
    if not db.has_changed(session):
        statement = statement.returning(func.set_config("synchronous_commit", "off", True))
    await session.execute(statement)
