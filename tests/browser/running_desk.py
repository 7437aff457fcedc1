"""A desk without worker and brain, served from a thread of its own, and what agents and the worker do there.

Playwright's sync API holds the test's own event loop. What happens is done step by step, so that each thing the
customer sees has one cause.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from bot.channels.webchat import WebChat
from casework import agents, handovers
from casework.desk import Desk
from conversations import attachments, outbox, ownership, repository
from conversations.conversation import Owner
from conversations.message import Author, Draft, Message
from handoff.ticket import Call, Reason
from kit import events
from kit.events import Listener
from kit.settings import PROJECT_ROOT, Settings
from returndesk import app, web
from tests.bot import serving

SECRET = "a key of at least thirty-two characters"
PATIENCE = 20.0
OPEN_DAY_AND_NIGHT = PROJECT_ROOT / "policy" / "retail.yml"


@dataclass
class RunningDesk:
    """A web process, and what agents and the worker do to the newest conversation."""

    desk: Desk
    url: str
    database_url: str
    loop: asyncio.AbstractEventLoop

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on the desk's own thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read rows from the desk's database."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()

    @property
    def newest(self) -> UUID:
        """The conversation that was opened last."""
        return UUID(str(self.rows("SELECT id FROM conversations ORDER BY created_at DESC LIMIT 1")[0][0]))

    def ana_is_there(self) -> None:
        """Have an agent at a desk."""

        async def work() -> None:
            ana = agents.NewAgent("ana@returndesk.example", "Ana", "a long enough phrase")
            async with self.desk.database.transaction() as session:
                added = await agents.add(session, self.desk, ana, "a test")
                await agents.set_available(session, self.desk, added.id, True)
                await agents.here(session, self.desk, added.id)

        self.run(work())

    def hand_over(self, conversation_id: UUID) -> None:
        """Put a conversation into the queue."""

        async def work() -> None:
            async with self.desk.database.transaction() as session:
                call = Call(Reason.ASKED_FOR, "The customer asked.")
                await handovers.hand_over(session, self.desk, conversation_id, call)

        self.run(work())

    def claim(self, conversation_id: UUID, agent: str = "Ana") -> None:
        """Give a waiting conversation to an agent."""

        async def work() -> None:
            async with self.desk.database.transaction() as session:
                await handovers.claim(session, self.desk, conversation_id, agent)

        self.run(work())

    def say(self, conversation_id: UUID, *drafts: Draft, author: Author, agent: str | None = None) -> list[Message]:
        """Say something under the present counter."""

        async def work() -> list[Message]:
            async with self.desk.database.transaction() as session:
                counter = (await repository.lock(session, conversation_id)).owner_counter
                sender = outbox.Sender(author, counter, agent)
                return await outbox.send(session, conversation_id, drafts, sender, self.desk.clock.now())

        return self.run(work())

    def back_to_the_bot(self, conversation_id: UUID, text: str) -> None:
        """Give a conversation back to the bot and tell the customer so, as the end of a handoff does."""

        async def work() -> None:
            async with self.desk.database.transaction() as session:
                await ownership.move(session, conversation_id, Owner.BOT)

        self.run(work())
        self.say(conversation_id, Draft(text), author=Author.SYSTEM)

    def agent_types(self, conversation_id: UUID) -> None:
        """Touch a key on the agent's side."""

        async def work() -> None:
            async with self.desk.database.transaction() as session:
                await events.announce_typing(session, conversation_id, "agent")

        self.run(work())

    def file(self, conversation_id: UUID, name: str, data: bytes) -> dict[str, str]:
        """Store a file of the agent's; gives what its message says of it."""
        file = attachments.read(name, data)
        assert file is not None

        async def work() -> None:
            async with self.desk.database.transaction() as session:
                await attachments.keep_for(session, conversation_id, file, self.desk.clock.now())

        self.run(work())
        return file.described()


@contextmanager
def running_desk(database_url: str) -> Iterator[RunningDesk]:
    """Serve a desk for the length of a block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="desk")
    thread.start()
    stack = AsyncExitStack()
    bound = serving.listening_socket()
    url = serving.address_of(bound)
    given: dict[str, Any] = {"secret_key": SECRET, "public_url": url, "policy": OPEN_DAY_AND_NIGHT}
    settings = Settings(_env_file=None, DATABASE_URL=database_url, demo_shop=True, **given)

    async def start() -> RunningDesk:
        house = await stack.enter_async_context(app.open_house(settings))
        application = web.create(WebChat(house.desk, Listener(database_url)))
        await stack.enter_async_context(serving.serving(application, bound))
        return RunningDesk(house.desk, url, database_url, loop)

    try:
        yield asyncio.run_coroutine_threadsafe(start(), loop).result(PATIENCE)
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
