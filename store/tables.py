"""The tables of the store; foreign keys stay inside it."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Identity, Index, Numeric, Text, Uuid
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base
from kit.ids import new_id

_MONEY = Numeric(12, 2)
_MOMENT = DateTime(timezone=True)


class CustomerRow(Base):
    """People who ordered; `reference` is the shop system's own id for them."""

    __tablename__ = "customers"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    reference: Mapped[str | None] = mapped_column(Text, unique=True)
    name_first: Mapped[str] = mapped_column(Text)
    name_last: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text, index=True)
    phone: Mapped[str | None] = mapped_column(Text, index=True)
    street: Mapped[str] = mapped_column(Text, default="")
    extra: Mapped[str] = mapped_column(Text, default="")
    city: Mapped[str] = mapped_column(Text, default="")
    region: Mapped[str] = mapped_column(Text, default="")
    zip: Mapped[str] = mapped_column(Text, index=True)
    country: Mapped[str] = mapped_column(Text, default="US")
    tier: Mapped[str] = mapped_column(Text, default="standard")
    erased_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        # Written exactly as `repository.find_customers` compares them: all customers would be read otherwise.
        Index("ix_customers_name_zip", sql("lower(name_first || ' ' || name_last)"), sql("replace(zip, ' ', '')")),
    )


class ProductRow(Base):
    """What the shop sells; `picture` is a file stem such as `sneaker`."""

    __tablename__ = "products"
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    picture: Mapped[str] = mapped_column(Text, default="")


class VariantRow(Base):
    """A product in one size, colour and so on."""

    __tablename__ = "variants"
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), index=True)
    options: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    price: Mapped[Decimal] = mapped_column(_MONEY)
    stock: Mapped[int]
    __table_args__ = (CheckConstraint("stock >= 0", name="stock_not_negative"),)


class OrderRow(Base):
    """Orders; `number` is stored normalised (`H204518`)."""

    __tablename__ = "orders"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(Text, unique=True)
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    state: Mapped[str] = mapped_column(Text)
    placed_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    shipped_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    delivered_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    cancelled_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    address: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    currency: Mapped[str] = mapped_column(Text, default="USD")
    shipping: Mapped[Decimal] = mapped_column(_MONEY, server_default="0", default=Decimal("0.00"))
    gift_code: Mapped[str | None] = mapped_column(Text, unique=True)
    items_changed_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    __table_args__ = (
        Index("ix_orders_customer_id_placed_at", "customer_id", "placed_at"),
        Index("ix_orders_newest", sql("placed_at DESC NULLS LAST"), sql("number DESC")),
        CheckConstraint("shipping >= 0", name="shipping_not_negative"),
        CheckConstraint("state IN ('pending', 'processed', 'shipped', 'delivered', 'cancelled')", name="state_known"),
    )


class OrderItemRow(Base):
    """Lines of an order; `discount` and `tax` belong to the whole line."""

    __tablename__ = "order_items"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    position: Mapped[int]
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"))
    name: Mapped[str] = mapped_column(Text)
    options: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    unit_price: Mapped[Decimal] = mapped_column(_MONEY)
    quantity: Mapped[int]
    final_sale: Mapped[bool] = mapped_column(default=False)
    discount: Mapped[Decimal] = mapped_column(_MONEY, server_default="0", default=Decimal("0.00"))
    tax: Mapped[Decimal] = mapped_column(_MONEY, server_default="0", default=Decimal("0.00"))
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("discount >= 0 AND tax >= 0 AND discount <= unit_price * quantity", name="paid_not_negative"),
    )


class FulfilmentRow(Base):
    """Parcels that went out for an order."""

    __tablename__ = "fulfilments"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    tracking_number: Mapped[str] = mapped_column(Text, index=True)
    carrier: Mapped[str] = mapped_column(Text, default="")
    item_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid), default=list)


class PaymentMethodRow(Base):
    """Ways to pay; only gift cards and store credit have a balance.

    A gift card with a `bearer_code` belongs to whoever has the code, and not to the customer who paid for it.
    """

    __tablename__ = "payment_methods"
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    balance: Mapped[Decimal | None] = mapped_column(_MONEY)
    reference: Mapped[str] = mapped_column(Text, server_default="", default="")
    bearer_code: Mapped[str | None] = mapped_column(Text, unique=True)
    __table_args__ = (
        CheckConstraint("balance >= 0", name="balance_not_negative"),
        CheckConstraint("kind IN ('card', 'paypal', 'gift_card', 'store_credit')", name="kind_known"),
    )


