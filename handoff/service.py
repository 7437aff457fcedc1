"""The handoff: each step changes the owner, moves the counter, tells the customer once, calls the agents once, and
writes down who did it. All of a step is one transaction under the conversation's row lock.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from conversations import attachments as files
from conversations import outbox, ownership, transcript
from conversations import repository as conversations
from conversations.conversation import Conversation, Owner
from conversations.message import Author, Choice, Draft, Message
from handoff import alerts, contact, errors, repository, texts
from handoff.agent import Agent
from handoff.alerts import Kind, Moment
from handoff.situation import Situation
from handoff.ticket import Call, Outcome, Reason, Stage, Ticket, check_move

BACK_TO_BOT = "back_to_bot"
"""Intent of the button with which a waiting customer goes back to the assistant."""
BACK = {"title": "Go back to the assistant", "choice": Choice(BACK_TO_BOT).to_json()}
ASKS_CONTACT = {"slot": "identity", "input": "email"}
_TOOK_OVER = "took_over"
OFFLINE = -1
"""Value of `alarms` while a handoff waits for people to be there again."""


@dataclass(frozen=True)
class Reply:
    """What an agent says; `seen_up_to` is the newest message that they had on their screen (None: not asked for)."""

    conversation_id: UUID
    agent_name: str
    text: str
    seen_up_to: int | None = None
    attachment_ids: tuple[UUID, ...] = ()


async def hand_over(
    session: AsyncSession, situation: Situation, conversation_id: UUID, call: Call, first: str = ""
) -> Ticket:
    """Put a conversation into the queue and tell the customer; `first` is said before, in the same message.

    Safe to repeat: a conversation that already waits, or is with a person, keeps the handoff that it has.
    """
    conversation = await conversations.lock(session, conversation_id)
    running = await repository.open_of(session, conversation_id)
    if running:
        return running
    moved = await ownership.move(session, conversation_id, Owner.QUEUE)
    rule = situation.rules.reasons[call.reason]
    ticket = await repository.add(
        session,
        conversation_id,
        call,
        situation.now,
        priority=rule.priority,
        stage=Stage.REQUESTED,
        language=conversation.language.partition("-")[0],
        skills=list(rule.skills),
        **_targets(situation, rule.priority),
    )
    why = texts.why(situation.rules, call)
    ticket = await enter_queue(session, situation, moved, ticket, f"{first}\n\n{why}" if first else why)
    await alerts.call(session, ticket, Kind.QUEUED, Moment(situation.now, moved.owner_counter))
    for message in await conversations.unanswered(session, conversation_id):
        await transcript.mark_answered(session, message)
    return ticket


async def enter_queue(
    session: AsyncSession, situation: Situation, conversation: Conversation, ticket: Ticket, why: str
) -> Ticket:
    """Let a handoff wait: live where somebody is there, else for a call back; the customer is told which, once."""
    address = contact.shown(conversation.contact)
    if await situation.who_is_there(session):
        place = await situation.place_of(session, replace(ticket, callback=False, contact_wanted=False))
        waiting = await move_to(session, ticket, Stage.QUEUED, **live(situation), place_at_start=place.place)
        text, expects = texts.queued(situation.rules, why, place), None
    elif address:
        waiting = await move_to(session, ticket, Stage.QUEUED, callback=True, alarms=OFFLINE, next_step_at=None)
        text, expects = texts.nobody_comes(situation, why, address), None
    else:
        stage = Stage.REQUESTED if ticket.stage is Stage.REQUESTED else Stage.TIMED_OUT
        waiting = await move_to(session, ticket, stage, **without_address(situation))
        text, expects = texts.nobody_comes(situation, why, ""), ASKS_CONTACT
    await tell(session, situation, conversation, Draft(text, buttons=(BACK,), expects=expects))
    return waiting


def live(situation: Situation) -> dict[str, object]:
    """Return the values of a handoff that begins to wait for somebody who is there."""
    next_step = situation.now + timedelta(seconds=situation.rules.waiting.alarm_again)
    return {
        "callback": False,
        "contact_wanted": False,
        "alarms": 0,
        "next_step_at": next_step,
        "agent_name": None,
    }


def without_address(situation: Situation) -> dict[str, object]:
    """Return the values of a handoff for which nobody is there and no address is known."""
    fails_at = situation.now + timedelta(seconds=situation.rules.waiting.fail)
    return {
        "contact_wanted": True,
        "callback": False,
        "alarms": OFFLINE,
        "next_step_at": fails_at,
        "agent_name": None,
    }


async def claim(session: AsyncSession, situation: Situation, conversation_id: UUID, agent_name: str) -> Ticket:
    """Give a waiting conversation to an agent and tell the customer who has joined.

    Raises:
        NothingToTake: it does not wait, or another agent was first.
    """
    await conversations.lock(session, conversation_id)
    ticket = await repository.open_of(session, conversation_id)
    if ticket is None or not ticket.waits:
        holder = ticket.agent_name if ticket else None
        raise errors.NothingToTake(f"{holder} has this conversation" if holder else "this conversation is not waiting")
    return await _give(session, situation, ticket, agent_name, "claimed")


async def take_over(session: AsyncSession, situation: Situation, conversation_id: UUID, agent: Agent) -> Ticket:
    """Give a conversation to an agent wherever it is: with the bot, in the queue, or (for supervisors) with another.

    Raises:
        NotTheOwner: another agent has it, and this one may not supervise.
    """
    await conversations.lock(session, conversation_id)
    ticket = await repository.open_of(session, conversation_id)
    if ticket and ticket.agent_name == agent.name:
        return ticket
    if ticket and ticket.agent_name and not agent.may_supervise:
        raise errors.NotTheOwner(f"{ticket.agent_name} has this conversation; a supervisor can take it over")
    if ticket is None:
        ticket = await _open_for(session, situation, conversation_id, agent.name)
    return await _give(session, situation, ticket, agent.name, _TOOK_OVER)


async def pass_to_agent(
    session: AsyncSession, situation: Situation, conversation_id: UUID, agent_name: str, to: str
) -> Ticket:
    """Pass a conversation from the agent who has it to another.

    Raises:
        NotTheOwner: this agent does not have the conversation.
    """
    await held_by(session, conversation_id, agent_name)
    ticket = await repository.open_of(session, conversation_id)
    assert ticket is not None
    passed = await _give(session, situation, ticket, to, "was_passed")
    await repository.audit(session, agent_name, "passed_on", conversation_id, {"to": to}, situation.now)
    return passed


async def pass_to_team(
    session: AsyncSession, situation: Situation, conversation_id: UUID, agent_name: str, team: str
) -> Ticket:
    """Put a conversation back into the queue, for a team.

    Raises:
        NotTheOwner: this agent does not have the conversation.
    """
    conversation = await held_by(session, conversation_id, agent_name)
    ticket = await _back_to_queue(session, conversation, {"team": team})
    words = texts.with_name(situation.rules.texts.passed_to_team, agent_name)
    moved = await conversations.lock(session, conversation_id)
    ticket = await enter_queue(session, situation, moved, ticket, words)
    moment = Moment(situation.now, moved.owner_counter)
    await alerts.call(session, ticket, Kind.PASSED_ON, moment, agent_name=agent_name)
    await repository.audit(session, agent_name, "passed_on", conversation_id, {"to": f"team:{team}"}, situation.now)
    return ticket


async def give_back(
    session: AsyncSession, situation: Situation, conversation_id: UUID, agent_name: str | None = None
) -> Ticket | None:
    """Put a conversation back into the queue whose agent has dropped off; None when they have it no more.

    With `agent_name` nothing happens to what somebody else has taken over meanwhile.
    """
    conversation = await conversations.lock(session, conversation_id)
    gone = conversation.agent_name
    if conversation.owner is not Owner.AGENT or gone is None or agent_name not in (None, gone):
        return None
    ticket = await _back_to_queue(session, conversation, {})
    moved = await conversations.lock(session, conversation_id)
    words = texts.with_name(situation.rules.texts.agent_gone, gone)
    ticket = await enter_queue(session, situation, moved, ticket, words)
    await alerts.call(session, ticket, Kind.AGENT_GONE, Moment(situation.now, moved.owner_counter), agent_name=gone)
    await repository.audit(session, "returndesk", "gave_back", conversation_id, {"from": gone}, situation.now)
    return ticket


async def answer(session: AsyncSession, situation: Situation, reply: Reply) -> Message:
    """Send an agent's words through the one door; a person's message takes a conversation that nobody else has.

    Raises:
        NotTheOwner: another agent has the conversation.
        StaleView: something was said that the agent had not seen.
    """
    conversation = await conversations.lock(session, reply.conversation_id)
    await check_view(session, reply)
    if conversation.owner is not Owner.AGENT:
        ticket = await repository.open_of(session, reply.conversation_id)
        ticket = ticket or await _open_for(session, situation, reply.conversation_id, reply.agent_name)
        await _give(session, situation, ticket, reply.agent_name, _TOOK_OVER)
    conversation = await held_by(session, reply.conversation_id, reply.agent_name)
    attached = await files.described(session, conversation.id, reply.attachment_ids)
    sender = outbox.Sender(Author.AGENT, conversation.owner_counter, reply.agent_name)
    draft = Draft(reply.text, attachments=tuple(attached))
    (message,) = await outbox.send(session, conversation.id, [draft], sender, situation.now)
    await files.belong_to(session, message, reply.attachment_ids)
    ticket_now = await repository.open_of(session, conversation.id)
    if ticket_now and ticket_now.first_response_at is None:
        await repository.change(session, ticket_now.id, first_response_at=situation.now)
    detail = {"message": str(message.id)}
    await repository.audit(session, reply.agent_name, "answered", conversation.id, detail, situation.now)
    return message


async def check_view(session: AsyncSession, reply: Reply) -> None:
    """Make sure that the agent has seen all that was said.

    Raises:
        StaleView: the customer or another agent has said something since.
    """
    if reply.seen_up_to is None:
        return
    newer = await conversations.transcript(session, reply.conversation_id, reply.seen_up_to)
    missed = [message for message in newer if matters_to(message, reply.agent_name)]
    if missed:
        raise errors.StaleView(missed)


def matters_to(message: Message, agent_name: str) -> bool:
    """Tell whether an agent should have read a message before they answer: the customer's, or a colleague's."""
    by_another = message.author is Author.AGENT and message.agent_name != agent_name
    return message.author is Author.CUSTOMER or by_another


async def hand_back(
    session: AsyncSession,
    situation: Situation,
    conversation_id: UUID,
    agent_name: str,
    ending: tuple[Outcome, str],
    attachments: tuple[dict[str, str], ...] = (),
) -> Ticket | None:
    """Give the conversation back to the bot, with an outcome, a line and files; the bot starts afresh.

    Raises:
        NotTheOwner: another agent, the queue or the bot has the conversation.
    """
    outcome, line = ending
    await held_by(session, conversation_id, agent_name)
    ticket = await repository.open_of(session, conversation_id)
    moved = await ownership.move(session, conversation_id, Owner.BOT)
    if ticket:
        values = {"outcome": outcome, "note": line, "released_at": situation.now}
        await move_to(session, ticket, Stage.RELEASED, next_step_at=None, **values)
        moment = Moment(situation.now, moved.owner_counter)
        await alerts.call(session, ticket, Kind.RELEASED, moment, agent_name=agent_name)
    text = texts.handed_back(situation.rules, agent_name, ending)
    await tell(session, situation, moved, Draft(text, attachments=attachments))
    detail = {"outcome": outcome, "line": line}
    await repository.audit(session, agent_name, "handed_back", conversation_id, detail, situation.now)
    return ticket


async def held_by(session: AsyncSession, conversation_id: UUID, agent_name: str) -> Conversation:
    """Lock a conversation that an agent has.

    Raises:
        NotTheOwner: another agent, the queue or the bot has it.
    """
    conversation = await conversations.lock(session, conversation_id)
    if conversation.owner is not Owner.AGENT or conversation.agent_name != agent_name:
        holder = conversation.agent_name or f"the {conversation.owner}"
        raise errors.NotTheOwner(f"{holder} has this conversation, not {agent_name}")
    return conversation


async def tell(
    session: AsyncSession, situation: Situation, conversation: Conversation, *drafts: Draft
) -> list[Message]:
    """Say something in the desk's own name, under the present counter."""
    sender = outbox.Sender(Author.SYSTEM, conversation.owner_counter)
    return await outbox.send(session, conversation.id, drafts, sender, situation.now)


