"""What a return looks like on its way out, and what can be asked of one."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, field_validator

from api.v1 import orders_schema, schema
from api.v1.orders_schema import TransferShown
from api.v1.schema import Body, Identifier, Moment, Money, Note, OrderNumber, Shown, money
from store.decision import RequestLine
from store.listing import ExchangePiece
from store.records import Promise
from store.returns import Approval, Condition, Method, Parcel, Reason, Resolution, Return, ReturnEvent, Settlement
from store.transfer import Transfer


class LineBody(Body):
    """So many pieces of one item, why they come back, and in which condition."""

    item_id: UUID = Field(description="From the order's `items`.")
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    reason: Reason
    condition: Condition | None = None
    photos: Annotated[list[UUID], Field(max_length=10)] = Field(default_factory=list, description="Ids of attachments.")

    def value(self) -> RequestLine:
        """Return it as the store knows it."""
        return RequestLine(self.item_id, self.quantity, self.reason, self.condition, tuple(self.photos))


class ExchangeBody(Body):
    """Which variants a customer takes for an item, by preference: the second one when the first has sold out."""

    item_id: UUID
    variant_ids: Annotated[list[Identifier], Field(min_length=1, max_length=2)]


class Chosen(Body):
    """What a customer gets for a return, and how it comes back."""

    resolution: Resolution
    method: Method
    refund_to: Identifier | None = Field(
        None, description="A payment method; null takes the only one there is, or pays back the way it was paid."
    )
    exchange: Annotated[list[ExchangeBody], Field(max_length=100)] = Field(default_factory=list)
    difference_to: Identifier | None = Field(None, description="Pays a difference in price, or gets it.")

    @field_validator("exchange")
    @classmethod
    def _each_item_once(cls, value: list[ExchangeBody]) -> list[ExchangeBody]:
        return schema.each_item_once(value)

    def variants(self) -> dict[UUID, list[str]]:
        """Return the variants by item."""
        return {one.item_id: one.variant_ids for one in self.exchange}


Lines = Annotated[list[LineBody], Field(min_length=1, max_length=100)]


class ReturnBody(Chosen):
    """A return that is to be opened."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "order": "H204518",
                    "lines": [
                        {
                            "item_id": "3f0b9f9e-8d5e-5a0a-9a52-0d0f5f8f2c11",
                            "quantity": 1,
                            "reason": "too_small",
                            "condition": "opened",
                        }
                    ],
                    "resolution": "refund",
                    "method": "drop_off_qr",
                }
            ]
        }
    )
    order: OrderNumber
    lines: Lines
    gift: bool = Field(False, description="Opened by whoever was given the items, and not by who paid.")
    comment: Note = ""


class RejectBody(Body):
    """Why a return is rejected; the customer is told in these words."""

    reason: Annotated[Note, Field(min_length=1)]


class NoteBody(Body):
    """A line that is kept with what is done."""

    note: Note = ""


class ReturnSummary(Shown):
    """A return as it stands in a list."""

    rma: str = Field(examples=["RMA-1000-0032"])
    order: str = Field(examples=["H206006"])
    customer_id: UUID
    approval: Approval
    parcel: Parcel
    settlement: Settlement
    resolution: Resolution
    amount: Money = Field(description="What the customer gets after all fees; for an exchange, what is put towards it.")
    opened_at: Moment


class LineShown(Shown):
    """So many pieces of one item that come back; `amount` is their value after their own fees."""

    item_id: UUID
    name: str
    options: dict[str, str]
    quantity: int
    reason: Reason
    condition: Condition | None
    resolution: Resolution
    amount: Money
    exchange_variant_id: str | None
    keep: bool = Field(description="It need not be sent back.")
    rule_ids: list[str]


class EventShown(Shown):
    """Something that happened: when, by whom, what."""

    at: Moment
    actor: str
    subject: str
    kind: str
    detail: dict[str, Any]


class PromiseShown(Shown):
    """What the customer was told will happen."""

    kind: str
    text: str
    amount: Money | None
    due_at: Moment | None
    kept_at: Moment | None
    late_at: Moment | None


class GiftCardShown(Shown):
    """The gift card of a returned gift; whoever has the code can spend it."""

    rma: str
    code: str = Field(examples=["GC-ABCD-EFGH"])


class PieceShown(Shown):
    """Pieces that go out in exchange, and how far they have come."""

    item_id: UUID
    variant_id: str
    quantity: int
    state: str = Field(examples=["reserved", "ready", "sent", "released"])
    tracking_number: str | None