class PaymentRow(Base):
    """Money that moved for an order."""

    __tablename__ = "payments"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    payment_method_id: Mapped[str] = mapped_column(ForeignKey("payment_methods.id"))
    kind: Mapped[str] = mapped_column(Text)
    amount: Mapped[Decimal] = mapped_column(_MONEY)
    at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    return_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("returns.id"), index=True)
    bonus: Mapped[Decimal] = mapped_column(_MONEY, server_default="0", default=Decimal("0.00"))
    reference: Mapped[str] = mapped_column(Text, server_default="", default="")
    __table_args__ = (
        CheckConstraint("kind IN ('payment', 'refund')", name="kind_known"),
        CheckConstraint("amount >= 0 AND bonus >= 0 AND bonus <= amount", name="amount_not_negative"),
    )


class TransferRow(Base):
    """Money that is to move; see `store.transfer`. A trigger of the database keeps refunds within what was paid."""

    __tablename__ = "transfers"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    return_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("returns.id"), index=True)
    payment_method_id: Mapped[str] = mapped_column(ForeignKey("payment_methods.id"))
    amount: Mapped[Decimal] = mapped_column(_MONEY)
    bonus: Mapped[Decimal] = mapped_column(_MONEY, default=Decimal("0.00"))
    currency: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    requested_at: Mapped[dt.datetime] = mapped_column(_MOMENT)
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(Text, default="")
    provider_reference: Mapped[str] = mapped_column(Text, default="")
    settled_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    __table_args__ = (
        CheckConstraint("kind IN ('refund', 'charge')", name="kind_known"),
        CheckConstraint("state IN ('requested', 'sent', 'succeeded', 'failed', 'cancelled')", name="state_known"),
        CheckConstraint("amount > 0 AND bonus >= 0 AND bonus <= amount", name="amount_positive"),
        Index("ix_transfers_under_way", "requested_at", postgresql_where=sql("state IN ('requested', 'sent')")),
        Index("ix_transfers_failed", "requested_at", postgresql_where=sql("state = 'failed'")),
    )


class ReturnRow(Base):
    """Returns, each with three states of its own."""

    __tablename__ = "returns"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    rma: Mapped[str] = mapped_column(Text, unique=True)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    approval: Mapped[str] = mapped_column(Text)
    parcel: Mapped[str] = mapped_column(Text)
    settlement: Mapped[str] = mapped_column(Text)
    resolution: Mapped[str] = mapped_column(Text)
    refund_to: Mapped[str | None] = mapped_column(ForeignKey("payment_methods.id"))
    method: Mapped[str] = mapped_column(Text)
    amount: Mapped[Decimal] = mapped_column(_MONEY)
    fee: Mapped[Decimal] = mapped_column(_MONEY)
    price_difference: Mapped[Decimal] = mapped_column(_MONEY, default=Decimal("0.00"))
    currency: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[dt.datetime] = mapped_column(_MOMENT)
    label_expires_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    tracking_number: Mapped[str | None] = mapped_column(Text, index=True)
    carrier: Mapped[str | None] = mapped_column(Text)
    conversation_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    refund_due_on: Mapped[dt.date | None] = mapped_column(Date)
    settled_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    needs_person: Mapped[str | None] = mapped_column(Text)
    bonus: Mapped[Decimal] = mapped_column(_MONEY, server_default="0", default=Decimal("0.00"))
    gift: Mapped[bool] = mapped_column(server_default="false", default=False)
    extended_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    __table_args__ = (
        CheckConstraint("approval IN ('requested', 'approved', 'rejected', 'cancelled')", name="approval_known"),
        CheckConstraint(
            "parcel IN ('none', 'label_issued', 'in_transit', 'received', 'inspected', 'lost', 'expired')",
            name="parcel_known",
        ),
        CheckConstraint(
            "settlement IN ('open', 'refunded', 'exchanged', 'credited', 'closed')", name="settlement_known"
        ),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("bonus >= 0 AND bonus <= amount", name="bonus_within_amount"),
        Index("ix_returns_opened_at", "opened_at"),
        Index(
            "ix_returns_to_be_sent",
            "label_expires_at",
            postgresql_where=sql("parcel = 'label_issued' AND approval = 'approved'"),
        ),
    )


