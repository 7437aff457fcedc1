"""The values that a decision about a return is made of; `store.policy` makes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from store import money
from store.order import PaymentKind
from store.returns import Condition, Method, Reason, Resolution

Verdict = Literal["eligible", "refused"]


@dataclass(frozen=True)
class RequestLine:
    """What a customer wants to send back: so many pieces of one order item, why, in which condition, with photos.

    `condition` None is not known; `photos` are ids of attachments.
    """

    order_item_id: UUID
    quantity: int
    reason: Reason
    condition: Condition | None = None
    photos: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Past:
    """What has happened before and bears on a decision.

    `returned` is how many pieces of each item are in returns, `promised` what open returns and transfers of the order
    will still pay back, `shipping_promised` whether the shipping is among it, `opened` when the customer has opened
    returns (the order's customer, newest first), `started_at` when this return was first asked for: a started request
    freezes the window. `gift`: asked for by whoever was given the items, and not by who paid. `exchanges` is how many
    exchanges of the order are under way or done, and `promised_to` what of `promised` goes to which payment method.
    `shares` is what the pieces of each item in `returned` were worth, before fees: price and tax; an item of which that
    is not known is left out.
    """

    returned: Mapping[UUID, int] = field(default_factory=dict)
    promised: Decimal = money.ZERO
    shipping_promised: bool = False
    opened: tuple[datetime, ...] = ()
    started_at: datetime | None = None
    gift: bool = False
    exchanges: int = 0
    promised_to: Mapping[str, Decimal] = field(default_factory=dict)
    shares: Mapping[UUID, tuple[Decimal, Decimal]] = field(default_factory=dict)


@dataclass(frozen=True)
class LineVerdict:
    """Whether one line may come back; `explanation` is a sentence for the customer with rule and date.

    `keep`: it need not be sent back. `photo_needed` and `condition_needed`: the verdict holds, and the policy asks for
    a photo, or for the item's condition, that was not given yet.
    """

    order_item_id: UUID
    quantity: int
    reason: Reason
    verdict: Verdict
    rule_ids: tuple[str, ...]
    explanation: str
    deadline: date | None = None
    keep: bool = False
    photo_needed: bool = False
    condition_needed: bool = False

    @property
    def eligible(self) -> bool:
        """Whether this line may come back."""
        return self.verdict == "eligible"


@dataclass(frozen=True)
class LineAmount:
    """What one line is worth: `paid` after discounts without tax, its `tax`, and the fees that are kept."""

    order_item_id: UUID
    paid: Decimal
    tax: Decimal
    fees: tuple[tuple[str, Decimal], ...] = ()

    @property
    def net(self) -> Decimal:
        """What goes back for the line."""
        return self.paid + self.tax - sum((fee for _, fee in self.fees), money.ZERO)


@dataclass(frozen=True)
class RefundPart:
    """Money that goes back to one payment method."""

    refund_to: str
    kind: PaymentKind
    destination: str
    amount: Decimal
    when: str


@dataclass(frozen=True)
class Offer:
    """One thing the customer may choose, worked out for the eligible lines.

    `amount` is after `fee_lines`, with `shipping` (what is given back of the order's shipping) and `bonus`, before the
    fee of a return method. The values of `line_amounts` add up to `amount - shipping - bonus`; `worked_out` says how.
    `parts` is where the money goes: one part, or several where the order was paid in several ways; they add up to
    `amount`. For an exchange, `amount` is the value put towards it. `refund_to` None with several parts is "the way it
    was paid".
    """

    resolution: Resolution
    amount: Decimal
    fee_lines: tuple[tuple[str, Decimal], ...]
    bonus: Decimal
    destination: str
    when: str
    refund_to: str | None
    refund_kind: PaymentKind | None
    line_amounts: tuple[tuple[UUID, Decimal], ...]
    rule_ids: tuple[str, ...] = ()
    shipping: Decimal = money.ZERO
    worked_out: tuple[LineAmount, ...] = ()
    parts: tuple[RefundPart, ...] = ()

    @property
    def fees(self) -> Decimal:
        """All fees of this offer together."""
        return sum((fee for _, fee in self.fee_lines), money.ZERO)


@dataclass(frozen=True)
class MethodOffer:
    """One way to bring the parcel back, with the fee for this return."""

    method: Method
    title: str
    fee: Decimal


@dataclass(frozen=True)
class Decision:
    """The answer to "may this come back, and for what?"; the same input always gives an equal one.

    `needs_person` is the weightiest reason for which a person decides, `person_rules` are the rules that say so.
    """

    policy_version: str
    lines: tuple[LineVerdict, ...]
    offers: tuple[Offer, ...]
    methods: tuple[MethodOffer, ...]
    needs_person: str | None
    rule_ids: tuple[str, ...] = field(default=())
    person_rules: tuple[str, ...] = ()

    @property
    def eligible(self) -> bool:
        """Whether every line may come back."""
        return bool(self.lines) and all(line.eligible for line in self.lines)

    @property
    def photo_needed(self) -> bool:
        """Whether the policy asks for a photo that was not given yet."""
        return any(line.photo_needed for line in self.eligible_lines)

    @property
    def condition_needed(self) -> bool:
        """Whether the policy asks for an item's condition that was not told yet."""
        return any(line.condition_needed for line in self.eligible_lines)

    @property
    def nothing_to_send(self) -> bool:
        """Whether the customer keeps all of it."""
        return bool(self.eligible_lines) and all(line.keep for line in self.eligible_lines)

    @property
    def eligible_lines(self) -> tuple[LineVerdict, ...]:
        """The lines that may come back."""
        return tuple(line for line in self.lines if line.eligible)

    @property
    def refused_lines(self) -> tuple[LineVerdict, ...]:
        """The lines that may not."""
        return tuple(line for line in self.lines if not line.eligible)


@dataclass(frozen=True)
class CancelDecision:
    """Whether an order can be cancelled, and what is refunded where."""

    policy_version: str
    allowed: bool
    explanation: str
    rule_ids: tuple[str, ...]
    refunds: tuple[RefundPart, ...] = ()


@dataclass(frozen=True)
class ChangeDecision:
    """Whether a pending order can be changed: `explanation` says why or why not, `difference` is what the customer pays
    (negative: gets back), `refunds` is the money that goes back when another payment method takes over.
    """

    policy_version: str
    allowed: bool
    explanation: str
    rule_ids: tuple[str, ...]
    difference: Decimal = money.ZERO
    refunds: tuple[RefundPart, ...] = ()
