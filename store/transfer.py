"""A transfer: money that is to move, a refund to a payment method or a charge from one, and how far it has come; pure.

requested → sent → succeeded, and back to requested when the provider could not be reached. What the provider refuses,
or cannot be told after all tries, has failed and is a person's; a person may request it again or call it off. Gift
cards and store credit are ours: there it has succeeded as soon as it is requested, or failed for want of balance.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal, get_args
from uuid import UUID

from kit import errors
from store import money
from store.order import Order, Payment, PaymentKind

TransferKind = Literal["refund", "charge"]
TransferState = Literal["requested", "sent", "succeeded", "failed", "cancelled"]

TRANSFER_STATES: tuple[TransferState, ...] = get_args(TransferState)

TRANSFER_MOVES: Mapping[TransferState, frozenset[TransferState]] = {
    "requested": frozenset({"sent", "succeeded", "failed", "cancelled"}),
    "sent": frozenset({"succeeded", "failed", "requested"}),
    "succeeded": frozenset(),
    "failed": frozenset({"requested", "cancelled"}),
    "cancelled": frozenset(),
}
UNDER_WAY: frozenset[TransferState] = frozenset({"requested", "sent", "failed"})
"""States from which the money may still move: what has failed waits for a person, who may request it again."""
OURS: frozenset[PaymentKind] = frozenset({"gift_card", "store_credit"})
"""Ways to pay whose balance stands in our own books, so that no provider is asked."""


@dataclass(frozen=True)
class Transfer:
    """Money that is to move for an order, and for one of its returns where there is one.

    `amount` is positive and includes the `bonus` that a refund carries on top of what was paid. `key` names what it is
    for (`return:RMA-…:1`): the same key is one transfer, here and at the provider. `provider_reference` is the
    provider's own id once it has been sent.
    """

    id: UUID
    key: str
    kind: TransferKind
    order_id: UUID
    return_id: UUID | None
    payment_method_id: str
    amount: Decimal
    currency: str
    state: TransferState
    requested_at: datetime
    bonus: Decimal = money.ZERO
    attempts: int = 0
    problem: str = ""
    provider_reference: str = ""
    settled_at: datetime | None = None


def may_move(transfer: Transfer, to: TransferState) -> bool:
    """Tell whether a transfer may go to a state."""
    return to in TRANSFER_MOVES[transfer.state]


def move(transfer: Transfer, to: TransferState) -> Transfer:
    """Return a copy in the new state; raises Conflict when the move is not in the table above."""
    if not may_move(transfer, to):
        raise errors.Conflict(f"transfer {transfer.key}: cannot go from {transfer.state} to {to}")
    return replace(transfer, state=to)


def payment_change_key(order: Order, turn: int) -> str:
    """Return the key of the charge with which another payment method takes over; its success refunds the others."""
    return f"{_PAYMENT_CHANGE}{order.number}:{turn}"


def is_payment_change(transfer: Transfer) -> bool:
    """Tell whether a transfer is the charge of a payment method that takes over from others."""
    return transfer.kind == "charge" and transfer.key.startswith(_PAYMENT_CHANGE)


def payer_of_most(order: Order) -> str | None:
    """Return the payment method that paid the most of an order; None when nobody wrote it down."""
    paid = dict.fromkeys(one.payment_method_id for one in order.payments if one.kind == "payment")
    return min(paid, key=lambda method: (-order.paid_with(method), method), default=None)


def as_it_will_stand(order: Order, transfers: Iterable[Transfer]) -> Order:
    """Return the order as if all refunds that are under way had succeeded: so nothing is given back twice."""
    coming = tuple(
        Payment(one.payment_method_id, "refund", one.amount, one.requested_at, one.bonus)
        for one in transfers
        if one.order_id == order.id and one.kind == "refund" and one.state in UNDER_WAY
    )
    return replace(order, payments=order.payments + coming)


def still_to_refund(order: Order, transfers: Iterable[Transfer]) -> Decimal:
    """Return how much of what was paid for an order can still be given back."""
    expected = as_it_will_stand(order, transfers)
    return expected.paid - expected.refunded


def fit(
    parts: Sequence[tuple[str, Decimal]], order: Order, transfers: Iterable[Transfer]
) -> tuple[tuple[str, Decimal], ...]:
    """Fit parts of a refund to what each payment of the order can still take back.

    A provider refunds no more than it was paid: what a method that paid for the order cannot take any more goes to the
    others that paid, those with most room first. A method that paid nothing was chosen on purpose and takes its part.
    Raises Conflict when all of them together have no room for it.
    """
    expected = as_it_will_stand(order, transfers)
    payers = dict.fromkeys(one.payment_method_id for one in order.payments if one.kind == "payment")
    room = {payer: max(money.ZERO, expected.paid_with(payer)) for payer in payers}
    fitted: dict[str, Decimal] = {}
    left = money.ZERO
    for method, amount in parts:
        taken = min(amount, room.get(method, amount))
        left += amount - taken
        _give(fitted, room, method, taken)
    for method in sorted(room, key=lambda payer: (-room[payer], payer)):
        taken = min(left, room[method])
        left -= taken
        _give(fitted, room, method, taken)
    if left > 0:
        raise errors.Conflict(f"order {order.number}: {left} more than its payments can take back")
    return tuple(fitted.items())


def _give(fitted: dict[str, Decimal], room: dict[str, Decimal], method: str, amount: Decimal) -> None:
    if amount > 0:
        fitted[method] = fitted.get(method, money.ZERO) + amount
        if method in room:
            room[method] -= amount


_PAYMENT_CHANGE = "payment:"
