"""What the desk has told a customer about by itself, so that their answer need not name the order or return again.

A topic is `{"seq", "order_id", "evidence", "offer"}`: the message that told it, the order, what names the order or the
return (`order_number` or `rma`, as a customer would have said it), and the sentence that a bare yes stands for, if
something was offered. Its evidence goes into the dialogue state; it proves nothing.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.conversation import Conversation
from conversations.message import Author, State
from conversations.tables import ConversationRow, MessageRow

STATE_VERSION = 1
"""Version of the dialogue state that the brain writes and reads."""
_NUMBERS = ("order_number", "rma")


@dataclass(frozen=True)
class Topic:
    """What a message of the desk's is about; `evidence` is `{"rma": …}` or `{"order_number": …}`."""

    seq: int
    order_id: UUID
    evidence: dict[str, str]
    offer: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the topic as it is kept with the conversation."""
        kept = {"seq": self.seq, "order_id": str(self.order_id), "evidence": self.evidence}
        return {**kept, "offer": self.offer} if self.offer else kept


def of(conversation: Conversation) -> Topic | None:
    """Return what the customer was told about last; None when it was nothing, or they have turned to another order."""
    stored = conversation.topic
    if stored is None:
        return None
    return Topic(stored["seq"], UUID(stored["order_id"]), stored["evidence"], stored.get("offer", ""))


async def begin(session: AsyncSession, conversation: Conversation, topic: Topic) -> None:
    """Keep what was just told; the dialogue knows it from now on, unless a form is asking about something else."""
    kept = topic.to_json()
    await session.execute(
        update(ConversationRow)
        .where(ConversationRow.id == conversation.id)
        .values(topic=kept, dialogue_state=told(conversation.dialogue_state, kept))
    )


def told(state: dict[str, Any] | None, topic: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a dialogue state that knows a topic; unchanged while a form is active, or without a topic."""
    if topic is None or (state and state.get("loop")):
        return state
    state = state or {"version": STATE_VERSION, "slots": {}, "loop": None, "requested_slot": None}
    slots = state.get("slots") or {}
    before = {name: value for name, value in (slots.get("evidence") or {}).items() if name not in _NUMBERS}
    evidence = {**before, **dict.fromkeys(_NUMBERS), **topic["evidence"]}
    return {**state, "slots": {**slots, "evidence": evidence}}


async def after_turn(
    session: AsyncSession, conversation: Conversation, state: dict[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return the state that a turn ended in, and the topic, as they are to be kept with a conversation that is locked.

    What was told while the turn ran is not lost; a customer who has turned to another order has ended the topic.
    """
    topic = conversation.topic
    if topic is None:
        return state, None
    answered = await session.scalar(
        select(func.max(MessageRow.seq)).where(
            MessageRow.conversation_id == conversation.id,
            MessageRow.author == Author.CUSTOMER,
            MessageRow.state == State.ANSWERED,
        )
    )
    if topic["seq"] > (answered or 0):
        return told(state, topic), topic
    evidence = ((state or {}).get("slots") or {}).get("evidence") or {}
    named = {name: evidence[name] for name in _NUMBERS if evidence.get(name)}
    return state, topic if not named or named == topic["evidence"] else None
