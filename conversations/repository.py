"""Reads and locks conversations and their transcripts; rows go in and frozen values come out."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Select, Uuid, cast, exists, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from conversations import errors
from conversations.conversation import Conversation, Owner
from conversations.message import Author, Choice, Message, State
from conversations.tables import ConversationRow, EpisodeRow, MessageRow

_CONVERSATIONS, _MESSAGES = ConversationRow.__table__, MessageRow.__table__
"""What is read is turned into frozen values at once, so plain rows do: they cost half of what the ORM's objects do, and
are always as they stand now."""
_FRESH = {"populate_existing": True}


async def get(session: AsyncSession, conversation_id: UUID) -> Conversation:
    """Return a conversation.

    Raises:
        ConversationNotFound: there is none with this id.
    """
    return to_conversation(await _row(session, conversation_id, lock=False))


async def lock(session: AsyncSession, conversation_id: UUID) -> Conversation:
    """Return a conversation and hold its row until the transaction ends: nobody else changes its owner meanwhile.

    Raises:
        ConversationNotFound: there is none with this id.
    """
    return to_conversation(await _row(session, conversation_id, lock=True))


async def lock_at(session: AsyncSession, channel: str, address: str) -> Conversation | None:
    """Return the conversation of a channel's address, held as `lock` does; None when there is none."""
    query = _at(channel, address).with_for_update(key_share=True)
    row = (await session.execute(query)).one_or_none()
    return to_conversation(row) if row else None


