"""What changes orders and returns.

Each function works in the caller's transaction, holds the order's row first (so two changes of one order wait for each
other, always in the same sequence), and either does all of its work or, raising, none of it. A label is ordered from
the carrier before the transaction opens and comes in as a ticket: no transaction stays open across a network call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from store import dates, exchange, happenings, ledger, offers, opening, policy, receipt, repository, rows
from store.decision import Past, RequestLine
from store.happenings import Act
from store.order import Order
from store.policy_file import Policy, PolicyBook
from store.ports import LabelTicket
from store.returns import (
    SETTLED_AS,
    Method,
    Parcel,
    Reason,
    Resolution,
    Return,
    may_cancel,
    move,
)
from store.tables import DecisionRow, OrderRow, ReturnLineRow, ReturnRow

_GRACE = timedelta(days=1)
"""A label's last day is over everywhere only when it is over west of here too."""


async def open_return(  # noqa: PLR0913  (exactly what the summary showed to the customer)
    session: AsyncSession,
    *,
    order_id: UUID,
    lines: Sequence[RequestLine],
    resolution: Resolution,
    method: Method,
    refund_to: str | None,
    exchange_variants: Mapping[UUID, str],
    book: PolicyBook,
    act: Act,
    conversation_id: UUID | None = None,
    ticket: LabelTicket | None = None,
    overruled: frozenset[str] = frozenset(),
) -> Return:
    """Open a return: row, lines, events, receipt and promise, with the exchange's stock reserved.

    Approved at once with a label when the policy decides alone; else `requested` without one, and the ticket stays
    unused. `overruled` are rules that an agent set aside; `act.detail` (a note, say) is kept with the event.

    Raises NotFound (order or item), Conflict (no longer eligible, an offer that is gone, sold out), NotAllowed (a
    balance too low for the difference), BadInput (a variant of another product, a method that the shop does not have).
    """
    await repository.lock_order(session, order_id)
    case = await _case(session, order_id, lines, book, act.now, overruled)
    decision = case.decide()
    if not decision.eligible:
        raise errors.Conflict(f"order {case.order.number}: {policy.explain(decision)}")
    offer = opening.chosen_offer(decision, resolution, refund_to)
    way = opening.chosen_method(decision, resolution, method)
    async with session.begin_nested():
        swap = await exchange.reserve(session, case.order, lines, resolution, exchange_variants)
        if resolution == "exchange":
            exchange.check_payment(swap.difference, refund_to, case.methods)
        opened = opening.draft(case, decision, offer, way, ticket)
        opened = replace(
            opened,
            conversation_id=conversation_id,
            price_difference=swap.difference,
            refund_to=refund_to if resolution == "exchange" else offer.refund_to,
            lines=opening.lines(case, decision, offer, exchange_variants),
        )
        await _add(session, opened)
        await session.flush()
        _note(session, opened, "opened", act, overruled=sorted(overruled))
        alone = replace(act, actor="policy", detail={}, key=None)
        if opened.approval == "approved":
            _note(session, opened, "approved", alone, version=decision.policy_version)
        if opened.parcel == "label_issued":
            _note(session, opened, "label_issued", alone, tracking_number=opened.tracking_number)
        session.add(DecisionRow(**rows.of_decision(case, decision, opened.id)))
        ledger.promise_return(session, opened, offer)
        await session.flush()
    return opened


async def approve(
    session: AsyncSession, rma: str, act: Act, book: PolicyBook, ticket: LabelTicket | None = None
) -> Return:
    """Approve a requested return; with a ticket its label is issued too. Raises NotFound, Conflict."""
    current = await _locked(session, rma)
    changed = replace(move(current, approval="approved"), needs_person=None)
    await _save(session, changed, "approved", act, was=current.needs_person or "")
    return await reissue_label(session, rma, replace(act, key=None), book, ticket) if ticket else changed


async def reject(session: AsyncSession, rma: str, act: Act) -> Return:
    """Reject a requested return and give reserved stock back. Raises NotFound, Conflict."""
    changed = replace(move(await _locked(session, rma), approval="rejected", settlement="closed"), needs_person=None)
    await _save(session, changed, "rejected", act)
    await _give_up(session, changed)
    return changed


