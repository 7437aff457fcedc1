"""What anybody may want with an order, as values: the same for a customer's bot, an agent's screen and the REST API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from store.decision import RequestLine
from store.order import Address
from store.returns import Method, Reason, Resolution

__all__ = [
    "CancelOrder", "CancelReturn", "ChangeAddress", "ChangeAddressOnFile", "ChangeItems", "ChangePayment",
    "ChangeReturn", "ExtendReturn", "NewLabel", "OpenReturn", "Wish",
]  # fmt: skip


@dataclass(frozen=True)
class OpenReturn:
    """Send items of one order back, or report them faulty.

    `refund_to` is a payment method's id; None takes the only destination there is, or pays back the way it was paid.
    An exchange names variants for each item by preference: what comes second is taken when the first has sold out.
    `difference_to` pays a difference in price, or gets it; None is the method that paid the most of the order.
    `gift`: by whoever was given the items, and not by who paid.
    """

    order_id: UUID
    lines: tuple[RequestLine, ...]
    resolution: Resolution
    method: Method
    refund_to: str | None = None
    exchange_variants: Mapping[UUID, Sequence[str]] = field(default_factory=dict)
    difference_to: str | None = None
    gift: bool = False
    comment: str = ""


@dataclass(frozen=True)
class ChangeReturn:
    """Have something else for a return of which nothing was sent: another outcome, way to send, place or variant."""

    rma: str
    resolution: Resolution
    method: Method
    refund_to: str | None = None
    exchange_variants: Mapping[UUID, Sequence[str]] = field(default_factory=dict)
    difference_to: str | None = None


@dataclass(frozen=True)
class CancelReturn:
    """Call off a return of which nothing was sent."""

    rma: str


@dataclass(frozen=True)
class ExtendReturn:
    """Have more time to send a parcel; once for each return."""

    rma: str


@dataclass(frozen=True)
class NewLabel:
    """Have a new label (or QR code), valid from now."""

    rma: str


@dataclass(frozen=True)
class CancelOrder:
    """Cancel an order that is not packed."""

    order_id: UUID
    reason: Reason


@dataclass(frozen=True)
class ChangeAddress:
    """Send an order that is not packed elsewhere; `also_on_file` keeps the address for the next orders too."""

    order_id: UUID
    address: Address
    also_on_file: bool = False


@dataclass(frozen=True)
class ChangePayment:
    """Pay an order that is not packed with another method."""

    order_id: UUID
    payment_method_id: str


@dataclass(frozen=True)
class ChangeItems:
    """Have other variants of the same products in an order that is not packed: item → variant id.

    `payment_method_id` pays a difference in price, or gets it.
    """

    order_id: UUID
    variants: Mapping[UUID, str]
    payment_method_id: str


@dataclass(frozen=True)
class ChangeAddressOnFile:
    """Keep another address for a customer; orders that are under way keep theirs."""

    customer_id: UUID
    address: Address


Wish = (
    OpenReturn
    | ChangeReturn
    | CancelReturn
    | ExtendReturn
    | NewLabel
    | CancelOrder
    | ChangeAddress
    | ChangePayment
    | ChangeItems
    | ChangeAddressOnFile
)
