"""Writing down what happened: one row for each change, with who, when, and why; the same key happens once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.order import Order
from store.returns import Return
from store.tables import EventRow

Subject = Literal["return", "order", "transfer", "exchange", "customer"]


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


def note(session: AsyncSession, about: About, kind: str, act: Act) -> None:
    """Write an event down; details without a value are left out."""
    session.add(
        EventRow(
            subject=about.subject,
            kind=kind,
            customer_id=about.customer_id,
            order_id=about.order_id,
            return_id=about.return_id,
            at=act.now,
            actor=act.actor,
            detail={name: value for name, value in act.detail.items() if value},
            key=act.key,
            told_at=act.now if act.told else None,
        )
    )


async def happened(session: AsyncSession, key: str) -> bool:
    """Tell whether something with this key has happened already."""
    return await session.scalar(select(EventRow.sequence).where(EventRow.key == key)) is not None


async def told(session: AsyncSession, return_id: UUID, now: datetime) -> None:
    """Note that the customer knows all that has happened to a return so far, so that no notice repeats it."""
    query = update(EventRow).where(EventRow.return_id == return_id, EventRow.told_at.is_(None))
    await session.execute(query.values(told_at=now))


async def kinds_of(session: AsyncSession, return_id: UUID) -> Sequence[str]:
    """Return the kinds of what has happened to a return, oldest first."""
    query = select(EventRow.kind).where(EventRow.return_id == return_id).order_by(EventRow.sequence)
    return (await session.scalars(query)).all()
