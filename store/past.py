"""What has happened before and bears on a decision about a return, as it stands in the books."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit import db
from store import happenings, money, opening
from store.decision import Past
from store.order import Order
from store.policy_file import PolicyBook
from store.tables import DecisionRow, EventRow, ReturnLineRow, ReturnRow, TransferRow
from store.transfer import UNDER_WAY, payer_of_most

NOT_COUNTED = ("rejected", "cancelled")
_MANY = 200


async def past_of(
    session: AsyncSession,
    order: Order,
    now: datetime,
    book: PolicyBook,
    *,
    without: UUID | None = None,
    gift: bool = False,
) -> Past:
    """Return what bears on a decision about an order.

    `without` leaves a return out, as if it had not been opened: what it would be if it were asked for anew; its own
    opening then counts as the moment when it was first asked for. `gift`: asked for by whoever has the gift code.
    """
    key = ("past", order.id, without, gift)
    return await db.once(session, key, lambda: _past_of(session, order, now, book, without=without, gift=gift))


async def _past_of(
    session: AsyncSession, order: Order, now: datetime, book: PolicyBook, *, without: UUID | None, gift: bool
) -> Past:
    counted = await _counted(session, order.id, without)
    promised = await _promised(session, order, counted)
    return Past(
        returned=await returned_quantities(session, order.id, without=without),
        promised=sum((amount for _, amount in promised), money.ZERO),
        shipping_promised=any(_gives_shipping(one) for one in counted),
        opened=await _opened(session, order.customer.id, without),
        started_at=await _started_at(session, order, now, book, without),
        gift=gift,
        exchanges=sum(one.row.resolution == "exchange" for one in counted),
        promised_to=_by_method(promised),
        shares=_shares(counted),
    )


async def returned_quantities(session: AsyncSession, order_id: UUID, *, without: UUID | None = None) -> dict[UUID, int]:
    """Return how many pieces of each item are in returns that were not rejected or cancelled."""

    async def read() -> dict[UUID, int]:
        query = (
            select(ReturnLineRow.order_item_id, func.sum(ReturnLineRow.quantity))
            .join(ReturnRow, ReturnRow.id == ReturnLineRow.return_id)
            .where(ReturnRow.order_id == order_id, ReturnRow.approval.not_in(NOT_COUNTED), *_but(without))
            .group_by(ReturnLineRow.order_item_id)
        )
        return {item: int(quantity) for item, quantity in await session.execute(query)}

    return dict(await db.once(session, ("returned", order_id, without), read))


@dataclass(frozen=True)
class _Counted:
    """A return that was neither rejected nor cancelled, with the outcome of its newest receipt."""

    row: ReturnRow
    outcome: Mapping[str, Any]


async def _counted(session: AsyncSession, order_id: UUID, without: UUID | None) -> list[_Counted]:
    query = (
        select(ReturnRow, DecisionRow.outcome)
        .outerjoin(DecisionRow, DecisionRow.return_id == ReturnRow.id)
        .where(ReturnRow.order_id == order_id, ReturnRow.approval.not_in(NOT_COUNTED), *_but(without))
        .order_by(DecisionRow.at, DecisionRow.id)
    )
    found = await session.execute(query, execution_options={"populate_existing": True})
    return list({row.id: _Counted(row, outcome or {}) for row, outcome in found}.values())


async def _promised(session: AsyncSession, order: Order, counted: Sequence[_Counted]) -> list[tuple[str, Decimal]]:
    """Return what is still to be paid back, to which payment method; to none in particular where it is empty."""
    query = select(TransferRow).where(TransferRow.order_id == order.id)
    transfers = (await session.scalars(query, execution_options={"populate_existing": True})).all()
    found = [
        (one.payment_method_id, one.amount - one.bonus)
        for one in transfers
        if one.kind == "refund" and one.state in UNDER_WAY
    ]
    # A return whose transfers have been requested is counted by them.
    requested = {one.return_id for one in transfers}
    for one in counted:
        if one.row.settlement == "open" and one.row.id not in requested:
            found += _owed(order, one)
    return found


def _owed(order: Order, one: _Counted) -> list[tuple[str, Decimal]]:
    row = one.row
    if row.resolution == "exchange":
        back = max(money.ZERO, -row.price_difference)
        return [(row.refund_to or payer_of_most(order) or "", back)] if back else []
    if row.resolution == "store_credit":
        return [("", row.amount - row.bonus)]
    if row.refund_to is not None:
        return [(row.refund_to, row.amount)]
    return list(opening.promised_parts(one.outcome, row.resolution, row.method, row.amount)) or [("", row.amount)]


def _shares(counted: Sequence[_Counted]) -> dict[UUID, tuple[Decimal, Decimal]]:
    """Return the price and tax of the pieces of each item that are in returns, as their receipts worked them out.

    Where a receipt does not say, nothing is known: each of its items may be one of the others'.
    """
    found: dict[UUID, tuple[Decimal, Decimal]] = {}
    for one in counted:
        offers = one.outcome.get("offers") or ()
        lines = offers[0].get("worked_out") if offers else None
        if not lines:
            return {}
        for line in lines:
            item = UUID(line["order_item_id"])
            price, tax = found.get(item, (money.ZERO, money.ZERO))
            found[item] = (price + Decimal(line["paid"]), tax + Decimal(line["tax"]))
    return found


def _by_method(promised: Sequence[tuple[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for method, amount in promised:
        if method:
            found[method] = found.get(method, money.ZERO) + amount
    return found


def _gives_shipping(one: _Counted) -> bool:
    return any(
        offer.get("resolution") == one.row.resolution and Decimal(offer.get("shipping") or 0) > 0
        for offer in one.outcome.get("offers") or ()
    )


async def _opened(session: AsyncSession, customer_id: UUID, without: UUID | None) -> tuple[datetime, ...]:
    # A gift's return is not the doing of the customer who paid.
    query = select(ReturnRow.opened_at).where(
        ReturnRow.customer_id == customer_id,
        ReturnRow.approval != "cancelled",
        ReturnRow.gift.is_(False),
        *_but(without),
    )
    return tuple(await session.scalars(query.order_by(ReturnRow.opened_at.desc()).limit(_MANY)))


async def _started_at(
    session: AsyncSession, order: Order, now: datetime, book: PolicyBook, without: UUID | None
) -> datetime | None:
    days = book.in_force(order.placed_at).rules.freeze_days
    query = select(func.min(EventRow.at)).where(
        EventRow.order_id == order.id,
        EventRow.subject == "order",
        EventRow.kind == happenings.STARTED,
        EventRow.at > now - timedelta(days=days),
    )
    started: datetime | None = await session.scalar(query)
    if without is None:
        return started
    opened: datetime | None = await session.scalar(select(ReturnRow.opened_at).where(ReturnRow.id == without))
    return min((moment for moment in (started, opened) if moment is not None), default=None)


def _but(without: UUID | None) -> tuple[ColumnElement[bool], ...]:
    return () if without is None else (ReturnRow.id != without,)
