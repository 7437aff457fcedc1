"""What is around every page: top bar, keys, alerts, theme, and the sign that the agent is here."""

import asyncio
import inspect
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request
from nicegui import background_tasks, ui
from nicegui.events import GenericEventArguments

from casework import agents
from console import alarm, assets, guard, keys, notices
from console.markup import Tag, button, icon
from console.room import Room
from handoff.agent import Agent

HERE_SECONDS = 10.0
"""How often an open page says that its agent is here, and asks whether the session still holds."""
RECONNECT_SECONDS = 120.0
"""How long a page waits for a browser that has lost its connection, before everything is built anew."""
THEMES = ("auto", "light", "dark")
PREFERENCES = frozenset({"theme", "sound", "notices"})
"""What the browser may ask to be kept."""

log = logging.getLogger(__name__)

type Act = Callable[[], Awaitable[None] | None]


class Shell:
    """The frame of a page that is being built; what belongs into the page goes into `body`."""

    def __init__(self, request: Request, title: str, here: str = "") -> None:
        self.room = guard.room_of(request)
        self.board = guard.board_of(request)
        self._token = guard.token_of(request.scope)
        self._acts: dict[str, Act] = {"availability": self._switch}
        self._available = self.room.agent.available
        ui.page_title(f"{title} · returndesk" if title else "returndesk")
        ui.add_head_html(assets.head("tokens.css", "shell.css", "desk.css", "shell.js", "desk.js"))
        ui.add_head_html(_page_facts(self.room.agent))
        with Tag("div", "frame"):
            with Tag("header", "bar"):
                self._bar(here)
            self.body = Tag("div", "body")
        _key_sheet()
        self.bell = alarm.Bell(self.room)
        ui.on("returndesk_key", self._on_key)
        ui.on("returndesk_preference", self._on_preference)
        self._client = ui.context.client
        background_tasks.create(self._stay(), name="console-here", context=self._client)

    def on_key(self, **acts: Act) -> None:
        """Name what keys do on this page; the names are those of `console.keys`."""
        self._acts |= acts

    def _bar(self, here: str) -> None:
        agent = self.room.agent
        with Tag("a", "bar-mark", attributes={"href": "/", "aria-label": "returndesk, to the queue"}):
            Tag("img", attributes={"src": assets.address("mark.svg"), "alt": "", "width": "22", "height": "22"})
            Tag("span", "bar-name", "returndesk")
        with Tag("nav", "bar-pages", attributes={"aria-label": "Pages"}):
            _page_link("Desk", "/", here == "desk")
            if agent.may_supervise:
                _page_link("Supervisor", "/supervisor", here == "supervisor")
        _search_field()
        self._availability = button("availability")
        self._availability.on("click", self._switch)
        with self._availability:
            Tag("span", "availability-dot", attributes={"aria-hidden": "true"})
            self._availability_word = Tag("span")
        self._show_availability()
        _bar_button("bar-sound", "sound-on", "Sound and desktop notices")
        _bar_button("bar-theme", "theme", "Theme: automatic, light or dark")
        _bar_button("bar-keys", "keyboard", "All keys (?)")
        with Tag("form", "bar-me", attributes={"method": "post", "action": "/sign-out"}):
            Tag("span", "bar-agent", agent.name, {"title": f"{agent.name}, {agent.email}"})
            Tag("button", "quiet-button", "Sign out", {"type": "submit"})

    def _show_availability(self) -> None:
        word = "Available" if self._available else "Away"
        self._availability_word.text = word
        advice = "New conversations can come to you." if self._available else "No new conversations come to you."
        state = str(self._available).lower()
        self._availability.attributes(
            {"role": "switch", "aria-checked": state, "title": f"{advice} Press to change (g a)."}
        )

    async def _switch(self) -> None:
        wanted = not self._available

        async def change() -> None:
            async with self.room.desk.database.transaction() as session:
                await agents.set_available(session, self.room.desk, self.room.agent.id, wanted)
            self._available = wanted
            self._show_availability()

        await notices.attempt(change())

    async def _on_key(self, event: GenericEventArguments) -> None:
        act = self._acts.get(str(event.args))
        if act is None:
            return
        done = act()
        if inspect.isawaitable(done):
            await notices.attempt(done)

    async def _on_preference(self, event: GenericEventArguments) -> None:
        wanted = event.args if isinstance(event.args, dict) else {}
        kept = {name: value for name, value in wanted.items() if name in PREFERENCES and _is_preference(name, value)}

        async def change() -> None:
            async with self.room.desk.database.transaction() as session:
                await agents.set_preferences(session, self.room.desk, self.room.agent.id, kept)

        if kept:
            await notices.attempt(change())

    async def _stay(self) -> None:
        """Say every few seconds that the agent is here; leave the page when the session has ended."""
        while not self._client.is_deleted:
            if self._client.has_socket_connection:
                try:
                    await self._sign_of_life()
                except Exception:  # the database may be away for a moment; the next beat tries again
                    log.exception("an agent's sign of life could not be kept")
            await asyncio.sleep(HERE_SECONDS if self._client.has_socket_connection else 1)

    async def _sign_of_life(self) -> None:
        desk = self.room.desk
        async with desk.database.transaction() as session:
            agent = await agents.agent_of(session, desk, self._token)
            if agent is not None:
                await agents.here(session, desk, agent.id)
        if agent is None or agent.role is not self.room.agent.role:
            ui.run_javascript("returndesk.leave()")
        elif agent.available != self._available:
            self._available = agent.available
            self._show_availability()


