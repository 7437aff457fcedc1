"""Bring in a person, and what that person does: for the bot, the command line and the console alike."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework.desk import Desk
from conversations import repository as conversations
from conversations.message import Author, Message
from handoff import repository, service
from handoff.ticket import Outcome, Reason, Ticket


@dataclass(frozen=True)
class Waiting:
    """One line of the queue: the ticket, its place, and what the customer said last."""

    ticket: Ticket
    place: int
    channel: str
    waiting_since: datetime
    last_words: str


async def hand_over(
    session: AsyncSession, desk: Desk, conversation_id: UUID, reason: Reason, detail: str, first: str = ""
) -> Ticket:
    """Put a conversation into the queue; the customer is told in the same step, after `first`."""
    return await service.hand_over(session, conversation_id, reason, detail, desk.clock.now(), first)


async def queue(session: AsyncSession) -> list[Waiting]:
    """Return what waits for a person, most urgent and longest waiting first."""
    return [await _waiting(session, ticket, place) for place, ticket in enumerate(await repository.queued(session), 1)]


async def with_agents(session: AsyncSession) -> list[Ticket]:
    """Return what agents have at the moment."""
    return await repository.claimed(session)


async def claim(session: AsyncSession, desk: Desk, conversation_id: UUID, agent_name: str) -> Ticket:
    """Give a waiting conversation to an agent.

    Raises:
        NothingToTake: it does not wait, or another agent was first.
    """
    return await service.claim(session, conversation_id, agent_name, desk.clock.now())


async def answer(session: AsyncSession, desk: Desk, conversation_id: UUID, agent_name: str, text: str) -> Message:
    """Send an agent's words to the customer.

    Raises:
        NotTheOwner: this agent does not have the conversation.
    """
    return await service.answer(session, conversation_id, agent_name, text, desk.clock.now())


async def hand_back(
    session: AsyncSession, desk: Desk, conversation_id: UUID, agent_name: str, ending: tuple[Outcome, str]
) -> None:
    """Give the conversation back to the bot with an outcome and a line about it.

    Raises:
        NotTheOwner: this agent does not have the conversation.
    """
    await service.hand_back(session, conversation_id, agent_name, ending, desk.clock.now())


async def place_of(session: AsyncSession, conversation_id: UUID) -> int | None:
    """Return the place of a waiting conversation, 1 being next; None when it does not wait."""
    waiting = [ticket.conversation_id for ticket in await repository.queued(session)]
    return waiting.index(conversation_id) + 1 if conversation_id in waiting else None


async def _waiting(session: AsyncSession, ticket: Ticket, place: int) -> Waiting:
    conversation = await conversations.get(session, ticket.conversation_id)
    last = await conversations.newest_of(session, ticket.conversation_id, Author.CUSTOMER)
    return Waiting(ticket, place, conversation.channel, ticket.requested_at, last.text if last else "")
