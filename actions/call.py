"""One action call: what the customer said, what the dialogue knows, and what the action answers."""

from abc import ABC, abstractmethod
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.ext.asyncio import AsyncSession

from actions import gift_codes
from actions.library import Library
from actions.likeness import Likeness
from casework import proposal_words
from casework.desk import Desk
from casework.proposal_words import Say
from conversations import repository as conversations
from conversations.conversation import Conversation
from conversations.message import Choice

Buttons = tuple[tuple[str, Choice], ...]


@dataclass(frozen=True)
class Room:
    """What the desk gives an action for one call: its tools, an open transaction, and the locked conversation."""

    desk: Desk
    library: Library
    session: AsyncSession
    conversation: Conversation
    message_id: UUID
    alike: Likeness
    prepared: Any = None


ROOM: ContextVar[Room] = ContextVar("room")
"""Set by the endpoint around each call; rasa_sdk's signature has no place for it."""


@dataclass(frozen=True)
class Want:
    """One thing that the customer wants, with the words and entities that belong to it."""

    intent: str
    text: str
    entities: tuple[dict[str, Any], ...] = ()


@dataclass
class Call:
    """What an action reads and writes. Slots that it sets are seen by whatever it calls afterwards."""

    room: Room
    text: str
    intent: str
    confidence: float
    entities: tuple[dict[str, Any], ...]
    wants: tuple[Want, ...]
    choices: tuple[Choice, ...]
    slots: dict[str, Any]
    form: str | None
    asked: str | None
    vector: str | None
    pictures: tuple[UUID, ...] = ()
    said: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        """The use cases' tools."""
        return self.room.desk

    @property
    def session(self) -> AsyncSession:
        """The call's transaction."""
        return self.room.session

    @property
    def conversation(self) -> Conversation:
        """The conversation, as it was locked when the call began."""
        return self.room.conversation

    @property
    def alike(self) -> Likeness:
        """What compares phrases by their meaning."""
        return self.room.alike

    def amounts(self, currency: str) -> Say:
        """Return what writes amounts as the shop does."""
        return proposal_words.saying(self.desk.book.shop, currency)

    async def refresh(self) -> None:
        """Read the conversation again after something was proved in this call."""
        self.room = replace(self.room, conversation=await conversations.lock(self.session, self.conversation.id))

    def say(
        self,
        text: str,
        buttons: Buttons = (),
        cards: list[dict[str, Any]] | None = None,
        attachments: list[dict[str, str]] | None = None,
        expects: tuple[str, str] | None = None,
    ) -> None:
        """Answer the customer; `expects` is the slot that is asked for and the kind of input."""
        self.said.append(
            {
                "text": text,
                "buttons": [{"title": title, "choice": choice.to_json()} for title, choice in buttons],
                "cards": cards or [],
                "attachments": attachments or [],
                "expects": {"slot": expects[0], "input": expects[1]} if expects else None,
            }
        )

    def mark(self, what: str) -> None:
        """Leave a mark that is not for the customer; a turn without any reply would count as failed."""
        self.said.append({what: True})

    def set(self, slot: str, value: Any) -> None:
        """Set a slot."""
        self.slots[slot] = value
        self.events.append({"event": "slot", "name": slot, "value": value, "timestamp": None})

    def clear(self, *slots: str) -> None:
        """Empty slots."""
        for slot in slots:
            if self.slots.get(slot) is not None:
                self.set(slot, None)

    def end_form(self) -> None:
        """Close the active form; from a form's own validation this leads to its submit action."""
        self.set("requested_slot", None)

    def leave_form(self) -> None:
        """Close the active form without its submit action."""
        self.events.append({"event": "active_loop", "name": None, "timestamp": None})
        self.form = None
        self.set("requested_slot", None)

    def follow_with(self, action: str) -> None:
        """Have Rasa run another action or form next."""
        self.events.append({"event": "followup", "name": action, "timestamp": None})

    def entity(self, name: str) -> Any | None:
        """Return the value of the first entity of that name in the message."""
        return next((entity["value"] for entity in self.entities if entity["entity"] == name), None)

    def choice(self, slot: str) -> Choice | None:
        """Return the pressed button that answers a slot."""
        return next((choice for choice in self.choices if choice.slot == slot), None)


class DeskAction(Action, ABC):
    """A custom action of the desk's; subclasses name themselves and implement `act`."""

    action_name: str

    def name(self) -> str:
        """Return the name under which domain.yml lists the action."""
        return self.action_name

    async def prepare(self, slots: dict[str, Any], message_id: UUID, desk: Desk) -> Any:
        """Talk to others over the network before the transaction opens; the result is `room.prepared`."""
        return None

    @abstractmethod
    async def act(self, call: Call) -> None:
        """Do the action's work within the call's transaction."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Adapt rasa_sdk's signature to ours."""
        call = read(ROOM.get(), tracker)
        await self.act(call)
        for message in call.said:
            dispatcher.utter_message(json_message=message)
        return call.events


def read(room: Room, tracker: Tracker) -> Call:
    """Read a call from what Rasa sends along."""
    latest = tracker.latest_message or {}
    metadata = latest.get("metadata") or {}
    intent = latest.get("intent") or {}
    text = str(metadata.get("text") or latest.get("text") or "")
    return Call(
        room=room,
        text=text,
        intent=str(intent.get("name") or ""),
        confidence=float(intent.get("confidence") or 0.0),
        entities=(*(latest.get("entities") or ()), *gift_codes.entities(text)),
        wants=tuple(_want(want) for want in latest.get("wants") or ()),
        choices=tuple(Choice.from_json(choice) for choice in metadata.get("choices") or ()),
        slots=dict(tracker.slots),
        form=tracker.active_loop.get("name") if tracker.active_loop else None,
        asked=tracker.slots.get("requested_slot"),
        vector=metadata.get("vector"),
        pictures=tuple(UUID(picture) for picture in metadata.get("pictures") or ()),
    )


def _want(data: dict[str, Any]) -> Want:
    text = str(data.get("text") or "")
    return Want(str(data["intent"]), text, (*(data.get("entities") or ()), *gift_codes.entities(text)))
