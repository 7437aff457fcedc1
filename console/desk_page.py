"""The main page: my conversations and the queue on the left, the open conversation in the centre and on the right."""

import asyncio
import json
from uuid import UUID

from fastapi import Request
from nicegui import ui
from nicegui.events import GenericEventArguments

from console import conversation, inbox, notices
from console.markup import Tag
from console.shell import RECONNECT_SECONDS, Shell
from conversations.errors import ConversationNotFound


def register() -> None:
    """Put the page under its two addresses."""

    @ui.page("/", reconnect_timeout=RECONNECT_SECONDS)
    async def queue(request: Request) -> None:
        await DeskPage(request).begin(None)

    @ui.page("/c/{conversation_id}", reconnect_timeout=RECONNECT_SECONDS)
    async def one(request: Request, conversation_id: str, at: int | None = None) -> None:
        await DeskPage(request).begin(_identifier(conversation_id), at, named=True)


class DeskPage:
    """One open main page; conversations are exchanged in it without loading it again."""

    def __init__(self, request: Request) -> None:
        self._shell = Shell(request, "", here="desk")
        self._room = self._shell.room
        self._view: conversation.View | None = None
        self._opening = asyncio.Lock()
        self._wanted: UUID | None = None
        with self._shell.body:
            self._columns = Tag("div", "columns")
        with self._columns:
            with Tag("aside", "column-left", attributes={"aria-label": "Conversations"}):
                self._inbox = inbox.Inbox(self._room, self._shell.board, self._open_named, self._claimed)
            self._centre = Tag("main", "column-centre", attributes={"id": "centre"})
            self._right = Tag("aside", "column-right", attributes={"aria-label": "About this conversation"})
        self._name_keys()
        ui.on("returndesk_address", self._on_address)

    async def begin(self, conversation_id: UUID | None, at: int | None = None, *, named: bool = False) -> None:
        """Fill the page; `named` tells that the address named a conversation."""
        await self._inbox.load()
        if named and conversation_id is None:
            self._say_nothing_open("There is no such conversation", "The address names none that we know.")
        elif conversation_id is None:
            self._nothing_open()
        else:
            await self._open(conversation_id, at)

    def _name_keys(self) -> None:
        self._shell.on_key(
            claim_next=self._inbox.claim_next,
            go_queue=self._close,
            close=self._close,
            claim=lambda: self._view.claim() if self._view else None,
            focus_reply=lambda: self._view.focus_reply() if self._view else None,
            transfer=lambda: self._view.transfer() if self._view else None,
            finish=lambda: self._view.finish() if self._view else None,
            orders=lambda: self._view.show_orders() if self._view else None,
        )

    async def _open_named(self, name: str) -> None:
        found = _identifier(name)
        if found is not None and found != self._wanted:
            _show_address(f"/c/{found}")
            await self._open(found)

    async def _claimed(self, conversation_id: UUID) -> None:
        """What was just claimed is opened; when it is open already, its own watch shows the change."""
        if conversation_id != self._wanted:
            _show_address(f"/c/{conversation_id}")
            await self._open(conversation_id)
        if self._view:
            self._view.focus_reply()

    async def _open(self, conversation_id: UUID, at: int | None = None) -> None:
        """Show a conversation; of several that are asked for quickly, those in between are passed over."""
        self._wanted = conversation_id
        self._inbox.select(conversation_id)
        async with self._opening:
            if self._wanted != conversation_id:
                return
            self._clear(opened=True)
            try:
                self._view = await conversation.show(self._room, conversation_id, self._centre, self._right, at)
            except ConversationNotFound:
                self._clear(opened=False)
                self._say_nothing_open("There is no such conversation", "The address names none that we know.")

    async def _close(self) -> None:
        if self._wanted is None:
            ui.run_javascript("returndesk.toList()")
            return
        _show_address("/")
        await self._show_none()

    async def _show_none(self) -> None:
        self._wanted = None
        self._inbox.select(None)
        async with self._opening:
            if self._wanted is None:
                self._clear(opened=False)
                self._nothing_open()

    async def _on_address(self, event: GenericEventArguments) -> None:
        """Follow the browser's back and forward buttons."""
        path = str(event.args)
        found = _identifier(path.removeprefix("/c/")) if path.startswith("/c/") else None
        if found == self._wanted:
            return
        await notices.attempt(self._open(found) if found else self._show_none())

    def _clear(self, *, opened: bool) -> None:
        if self._view:
            self._view.stop()
            self._view = None
        self._centre.clear()
        self._right.clear()
        self._columns.classes(toggle="with-conversation") if self._is_marked() != opened else None

    def _is_marked(self) -> bool:
        return "with-conversation" in self._columns.classes

    def _nothing_open(self) -> None:
        self._say_nothing_open(
            "No conversation is open", "Choose one on the left to read it. Reading claims nothing.", with_keys=True
        )

    def _say_nothing_open(self, heading: str, words: str, *, with_keys: bool = False) -> None:
        with self._centre, Tag("div", "nothing"):
            Tag("h2", "", heading)
            Tag("p", "quiet", words)
            if with_keys:
                with Tag("p", "quiet nothing-keys"):
                    for key, meaning in (("n", "claim the next one"), ("j k", "move"), ("?", "all keys")):
                        Tag("kbd", "", key)
                        Tag("span", "", meaning)


def _identifier(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


def _show_address(path: str) -> None:
    ui.run_javascript(f"returndesk.address({json.dumps(path)})")
