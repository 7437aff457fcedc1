"""Orders and returns held for a change: the order's row is locked first, always, and then what belongs to it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from store import happenings, opening, records, repository, rows
from store.decision import Decision, Past, RequestLine
from store.happenings import Act
from store.order import Order
from store.policy_file import Policy, PolicyBook
from store.returns import Return
from store.tables import DecisionRow, ReturnRow

_MOVING = (
    "approval", "parcel", "settlement", "resolution", "refund_to", "method", "amount", "fee", "bonus",
    "price_difference", "needs_person", "tracking_number", "carrier", "label_expires_at", "refund_due_on",
    "settled_at", "extended_at",
)  # fmt: skip


async def order(session: AsyncSession, order_id: UUID) -> Order:
    """Lock an order and read it; raises NotFound."""
    await repository.lock_order(session, order_id)
    found = await repository.order_by_id(session, order_id)
    assert found is not None  # it has just been locked
    return found


async def return_(session: AsyncSession, rma: str) -> Return:
    """Lock the order of a return and the return itself, and read it; raises NotFound."""
    found = await repository.find_return(session, rma)
    if found is None:
        raise errors.NotFound(f"return {rma}")
    await repository.lock_order(session, found.order_id)
    await session.scalar(select(ReturnRow.id).where(ReturnRow.id == found.id).with_for_update(key_share=True))
    current = await repository.return_by_id(session, found.id)
    assert current is not None  # no return is ever deleted
    return current


async def rules_of(session: AsyncSession, current: Return, book: PolicyBook) -> Policy:
    """Return the rules that bind a return: those of the day on which its order was placed."""
    found = await repository.order_by_id(session, current.order_id)
    assert found is not None  # the return refers to it
    return book.in_force(found.placed_at)


async def case(  # noqa: PLR0913  (all that a decision depends on)
    session: AsyncSession,
    order: Order,
    lines: Sequence[RequestLine],
    book: PolicyBook,
    now: datetime,
    *,
    past: Past,
    overruled: frozenset[str] = frozenset(),
) -> opening.Case:
    """Put together all that a decision about a return depends on."""
    return opening.Case(
        order=order,
        lines=tuple(lines),
        rules=replace(book.in_force(order.placed_at), overruled=overruled),
        past=past,
        methods=tuple(await repository.payment_methods_of(session, order.customer.id)),
        now=now.astimezone(UTC),
    )


async def write_down(session: AsyncSession, decided: opening.Case, decision: Decision, current: Return) -> None:
    """Keep the receipt of a decision about a return, and the rules that it was made by."""
    digest = await records.keep_version(session, decided.rules, decided.now)
    session.add(DecisionRow(**rows.of_decision(decided, decision, current.id, digest)))


async def save(session: AsyncSession, changed: Return, kind: str, act: Act, **detail: Any) -> Return:
    """Write a changed return and the one event of its change; returns it. The lines are left alone."""
    values = {name: getattr(changed, name) for name in _MOVING}
    await session.execute(update(ReturnRow).where(ReturnRow.id == changed.id).values(values))
    happenings.note(session, happenings.of_return(changed), kind, act, **detail)
    await session.flush()
    return changed
