"""What changes returns.

Each function works in the caller's transaction, holds the order's row first (so two changes of one order wait for each
other, always in the same sequence), and either does all of its work or, raising, none of it. An act with a key that
has been seen is not done again: what stands is returned. A label is ordered from the carrier before the transaction
opens and comes in as a ticket: no transaction stays open across a network call.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from store import (
    dates,
    exchange,
    happenings,
    held,
    ledger,
    opening,
    payout,
    repository,
    rma_numbers,
    rows,
    settlement,
    transfers,
)
from store.decision import Decision, RequestLine
from store.exchange import Choices
from store.happenings import About, Act
from store.policy_file import PolicyBook
from store.ports import LabelTicket
from store.return_changes import change_return as change_return
from store.return_changes import extend as extend
from store.returns import Method, Parcel, Resolution, Return, may_cancel, move
from store.tables import ReturnLineRow, ReturnRow

_GRACE = timedelta(days=1)
"""A label's last day is over everywhere only when it is over west of here too."""
_ENDS = ("refunded", "credited", "exchanged", "closed")
_TRAVELS: frozenset[Parcel] = frozenset({"in_transit", "received", "inspected", "lost"})


async def open_return(  # noqa: PLR0913  (exactly what the summary showed to the customer)
    session: AsyncSession,
    *,
    order_id: UUID,
    lines: Sequence[RequestLine],
    resolution: Resolution,
    method: Method,
    refund_to: str | None,
    exchange_variants: Choices,
    difference_to: str | None = None,
    book: PolicyBook,
    act: Act,
    conversation_id: UUID | None = None,
    ticket: LabelTicket | None = None,
    overruled: frozenset[str] = frozenset(),
    gift: bool = False,
) -> Return:
    """Open a return: row, lines, events, receipt and promise, with the exchange's stock reserved.

    Approved at once with a label when the policy decides alone, and settled at once when nothing is to be sent; else
    `requested` without one, and the ticket stays unused. Of the variants of an exchange the first in stock is taken;
    `difference_to` pays a difference in price or gets it, the method that paid the most where it is None. `overruled`
    are rules that an agent set aside; `act.detail` (a note, say) is kept with the event. `gift`: by whoever has the
    order's gift code.

    Raises NotFound (order, item, payment method), Conflict (no longer eligible, an offer that is gone, sold out, or
    the ticket's number was given to another return meanwhile), NotAllowed (a difference that nobody may or can pay),
    BadInput (a variant of another product, a method that the shop does not have).
    """
    order = await held.order(session, order_id)
    if await happenings.seen(session, act, About("return", order.customer.id, order.id), "opened"):
        return await _known(session, act)
    past = await repository.past_of(session, order, act.now, book, gift=gift)
    case = await held.case(session, order, lines, book, act.now, past=past, overruled=overruled)
    decision = opening.eligible(case)
    offer = opening.chosen_offer(decision, resolution, refund_to)
    way = opening.chosen_method(decision, resolution, method)
    async with session.begin_nested():
        swap = await exchange.reserve(session, order, lines, resolution, exchange_variants)
        wanted_method = difference_to or (refund_to if resolution == "exchange" else None)
        payer = exchange.payer(case, swap.difference, wanted_method) if resolution == "exchange" else None
        opened = replace(
            opening.draft(case, decision, offer, way, ticket),
            conversation_id=conversation_id,
            price_difference=swap.difference,
            refund_to=(payer.id if payer else None) if resolution == "exchange" else offer.refund_to,
            lines=opening.lines(case, decision, offer, swap.variants),
        )
        opened = await rma_numbers.write_under_a_free_one(session, opened, ticket)
        await _add(session, opened, act, decision, overruled)
        await held.write_down(session, case, decision, opened)
        ledger.promise_return(session, opened, offer, case.rules.shop, payer.label if payer else "")
        if opened.approval == "requested":
            ledger.promise_decision(session, opened, case.rules, act.now)
        await session.flush()
        return await _settle_what_is_kept(session, opened, happenings.alone(act), book)


