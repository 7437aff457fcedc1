"""`/returns`: finding, reading, opening, deciding and changing returns."""

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, Security
from pydantic import AwareDatetime
from sqlalchemy.ext.asyncio import AsyncSession

from api.v1 import orders, paging, problems, returns_schema, writing
from api.v1.access import Call, Guard
from api.v1.paging import Cursor, Limit, Page
from api.v1.returns_schema import (
    Chosen,
    GiftCardShown,
    NoteBody,
    ReceiptShown,
    RejectBody,
    ReturnBody,
    ReturnDone,
    ReturnShown,
    ReturnSummary,
)
from api.v1.schema import OrderNumber, RmaInPath
from casework import approvals, labels
from casework.desk import Desk
from casework.proposal import Done
from casework.wanted import CancelReturn, ChangeReturn, ExtendReturn, NewLabel, OpenReturn, Wish
from integrations.keys import ApiKey
from kit import errors
from store import listing, receipt, receipts, records, repository, transfers
from store.order import Order
from store.receipts import Kept
from store.returns import Approval, Parcel, Return, Settlement

_READING = problems.described(problems.NOT_FOUND)
_CHANGING = problems.described(
    problems.NOT_FOUND, problems.CONFLICT, problems.REFUSED, problems.UNDER_WAY, problems.UNAVAILABLE
)


def router(desk: Desk, guard: Guard) -> APIRouter:
    """Build the endpoints over a desk."""
    routes = APIRouter(prefix="/returns", tags=["returns"])
    _add_listing(routes, desk, guard)
    _add_reading(routes, desk, guard)
    _add_gift_card(routes, desk, guard)
    _add_opening(routes, desk, guard)
    _add_deciding(routes, desk, guard)
    _add_changing(routes, desk, guard)
    return routes


def _add_listing(routes: APIRouter, desk: Desk, guard: Guard) -> None:
    @routes.get("", summary="List returns")
    async def list_returns(  # noqa: PLR0913  (each is a parameter of the query)
        request: Request,
        _: Annotated[ApiKey, Security(guard.reading, scopes=["returns:read"])],
        order: Annotated[OrderNumber | None, Query(description="The order's number.")] = None,
        customer: Annotated[UUID | None, Query(description="The customer's id.")] = None,
        approval: Annotated[Approval | None, Query()] = None,
        parcel: Annotated[Parcel | None, Query()] = None,
        settlement: Annotated[Settlement | None, Query()] = None,
        opened_after: Annotated[AwareDatetime | None, Query()] = None,
        limit: Limit = paging.USUAL,
        cursor: Cursor = None,
    ) -> Page[ReturnSummary]:
        """Returns that match all filters, newest first."""
        after = paging.begin_by_id(cursor)
        async with desk.database.transaction() as session:
            named = await repository.find_order(session, order) if order is not None else None
            if order is not None and named is None:
                return Page(data=[], next=None)
            order_id = named.id if named else None
            wanted = listing.ReturnFilter(order_id, customer, approval, parcel, settlement, opened_after)
            found = await listing.returns(session, wanted, limit + 1, after)
            numbers = await _numbers(session, found)
        last = found[limit - 1] if len(found) > limit else None
        entries = [returns_schema.summary(one, numbers[one.order_id]) for one in found]
        return paging.page(desk, request, entries, limit, (last.opened_at, str(last.id)) if last else None)


def _add_reading(routes: APIRouter, desk: Desk, guard: Guard) -> None:
    @routes.get("/{rma}", summary="Read a return", responses=_READING)
    async def read_return(
        rma: RmaInPath, _: Annotated[ApiKey, Security(guard.reading, scopes=["returns:read"])]
    ) -> ReturnShown:
        """The return with its lines, states, money, promises, label, and what happened to it."""
        async with desk.database.transaction() as session:
            return await whole(session, desk, await find(session, rma))

    @routes.get("/{rma}/receipt", summary="Read the decision's receipt", responses=_READING)
    async def read_receipt(
        rma: RmaInPath, _: Annotated[ApiKey, Security(guard.reading, scopes=["returns:read"])]
    ) -> ReceiptShown:
        """What was decided, from what and under which rules, and the same decision made again now."""
        async with desk.database.transaction() as session:
            found = await find(session, rma)
            kept = await receipts.of_return(session, found.id)
        if not kept:
            raise errors.NotFound(f"{rma} has no receipt")
        return _receipt(desk, found, kept[-1])


