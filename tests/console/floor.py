"""A shop floor to try the console on: agents, customers who wait, and a console process that serves them."""

import asyncio
import dataclasses
import functools
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID, uuid4

import psycopg
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from casework import agents, handovers
from casework.agents import NewAgent
from casework.desk import Desk
from conversations import inbox, repository, transcript
from handoff.agent import Agent, Role
from handoff.ticket import Call, Reason
from kit.clock import FixedClock
from kit.settings import PROJECT_ROOT, Settings
from returndesk import app as wiring
from tests.running import free_port, wait_for

PASSWORD = "a harbour at dusk"
_SERVE = """
import asyncio
from kit import settings
from returndesk import console
asyncio.run(console.serve(settings.load()))
"""


async def _at[Result](desk: Desk, work: "Work[Result]", ago: timedelta) -> Result:
    moved = dataclasses.replace(desk, clock=FixedClock(datetime.now(UTC) - ago)) if ago else desk
    async with desk.database.transaction() as session:
        return await work(session, moved)


type Work[Result] = Callable[[AsyncSession, Desk], Awaitable[Result]]


@dataclass
class Customer:
    """Somebody who needs a person: what they wrote, why a person is called, and how long ago."""

    words: str = "My parcel arrived broken."
    reason: Reason = Reason.ASKED_FOR
    minutes_ago: float = 1
    language: str = "en"
    channel: str = "web"
    mood: float | None = None
    is_here: bool = True
    earlier: tuple[str, ...] = ()
    claims: dict[str, object] = field(default_factory=dict)


class Floor:
    """One console process on one database. Work on the database runs in a thread, beside the browser's own loop."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = Settings(
            DATABASE_URL=database_url,
            data_dir=folder,
            secret_key=SecretStr("a key for tests, long enough to sign with it"),
            console_port=self.port,
        )
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the console and wait until it answers."""
        self.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Stop the console."""
        self.stop()

    def start(self) -> None:
        """Start the console process, again if it was stopped."""
        ours = {
            "DATABASE_URL": self.settings.database_url or "",
            "RETURNDESK_DATA_DIR": str(self._folder),
            "RETURNDESK_SECRET_KEY": self.settings.secret_key.get_secret_value(),
            "RETURNDESK_CONSOLE_PORT": str(self.port),
        }
        output = (self._folder / "console.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVE], env={**os.environ, **ours}, stdout=output, stderr=output, cwd=PROJECT_ROOT
        )
        wait_for(f"{self.url}/health")

    def stop(self) -> None:
        """Stop it as a supervisor does."""
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=20)

    @property
    def process_id(self) -> int:
        """Return the console's process id."""
        assert self._process
        return self._process.pid

    def log(self) -> str:
        """Return what the console has logged."""
        return (self._folder / "console.log").read_text()

    def run[Result](self, work: Work[Result], ago: timedelta = timedelta()) -> Result:
        """Do something in one transaction, now or as if it were some time ago."""
        return self.run_all([(work, ago)])[0]

    def run_all[Result](self, works: Sequence[tuple[Work[Result], timedelta]]) -> list[Result]:
        """Do several things, each in a transaction of its own and at its own time."""

        async def in_house() -> list[Result]:
            async with wiring.open_house(self.settings) as house:
                return [await _at(house.desk, work, ago) for work, ago in works]

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: asyncio.run(in_house())).result()

    def agent(self, name: str, role: Role = Role.AGENT, **more: object) -> Agent:
        """Add an agent; the e-mail is the first name's, the password is `PASSWORD`."""
        new = NewAgent(f"{name.split()[0].lower()}@example.com", name, PASSWORD, role, **more)  # type: ignore[arg-type]
        return self.run(lambda session, desk: agents.add(session, desk, new, "a test"))

    def wait_in_queue(self, *customers: Customer) -> list[UUID]:
        """Let customers write, and put them into the queue."""
        return self.run_all(
            [(functools.partial(self._queue, customer=one), timedelta(minutes=one.minutes_ago)) for one in customers]
        )

    async def _queue(self, session: AsyncSession, desk: Desk, customer: Customer) -> UUID:
        address = f"visitor-{uuid4()}"
        for words in (*customer.earlier, customer.words):
            accepted = await self._accept(session, desk, address, words, customer)
        opened = accepted.message.conversation_id
        if customer.claims:
            await repository.set_claims(session, opened, customer.claims)
        if customer.mood is not None:
            await transcript.set_mood(session, accepted.message, {"score": customer.mood})
        if customer.is_here:
            await repository.mark_present(session, opened, datetime.now(UTC))
        await handovers.hand_over(session, desk, opened, Call(customer.reason, "a test"))
        return opened

    async def _accept(
        self, session: AsyncSession, desk: Desk, address: str, words: str, customer: Customer
    ) -> inbox.Accepted:
        inbound = inbox.Inbound(customer.channel, address, f"m-{uuid4()}", words, language=customer.language)
        return await inbox.accept(session, inbound, desk.jobs, desk.clock.now(), timedelta(hours=24))

    def claim(self, conversation_id: UUID, agent_name: str) -> None:
        """Let an agent claim a conversation, from another place than the browser under test."""
        self.run(lambda session, desk: handovers.claim(session, desk, conversation_id, agent_name))

    def crowd(self, conversation_id: UUID, count: int) -> None:
        """Let so many more customers wait, each just like the one of a conversation."""
        copies = """
            WITH copied AS (
              INSERT INTO conversations SELECT (jsonb_populate_record(one, jsonb_build_object(
                'id', gen_random_uuid(), 'address', 'crowd-' || gen_random_uuid()))).*
              FROM conversations one, generate_series(1, %(count)s) WHERE id = %(one)s RETURNING id)
            INSERT INTO handoffs SELECT (jsonb_populate_record(ticket, jsonb_build_object(
              'id', gen_random_uuid(), 'conversation_id', copied.id))).*
            FROM handoffs ticket, copied WHERE ticket.conversation_id = %(one)s"""
        with psycopg.connect(self.settings.database_url or "") as connection:
            connection.execute(copies, {"one": conversation_id, "count": count})

    def write(self, conversation_id: UUID, words: str) -> None:
        """Let the customer of a conversation write once more."""

        async def more(session: AsyncSession, desk: Desk) -> None:
            known = await repository.get(session, conversation_id)
            await self._accept(session, desk, known.address, words, Customer(channel=known.channel))

        self.run(more)
