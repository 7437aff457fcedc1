"""The reply box: replies that can be undone for some seconds, notes, canned replies, suggested answers and files.

The box (`static/reply_box.js`) keeps what is being written in the browser until it is told here that the desk has it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from nicegui import events as page_events
from nicegui import ui
from nicegui.element import Element

from casework import agents, canned, notes, replies
from casework.canned import CannedReplies
from console import notices, words
from console.moments import Wall
from console.room import Room
from conversations import attachments
from conversations.conversation import Conversation, Owner
from conversations.message import Author, Message
from handoff.agent import Agent
from handoff.errors import StaleView
from handoff.held import HeldReply, HeldState
from handoff.service import Reply
from kit import errors, events

ENTER_SENDS = "enter_sends"
"""Name of the preference: Enter sends, and Shift+Enter begins a line."""
_LONGEST_QUESTION = 70
_TAKE_OVER = "take_over"
_CLAIM = "claim"


type Missing = tuple[HeldReply, Sequence[Message]]
"""A reply that has not left, and what its writer had not seen."""


@dataclass(frozen=True)
class Right:
    """Whether this agent may answer, and if not: why, and what they may do about it (`claim`, `take_over`, nothing)."""

    open: bool
    reason: str = ""
    act: str = ""
    title: str = ""


def right_of(agent: Agent, conversation: Conversation, *, waits: bool) -> Right:
    """Tell who may answer in a conversation: the agent who has it, and nobody else."""
    if conversation.owner is Owner.AGENT:
        if conversation.agent_name == agent.name:
            return Right(open=True)
        holder = f"{conversation.agent_name} has this conversation."
        if agent.may_supervise:
            return Right(False, holder, _TAKE_OVER, "Take over")
        return Right(False, f"{holder} You can read along and leave a note.")
    if conversation.owner is Owner.QUEUE and waits:
        return Right(False, "This customer waits for a person.", _CLAIM, "Claim")
    return Right(False, "The assistant has this conversation.", _TAKE_OVER, "Take over")


def suggestions_of(newest: Message | None) -> list[dict[str, str]]:
    """Return the answers from the shop's FAQ that fit the customer's newest message, best first."""
    found = (newest.mood or {}).get("answers") or [] if newest else []
    return [
        {"question": _shortened(str(one.get("question") or "")), "answer": str(one["answer"])}
        for one in found
        if one.get("answer")
    ]


def missed_rows(missed: Sequence[Message], customer: str, wall: Wall) -> list[dict[str, str]]:
    """Return what a writer had not seen, as the box shows it."""
    return [
        {
            "time": wall.time(message.created_at),
            "name": customer if message.author is Author.CUSTOMER else message.agent_name or "Assistant",
            "text": message.text or ("a file" if message.content.get("attachments") else ""),
        }
        for message in missed
    ]


@dataclass(frozen=True)
class Held:
    """Replies that have not left, as the box shows them, and up to which number it warns of messages not seen."""

    rows: list[dict[str, Any]]
    warned_up_to: int = 0


def held_of(held: Sequence[Missing], seconds: float, customer: str, wall: Wall) -> Held:
    """Return what waits to leave; `seconds` is how long a reply is held."""
    shown = [
        {
            "id": str(one.id),
            "text": one.text,
            "state": one.state.value,
            "of": int(seconds * 1000),
            "left": max(0, int((one.due_at - wall.now).total_seconds() * 1000)),
            "missed": missed_rows(missed, customer, wall) if one.state is HeldState.STALE else [],
        }
        for one, missed in held
    ]
    return Held(shown, max((message.seq for _, missed in held for message in missed), default=0))


@cache
def _canned_replies(path: Path) -> CannedReplies:
    """Read the file once; it was checked at the start."""
    return canned.read(path)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_QUESTION else f"{text[: _LONGEST_QUESTION - 1].rstrip()}…"


class ReplyBox(Element, component="static/reply_box.js"):
    """The box as an element of a page, for one agent and one conversation.

    `seen_up_to` is the highest number that this page has shown to the agent; the conversation's view keeps it.
    """

    def __init__(
        self,
        room: Room,
        conversation_id: UUID,
        changed: Callable[[], None],
        acts: Mapping[str, Callable[[], Awaitable[None]]],
        *,
        enter_sends: bool = False,
    ) -> None:
        super().__init__()
        self._room = room
        self._conversation_id = conversation_id
        self._changed = changed
        self._acts = acts
        self._canned = _canned_replies(room.desk.settings.canned_replies)
        self.seen_up_to = 0
        self._warned_up_to = 0
        self.customer = words.UNKNOWN_CUSTOMER
        self._props.update(self._first_props(enter_sends=enter_sends))
        self._listen()

    def show(self, right: Right, suggestions: list[dict[str, str]], held: Held) -> None:
        """Bring the box up to date; what is being written in it stays."""
        self._warned_up_to = max(self._warned_up_to, held.warned_up_to)
        wanted = {
            "open": right.open,
            "reason": right.reason,
            "act": right.act,
            "actTitle": right.title,
            "suggestions": suggestions,
            "held": held.rows,
        }
        if any(_without_time(self._props.get(name)) != _without_time(value) for name, value in wanted.items()):
            self._props.update(wanted)
            self.update()

    def give_back(self, refused: HeldReply) -> None:
        """Put a reply back that did not leave because the conversation is another agent's by now."""
        self.run_method("restore", refused.text, [])
        self.run_method("refused", f"This reply did not leave; it is kept here as a draft: “{refused.text}”")

    def focus(self) -> None:
        """Put the cursor into the box."""
        self.run_method("focus")

    def _first_props(self, *, enter_sends: bool) -> dict[str, Any]:
        with ui.upload(multiple=True, on_upload=self._attach, max_file_size=attachments.LARGEST_BYTES) as upload:
            upload.classes("rd-hidden").props("aria-hidden=true tabindex=-1")
        agent = self._room.agent
        return {
            "place": f"{agent.id}.{self._conversation_id}",
            "open": False,
            "reason": "",
            "act": "",
            "actTitle": "",
            "canned": [{"name": one.name, "title": one.title, "text": one.text} for one in self._canned.replies],
            "suggestions": [],
            "held": [],
            "enterSends": enter_sends,
            "uploadUrl": upload.props["url"],
        }

    def _listen(self) -> None:
        self.on("reply", lambda event: self._reply(event.args))
        self.on("note", lambda event: self._note(str(event.args)))
        self.on("undo", lambda event: self._undo(UUID(str(event.args))))
        self.on("now", lambda event: self._send_now(UUID(str(event.args))))
        self.on("typing", self._typing)
        self.on("fill", lambda event: self._fill(str(event.args)))
        self.on("narrow", lambda event: self._narrow(str(event.args)))
        self.on("enter", lambda event: self._enter_sends(enter=bool(event.args)))
        self.on("act", lambda event: self._act(str(event.args)))

    # -- what the agent does

    async def _reply(self, written: dict[str, Any]) -> None:
        """Hold a reply; `anyway` means that the agent has been shown what came in meanwhile."""
        try:
            if written.get("anyway"):
                self.seen_up_to = max(self.seen_up_to, self._warned_up_to)
            async with self._room.desk.database.transaction() as session:
                files = tuple(UUID(str(one)) for one in written.get("files") or ())
                reply = Reply(
                    self._conversation_id, self._room.agent.name, str(written["text"]), self.seen_up_to, files
                )
                await replies.hold(session, self._room.desk, reply)
        except StaleView as stale:
            self._warned_up_to = max(message.seq for message in stale.missed)
            self.run_method("stale", missed_rows(stale.missed, self.customer, self._wall()))
        except errors.HouseError as error:
            self.run_method("refused", words.trouble(error))
        except Exception:
            self.run_method("refused", notices.TROUBLE)
            raise
        else:
            self.run_method("accepted")
        self._changed()

    async def _note(self, text: str) -> None:
        try:
            async with self._room.desk.database.transaction() as session:
                await notes.add(session, self._room.desk, self._conversation_id, self._room.agent.name, text)
        except errors.HouseError as error:
            self.run_method("refused", words.trouble(error))
        else:
            self.run_method("accepted")
        self._changed()

    async def _undo(self, held_id: UUID) -> None:
        undone = await notices.attempt(self._undone(held_id))
        if undone:
            self.run_method("restore", *undone)
        self._changed()

    async def _undone(self, held_id: UUID) -> tuple[str, list[dict[str, str]]]:
        """Take a reply back; returns its text and its files as the box holds them."""
        async with self._room.desk.database.transaction() as session:
            undone = await replies.undo(session, self._room.desk, held_id, self._room.agent.name)
            files = [await attachments.find(session, one) for one in undone.attachment_ids]
        kept = [{"id": str(one.id), "name": one.name, "preview": "", "problem": ""} for one in files if one]
        return undone.text, kept

    async def _send_now(self, held_id: UUID) -> None:
        await notices.attempt(self._sent_now(held_id))
        self._changed()

    async def _sent_now(self, held_id: UUID) -> None:
        seen = max(self.seen_up_to, self._warned_up_to)
        async with self._room.desk.database.transaction() as session:
            await replies.send_now(session, self._room.desk, held_id, self._room.agent.name, seen)

    async def _typing(self) -> None:
        async with self._room.desk.database.transaction() as session:
            await events.announce_typing(session, self._conversation_id, "agent")

    async def _fill(self, name: str) -> None:
        reply = next((one for one in self._canned.replies if one.name == name), None)
        if reply is None:
            return
        desk, agent = self._room.desk, self._room.agent
        async with desk.database.transaction() as session:
            filled = await canned.fill(session, desk, reply, self._conversation_id, agent.name)
        self.run_method("put", filled.text, list(filled.gaps))

    def _narrow(self, typed: str) -> None:
        """Name the canned replies that are like what was typed, slips of the finger included."""
        fitting = canned.matching(self._canned, typed)
        self.run_method("resembling", typed, [one.name for one in fitting])

    async def _enter_sends(self, *, enter: bool) -> None:
        desk, agent = self._room.desk, self._room.agent
        async with desk.database.transaction() as session:
            await agents.set_preferences(session, desk, agent.id, {ENTER_SENDS: enter})
        self._props["enterSends"] = enter
        self.update()

    async def _act(self, name: str) -> None:
        if name in self._acts:
            await self._acts[name]()

    async def _attach(self, event: page_events.UploadEventArguments) -> None:
        data = await event.file.read()
        try:
            async with self._room.desk.database.transaction() as session:
                stored = await replies.attach(session, self._room.desk, self._conversation_id, event.file.name, data)
        except errors.HouseError as error:
            self.run_method("attached", None, words.trouble(error))
        else:
            self.run_method("attached", str(stored))

    # -- the rest

    def _wall(self) -> Wall:
        return Wall(self._room.desk.book.shop.time_zone, self._room.desk.clock.now())


def _without_time(value: Any) -> Any:
    """Held replies are the same as long as only the clock has moved on."""
    if isinstance(value, list) and value and isinstance(value[0], dict) and "left" in value[0]:
        return [{name: one[name] for name in one if name != "left"} for one in value]
    return value
