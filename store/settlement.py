"""The end of a return: it is settled when all its money has moved, and an exchange then waits to be sent."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store import exchange, happenings, held, ledger, money, repository
from store.happenings import Act
from store.returns import SETTLED_AS, Return, Settlement, move
from store.tables import PaymentMethodRow, TransferRow
from store.transfer import UNDER_WAY


def owed(return_: Return) -> Decimal:
    """Return how much is to move before a return is settled: its amount, or the price difference of its exchange."""
    return abs(return_.price_difference) if return_.resolution == "exchange" else return_.amount


async def move_on(session: AsyncSession, return_id: UUID, act: Act) -> Return | None:
    """Settle a return when all that it owes has moved; None while something is still to come.

    The caller holds its order. What a person called off does not stand in the way; a refund of which all was called
    off is closed. A gift's new card is named in the event, for whoever has its code may spend it.
    """
    current = await repository.return_by_id(session, return_id)
    assert current is not None  # the transfer refers to it
    query = select(TransferRow).where(TransferRow.return_id == return_id)
    rows = (await session.scalars(query, execution_options={"populate_existing": True})).all()
    requested = sum((row.amount for row in rows), money.ZERO)
    waiting = any(row.state in UNDER_WAY for row in rows)
    if not current.is_open or current.approval != "approved" or requested != owed(current) or waiting:
        return None
    moved = [row for row in rows if row.state == "succeeded"]
    end: Settlement = SETTLED_AS[current.resolution]
    if rows and not moved and current.resolution != "exchange":
        end = "closed"
    settled = await held.save(
        session,
        replace(move(current, settlement=end), settled_at=act.now),
        end,
        act,
        amount=str(sum((row.amount for row in moved), money.ZERO) if rows else current.amount),
        code=await _gift_code(session, moved),
    )
    await exchange.make_ready(session, settled, happenings.alone(act, act.actor))
    if end == "closed":
        await ledger.drop_promises(session, return_id)
    else:
        await ledger.keep_promises(session, return_id, act.now)
    return settled


async def _gift_code(session: AsyncSession, moved: list[TransferRow]) -> str:
    method_ids = [row.payment_method_id for row in moved]
    query = select(PaymentMethodRow.bearer_code).where(
        PaymentMethodRow.id.in_(method_ids), PaymentMethodRow.bearer_code.is_not(None)
    )
    return await session.scalar(query) or ""
