"""Refreshes that run when there is news, for as long as a page lives.

NOTIFY is a hint and may be lost while a connection is renewed, so each watch also looks by itself every few seconds.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from uuid import UUID

from nicegui import background_tasks, ui

from console.room import Room

PAUSE_SECONDS = 0.1
"""Between two refreshes of one watch: a burst of news costs one refresh at once and one at its end."""
CATCH_UP_SECONDS = 5.0
"""After so long without news a watch looks anyway."""

log = logging.getLogger(__name__)

type Refresh = Callable[[], Awaitable[None]]


class Watch:
    """A refresh that runs at once, on news and every few seconds, until it is stopped or its page is gone."""

    def __init__(self, news: AbstractAsyncContextManager[asyncio.Event], refresh: Refresh, pause: float) -> None:
        self._news = news
        self._refresh = refresh
        self._pause = pause
        self._event: asyncio.Event | None = None
        self._client = ui.context.client
        self._task = background_tasks.create(self._run(), name="console-watch", context=self._client)

    def stop(self) -> None:
        """End the watch; safe to repeat."""
        self._task.cancel()

    def now(self) -> None:
        """Refresh without waiting for news, after an act of the agent's own; the usual pause is kept."""
        if self._event:
            self._event.set()

    async def _run(self) -> None:
        async with self._news as event:
            self._event = event
            # Not `client.on_delete`: that would keep each watch, and all that it shows, as long as the page lives.
            while not self._client.is_deleted:
                event.clear()
                await self._look()
                await asyncio.sleep(self._pause)
                with suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), CATCH_UP_SECONDS)

    async def _look(self) -> None:
        try:
            await self._refresh()
        except Exception:  # the database may be away for a moment; the next look tries again
            log.exception("a page could not be refreshed")


def on_news_of(room: Room, conversation_id: UUID, refresh: Refresh, pause: float = PAUSE_SECONDS) -> Watch:
    """Refresh now and whenever a conversation changes or somebody types in it; call it while a page is built.

    The refresh runs with the page's client as context, and never twice at once.
    """
    return Watch(room.listener.news_of(conversation_id), refresh, pause)


def on_any_news(room: Room, refresh: Refresh, pause: float = PAUSE_SECONDS) -> Watch:
    """Refresh now and whenever any conversation or agent changes; call it while a page is built."""
    return Watch(room.listener.news_of_all(), refresh, pause)