async def cancel_return(session: AsyncSession, rma: str, act: Act) -> Return:
    """Call a return off and give reserved stock back; only while nothing was sent. Raises NotFound, Conflict."""
    current = await _locked(session, rma)
    if not may_cancel(current):
        raise errors.Conflict(f"{current.rma} is {current.approval}, its parcel {current.parcel}: cannot be cancelled")
    changed = move(current, approval="cancelled", settlement="closed")
    await _save(session, changed, "cancelled", act)
    await _give_up(session, changed)
    return changed


async def reissue_label(session: AsyncSession, rma: str, act: Act, book: PolicyBook, ticket: LabelTicket) -> Return:
    """Give an approved return a (new) label, valid from now. Raises NotFound, NotAllowed, Conflict."""
    current = await _locked(session, rma)
    if current.approval != "approved" or current.settlement != "open":
        raise errors.NotAllowed(f"{current.rma} is {current.approval}: it gets no label")
    moved = current if current.parcel == "label_issued" else move(current, parcel="label_issued")
    rules = await _rules_of(session, current, book)
    changed = replace(
        moved,
        tracking_number=ticket.tracking_number,
        carrier=ticket.carrier_name,
        label_expires_at=opening.label_end(act.now, rules),
    )
    await _save(session, changed, "label_issued", act, tracking_number=ticket.tracking_number)
    return changed


async def record_parcel(session: AsyncSession, rma: str, parcel: Parcel, act: Act, book: PolicyBook) -> Return:
    """Write down what happened to the parcel; once it is here, the day of the refund is known. Raises NotFound,
    Conflict."""
    current = await _locked(session, rma)
    if current.approval != "approved":
        raise errors.Conflict(f"{current.rma} is {current.approval}: no parcel is expected")
    changed = move(current, parcel=parcel)
    if parcel in ("received", "inspected"):
        rules = await _rules_of(session, current, book)
        due = await _due_on(session, changed, rules, act.now)
        changed = replace(changed, refund_due_on=due)
        await ledger.set_due(session, changed.id, dates.end_of_day(due, rules.shop.time_zone))
    await _save(session, changed, parcel, act)
    return changed


async def settle(session: AsyncSession, rma: str, act: Act) -> Return:
    """Pay out, credit or send the exchange of an inspected return, and keep its promises. Raises NotFound, Conflict."""
    current = await _locked(session, rma)
    if current.approval != "approved" or current.parcel != "inspected":
        raise errors.Conflict(f"{current.rma} is {current.approval}, its parcel {current.parcel}: cannot be settled")
    changed = replace(move(current, settlement=SETTLED_AS[current.resolution]), settled_at=act.now)
    await ledger.pay_out(session, changed, act.now)
    await ledger.keep_promises(session, changed.id, act.now)
    await _save(session, changed, changed.settlement, act, amount=str(changed.amount))
    return changed


async def expire_labels(session: AsyncSession, now: datetime) -> list[str]:
    """Mark labels past their day as expired; return the return numbers. Rows that someone else holds wait for the
    next run."""
    query = (
        select(ReturnRow.id, ReturnRow.rma)
        .where(ReturnRow.parcel == "label_issued", ReturnRow.approval == "approved")
        .where(ReturnRow.label_expires_at < now - _GRACE)
        .with_for_update(skip_locked=True)
    )
    found = (await session.execute(query)).all()
    if found:
        await session.execute(
            update(ReturnRow).where(ReturnRow.id.in_([row_id for row_id, _ in found])).values(parcel="expired")
        )
    for row_id, _ in found:
        expired = await repository.return_by_id(session, row_id)
        assert expired is not None
        _note(session, expired, "expired", Act("policy", now))
    await session.flush()
    return [rma for _, rma in found]


