"""Gifts: who was given something from an order has its code, and knows neither the order nor who paid for it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store import repository
from store.order import Order
from store.tables import OrderRow

_PREFIX = "GIFT-"


async def find_order(session: AsyncSession, code: str) -> Order | None:
    """Return the order of a gift's code, written with or without its `GIFT-`; None when there is none."""
    plain = code.strip().upper()
    wanted = {plain, plain.removeprefix(_PREFIX), f"{_PREFIX}{plain.removeprefix(_PREFIX)}"} - {"", _PREFIX}
    found = (await session.scalars(select(OrderRow.id).where(OrderRow.gift_code.in_(wanted)).limit(2))).all()
    return await repository.order_by_id(session, found[0]) if len(found) == 1 else None
