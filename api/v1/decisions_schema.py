"""What can be asked before anything happens, and how the answer looks."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.v1.orders_schema import AddressChange, CancelBody, ItemsChange, PaymentChange
from api.v1.returns_schema import Chosen, Lines, ReturnBody
from api.v1.schema import AddressBody, Body, Money, NamedAmount, OrderNumber, RmaNumber, Shown, money
from casework.proposal import Proposal, Refusal
from store.decision import Decision, LineVerdict, Offer
from store.returns import Method, Reason, Resolution


class AskedOptions(Body):
    """What lines of an order would give: refund, exchange and store credit side by side."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "wish": "return_options",
                    "order": "H204518",
                    "lines": [
                        {"item_id": "3f0b9f9e-8d5e-5a0a-9a52-0d0f5f8f2c11", "quantity": 1, "reason": "too_small"}
                    ],
                }
            ]
        }
    )
    wish: Literal["return_options"]
    order: OrderNumber
    lines: Lines
    gift: bool = False


class AskedReturn(ReturnBody):
    """What opening this return would do."""

    model_config = ConfigDict(json_schema_extra={})
    wish: Literal["open_return"]


class AskedChangeReturn(Chosen):
    """What changing this return would do."""

    wish: Literal["change_return"]
    rma: RmaNumber


class AskedAboutReturn(Body):
    """What calling a return off, giving it more time or a new label would do."""

    wish: Literal["cancel_return", "extend_return", "new_label"]
    rma: RmaNumber


class AskedCancel(CancelBody):
    """What cancelling an order would do."""

    wish: Literal["cancel_order"]
    order: OrderNumber


class AskedAddress(AddressChange):
    """What another address would do."""

    wish: Literal["change_address"]
    order: OrderNumber


class AskedPayment(PaymentChange):
    """What another payment method would do."""

    wish: Literal["change_payment"]
    order: OrderNumber


class AskedItems(ItemsChange):
    """What other variants would do."""

    wish: Literal["change_items"]
    order: OrderNumber


class AskedAddressOnFile(Body):
    """What another address on file would do."""

    wish: Literal["change_address_on_file"]
    customer_id: UUID
    address: AddressBody


Asked = Annotated[
    AskedOptions
    | AskedReturn
    | AskedChangeReturn
    | AskedAboutReturn
    | AskedCancel
    | AskedAddress
    | AskedPayment
    | AskedItems
    | AskedAddressOnFile,
    Field(discriminator="wish"),
]


class ProposalShown(Shown):
    """Exactly what would happen, in a sentence each for the customer."""

    kind: str
    title: str
    lines: list[str]
    needs_person: str | None = Field(description="Why a person would decide, if one does.")


class RefusalShown(Shown):
    """Why it is not possible, and what is."""

    text: str
    rule_ids: list[str]
    instead: list[str]


class LineVerdictShown(Shown):
    """Whether one line may come back."""

    item_id: UUID
    quantity: int
    reason: Reason
    eligible: bool
    explanation: str
    rule_ids: list[str]
    last_day: str | None
    keep: bool
    photo_needed: bool
    condition_needed: bool


class PartShown(Shown):
    """Money that goes to one payment method."""

    refund_to: str
    destination: str
    amount: Money
    when: str


class LineAmountShown(Shown):
    """How the amount of one line was worked out."""

    item_id: UUID
    paid: Money
    tax: Money
    fees: list[NamedAmount]
    net: Money


class OfferShown(Shown):
    """One thing that the customer may choose; `amount` is after fees, before the fee of a return method."""

    resolution: Resolution
    amount: Money
    fees: list[NamedAmount]
    shipping: Money
    bonus: Money
    destination: str
    when: str
    refund_to: str | None
    parts: list[PartShown]
    worked_out: list[LineAmountShown]
    rule_ids: list[str]


class MethodShown(Shown):
    """One way to bring the parcel back, with its fee."""

    method: Method
    title: str
    fee: Money


class DecisionShown(Shown):
    """The policy's whole answer."""

    policy_version: str
    eligible: bool = Field(description="Whether every line may come back.")
    needs_person: str | None
    lines: list[LineVerdictShown]
    offers: list[OfferShown]
    methods: list[MethodShown]
    rule_ids: list[str]


class DecisionAnswer(Shown):
    """What would happen: a proposal or a refusal, and for a return the whole decision with its offers."""

    allowed: bool
    proposal: ProposalShown | None = None
    refusal: RefusalShown | None = None
    decision: DecisionShown | None = None


def answer(found: Proposal | Refusal | None, decision: DecisionShown | None) -> DecisionAnswer:
    """Return what would happen, as it goes out; nothing proposed is the decision alone."""
    if isinstance(found, Refusal):
        refusal = RefusalShown(text=found.text, rule_ids=list(found.rule_ids), instead=list(found.instead))
        return DecisionAnswer(allowed=False, refusal=refusal, decision=decision)
    if found is None:
        return DecisionAnswer(allowed=decision is not None and decision.eligible, decision=decision)
    proposal = ProposalShown(
        kind=found.kind, title=found.title, lines=list(found.lines), needs_person=found.needs_person
    )
    return DecisionAnswer(allowed=True, proposal=proposal, decision=decision)


def shown(found: Decision, currency: str) -> DecisionShown:
    """Return a decision as it goes out."""
    return DecisionShown(
        policy_version=found.policy_version,
        eligible=found.eligible,
        needs_person=found.needs_person,
        lines=[_verdict(line) for line in found.lines],
        offers=[_offer(offer, currency) for offer in found.offers],
        methods=[
            MethodShown(method=one.method, title=one.title, fee=money(one.fee, currency)) for one in found.methods
        ],
        rule_ids=list(found.rule_ids),
    )


def _verdict(line: LineVerdict) -> LineVerdictShown:
    return LineVerdictShown(
        item_id=line.order_item_id,
        quantity=line.quantity,
        reason=line.reason,
        eligible=line.eligible,
        explanation=line.explanation,
        rule_ids=list(line.rule_ids),
        last_day=line.deadline.isoformat() if line.deadline else None,
        keep=line.keep,
        photo_needed=line.photo_needed,
        condition_needed=line.condition_needed,
    )


def _offer(offer: Offer, currency: str) -> OfferShown:
    return OfferShown(
        resolution=offer.resolution,
        amount=money(offer.amount, currency),
        fees=_fees(offer.fee_lines, currency),
        shipping=money(offer.shipping, currency),
        bonus=money(offer.bonus, currency),
        destination=offer.destination,
        when=offer.when,
        refund_to=offer.refund_to,
        parts=[
            PartShown(
                refund_to=part.refund_to,
                destination=part.destination,
                amount=money(part.amount, currency),
                when=part.when,
            )
            for part in offer.parts
        ],
        worked_out=[
            LineAmountShown(
                item_id=one.order_item_id,
                paid=money(one.paid, currency),
                tax=money(one.tax, currency),
                fees=_fees(one.fees, currency),
                net=money(one.net, currency),
            )
            for one in offer.worked_out
        ],
        rule_ids=list(offer.rule_ids),
    )


def _fees(found: tuple[tuple[str, Decimal], ...], currency: str) -> list[NamedAmount]:
    return [NamedAmount(name=name, amount=money(amount, currency)) for name, amount in found]
