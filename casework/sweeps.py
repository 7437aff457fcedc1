"""What happens by itself while people wait: alarms, assignment, agents who drop off; each step is safe to race."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import apart, handovers, replies
from casework.desk import Desk
from conversations import repository as conversations
from conversations.message import Author
from handoff import agents, held, repository, routing, service, waiting
from handoff.waiting import Step
from kit import errors
from store import service as returns

_LATE = timedelta(seconds=5)
_MOST_AT_ONCE = 20
_SAYS_SOMETHING = (Step.GIVE_UP, Step.FAIL)


async def advance_waiting(desk: Desk) -> int:
    """Make the steps of waiting handoffs whose time has come; returns how many were made."""
    async with desk.database.transaction() as session:
        due = await repository.due(session, desk.clock.now())

    async def advance(conversation_id: UUID) -> bool:
        async with desk.database.transaction() as session:
            step = await waiting.advance(session, desk.situation(), conversation_id)
            if step in _SAYS_SOMETHING:
                await handovers.mail_later(session, desk, conversation_id)
        return True

    return await apart.each(due, advance, "the waiting of")


async def bring_back(desk: Desk) -> int:
    """Bring back what waited for people to be there, once somebody is; returns how many came back."""
    situation = desk.situation()
    async with desk.database.transaction() as session:
        offline = await repository.offline(session)
        if not offline or not await situation.who_is_there(session):
            return 0

    async def bring(conversation_id: UUID) -> bool:
        async with desk.database.transaction() as session:
            await waiting.people_are_here(session, situation, conversation_id)
        return True

    return await apart.each(offline, bring, "bringing back")


async def assign(desk: Desk) -> int:
    """Give waiting conversations to the least busy agents who are there, if the shop wants that; returns how many."""
    if not desk.settings.auto_assign:
        return 0
    async with desk.database.transaction() as session:
        there = await agents.online(session, desk.clock.now())
        skills = routing.skills_of(await agents.everyone(session))
        loads = await agents.loads(session)
        free = [agent for agent in there if loads.get(agent.name, 0) < agent.capacity]
        tickets = await repository.waiting_for(session, free, skills, _MOST_AT_ONCE) if free else []
    given = 0
    for ticket in tickets:
        async with desk.database.transaction() as session:
            await repository.assign_alone(session)
            chosen = routing.least_busy(there, await agents.loads(session), ticket, skills)
            if chosen and await _claim(session, desk, ticket.conversation_id, chosen.name):
                given += 1
    return given


async def give_back_from_the_gone(desk: Desk) -> int:
    """Put back into the queue whoever waits for an agent who has dropped off; returns how many."""
    gone_before = desk.clock.now() - timedelta(seconds=desk.handoff.waiting.agent_gone)
    async with desk.database.transaction() as session:
        gone = {
            one.name
            for one in await agents.everyone(session)
            if one.disabled or one.seen_at is None or one.seen_at < gone_before
        }
        tickets = [ticket for ticket in await repository.claimed(session) if ticket.agent_name in gone]
        wanted = [ticket.conversation_id for ticket in tickets]
        # The text with which the agent joined: somebody to whom it was passed a moment ago is given the same time.
        told = await conversations.newest_of_each(session, wanted, Author.SYSTEM)
        waiting_since = await conversations.customers_wait_since(session, wanted)
        left = {
            one.conversation_id: one.agent_name
            for one in tickets
            if (one.first_response_at is None or one.conversation_id in waiting_since)
            and (one.conversation_id not in told or told[one.conversation_id].created_at < gone_before)
        }

    async def give_back(conversation_id: UUID) -> bool:
        async with desk.database.transaction() as session:
            if await service.give_back(session, desk.situation(), conversation_id, left[conversation_id]):
                await handovers.mail_later(session, desk, conversation_id)
        return True

    return await apart.each(left, give_back, "giving back")


async def let_replies_leave(desk: Desk) -> int:
    """Let held replies leave whose job was lost; returns how many."""
    async with desk.database.transaction() as session:
        overdue = await held.overdue(session, desk.clock.now() - _LATE)

    async def leave(held_id: UUID) -> bool:
        async with desk.database.transaction() as session:
            await replies.leave_when_due(session, desk, held_id)
        return True

    return await apart.each(overdue, leave, "the held reply")


async def expire_labels(desk: Desk) -> int:
    """Mark the labels whose last day is over; returns how many. The notices tell the customers."""
    async with desk.database.transaction() as session:
        return len(await returns.expire_labels(session, desk.clock.now()))


async def _claim(session: AsyncSession, desk: Desk, conversation_id: UUID, agent_name: str) -> bool:
    try:
        await service.claim(session, desk.situation(), conversation_id, agent_name)
    except errors.Conflict:
        return False
    return True