def _add_gift_card(routes: APIRouter, desk: Desk, guard: Guard) -> None:
    @routes.get("/{rma}/gift-card", summary="Read the gift card of a returned gift", responses=_READING)
    async def read_gift_card(
        rma: RmaInPath, _: Annotated[ApiKey, Security(guard.reading, scopes=["returns:write"])]
    ) -> GiftCardShown:
        """The code of the card that whoever returned a gift gets, once it is there: it is money, so it needs a key that
        may write. Give it to nobody else; who paid for the gift is not told.
        """
        async with desk.database.transaction() as session:
            found = await find(session, rma)
            happened = await repository.events_of(session, found.id)
        code = next((one.detail["code"] for one in happened if one.detail.get("code")), None)
        if code is None:
            raise errors.NotFound(f"{rma} has no gift card")
        return GiftCardShown(rma=found.rma, code=str(code))


def _receipt(desk: Desk, found: Return, kept: Kept) -> ReceiptShown:
    """Return a receipt with the same decision made again, where its rules are still known; a gift's code stays here."""
    replayed, digest = None, None
    with suppress(errors.NotFound):
        rules = kept.rules(desk.book)
        replayed, digest = receipt.outcome(receipt.replay(kept.inputs, rules)), rules.digest
    return ReceiptShown(
        rma=found.rma,
        decided_at=kept.at,
        policy_version=kept.policy_version,
        policy_digest=digest,
        rule_ids=list(kept.rule_ids),
        overruled=list(kept.inputs.get("overruled") or ()),
        inputs={**kept.inputs, "order": {**kept.inputs.get("order", {}), "gift_code": None}},
        outcome=kept.outcome,
        replayed=replayed,
        same=replayed == kept.outcome if replayed is not None else None,
    )


async def find(session: AsyncSession, rma: str) -> Return:
    """Return the return with a number; raises NotFound."""
    found = await repository.find_return(session, rma)
    if found is None:
        raise errors.NotFound(f"there is no return {rma}")
    return found


async def whole(session: AsyncSession, desk: Desk, found: Return) -> ReturnShown:
    """Return a return with all that belongs to it, as it goes out."""
    order = await repository.order_by_id(session, found.order_id)
    assert order is not None
    label = labels.label_of(desk, found)
    return returns_schema.shown(
        found,
        order.number,
        label.url if label else None,
        exchange=await listing.exchange_of(session, found.id),
        transfers=await transfers.of_return(session, found.id),
        promises=await records.promises_of_return(session, found.id),
        events=await repository.events_of(session, found.id),
    )


async def _numbers(session: AsyncSession, found: list[Return]) -> dict[UUID, str]:
    opened = await repository.orders_by_ids(session, list({one.order_id for one in found}))
    return {order.id: order.number for order in opened}


def _add_opening(routes: APIRouter, desk: Desk, guard: Guard) -> None:
    @routes.post("", summary="Open a return", response_model=ReturnDone, status_code=201, responses=_CHANGING)
    async def open_return(
        body: ReturnBody, call: Annotated[Call, Security(guard.writing, scopes=["returns:write"])]
    ) -> Response:
        """Opens a return exactly as a customer could, by the same policy; `POST /decisions` says before what it gives.

        Approved at once with a label where the policy decides alone; else it waits for a person. The customer is told.
        """

        async def wanted(session: AsyncSession) -> Wish:
            return opening(await orders.find(session, body.order), body)

        return await writing.wish(
            desk,
            call,
            wanted,
            lambda session, done: _done(session, desk, done),
            ("return_opened", {"order": body.order}, ""),
            status=201,
            location=f"{paging.BASE}/returns/{{shown.return_.rma}}",
        )


def opening(order: Order, body: ReturnBody) -> OpenReturn:
    """Return the wish that a body stands for."""
    return OpenReturn(
        order.id,
        tuple(line.value() for line in body.lines),
        body.resolution,
        body.method,
        body.refund_to,
        body.variants(),
        body.difference_to,
        body.gift,
        body.comment,
    )


