"""The desk's use cases on a fresh database, the web process on a real port, and visitors who chat."""

import asyncio
import json
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import websockets

from bot.channels.webchat import WebChat
from casework import handovers
from casework.desk import Desk
from conversations import outbox, repository, transcript
from conversations.conversation import Conversation
from conversations.message import Author, Draft, Message, State
from handoff import agents
from handoff.agent import Agent, Role
from handoff.ticket import Call, Outcome, Reason
from kit import jobs
from kit.db import Database
from kit.events import Listener
from kit.settings import Settings
from returndesk import app, web
from tests.bot import serving
from tests.running import always_open

SECRET = "a key of at least thirty-two characters"
CUSTOMER_KEY = "another key that only the shop and we know"
PATIENCE = 10.0
"""Seconds after which a test that waits for something gives up."""


BEN = Agent(
    id=uuid.UUID(int=1),
    email="ben@shop.example",
    name="Ben",
    role=Role.AGENT,
    team=None,
    languages=("en",),
    skills=(),
    capacity=6,
    available=True,
    seen_at=None,
    preferences={},
    disabled=False,
)


@dataclass
class House:
    """A desk, and short ways to do to a conversation what the worker and agents do."""

    desk: Desk

    async def conversation(self, conversation_id: UUID) -> Conversation:
        """Read a conversation."""
        async with self.desk.database.transaction() as session:
            return await repository.get(session, conversation_id)

    async def transcript(self, conversation_id: UUID) -> list[Message]:
        """Read a transcript."""
        async with self.desk.database.transaction() as session:
            return await repository.transcript(session, conversation_id)

    async def say(self, conversation_id: UUID, *drafts: Draft, author: Author = Author.BOT) -> list[Message]:
        """Say something under the present counter."""
        async with self.desk.database.transaction() as session:
            counter = (await repository.lock(session, conversation_id)).owner_counter
            sender = outbox.Sender(author, counter)
            return await outbox.send(session, conversation_id, drafts, sender, self.desk.clock.now())

    async def answer_all(self, conversation_id: UUID) -> None:
        """Note that everything has been answered, as the end of a turn does."""
        async with self.desk.database.transaction() as session:
            for message in await repository.unanswered(session, conversation_id):
                await transcript.mark_answered(session, message)

    async def hand_over(self, conversation_id: UUID) -> None:
        """Put a conversation into the queue, with somebody there who could take it."""
        async with self.desk.database.transaction() as session:
            if not await agents.everyone(session):
                await agents.add(session, BEN, "no password", self.desk.clock.now())
            await agents.mark_seen(session, BEN.id, self.desk.clock.now())
            await handovers.hand_over(
                session, self.desk, conversation_id, Call(Reason.ASKED_FOR, "The customer asked.")
            )

    async def claim(self, conversation_id: UUID, agent: str = "Ana") -> None:
        """Give a waiting conversation to an agent."""
        async with self.desk.database.transaction() as session:
            await handovers.claim(session, self.desk, conversation_id, agent)

    async def hand_back(self, conversation_id: UUID, agent: str = "Ana") -> None:
        """Give a conversation back to the bot."""
        async with self.desk.database.transaction() as session:
            ending = (Outcome.INFORMED, "")
            await handovers.hand_back(session, self.desk, conversation_id, agent, ending)

    async def jobs_waiting(self) -> list[tuple[str, str]]:
        """Return lock and message of the turns that are deferred."""
        async with self.desk.database.transaction() as session:
            connection = await session.connection()
            query = (
                "SELECT lock, args->>'message_id' AS message FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"
            )
            return [(row.lock, row.message) for row in await connection.exec_driver_sql(query)]

    async def count(self, table: str) -> int:
        """Count the rows of a table."""
        async with self.desk.database.transaction() as session:
            connection = await session.connection()
            return int((await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one())


@dataclass
class Site(House):
    """A running web process."""

    url: str
    client: httpx.AsyncClient

    async def visit(self, **session: str) -> "Visitor":
        """Open the chat in a new browser."""
        response = await self.client.post("/api/chat/v1/sessions", json=session)
        assert response.status_code == 201, response.text
        opened = response.json()
        visitor = Visitor(self, opened["session_id"], opened["token"], opened["messages"])
        async with self.desk.database.transaction() as transaction:
            found = await repository.find(transaction, "web", visitor.session_id)
        assert found is not None
        visitor.conversation_id = found.id
        return visitor


@dataclass
class Visitor:
    """A client of the web chat API with a session."""

    site: Site
    session_id: str
    token: str
    welcome: list[dict[str, Any]]
    conversation_id: UUID = field(init=False)

    @property
    def headers(self) -> dict[str, str]:
        """What proves the session."""
        return {"Authorization": f"Bearer {self.token}"}

    async def post(self, wait: int = 0, **body: Any) -> httpx.Response:
        """Send a message body, with an id of its own unless one is given."""
        body = {"client_message_id": str(uuid.uuid4()), **body}
        headers = {**self.headers, "Content-Type": "application/json"}
        return await self.site.client.post(
            "/api/chat/v1/messages", params={"wait": wait}, headers=headers, content=json.dumps(body)
        )

    async def say(self, text: str) -> dict[str, Any]:
        """Write something; returns what was accepted."""
        response = await self.post(text=text)
        assert response.status_code == 200, response.text
        return dict(response.json()["accepted"])

    async def read(self, after: int = 0, wait: int = 0) -> dict[str, Any]:
        """Read what came after a number."""
        response = await self.site.client.get(
            "/api/chat/v1/messages", params={"after": after, "wait": wait}, headers=self.headers
        )
        assert response.status_code == 200, response.text
        return dict(response.json())

    async def upload(
        self, data: bytes, name: str = "photo.png", kind: str = "image/png", **form: str
    ) -> httpx.Response:
        """Send a file, with an id of its own unless one is given."""
        form = {"client_message_id": str(uuid.uuid4()), **form}
        return await self.site.client.post(
            "/api/chat/v1/attachments", headers=self.headers, data=form, files={"file": (name, data, kind)}
        )

    @asynccontextmanager
    async def socket(self, after: int = 0) -> AsyncIterator["Socket"]:
        """Open the live channel."""
        address = f"{self.site.url.replace('http', 'ws')}/api/chat/v1/ws?token={self.token}&after={after}"
        async with websockets.connect(address) as connection:
            yield Socket(connection)


@dataclass
class Socket:
    """The client's end of a WebSocket."""

    connection: websockets.ClientConnection

    async def next(self, kind: str) -> dict[str, Any]:
        """Return the next event of a kind; others before it are passed over."""
        async with asyncio.timeout(PATIENCE):
            while True:
                event = json.loads(await self.connection.recv())
                if event["type"] == kind:
                    return dict(event)

    async def send(self, event: Any) -> None:
        """Send an event."""
        await self.connection.send(json.dumps(event))


OpenSite = Callable[..., AbstractAsyncContextManager[Site]]


@pytest.fixture
async def empty_house(database: Database, database_url: str) -> AsyncIterator[House]:
    """The desk on a fresh database, without any process."""
    async with _desk(database, database_url) as desk:
        yield House(desk)


@pytest.fixture
def open_site(database: Database, database_url: str) -> OpenSite:
    """Open a web process with settings of the test's own."""

    @asynccontextmanager
    async def open_(**settings: Any) -> AsyncIterator[Site]:
        bound = serving.listening_socket()
        url = serving.address_of(bound)
        async with AsyncExitStack() as stack:
            desk = await stack.enter_async_context(_desk(database, database_url, public_url=url, **settings))
            application = web.create(WebChat(desk, Listener(database_url)))
            await stack.enter_async_context(serving.serving(application, bound))
            client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=PATIENCE))
            yield Site(desk, url, client)

    return open_


