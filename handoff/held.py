"""Replies in the seconds in which they can be undone: stored, so that neither a closed tab nor a restart loses them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.service import Reply
from handoff.tables import HeldReplyRow
from kit import errors, ids


class HeldState(StrEnum):
    """`held`: leaves when due. `stale`: something newer was said, the agent decides. `refused`: not theirs any more."""

    HELD = "held"
    SENT = "sent"
    UNDONE = "undone"
    STALE = "stale"
    REFUSED = "refused"


@dataclass(frozen=True)
class HeldReply:
    """A reply that has not left yet, or how it ended."""

    id: UUID
    conversation_id: UUID
    agent_name: str
    text: str
    attachment_ids: tuple[UUID, ...]
    seen_up_to: int
    state: HeldState
    due_at: datetime

    @property
    def reply(self) -> Reply:
        """What is to leave."""
        return Reply(self.conversation_id, self.agent_name, self.text, self.seen_up_to, self.attachment_ids)


async def add(session: AsyncSession, reply: Reply, now: datetime, due_at: datetime) -> HeldReply:
    """Keep a reply until it is due."""
    row = HeldReplyRow(
        id=ids.new_id(),
        conversation_id=reply.conversation_id,
        agent_name=reply.agent_name,
        text=reply.text,
        attachments=[{"id": str(one)} for one in reply.attachment_ids],
        seen_up_to=reply.seen_up_to or 0,
        state=HeldState.HELD,
        due_at=due_at,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    return _value(row)


async def lock(session: AsyncSession, held_id: UUID, agent_name: str | None = None) -> HeldReply:
    """Return a held reply, locked.

    Raises:
        NotFound: there is none, or it is another agent's.
    """
    row = await session.get(HeldReplyRow, held_id, with_for_update=True, populate_existing=True)
    if row is None or (agent_name is not None and row.agent_name != agent_name):
        raise errors.NotFound("this reply is not there any more")
    return _value(row)


async def set_state(session: AsyncSession, held_id: UUID, state: HeldState) -> None:
    """Note how a held reply went on."""
    await session.execute(update(HeldReplyRow).where(HeldReplyRow.id == held_id).values(state=state))


async def see(session: AsyncSession, held_id: UUID, seen_up_to: int) -> None:
    """Note that the agent has seen more since."""
    await session.execute(update(HeldReplyRow).where(HeldReplyRow.id == held_id).values(seen_up_to=seen_up_to))


async def of(session: AsyncSession, conversation_id: UUID) -> list[HeldReply]:
    """Return the replies of a conversation that have not left: those held, and those that became stale."""
    query = (
        select(HeldReplyRow)
        .where(
            HeldReplyRow.conversation_id == conversation_id, HeldReplyRow.state.in_((HeldState.HELD, HeldState.STALE))
        )
        .order_by(HeldReplyRow.created_at)
        .execution_options(populate_existing=True)
    )
    return [_value(row) for row in await session.scalars(query)]


async def overdue(session: AsyncSession, before: datetime, limit: int = 50) -> list[UUID]:
    """Return the held replies that should have left before a moment."""
    query = select(HeldReplyRow.id).where(HeldReplyRow.state == HeldState.HELD, HeldReplyRow.due_at < before)
    return list(await session.scalars(query.limit(limit)))


def _value(row: HeldReplyRow) -> HeldReply:
    return HeldReply(
        id=row.id,
        conversation_id=row.conversation_id,
        agent_name=row.agent_name,
        text=row.text,
        attachment_ids=tuple(UUID(one["id"]) for one in row.attachments),
        seen_up_to=row.seen_up_to,
        state=HeldState(row.state),
        due_at=row.due_at,
    )
