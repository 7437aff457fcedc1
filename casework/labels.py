"""The label of a return: as a document, and as a link to it."""

import asyncio
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from casework import links
from casework.desk import Desk
from casework.proposal import Label
from store import label, repository
from store.order import Order
from store.returns import Return

_GIFT = "Gift return"
"""Stands for the sender's name: who pays for a gift is nobody's business who returns it."""


async def render(session: AsyncSession, desk: Desk, rma: str) -> bytes | None:
    """Return the label's PDF; None when the return has no label (any more)."""
    found = await repository.find_return(session, rma)
    if found is None or not has_label(found):
        return None
    order = await repository.order_by_id(session, found.order_id)
    assert order is not None
    return await asyncio.to_thread(label.render, found, _sender_hidden(order) if found.gift else order, desk.book.shop)


def label_of(desk: Desk, return_: Return) -> Label | None:
    """Return the label of a return as a signed link; None when it has none (yet)."""
    if not has_label(return_):
        return None
    return Label(links.to_label(desk, return_.rma), f"Return label {return_.rma}.pdf")


def has_label(return_: Return) -> bool:
    """Tell whether a return has a label that works."""
    return return_.parcel == "label_issued" and return_.approval == "approved"


def attachments(desk: Desk, return_: Return) -> tuple[dict[str, str], ...]:
    """Return the label of a return as the attachment of a message; nothing when it has none."""
    found = label_of(desk, return_)
    return ({"url": found.url, "media_type": "application/pdf", "name": found.name},) if found else ()


def _sender_hidden(order: Order) -> Order:
    return replace(order, customer=replace(order.customer, name_first=_GIFT, name_last=""))