async def approve(
    session: AsyncSession, rma: str, act: Act, book: PolicyBook, ticket: LabelTicket | None = None
) -> Return:
    """Approve a requested return; with a ticket its label is issued too, and what the customer keeps is settled.
    Raises NotFound, Conflict."""
    current = await held.return_(session, rma)
    if await happenings.seen(session, act, happenings.of_return(current), "approved"):
        return current
    changed = replace(move(current, approval="approved"), needs_person=None)
    await held.save(session, changed, "approved", act, was=current.needs_person or "")
    await ledger.keep_promises(session, changed.id, act.now, ("decision",))
    if ticket is not None and changed.method != "keep":
        return await reissue_label(session, rma, replace(act, key=None), book, ticket)
    return await _settle_what_is_kept(session, changed, happenings.alone(act, act.actor), book)


async def reject(session: AsyncSession, rma: str, act: Act) -> Return:
    """Reject a requested return and give reserved stock back. Raises NotFound, Conflict."""
    current = await held.return_(session, rma)
    if await happenings.seen(session, act, happenings.of_return(current), "rejected"):
        return current
    changed = replace(move(current, approval="rejected", settlement="closed"), needs_person=None)
    await held.save(session, changed, "rejected", act)
    await ledger.keep_promises(session, changed.id, act.now, ("decision",))
    await _give_up(session, changed, act)
    return changed


async def cancel_return(session: AsyncSession, rma: str, act: Act) -> Return:
    """Call a return off and give reserved stock back; only while nothing was sent. Raises NotFound, Conflict."""
    current = await held.return_(session, rma)
    if await happenings.seen(session, act, happenings.of_return(current), "cancelled"):
        return current
    if not may_cancel(current) or await transfers.of_return(session, current.id):
        raise errors.Conflict(f"{current.rma} is {current.approval}, its parcel {current.parcel}: cannot be cancelled")
    changed = move(current, approval="cancelled", settlement="closed")
    await held.save(session, changed, "cancelled", act)
    await _give_up(session, changed, act)
    return changed


async def reissue_label(session: AsyncSession, rma: str, act: Act, book: PolicyBook, ticket: LabelTicket) -> Return:
    """Give an approved return a (new) label, valid from now and never for less time than the one before.
    Raises NotFound, NotAllowed, Conflict."""
    current = await held.return_(session, rma)
    if await happenings.seen(session, act, happenings.of_return(current), "label_issued"):
        return current
    if current.approval != "approved" or current.settlement != "open" or current.method == "keep":
        raise errors.NotAllowed(f"{current.rma} is {current.approval}: it gets no label")
    moved = current if current.parcel == "label_issued" else move(current, parcel="label_issued")
    rules = await held.rules_of(session, current, book)
    changed = replace(
        moved,
        tracking_number=ticket.tracking_number,
        carrier=ticket.carrier_name,
        label_expires_at=opening.label_end(act.now, rules, current.label_expires_at),
    )
    return await held.save(session, changed, "label_issued", act, tracking_number=ticket.tracking_number)


async def record_parcel(session: AsyncSession, rma: str, parcel: Parcel, act: Act, book: PolicyBook) -> Return:
    """Write down what happened to the parcel (in transit, received, inspected, lost); once it is here, the day of the
    refund is known. Raises NotFound, BadInput (nothing that happens on the way), Conflict."""
    current = await held.return_(session, rma)
    if await happenings.seen(session, act, happenings.of_return(current), parcel):
        return current
    if parcel not in _TRAVELS:
        raise errors.BadInput(f"{parcel} is nothing that happens to a parcel on its way")
    if current.approval != "approved":
        raise errors.Conflict(f"{current.rma} is {current.approval}: no parcel is expected")
    changed = move(current, parcel=parcel)
    if parcel in ("received", "inspected"):
        changed = await _dated(session, changed, book, act.now)
    return await held.save(session, changed, parcel, act)


