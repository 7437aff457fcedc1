"""The label of a return as a document."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession

from casework.desk import Desk
from store import label, repository


async def render(session: AsyncSession, desk: Desk, rma: str) -> bytes | None:
    """Return the label's PDF; None when the return has no label (any more)."""
    found = await repository.find_return(session, rma)
    if found is None or found.parcel != "label_issued" or found.approval != "approved":
        return None
    order = await repository.order_by_id(session, found.order_id)
    assert order is not None
    return await asyncio.to_thread(label.render, found, order, desk.book.shop)
