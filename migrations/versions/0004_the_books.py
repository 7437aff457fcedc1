"""The books: one table of events, transfers, exchanges, notices, kept policy versions, API keys and webhooks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CHECKS = (
    ("orders", "shipping_not_negative", "shipping >= 0"),
    (
        "order_items",
        "paid_not_negative",
        "discount >= 0 AND tax >= 0 AND discount <= unit_price * quantity",
    ),
    ("payments", "amount_not_negative", "amount >= 0 AND bonus >= 0 AND bonus <= amount"),
    ("returns", "bonus_within_amount", "bonus >= 0 AND bonus <= amount"),
    ("promises", "kind_known", "kind IN ('refund', 'store_credit', 'exchange', 'decision', 'charge')"),
)

ADDED_COLUMNS = {
    "conversations": ("topic",),
    "customers": ("erased_at",),
    "decisions": ("policy_digest",),
    "order_items": ("discount", "tax"),
    "orders": ("shipping", "gift_code", "items_changed_at"),
    "payment_methods": ("reference", "bearer_code"),
    "payments": ("bonus", "reference"),
    "promises": ("kind", "late_at"),
    "return_lines": ("condition", "photos", "keep"),
    "returns": ("bonus", "gift", "extended_at"),
}

# What happened before is known to everybody: the customer was told, and no other system listened.
KEEP_RETURN_EVENTS = """
    INSERT INTO events (subject, kind, customer_id, order_id, return_id, at, actor, detail, told_at, published_at)
    SELECT 'return', e.kind, r.customer_id, r.order_id, e.return_id, e.at, e.actor, e.detail, e.at, e.at
    FROM return_events e JOIN returns r ON r.id = e.return_id ORDER BY e.sequence
