"""Changing a return of which nothing was sent: another outcome, way to send, destination or variant; more time."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from store import exchange, happenings, held, ledger, opening, repository, rows, transfers
from store.decision import Decision, RequestLine
from store.exchange import Choices
from store.happenings import Act
from store.policy_file import PolicyBook
from store.ports import LabelTicket
from store.returns import Method, Resolution, Return, may_cancel, move
from store.tables import DecisionRow, ReturnLineRow

_REPLACED: tuple[ledger.PromiseKind, ...] = (*ledger.MONEY_KINDS, "exchange")


async def change_return(  # noqa: PLR0913  (exactly what the summary showed to the customer)
    session: AsyncSession,
    rma: str,
    act: Act,
    book: PolicyBook,
    *,
    resolution: Resolution,
    method: Method,
    refund_to: str | None,
    exchange_variants: Choices,
    difference_to: str | None = None,
    ticket: LabelTicket | None = None,
) -> Return:
    """Have something else for the same items of a return, while nothing was sent and nothing is being paid.

    It is decided anew as if it were opened now, by the rules that an agent has set aside for it, and keeps its number,
    its approval and its place in time; what was promised is replaced, and the stock swapped. A ticket gives it a new
    label. Raises as `service.open_return`.
    """
    current = await held.return_(session, rma)
    if await happenings.seen(session, act, happenings.of_return(current), "changed"):
        return current
    if not may_cancel(current) or await transfers.of_return(session, current.id):
        raise errors.Conflict(f"{current.rma} is {current.approval}, its parcel {current.parcel}: cannot be changed")
    case = await _case(session, current, book, act.now)
    decision = opening.eligible(case)
    offer = opening.chosen_offer(decision, resolution, refund_to)
    way = opening.chosen_method(decision, resolution, method)
    alone = happenings.alone(act, act.actor)
    async with session.begin_nested():
        # Held together: what is given back may be what somebody else takes, who gives back what is taken here.
        reserved = {one.exchange_variant_id for one in current.lines if one.exchange_variant_id}
        await exchange.lock(session, reserved | exchange.candidates(exchange_variants))
        # Given back first, so that the same piece can be taken again.
        await exchange.release(session, current, alone)
        swap = await exchange.reserve(session, case.order, case.lines, resolution, exchange_variants)
        wanted_method = difference_to or (refund_to if resolution == "exchange" else None)
        payer = exchange.payer(case, swap.difference, wanted_method) if resolution == "exchange" else None
        drafted = opening.draft(case, decision, offer, way, None)
        changed = replace(
            current,
            **{name: getattr(drafted, name) for name in ("resolution", "method", "amount", "fee", "bonus")},
            price_difference=swap.difference,
            refund_to=(payer.id if payer else None) if resolution == "exchange" else offer.refund_to,
            lines=opening.lines(case, decision, offer, swap.variants),
        )
        await held.save(session, changed, "changed", act, was=current.resolution, now=changed.resolution)
        await _replace_lines(session, changed)
        if resolution == "exchange":
            await exchange.hold(session, changed, alone)
        await ledger.drop_promises(session, changed.id, _REPLACED)
        ledger.promise_return(session, changed, offer, case.rules.shop, payer.label if payer else "")
        await held.write_down(session, case, decision, changed)
        await session.flush()
    return await _labelled(session, await _approved(session, changed, decision, act), case, act, ticket)


async def extend(session: AsyncSession, rma: str, act: Act, book: PolicyBook) -> Return:
    """Give a customer more time to send a parcel, once. Raises NotFound, NotAllowed (the shop does not do that),
    Conflict (it was done before, or there is no label to be used)."""
    current = await held.return_(session, rma)
    if await happenings.seen(session, act, happenings.of_return(current), "extended"):
        return current
    rules = await held.rules_of(session, current, book)
    if rules.rules.extension is None:
        raise errors.NotAllowed(f"{current.rma}: the last day for sending a return is not moved in this shop")
    if current.extended_at is not None:
        raise errors.Conflict(f"{current.rma}: its last day was moved before, and it can be moved once")
    usable = current.is_open and current.approval == "approved" and current.parcel == "label_issued"
    if not usable or current.label_expires_at is None:
        raise errors.Conflict(f"{current.rma} is {current.approval}, its parcel {current.parcel}: nothing to extend")
    last = current.label_expires_at + timedelta(days=rules.rules.extension.days)
    changed = replace(current, label_expires_at=last, extended_at=act.now)
    return await held.save(session, changed, "extended", act, until=last.date().isoformat())


async def _case(session: AsyncSession, current: Return, book: PolicyBook, now: datetime) -> opening.Case:
    order = await held.order(session, current.order_id)
    past = await repository.past_of(session, order, now, book, without=current.id, gift=current.gift)
    lines = [
        RequestLine(line.order_item_id, line.quantity, line.reason, line.condition, line.photos)
        for line in current.lines
    ]
    overruled = await _overruled(session, current)
    return await held.case(session, order, lines, book, now, past=past, overruled=overruled)


async def _overruled(session: AsyncSession, current: Return) -> frozenset[str]:
    query = select(DecisionRow.inputs).where(DecisionRow.return_id == current.id)
    inputs = await session.scalar(query.order_by(DecisionRow.at.desc(), DecisionRow.id).limit(1))
    return frozenset((inputs or {}).get("overruled") or ())


async def _replace_lines(session: AsyncSession, changed: Return) -> None:
    await session.execute(delete(ReturnLineRow).where(ReturnLineRow.return_id == changed.id))
    session.add_all(ReturnLineRow(**values) for values in rows.of_return_lines(changed))
    await session.flush()


async def _approved(session: AsyncSession, changed: Return, decision: Decision, act: Act) -> Return:
    """Approve what waits for a person when nobody is needed for what is wished now."""
    if changed.approval != "requested" or decision.needs_person is not None:
        return changed
    approved = replace(move(changed, approval="approved"), needs_person=None)
    await ledger.keep_promises(session, approved.id, act.now, ("decision",))
    return await held.save(session, approved, "approved", happenings.alone(act), version=decision.policy_version)


async def _labelled(
    session: AsyncSession, changed: Return, case: opening.Case, act: Act, ticket: LabelTicket | None
) -> Return:
    if ticket is None or changed.approval != "approved" or changed.method == "keep":
        return changed
    moved = changed if changed.parcel == "label_issued" else move(changed, parcel="label_issued")
    labelled = replace(
        moved,
        tracking_number=ticket.tracking_number,
        carrier=ticket.carrier_name,
        label_expires_at=opening.label_end(act.now, case.rules, changed.label_expires_at),
    )
    alone = happenings.alone(act)
    return await held.save(session, labelled, "label_issued", alone, tracking_number=ticket.tracking_number)