def _page_facts(agent: Agent) -> str:
    """Give the browser what it needs before the first picture: the theme, the keys, and what to sound."""
    theme = agent.preferences.get("theme")
    facts: dict[str, Any] = {
        "agent": str(agent.id),
        "theme": theme if theme in THEMES else "auto",
        "sound": agent.preferences.get("sound", True) is not False,
        "notices": agent.preferences.get("notices", False) is True,
        "keys": keys.for_browser(),
    }
    written = json.dumps(facts).replace("<", "\\u003c")
    at_once = "document.documentElement.dataset.theme = returndeskFacts.theme"
    return f"<script>window.returndeskFacts = {written}; {at_once}</script>"


def _is_preference(name: str, value: object) -> bool:
    return value in THEMES if name == "theme" else isinstance(value, bool)


def _page_link(title: str, address: str, is_here: bool) -> None:
    Tag("a", "bar-page", title, {"href": address, "aria-current": "page" if is_here else None})


def _bar_button(classes: str, picture: str, label: str) -> None:
    with button(f"icon-button {classes}", label=label):
        icon(picture)


def _search_field() -> None:
    with Tag("form", "bar-search", attributes={"action": "/search", "role": "search"}):
        icon("search")
        Tag(
            "input",
            attributes={
                "name": "q",
                "type": "search",
                "placeholder": "Search all conversations, orders, RMAs",
                "aria-label": "Search all conversations",
                "autocomplete": "off",
            },
        )
        Tag("kbd", "", "Ctrl K", {"aria-hidden": "true"})


def _key_sheet() -> None:
    with Tag("dialog", "sheet", attributes={"id": "keys", "aria-labelledby": "keys-title"}):
        with Tag("div", "sheet-head"):
            Tag("h2", "", "Keys", {"id": "keys-title"})
            with button("icon-button sheet-close", label="Close"):
                icon("close")
        with Tag("div", "sheet-groups"):
            for group, members in keys.by_group().items():
                with Tag("section"):
                    Tag("h3", "", group)
                    with Tag("dl"):
                        for key in members:
                            _key_line(key)
        Tag("p", "quiet", "Arrow keys move through lists as well. Keys are off while you write in a field.")


def _key_line(key: keys.Key) -> None:
    with Tag("div", "key-line"):
        Tag("dt", "", key.says)
        with Tag("dd"):
            for part in key.keys.replace("+", " ").split(" "):
                Tag("kbd", "", part)


__all__ = ["RECONNECT_SECONDS", "Room", "Shell"]
