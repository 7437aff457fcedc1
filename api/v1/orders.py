"""`/orders`: finding, reading, putting and changing orders."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, Security
from pydantic import AwareDatetime
from sqlalchemy.ext.asyncio import AsyncSession

from api.v1 import orders_schema, paging, problems, writing
from api.v1.access import Call, Guard
from api.v1.orders_schema import (
    AddressChange,
    CancelBody,
    ItemsChange,
    OrderDone,
    OrderPut,
    OrderShown,
    OrderSummary,
    PaymentChange,
)
from api.v1.paging import Cursor, Limit, Page
from api.v1.schema import NumberInPath, OrderNumber, Text
from casework import returns
from casework.desk import Desk
from casework.proposal import Done
from casework.wanted import CancelOrder, ChangeAddress, ChangeItems, ChangePayment, Wish
from integrations.keys import ApiKey
from kit import errors
from store import identity, importing, importing_schema, listing, repository, transfers
from store.decision import RequestLine
from store.order import Order, OrderState
from store.returns import Reason

type Wanted = Callable[[Order], Wish]
EmailFilter = Annotated[Text | None, Query(min_length=1, description="The customer's e-mail address.")]
_CHANGING = problems.described(problems.NOT_FOUND, problems.REFUSED, problems.UNDER_WAY, problems.UNAVAILABLE)
_READING = problems.described(problems.NOT_FOUND)


def router(desk: Desk, guard: Guard) -> APIRouter:
    """Build the endpoints over a desk."""
    routes = APIRouter(prefix="/orders", tags=["orders"])
    _add_reading(routes, desk, guard)
    _add_putting(routes, desk, guard)
    _add_changing(routes, desk, guard)
    return routes


async def find(session: AsyncSession, number: str) -> Order:
    """Return the order with a number; raises NotFound."""
    found = await repository.find_order(session, number)
    if found is None:
        raise errors.NotFound(f"there is no order {number}")
    return found


async def whole(session: AsyncSession, desk: Desk, order: Order) -> OrderShown:
    """Return an order with all that belongs to it, as it goes out."""
    sound: Reason = "no_longer_needed"
    rules = desk.book.in_force(order.placed_at)
    faulty: Reason = next(iter(rules.rules.faulty_reasons), "defective")
    decisions = [
        await returns.what_if(session, desk, order, [RequestLine(item.id, 1, reason) for item in order.items])
        for reason in (sound, faulty)
    ]
    return orders_schema.shown(
        order,
        await returns.left_to_return(session, order),
        (decisions[0].lines, decisions[1].lines),
        await transfers.of_order(session, order.id),
        await repository.returns_of_order(session, order.id),
    )


def _add_reading(routes: APIRouter, desk: Desk, guard: Guard) -> None:
    @routes.get("", summary="List orders")
    async def list_orders(  # noqa: PLR0913  (each is a parameter of the query)
        request: Request,
        _: Annotated[ApiKey, Security(guard.reading, scopes=["orders:read"])],
        email: EmailFilter = None,
        number: Annotated[OrderNumber | None, Query()] = None,
        customer: Annotated[UUID | None, Query(description="The customer's id.")] = None,
        state: Annotated[OrderState | None, Query()] = None,
        placed_after: Annotated[AwareDatetime | None, Query()] = None,
        limit: Limit = paging.USUAL,
        cursor: Cursor = None,
    ) -> Page[OrderSummary]:
        """Orders that match all filters, newest first."""
        mail = identity.normalise_email(email) if email is not None else None
        wanted = listing.OrderFilter(number, mail, customer, state, placed_after)
        async with desk.database.transaction() as session:
            found = await listing.orders(session, wanted, limit + 1, paging.begin(cursor))
        last = found[limit - 1] if len(found) > limit else None
        place = (last.placed_at, last.number) if last else None
        return paging.page(desk, request, [orders_schema.summary(one) for one in found], limit, place)

    @routes.get("/{number}", summary="Read an order", responses=_READING)
    async def read_order(
        number: NumberInPath, _: Annotated[ApiKey, Security(guard.reading, scopes=["orders:read"])]
    ) -> OrderShown:
        """The order with its items: how many pieces are in no return yet, and what the policy says to each now."""
        async with desk.database.transaction() as session:
            return await whole(session, desk, await find(session, number))


def _add_putting(routes: APIRouter, desk: Desk, guard: Guard) -> None:
    @routes.post(
        "",
        summary="Create or replace an order",
        response_model=OrderPut,
        responses=problems.described(problems.CONFLICT, problems.UNDER_WAY),
    )
    async def put_order(
        body: importing_schema.OrderIn, call: Annotated[Call, Security(guard.writing, scopes=["orders:write"])]
    ) -> Response:
        """One order in our own import format (docs/importing.md), with its customer, items, payments and parcels.

        The same order again changes nothing; one that is known is brought up to date. Nobody is told.
        """

        async def work(session: AsyncSession) -> OrderPut:
            result = await importing.put_order(session, body, desk.book.shop.currency)
            await writing.audit(session, desk, call, "order_put", {"order": body.number})
            shown = await whole(session, desk, await find(session, body.number))
            odd = list(importing_schema.warnings(body))
            return OrderPut(outcome=str(result), warnings=odd, order=shown)

        return await writing.once(desk, call, work)


def _add_changing(routes: APIRouter, desk: Desk, guard: Guard) -> None:
    async def change(call: Call, number: str, wish: Wanted, act: str, note: str = "") -> Response:
        async def wanted(session: AsyncSession) -> Wish:
            return wish(await find(session, number))

        async def shown(session: AsyncSession, done: Done) -> OrderDone:
            return OrderDone(summary=done.text, order=await whole(session, desk, await find(session, number)))

        return await writing.wish(desk, call, wanted, shown, (act, {"order": number}, note))

    @routes.post("/{number}/cancel", summary="Cancel an order", response_model=OrderDone, responses=_CHANGING)
    async def cancel_order(
        number: NumberInPath, body: CancelBody, call: Annotated[Call, Security(guard.writing, scopes=["orders:write"])]
    ) -> Response:
        """Cancels an order that is not packed; the money goes back the way it came, and the customer is told."""
        return await change(
            call, number, lambda order: CancelOrder(order.id, body.reason), "order_cancelled", body.note
        )

    @routes.post("/{number}/address", summary="Change the address", response_model=OrderDone, responses=_CHANGING)
    async def change_order_address(
        number: NumberInPath,
        body: AddressChange,
        call: Annotated[Call, Security(guard.writing, scopes=["orders:write"])],
    ) -> Response:
        """Sends an order that is not packed elsewhere."""
        address, on_file = body.address.value(), body.also_on_file
        return await change(
            call, number, lambda order: ChangeAddress(order.id, address, on_file), "order_address_changed"
        )

    @routes.post(
        "/{number}/payment-method", summary="Change the payment", response_model=OrderDone, responses=_CHANGING
    )
    async def change_order_payment(
        number: NumberInPath,
        body: PaymentChange,
        call: Annotated[Call, Security(guard.writing, scopes=["orders:write"])],
    ) -> Response:
        """Pays an order that is not packed with another of the customer's methods."""
        method = body.payment_method_id
        return await change(call, number, lambda order: ChangePayment(order.id, method), "order_payment_changed")

    @routes.post("/{number}/items", summary="Change variants", response_model=OrderDone, responses=_CHANGING)
    async def change_order_items(
        number: NumberInPath,
        body: ItemsChange,
        call: Annotated[Call, Security(guard.writing, scopes=["orders:write"])],
    ) -> Response:
        """Puts other variants of the same products into an order that is not packed."""
        variants = {one.item_id: one.variant_id for one in body.items}
        method = body.payment_method_id
        return await change(call, number, lambda order: ChangeItems(order.id, variants, method), "order_items_changed")
