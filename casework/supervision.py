"""What supervisors see: who waits, who works on what, and whether customers are answered in time."""

from dataclasses import dataclass
from datetime import datetime
from statistics import mean, median
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from casework import handovers
from casework.desk import Desk
from handoff import agents, repository, surveys
from handoff.agent import Agent
from handoff.ticket import Ticket

MOST_WATCHED = 300


@dataclass(frozen=True)
class AgentLoad:
    """An agent, and what they have to do and have done today."""

    agent: Agent
    online: bool
    conversations: int
    waiting_for_answer: int
    handled_today: int
    csat: float | None


@dataclass(frozen=True)
class Clock:
    """A target and how it went: when it is due, when it was met, and whether it was missed."""

    due: datetime | None
    done_at: datetime | None
    breached: bool


@dataclass(frozen=True)
class Watched:
    """An open handoff with its two clocks."""

    ticket: Ticket
    customer: str
    channel: str
    last_words: str
    first_response: Clock
    resolution: Clock

    @property
    def breached(self) -> bool:
        """Whether one of the targets was missed."""
        return self.first_response.breached or self.resolution.breached


@dataclass(frozen=True)
class Overview:
    """The floor at a glance; "today" begins at midnight in the shop's time zone."""

    waiting: int
    oldest: datetime | None
    by_priority: dict[int, int]
    agents: tuple[AgentLoad, ...]
    watched: tuple[Watched, ...]
    breaches: int
    median_first_response_seconds: float | None
    median_resolution_seconds: float | None
    handled_today: int
    csat: float | None
    csat_answers: int


async def overview(session: AsyncSession, desk: Desk) -> Overview:
    """Return who waits, who works, and how well it goes."""
    now = desk.clock.now()
    today = now.astimezone(ZoneInfo(desk.book.shop.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    queue = await handovers.queue(session, desk, MOST_WATCHED)
    held = await handovers.held_by(session, desk, None)
    done = await repository.released_since(session, today)
    ratings = await surveys.ratings_since(session, today)
    open_lines: list[handovers.Waiting | handovers.Held] = [*queue.lines, *held]
    watched = sorted(
        [_watched(one, now) for one in open_lines],
        key=lambda one: (not one.breached, one.ticket.priority, one.ticket.requested_at),
    )
    everyone = [one for one in await agents.everyone(session) if not one.disabled]
    return Overview(
        waiting=queue.total,
        oldest=queue.oldest,
        by_priority=await repository.waiting_counts(session),
        agents=tuple(_load(agent, held, done, ratings, now) for agent in everyone),
        watched=tuple(watched),
        breaches=sum(one.breached for one in watched),
        median_first_response_seconds=_median(_answered_since(today, [*done, *(one.ticket for one in held)])),
        median_resolution_seconds=_median([(one, one.released_at) for one in done]),
        handled_today=sum(one.agent_name is not None for one in done),
        csat=mean(rating for _, rating in ratings) if ratings else None,
        csat_answers=len(ratings),
    )


def clock(due: datetime | None, done_at: datetime | None, now: datetime) -> Clock:
    """Judge a target: missed when it was met after its time, or has not been met and its time is over."""
    return Clock(due, done_at, due is not None and (done_at or now) > due)


def _watched(line: handovers.Waiting | handovers.Held, now: datetime) -> Watched:
    ticket = line.ticket
    first = clock(ticket.first_response_due, ticket.first_response_at, now)
    resolution = clock(ticket.resolution_due, ticket.released_at, now)
    return Watched(ticket, line.customer, line.channel, line.last_words, first, resolution)


def _load(
    agent: Agent,
    held: list[handovers.Held],
    done: list[Ticket],
    ratings: list[tuple[str, int]],
    now: datetime,
) -> AgentLoad:
    own = [one for one in held if one.ticket.agent_name == agent.name]
    rated = [rating for name, rating in ratings if name == agent.name]
    return AgentLoad(
        agent=agent,
        online=agent.is_online(now),
        conversations=len(own),
        waiting_for_answer=sum(one.unanswered_since is not None for one in own),
        handled_today=sum(one.agent_name == agent.name for one in done),
        csat=mean(rated) if rated else None,
    )


def _answered_since(moment: datetime, tickets: list[Ticket]) -> list[tuple[Ticket, datetime | None]]:
    """Return the first answers that were given since a moment, also where the work goes on."""
    return [
        (one, one.first_response_at) for one in tickets if one.first_response_at and one.first_response_at >= moment
    ]


def _median(reached: list[tuple[Ticket, datetime | None]]) -> float | None:
    """Return the median time from the request to a moment that was reached, of those that a person had."""
    waits = [
        moment - ticket.requested_at
        for ticket, moment in reached
        if moment is not None and ticket.agent_name is not None
    ]
    return median(wait.total_seconds() for wait in waits) if waits else None