def changing(rma: str, body: Chosen) -> ChangeReturn:
    """Return the wish that a body stands for."""
    return ChangeReturn(rma, body.resolution, body.method, body.refund_to, body.variants(), body.difference_to)


def _add_deciding(routes: APIRouter, desk: Desk, guard: Guard) -> None:
    @routes.post("/{rma}/approve", summary="Approve a return", response_model=ReturnDone, responses=_CHANGING)
    async def approve_return(
        rma: RmaInPath, body: NoteBody, call: Annotated[Call, Security(guard.writing, scopes=["returns:write"])]
    ) -> Response:
        """Approves a return that waits for a person, with its label; the customer is told."""
        if found := await writing.earlier(desk, call):
            return found
        ticket = await approvals.prepare(desk, rma)

        async def work(session: AsyncSession) -> ReturnDone:
            approved = await approvals.approve(session, desk, rma, (call.key.actor, body.note), ticket)
            await writing.audit(session, desk, call, "return_approved", {"rma": rma, "note": body.note})
            return ReturnDone(summary=f"{rma} is approved.", return_=await whole(session, desk, approved))

        return await writing.once(desk, call, work)

    @routes.post("/{rma}/reject", summary="Reject a return", response_model=ReturnDone, responses=_CHANGING)
    async def reject_return(
        rma: RmaInPath, body: RejectBody, call: Annotated[Call, Security(guard.writing, scopes=["returns:write"])]
    ) -> Response:
        """Rejects a return that waits for a person; the customer is told the reason."""

        async def work(session: AsyncSession) -> ReturnDone:
            rejected = await approvals.reject(session, desk, rma, call.key.actor, body.reason)
            await writing.audit(session, desk, call, "return_rejected", {"rma": rma, "reason": body.reason})
            return ReturnDone(summary=f"{rma} is rejected.", return_=await whole(session, desk, rejected))

        return await writing.once(desk, call, work)


def _add_changing(routes: APIRouter, desk: Desk, guard: Guard) -> None:
    async def change(call: Call, wish: Wish, rma: str, act: str, note: str = "") -> Response:
        async def wanted(session: AsyncSession) -> Wish:
            await find(session, rma)
            return wish

        return await writing.wish(
            desk, call, wanted, lambda session, done: _done(session, desk, done), (act, {"rma": rma}, note)
        )

    @routes.post("/{rma}/cancel", summary="Call a return off", response_model=ReturnDone, responses=_CHANGING)
    async def cancel_return(
        rma: RmaInPath, body: NoteBody, call: Annotated[Call, Security(guard.writing, scopes=["returns:write"])]
    ) -> Response:
        """Calls a return off of which nothing was sent."""
        return await change(call, CancelReturn(rma), rma, "return_cancelled", body.note)

    @routes.post("/{rma}/change", summary="Change a return", response_model=ReturnDone, responses=_CHANGING)
    async def change_return(
        rma: RmaInPath, body: Chosen, call: Annotated[Call, Security(guard.writing, scopes=["returns:write"])]
    ) -> Response:
        """Another outcome, way to send, place for the money or variant, while nothing was sent."""
        return await change(call, changing(rma, body), rma, "return_changed")

    @routes.post("/{rma}/extend", summary="Give more time", response_model=ReturnDone, responses=_CHANGING)
    async def extend_return(
        rma: RmaInPath, body: NoteBody, call: Annotated[Call, Security(guard.writing, scopes=["returns:write"])]
    ) -> Response:
        """Moves the day until which the parcel is to be sent; once for each return."""
        return await change(call, ExtendReturn(rma), rma, "return_extended", body.note)

    @routes.post("/{rma}/label", summary="Issue a new label", response_model=ReturnDone, responses=_CHANGING)
    async def new_label(
        rma: RmaInPath, body: NoteBody, call: Annotated[Call, Security(guard.writing, scopes=["returns:write"])]
    ) -> Response:
        """A new label (or QR code), valid from now; `label_url` leads to it."""
        return await change(call, NewLabel(rma), rma, "label_reissued", body.note)


async def _done(session: AsyncSession, desk: Desk, done: Done) -> ReturnDone:
    assert done.return_ is not None
    return ReturnDone(summary=done.text, return_=await whole(session, desk, await find(session, done.return_.rma)))
