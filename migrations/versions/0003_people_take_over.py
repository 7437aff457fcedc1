"""People take over: agents, the queue with its clocks, alerts, notes, held replies, surveys, e-mails."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("languages", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("skills", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("preferences", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('agent', 'supervisor', 'admin')", name=op.f("ck_agents_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
    )
    op.create_index("uq_agents_email", "agents", [sa.literal_column("lower(email)")], unique=True)
    op.create_index("uq_agents_name", "agents", [sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("key", name=op.f("uq_alerts_key")),
    )
    op.create_index(op.f("ix_alerts_conversation_id"), "alerts", ["conversation_id"], unique=False)
    op.create_table(
        "held_replies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("agent_name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("attachments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seen_up_to", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('held', 'sent', 'undone', 'stale', 'refused')", name=op.f("ck_held_replies_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_replies")),
    )
    op.create_index(
        "ix_held_replies_due", "held_replies", ["due_at"], unique=False, postgresql_where=sa.text("state = 'held'")
    )
    op.create_index(
        "ix_held_replies_open",
        "held_replies",
        ["conversation_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('held', 'stale')"),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("after_seq", sa.Integer(), nullable=False),
        sa.Column("agent_name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_conversation_id"), "notes", ["conversation_id"], unique=False)
    op.create_table(
        "sign_in_attempts",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempts")),
    )
    op.create_index("ix_sign_in_attempts_address_at", "sign_in_attempts", ["address", "at"], unique=False)
    op.create_index("ix_sign_in_attempts_email_at", "sign_in_attempts", ["email", "at"], unique=False)
    op.create_table(
        "surveys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("episode_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("agent_name", sa.Text(), nullable=False),
        sa.Column("awaits", sa.Text(), nullable=True),
        sa.Column("skipped", sa.Text(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_surveys_rating")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
    )
    op.create_index(
        "uq_surveys_asked", "surveys", ["episode_id"], unique=True, postgresql_where=sa.text("skipped IS NULL")
    )
    op.create_index(op.f("ix_surveys_conversation_id"), "surveys", ["conversation_id"], unique=False)
    op.create_table(
        "agent_sessions",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_agent_sessions_agent_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_agent_sessions")),
    )
    op.create_index(op.f("ix_agent_sessions_agent_id"), "agent_sessions", ["agent_id"], unique=False)
    op.create_table(
        "mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('queued', 'sent', 'failed')", name=op.f("ck_mails_state")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_mails_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("key", name=op.f("uq_mails_key")),
    )
    op.create_index(op.f("ix_mails_conversation_id"), "mails", ["conversation_id"], unique=False)
    op.alter_column("attachments", "message_id", existing_type=sa.UUID(), nullable=True)
    op.add_column(
        "conversations",
        sa.Column(
            "contact", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
    )
    op.add_column("conversations", sa.Column("customer_seen_at", sa.DateTime(timezone=True), nullable=True))
    for column in ("claims", "contact"):
        op.create_index(
            f"ix_conversations_{column}",
            "conversations",
            [column],
            postgresql_using="gin",
            postgresql_ops={column: "jsonb_path_ops"},
        )
    op.add_column(
        "handoffs",
        sa.Column(
            "trigger", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
    )
    op.add_column("handoffs", sa.Column("team", sa.Text(), nullable=True))
    op.add_column("handoffs", sa.Column("language", sa.Text(), server_default="en", nullable=False))
    op.add_column(
        "handoffs", sa.Column("skills", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False)
    )
    op.add_column(
        "handoffs", sa.Column("contact_wanted", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("handoffs", sa.Column("callback", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("handoffs", sa.Column("place_at_start", sa.Integer(), nullable=True))
    op.add_column("handoffs", sa.Column("alarms", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("handoffs", sa.Column("next_step_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("handoffs", sa.Column("first_response_due", sa.DateTime(timezone=True), nullable=True))
    op.add_column("handoffs", sa.Column("resolution_due", sa.DateTime(timezone=True), nullable=True))
    _rebuild_queue_indexes("'requested', 'queued', 'claimed', 'timed_out'", "'requested', 'queued', 'timed_out'")
    op.create_index(
        "ix_handoffs_agent", "handoffs", ["agent_name"], unique=False, postgresql_where=sa.text("stage = 'claimed'")
    )
    op.create_index("ix_handoffs_claimed_at", "handoffs", ["claimed_at"], unique=False)
    op.create_index(op.f("ix_handoffs_conversation_id"), "handoffs", ["conversation_id"], unique=False)
    op.create_index(
        "ix_handoffs_next_step",
        "handoffs",
        ["next_step_at"],
        unique=False,
        postgresql_where=sa.text("next_step_at IS NOT NULL"),
    )
    op.add_column(
        "messages", sa.Column("mood", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True)
    )
    op.create_index(
        "ix_messages_words",
        "messages",
        [sa.literal_column("to_tsvector('english', text)")],
        unique=False,
        postgresql_using="gin",
    )


def _rebuild_queue_indexes(open_stages: str, waiting_stages: str) -> None:
    op.drop_index("uq_handoffs_open", table_name="handoffs")
    op.drop_index("ix_handoffs_queue", table_name="handoffs")
    op.create_index(
        "uq_handoffs_open",
        "handoffs",
        ["conversation_id"],
        unique=True,
        postgresql_where=sa.text(f"stage IN ({open_stages})"),
    )
    op.create_index(
        "ix_handoffs_queue",
        "handoffs",
        ["priority", "requested_at"],
        unique=False,
        postgresql_where=sa.text(f"stage IN ({waiting_stages})"),
    )


def downgrade() -> None:
    _rebuild_queue_indexes("'requested', 'queued', 'claimed'", "'queued'")
    op.drop_index("ix_messages_words", table_name="messages", postgresql_using="gin")
    op.drop_column("messages", "mood")
    op.drop_index("ix_handoffs_next_step", table_name="handoffs", postgresql_where=sa.text("next_step_at IS NOT NULL"))
    op.drop_index(op.f("ix_handoffs_conversation_id"), table_name="handoffs")
    op.drop_index("ix_handoffs_claimed_at", table_name="handoffs")
    op.drop_index("ix_handoffs_agent", table_name="handoffs", postgresql_where=sa.text("stage = 'claimed'"))
    op.drop_column("handoffs", "resolution_due")
    op.drop_column("handoffs", "first_response_due")
    op.drop_column("handoffs", "next_step_at")
    op.drop_column("handoffs", "alarms")
    op.drop_column("handoffs", "place_at_start")
    op.drop_column("handoffs", "callback")
    op.drop_column("handoffs", "contact_wanted")
    op.drop_column("handoffs", "skills")
    op.drop_column("handoffs", "language")
    op.drop_column("handoffs", "team")
    op.drop_column("handoffs", "trigger")
    op.drop_index("ix_conversations_claims", table_name="conversations")
    op.drop_index("ix_conversations_contact", table_name="conversations")
    op.drop_column("conversations", "customer_seen_at")
    op.drop_column("conversations", "contact")
    op.alter_column("attachments", "message_id", existing_type=sa.UUID(), nullable=False)
    op.drop_index(op.f("ix_mails_conversation_id"), table_name="mails")
    op.drop_table("mails")
    op.drop_index(op.f("ix_agent_sessions_agent_id"), table_name="agent_sessions")
    op.drop_table("agent_sessions")
    op.drop_index(op.f("ix_surveys_conversation_id"), table_name="surveys")
    op.drop_index("uq_surveys_asked", table_name="surveys")
    op.drop_table("surveys")
    op.drop_index("ix_sign_in_attempts_email_at", table_name="sign_in_attempts")
    op.drop_index("ix_sign_in_attempts_address_at", table_name="sign_in_attempts")
    op.drop_table("sign_in_attempts")
    op.drop_index(op.f("ix_notes_conversation_id"), table_name="notes")
    op.drop_table("notes")
    op.drop_index(
        "ix_held_replies_open", table_name="held_replies", postgresql_where=sa.text("state IN ('held', 'stale')")
    )
    op.drop_index("ix_held_replies_due", table_name="held_replies", postgresql_where=sa.text("state = 'held'"))
    op.drop_table("held_replies")
    op.drop_index(op.f("ix_alerts_conversation_id"), table_name="alerts")
    op.drop_table("alerts")
    op.drop_index("uq_agents_name", table_name="agents")
    op.drop_index("uq_agents_email", table_name="agents")
    op.drop_table("agents")