async def move_to(session: AsyncSession, ticket: Ticket, stage: Stage, **values: object) -> Ticket:
    """Move a handoff to another stage, if that may follow, or write new values to it where it is.

    Raises:
        Conflict: it may not.
    """
    if stage is not ticket.stage or stage is Stage.CLAIMED:
        check_move(ticket.stage, stage)
    return await repository.change(session, ticket.id, **{**values, "stage": stage})


def _targets(situation: Situation, priority: int) -> dict[str, object]:
    target = situation.rules.targets[priority]
    return {
        "first_response_due": situation.hours.after(situation.now, target.first_response),
        "resolution_due": situation.hours.after(situation.now, target.resolution),
    }


async def _open_for(session: AsyncSession, situation: Situation, conversation_id: UUID, agent_name: str) -> Ticket:
    """Write the handoff of a conversation that an agent takes from the bot."""
    rule = situation.rules.reasons[Reason.TAKEN_OVER]
    moved = await ownership.move(session, conversation_id, Owner.QUEUE)
    call = Call(Reason.TAKEN_OVER, f"{agent_name} took it over from the bot.")
    values = {"priority": rule.priority, "stage": Stage.REQUESTED, **_targets(situation, rule.priority)}
    language = moved.language.partition("-")[0]
    return await repository.add(session, conversation_id, call, situation.now, language=language, **values)


