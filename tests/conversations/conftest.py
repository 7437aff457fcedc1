"""A conversation to try things on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from conversations import inbox, outbox, repository
from conversations.conversation import Conversation
from conversations.message import Author, Choice, Draft, Message
from kit import jobs
from kit.db import Database

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
IDLE = timedelta(hours=24)


@dataclass
class Talk:
    """One conversation on a real database, with the desk's own way in and out."""

    database: Database
    jobs: jobs.Jobs
    id: UUID
    now: datetime = NOW

    async def receive(self, text: str = "hello", provider_id: str = "m1", press: str | None = None) -> inbox.Accepted:
        """Let a customer's message in."""
        inbound = inbox.Inbound("web", "visitor", provider_id, text, press)
        async with self.database.transaction() as session:
            return await inbox.accept(session, inbound, self.jobs, self.now, IDLE)

    async def send(self, *drafts: Draft, counter: int = 0, author: Author = Author.BOT) -> list[Message]:
        """Let messages out."""
        async with self.database.transaction() as session:
            return await outbox.send(session, self.id, drafts, outbox.Sender(author, counter), self.now)

    async def get(self) -> Conversation:
        """Read the conversation."""
        async with self.database.transaction() as session:
            return await repository.get(session, self.id)

    async def transcript(self) -> list[Message]:
        """Read the transcript."""
        async with self.database.transaction() as session:
            return await repository.transcript(session, self.id)

    async def jobs_waiting(self) -> list[tuple[str, str]]:
        """Return lock and message of the jobs that wait."""
        async with self.database.transaction() as session:
            connection = await session.connection()
            found = await connection.exec_driver_sql(
                "SELECT lock, args->>'message_id' FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"
            )
            return [(row[0], row[1]) for row in found]


@pytest.fixture
async def talk(database: Database, database_url: str) -> AsyncIterator[Talk]:
    """A new conversation."""
    app = jobs.create_app(database_url)
    async with app.open_async():
        async with database.transaction() as session:
            opened = await inbox.open_conversation(session, "web", "visitor", "en", NOW)
        yield Talk(database, jobs.Jobs(app), opened.id)


def button(title: str, intent: str = "start_return") -> dict[str, object]:
    """A button as a draft holds it."""
    return {"title": title, "choice": Choice(intent).to_json()}
