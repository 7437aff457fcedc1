"""The handoff: each step changes the owner, moves the counter, tells the customer once, and writes down who did it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from conversations import outbox, ownership, transcript
from conversations import repository as conversations
from conversations.conversation import Conversation, Owner
from conversations.message import Author, Draft, Message
from handoff import errors, repository, texts
from handoff.ticket import PRIORITY, Outcome, Reason, Stage, Ticket, check_move


async def hand_over(
    session: AsyncSession, conversation_id: UUID, reason: Reason, detail: str, now: datetime, first: str = ""
) -> Ticket:
    """Put a conversation into the queue and tell the customer; `first` is said before, in the same message.

    Safe to repeat: a conversation that already waits, or is with a person, keeps the handoff that it has.
    """
    conversation = await conversations.lock(session, conversation_id)
    running = await repository.open_of(session, conversation_id)
    if running:
        return running
    moved = await ownership.move(session, conversation.id, Owner.QUEUE)
    ticket = await repository.add(session, conversation_id, reason, detail, (PRIORITY[reason], now))
    place = await repository.place_in_queue(session, ticket)
    text = texts.queued(reason, place)
    await _tell(session, moved, f"{first}\n\n{text}" if first else text, now)
    await _take_unanswered(session, conversation_id)
    return ticket


async def claim(session: AsyncSession, conversation_id: UUID, agent_name: str, now: datetime) -> Ticket:
    """Give a waiting conversation to an agent and tell the customer who has joined.

    Raises:
        NothingToTake: it does not wait, or another agent was first.
    """
    await conversations.lock(session, conversation_id)
    ticket = await repository.open_of(session, conversation_id)
    if ticket is None or ticket.stage is not Stage.QUEUED:
        holder = ticket.agent_name if ticket else None
        raise errors.NothingToTake(f"{holder} has this conversation" if holder else "this conversation is not waiting")
    check_move(ticket.stage, Stage.CLAIMED)
    moved = await ownership.move(session, conversation_id, Owner.AGENT, agent_name)
    await repository.change(session, ticket.id, stage=Stage.CLAIMED, claimed_at=now, agent_name=agent_name)
    await _tell(session, moved, texts.joined(agent_name), now)
    await repository.audit(session, agent_name, "claimed", conversation_id, {"ticket": str(ticket.id)}, now)
    return ticket


async def answer(session: AsyncSession, conversation_id: UUID, agent_name: str, text: str, now: datetime) -> Message:
    """Send an agent's words through the one door.

    Raises:
        NotTheOwner: another agent, the queue or the bot has the conversation.
    """
    conversation = await _held_by(session, conversation_id, agent_name)
    sender = outbox.Sender(Author.AGENT, conversation.owner_counter, agent_name)
    (message,) = await outbox.send(session, conversation_id, [Draft(text)], sender, now)
    ticket = await repository.open_of(session, conversation_id)
    if ticket and ticket.first_response_at is None:
        await repository.change(session, ticket.id, first_response_at=now)
    await repository.audit(session, agent_name, "answered", conversation_id, {"message": str(message.id)}, now)
    return message


async def hand_back(
    session: AsyncSession, conversation_id: UUID, agent_name: str, ending: tuple[Outcome, str], now: datetime
) -> None:
    """Give the conversation back to the bot, with an outcome and a line; the bot starts afresh.

    Raises:
        NotTheOwner: another agent, the queue or the bot has the conversation.
    """
    outcome, line = ending
    await _held_by(session, conversation_id, agent_name)
    ticket = await repository.open_of(session, conversation_id)
    if ticket:
        check_move(ticket.stage, Stage.RELEASED)
        await repository.change(session, ticket.id, stage=Stage.RELEASED, released_at=now, outcome=outcome, note=line)
    moved = await ownership.move(session, conversation_id, Owner.BOT)
    await _tell(session, moved, texts.handed_back(agent_name, outcome, line), now)
    await repository.audit(session, agent_name, "handed_back", conversation_id, {"outcome": outcome, "line": line}, now)


async def _held_by(session: AsyncSession, conversation_id: UUID, agent_name: str) -> Conversation:
    conversation = await conversations.lock(session, conversation_id)
    if conversation.owner is not Owner.AGENT or conversation.agent_name != agent_name:
        holder = conversation.agent_name or f"the {conversation.owner}"
        raise errors.NotTheOwner(f"{holder} has this conversation, not {agent_name}")
    return conversation


async def _tell(session: AsyncSession, conversation: Conversation, text: str, now: datetime) -> None:
    await outbox.send(
        session, conversation.id, [Draft(text)], outbox.Sender(Author.SYSTEM, conversation.owner_counter), now
    )


async def _take_unanswered(session: AsyncSession, conversation_id: UUID) -> None:
    """What was written before the handoff and not answered is now with a person."""
    for message in await conversations.unanswered(session, conversation_id):
        await transcript.mark_answered(session, message)
