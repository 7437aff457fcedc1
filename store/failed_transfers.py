"""Transfers that failed without a provider being asked, as when a gift card had too little: no job tells of those."""

from uuid import UUID

from sqlalchemy import Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables import NoticeRow, TransferRow


async def untold(session: AsyncSession, limit: int) -> list[UUID]:
    """Return those of which the customer was never told (`told_key`), oldest first."""
    key = func.concat("transfer:", cast(TransferRow.id, Text), ":failed")
    query = (
        select(TransferRow.id)
        .where(TransferRow.state == "failed", TransferRow.attempts == 0)
        .where(~select(NoticeRow.key).where(NoticeRow.key == key).exists())
        .order_by(TransferRow.requested_at, TransferRow.id)
        .limit(limit)
    )
    return list(await session.scalars(query))


def told_key(transfer_id: UUID) -> str:
    """Return the key of the notice that tells of such a transfer."""
    return f"transfer:{transfer_id}:failed"
