"""What a conversation is: one per channel and address, owned by the bot, the queue or an agent."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Owner(StrEnum):
    """Who is to answer the customer's next message."""

    BOT = "bot"
    QUEUE = "queue"
    AGENT = "agent"


ALLOWED_MOVES = {
    Owner.BOT: {Owner.QUEUE, Owner.AGENT},
    Owner.QUEUE: {Owner.AGENT, Owner.BOT},
    Owner.AGENT: {Owner.BOT, Owner.QUEUE, Owner.AGENT},
}
"""Changes of owner; an agent may pass a conversation to another agent."""


@dataclass(frozen=True)
class Conversation:
    """A conversation as stored.

    `owner_counter` moves with every change of owner; whatever is computed carries the counter it was computed under.
    `step` is the sequence number of the newest reply of the bot's: only its buttons are live. `claims` is what the
    customer has proved, written by the desk and never by the brain. `dialogue_state` is the brain's, kept for it.
    `topic` is what the desk has told the customer about by itself (`conversations.topics`).
    `contact` is where else the customer can be reached (`email`, `phone`), as they said; `customer_seen_at` is when
    their client was last connected.
    """

    id: UUID
    channel: str
    address: str
    language: str
    owner: Owner
    owner_counter: int
    agent_name: str | None
    claims: dict[str, Any]
    dialogue_state: dict[str, Any] | None
    step: int
    episode_id: UUID
    last_seq: int
    last_message_at: datetime
    contact: dict[str, str] = field(default_factory=dict)
    customer_seen_at: datetime | None = None
    topic: dict[str, Any] | None = None
