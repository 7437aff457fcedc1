"""Writes to the transcript: the one place that gives a message its sequence number."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.conversation import Conversation
from conversations.message import Author, Message, State
from conversations.tables import ConversationRow, MessageRow
from kit import events, ids

_COLUMNS = MessageRow.__table__.c


@dataclass(frozen=True)
class Entry:
    """What is to be written; who says it, and what else is known of it."""

    author: Author
    text: str
    state: State
    content: dict[str, Any]
    agent_name: str | None = None
    press: str | None = None
    provider_message_id: str | None = None
    reply_to: UUID | None = None


async def append(
    session: AsyncSession, conversation: Conversation, entry: Entry, now: datetime, step: int | None = None
) -> Message:
    """Write a message at the end of a transcript and tell whoever watches; `step` is the conversation's from now on.

    The update takes the conversation's row lock, so that sequence numbers have no gap and no double. All of it is one
    statement, that is, one trip.
    """
    moved: dict[str, Any] = {"last_seq": ConversationRow.last_seq + 1, "last_message_at": now}
    counted = (
        update(ConversationRow)
        .where(ConversationRow.id == conversation.id)
        .values(moved if step is None else {**moved, "step": step})
        .returning(ConversationRow.last_seq, ConversationRow.owner_counter, ConversationRow.episode_id)
        .cte("counted")
    )
    written: dict[str, Any] = {
        "id": ids.new_id(),
        "conversation_id": conversation.id,
        "author": entry.author,
        "agent_name": entry.agent_name,
        "text": entry.text,
        "content": entry.content,
        "press": entry.press,
        "choices": [],
        "state": entry.state,
        "channel": conversation.channel,
        "provider_message_id": entry.provider_message_id,
        "reply_to": entry.reply_to,
        "created_at": now,
    }
    values = [literal(value, _COLUMNS[name].type).label(name) for name, value in written.items()]
    stored = await session.execute(
        insert(MessageRow)
        .from_select(
            [*written, "seq", "owner_counter", "episode_id"],
            select(*values, counted.c.last_seq, counted.c.owner_counter, counted.c.episode_id),
        )
        .returning(MessageRow.seq, MessageRow.owner_counter, events.announcement(conversation.id))
    )
    seq, owner_counter, _ = stored.one()
    return Message(**{**written, "choices": ()}, seq=seq, owner_counter=owner_counter)


async def set_pressed(session: AsyncSession, message: Message, text: str, choices: list[dict[str, Any]]) -> None:
    """Keep with a press of buttons what they said and what they meant."""
    await session.execute(update(MessageRow).where(MessageRow.id == message.id).values(text=text, choices=choices))


async def mark_answered(
    session: AsyncSession, message: Message, intent: str | None = None, confidence: float | None = None
) -> bool:
    """Note that a customer's message has been answered or is with a person, and how it was understood.

    Returns whether it still waited for that: of two who answer it, one is told True.
    """
    marked = await session.execute(
        update(MessageRow)
        .where(MessageRow.id == message.id, MessageRow.state == State.RECEIVED)
        .values(state=State.ANSWERED, intent=intent, confidence=confidence)
        .returning(events.announcement(message.conversation_id))
    )
    return marked.first() is not None


async def set_mood(session: AsyncSession, message: Message, mood: dict[str, Any]) -> None:
    """Keep how a customer's message sounded, with the words and the rule that say so."""
    await session.execute(update(MessageRow).where(MessageRow.id == message.id).values(mood=mood))


async def mark_shown(session: AsyncSession, conversation_id: UUID, up_to: int, state: State) -> None:
    """Note that the customer's side has fetched (`sent`) or seen (`delivered`) everything up to a number."""
    earlier = [State.QUEUED] if state is State.SENT else [State.QUEUED, State.SENT]
    await session.execute(
        update(MessageRow)
        .where(
            MessageRow.conversation_id == conversation_id,
            MessageRow.seq <= up_to,
            MessageRow.state.in_(earlier),
        )
        .values(state=state)
    )
