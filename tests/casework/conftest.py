"""A customer who has closed the chat, and a mail server that takes what is written to them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from casework import mails
from casework.desk import Desk
from conversations import inbox, outbox, transcript
from conversations import mails as stored
from conversations import repository as conversations
from conversations.mails import MailState, StoredMail
from conversations.message import Author, Draft, Message, State
from gateways import mail as gateway
from gateways.carrier import HouseCarrier
from handoff import rules as handoff_rules
from kit import jobs
from kit.clock import FixedClock
from kit.db import Database
from kit.settings import Settings
from store import policy_file, repository, seed
from store.identity import Claim
from tests import smtp_server
from tests.smtp_server import MailServer

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
CONTACT = "maya.at.work@example.org"
ORDER = "H204518"
OWN_ADDRESS = "maya.torres@example.com"


@dataclass
class Absent:
    """A conversation whose customer has closed the chat, and a mail server."""

    desk: Desk
    server: MailServer
    clock: FixedClock
    id: UUID

    async def contact(self, address: str = CONTACT) -> None:
        """Leave an e-mail address."""
        async with self.desk.database.transaction() as session:
            await conversations.set_contact(session, self.id, {"email": address})

    async def prove(self, level: Any = "write") -> None:
        """Prove to be the customer of the demo shop's order."""
        async with self.desk.database.transaction() as session:
            order = await repository.find_order(session, ORDER)
            assert order is not None
            claim = Claim(level, order.customer.id, (order.id,))
            await conversations.set_claims(session, self.id, {"proved": [claim.to_json()], "wrong": 0})

    async def write(self, text: str) -> None:
        """Say something as the customer."""
        async with self.desk.database.transaction() as session:
            inbound = inbox.Inbound("web", "visitor", f"m{text}", text)
            await inbox.accept(session, inbound, self.desk.jobs, self.desk.clock.now(), timedelta(hours=24))

    async def say(self, text: str, author: Author = Author.AGENT, files: tuple[dict[str, str], ...] = ()) -> Message:
        """Say something to the customer, as the desk's answers do."""
        async with self.desk.database.transaction() as session:
            conversation = await conversations.lock(session, self.id)
            agent_name = "Ana" if author is Author.AGENT else None
            sender = outbox.Sender(author, conversation.owner_counter, agent_name)
            draft = Draft(text, attachments=files)
            (message,) = await outbox.send(session, self.id, [draft], sender, self.desk.clock.now())
            await mails.on_message(session, self.desk, message)
        return message

    async def fetch(self) -> None:
        """Come back to the chat, which fetches everything."""
        async with self.desk.database.transaction() as session:
            newest = (await conversations.transcript(session, self.id))[-1].seq
            await transcript.mark_shown(session, self.id, newest, State.SENT)

    async def rows(self) -> list[StoredMail]:
        """Read the e-mails of the conversation."""
        async with self.desk.database.transaction() as session:
            return await stored.of_conversation(session, self.id)

    async def jobs(self, task: str) -> list[dict[str, Any]]:
        """Return the jobs of a kind that wait, with lock, arguments and moment."""
        async with self.desk.database.transaction() as session:
            connection = await session.connection()
            found = await connection.exec_driver_sql(
                "SELECT lock, args, scheduled_at FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", (task,)
            )
            return [dict(row._mapping) for row in found]

    async def deliver_all(self) -> list[MailState | None]:
        """Run the jobs that send e-mails."""
        return [
            await mails.deliver(self.desk, UUID(job["args"]["mail_id"])) for job in await self.jobs(mails.MAIL_TASK)
        ]

    async def send_unseen(self) -> None:
        """Run the job that looks for what was not fetched, and what follows from it; a minute later it is over."""
        await mails.send_unseen(self.desk, self.id)
        await self.deliver_all()
        self.clock.moment += timedelta(minutes=1)


@pytest.fixture
async def absent(database: Database, database_url: str) -> AsyncIterator[Absent]:
    """A visitor who has said something and closed the chat, and a mail server."""
    settings = Settings(
        _env_file=None,
        DATABASE_URL=database_url,
        secret_key="a key of at least thirty-two characters",
        public_url="https://desk.shop.example",
    )
    jobs_app = jobs.create_app(database_url)
    clock = FixedClock(NOW)
    async with jobs_app.open_async(), smtp_server.running() as server:
        smtp = gateway.SmtpMail(gateway.Server("127.0.0.1", server.port, "returns@shop.example", "none"), clock)
        desk = Desk(
            database=database,
            jobs=jobs.Jobs(jobs_app),
            clock=clock,
            settings=settings,
            book=policy_file.read(settings.policy),
            carrier=HouseCarrier(),
            handoff=handoff_rules.read(settings.handoff),
            mail=smtp,
        )
        async with database.transaction() as session:
            opened = await inbox.open_conversation(session, "web", "visitor", "en", NOW)
            sender = outbox.Sender(Author.BOT, 0)
            await outbox.send(session, opened.id, [Draft("Hello! How can I help?")], sender, NOW)
        visitor = Absent(desk, server, clock, opened.id)
        await visitor.write("my mug is broken")
        yield visitor


@pytest.fixture
async def shopper(absent: Absent) -> Absent:
    """The same, where the demo shop has orders."""
    async with absent.desk.database.transaction() as session:
        await seed.demo_shop(session, absent.desk.book, NOW)
    return absent
