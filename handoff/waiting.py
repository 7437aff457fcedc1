"""What happens to a conversation while it waits: alarms, giving up, people coming, an address, a change of mind."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from conversations import ownership
from conversations import repository as conversations
from conversations.conversation import Conversation, Owner
from conversations.message import Draft
from handoff import alerts, contact, repository, service, texts
from handoff.alerts import Kind, Moment
from handoff.rules import Waiting
from handoff.service import OFFLINE
from handoff.situation import Situation
from handoff.ticket import Stage, Ticket

GIVEN_UP = 2
"""Value of `alarms` once agents and supervisors have been called."""


class Step(StrEnum):
    """The next thing that happens to a handoff when its time has come."""

    ALARM_AGAIN = "alarm_again"
    TELL_SUPERVISORS = "tell_supervisors"
    GIVE_UP = "give_up"
    COME_BACK = "come_back"
    FAIL = "fail"
    NOTHING = "nothing"


def step_of(ticket: Ticket) -> Step:
    """Return what comes next for a waiting handoff: the ladder from alarm to alarm, and its end."""
    if not ticket.waits:
        return Step.NOTHING
    if ticket.contact_wanted:
        return Step.FAIL
    last = Step.COME_BACK if ticket.callback else Step.GIVE_UP
    ladder = {0: Step.ALARM_AGAIN, 1: Step.TELL_SUPERVISORS, GIVEN_UP: last}
    return ladder.get(ticket.alarms, Step.NOTHING)


def next_time(step: Step, now: datetime, rules: Waiting) -> datetime | None:
    """Return when the ladder goes on after a step, by the distances between the rules' times."""
    if step is Step.ALARM_AGAIN:
        return now + timedelta(seconds=rules.tell_supervisors - rules.alarm_again)
    if step is Step.TELL_SUPERVISORS:
        return now + timedelta(seconds=rules.give_up - rules.tell_supervisors)
    return None


async def advance(session: AsyncSession, situation: Situation, conversation_id: UUID) -> Step:
    """Make the step of a waiting handoff whose time has come; safe to repeat and to race."""
    conversation = await conversations.lock(session, conversation_id)
    ticket = await repository.open_of(session, conversation_id)
    if ticket is None or ticket.next_step_at is None or ticket.next_step_at > situation.now:
        return Step.NOTHING
    step = step_of(ticket)
    if step is Step.GIVE_UP:
        await _give_up(session, situation, conversation, ticket)
    elif step is Step.COME_BACK:
        await _come_back(session, situation, conversation, ticket)
    elif step is Step.FAIL:
        await _fail(session, situation, conversation, ticket)
    else:
        await _alarm(session, situation, conversation, ticket, step)
    return step


async def people_are_here(session: AsyncSession, situation: Situation, conversation_id: UUID) -> bool:
    """Bring a handoff back that waited for people to be there; False when it does not (any more)."""
    conversation = await conversations.lock(session, conversation_id)
    ticket = await repository.open_of(session, conversation_id)
    if ticket is None or not ticket.waits or ticket.alarms != OFFLINE:
        return False
    if ticket.callback:
        await _come_back(session, situation, conversation, ticket)
        return True
    place = await situation.place_of(session, replace(ticket, contact_wanted=False))
    await service.move_to(session, ticket, Stage.QUEUED, **service.live(situation), place_at_start=place.place)
    text = texts.people_are_here(situation.rules, place)
    await service.tell(session, situation, conversation, Draft(text, buttons=(service.BACK,)))
    await alerts.call(session, ticket, Kind.OPENED, Moment(situation.now, conversation.owner_counter))
    return True


