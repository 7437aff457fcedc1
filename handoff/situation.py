"""What a step of a handoff depends on beside the handoff itself: the rules, the hours, who is there, and the time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from handoff import agents, repository, wait
from handoff.agent import Agent
from handoff.hours import Hours
from handoff.rules import HandoffRules
from handoff.ticket import Ticket

_WAITS_COUNT_FOR = timedelta(hours=2)


@dataclass(frozen=True)
class Situation:
    """The moment in which a step is made."""

    rules: HandoffRules
    hours: Hours
    now: datetime

    async def who_is_there(self, session: AsyncSession) -> list[Agent]:
        """Return the agents who can take a conversation now; nobody outside business hours."""
        return await agents.online(session, self.now) if self.hours.is_open(self.now) else []

    def when_people_answer(self) -> str:
        """Say when somebody will answer who cannot be answered now."""
        if self.hours.is_open(self.now):
            return "as soon as somebody is at a desk again"
        opening = self.hours.next_opening(self.now)
        return f"first thing {self.hours.in_words(opening, self.now)}"

    async def place_of(self, session: AsyncSession, ticket: Ticket) -> wait.Place:
        """Return where a waiting handoff stands, with the expected wait where something honest can be said."""
        place = await repository.place_in_queue(session, ticket)
        if ticket.callback or ticket.contact_wanted:
            return wait.Place(place, None)
        past = await repository.past_waits(session, self.now - _WAITS_COUNT_FOR)
        ahead = await repository.oldest_live_ahead(session, ticket)
        longest = (self.now - ahead).total_seconds() if ahead else 0.0
        return wait.Place(place, wait.expected_minutes(place, past, longest))
