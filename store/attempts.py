"""Wrong answers to "is this your order?", counted per number that was named, whether such an order exists or not."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables import IdentityAttemptRow


async def wrong_since(session: AsyncSession, number: str, since: datetime) -> int:
    """Return how many wrong answers a number has had since a moment."""
    query = select(func.count()).where(IdentityAttemptRow.number == number, IdentityAttemptRow.at >= since)
    return int((await session.execute(query)).scalar_one())


async def note_wrong(session: AsyncSession, number: str, now: datetime) -> None:
    """Count a wrong answer."""
    session.add(IdentityAttemptRow(number=number, at=now))
    await session.flush()
