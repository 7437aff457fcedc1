"""Writing down what happened: one row for each change, with who, when, and why; the same key happens once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from store.order import Order
from store.returns import Return
from store.tables import EventRow

Subject = Literal["return", "order", "transfer", "exchange", "customer"]

STARTED = "return.started"
"""Kind of an order's event: somebody has begun to ask for a return, which freezes the window for a while."""

KINDS: Mapping[Subject, tuple[str, ...]] = {
    "return": (
        "opened", "approved", "rejected", "cancelled", "changed", "label_issued", "extended", "in_transit", "received",
        "inspected", "lost", "expired", "settling", "refunded", "credited", "exchanged", "closed",
    ),
    "order": (
        "cancelled", "address_changed", "payment_changed", "items_changed", "processed", "shipped", "delivered",
        STARTED,
    ),
    "transfer": ("requested", "sent", "put_back", "succeeded", "failed", "retried", "called_off"),
    "exchange": ("reserved", "ready", "sent", "released"),
    "customer": ("address_changed",),
}  # fmt: skip
"""What the store writes down about each subject. `settling`: the money of a return is on its way. `refunded`,
`credited` and `exchanged`: a return is settled (`exchanged` when the new piece is ready, `sent` when it has left)."""

UNSEEN: frozenset[tuple[Subject, str]] = frozenset(
    {
        ("transfer", "requested"), ("transfer", "sent"), ("transfer", "put_back"), ("transfer", "retried"),
        ("exchange", "reserved"), ("exchange", "ready"), ("exchange", "released"), ("order", STARTED),
    }
)  # fmt: skip
"""Steps inside the shop of which no customer is told."""


@dataclass(frozen=True)
class About:
    """Whom and what an event concerns."""

    subject: Subject
    customer_id: UUID
    order_id: UUID | None = None
    return_id: UUID | None = None


@dataclass(frozen=True)
class Act:
    """Who does something, when, and why; the same `key` does it once.

    `actor` is `customer`, `policy`, `warehouse`, `shop`, `payments`, or an agent's name. `told` says that whoever
    writes this tells the customer in the same transaction, so that no notice of it goes out.
    """

    actor: str
    now: datetime
    detail: dict[str, Any] = field(default_factory=dict)
    key: str | None = None
    told: bool = False


def of_return(return_: Return) -> About:
    """Return what an event of a return concerns."""
    return About("return", return_.customer_id, return_.order_id, return_.id)


def of_order(order: Order) -> About:
    """Return what an event of an order concerns."""
    return About("order", order.customer.id, order.id)


def alone(act: Act, actor: str = "policy") -> Act:
    """Return an act for what follows from another: the same moment, nobody's words, no key of its own."""
    return replace(act, actor=actor, detail={}, key=None)


def note(session: AsyncSession, about: About, kind: str, act: Act, **detail: Any) -> None:
    """Write an event down; details without a value are left out."""
    told = act.told or (about.subject, kind) in UNSEEN
    whole = {**act.detail, **detail}
    session.add(
        EventRow(
            subject=about.subject,
            kind=kind,
            customer_id=about.customer_id,
            order_id=about.order_id,
            return_id=about.return_id,
            at=act.now,
            actor=act.actor,
            detail={name: value for name, value in whole.items() if value},
            key=act.key,
            told_at=act.now if told else None,
        )
    )


async def happened(session: AsyncSession, key: str) -> bool:
    """Tell whether something with this key has happened already."""
    return await session.scalar(select(EventRow.sequence).where(EventRow.key == key)) is not None


async def seen(session: AsyncSession, act: Act, about: About, *kinds: str) -> bool:
    """Tell whether this very act has happened already, so that it is not done again.

    To be asked while the order (or the customer) is held: of two at the same moment, the second then finds the first.
    Raises Conflict when the key belongs to something else.
    """
    if act.key is None:
        return False
    row = await session.scalar(select(EventRow).where(EventRow.key == act.key))
    if row is None:
        return False
    same = row.kind in kinds and row.subject == about.subject and row.customer_id == about.customer_id
    if not same or row.order_id != about.order_id or about.return_id not in (None, row.return_id):
        raise errors.Conflict(f"the key {act.key} was used for something else: {row.subject} {row.kind}")
    return True


async def return_of(session: AsyncSession, key: str) -> UUID | None:
    """Return the id of the return to which the event with this key belongs."""
    return await session.scalar(select(EventRow.return_id).where(EventRow.key == key))


async def told(session: AsyncSession, return_id: UUID, now: datetime) -> None:
    """Note that the customer knows all that has happened to a return so far, so that no notice repeats it."""
    query = update(EventRow).where(EventRow.return_id == return_id, EventRow.told_at.is_(None))
    await session.execute(query.values(told_at=now))
