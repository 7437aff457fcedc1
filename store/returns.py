"""A return: its lines, its events, and its three small state machines (approval, parcel, settlement)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, get_args
from uuid import UUID

from kit import errors

Reason = Literal[
    "no_longer_needed",
    "ordered_by_mistake",
    "too_small",
    "too_large",
    "not_as_described",
    "arrived_late",
    "better_price",
    "damaged",
    "defective",
    "wrong_item",
    "missing_parts",
    "other",
]
Resolution = Literal["refund", "exchange", "store_credit"]
Condition = Literal["sealed", "opened", "used", "damaged"]
Method = Literal["drop_off_qr", "printed_label", "pickup", "store", "keep"]
Approval = Literal["requested", "approved", "rejected", "cancelled"]
Parcel = Literal["none", "label_issued", "in_transit", "received", "inspected", "lost", "expired"]
Settlement = Literal["open", "refunded", "exchanged", "credited", "closed"]
ExchangeState = Literal["reserved", "ready", "sent", "released"]

REASONS: tuple[Reason, ...] = get_args(Reason)
RESOLUTIONS: tuple[Resolution, ...] = get_args(Resolution)
METHODS: tuple[Method, ...] = get_args(Method)
CONDITIONS: tuple[Condition, ...] = get_args(Condition)

REASON_TITLES: Mapping[Reason, str] = {
    "no_longer_needed": "No longer needed",
    "ordered_by_mistake": "Ordered by mistake",
    "too_small": "Too small",
    "too_large": "Too large",
    "not_as_described": "Not as described",
    "arrived_late": "Arrived too late",
    "better_price": "Found a better price",
    "damaged": "Arrived damaged",
    "defective": "Does not work",
    "wrong_item": "Wrong item arrived",
    "missing_parts": "Parts are missing",
    "other": "Something else",
}

APPROVAL_MOVES: Mapping[Approval, frozenset[Approval]] = {
    "requested": frozenset({"approved", "rejected", "cancelled"}),
    "approved": frozenset({"cancelled"}),
    "rejected": frozenset(),
    "cancelled": frozenset(),
}
PARCEL_MOVES: Mapping[Parcel, frozenset[Parcel]] = {
    "none": frozenset({"label_issued", "received"}),
    "label_issued": frozenset({"in_transit", "received", "lost", "expired"}),
    "in_transit": frozenset({"received", "lost"}),
    "received": frozenset({"inspected"}),
    "inspected": frozenset(),
    "lost": frozenset({"received"}),
    "expired": frozenset({"label_issued", "in_transit", "received"}),
}
SETTLEMENT_MOVES: Mapping[Settlement, frozenset[Settlement]] = {
    "open": frozenset({"refunded", "exchanged", "credited", "closed"}),
    "refunded": frozenset(),
    "exchanged": frozenset(),
    "credited": frozenset(),
    "closed": frozenset(),
}
EXCHANGE_MOVES: Mapping[ExchangeState, frozenset[ExchangeState]] = {
    "reserved": frozenset({"ready", "released"}),
    "ready": frozenset({"sent", "released"}),
    "sent": frozenset(),
    "released": frozenset(),
}
SETTLED_AS: Mapping[Resolution, Settlement] = {
    "refund": "refunded",
    "exchange": "exchanged",
    "store_credit": "credited",
}
CANCELLABLE_PARCELS: frozenset[Parcel] = frozenset({"none", "label_issued", "expired"})


@dataclass(frozen=True)
class ReturnLine:
    """So many pieces of one order item; `amount` is their value after their own fees, before bonus.

    `second_variant_id` is what the customer takes when `exchange_variant_id` has sold out; only one of them is
    reserved, and it then stands as `exchange_variant_id`. `photos` are ids of attachments. `keep`: it is not sent back.
    """

    order_item_id: UUID
    quantity: int
    reason: Reason
    resolution: Resolution
    amount: Decimal
    rule_ids: tuple[str, ...] = ()
    exchange_variant_id: str | None = None
    name: str = ""
    options: dict[str, str] = field(default_factory=dict)
    picture: str = ""
    condition: Condition | None = None
    photos: tuple[UUID, ...] = ()
    keep: bool = False


@dataclass(frozen=True)
class ReturnEvent:
    """Something that happened to a return: when, by whom, what, and why."""

    at: datetime
    actor: str
    kind: str
    detail: dict[str, Any]
    subject: str = "return"


@dataclass(frozen=True)
class Exchange:
    """Pieces that wait for a customer: reserved with the return, ready when it is settled, and then sent."""

    id: UUID
    return_id: UUID
    order_item_id: UUID
    variant_id: str
    quantity: int
    state: ExchangeState
    tracking_number: str | None = None


@dataclass(frozen=True)
class Return:
    """A return as it stands now.

    `amount` is what the customer gets after all fees (for an exchange: the value put towards it);
    `bonus` is the part of `amount` that the shop gives on top; `price_difference` is what the customer pays on an
    exchange (negative: gets back); `needs_person` says why a person decides, if one does. `gift`: opened by whoever
    was given the items. `extended_at` is when the day until which it is to be sent was moved, which happens once.
    """

    id: UUID
    rma: str
    order_id: UUID
    customer_id: UUID
    approval: Approval
    parcel: Parcel
    settlement: Settlement
    resolution: Resolution
    method: Method
    amount: Decimal
    fee: Decimal
    currency: str
    opened_at: datetime
    lines: tuple[ReturnLine, ...]
    refund_to: str | None = None
    price_difference: Decimal = Decimal("0.00")
    label_expires_at: datetime | None = None
    tracking_number: str | None = None
    carrier: str | None = None
    conversation_id: UUID | None = None
    refund_due_on: date | None = None
    settled_at: datetime | None = None
    needs_person: str | None = None
    bonus: Decimal = Decimal("0.00")
    gift: bool = False
    extended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether something is still to happen."""
        return self.approval in ("requested", "approved") and self.settlement == "open"


