"""What all pages of a process show alike is read once for all of them, and never older than the question.

Fifty open pages wake at the same piece of news; without this each of them would read the same queue.
"""

import asyncio
from collections.abc import Awaitable, Callable

from casework import handovers, supervision
from casework.desk import Desk
from casework.handovers import Queue
from casework.supervision import Overview

SHOWN = 100
"""Lines of the queue that a page shows."""
LOOKED_THROUGH = 500
"""Lines that are looked through when only some are to be shown."""


class Shared[Result]:
    """A reading that several ask for at once.

    Whoever asks gets a reading that began after they had asked: while one is under way, all that come wait for the
    next one together.
    """

    def __init__(self, read: Callable[[], Awaitable[Result]]) -> None:
        self._read = read
        self._running: asyncio.Task[Result] | None = None
        self._next: asyncio.Task[Result] | None = None

    async def get(self) -> Result:
        """Return a fresh reading; one who stops waiting does not spoil it for the others."""
        if self._next is None:
            self._next = asyncio.create_task(self._read_after(self._running), name="console-shared-reading")
        return await asyncio.shield(self._next)

    async def _read_after(self, before: asyncio.Task[Result] | None) -> Result:
        if before:
            await asyncio.wait([before])
        self._running, self._next = self._next, None
        return await self._read()


class Board:
    """The readings of one console process."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.queue = Shared(lambda: self._queue(SHOWN))
        self.long_queue = Shared(lambda: self._queue(LOOKED_THROUGH))
        self.overview = Shared(self._overview)

    async def _queue(self, limit: int) -> Queue:
        async with self._desk.database.transaction() as session:
            return await handovers.queue(session, self._desk, limit)

    async def _overview(self) -> Overview:
        async with self._desk.database.transaction() as session:
            return await supervision.overview(session, self._desk)
