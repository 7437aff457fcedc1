"""Cancel an order that has not been packed, and which returns can still be called off."""

from sqlalchemy.ext.asyncio import AsyncSession

from casework import done_words, paid_back, proposal, proposal_words, returns
from casework.desk import Desk
from casework.proposal import By, Done, Instead, Proposal, Refusal
from casework.wanted import CancelOrder
from store import order_changes, policy, repository
from store.decision import CancelDecision
from store.order import Order, OrderState
from store.returns import Reason

_INSTEAD: dict[OrderState, tuple[Instead, ...]] = {
    "pending": ("person",),
    "processed": ("order_status", "person"),
    "shipped": ("order_status", "person"),
    "delivered": ("open_return", "person"),
    "cancelled": ("order_status", "person"),
}


async def propose(session: AsyncSession, desk: Desk, wish: CancelOrder) -> Proposal | Refusal:
    """Say what cancelling an order would do: what goes back to where, and when. Raises NotFound."""
    order = await returns.order_of(session, wish.order_id)
    decision = await decide_order(session, desk, order, wish.reason)
    if not decision.allowed:
        return proposal.refuse(decision.explanation, decision.rule_ids, *_INSTEAD[order.state])
    say = proposal_words.saying(desk.book.shop, order.currency)
    items = ", ".join(proposal_words.piece(item, item.quantity) for item in order.items)
    lines = [f"Cancel order {order.display_number} ({items})"]
    lines += [f"Refund {proposal_words.part(part, say)}" for part in decision.refunds]
    return proposal.propose(
        "cancel_order", order.number, [*lines, "This can't be undone"], None, "Here is what I'll do:"
    )


async def carry_out(session: AsyncSession, desk: Desk, wish: CancelOrder, by: By) -> Done:
    """Cancel an order: its money goes back, its items into stock.

    Raises:
        Conflict: it can no longer be cancelled, or not for this reason.
    """
    act = proposal.act(by, desk.clock.now())
    order = await order_changes.cancel_order(session, wish.order_id, wish.reason, act, desk.book)
    paid = await paid_back.of_order(session, desk, order)
    return Done(done_words.order_cancelled(order, paid), order=order)


async def decide_order(session: AsyncSession, desk: Desk, order: Order, reason: Reason | None = None) -> CancelDecision:
    """Decide whether an order can be cancelled, and what would be refunded where; `reason` None is not known yet."""
    methods = await repository.payment_methods_of(session, order.customer.id)
    expected = await order_changes.expected(session, order)
    return policy.decide_cancel(expected, reason, desk.book.in_force(order.placed_at), methods)


def reasons(desk: Desk, order: Order) -> tuple[Reason, ...]:
    """Return the reasons for which an order may be cancelled."""
    return desk.book.in_force(order.placed_at).rules.cancel.reasons
