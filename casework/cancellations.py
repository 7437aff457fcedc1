"""Call off a return, or cancel an order that has not been packed."""

from sqlalchemy.ext.asyncio import AsyncSession

from casework.desk import Desk
from store import policy, repository, service
from store.decision import CancelDecision
from store.happenings import Act
from store.order import Order
from store.returns import Reason, Return, may_cancel


async def decide_order(session: AsyncSession, desk: Desk, order: Order) -> CancelDecision:
    """Decide whether an order can be cancelled, and what would be refunded where."""
    methods = await repository.payment_methods_of(session, order.customer.id)
    return policy.decide_cancel(order, None, desk.book.in_force(order.placed_at), methods)


def reasons(desk: Desk, order: Order) -> tuple[Reason, ...]:
    """Return the reasons for which an order may be cancelled."""
    return desk.book.in_force(order.placed_at).rules.cancel.reasons


async def cancel_order(session: AsyncSession, desk: Desk, order: Order, reason: Reason) -> None:
    """Cancel an order.

    Raises:
        Conflict: it can no longer be cancelled.
    """
    await service.cancel_order(
        session, order_id=order.id, reason=reason, act=Act("customer", desk.clock.now(), told=True), book=desk.book
    )


async def returns_to_call_off(session: AsyncSession, order: Order) -> list[Return]:
    """Return the returns of an order that the customer can still call off."""
    return [one for one in await repository.returns_of_order(session, order.id) if may_cancel(one)]


async def cancel_return(session: AsyncSession, desk: Desk, return_: Return) -> None:
    """Call off a return.

    Raises:
        Conflict: the parcel is on its way or something has been paid.
    """
    await service.cancel_return(session, return_.rma, Act("customer", desk.clock.now(), told=True))
