"""The way in: what a customer sends is stored, once, before anybody acknowledges it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations import attachments, buttons, repository, topics, transcript
from conversations.conversation import Conversation, Owner
from conversations.message import Author, Message, State, clean
from conversations.tables import ConversationRow, EpisodeRow, MessageRow
from kit import ids
from kit.jobs import Jobs

TURN_TASK = "turn"
"""Name of the job that answers one message; it takes `message_id` and runs under the conversation's lock."""


@dataclass(frozen=True)
class Inbound:
    """A message as a channel has verified and read it: a text, the tokens of pressed buttons, or files."""

    channel: str
    address: str
    provider_message_id: str
    text: str = ""
    press: str | None = None
    language: str = "en"
    files: tuple[attachments.File, ...] = ()


@dataclass(frozen=True)
class Accepted:
    """What was stored; `repeated` when this delivery had been stored before."""

    message: Message
    repeated: bool


async def open_conversation(
    session: AsyncSession, channel: str, address: str, language: str, now: datetime
) -> Conversation:
    """Return the conversation of an address, made if there is none yet; safe to repeat and to race."""
    found = await repository.find(session, channel, address)
    if found:
        return found
    conversation_id, episode_id = ids.new_id(), ids.new_id()
    made = await session.execute(
        insert(ConversationRow)
        .values(
            id=conversation_id,
            channel=channel,
            address=address,
            language=language,
            owner=Owner.BOT,
            owner_counter=0,
            claims={},
            step=0,
            last_seq=0,
            episode_id=episode_id,
            created_at=now,
            last_message_at=now,
        )
        .on_conflict_do_nothing(index_elements=["channel", "address"])
        .returning(ConversationRow.id)
    )
    if made.scalar_one_or_none():
        session.add(EpisodeRow(id=episode_id, conversation_id=conversation_id, started_at=now))
        await session.flush()
    settled = await repository.find(session, channel, address)
    assert settled is not None
    return settled


async def accept(session: AsyncSession, inbound: Inbound, jobs: Jobs, now: datetime, idle: timedelta) -> Accepted:
    """Store a message and have it answered, in the caller's one transaction.

    A repeated delivery finds the first one's row. After `idle` the message opens a new episode.

    Raises:
        UnreadableMessage: the text is too long.
    """
    text = clean(inbound.text)
    conversation = await repository.lock_at(session, inbound.channel, inbound.address)
    if conversation is None:
        opened = await open_conversation(session, inbound.channel, inbound.address, inbound.language, now)
        conversation = await repository.lock(session, opened.id)
    known = await _stored(session, inbound)
    if known:
        return Accepted(known, repeated=True)
    if now - conversation.last_message_at > idle and conversation.owner is Owner.BOT:
        await begin_episode(session, conversation, now, idle)
    if inbound.press:
        text = await buttons.title_of(session, conversation, inbound.press)
    entry = transcript.Entry(
        Author.CUSTOMER,
        text,
        State.RECEIVED,
        content={"attachments": [file.described() for file in inbound.files]} if inbound.files else {},
        press=inbound.press,
        provider_message_id=inbound.provider_message_id,
    )
    message = await transcript.append(session, conversation, entry, now)
    await attachments.keep(session, message, inbound.files, now)
    await jobs.defer(session, TURN_TASK, lock=str(conversation.id), message_id=str(message.id))
    return Accepted(message, repeated=False)


async def begin_episode(session: AsyncSession, conversation: Conversation, now: datetime, idle: timedelta) -> UUID:
    """End the running episode and open another, with an empty agenda; the transcript stays.

    What was proved ends with the episode, since somebody else may sit there by now; what the shop itself has vouched
    for (`trusted`) stays, and what an e-mail's link has proved since the last word (`renewed_at`). What the customer
    was told about last, the new dialogue knows.
    """
    await session.execute(update(EpisodeRow).where(EpisodeRow.id == conversation.episode_id).values(ended_at=now))
    episode_id = ids.new_id()
    session.add(EpisodeRow(id=episode_id, conversation_id=conversation.id, started_at=now))
    await session.flush()
    claims = conversation.claims if _outlast(conversation, now - idle) else {}
    await session.execute(
        update(ConversationRow)
        .where(ConversationRow.id == conversation.id)
        .values(episode_id=episode_id, dialogue_state=topics.told(None, conversation.topic), claims=claims)
    )
    return episode_id


def _outlast(conversation: Conversation, not_before: datetime) -> bool:
    renewed = conversation.claims.get("renewed_at")
    since = max(conversation.last_message_at, not_before)
    return bool(conversation.claims.get("trusted")) or (renewed is not None and datetime.fromisoformat(renewed) > since)


async def _stored(session: AsyncSession, inbound: Inbound) -> Message | None:
    query = select(MessageRow).filter_by(channel=inbound.channel, provider_message_id=inbound.provider_message_id)
    row = (await session.scalars(query)).one_or_none()
    return repository.to_message(row) if row else None