async def _give(session: AsyncSession, situation: Situation, ticket: Ticket, agent_name: str, act: str) -> Ticket:
    """Give an open handoff to an agent: owner, ticket, the customer's text, the agents' call, the audit."""
    values = {"agent_name": agent_name, "next_step_at": None, "contact_wanted": False}
    given = await move_to(session, ticket, Stage.CLAIMED, claimed_at=ticket.claimed_at or situation.now, **values)
    moved = await ownership.move(session, ticket.conversation_id, Owner.AGENT, agent_name)
    await tell(session, situation, moved, Draft(texts.joined(situation.rules, agent_name, ticket.agent_name)))
    kind, audience, named = Kind.CLAIMED, "", agent_name
    if ticket.agent_name and act == _TOOK_OVER:
        kind, audience = Kind.TAKEN_OVER, f"agent:{ticket.agent_name}"
    elif ticket.agent_name:
        kind, audience, named = Kind.PASSED_ON, f"agent:{agent_name}", ticket.agent_name
    await alerts.call(session, ticket, kind, Moment(situation.now, moved.owner_counter), audience, named)
    await repository.audit(session, agent_name, act, ticket.conversation_id, {"ticket": str(ticket.id)}, situation.now)
    for message in await conversations.unanswered(session, ticket.conversation_id):
        await transcript.mark_answered(session, message)
    return given


async def _back_to_queue(session: AsyncSession, conversation: Conversation, values: dict[str, object]) -> Ticket:
    ticket = await repository.open_of(session, conversation.id)
    assert ticket is not None
    queued = await move_to(session, ticket, Stage.QUEUED, agent_name=None, claimed_at=None, **values)
    await ownership.move(session, conversation.id, Owner.QUEUE)
    return queued
