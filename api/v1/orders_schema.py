"""What an order looks like on its way out, and what can be asked of one."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import Field, field_validator

from api.v1 import schema
from api.v1.schema import (
    AddressBody,
    AddressShown,
    Body,
    Identifier,
    Moment,
    Money,
    Note,
    Shown,
    address,
    money,
)
from store.decision import LineVerdict
from store.order import Order, OrderItem, OrderState
from store.returns import Approval, Parcel, Reason, Return, Settlement
from store.transfer import Transfer, TransferKind, TransferState


class OrderSummary(Shown):
    """An order as it stands in a list."""

    number: str = Field(examples=["H204518"])
    state: OrderState
    customer_id: UUID
    placed_at: Moment | None
    shipped_at: Moment | None
    delivered_at: Moment | None
    total: Money


class VerdictShown(Shown):
    """Whether one piece may come back now: `explanation` is a sentence for the customer with rule and date."""

    eligible: bool
    explanation: str
    rule_ids: list[str]
    last_day: str | None = Field(description="Until when, as a date; null where there is no limit, or no day yet.")


class ItemShown(Shown):
    """A line of an order; `discount`, `tax` and `paid` belong to the whole line."""

    id: UUID
    product_id: str
    variant_id: str
    name: str
    options: dict[str, str]
    quantity: int
    unit_price: Money
    discount: Money
    tax: Money
    paid: Money
    final_sale: bool
    left_to_return: int = Field(description="How many pieces are in no return yet.")
    verdict: VerdictShown = Field(description="For an item that is as it should be.")
    verdict_if_faulty: VerdictShown


class PaymentShown(Shown):
    """Money that moved for an order."""

    kind: str = Field(examples=["payment", "refund"])
    payment_method_id: str
    amount: Money
    bonus: Money = Field(description="The part of a refund that the shop gave on top of what was paid.")
    at: Moment | None


class TransferShown(Shown):
    """Money that is to move, and how far it has come."""

    id: UUID
    kind: TransferKind
    state: TransferState
    payment_method_id: str
    amount: Money
    bonus: Money
    requested_at: Moment
    settled_at: Moment | None
    problem: str


class ReturnStanding(Shown):
    """Where a return stands, in short."""

    rma: str
    approval: Approval
    parcel: Parcel
    settlement: Settlement


class CustomerName(Shown):
    """Whose order it is."""

    id: UUID
    name: str
    email: str


class OrderShown(OrderSummary):
    """An order with all that belongs to it."""

    customer: CustomerName
    address: AddressShown
    shipping: Money
    items: list[ItemShown]
    payments: list[PaymentShown]
    transfers: list[TransferShown]
    tracking_numbers: list[str]
    returns: list[ReturnStanding]


class OrderDone(Shown):
    """What was done, in a sentence for the customer, and the order as it stands now."""

    summary: str
    order: OrderShown


class OrderPut(Shown):
    """What became of an order that was sent to us."""

    outcome: str = Field(examples=["created", "updated", "unchanged"])
    warnings: list[str] = Field(description="What is odd about it; it was taken all the same.")
    order: OrderShown


class CancelBody(Body):
    """Why an order is cancelled; the policy says which reasons there are."""

    reason: Reason = Field(examples=["ordered_by_mistake"])
    note: Note = ""


class AddressChange(Body):
    """Where an order is to go."""

    address: AddressBody
    also_on_file: bool = Field(False, description="Keep the address for the customer's next orders too.")


class PaymentChange(Body):
    """With which of the customer's payment methods an order is paid instead."""

    payment_method_id: Identifier


class ItemChange(Body):
    """Another variant of the same product for one item."""

    item_id: UUID
    variant_id: Identifier


class ItemsChange(Body):
    """Other variants for items; the payment method pays a difference in price, or gets it."""

    items: Annotated[list[ItemChange], Field(min_length=1, max_length=100)]
    payment_method_id: Identifier

    @field_validator("items")
    @classmethod
    def _each_item_once(cls, value: list[ItemChange]) -> list[ItemChange]:
        return schema.each_item_once(value)


def summary(order: Order) -> OrderSummary:
    """Return an order as it stands in a list."""
    return OrderSummary(**_head(order))


def shown(
    order: Order,
    left: Mapping[UUID, int],
    verdicts: tuple[Sequence[LineVerdict], Sequence[LineVerdict]],
    transfers: Sequence[Transfer],
    opened: Sequence[Return],
) -> OrderShown:
    """Return an order with all that belongs to it; `verdicts` are those on its items, sound and faulty."""
    plain, faulty = ({verdict.order_item_id: verdict for verdict in found} for found in verdicts)
    customer = order.customer
    return OrderShown(
        **_head(order),
        customer=CustomerName(id=customer.id, name=customer.name, email=customer.email),
        address=address(order.address),
        shipping=money(order.shipping, order.currency),
        items=[_item(order, item, left[item.id], (plain[item.id], faulty[item.id])) for item in order.items],
        payments=[
            PaymentShown(
                kind=one.kind,
                payment_method_id=one.payment_method_id,
                amount=money(one.amount, order.currency),
                bonus=money(one.bonus, order.currency),
                at=one.at,
            )
            for one in order.payments
        ],
        transfers=[transfer(one) for one in transfers],
        tracking_numbers=list(order.tracking_numbers),
        returns=[
            ReturnStanding(rma=one.rma, approval=one.approval, parcel=one.parcel, settlement=one.settlement)
            for one in opened
        ],
    )


def transfer(found: Transfer) -> TransferShown:
    """Return a transfer as it goes out."""
    return TransferShown(
        id=found.id,
        kind=found.kind,
        state=found.state,
        payment_method_id=found.payment_method_id,
        amount=money(found.amount, found.currency),
        bonus=money(found.bonus, found.currency),
        requested_at=found.requested_at,
        settled_at=found.settled_at,
        problem=found.problem,
    )


def _head(order: Order) -> dict[str, object]:
    return {
        "number": order.number,
        "state": order.state,
        "customer_id": order.customer.id,
        "placed_at": order.placed_at,
        "shipped_at": order.shipped_at,
        "delivered_at": order.delivered_at,
        "total": money(order.total, order.currency),
    }


def _item(order: Order, item: OrderItem, left: int, verdicts: tuple[LineVerdict, LineVerdict]) -> ItemShown:
    return ItemShown(
        id=item.id,
        product_id=item.product_id,
        variant_id=item.variant_id,
        name=item.name,
        options=item.options,
        quantity=item.quantity,
        unit_price=money(item.unit_price, order.currency),
        discount=money(item.discount, order.currency),
        tax=money(item.tax, order.currency),
        paid=money(item.paid, order.currency),
        final_sale=item.final_sale,
        left_to_return=left,
        verdict=_verdict(verdicts[0]),
        verdict_if_faulty=_verdict(verdicts[1]),
    )


def _verdict(found: LineVerdict) -> VerdictShown:
    return VerdictShown(
        eligible=found.eligible,
        explanation=found.explanation,
        rule_ids=list(found.rule_ids),
        last_day=found.deadline.isoformat() if found.deadline else None,
    )