async def cancel_order(session: AsyncSession, order_id: UUID, reason: Reason, act: Act, book: PolicyBook) -> Order:
    """Cancel a pending order: money goes back the way it came, stock returns, the promise is kept in mind.

    Raises NotFound, Conflict (it is no longer pending, or the reason is not one of the policy's).
    """
    await repository.lock_order(session, order_id)
    order = await _order(session, order_id)
    rules = book.in_force(order.placed_at)
    methods = await repository.payment_methods_of(session, order.customer.id)
    decision = policy.decide_cancel(order, reason, rules, methods)
    if not decision.allowed:
        raise errors.Conflict(decision.explanation)
    values = {"state": "cancelled", "cancelled_at": act.now, "cancel_reason": reason}
    await session.execute(update(OrderRow).where(OrderRow.id == order_id).values(values))
    await exchange.restock_order(session, order)
    await ledger.refund_order(session, order, decision.refunds, rules, act.now)
    session.add(
        DecisionRow(
            order_id=order_id,
            at=act.now,
            policy_version=decision.policy_version,
            rule_ids=list(decision.rule_ids),
            inputs={"cancel": True, "reason": reason, "state": order.state, "actor": act.actor},
            outcome=receipt.outcome(decision),
        )
    )
    happenings.note(session, happenings.of_order(order), "cancelled", act)
    await session.flush()
    return await _order(session, order_id)


async def _case(
    session: AsyncSession,
    order_id: UUID,
    lines: Sequence[RequestLine],
    book: PolicyBook,
    now: datetime,
    overruled: frozenset[str],
) -> opening.Case:
    order = await _order(session, order_id)
    return opening.Case(
        order=order,
        lines=tuple(lines),
        rules=replace(book.in_force(order.placed_at), overruled=overruled),
        past=Past(returned=await repository.returned_quantities(session, order_id)),
        methods=tuple(await repository.payment_methods_of(session, order.customer.id)),
        now=now.astimezone(UTC),
    )


async def _add(session: AsyncSession, opened: Return) -> None:
    session.add(ReturnRow(**rows.of_return(opened)))
    await session.flush()  # the lines refer to it
    session.add_all(ReturnLineRow(**values) for values in rows.of_return_lines(opened))


def _note(session: AsyncSession, return_: Return, kind: str, act: Act, **detail: Any) -> None:
    happenings.note(session, happenings.of_return(return_), kind, replace(act, detail={**act.detail, **detail}))


async def _order(session: AsyncSession, order_id: UUID) -> Order:
    order = await repository.order_by_id(session, order_id)
    if order is None:
        raise errors.NotFound(f"order {order_id}")
    return order


async def _locked(session: AsyncSession, rma: str) -> Return:
    found = await repository.find_return(session, rma)
    if found is None:
        raise errors.NotFound(f"return {rma}")
    await repository.lock_order(session, found.order_id)
    held = await session.scalar(select(ReturnRow.id).where(ReturnRow.id == found.id).with_for_update())
    current = await repository.return_by_id(session, held) if held else None
    if current is None:
        raise errors.NotFound(f"return {rma}")
    return current


async def _save(session: AsyncSession, changed: Return, kind: str, act: Act, **detail: Any) -> None:
    moving = (
        "approval", "parcel", "settlement", "needs_person", "tracking_number", "carrier", "label_expires_at",
        "refund_due_on", "settled_at",
    )  # fmt: skip
    values = {name: getattr(changed, name) for name in moving}
    await session.execute(update(ReturnRow).where(ReturnRow.id == changed.id).values(values))
    _note(session, changed, kind, act, **detail)
    await session.flush()


async def _give_up(session: AsyncSession, closed: Return) -> None:
    await exchange.release(session, closed)
    await ledger.drop_promises(session, closed.id)


async def _rules_of(session: AsyncSession, return_: Return, book: PolicyBook) -> Policy:
    return book.in_force((await _order(session, return_.order_id)).placed_at)


async def _due_on(session: AsyncSession, return_: Return, rules: Policy, now: datetime) -> date:
    days = rules.rules.processing_days if return_.parcel == "received" else 0
    if return_.resolution == "store_credit":
        days += offers.refund_time("store_credit", rules).days_to
    elif return_.resolution == "refund":
        kind = await ledger.kind_of(session, return_.refund_to)
        days += offers.refund_time(kind, rules).days_to
    return dates.add_business_days(dates.local_day(now, rules.shop.time_zone), days)