"""

# The last guard, under whatever code runs above it: what is refunded or about to be, without what the shop gives on
# top, is never more than what was paid. Checked at the end of the transaction, when a transfer that has succeeded has
# its payment row.
REFUNDS_WITHIN_WHAT_WAS_PAID = """
    CREATE FUNCTION refunds_within_what_was_paid() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        paid numeric;
        back numeric;
    BEGIN
        SELECT coalesce(sum(amount) FILTER (WHERE kind = 'payment'), 0),
               coalesce(sum(amount - bonus) FILTER (WHERE kind = 'refund'), 0)
          INTO paid, back FROM payments WHERE order_id = NEW.order_id;
        SELECT back + coalesce(sum(amount - bonus), 0) INTO back FROM transfers
         WHERE order_id = NEW.order_id AND kind = 'refund' AND state IN ('requested', 'sent', 'failed');
        IF back > paid THEN
            RAISE EXCEPTION 'order %: refunds of % would pass the % that was paid', NEW.order_id, back, paid
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
        sa.UniqueConstraint("name", name=op.f("uq_api_keys_name")),
    )
    op.create_table(
        "imports",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("faults", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_imports")),
    )
    op.create_table(
        "inbound_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('done', 'refused')", name=op.f("ck_inbound_events_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_events")),
        sa.UniqueConstraint("sender", "event_id", name=op.f("uq_inbound_events_sender_event_id")),
    )
    op.create_table(
        "policy_versions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("shop", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_policy_versions")),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("api_key_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name=op.f("fk_idempotency_keys_api_key_id")),
        sa.PrimaryKeyConstraint("api_key_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'delivered', 'failed')", name=op.f("ck_webhook_deliveries_state_known")
        ),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("webhook_id", "event", name=op.f("uq_webhook_deliveries_webhook_id_event")),
    )
    op.create_index(
        "ix_webhook_deliveries_queued",
        "webhook_deliveries",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_table(
        "events",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("subject", sa.Text(), server_default="return", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("return_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "subject IN ('return', 'order', 'transfer', 'exchange', 'customer')", name=op.f("ck_events_subject_known")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_events_customer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_events_order_id")),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_events_return_id")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_events")),
        sa.UniqueConstraint("key", name=op.f("uq_events_key")),
    )
    op.create_index(op.f("ix_events_customer_id"), "events", ["customer_id"], unique=False)
    op.create_index(op.f("ix_events_order_id"), "events", ["order_id"], unique=False)
    op.create_index(op.f("ix_events_return_id"), "events", ["return_id"], unique=False)
    op.create_index(
        "ix_events_unpublished", "events", ["sequence"], unique=False, postgresql_where=sa.text("published_at IS NULL")
    )
    op.create_index(
        "ix_events_untold", "events", ["sequence"], unique=False, postgresql_where=sa.text("told_at IS NULL")
    )
    op.create_table(
        "exchanges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("order_item_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('reserved', 'ready', 'sent', 'released')", name=op.f("ck_exchanges_state_known")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_exchanges_quantity_positive")),
        sa.ForeignKeyConstraint(["order_item_id"], ["order_items.id"], name=op.f("fk_exchanges_order_item_id")),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_exchanges_return_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_exchanges_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchanges")),
    )
    op.create_index(op.f("ix_exchanges_return_id"), "exchanges", ["return_id"], unique=False)
    op.create_index(op.f("ix_exchanges_variant_id"), "exchanges", ["variant_id"], unique=False)
    op.create_table(
        "notices",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_notices_order_id")),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_notices_return_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_conversation_id"), "notices", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_notices_order_id"), "notices", ["order_id"], unique=False)
    op.create_index(op.f("ix_notices_return_id"), "notices", ["return_id"], unique=False)
    op.create_table(
        "transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=True),
        sa.Column("payment_method_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("bonus", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("provider_reference", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('refund', 'charge')", name=op.f("ck_transfers_kind_known")),
        sa.CheckConstraint(
            "state IN ('requested', 'sent', 'succeeded', 'failed', 'cancelled')", name=op.f("ck_transfers_state_known")
        ),
        sa.CheckConstraint("amount > 0 AND bonus >= 0 AND bonus <= amount", name=op.f("ck_transfers_amount_positive")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_transfers_order_id")),
        sa.ForeignKeyConstraint(
            ["payment_method_id"], ["payment_methods.id"], name=op.f("fk_transfers_payment_method_id")
        ),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_transfers_return_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("key", name=op.f("uq_transfers_key")),
    )
    op.create_index(op.f("ix_transfers_order_id"), "transfers", ["order_id"], unique=False)
    op.create_index(op.f("ix_transfers_return_id"), "transfers", ["return_id"], unique=False)
    op.create_index(
        "ix_transfers_under_way",
        "transfers",
        ["requested_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('requested', 'sent')"),
    )
    op.create_index(
        "ix_transfers_failed",
        "transfers",
        ["requested_at"],
        unique=False,
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.add_column("conversations", sa.Column("topic", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("customers", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("decisions", sa.Column("policy_digest", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_decisions_policy_digest"), "decisions", "policy_versions", ["policy_digest"], ["digest"]
    )
    op.add_column(
        "order_items", sa.Column("discount", sa.Numeric(precision=12, scale=2), server_default="0", nullable=False)
    )
    op.add_column(
        "order_items", sa.Column("tax", sa.Numeric(precision=12, scale=2), server_default="0", nullable=False)
    )
    op.add_column(
        "orders", sa.Column("shipping", sa.Numeric(precision=12, scale=2), server_default="0", nullable=False)
    )
    op.add_column("orders", sa.Column("gift_code", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("items_changed_at", sa.DateTime(timezone=True), nullable=True))
    # As `repository.find_customers` compares name and zip: it would read all customers otherwise.
    op.create_index(
        "ix_customers_name_zip",
        "customers",
        [sa.text("lower(name_first || ' ' || name_last)"), sa.text("replace(zip, ' ', '')")],
        unique=False,
    )
    op.create_index("ix_orders_customer_id_placed_at", "orders", ["customer_id", "placed_at"], unique=False)
    newest_first = [sa.literal_column("placed_at DESC NULLS LAST"), sa.literal_column("number DESC")]
    op.create_index("ix_orders_newest", "orders", newest_first, unique=False)
    op.create_unique_constraint(op.f("uq_orders_gift_code"), "orders", ["gift_code"])
    op.add_column("payment_methods", sa.Column("reference", sa.Text(), server_default="", nullable=False))
    op.add_column("payment_methods", sa.Column("bearer_code", sa.Text(), nullable=True))
    op.create_unique_constraint(op.f("uq_payment_methods_bearer_code"), "payment_methods", ["bearer_code"])
    op.add_column("payments", sa.Column("bonus", sa.Numeric(precision=12, scale=2), server_default="0", nullable=False))
    op.add_column("payments", sa.Column("reference", sa.Text(), server_default="", nullable=False))
    op.add_column("promises", sa.Column("kind", sa.Text(), server_default="refund", nullable=False))
    op.add_column("promises", sa.Column("late_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("return_lines", sa.Column("condition", sa.Text(), nullable=True))
    op.add_column("return_lines", sa.Column("photos", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False))
    op.add_column("return_lines", sa.Column("keep", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("returns", sa.Column("bonus", sa.Numeric(precision=12, scale=2), server_default="0", nullable=False))
    op.add_column("returns", sa.Column("gift", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("returns", sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_returns_to_be_sent",
        "returns",
        ["label_expires_at"],
        unique=False,
        postgresql_where=sa.text("parcel = 'label_issued' AND approval = 'approved'"),
    )
    for table, name, condition in CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    op.execute(KEEP_RETURN_EVENTS)
    op.drop_table("return_events")
    op.execute(REFUNDS_WITHIN_WHAT_WAS_PAID)
    for table in ("transfers", "payments"):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER refunds_within_what_was_paid AFTER INSERT OR UPDATE ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refunds_within_what_was_paid()"
        )


def downgrade() -> None:
    for table in ("transfers", "payments"):
        op.execute(f"DROP TRIGGER refunds_within_what_was_paid ON {table}")
    op.execute("DROP FUNCTION refunds_within_what_was_paid")
    op.create_table(
        "return_events",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_return_events_return_id")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_return_events")),
    )
    op.create_index(op.f("ix_return_events_return_id"), "return_events", ["return_id"], unique=False)
    op.execute(
        "INSERT INTO return_events (return_id, at, actor, kind, detail) SELECT return_id, at, actor, kind, detail "
        "FROM events WHERE subject = 'return' AND return_id IS NOT NULL ORDER BY sequence"
    )
    for table, name, _ in CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    for table, columns in ADDED_COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
    op.drop_index("ix_customers_name_zip", "customers")
    op.drop_index("ix_orders_newest", "orders")
    op.drop_index("ix_orders_customer_id_placed_at", "orders")
    op.drop_index("ix_returns_to_be_sent", "returns")
    for table in (
        "events", "exchanges", "notices", "transfers", "webhook_deliveries", "webhooks", "idempotency_keys", "api_keys",
        "inbound_events", "imports", "policy_versions",
    ):  # fmt: skip
        op.drop_table(table)
