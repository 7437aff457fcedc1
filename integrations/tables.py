"""The tables of the integrations; foreign keys stay inside them."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base
from kit.ids import new_id

_MOMENT = DateTime(timezone=True)


class ApiKeyRow(Base):
    """Who may call the API: the key itself is never kept, only its SHA-256; `prefix` tells keys apart."""

    __tablename__ = "api_keys"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text, unique=True)
    prefix: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[dt.datetime] = mapped_column(_MOMENT)
    used_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    disabled_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)


class IdempotencyRow(Base):
    """The answer to a request that carried an Idempotency-Key; `request` is the SHA-256 of method, path and body."""

    __tablename__ = "idempotency_keys"
    api_key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("api_keys.id"), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    request: Mapped[str] = mapped_column(Text)
    status: Mapped[int]
    headers: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime] = mapped_column(_MOMENT, index=True)


class InboundEventRow(Base):
    """What the shop or the warehouse told us; the same `event_id` of one sender is taken once."""

    __tablename__ = "inbound_events"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    sender: Mapped[str] = mapped_column(Text)
    event_id: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text)
    problem: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[dt.datetime] = mapped_column(_MOMENT)
    __table_args__ = (
        UniqueConstraint("sender", "event_id"),
        CheckConstraint("state IN ('done', 'refused')", name="state_known"),
    )


class WebhookRow(Base):
    """Where the shop wants to be told of events; `secret` signs what is sent there."""

    __tablename__ = "webhooks"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)
    types: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[dt.datetime] = mapped_column(_MOMENT)
    disabled_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)


class WebhookDeliveryRow(Base):
    """One event on its way to one webhook; the same event goes there once, and again when somebody replays it."""

    __tablename__ = "webhook_deliveries"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    webhook_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("webhooks.id"))
    event: Mapped[int]
    type: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    status: Mapped[int | None]
    problem: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[dt.datetime] = mapped_column(_MOMENT)
    delivered_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    __table_args__ = (
        UniqueConstraint("webhook_id", "event"),
        CheckConstraint("state IN ('queued', 'delivered', 'failed')", name="state_known"),
        Index("ix_webhook_deliveries_queued", "created_at", postgresql_where=sql("state = 'queued'")),
    )
