"""Where the money of a settled return goes: to the parts that were promised, to store credit, or onto a gift card."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors, ids
from store import dates, happenings, held, ledger, money, offers, opening, transfers
from store import transfer as transferring
from store.happenings import Act
from store.ledger import PromiseKind
from store.order import Order
from store.policy_file import Policy
from store.returns import Return
from store.tables import DecisionRow, PaymentMethodRow
from store.transfer import TransferKind

Parts = tuple[tuple[str, Decimal], ...]


async def ask(session: AsyncSession, current: Return, act: Act) -> None:
    """Ask for all transfers of a return that is to be settled; nothing where nothing is owed."""
    order = await held.order(session, current.order_id)
    kind, parts = await _parts(session, order, current)
    await transfers.hold_methods(session, (method_id for method_id, _ in parts))
    for number, (method_id, amount) in enumerate(parts, start=1):
        await transfers.request(
            session,
            key=f"return:{current.rma}:{number}",
            kind=kind,
            order_id=order.id,
            return_id=current.id,
            payment_method_id=method_id,
            amount=amount,
            bonus=min(current.bonus, amount),
            currency=current.currency,
            act=happenings.alone(act, act.actor),
        )


async def due(session: AsyncSession, current: Return, rules: Policy, now: datetime) -> dict[PromiseKind, datetime]:
    """Return by when each kind of promise about a return is due, now that its parcel is here (or need not come)."""
    checking = rules.rules.processing_days if current.parcel == "received" else 0
    return {kind: _end(now, checking + days, rules) for kind, days in (await _days(session, current, rules)).items()}


def promised_day(current: Return, moments: dict[PromiseKind, datetime]) -> datetime:
    """Return the moment that a customer waits for: the money's, or the exchange's."""
    return moments[current.resolution]


async def _parts(session: AsyncSession, order: Order, current: Return) -> tuple[TransferKind, Parts]:
    before = await transfers.of_order(session, order.id)
    if current.resolution == "exchange" and current.price_difference > 0:
        return "charge", ((_payer(order, current), current.price_difference),)
    if current.resolution == "exchange":
        back = -current.price_difference
        if back == 0 or current.gift:
            return "refund", await _on_gift_card(session, current, back)
        return "refund", transferring.fit(((_payer(order, current), back),), order, before)
    if current.amount == 0:
        return "refund", ()
    if current.gift:
        return "refund", await _on_gift_card(session, current, current.amount)
    if current.resolution == "store_credit":
        return "refund", ((await _store_credit_of(session, current.customer_id), current.amount),)
    return "refund", transferring.fit(await _promised(session, order, current), order, before)


async def _promised(session: AsyncSession, order: Order, current: Return) -> Parts:
    """Return where the money was promised to go: the receipt has it, and older returns name one method."""
    if current.refund_to is not None:
        return ((current.refund_to, current.amount),)
    query = select(DecisionRow.outcome).where(DecisionRow.return_id == current.id)
    outcome = await session.scalar(query.order_by(DecisionRow.at.desc(), DecisionRow.id).limit(1))
    parts = opening.promised_parts(outcome or {}, current.resolution, current.method, current.amount)
    if parts:
        return parts
    return ((_payer(order, current), current.amount),)


def _payer(order: Order, current: Return) -> str:
    method = current.refund_to or transferring.payer_of_most(order)
    if method is None:
        raise errors.Conflict(f"{current.rma}: nobody wrote down how order {order.number} was paid")
    return method


async def _on_gift_card(session: AsyncSession, current: Return, amount: Decimal) -> Parts:
    """Make a card for whoever returns a gift: it belongs to whoever has its code, and not to who paid."""
    if amount == 0:
        return ()
    token = ids.new_token(8).upper()
    code = f"GC-{token[:4]}-{token[4:]}"
    session.add(
        PaymentMethodRow(
            id=f"gift_card_{ids.new_id().hex}",
            customer_id=current.customer_id,
            kind="gift_card",
            label=f"Gift card ending {token[4:]}",
            balance=money.ZERO,
            bearer_code=code,
        )
    )
    await session.flush()
    query = select(PaymentMethodRow.id).where(PaymentMethodRow.bearer_code == code)
    return ((str(await session.scalar(query)), amount),)


async def _store_credit_of(session: AsyncSession, customer_id: UUID) -> str:
    query = select(PaymentMethodRow.id).where(
        PaymentMethodRow.customer_id == customer_id,
        PaymentMethodRow.kind == "store_credit",
        PaymentMethodRow.bearer_code.is_(None),
    )
    found = await session.scalar(query.order_by(PaymentMethodRow.id).limit(1))
    if found is not None:
        return found
    fresh = f"store_credit_{customer_id.hex}"
    # Another order of the customer may be giving them their first credit at this moment.
    made = insert(PaymentMethodRow).values(
        id=fresh, customer_id=customer_id, kind="store_credit", label="Store credit", balance=money.ZERO
    )
    await session.execute(made.on_conflict_do_nothing())
    return fresh


async def _days(session: AsyncSession, current: Return, rules: Policy) -> dict[PromiseKind, int]:
    if current.resolution == "exchange":
        kind = await ledger.kind_of(session, current.refund_to)
        return {"exchange": 0, "charge": 0, "refund": offers.refund_time(kind, rules).days_to}
    if current.resolution == "store_credit":
        return {"store_credit": offers.refund_time("store_credit", rules).days_to}
    kind = await ledger.kind_of(session, current.refund_to)
    return {"refund": offers.refund_time(kind, rules).days_to}


def _end(now: datetime, days: int, rules: Policy) -> datetime:
    zone = rules.shop.time_zone
    return dates.end_of_day(dates.add_business_days(dates.local_day(now, zone), days), zone)
