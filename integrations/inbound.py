"""What the shop and the warehouse have told us; the same event of one sender is taken once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from integrations.tables import InboundEventRow
from kit import errors, ids

State = Literal["done", "refused"]


@dataclass(frozen=True)
class InboundEvent:
    """An event as it came, and what became of it; `problem` says why it was refused."""

    sender: str
    event_id: str
    type: str
    payload: dict[str, Any]
    state: State
    problem: str
    received_at: datetime


async def take(
    session: AsyncSession, sender: str, event_id: str, type_: str, payload: dict[str, Any], now: datetime
) -> InboundEvent | None:
    """Write an event down; returns None when it is new, and else what became of it the first time.

    Whoever sends the same event at the same moment waits here until the first one's transaction has ended.

    Raises:
        Conflict: the sender used this id for another event.
    """
    values = {
        "id": ids.new_id(),
        "sender": sender,
        "event_id": event_id,
        "type": type_,
        "payload": payload,
        "state": "done",
        "problem": "",
        "received_at": now,
    }
    statement = insert(InboundEventRow).values(values).on_conflict_do_nothing(index_elements=["sender", "event_id"])
    if await session.scalar(statement.returning(InboundEventRow.id)) is not None:
        return None
    known = await find(session, sender, event_id)
    assert known is not None, "it stood in the way of the new one"
    if (known.type, known.payload) != (type_, payload):
        raise errors.Conflict(f"{sender} has sent another event with the id {event_id}")
    return known


async def refuse(session: AsyncSession, sender: str, event_id: str, problem: str) -> None:
    """Note that an event was not applicable, and why."""
    mine = (InboundEventRow.sender == sender, InboundEventRow.event_id == event_id)
    await session.execute(update(InboundEventRow).where(*mine).values(state="refused", problem=problem))


async def find(session: AsyncSession, sender: str, event_id: str) -> InboundEvent | None:
    """Return an event by its sender and the sender's id for it."""
    mine = (InboundEventRow.sender == sender, InboundEventRow.event_id == event_id)
    row = await session.scalar(select(InboundEventRow).where(*mine), execution_options={"populate_existing": True})
    if row is None:
        return None
    state = cast("State", row.state)
    return InboundEvent(row.sender, row.event_id, row.type, row.payload, state, row.problem, row.received_at)