class ReturnLineRow(Base):
    """What comes back: so many pieces of one order item."""

    __tablename__ = "return_lines"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    return_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("returns.id"), index=True)
    order_item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("order_items.id"), index=True)
    position: Mapped[int]
    quantity: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    resolution: Mapped[str] = mapped_column(Text)
    exchange_variant_id: Mapped[str | None] = mapped_column(ForeignKey("variants.id"))
    amount: Mapped[Decimal] = mapped_column(_MONEY)
    rule_ids: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    condition: Mapped[str | None] = mapped_column(Text)
    photos: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid), server_default="{}", default=list)
    keep: Mapped[bool] = mapped_column(server_default="false", default=False)
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)


class ExchangeRow(Base):
    """Pieces that are reserved for a customer until what they exchange has come back."""

    __tablename__ = "exchanges"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    return_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("returns.id"), index=True)
    order_item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("order_items.id"))
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"), index=True)
    quantity: Mapped[int]
    state: Mapped[str] = mapped_column(Text)
    tracking_number: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("state IN ('reserved', 'ready', 'sent', 'released')", name="state_known"),
    )


class EventRow(Base):
    """Everything that happened to an order, a return, its money, or a customer's data, and who did it.

    `sequence` keeps events of one moment in order; the same `key` happens once. The customer has been told since
    `told_at`, the shop's systems since `published_at`; what has no such moment is still to be told.
    """

    __tablename__ = "events"
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    subject: Mapped[str] = mapped_column(Text, server_default="return", default="return")
    kind: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    order_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("orders.id"), index=True)
    return_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("returns.id"), index=True)
    at: Mapped[dt.datetime] = mapped_column(_MOMENT)
    actor: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    key: Mapped[str | None] = mapped_column(Text, unique=True)
    told_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    published_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    __table_args__ = (
        CheckConstraint("subject IN ('return', 'order', 'transfer', 'exchange', 'customer')", name="subject_known"),
        Index("ix_events_untold", "sequence", postgresql_where=sql("told_at IS NULL")),
        Index("ix_events_unpublished", "sequence", postgresql_where=sql("published_at IS NULL")),
    )


class PolicyVersionRow(Base):
    """The rules of a policy version as they were when a decision was made under them; `digest` is theirs (SHA-256)."""

    __tablename__ = "policy_versions"
    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[str] = mapped_column(Text)
    shop: Mapped[dict[str, Any]] = mapped_column(JSONB)
    rules: Mapped[dict[str, Any]] = mapped_column(JSONB)
    first_used_at: Mapped[dt.datetime] = mapped_column(_MOMENT)


class DecisionRow(Base):
    """The receipt of a decision: what was asked, under which rules, and what came out."""

    __tablename__ = "decisions"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    return_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("returns.id"), index=True)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    at: Mapped[dt.datetime] = mapped_column(_MOMENT)
    policy_version: Mapped[str] = mapped_column(Text)
    policy_digest: Mapped[str | None] = mapped_column(ForeignKey("policy_versions.digest"))
    rule_ids: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    outcome: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class PromiseRow(Base):
    """What a customer was told will happen; `due_at` is None while the day depends on the parcel.

    `late_at` is when it came due unkept and was given to a person.
    """

    __tablename__ = "promises"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    return_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("returns.id"), index=True)
    conversation_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    text: Mapped[str] = mapped_column(Text)
    amount: Mapped[Decimal | None] = mapped_column(_MONEY)
    due_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    kept_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    kind: Mapped[str] = mapped_column(Text, server_default="refund", default="refund")
    late_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    __table_args__ = (
        CheckConstraint("kind IN ('refund', 'store_credit', 'exchange', 'decision', 'charge')", name="kind_known"),
        Index("ix_promises_open", "due_at", postgresql_where=sql("kept_at IS NULL")),
    )


class NoticeRow(Base):
    """One step that a customer was told of: the same `key` is told once, and where."""

    __tablename__ = "notices"
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    return_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("returns.id"), index=True)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    conversation_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(_MOMENT)


class ImportRow(Base):
    """How far the import of a file has come; `digest` is the file's (SHA-256), `rows` how many lines are done."""

    __tablename__ = "imports"
    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    rows: Mapped[int] = mapped_column(default=0)
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    started_at: Mapped[dt.datetime] = mapped_column(_MOMENT)
    finished_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)


class IdentityAttemptRow(Base):
    """One wrong answer to "is this your order?", kept under the number that was named, known or not."""

    __tablename__ = "identity_attempts"
    __table_args__ = (Index("ix_identity_attempts_number_at", "number", "at"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(_MOMENT)
