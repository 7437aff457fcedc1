"""Handoffs are tried on real conversations, with a clock that moves and agents who come and go."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from conversations.conversation import Conversation
from conversations.message import Author, Message
from handoff import agents, alerts, repository, rules, service
from handoff.agent import Agent, Role
from handoff.alerts import Alert
from handoff.hours import Hours
from handoff.situation import Situation
from handoff.ticket import Call, Reason, Ticket
from kit import ids
from kit.settings import PROJECT_ROOT
from tests.conversations.conftest import Talk, talk

__all__ = ["talk"]

RULES = rules.read(PROJECT_ROOT / "policy" / "handoff.yml")
HOURS = Hours("Monday", "Friday", time(9), time(17), ZoneInfo("America/Los_Angeles"), "Monday to Friday, 9:00-17:00")
MONDAY_NOON = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
"""12:00 in Los Angeles."""


@dataclass
class Floor:
    """A conversation, the rules, and a moment: everything that a step of a handoff depends on."""

    talk: Talk
    now: datetime = MONDAY_NOON
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def situation(self) -> Situation:
        """The present moment."""
        return Situation(RULES, HOURS, self.now)

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    async def agent(self, name: str = "Ana", *, there: bool = True, role: Role = Role.AGENT, **more: object) -> Agent:
        """Add an agent, who is there unless told otherwise."""
        values = {"team": None, "languages": ("en",), "skills": (), "capacity": 6, **more}
        made = Agent(
            id=ids.new_id(),
            email=f"{name.lower()}@shop.example",
            name=name,
            role=role,
            available=True,
            seen_at=None,
            preferences={},
            disabled=False,
            **values,  # type: ignore[arg-type]
        )
        async with self.talk.database.transaction() as session:
            await agents.add(session, made, "not a hash", self.now)
            if there:
                await agents.mark_seen(session, made.id, self.now)
        return made

    async def is_there(self, agent: Agent) -> None:
        """Note that an agent's page is open now."""
        async with self.talk.database.transaction() as session:
            await agents.mark_seen(session, agent.id, self.now)

    async def hand_over(self, reason: Reason = Reason.ASKED_FOR, first: str = "") -> Ticket:
        """Ask for a person."""
        async with self.talk.database.transaction() as session:
            call = Call(reason, "The customer asked.")
            return await service.hand_over(session, self.situation, self.talk.id, call, first)

    async def claim(self, name: str = "Ana") -> Ticket:
        """Take the conversation from the queue."""
        async with self.talk.database.transaction() as session:
            return await service.claim(session, self.situation, self.talk.id, name)

    async def answer(self, said: str, name: str = "Ana", seen: int | None = None) -> Message:
        """Say something as an agent."""
        reply = service.Reply(self.talk.id, name, said, seen)
        async with self.talk.database.transaction() as session:
            return await service.answer(session, self.situation, reply)

    async def writes(self, said: str) -> Message:
        """Let the customer write."""
        self.talk.now = self.now
        return (await self.talk.receive(said, f"m{next(self._numbers)}")).message

    async def ticket(self) -> Ticket:
        """Read the newest handoff."""
        async with self.talk.database.transaction() as session:
            return (await repository.all_of(session, self.talk.id))[0]

    async def conversation(self) -> Conversation:
        """Read the conversation."""
        return await self.talk.get()

    async def told(self) -> list[str]:
        """Return what the desk itself has said to the customer."""
        return [message.text for message in await self.talk.transcript() if message.author is Author.SYSTEM]

    async def called(self) -> list[Alert]:
        """Return how agents were called."""
        async with self.talk.database.transaction() as session:
            return await alerts.of(session, self.talk.id)

    async def audited(self) -> list[tuple[str, str]]:
        """Return who did what."""
        async with self.talk.database.transaction() as session:
            found = await session.execute(text("SELECT actor, act FROM audit ORDER BY id"))
            return [(row[0], row[1]) for row in found]


@pytest.fixture
async def floor(talk: Talk) -> Floor:
    """A conversation with the bot, on a Monday at noon, with nobody there yet."""
    return Floor(talk)


def other_id(number: int) -> UUID:
    """An id that sorts by its number."""
    return UUID(int=number)