@pytest.fixture
async def site(open_site: OpenSite) -> AsyncIterator[Site]:
    """A web process with the usual settings."""
    async with open_site() as opened:
        yield opened


@pytest.fixture
async def visitor(site: Site) -> Visitor:
    """A visitor who has just opened the chat."""
    return await site.visit()


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something has become so.

    Raises:
        TimeoutError: it has not, in `PATIENCE` seconds.
    """
    async with asyncio.timeout(PATIENCE):
        while not await done():  # noqa: ASYNC110  (what is waited for happens in the database)
            await asyncio.sleep(0.02)


def in_state(house: House, message_id: str, state: State) -> Callable[[], Awaitable[bool]]:
    """Return the question whether a message is in a state."""

    async def ask() -> bool:
        async with house.desk.database.transaction() as session:
            message = await repository.message(session, UUID(message_id))
            return message is not None and message.state is state

    return ask


@asynccontextmanager
async def _desk(database: Database, database_url: str, **settings: Any) -> AsyncIterator[Desk]:
    with tempfile.TemporaryDirectory() as folder:
        policy = always_open(Path(folder))
        given = {"secret_key": SECRET, "customer_token_key": CUSTOMER_KEY, "policy": policy, **settings}
        read = Settings(_env_file=None, DATABASE_URL=database_url, **given)
        jobs_app = jobs.create_app(database_url)
        async with jobs_app.open_async():
            yield app.build_desk(read, database, jobs_app)
