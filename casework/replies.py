"""An agent's reply until it leaves: it can be undone, and it does not leave past something that its writer missed."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import handovers
from casework.desk import Desk
from conversations import attachments
from conversations import repository as conversations
from conversations.message import Message, clean
from handoff import errors, held, repository, service
from handoff.held import HeldReply, HeldState
from handoff.service import Reply
from kit import errors as kit_errors
from kit import events

REPLY_TASK = "reply"
"""Name of the job that lets a held reply leave; it takes `held_id`."""


async def hold(session: AsyncSession, desk: Desk, reply: Reply) -> HeldReply:
    """Keep a reply for the seconds in which it can be undone; then it leaves by itself.

    Raises:
        BadInput: it is empty or too long.
        NotTheOwner: this agent does not have the conversation.
        StaleView: something was said that the agent had not seen.
    """
    text = clean(reply.text)
    if not text and not reply.attachment_ids:
        raise kit_errors.BadInput("The reply is empty.")
    conversation = await service.held_by(session, reply.conversation_id, reply.agent_name)
    await service.check_view(session, reply)
    now = desk.clock.now()
    due_at = now + timedelta(seconds=desk.settings.undo_seconds)
    seen_up_to = conversation.last_seq if reply.seen_up_to is None else reply.seen_up_to
    written = Reply(reply.conversation_id, reply.agent_name, text, seen_up_to, reply.attachment_ids)
    stored = await held.add(session, written, now, due_at)
    await desk.jobs.defer(
        session, REPLY_TASK, lock=f"{REPLY_TASK}:{stored.id}", schedule_at=due_at, held_id=str(stored.id)
    )
    await events.announce(session, reply.conversation_id)
    return stored


async def undo(session: AsyncSession, desk: Desk, held_id: UUID, agent_name: str) -> HeldReply:
    """Take a reply back before it leaves.

    Raises:
        Conflict: it has left already.
        NotFound: it is not this agent's.
    """
    stored = await held.lock(session, held_id, agent_name)
    if stored.state is HeldState.SENT:
        raise kit_errors.Conflict("This reply has left already.")
    await held.set_state(session, held_id, HeldState.UNDONE)
    await repository.audit(
        session, agent_name, "undid_reply", stored.conversation_id, {"reply": str(held_id)}, desk.clock.now()
    )
    await events.announce(session, stored.conversation_id)
    return stored


async def send_now(
    session: AsyncSession, desk: Desk, held_id: UUID, agent_name: str, seen_up_to: int | None = None
) -> Message | None:
    """Let a reply leave at once; with `seen_up_to` also one that had become stale. None when it did not leave.

    Raises:
        NotFound: it is not this agent's.
    """
    stored = await held.lock(session, held_id, agent_name)
    if seen_up_to is not None and seen_up_to > stored.seen_up_to:
        await held.see(session, held_id, seen_up_to)
        stored = await held.lock(session, held_id, agent_name)
    return await _let_leave(session, desk, stored)


async def leave_when_due(session: AsyncSession, desk: Desk, held_id: UUID) -> Message | None:
    """Let a held reply leave that was not undone; one that was written without seeing the newest message stays."""
    stored = await held.lock(session, held_id)
    return await _let_leave(session, desk, stored) if stored.state is HeldState.HELD else None


async def held_in(session: AsyncSession, conversation_id: UUID) -> list[HeldReply]:
    """Return the replies that have not left: those that can still be undone, and those that became stale."""
    return await held.of(session, conversation_id)


async def missed_by(session: AsyncSession, stored: HeldReply) -> list[Message]:
    """Return what was said that the writer of a stale reply had not seen."""
    newer = await conversations.transcript(session, stored.conversation_id, stored.seen_up_to)
    return [message for message in newer if service.matters_to(message, stored.agent_name)]


async def attach(session: AsyncSession, desk: Desk, conversation_id: UUID, name: str, data: bytes) -> UUID:
    """Keep a file that will leave with a reply; returns its id.

    Raises:
        BadInput: it is empty, larger than 10 MB, or neither a picture nor a PDF.
    """
    if len(data) > attachments.LARGEST_BYTES:
        raise kit_errors.BadInput("That file is larger than 10 MB.")
    file = attachments.read(name, data) if data else None
    if file is None:
        raise kit_errors.BadInput("Pictures (PNG, JPEG, GIF, WebP) and PDF files can be sent.")
    await attachments.keep_for(session, conversation_id, file, desk.clock.now())
    return file.id


async def _let_leave(session: AsyncSession, desk: Desk, stored: HeldReply) -> Message | None:
    if stored.state not in (HeldState.HELD, HeldState.STALE):
        return None
    state, message = HeldState.SENT, None
    try:
        await service.held_by(session, stored.conversation_id, stored.agent_name)
        async with session.begin_nested():
            message = await handovers.answer(session, desk, stored.reply)
    except errors.StaleView:
        state = HeldState.STALE
    except errors.NotTheOwner:
        state = HeldState.REFUSED
    await held.set_state(session, stored.id, state)
    await events.announce(session, stored.conversation_id)
    return message
