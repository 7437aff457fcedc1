"""Bring in a person, and what that person does: for the bot, the command line and the console alike."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import decisions, known, mails, surveys
from casework.desk import Desk
from conversations import mails as sent_mails
from conversations import outbox
from conversations import repository as conversations
from conversations.conversation import Conversation, Owner
from conversations.mails import StoredMail
from conversations.message import Author, Draft, Message
from handoff import agents, repository, routing, service
from handoff import held as held_replies
from handoff import notes as note_rows
from handoff import surveys as survey_rows
from handoff.agent import Agent
from handoff.held import HeldState
from handoff.notes import Note
from handoff.service import Reply
from handoff.surveys import Survey
from handoff.ticket import Call, Outcome, Ticket
from handoff.wait import Place
from kit import errors

HERE_SECONDS = 45.0
"""A customer counts as here for so long after their client was last connected."""
_TO_AGENT, _TO_TEAM = "agent:", "team:"
_HEAD = 60
"""So many at the head of the queue are tried in turn by somebody who takes the next one; more than take at once."""
_TRIES_TO_TAKE = 3
"""A conversation may change between being found and being locked; then the head is looked at again."""


@dataclass(frozen=True)
class Waiting:
    """One line of the queue: the ticket, its place, who it is, and what they said last."""

    ticket: Ticket
    place: int
    channel: str
    customer: str
    last_words: str
    mood: float | None
    waiting_since: datetime
    customer_here: bool


@dataclass(frozen=True)
class Queue:
    """The head of the queue, how many wait in all, and since when the oldest."""

    lines: tuple[Waiting, ...]
    total: int
    oldest: datetime | None


@dataclass(frozen=True)
class Held:
    """A conversation that an agent has; `unanswered_since` is since when the customer waits for a word, if they do."""

    ticket: Ticket
    channel: str
    customer: str
    last_words: str
    last_author: Author
    mood: float | None
    unanswered_since: datetime | None
    customer_here: bool


@dataclass(frozen=True)
class Transcript:
    """All that was said in a conversation, with the notes, surveys and e-mails that belong to it."""

    conversation: Conversation
    messages: tuple[Message, ...]
    notes: tuple[Note, ...]
    surveys: tuple[Survey, ...]
    mails: tuple[StoredMail, ...]


async def hand_over(session: AsyncSession, desk: Desk, conversation_id: UUID, call: Call, first: str = "") -> Ticket:
    """Put a conversation into the queue; the customer is told in the same step, after `first`."""
    conversation = await conversations.lock(session, conversation_id)
    if not conversation.contact:
        address = await mails.address_of(session, desk, conversation)
        if address:
            await conversations.set_contact(session, conversation_id, {"email": address, "from": "order"})
    ticket = await service.hand_over(session, desk.situation(), conversation_id, call, first)
    await mail_later(session, desk, conversation_id)
    return ticket


async def queue(session: AsyncSession, desk: Desk, limit: int = 100) -> Queue:
    """Return what waits for a person, most urgent and longest waiting first."""
    tickets = await repository.waiting(session, limit)
    cases = await _cases(session, desk, tickets)
    lines = [_waiting(cases[ticket.conversation_id], ticket, place) for place, ticket in enumerate(tickets, 1)]
    total = sum((await repository.waiting_counts(session)).values())
    return Queue(tuple(lines), total, await repository.oldest_waiting(session))


async def held_by(session: AsyncSession, desk: Desk, agent_name: str | None) -> list[Held]:
    """Return what an agent has (None: what all of them have); whoever waits for an answer longest comes first."""
    tickets = await repository.claimed(session, agent_name)
    cases = await _cases(session, desk, tickets)
    since = await conversations.customers_wait_since(session, [ticket.conversation_id for ticket in tickets])
    held = [_held(cases[ticket.conversation_id], ticket, since.get(ticket.conversation_id)) for ticket in tickets]
    late = desk.clock.now()
    return sorted(held, key=lambda one: (one.unanswered_since is None, one.unanswered_since or late))


async def ticket_of(session: AsyncSession, conversation_id: UUID) -> Ticket | None:
    """Return the open handoff of a conversation, else its newest."""
    tickets = await repository.all_of(session, conversation_id)
    return next((ticket for ticket in tickets if ticket.is_open), tickets[0] if tickets else None)


async def claim(session: AsyncSession, desk: Desk, conversation_id: UUID, agent_name: str) -> Ticket:
    """Give a waiting conversation to an agent.

    Raises:
        NothingToTake: it does not wait, or another agent was first.
    """
    return await service.claim(session, desk.situation(), conversation_id, agent_name)


async def claim_next(session: AsyncSession, desk: Desk, agent: Agent) -> Ticket | None:
    """Give the agent the most urgent conversation that fits and that nobody else is taking; None when there is none."""
    skills = await agents.known_skills(session)
    for _ in range(_TRIES_TO_TAKE):
        head = await repository.next_for(session, agent, skills, _HEAD)
        conversation_id = await conversations.lock_first(session, head, Owner.QUEUE)
        ticket = await repository.open_of(session, conversation_id) if conversation_id else None
        if ticket and ticket.waits and routing.fits(agent, ticket, skills):
            return await service.claim(session, desk.situation(), ticket.conversation_id, agent.name)
        if not head:
            return None
    return None


async def take_over(session: AsyncSession, desk: Desk, conversation_id: UUID, agent: Agent) -> Ticket:
    """Give a conversation to an agent wherever it is: with the bot, in the queue, or (for supervisors) with another.

    Raises:
        NotTheOwner: another agent has it, and this one may not supervise.
    """
    return await service.take_over(session, desk.situation(), conversation_id, agent)


async def transfer(
    session: AsyncSession, desk: Desk, conversation_id: UUID, agent_name: str, to: str, line: str = ""
) -> None:
    """Pass a conversation on, to `agent:NAME` or `team:NAME`; a line for the colleague is kept as a note.

    Raises:
        NotFound: there is no such agent or team; the message names those that there are.
        NotTheOwner: this agent does not have the conversation.
        StaleView: a reply of the agent's is still held, and something was said that they had not seen.
    """
    await _let_held_leave(session, desk, conversation_id, agent_name)
    if line.strip():
        await note_rows.add(session, conversation_id, agent_name, line, desk.clock.now())
    if to.startswith(_TO_AGENT):
        name = await _colleague(session, to.removeprefix(_TO_AGENT), agent_name)
        await service.pass_to_agent(session, desk.situation(), conversation_id, agent_name, name)
    else:
        team = to.removeprefix(_TO_TEAM)
        if not to.startswith(_TO_TEAM) or team not in desk.handoff.teams:
            raise errors.NotFound(f"There is no team {team!r}; the teams are {', '.join(desk.handoff.teams)}.")
        await service.pass_to_team(session, desk.situation(), conversation_id, agent_name, team)
    await mail_later(session, desk, conversation_id)


async def answer(session: AsyncSession, desk: Desk, reply: Reply) -> Message:
    """Send an agent's words to the customer; a person's message takes a conversation that no other agent has.

    Raises:
        NotTheOwner: another agent has the conversation.
        StaleView: something was said that the agent had not seen.
    """
    message = await service.answer(session, desk.situation(), reply)
    await mails.on_message(session, desk, message)
    return message


async def hand_back(
    session: AsyncSession,
    desk: Desk,
    conversation_id: UUID,
    agent_name: str,
    ending: tuple[Outcome, str],
    attachments: tuple[dict[str, str], ...] = (),
) -> None:
    """Give the conversation back to the bot with an outcome and a line about it (and files), and ask how it was.

    Raises:
        NotTheOwner: this agent does not have the conversation.
    """
    ticket = await service.hand_back(session, desk.situation(), conversation_id, agent_name, ending, attachments)
    if ticket:
        await surveys.ask(session, desk, ticket, agent_name)
    await mail_later(session, desk, conversation_id)


async def finish(desk: Desk, conversation_id: UUID, agent_name: str, ending: tuple[Outcome, str]) -> None:
    """End an agent's work: decide the returns that wait as the outcome says, and hand back with the words on it.

    Labels are ordered before the one transaction in which all of it happens.

    Raises:
        NotTheOwner: this agent does not have the conversation.
        Conflict: a return was decided by somebody else meanwhile.
        StaleView: a reply of the agent's is still held, and something was said that they had not seen.
    """
    outcome, line = ending
    tickets = await decisions.tickets_for_waiting(desk, conversation_id) if outcome is Outcome.APPROVED else {}
    async with desk.database.transaction() as session:
        await _let_held_leave(session, desk, conversation_id, agent_name)
        await service.held_by(session, conversation_id, agent_name)
        decision = (outcome, tickets, line)
        decided = await decisions.decide_waiting(session, desk, conversation_id, agent_name, decision)
        for return_ in decided:
            await mails.confirm_return(session, desk, return_.rma)
        words = " ".join(part for part in (decisions.in_words(decided), line.strip()) if part)
        labels = decisions.labels_of(desk, decided)
        await hand_back(session, desk, conversation_id, agent_name, (outcome, words), labels)


async def tell(
    session: AsyncSession,
    desk: Desk,
    conversation_id: UUID,
    agent_name: str,
    text: str,
    attachments: tuple[dict[str, str], ...] = (),
) -> bool:
    """Tell the customer what an agent did, in the desk's own name; silent (False) while a colleague has them."""
    conversation = await conversations.lock(session, conversation_id)
    if conversation.owner is Owner.AGENT and conversation.agent_name != agent_name:
        return False
    sender = outbox.Sender(Author.SYSTEM, conversation.owner_counter)
    draft = Draft(text, attachments=attachments)
    (message,) = await outbox.send(session, conversation_id, [draft], sender, desk.clock.now())
    await mails.on_message(session, desk, message)
    return True


