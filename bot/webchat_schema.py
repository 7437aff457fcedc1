"""The shapes of the web chat API: public and versioned."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from conversations.message import LONGEST_TEXT, Message

ClientMessageId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern="^[!-~]+$",
        description="Printable ASCII without spaces. The same id twice is one message.",
    ),
]
LinkOf = Callable[[UUID], str]
"""Makes the address at which an attachment can be opened for a while."""


class NewSession(BaseModel):
    """What a client says of itself when it begins."""

    model_config = ConfigDict(extra="forbid")

    language: str = Field(default="en", max_length=16)
    page_url: str = Field(default="", max_length=2000)
    customer_token: str = Field(default="", max_length=4000, description="JWT that the shop signed for its visitor")


class NewMessage(BaseModel):
    """A text, or the token of a pressed button (several, each with `*N`, where `expects.input` is `choices`)."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = Field(default=None, max_length=LONGEST_TEXT)
    payload: str | None = Field(default=None, max_length=2000)
    client_message_id: ClientMessageId

    @model_validator(mode="after")
    def _one_of_two(self) -> "NewMessage":
        if (self.text is None) == (self.payload is None):
            raise ValueError("give either text or payload")
        return self


class Button(BaseModel):
    """A quick reply; `payload` is an opaque token."""

    title: str
    payload: str


class Attachment(BaseModel):
    """A file; the address ends after a while, and a later reading of the transcript gives a new one."""

    url: str
    media_type: str
    name: str


class Expects(BaseModel):
    """What is asked for, so that a client can offer the right keyboard.

    `rating` and `comment` are asked for after a person has left, `identity` also while no person can be reached.
    """

    slot: str
    input: Literal["text", "email", "number", "choice", "choices", "photo", "yes_no"]


class ShownMessage(BaseModel):
    """A message of the transcript, as clients see it."""

    seq: int
    id: UUID
    author: Literal["customer", "bot", "agent", "system"]
    agent_name: str | None = None
    text: str
    buttons: list[Button] = []
    cards: list[dict[str, Any]] = []
    attachments: list[Attachment] = []
    expects: Expects | None = None
    client_message_id: str | None = None
    created_at: datetime


class Accepted(BaseModel):
    """What a client's message has become."""

    seq: int
    id: UUID


class SessionOpened(BaseModel):
    """A new session and its first messages."""

    session_id: str
    token: str
    expires_at: datetime
    shop_name: str
    messages: list[ShownMessage]


class MessageAccepted(BaseModel):
    """The stored message, and what has been said since."""

    accepted: Accepted
    messages: list[ShownMessage]


class Standing(BaseModel):
    """Who has the conversation, and whether somebody is writing.

    While the owner is the queue, the place (1 is next) and the minutes until a person joins are given where they are
    known; both change as the queue moves.
    """

    typing: bool = Field(description="The bot is at work on an answer")
    agent_typing: bool = Field(default=False, description="The person who has the conversation is writing")
    owner: Literal["bot", "queue", "agent"]
    agent_name: str | None = None
    queue_position: int | None = None
    expected_wait_minutes: int | None = None


class Messages(Standing):
    """Messages after a number, and how the conversation stands."""

    messages: list[ShownMessage]


def shown(message: Message, link_of: LinkOf) -> ShownMessage:
    """Return what a client may see of a message; the links of its attachments are made anew."""
    content = message.content
    return ShownMessage(
        seq=message.seq,
        id=message.id,
        author=message.author.value,
        agent_name=message.agent_name,
        text=message.text,
        buttons=content.get("buttons") or [],
        cards=content.get("cards") or [],
        attachments=[_attachment(stored, link_of) for stored in content.get("attachments") or []],
        expects=content.get("expects"),
        client_message_id=(message.provider_message_id or "").partition(":")[2] or None,
        created_at=message.created_at,
    )


def _attachment(stored: dict[str, str], link_of: LinkOf) -> Attachment:
    """A customer's file is stored by its id, what the bot sends along by an address of its own."""
    url = link_of(UUID(stored["id"])) if "id" in stored else stored["url"]
    return Attachment(url=url, media_type=stored["media_type"], name=stored["name"])
