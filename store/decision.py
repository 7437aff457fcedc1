"""The values that a decision about a return is made of; `store.policy` makes them."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from store import money
from store.order import PaymentKind
from store.returns import Method, Reason, Resolution

Verdict = Literal["eligible", "refused"]


@dataclass(frozen=True)
class RequestLine:
    """What a customer wants to send back: so many pieces of one order item, and why."""

    order_item_id: UUID
    quantity: int
    reason: Reason


@dataclass(frozen=True)
class LineVerdict:
    """Whether one line may come back; `explanation` is a sentence for the customer with rule and date."""

    order_item_id: UUID
    quantity: int
    reason: Reason
    verdict: Verdict
    rule_ids: tuple[str, ...]
    explanation: str
    deadline: date | None = None

    @property
    def eligible(self) -> bool:
        """Whether this line may come back."""
        return self.verdict == "eligible"


@dataclass(frozen=True)
class Offer:
    """One thing the customer may choose, worked out for the eligible lines.

    `amount` is after `fee_lines` and with `bonus`, before the fee of a return method. The values of `line_amounts`
    add up to `amount - bonus`. For an exchange, `amount` is the value put towards it.
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
    """The answer to "may this come back, and for what?"; the same input always gives an equal one."""

    policy_version: str
    lines: tuple[LineVerdict, ...]
    offers: tuple[Offer, ...]
    methods: tuple[MethodOffer, ...]
    needs_person: str | None
    rule_ids: tuple[str, ...] = field(default=())

    @property
    def eligible(self) -> bool:
        """Whether every line may come back."""
        return bool(self.lines) and all(line.eligible for line in self.lines)

    @property
    def eligible_lines(self) -> tuple[LineVerdict, ...]:
        """The lines that may come back."""
        return tuple(line for line in self.lines if line.eligible)

    @property
    def refused_lines(self) -> tuple[LineVerdict, ...]:
        """The lines that may not."""
        return tuple(line for line in self.lines if not line.eligible)


@dataclass(frozen=True)
class RefundPart:
    """Money that goes back to one payment method."""

    refund_to: str
    kind: PaymentKind
    destination: str
    amount: Decimal
    when: str


@dataclass(frozen=True)
class CancelDecision:
    """Whether an order can be cancelled, and what is refunded where."""

    policy_version: str
    allowed: bool
    explanation: str
    rule_ids: tuple[str, ...]
    refunds: tuple[RefundPart, ...] = ()
