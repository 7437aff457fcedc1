"""Questions that had no answer, for whoever writes the answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "failed_questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("near", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("chosen", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome IN ('none', 'did_you_mean')", name=op.f("ck_failed_questions_outcome")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_questions")),
    )
    op.create_index(op.f("ix_failed_questions_conversation_id"), "failed_questions", ["conversation_id"])
    op.create_index(op.f("ix_failed_questions_asked_at"), "failed_questions", ["asked_at"])


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("failed_questions")