async def lock_first(session: AsyncSession, conversation_ids: Sequence[UUID], owner: Owner) -> UUID | None:
    """Return the first of some conversations that `owner` has and that nobody is changing right now, locked.

    Whoever calls this at the same time with the same list gets another one, without waiting.
    """
    if not conversation_ids:
        return None
    given = cast(list(conversation_ids), ARRAY(Uuid))  # one parameter, however many there are
    query = (
        select(ConversationRow.id)
        .where(ConversationRow.id == func.any(given), ConversationRow.owner == owner)
        .order_by(func.array_position(given, ConversationRow.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return await session.scalar(query)


async def find(session: AsyncSession, channel: str, address: str) -> Conversation | None:
    """Return the conversation of a channel's address, if there is one."""
    row = (await session.execute(_at(channel, address))).one_or_none()
    return to_conversation(row) if row else None


async def owned_by(session: AsyncSession, *owners: Owner) -> list[Conversation]:
    """Return the conversations that one of these owns, longest silent first."""
    query = select(ConversationRow).where(ConversationRow.owner.in_(owners)).order_by(ConversationRow.last_message_at)
    return [to_conversation(row) for row in await session.scalars(query)]


async def message(session: AsyncSession, message_id: UUID) -> Message | None:
    """Return one message."""
    row = (await session.execute(select(_MESSAGES).where(MessageRow.id == message_id))).one_or_none()
    return to_message(row) if row else None


async def message_and_conversation(session: AsyncSession, message_id: UUID) -> tuple[Message, Conversation] | None:
    """Return one message and its conversation, nothing locked."""
    query = (
        select(MessageRow, ConversationRow)
        .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
        .where(MessageRow.id == message_id)
    )
    found = (await session.execute(query, execution_options=_FRESH)).one_or_none()
    return (to_message(found[0]), to_conversation(found[1])) if found else None


async def is_unanswered(session: AsyncSession, message_id: UUID) -> bool:
    """Tell whether a customer's message waits to be answered or taken by a person."""
    state = await session.scalar(select(MessageRow.state).where(MessageRow.id == message_id))
    return state == State.RECEIVED


async def by_ids(session: AsyncSession, conversation_ids: Collection[UUID]) -> dict[UUID, Conversation]:
    """Return several conversations by their ids."""
    query = select(ConversationRow).where(ConversationRow.id.in_(conversation_ids))
    return {row.id: to_conversation(row) for row in await session.scalars(query)}


async def newest_of_each(
    session: AsyncSession, conversation_ids: Collection[UUID], *authors: Author
) -> dict[UUID, Message]:
    """Return the newest message of these authors in each of several conversations."""
    query = (
        select(MessageRow)
        .where(MessageRow.conversation_id.in_(conversation_ids), MessageRow.author.in_(authors))
        .order_by(MessageRow.conversation_id, MessageRow.seq.desc())
        .ext(distinct_on(MessageRow.conversation_id))
    )
    return {row.conversation_id: to_message(row) for row in await session.scalars(query)}


async def customers_wait_since(session: AsyncSession, conversation_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return since when each customer waits for a word of an agent's: their first message after the agent's last."""
    agents = aliased(MessageRow)
    last = (
        select(func.coalesce(func.max(agents.seq), 0))
        .where(agents.conversation_id == MessageRow.conversation_id, agents.author == Author.AGENT)
        .scalar_subquery()
    )
    query = (
        select(MessageRow.conversation_id, func.min(MessageRow.created_at))
        .where(
            MessageRow.conversation_id.in_(conversation_ids),
            MessageRow.author == Author.CUSTOMER,
            MessageRow.seq > last,
        )
        .group_by(MessageRow.conversation_id)
    )
    return {conversation_id: since for conversation_id, since in await session.execute(query) if since is not None}


async def count_since(session: AsyncSession, conversation_id: UUID, author: Author, moment: datetime) -> int:
    """Return how many messages an author has written since a moment."""
    query = select(func.count()).where(
        MessageRow.conversation_id == conversation_id, MessageRow.author == author, MessageRow.created_at >= moment
    )
    return int(await session.scalar(query) or 0)


async def transcript(
    session: AsyncSession, conversation_id: UUID, after: int = 0, limit: int | None = 500
) -> list[Message]:
    """Return the messages with a sequence number above `after`, in order; all of them without a limit."""
    query = (
        select(_MESSAGES)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.seq > after)
        .order_by(MessageRow.seq)
        .limit(limit)
    )
    return [to_message(row) for row in await session.execute(query)]


async def standing(session: AsyncSession, conversation_id: UUID) -> tuple[Conversation, bool]:
    """Return a conversation, and whether one of the customer's messages is unanswered, in one look.

    Raises:
        ConversationNotFound: there is none with this id.
    """
    waits = exists().where(MessageRow.conversation_id == ConversationRow.id, MessageRow.state == State.RECEIVED)
    query = select(_CONVERSATIONS, waits.label("waits")).where(ConversationRow.id == conversation_id)
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise errors.ConversationNotFound(f"no conversation {conversation_id}")
    return to_conversation(found), bool(found.waits)


async def unanswered(session: AsyncSession, conversation_id: UUID) -> list[Message]:
    """Return the customer's messages that nobody has answered or taken yet, in order."""
    query = (
        select(MessageRow)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.state == State.RECEIVED)
        .order_by(MessageRow.seq)
    )
    return [to_message(row) for row in await session.scalars(query)]


async def forgotten(session: AsyncSession, before: datetime) -> list[Message]:
    """Return messages that were received before a moment and are still unanswered, oldest first."""
    query = (
        select(MessageRow)
        .where(MessageRow.state == State.RECEIVED, MessageRow.created_at < before)
        .order_by(MessageRow.created_at)
        .limit(100)
    )
    return [to_message(row) for row in await session.scalars(query)]


async def newest_of(session: AsyncSession, conversation_id: UUID, author: Author) -> Message | None:
    """Return an author's newest message."""
    query = (
        select(MessageRow)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.author == author)
        .order_by(MessageRow.seq.desc())
        .limit(1)
    )
    row = (await session.scalars(query)).one_or_none()
    return to_message(row) if row else None


async def has_reply(session: AsyncSession, message_id: UUID, author: Author) -> bool:
    """Tell whether an author has said something about this message already."""
    query = select(MessageRow.id).where(MessageRow.reply_to == message_id, MessageRow.author == author).limit(1)
    return (await session.execute(query)).first() is not None


async def has_said(session: AsyncSession, episode_id: UUID, text: str) -> bool:
    """Tell whether the bot has said exactly this in an episode."""
    query = select(MessageRow.id).where(
        MessageRow.episode_id == episode_id, MessageRow.author == Author.BOT, MessageRow.text == text
    )
    return (await session.execute(query.limit(1))).first() is not None


async def set_contact(session: AsyncSession, conversation_id: UUID, contact: dict[str, str]) -> None:
    """Keep with the conversation where else the customer can be reached."""
    await session.execute(update(ConversationRow).where(ConversationRow.id == conversation_id).values(contact=contact))


async def set_claims(session: AsyncSession, conversation_id: UUID, claims: dict[str, object]) -> None:
    """Keep what the customer has proved with the conversation."""
    await session.execute(update(ConversationRow).where(ConversationRow.id == conversation_id).values(claims=claims))


async def episode_began(session: AsyncSession, conversation: Conversation) -> datetime:
    """Return when the present episode of a conversation began."""
    began = await session.scalar(select(EpisodeRow.started_at).where(EpisodeRow.id == conversation.episode_id))
    assert began is not None
    return began


async def mark_present(session: AsyncSession, conversation_id: UUID, now: datetime) -> None:
    """Note that the customer has the chat open at this moment."""
    await session.execute(
        update(ConversationRow).where(ConversationRow.id == conversation_id).values(customer_seen_at=now)
    )


async def _row(session: AsyncSession, conversation_id: UUID, *, lock: bool) -> Row[Any]:
    query = select(_CONVERSATIONS).where(ConversationRow.id == conversation_id)
    # Held against changes, and not against rows that refer to it, such as an e-mail: who writes one may hold an order.
    query = query.with_for_update(key_share=True) if lock else query
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise errors.ConversationNotFound(f"no conversation {conversation_id}")
    return row


def _at(channel: str, address: str) -> Select[Any]:
    return select(_CONVERSATIONS).where(ConversationRow.channel == channel, ConversationRow.address == address)


def to_conversation(row: ConversationRow | Row[Any]) -> Conversation:
    """Return the frozen value of a row."""
    return Conversation(
        id=row.id,
        channel=row.channel,
        address=row.address,
        language=row.language,
        owner=Owner(row.owner),
        owner_counter=row.owner_counter,
        agent_name=row.agent_name,
        claims=row.claims,
        dialogue_state=row.dialogue_state,
        step=row.step,
        episode_id=row.episode_id,
        last_seq=row.last_seq,
        last_message_at=row.last_message_at,
        contact=row.contact,
        customer_seen_at=row.customer_seen_at,
        topic=row.topic,
    )


def to_message(row: MessageRow | Row[Any]) -> Message:
    """Return the frozen value of a row."""
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        seq=row.seq,
        author=Author(row.author),
        agent_name=row.agent_name,
        text=row.text,
        content=row.content,
        state=State(row.state),
        channel=row.channel,
        owner_counter=row.owner_counter,
        created_at=row.created_at,
        intent=row.intent,
        confidence=row.confidence,
        reply_to=row.reply_to,
        choices=tuple(Choice.from_json(choice) for choice in row.choices),
        press=row.press,
        provider_message_id=row.provider_message_id,
        mood=row.mood,
    )
