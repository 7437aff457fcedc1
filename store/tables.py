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
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"),)


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
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'processed', 'shipped', 'delivered', 'cancelled')", name="state_known"),
    )


class OrderItemRow(Base):
    """Lines of an order; `unit_price` is what was paid for one piece after discounts."""

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
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)


class FulfilmentRow(Base):
    """Parcels that went out for an order."""

    __tablename__ = "fulfilments"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    tracking_number: Mapped[str] = mapped_column(Text, index=True)
    carrier: Mapped[str] = mapped_column(Text, default="")
    item_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid), default=list)


class PaymentMethodRow(Base):
    """Ways to pay; only gift cards and store credit have a balance."""

    __tablename__ = "payment_methods"
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    balance: Mapped[Decimal | None] = mapped_column(_MONEY)
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
    __table_args__ = (CheckConstraint("kind IN ('payment', 'refund')", name="kind_known"),)


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
        Index("ix_returns_opened_at", "opened_at"),
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
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)


class ReturnEventRow(Base):
    """Everything that happened to a return; `sequence` keeps events of one moment in order."""

    __tablename__ = "return_events"
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    return_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("returns.id"), index=True)
    at: Mapped[dt.datetime] = mapped_column(_MOMENT)
    actor: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class DecisionRow(Base):
    """The receipt of a decision: what was asked, under which rules, and what came out."""

    __tablename__ = "decisions"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    return_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("returns.id"), index=True)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    at: Mapped[dt.datetime] = mapped_column(_MOMENT)
    policy_version: Mapped[str] = mapped_column(Text)
    rule_ids: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    outcome: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class PromiseRow(Base):
    """What a customer was told will happen; `due_at` is None while the day depends on the parcel."""

    __tablename__ = "promises"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    return_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("returns.id"), index=True)
    conversation_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    text: Mapped[str] = mapped_column(Text)
    amount: Mapped[Decimal | None] = mapped_column(_MONEY)
    due_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    kept_at: Mapped[dt.datetime | None] = mapped_column(_MOMENT)
    __table_args__ = (Index("ix_promises_open", "due_at", postgresql_where=sql("kept_at IS NULL")),)


class IdentityAttemptRow(Base):
    """One wrong answer to "is this your order?", kept under the number that was named, known or not."""

    __tablename__ = "identity_attempts"
    __table_args__ = (Index("ix_identity_attempts_number_at", "number", "at"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(_MOMENT)
