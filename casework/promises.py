"""Promises that came due unkept: the customer is told first, by the desk itself, and then a person has it.

Telling, the person and the mark on the promise are one transaction, so each promise is late once.
"""

from functools import partial
from uuid import UUID

from casework import apart, notice_texts, reach
from casework.desk import Desk
from handoff.ticket import Call, Reason
from store import dates, ledger, notices, personal, repository
from store.notices import Promised


async def watch(desk: Desk) -> int:
    """Tell the customers of all promises that have come due unkept, and bring a person for each; returns how many."""
    async with desk.database.transaction() as session:
        late = await ledger.late_promises(session, desk.clock.now())
    return await apart.each(late, partial(_admit, desk), "admitting the late promise")


async def _admit(desk: Desk, promise_id: UUID) -> bool:
    async with desk.database.transaction() as session:
        now = desk.clock.now()
        promise = await notices.promised(session, promise_id)
        order = await repository.order_by_id(session, promise.order_id) if promise else None
        if promise is None or order is None:
            return False
        return_ = await repository.return_by_id(session, promise.return_id) if promise.return_id else None
        if not personal.is_erased(order.customer):
            # Locked before the promise; whoever keeps it at this moment is then seen.
            await reach.hold(session, desk, order, return_)
        if not await ledger.mark_late(session, promise_id, now):
            return False
        rules = desk.book.in_force(order.placed_at)
        due = dates.spoken(dates.local_day(promise.due_at, rules.shop.time_zone))
        text = notice_texts.late(promise.kind, _what(promise), due, notice_texts.about(order, return_))
        call = Call(Reason.PROMISE, f"Promised by {due}, and not kept: {promise.text}.", {"rule": "promise.late"})
        await reach.hand_over(session, desk, order, return_, text, call, f"promise:{promise_id}")
        return True


def _what(promise: Promised) -> str:
    """Return the amount and its place: `$45.00 to Visa ending 4242`, without how long it takes there."""
    return promise.text.partition(", ")[0]