class ReturnShown(ReturnSummary):
    """A return with all that belongs to it."""

    method: Method
    refund_to: str | None
    fee: Money
    bonus: Money
    price_difference: Money = Field(description="What the customer pays on an exchange; negative: gets back.")
    gift: bool
    needs_person: str | None = Field(description="Why a person decides, while one has to.")
    label_url: str | None = Field(description="A signed link to the label; it ends after a while.")
    label_expires_at: Moment | None
    tracking_number: str | None
    carrier: str | None
    extended_at: Moment | None
    refund_due_on: str | None = Field(description="The day by which the money is there, once it is known.")
    settled_at: Moment | None
    lines: list[LineShown]
    exchange: list[PieceShown]
    transfers: list[TransferShown]
    promises: list[PromiseShown]
    events: list[EventShown]


class ReturnDone(Shown):
    """What was done, in a sentence for the customer, and the return as it stands now."""

    summary: str
    return_: ReturnShown = Field(alias="return")


class ReceiptShown(Shown):
    """The decision under which a return was opened, and the same decision made again from what was stored."""

    rma: str
    decided_at: Moment
    policy_version: str
    policy_digest: str | None
    rule_ids: list[str]
    overruled: list[str] = Field(description="Rules that a person set aside.")
    inputs: dict[str, Any]
    outcome: dict[str, Any]
    replayed: dict[str, Any] | None = Field(description="Null when the rules of that day are not known any more.")
    same: bool | None = Field(description="Whether the replay came to the same outcome.")


def summary(found: Return, order_number: str) -> ReturnSummary:
    """Return a return as it stands in a list."""
    return ReturnSummary(**_head(found, order_number))


def shown(  # noqa: PLR0913  (all that belongs to it)
    found: Return,
    order_number: str,
    label_url: str | None,
    *,
    exchange: Sequence[ExchangePiece],
    transfers: Sequence[Transfer],
    promises: Sequence[Promise],
    events: Sequence[ReturnEvent],
) -> ReturnShown:
    """Return a return with all that belongs to it."""
    currency = found.currency
    return ReturnShown(
        **_head(found, order_number),
        method=found.method,
        refund_to=found.refund_to,
        fee=money(found.fee, currency),
        bonus=money(found.bonus, currency),
        price_difference=money(found.price_difference, currency),
        gift=found.gift,
        needs_person=found.needs_person,
        label_url=label_url,
        label_expires_at=found.label_expires_at,
        tracking_number=found.tracking_number,
        carrier=found.carrier,
        extended_at=found.extended_at,
        refund_due_on=found.refund_due_on.isoformat() if found.refund_due_on else None,
        settled_at=found.settled_at,
        lines=_lines(found),
        exchange=[_piece(one) for one in exchange],
        transfers=[orders_schema.transfer(one) for one in transfers],
        promises=[_promise(one, currency) for one in promises],
        events=[_event(one) for one in events],
    )


def _head(found: Return, order_number: str) -> dict[str, Any]:
    return {
        "rma": found.rma,
        "order": order_number,
        "customer_id": found.customer_id,
        "approval": found.approval,
        "parcel": found.parcel,
        "settlement": found.settlement,
        "resolution": found.resolution,
        "amount": money(found.amount, found.currency),
        "opened_at": found.opened_at,
    }


def _lines(found: Return) -> list[LineShown]:
    return [
        LineShown(
            item_id=line.order_item_id,
            name=line.name,
            options=line.options,
            quantity=line.quantity,
            reason=line.reason,
            condition=line.condition,
            resolution=line.resolution,
            amount=money(line.amount, found.currency),
            exchange_variant_id=line.exchange_variant_id,
            keep=line.keep,
            rule_ids=list(line.rule_ids),
        )
        for line in found.lines
    ]


def _event(found: ReturnEvent) -> EventShown:
    # The code of a gift card is money, and whose key may read returns may not spend it.
    detail = {name: value for name, value in found.detail.items() if name != "code"}
    return EventShown(at=found.at, actor=found.actor, subject=found.subject, kind=found.kind, detail=detail)


def _piece(found: ExchangePiece) -> PieceShown:
    return PieceShown(
        item_id=found.order_item_id,
        variant_id=found.variant_id,
        quantity=found.quantity,
        state=found.state,
        tracking_number=found.tracking_number,
    )


def _promise(found: Promise, currency: str) -> PromiseShown:
    return PromiseShown(
        kind=found.kind,
        text=found.text,
        amount=money(found.amount, currency) if found.amount is not None else None,
        due_at=found.due_at,
        kept_at=found.kept_at,
        late_at=found.late_at,
    )