async def settle(session: AsyncSession, rma: str, act: Act, book: PolicyBook) -> Return:
    """Pay out, credit or make the exchange of an inspected return ready.

    The money is asked for as transfers; the return is settled when all of them have succeeded: at once where all of it
    goes to gift cards or store credit, or nothing is owed. Raises NotFound, Conflict (not checked, being settled).
    """
    current = await held.return_(session, rma)
    if await happenings.seen(session, act, happenings.of_return(current), "settling", *_ENDS):
        return current
    if not current.is_open or current.approval != "approved" or not _is_here(current):
        raise errors.Conflict(f"{current.rma} is {current.approval}, its parcel {current.parcel}: cannot be settled")
    if await transfers.of_return(session, current.id):
        raise errors.Conflict(f"{current.rma} is being settled already")
    if current.refund_due_on is None:  # what is kept never arrived
        current = await _dated(session, current, book, act.now)
        day = {"refund_due_on": current.refund_due_on}
        await session.execute(update(ReturnRow).where(ReturnRow.id == current.id).values(day))
    await payout.ask(session, current, act)
    settled = await settlement.move_on(session, current.id, act)
    return settled or await held.save(session, current, "settling", act)


async def send_exchange(session: AsyncSession, rma: str, act: Act, tracking_number: str) -> Return:
    """Write down that the pieces of a settled exchange have left. Raises NotFound, Conflict (none is ready)."""
    current = await held.return_(session, rma)
    if await happenings.seen(session, act, exchange.about(current), "sent"):
        return current
    await exchange.send(session, current, tracking_number, act)
    await ledger.keep_promises(session, current.id, act.now, ("exchange",))
    return current


async def expire_labels(session: AsyncSession, now: datetime) -> list[str]:
    """Mark labels past their day as expired; return the return numbers. Rows that someone else holds wait for the
    next run."""
    query = (
        select(ReturnRow.id, ReturnRow.rma)
        .where(ReturnRow.parcel == "label_issued", ReturnRow.approval == "approved")
        .where(ReturnRow.label_expires_at < now - _GRACE)
        .with_for_update(key_share=True, skip_locked=True)
    )
    found = (await session.execute(query)).all()
    if found:
        await session.execute(
            update(ReturnRow).where(ReturnRow.id.in_([row_id for row_id, _ in found])).values(parcel="expired")
        )
    for row_id, _ in found:
        expired = await repository.return_by_id(session, row_id)
        assert expired is not None
        happenings.note(session, happenings.of_return(expired), "expired", Act("policy", now))
    await session.flush()
    return [rma for _, rma in found]


async def _known(session: AsyncSession, act: Act) -> Return:
    return_id = await happenings.return_of(session, act.key or "")
    known = await repository.return_by_id(session, return_id) if return_id else None
    assert known is not None  # its event refers to it
    return known


async def _add(session: AsyncSession, opened: Return, act: Act, decision: Decision, overruled: frozenset[str]) -> None:
    session.add_all(ReturnLineRow(**values) for values in rows.of_return_lines(opened))
    about = happenings.of_return(opened)
    happenings.note(session, about, "opened", act, overruled=sorted(overruled), gift=opened.gift)
    by_policy = happenings.alone(act)
    if opened.approval == "approved":
        happenings.note(session, about, "approved", by_policy, version=decision.policy_version)
    if opened.parcel == "label_issued":
        happenings.note(session, about, "label_issued", by_policy, tracking_number=opened.tracking_number)
    if opened.resolution == "exchange":
        await exchange.hold(session, opened, by_policy)
    await session.flush()


async def _settle_what_is_kept(session: AsyncSession, current: Return, act: Act, book: PolicyBook) -> Return:
    if current.method != "keep" or current.approval != "approved":
        return current
    return await settle(session, current.rma, act, book)


async def _dated(session: AsyncSession, current: Return, book: PolicyBook, now: datetime) -> Return:
    rules = await held.rules_of(session, current, book)
    moments = await payout.due(session, current, rules, now)
    await ledger.set_due(session, current.id, moments)
    day = dates.local_day(payout.promised_day(current, moments), rules.shop.time_zone)
    return replace(current, refund_due_on=day)


async def _give_up(session: AsyncSession, closed: Return, act: Act) -> None:
    await exchange.release(session, closed, happenings.alone(act, act.actor))
    await ledger.drop_promises(session, closed.id)


def _is_here(current: Return) -> bool:
    return current.parcel == "inspected" or current.method == "keep"
