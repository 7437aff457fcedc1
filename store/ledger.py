"""Money and promises: what was told to a customer, and what was paid to them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store import dates, money, offers
from store.decision import Offer, RefundPart
from store.order import Order, PaymentKind
from store.policy_file import Policy
from store.returns import Return
from store.tables import PaymentMethodRow, PaymentRow, PromiseRow

_WITH_BALANCE = ("gift_card", "store_credit")


def promise_return(session: AsyncSession, opened: Return, offer: Offer) -> None:
    """Write down what the customer was told about their return; the day follows when the parcel is here."""
    if opened.resolution == "exchange":
        text, amount = f"Exchange, {offer.when}", None
    else:
        amount = opened.amount
        text = f"{money.format(amount, opened.currency)} to {offer.destination}, {offer.when}"
    session.add(
        PromiseRow(
            order_id=opened.order_id,
            return_id=opened.id,
            conversation_id=opened.conversation_id,
            text=text,
            amount=amount,
        )
    )


async def set_due(session: AsyncSession, return_id: UUID, due_at: datetime) -> None:
    """Date the open promises of a return."""
    query = update(PromiseRow).where(PromiseRow.return_id == return_id, PromiseRow.kept_at.is_(None))
    await session.execute(query.values(due_at=due_at))


async def keep_promises(session: AsyncSession, return_id: UUID, now: datetime) -> None:
    """Mark the promises of a return as kept."""
    query = update(PromiseRow).where(PromiseRow.return_id == return_id, PromiseRow.kept_at.is_(None))
    await session.execute(query.values(kept_at=now))


async def drop_promises(session: AsyncSession, return_id: UUID) -> None:
    """Forget the open promises of a return that does not take place."""
    query = delete(PromiseRow).where(PromiseRow.return_id == return_id, PromiseRow.kept_at.is_(None))
    await session.execute(query)


async def late_promises(session: AsyncSession, now: datetime, limit: int = 50) -> list[UUID]:
    """Return the ids of promises past their time, oldest first."""
    query = select(PromiseRow.id).where(PromiseRow.kept_at.is_(None), PromiseRow.due_at < now)
    return list(await session.scalars(query.order_by(PromiseRow.due_at).limit(limit)))


async def kind_of(session: AsyncSession, method_id: str | None) -> PaymentKind:
    """Return the kind of a payment method; a card where it is not known, which takes longest."""
    if method_id is None:
        return "card"
    kind = await session.scalar(select(PaymentMethodRow.kind).where(PaymentMethodRow.id == method_id))
    return cast("PaymentKind", kind or "card")


async def pay_out(session: AsyncSession, settled: Return, now: datetime) -> None:
    """Write the payment that settles a return: the refund, the credit, or the difference of an exchange."""
    if settled.resolution == "exchange":
        await _pay_difference(session, settled, now)
        return
    method_id = settled.refund_to
    if settled.resolution == "store_credit":
        method_id = await _store_credit_of(session, settled.customer_id)
    if method_id is not None:
        await _refund(session, settled.order_id, method_id, settled.amount, now, settled.id)


async def refund_order(
    session: AsyncSession, order: Order, parts: Sequence[RefundPart], rules: Policy, now: datetime
) -> None:
    """Refund a cancelled order to the methods that paid, each with its promise; balances have it at once."""
    today = dates.local_day(now, rules.shop.time_zone)
    for part in parts:
        await _refund(session, order.id, part.refund_to, part.amount, now, None)
        due = dates.add_business_days(today, offers.refund_time(part.kind, rules).days_to)
        session.add(
            PromiseRow(
                order_id=order.id,
                text=f"{money.format(part.amount, order.currency)} to {part.destination}, {part.when}",
                amount=part.amount,
                due_at=dates.end_of_day(due, rules.shop.time_zone),
                kept_at=now if part.kind in _WITH_BALANCE else None,
            )
        )
    await session.flush()


async def _pay_difference(session: AsyncSession, settled: Return, now: datetime) -> None:
    difference, method_id = settled.price_difference, settled.refund_to
    if method_id is None or difference == 0:
        return
    if difference < 0:
        await _refund(session, settled.order_id, method_id, -difference, now, settled.id)
        return
    await _add_to_balance(session, method_id, -difference)
    _entry(session, settled.order_id, method_id, "payment", difference, now, settled.id)


async def _refund(
    session: AsyncSession, order_id: UUID, method_id: str, amount: Decimal, now: datetime, return_id: UUID | None
) -> None:
    _entry(session, order_id, method_id, "refund", amount, now, return_id)
    await _add_to_balance(session, method_id, amount)


def _entry(  # noqa: PLR0913
    session: AsyncSession,
    order_id: UUID,
    method_id: str,
    kind: str,
    amount: Decimal,
    now: datetime,
    return_id: UUID | None,
) -> None:
    session.add(
        PaymentRow(
            order_id=order_id, payment_method_id=method_id, kind=kind, amount=amount, at=now, return_id=return_id
        )
    )


async def _add_to_balance(session: AsyncSession, method_id: str, amount: Decimal) -> None:
    query = update(PaymentMethodRow).where(PaymentMethodRow.id == method_id, PaymentMethodRow.kind.in_(_WITH_BALANCE))
    await session.execute(
        query.values(balance=PaymentMethodRow.balance + amount), execution_options={"synchronize_session": False}
    )


async def _store_credit_of(session: AsyncSession, customer_id: UUID) -> str:
    query = select(PaymentMethodRow.id).where(
        PaymentMethodRow.customer_id == customer_id, PaymentMethodRow.kind == "store_credit"
    )
    found = await session.scalar(query.order_by(PaymentMethodRow.id).limit(1))
    if found is not None:
        return found
    fresh = f"store_credit_{customer_id.hex}"
    session.add(
        PaymentMethodRow(
            id=fresh, customer_id=customer_id, kind="store_credit", label="Store credit", balance=money.ZERO
        )
    )
    await session.flush()
    return fresh
