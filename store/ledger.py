"""Promises: what was told to a customer about money, an exchange or a decision, until when, and whether it was kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, cast
from uuid import UUID

from sqlalchemy import Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store import dates, offers
from store.decision import Offer, RefundPart
from store.order import Order, PaymentKind
from store.policy_file import Policy, Shop
from store.returns import Return
from store.tables import PaymentMethodRow, PromiseRow

PromiseKind = Literal["refund", "store_credit", "exchange", "decision", "charge"]

DECISION_DAYS = 2
"""Business days within which a person decides about a return."""
MONEY_KINDS: tuple[PromiseKind, ...] = ("refund", "store_credit", "charge")


def promise_return(session: AsyncSession, opened: Return, offer: Offer, shop: Shop, paid_by: str = "") -> None:
    """Write down what the customer was told about their return; the day follows when the parcel is here.

    `paid_by` names the payment method that bears the price difference of an exchange.
    """
    if opened.resolution == "exchange":
        _promise(session, opened, "exchange", f"Exchange, {offer.when}", None)
        _promise_difference(session, opened, shop, paid_by)
        return
    text = f"{shop.money(opened.amount, opened.currency)} to {offer.destination}, {offer.when}"
    kind: PromiseKind = "store_credit" if opened.resolution == "store_credit" else "refund"
    _promise(session, opened, kind, text, opened.amount)


def promise_decision(session: AsyncSession, opened: Return, rules: Policy, now: datetime) -> None:
    """Write down that a person decides about a return, and by when."""
    zone = rules.shop.time_zone
    day = dates.add_business_days(dates.local_day(now, zone), DECISION_DAYS)
    text = f"A decision by one of our people by {dates.spoken(day)}"
    _promise(session, opened, "decision", text, None, dates.end_of_day(day, zone))


def promise_refunds(
    session: AsyncSession, order: Order, parts: Sequence[RefundPart], rules: Policy, now: datetime
) -> None:
    """Write down what goes back for a cancelled or changed order: one promise for each part, with its last day."""
    zone = rules.shop.time_zone
    for part in parts:
        due = dates.add_business_days(dates.local_day(now, zone), offers.refund_time(part.kind, rules).days_to)
        session.add(
            PromiseRow(
                order_id=order.id,
                kind="refund",
                text=f"{rules.shop.money(part.amount, order.currency)} to {part.destination}, {part.when}",
                amount=part.amount,
                due_at=dates.end_of_day(due, zone),
            )
        )


async def set_due(session: AsyncSession, return_id: UUID, due: Mapping[PromiseKind, datetime]) -> None:
    """Date the open promises of a return, each kind with its own moment."""
    for kind, moment in due.items():
        query = update(PromiseRow).where(PromiseRow.return_id == return_id, PromiseRow.kept_at.is_(None))
        await session.execute(query.where(PromiseRow.kind == kind).values(due_at=moment))


async def keep_promises(
    session: AsyncSession, return_id: UUID, now: datetime, kinds: Sequence[PromiseKind] = MONEY_KINDS
) -> None:
    """Mark the open promises of a return as kept: those about money unless other `kinds` are named."""
    query = update(PromiseRow).where(PromiseRow.return_id == return_id, PromiseRow.kept_at.is_(None))
    await session.execute(query.where(PromiseRow.kind.in_(kinds)).values(kept_at=now))


async def drop_promises(
    session: AsyncSession, return_id: UUID, kinds: Sequence[PromiseKind] = (*MONEY_KINDS, "exchange", "decision")
) -> None:
    """Forget the open promises of a return that does not take place, or takes place in another way."""
    query = delete(PromiseRow).where(PromiseRow.return_id == return_id, PromiseRow.kept_at.is_(None))
    await session.execute(query.where(PromiseRow.kind.in_(kinds)))


async def keep_order_promise(session: AsyncSession, order_id: UUID, amount: Decimal, now: datetime) -> None:
    """Mark as kept that so much goes back for an order, apart from its returns."""
    promise = await session.scalar(_refund_of(order_id, amount))
    if promise is not None:
        await session.execute(update(PromiseRow).where(PromiseRow.id == promise).values(kept_at=now))


async def drop_order_promise(session: AsyncSession, order_id: UUID, amount: Decimal) -> None:
    """Forget that so much goes back for an order, apart from its returns: a person has called it off."""
    promise = await session.scalar(_refund_of(order_id, amount))
    if promise is not None:
        await session.execute(delete(PromiseRow).where(PromiseRow.id == promise))


async def late_promises(session: AsyncSession, now: datetime, limit: int = 50) -> list[UUID]:
    """Return the ids of promises past their time that were not given to a person yet, oldest first."""
    query = select(PromiseRow.id).where(
        PromiseRow.kept_at.is_(None), PromiseRow.late_at.is_(None), PromiseRow.due_at < now
    )
    return list(await session.scalars(query.order_by(PromiseRow.due_at, PromiseRow.id).limit(limit)))


async def mark_late(session: AsyncSession, promise_id: UUID, now: datetime) -> bool:
    """Note that a promise came due unkept and is a person's now; False when it is kept or was noted already."""
    query = update(PromiseRow).where(
        PromiseRow.id == promise_id, PromiseRow.kept_at.is_(None), PromiseRow.late_at.is_(None)
    )
    changed = await session.scalar(query.values(late_at=now).returning(PromiseRow.id))
    return changed is not None


async def kind_of(session: AsyncSession, method_id: str | None) -> PaymentKind:
    """Return the kind of a payment method; a card where it is not known, which takes longest."""
    if method_id is None:
        return "card"
    kind = await session.scalar(select(PaymentMethodRow.kind).where(PaymentMethodRow.id == method_id))
    return cast("PaymentKind", kind or "card")


def _promise_difference(session: AsyncSession, opened: Return, shop: Shop, paid_by: str) -> None:
    difference = opened.price_difference
    if difference == 0:
        return
    amount = shop.money(abs(difference), opened.currency)
    place = paid_by or "the way it was paid"
    if difference > 0:
        _promise(session, opened, "charge", f"{amount} from {place}, once we have checked the parcel", difference)
    else:
        _promise(session, opened, "refund", f"{amount} to {place}, once we have checked the parcel", -difference)


def _promise(
    session: AsyncSession,
    opened: Return,
    kind: PromiseKind,
    text: str,
    amount: Decimal | None,
    due_at: datetime | None = None,
) -> None:
    session.add(
        PromiseRow(
            order_id=opened.order_id,
            return_id=opened.id,
            conversation_id=opened.conversation_id,
            kind=kind,
            text=text,
            amount=amount,
            due_at=due_at,
        )
    )


def _refund_of(order_id: UUID, amount: Decimal) -> Select[UUID]:
    return (
        select(PromiseRow.id)
        .where(
            PromiseRow.order_id == order_id,
            PromiseRow.return_id.is_(None),
            PromiseRow.kind == "refund",
            PromiseRow.amount == amount,
            PromiseRow.kept_at.is_(None),
        )
        .order_by(PromiseRow.due_at, PromiseRow.id)
        .limit(1)
    )
