"""Live updates between processes, on PostgreSQL's LISTEN/NOTIFY. A notice carries an id and nothing else."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

CHANNEL = "conversation_changed"
RECONNECT_SECONDS = 1.0

log = logging.getLogger(__name__)


async def announce(session: AsyncSession, conversation_id: UUID) -> None:
    """Tell all processes, once this transaction commits, that a conversation has something new."""
    await session.execute(
        text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": str(conversation_id)}
    )


class Listener:
    """Wakes whoever waits for news of a conversation; one database connection per process."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: dict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen in the background."""
        self._task = asyncio.create_task(self._run(), name="events-listener")

    async def stop(self) -> None:
        """Stop listening."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @asynccontextmanager
    async def news_of(self, conversation_id: UUID) -> AsyncIterator[asyncio.Event]:
        """Give an event that is set whenever the conversation changes; the holder clears it before it looks."""
        event = asyncio.Event()
        self._waiting[conversation_id].add(event)
        try:
            yield event
        finally:
            self._waiting[conversation_id].discard(event)
            if not self._waiting[conversation_id]:
                del self._waiting[conversation_id]

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except psycopg.Error as error:
                log.warning("lost the connection for live updates (%s), trying again", type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self._wake_all()  # whatever was missed while not connected
            async for notice in connection.notifies():
                for event in self._waiting.get(UUID(notice.payload), ()):
                    event.set()

    def _wake_all(self) -> None:
        for events in self._waiting.values():
            for event in events:
                event.set()
