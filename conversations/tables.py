"""Tables of the transcript, the attachments, the buttons, the action journal, and e-mails."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base


class ConversationRow(Base):
    """One customer on one channel; also the row that is locked whenever ownership matters."""

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("channel", "address"),
        CheckConstraint("owner IN ('bot', 'queue', 'agent')", name="owner"),
        Index("ix_conversations_waiting", "owner", postgresql_where=text("owner <> 'bot'")),
        Index("ix_conversations_claims", "claims", postgresql_using="gin", postgresql_ops={"claims": "jsonb_path_ops"}),
        Index(
            "ix_conversations_contact", "contact", postgresql_using="gin", postgresql_ops={"contact": "jsonb_path_ops"}
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text, default="en")
    owner: Mapped[str] = mapped_column(Text, default="bot")
    owner_counter: Mapped[int] = mapped_column(default=0)
    agent_name: Mapped[str | None] = mapped_column(Text)
    claims: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    contact: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"), default=dict)
    customer_seen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    dialogue_state: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    topic: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    step: Mapped[int] = mapped_column(default=0)
    last_seq: Mapped[int] = mapped_column(default=0)
    episode_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_message_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class EpisodeRow(Base):
    """A stretch of a conversation: ends when resolved or after idle hours; the next message opens a new one."""

    __tablename__ = "episodes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class MessageRow(Base):
    """A message; the row carries its own state, and that state is the queue."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("channel", "provider_message_id"),
        CheckConstraint("author IN ('customer', 'bot', 'agent', 'system')", name="author"),
        CheckConstraint("state IN ('received', 'answered', 'queued', 'sent', 'delivered', 'failed')", name="state"),
        Index("ix_messages_unanswered", "created_at", postgresql_where=text("state = 'received'")),
        Index("ix_messages_words", func.to_tsvector(text("'english'"), text("text")), postgresql_using="gin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    episode_id: Mapped[UUID] = mapped_column(ForeignKey("episodes.id"))
    seq: Mapped[int]
    author: Mapped[str] = mapped_column(Text)
    agent_name: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    press: Mapped[str | None] = mapped_column(Text)
    choices: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    state: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    provider_message_id: Mapped[str | None] = mapped_column(Text)
    owner_counter: Mapped[int]
    intent: Mapped[str | None] = mapped_column(Text)
    confidence: Mapped[float | None]
    mood: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    reply_to: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AttachmentRow(Base):
    """A file of a message, its kind read from its bytes; an agent's has no message until the reply leaves."""

    __tablename__ = "attachments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"), index=True)
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ButtonRow(Base):
    """A button that was shown: an opaque token, and what it means. `step` tells with which reply it was shown."""

    __tablename__ = "buttons"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    token: Mapped[str] = mapped_column(Text, primary_key=True)
    step: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    choice: Mapped[dict[str, Any]] = mapped_column(JSONB)
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ActionCallRow(Base):
    """The answer that an action gave, stored with its effect and replayed when the turn runs again."""

    __tablename__ = "action_journal"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    call_number: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(Text)
    response: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class MailRow(Base):
    """An e-mail that is to leave or has left; the key lets each occasion write once."""

    __tablename__ = "mails"
    __table_args__ = (CheckConstraint("state IN ('queued', 'sent', 'failed')", name="state"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    address: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    state: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
