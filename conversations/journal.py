"""The action journal: each call's answer is stored together with its effect, and replayed when a turn runs again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.tables import ActionCallRow


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
    """Keep an answer, in the same transaction as the effect that it reports."""
    session.add(ActionCallRow(message_id=message_id, call_number=call_number, action=action, response=response, at=now))
    await session.flush()
