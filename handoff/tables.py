"""Tables of handoffs, agents and what they did, alerts, notes, held replies, and surveys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKey, Identity, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base

_MOMENT = DateTime(timezone=True)


class TicketRow(Base):
    """A handoff; a conversation has at most one that is open."""

    __tablename__ = "handoffs"
    __table_args__ = (
        CheckConstraint("stage IN ('requested', 'queued', 'claimed', 'released', 'failed', 'timed_out')", name="stage"),
        Index(
            "uq_handoffs_open",
            "conversation_id",
            unique=True,
            postgresql_where=text("stage IN ('requested', 'queued', 'claimed', 'timed_out')"),
        ),
        Index(
            "ix_handoffs_queue",
            "priority",
            "requested_at",
            postgresql_where=text("stage IN ('requested', 'queued', 'timed_out')"),
        ),
        Index("ix_handoffs_next_step", "next_step_at", postgresql_where=text("next_step_at IS NOT NULL")),
        Index("ix_handoffs_agent", "agent_name", postgresql_where=text("stage = 'claimed'")),
        Index("ix_handoffs_claimed_at", "claimed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    trigger: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"), default=dict)
    priority: Mapped[int]
    stage: Mapped[str] = mapped_column(Text)
    team: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text, server_default="en", default="en")
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'::text[]"), default=list)
    contact_wanted: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    callback: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    place_at_start: Mapped[int | None]
    alarms: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    next_step_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    first_response_due: Mapped[datetime | None] = mapped_column(_MOMENT)
    resolution_due: Mapped[datetime | None] = mapped_column(_MOMENT)
    requested_at: Mapped[datetime] = mapped_column(_MOMENT)
    claimed_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    first_response_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    released_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    agent_name: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)


class AuditRow(Base):
    """One act of a person."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(_MOMENT)
    actor: Mapped[str] = mapped_column(Text)
    act: Mapped[str] = mapped_column(Text)
    conversation_id: Mapped[UUID | None] = mapped_column(index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class AgentRow(Base):
    """A person who answers customers; the name is what customers see, and there is one of each."""

    __tablename__ = "agents"
    __table_args__ = (
        CheckConstraint("role IN ('agent', 'supervisor', 'admin')", name="role"),
        Index("uq_agents_name", func.lower(text("name")), unique=True),
        Index("uq_agents_email", func.lower(text("email")), unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    team: Mapped[str | None] = mapped_column(Text)
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text))
    capacity: Mapped[int]
    available: Mapped[bool] = mapped_column(default=True)
    seen_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    preferences: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created_at: Mapped[datetime] = mapped_column(_MOMENT)
    disabled_at: Mapped[datetime | None] = mapped_column(_MOMENT)


class AgentSessionRow(Base):
    """A browser in which an agent is signed in; of the cookie only a hash is kept."""

    __tablename__ = "agent_sessions"

    token_hash: Mapped[str] = mapped_column(Text, primary_key=True)
    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agents.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(_MOMENT)
    expires_at: Mapped[datetime] = mapped_column(_MOMENT)
    browser: Mapped[str] = mapped_column(Text)


class SignInAttemptRow(Base):
    """One wrong password, kept under the e-mail that was named (known or not) and the address it came from."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index("ix_sign_in_attempts_email_at", "email", "at"),
        Index("ix_sign_in_attempts_address_at", "address", "at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(_MOMENT)


class AlertRow(Base):
    """One call for agents' attention; the key lets each step of a handoff call once."""

    __tablename__ = "alerts"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    conversation_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(_MOMENT)


class NoteRow(Base):
    """What agents write for each other; no message, so that it cannot leave. It stands after message `after_seq`."""

    __tablename__ = "notes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(index=True)
    after_seq: Mapped[int]
    agent_name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(_MOMENT)


class HeldReplyRow(Base):
    """An agent's reply in the seconds in which it can be undone; stored, so that no restart loses it."""

    __tablename__ = "held_replies"
    __table_args__ = (
        CheckConstraint("state IN ('held', 'sent', 'undone', 'stale', 'refused')", name="state"),
        Index("ix_held_replies_open", "conversation_id", postgresql_where=text("state IN ('held', 'stale')")),
        Index("ix_held_replies_due", "due_at", postgresql_where=text("state = 'held'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID]
    agent_name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    seen_up_to: Mapped[int]
    state: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime] = mapped_column(_MOMENT)
    created_at: Mapped[datetime] = mapped_column(_MOMENT)


class SurveyRow(Base):
    """The question how it was, once for each handled episode; or the reason why it was not asked."""

    __tablename__ = "surveys"
    __table_args__ = (
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        Index("uq_surveys_asked", "episode_id", unique=True, postgresql_where=text("skipped IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    episode_id: Mapped[UUID]
    conversation_id: Mapped[UUID] = mapped_column(index=True)
    ticket_id: Mapped[UUID]
    agent_name: Mapped[str] = mapped_column(Text)
    awaits: Mapped[str | None] = mapped_column(Text)
    skipped: Mapped[str | None] = mapped_column(Text)
    rating: Mapped[int | None]
    comment: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(_MOMENT)
    answered_at: Mapped[datetime | None] = mapped_column(_MOMENT)
