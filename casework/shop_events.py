"""What the shop and the warehouse tell us, taken once: an order is shipped, a parcel has come, a return is to be paid.

The event, what it does, and the answer to it are one transaction. What does not fit now is kept as refused, with the
reason; what names something that nobody knows yet is not kept, and may come again.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from casework import notice_texts, reach
from casework.desk import Desk
from handoff.ticket import Call, Reason
from integrations import inbound
from integrations.inbound import InboundEvent
from kit import errors
from store import listing, order_changes, repository, service, stock
from store.happenings import Act
from store.order import Order
from store.returns import Parcel, Return

Plain = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\u0000-\u001f\u007f]*$")]
OrderNumber = Annotated[str, Field(pattern=r"^#?[A-Za-z][0-9]{6,7}$", examples=["H206002"])]
RmaNumber = Annotated[str, Field(pattern=r"^RMA-[0-9]{4}-[0-9]{4}$", examples=["RMA-1000-0032"])]
_FIRST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours."""


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Event(_In):
    id: Plain = Field(
        description="The sender's own id for the event; the same id is taken once.", examples=["scan-8812"]
    )
    at: AwareDatetime | None = Field(None, description="When it happened; now, when it is not given.")


class Shipped(_In):
    """An order that has left."""

    order: OrderNumber
    tracking_number: Plain
    carrier: Plain


class AboutOrder(_In):
    """An order, by its number."""

    order: OrderNumber


class AboutParcel(_In):
    """A return's parcel, by the return's number or by that on its label."""

    rma: RmaNumber | None = None
    tracking_number: Plain | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.rma is None) == (self.tracking_number is None):
            raise ValueError("name either the rma or the tracking_number")
        return self


class ToSettle(_In):
    """A return whose money is to move."""

    rma: RmaNumber


class ExchangeLeft(_In):
    """The pieces of an exchange that have left."""

    rma: RmaNumber
    tracking_number: Plain


class Stock(_In):
    """How many pieces of a variant can be sold now, without those that are reserved for exchanges."""

    variant_id: Plain
    stock: Annotated[int, Field(ge=0, le=1_000_000_000)]


class OrderShipped(_Event):
    """An order was given to a carrier."""

    type: Literal["order.shipped"]
    data: Shipped


class OrderProcessed(_Event):
    """An order is being packed: from now on it cannot be changed."""

    type: Literal["order.processed"]
    data: AboutOrder


class OrderDelivered(_Event):
    """An order was handed over to the customer."""

    type: Literal["order.delivered"]
    data: AboutOrder


class ParcelMoved(_Event):
    """Something happened to the parcel of a return."""

    type: Literal["parcel.in_transit", "parcel.received", "parcel.inspected", "parcel.lost"]
    data: AboutParcel


class ReturnSettle(_Event):
    """A return that was inspected is to be paid, credited or exchanged."""

    type: Literal["return.settle"]
    data: ToSettle


class ExchangeSent(_Event):
    """What a customer gets in exchange was given to a carrier."""

    type: Literal["exchange.sent"]
    data: ExchangeLeft


class StockChanged(_Event):
    """The shelf was counted."""

    type: Literal["stock.changed"]
    data: Stock


Event = Annotated[
    OrderProcessed | OrderShipped | OrderDelivered | ParcelMoved | ReturnSettle | ExchangeSent | StockChanged,
    Field(discriminator="type"),
]
AnyEvent = OrderProcessed | OrderShipped | OrderDelivered | ParcelMoved | ReturnSettle | ExchangeSent | StockChanged
_PARCELS: Mapping[str, Parcel] = {
    "parcel.in_transit": "in_transit",
    "parcel.received": "received",
    "parcel.inspected": "inspected",
    "parcel.lost": "lost",
}


async def take(desk: Desk, sender: str, event: AnyEvent) -> InboundEvent:
    """Take an event and do what it says, once; the same event again gets the answer of the first time.

    Raises:
        NotFound: it names an order, a return or a variant that nobody knows (yet); it may come again.
        BadInput: it happened in the future, or long ago.
        Conflict: the sender used its id for another event.
    """
    now = desk.clock.now()
    if event.at is not None and not _FIRST_MOMENT <= event.at <= now + _AHEAD:
        raise errors.BadInput("`at` is in the future, or before the year 2000")
    payload = event.model_dump(mode="json", exclude={"id", "type"})
    async with desk.database.transaction() as session:
        known = await inbound.take(session, sender, event.id, event.type, payload, now)
        if known is not None:
            return known
        try:
            async with session.begin_nested():
                await _do(session, desk, event, _act(sender, event, now))
        except errors.NotFound:
            raise
        except (errors.Conflict, errors.NotAllowed, errors.BadInput) as error:
            await inbound.refuse(session, sender, event.id, str(error))
            await _look_for_its_owner(session, desk, event)
        taken = await inbound.find(session, sender, event.id)
    assert taken is not None, "it was written down above"
    return taken


def _act(sender: str, event: AnyEvent, now: datetime) -> Act:
    moment = event.at.astimezone(UTC) if event.at is not None and event.type.startswith("order.") else now
    return Act(sender, min(moment, now), key=f"event:{sender}:{event.id}")


async def _do(session: AsyncSession, desk: Desk, event: AnyEvent, act: Act) -> None:
    if isinstance(event, OrderProcessed):
        await order_changes.record_processing(session, (await _order(session, event.data.order)).id, act)
    elif isinstance(event, OrderShipped):
        order = await _order(session, event.data.order)
        await order_changes.record_shipment(session, order.id, event.data.tracking_number, event.data.carrier, act)
    elif isinstance(event, OrderDelivered):
        await order_changes.record_delivery(session, (await _order(session, event.data.order)).id, act)
    elif isinstance(event, ParcelMoved):
        found = await _return(session, event.data)
        await service.record_parcel(session, found.rma, _PARCELS[event.type], act, desk.book)
    elif isinstance(event, ReturnSettle):
        await service.settle(session, event.data.rma, act, desk.book)
    elif isinstance(event, ExchangeSent):
        await service.send_exchange(session, event.data.rma, act, event.data.tracking_number)
    else:
        await stock.set_stock(session, event.data.variant_id, event.data.stock)


async def _look_for_its_owner(session: AsyncSession, desk: Desk, event: AnyEvent) -> None:
    """Bring a person where goods have come for a return that is not to be (yet): they are still the customer's."""
    if not isinstance(event, ParcelMoved) or event.type != "parcel.received":
        return
    return_ = await _return(session, event.data)
    order = await repository.order_by_id(session, return_.order_id)
    if order is None or return_.approval == "approved":
        return
    call = Call(
        Reason.POLICY,
        f"A parcel has arrived for {return_.rma}, which is {return_.approval}: the goods are with us.",
        {"rule": "parcel.unexpected"},
    )
    text = notice_texts.unexpected(return_)
    await reach.hand_over(session, desk, order, return_, text, call, f"unexpected:{return_.rma}:{return_.approval}")


async def _order(session: AsyncSession, number: str) -> Order:
    found = await repository.find_order(session, number)
    if found is None:
        raise errors.NotFound(f"there is no order {number}")
    return found


async def _return(session: AsyncSession, about: AboutParcel) -> Return:
    if about.rma is not None:
        found = await repository.find_return(session, about.rma)
    else:
        found = await listing.return_with_tracking(session, about.tracking_number or "")
    if found is None:
        raise errors.NotFound(f"there is no return {about.rma or about.tracking_number}")
    return found
