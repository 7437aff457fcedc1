"""What a message is: its author, its state, and what it shows."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from conversations import errors

LONGEST_TEXT = 10_000
"""Characters; longer messages are refused with a reason."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_BIDIRECTIONAL = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


SAY = "say"
"""Intent of a button that says a sentence in the customer's place; the sentence is its value."""


class Author(StrEnum):
    """Who speaks."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class State(StrEnum):
    """Where a message stands: inbound ones are received, then answered; outbound ones the other five."""

    RECEIVED = "received"
    ANSWERED = "answered"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True)
class Choice:
    """What a button means: an intent, and the slot that it answers (with how many, where that is asked)."""

    intent: str
    slot: str | None = None
    value: Any = None
    quantity: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the choice as it is stored and sent to the brain."""
        return {"intent": self.intent, "slot": self.slot, "value": self.value, "quantity": self.quantity}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Choice":
        """Read a stored choice."""
        return cls(data["intent"], data.get("slot"), data.get("value"), data.get("quantity"))


@dataclass(frozen=True)
class Draft:
    """A message that is to leave: text, and what goes with it. Buttons and cards hold choices, not yet tokens."""

    text: str
    buttons: tuple[dict[str, Any], ...] = ()
    cards: tuple[dict[str, Any], ...] = ()
    attachments: tuple[dict[str, str], ...] = ()
    expects: dict[str, str] | None = None


@dataclass(frozen=True)
class Message:
    """A message of the transcript, as stored."""

    id: UUID
    conversation_id: UUID
    seq: int
    author: Author
    agent_name: str | None
    text: str
    content: dict[str, Any]
    state: State
    channel: str
    owner_counter: int
    created_at: datetime
    intent: str | None = None
    confidence: float | None = None
    reply_to: UUID | None = None
    choices: tuple[Choice, ...] = field(default=())
    press: str | None = None
    provider_message_id: str | None = None
    mood: dict[str, Any] | None = None


def clean(text: str) -> str:
    """Return a customer's text as it is stored: one normal form, no control or direction-changing characters.

    Raises:
        UnreadableMessage: it is longer than `LONGEST_TEXT`.
    """
    if len(text) > LONGEST_TEXT:
        raise errors.UnreadableMessage(f"A message may have at most {LONGEST_TEXT:,} characters.")
    unified = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    printable = _BIDIRECTIONAL.sub("", _CONTROL.sub("", unified))
    return printable.encode("utf-8", "ignore").decode("utf-8").strip()