async def standing_of(session: AsyncSession, desk: Desk, conversation_id: UUID) -> Place | None:
    """Return the place of a waiting conversation and its expected wait; None when nobody waits live for anybody."""
    tickets = await repository.all_of(session, conversation_id)
    waiting = next((one for one in tickets if one.waits and not one.callback and not one.contact_wanted), None)
    return await desk.situation().place_of(session, waiting) if waiting else None


async def transcript_of(session: AsyncSession, conversation_id: UUID) -> Transcript:
    """Return all that was said from the first word.

    Raises:
        ConversationNotFound: there is none with this id.
    """
    return Transcript(
        conversation=await conversations.get(session, conversation_id),
        messages=tuple(await conversations.transcript(session, conversation_id, limit=None)),
        notes=tuple(await note_rows.of(session, conversation_id)),
        surveys=tuple(await survey_rows.of(session, conversation_id)),
        mails=tuple(await sent_mails.of_conversation(session, conversation_id)),
    )


async def mail_later(session: AsyncSession, desk: Desk, conversation_id: UUID) -> None:
    """Have somebody look, after a while, whether the customer has fetched what was said last."""
    newest = await conversations.newest_of(session, conversation_id, Author.SYSTEM)
    if newest:
        await mails.on_message(session, desk, newest)


