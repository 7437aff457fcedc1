"""What a dialogue asks before there is a whole wish: may an order still be changed, what would a return give now?"""

from sqlalchemy.ext.asyncio import AsyncSession

from casework import proposal, return_changes, returns
from casework.desk import Desk
from casework.proposal import Instead, Refusal
from store import policy, records
from store.decision import Decision
from store.order import Order, OrderState

_INSTEAD: dict[OrderState, tuple[Instead, ...]] = {
    "pending": ("person",),
    "processed": ("order_status", "person"),
    "shipped": ("order_status", "person"),
    "delivered": ("open_return", "person"),
    "cancelled": ("order_status", "person"),
}


def refused(desk: Desk, order: Order) -> Refusal | None:
    """Say why nothing of an order can be changed in the state that it is in; None when something can."""
    rules = desk.book.in_force(order.placed_at)
    change = rules.rules.change_order
    if change is not None and order.state in change.states:
        return None
    decision = policy.decide_change_address(order, rules)
    return proposal.refuse(decision.explanation, decision.rule_ids, *_INSTEAD[order.state])


async def decide_anew(session: AsyncSession, desk: Desk, order: Order, rma: str) -> Decision:
    """Decide about a return that stands as if it was opened now; rules that an agent has set aside for it stay so.

    Raises NotFound.
    """
    current = (await return_changes.find(session, desk, rma)).return_
    receipts = await records.receipts_of(session, [current.id])
    overruled = frozenset(receipts[current.id].overruled) if current.id in receipts else frozenset[str]()
    lines = return_changes.lines_of(current)
    return await returns.decide(session, desk, order, lines, gift=current.gift, overruled=overruled, without=current.id)
