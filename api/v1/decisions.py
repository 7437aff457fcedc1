"""`/decisions`: what would happen, and nothing does."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Security
from sqlalchemy.ext.asyncio import AsyncSession

from api.v1 import decisions_schema, orders, problems, returns
from api.v1.access import Guard
from api.v1.decisions_schema import (
    Asked,
    AskedAboutReturn,
    AskedAddress,
    AskedAddressOnFile,
    AskedCancel,
    AskedChangeReturn,
    AskedItems,
    AskedOptions,
    AskedPayment,
    AskedReturn,
    DecisionAnswer,
    DecisionShown,
)
from casework import returns as cases
from casework import wishes
from casework.desk import Desk
from casework.wanted import (
    CancelOrder,
    CancelReturn,
    ChangeAddress,
    ChangeAddressOnFile,
    ChangeItems,
    ChangePayment,
    ExtendReturn,
    NewLabel,
    Wish,
)
from integrations.keys import ApiKey
from store.order import Order

AnyAsked = (
    AskedOptions
    | AskedReturn
    | AskedChangeReturn
    | AskedAboutReturn
    | AskedCancel
    | AskedAddress
    | AskedPayment
    | AskedItems
    | AskedAddressOnFile
)
_OF_RETURN: dict[str, Callable[[str], Wish]] = {
    "cancel_return": CancelReturn,
    "extend_return": ExtendReturn,
    "new_label": NewLabel,
}


def router(desk: Desk, guard: Guard) -> APIRouter:
    """Build the endpoint over a desk."""
    routes = APIRouter(prefix="/decisions", tags=["decisions"])

    @routes.post("", summary="Ask what would happen", responses=problems.described(problems.NOT_FOUND))
    async def decide(
        body: Annotated[Asked, Body()], _: Annotated[ApiKey, Security(guard.reading, scopes=["decisions:read"])]
    ) -> DecisionAnswer:
        """A wish comes in; what would happen goes out, or why it would not. Nothing is written.

        For a return the answer holds the whole decision: verdict per line, and refund, exchange and store credit side
        by side, worked out line by line.
        """
        async with desk.database.transaction() as session:
            return await _answer(session, desk, body)

    return routes


async def _answer(session: AsyncSession, desk: Desk, asked: Any) -> DecisionAnswer:
    if isinstance(asked, AskedOptions):
        order = await orders.find(session, asked.order)
        return decisions_schema.answer(None, await _decision(session, desk, order, asked))
    if isinstance(asked, AskedReturn):
        order = await orders.find(session, asked.order)
        proposed = await wishes.propose(session, desk, returns.opening(order, asked))
        return decisions_schema.answer(proposed, await _decision(session, desk, order, asked))
    return decisions_schema.answer(await wishes.propose(session, desk, await _wish(session, asked)), None)


async def _decision(
    session: AsyncSession, desk: Desk, order: Order, asked: AskedOptions | AskedReturn
) -> DecisionShown:
    lines = [line.value() for line in asked.lines]
    decision = await cases.what_if(session, desk, order, lines, asked.gift)
    return decisions_schema.shown(decision, order.currency)


async def _wish(session: AsyncSession, asked: AnyAsked) -> Wish:
    if isinstance(asked, AskedAddressOnFile):
        return ChangeAddressOnFile(asked.customer_id, asked.address.value())
    if isinstance(asked, AskedChangeReturn):
        return returns.changing(asked.rma, asked)
    if isinstance(asked, AskedAboutReturn):
        return _OF_RETURN[asked.wish](asked.rma)
    return _of_order(await orders.find(session, asked.order), asked)


def _of_order(order: Order, asked: AnyAsked) -> Wish:
    if isinstance(asked, AskedCancel):
        return CancelOrder(order.id, asked.reason)
    if isinstance(asked, AskedAddress):
        return ChangeAddress(order.id, asked.address.value(), asked.also_on_file)
    if isinstance(asked, AskedPayment):
        return ChangePayment(order.id, asked.payment_method_id)
    assert isinstance(asked, AskedItems)
    variants = {one.item_id: one.variant_id for one in asked.items}
    return ChangeItems(order.id, variants, asked.payment_method_id)