async def note_contact(
    session: AsyncSession, situation: Situation, conversation: Conversation, found: dict[str, str]
) -> None:
    """Keep an address that the customer gave; a handoff that asked for it is now on the list, and they are told so."""
    # An address that stands on the order is never shown in full, so it does not stay beside one that the customer said.
    said = conversation.contact if conversation.contact.get("from") == contact.SAID else {}
    await conversations.set_contact(session, conversation.id, {**said, **found})
    ticket = await repository.open_of(session, conversation.id)
    if ticket is None or not ticket.waits or not (ticket.contact_wanted or ticket.callback):
        return
    values = {"contact_wanted": False, "callback": True, "alarms": OFFLINE, "next_step_at": None}
    await service.move_to(session, ticket, Stage.QUEUED, **values)
    text = texts.callback(situation, contact.shown(found))
    if meant := contact.maybe_meant(found):
        text = f"{text} {texts.maybe_meant(situation.rules, meant)}"
    await service.tell(session, situation, conversation, Draft(text, buttons=(service.BACK,)))
    await alerts.call(session, ticket, Kind.CONTACT, Moment(situation.now, conversation.owner_counter))


async def withdraw(session: AsyncSession, situation: Situation, conversation_id: UUID) -> None:
    """Give a waiting conversation back to the bot because the customer wants it so; the bot starts afresh."""
    await conversations.lock(session, conversation_id)
    ticket = await repository.open_of(session, conversation_id)
    if ticket is None or not ticket.waits:
        return
    note = "The customer went back to the assistant."
    await service.move_to(session, ticket, Stage.RELEASED, next_step_at=None, released_at=situation.now, note=note)
    moved = await ownership.move(session, conversation_id, Owner.BOT)
    await service.tell(session, situation, moved, Draft(situation.rules.texts.back_to_bot))
    await alerts.call(session, ticket, Kind.WITHDRAWN, Moment(situation.now, moved.owner_counter))


async def _alarm(
    session: AsyncSession, situation: Situation, conversation: Conversation, ticket: Ticket, step: Step
) -> None:
    when = next_time(step, situation.now, situation.rules.waiting)
    if step is Step.TELL_SUPERVISORS and ticket.callback:
        when = situation.hours.opens_again(situation.now)
    await repository.change(session, ticket.id, alarms=ticket.alarms + 1, next_step_at=when)
    moment = Moment(situation.now, conversation.owner_counter)
    if step is Step.ALARM_AGAIN:
        await alerts.call(session, ticket, Kind.UNCLAIMED, moment)
    elif step is Step.TELL_SUPERVISORS:
        await alerts.call(session, ticket, Kind.ESCALATED, moment, alerts.SUPERVISORS)


async def _give_up(session: AsyncSession, situation: Situation, conversation: Conversation, ticket: Ticket) -> None:
    """Nobody came in time: say so, and either where they answer or that an address is needed."""
    address = contact.shown(conversation.contact)
    values = {**service.without_address(situation), "alarms": GIVEN_UP}
    if address:
        again = situation.hours.opens_again(situation.now)
        values = {**values, "contact_wanted": False, "callback": True, "next_step_at": again}
    await service.move_to(session, ticket, Stage.TIMED_OUT, **values)
    expects = None if address else service.ASKS_CONTACT
    text = texts.not_claimed(situation, address)
    await service.tell(session, situation, conversation, Draft(text, buttons=(service.BACK,), expects=expects))
    await alerts.call(session, ticket, Kind.TIMED_OUT, Moment(situation.now, conversation.owner_counter))


async def _come_back(session: AsyncSession, situation: Situation, conversation: Conversation, ticket: Ticket) -> None:
    """People are there again: whoever left an address comes back first thing, and the alarms begin anew."""
    first = situation.now + timedelta(seconds=situation.rules.waiting.alarm_again)
    await service.move_to(session, ticket, Stage.QUEUED, alarms=0, next_step_at=first)
    await alerts.call(session, ticket, Kind.OPENED, Moment(situation.now, conversation.owner_counter))


async def _fail(session: AsyncSession, situation: Situation, conversation: Conversation, ticket: Ticket) -> None:
    """Nobody came and there is no address: the bot takes the conversation back, and says so."""
    await service.move_to(session, ticket, Stage.FAILED, next_step_at=None, released_at=situation.now)
    moved = await ownership.move(session, conversation.id, Owner.BOT)
    await service.tell(session, situation, moved, Draft(situation.rules.texts.failed))
    moment = Moment(situation.now, moved.owner_counter)
    await alerts.call(session, ticket, Kind.FAILED, moment, alerts.SUPERVISORS)
