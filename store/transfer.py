"""A transfer: money that is to move, a refund to a payment method or a charge from one, and how far it has come; pure.

requested → sent → succeeded, and back to requested when the provider could not be reached. What the provider refuses,
or cannot be told after all tries, has failed and is a person's; a person may request it again or call it off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, get_args
from uuid import UUID

from store import money

TransferKind = Literal["refund", "charge"]
TransferState = Literal["requested", "sent", "succeeded", "failed", "cancelled"]

TRANSFER_STATES: tuple[TransferState, ...] = get_args(TransferState)

TRANSFER_MOVES: Mapping[TransferState, frozenset[TransferState]] = {
    "requested": frozenset({"sent", "cancelled"}),
    "sent": frozenset({"succeeded", "failed", "requested"}),
    "succeeded": frozenset(),
    "failed": frozenset({"requested", "cancelled"}),
    "cancelled": frozenset(),
}


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