def move_exchange(exchange: Exchange, to: ExchangeState, tracking_number: str | None = None) -> Exchange:
    """Return a copy in the new state; raises Conflict when the move is not in the table above."""
    if to not in EXCHANGE_MOVES[exchange.state]:
        raise errors.Conflict(f"exchange for {exchange.variant_id}: cannot go from {exchange.state} to {to}")
    return replace(exchange, state=to, tracking_number=tracking_number or exchange.tracking_number)


def may_cancel(return_: Return) -> bool:
    """Tell whether the customer can still call the return off: nothing was sent and nothing was paid."""
    undecided = "cancelled" in APPROVAL_MOVES[return_.approval]
    return undecided and return_.parcel in CANCELLABLE_PARCELS and return_.settlement == "open"


def move(
    return_: Return,
    *,
    approval: Approval | None = None,
    parcel: Parcel | None = None,
    settlement: Settlement | None = None,
) -> Return:
    """Return a copy in the new states; raises Conflict when a move is not in the tables above."""
    if approval is not None:
        _require(approval in APPROVAL_MOVES[return_.approval], return_, "approval", return_.approval, approval)
        return_ = replace(return_, approval=approval)
    if parcel is not None:
        _require(parcel in PARCEL_MOVES[return_.parcel], return_, "parcel", return_.parcel, parcel)
        return_ = replace(return_, parcel=parcel)
    if settlement is not None:
        allowed = settlement in SETTLEMENT_MOVES[return_.settlement]
        _require(allowed, return_, "settlement", return_.settlement, settlement)
        return_ = replace(return_, settlement=settlement)
    return return_


def _require(allowed: bool, return_: Return, machine: str, old: str, new: str) -> None:
    if not allowed:
        raise errors.Conflict(f"{return_.rma}: {machine} cannot go from {old} to {new}")
