"""Live updates between processes, on PostgreSQL's LISTEN/NOTIFY. A notice carries ids and nothing else."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import psycopg
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

CHANGED = "conversation_changed"
TYPING = "conversation_typing"
RECONNECT_SECONDS = 1.0
TYPING_SECONDS = 4.0
"""How long somebody counts as typing after the last key that was reported."""
_EVERYTHING = UUID(int=0)

log = logging.getLogger(__name__)


async def announce(session: AsyncSession, conversation_id: UUID) -> None:
    """Tell all processes, once this transaction commits, that a conversation has something new."""
    await session.execute(select(announcement(conversation_id)))


def announcement(conversation_id: UUID) -> ColumnElement[object]:
    """Return what tells all processes as `announce` does, for a statement that writes something: a trip less."""
    return func.pg_notify(CHANGED, str(conversation_id))


async def announce_typing(session: AsyncSession, conversation_id: UUID, author: str) -> None:
    """Tell all processes, once this transaction commits, that somebody (`customer`, `agent`) is typing."""
    await _notify(session, TYPING, f"{conversation_id}:{author}")


async def announce_agents(session: AsyncSession) -> None:
    """Tell all processes that agents came, went or changed; whoever watches everything is woken."""
    await _notify(session, CHANGED, str(_EVERYTHING))


async def _notify(session: AsyncSession, channel: str, payload: str) -> None:
    await session.execute(select(func.pg_notify(channel, payload)))


class Listener:
    """Wakes whoever waits for news of a conversation; one database connection per process."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: dict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._typed: dict[tuple[UUID, str], float] = {}
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

    @asynccontextmanager
    async def news_of_all(self) -> AsyncIterator[asyncio.Event]:
        """Give an event that is set whenever any conversation or agent changes (not when somebody types)."""
        async with self.news_of(_EVERYTHING) as event:
            yield event

    def is_typing(self, conversation_id: UUID, author: str) -> bool:
        """Tell whether somebody has typed in the last seconds."""
        return time.monotonic() - self._typed.get((conversation_id, author), -TYPING_SECONDS) < TYPING_SECONDS

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except psycopg.Error as error:
                log.warning("lost the connection for live updates (%s), trying again", type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            await connection.execute(f"LISTEN {CHANGED}")
            await connection.execute(f"LISTEN {TYPING}")
            self._wake_all()  # whatever was missed while not connected
            async for notice in connection.notifies():
                if notice.channel == TYPING:
                    self._note_typing(notice.payload)
                else:
                    self._wake(UUID(notice.payload), _EVERYTHING)

    def _note_typing(self, payload: str) -> None:
        identifier, _, author = payload.partition(":")
        conversation_id = UUID(identifier)
        if conversation_id in self._waiting:
            now = time.monotonic()
            self._typed = {key: at for key, at in self._typed.items() if now - at < TYPING_SECONDS}
            self._typed[conversation_id, author] = now
            self._wake(conversation_id)

    def _wake(self, *watched: UUID) -> None:
        for one in watched:
            for event in self._waiting.get(one, ()):
                event.set()

    def _wake_all(self) -> None:
        self._wake(*list(self._waiting))
