"""The table of questions that had no answer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base


class FailedQuestionRow(Base):
    """A question that was admitted or asked back; `near` are entries with their likeness, `chosen` what was meant."""

    __tablename__ = "failed_questions"
    __table_args__ = (CheckConstraint("outcome IN ('none', 'did_you_mean')", name="outcome"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(index=True)
    text: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    near: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    chosen: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