async def _let_held_leave(session: AsyncSession, desk: Desk, conversation_id: UUID, agent_name: str) -> None:
    """Let an agent's replies leave that could still be undone: afterwards the conversation is not theirs any more.

    All of them are locked before the conversation is, in the order in which their own jobs lock.
    """
    found = [one for one in await held_replies.of(session, conversation_id) if one.agent_name == agent_name]
    locked = [await held_replies.lock(session, one.id) for one in found]
    for stored in locked:
        if stored.state is HeldState.HELD:
            await answer(session, desk, stored.reply)
            await held_replies.set_state(session, stored.id, HeldState.SENT)


async def _colleague(session: AsyncSession, name: str, agent_name: str) -> str:
    others = [one.name for one in await agents.everyone(session) if not one.disabled and one.name != agent_name]
    if name not in others:
        raise errors.NotFound(f"There is no colleague {name!r}; there are {', '.join(others) or 'none'}.")
    return name


@dataclass(frozen=True)
class _Case:
    """What a list shows of a conversation beside its ticket."""

    channel: str
    customer: str
    here: bool
    last: Message | None
    last_of_customer: Message | None

    @property
    def mood(self) -> float | None:
        score = (self.last_of_customer.mood or {}).get("score") if self.last_of_customer else None
        return float(score) if score is not None else None


async def _cases(session: AsyncSession, desk: Desk, tickets: list[Ticket]) -> dict[UUID, _Case]:
    """Read what lists show, for all tickets at once."""
    wanted = [ticket.conversation_id for ticket in tickets]
    found = await conversations.by_ids(session, wanted)
    last = await conversations.newest_of_each(session, wanted, Author.CUSTOMER, Author.AGENT, Author.BOT)
    of_customer = await conversations.newest_of_each(session, wanted, Author.CUSTOMER)
    names = await known.names_of(session, list(found.values()))
    now = desk.clock.now()
    return {
        one.id: _Case(one.channel, names.get(one.id, ""), is_here(one, now), last.get(one.id), of_customer.get(one.id))
        for one in found.values()
    }


def _waiting(case: _Case, ticket: Ticket, place: int) -> Waiting:
    return Waiting(
        ticket=ticket,
        place=place,
        channel=case.channel,
        customer=case.customer,
        last_words=case.last_of_customer.text if case.last_of_customer else "",
        mood=case.mood,
        waiting_since=ticket.requested_at,
        customer_here=case.here,
    )


def _held(case: _Case, ticket: Ticket, since: datetime | None) -> Held:
    return Held(
        ticket=ticket,
        channel=case.channel,
        customer=case.customer,
        last_words=case.last.text if case.last else "",
        last_author=case.last.author if case.last else Author.CUSTOMER,
        mood=case.mood,
        unanswered_since=ticket.requested_at if ticket.first_response_at is None else since,
        customer_here=case.here,
    )


def is_here(conversation: Conversation, now: datetime) -> bool:
    """Tell whether the customer's client was connected a moment ago."""
    seen = conversation.customer_seen_at
    return seen is not None and (now - seen).total_seconds() < HERE_SECONDS
