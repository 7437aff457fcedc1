"""E-mails that are to leave or have left: each occasion writes one, and the row says how far it has come."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations import repository
from conversations.message import Author, Message, State
from conversations.tables import MailRow, MessageRow
from kit import events, ids


class MailState(StrEnum):
    """How far an e-mail has come; `failed` is for good."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True)
class NewMail:
    """An e-mail that is to be written down; the `key` names the occasion, and each occasion writes once."""

    key: str
    conversation_id: UUID | None
    address: str
    subject: str
    content: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredMail:
    """An e-mail as stored; `content` holds the facts that it is written from."""

    id: UUID
    key: str
    conversation_id: UUID | None
    address: str
    subject: str
    content: dict[str, Any]
    state: MailState
    attempts: int
    error: str | None
    created_at: datetime
    sent_at: datetime | None

    @property
    def seqs(self) -> tuple[int, ...]:
        """The numbers of the messages that it brings."""
        return tuple(self.content.get("seqs", ()))


async def add(session: AsyncSession, mail: NewMail, now: datetime) -> StoredMail | None:
    """Write an e-mail down; None when this occasion has had its e-mail already."""
    statement = (
        insert(MailRow)
        .values(
            id=ids.new_id(),
            key=mail.key,
            conversation_id=mail.conversation_id,
            address=mail.address,
            subject=mail.subject,
            content=mail.content,
            state=MailState.QUEUED,
            attempts=0,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(MailRow)
    )
    row = (await session.scalars(statement)).one_or_none()
    if row is not None:
        await _announce(session, row.conversation_id)
    return _stored(row) if row else None


async def get(session: AsyncSession, mail_id: UUID) -> StoredMail | None:
    """Return an e-mail."""
    row = await session.get(MailRow, mail_id, populate_existing=True)
    return _stored(row) if row else None


async def of_conversation(session: AsyncSession, conversation_id: UUID) -> list[StoredMail]:
    """Return the e-mails of a conversation, oldest first."""
    query = select(MailRow).where(MailRow.conversation_id == conversation_id).order_by(MailRow.created_at, MailRow.id)
    return [_stored(row) for row in await session.scalars(query, execution_options={"populate_existing": True})]


async def unseen(session: AsyncSession, conversation_id: UUID) -> list[Message]:
    """Return what was said to a customer that no client of theirs has fetched and no e-mail brings, in order.

    The bot's welcome, which stands before the customer's first words, is nothing that anybody waits for.
    """
    first = (
        select(func.min(MessageRow.seq))
        .where(MessageRow.conversation_id == conversation_id, MessageRow.author == Author.CUSTOMER)
        .scalar_subquery()
    )
    query = (
        select(MessageRow)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.state == State.QUEUED)
        .where(or_(MessageRow.author != Author.BOT, MessageRow.seq > first))
        .order_by(MessageRow.seq)
    )
    brought = {
        seq
        for mail in await of_conversation(session, conversation_id)
        if mail.state is not MailState.FAILED
        for seq in mail.seqs
    }
    rows = await session.scalars(query, execution_options={"populate_existing": True})
    return [repository.to_message(row) for row in rows if row.seq not in brought]


async def note_sent(session: AsyncSession, mail: StoredMail, now: datetime) -> None:
    """Note that the mail server has taken an e-mail."""
    await _change(session, mail, {"state": MailState.SENT, "sent_at": now, "error": None})


async def note_trouble(session: AsyncSession, mail: StoredMail, error: str) -> None:
    """Note that a try did not succeed and why; the e-mail is tried again."""
    await _change(session, mail, {"error": error})


async def note_failed(session: AsyncSession, mail: StoredMail, error: str) -> None:
    """Note that an e-mail will not leave any more, and why."""
    await _change(session, mail, {"state": MailState.FAILED, "error": error})


async def _change(session: AsyncSession, mail: StoredMail, values: dict[str, Any]) -> None:
    """Change an e-mail that is still to leave, and count the try."""
    query = update(MailRow).where(MailRow.id == mail.id, MailRow.state == MailState.QUEUED)
    await session.execute(query.values(attempts=MailRow.attempts + 1, **values))
    await _announce(session, mail.conversation_id)


async def _announce(session: AsyncSession, conversation_id: UUID | None) -> None:
    if conversation_id is not None:
        await events.announce(session, conversation_id)


def _stored(row: MailRow) -> StoredMail:
    return StoredMail(
        id=row.id,
        key=row.key,
        conversation_id=row.conversation_id,
        address=row.address,
        subject=row.subject,
        content=row.content,
        state=MailState(row.state),
        attempts=row.attempts,
        error=row.error,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )
