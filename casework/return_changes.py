"""What may still be changed of a return: have something else for it, call it off, more time, a new label."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from casework import (
    done_words,
    labels,
    order_words,
    proposal,
    proposal_words,
    return_choices,
    returns,
    status_words,
)
from casework.desk import Desk
from casework.proposal import By, Done, Instead, Proposal, Refusal
from casework.return_choices import Asked
from casework.wanted import CancelReturn, ChangeReturn, ExtendReturn, NewLabel
from kit import errors
from store import dates, opening, records, repository, service, transfers
from store.decision import RequestLine
from store.order import Order
from store.policy_file import Policy
from store.ports import LabelTicket
from store.returns import Return, may_cancel

_WITH_LABEL = ("label_issued", "expired", "none")


@dataclass(frozen=True)
class Case:
    """A return with its order and the rules that bind it."""

    return_: Return
    order: Order
    rules: Policy


async def find(session: AsyncSession, desk: Desk, rma: str) -> Case:
    """Return a return with its order; raises NotFound."""
    found = await repository.find_return(session, rma)
    if found is None:
        raise errors.NotFound(f"return {rma}")
    order = await returns.order_of(session, found.order_id)
    return Case(found, order, desk.book.in_force(order.placed_at))


async def propose_change(
    session: AsyncSession, desk: Desk, wish: ChangeReturn, *, agent: bool = False
) -> Proposal | Refusal:
    """Say what having something else for a return would do.

    Raises:
        NotFound: there is no such return, variant or payment method.
        BadInput: a variant of another product.
    """
    case = await find(session, desk, wish.rma)
    current = case.return_
    if await _is_final(session, current):
        return proposal.refuse(
            f"{current.rma} can't be changed any more: {status_words.state(current)}.", (), *_instead(current)
        )
    lines = lines_of(current)
    overruled = await _overruled(session, current)
    decision = await returns.decide(
        session, desk, case.order, lines, gift=current.gift, overruled=overruled, without=current.id
    )
    if current.approval == "approved":  # it stays so
        decision = replace(decision, needs_person=None)
    title = f"Here is what I'll do with return {current.rma}:"
    reserved = Counter({one: line.quantity for line in current.lines if (one := line.exchange_variant_id)})
    asked = Asked(
        "change_return",
        current.rma,
        title,
        case.order,
        decision,
        current.gift,
        agent,
        reserved,
        current.label_expires_at,
    )
    return await return_choices.propose(session, desk, wish, asked)


async def change(session: AsyncSession, desk: Desk, wish: ChangeReturn, by: By, ticket: LabelTicket | None) -> Done:
    """Change what a customer gets for a return, or how it travels: a new receipt and promise, other stock reserved.

    Raises:
        Conflict: something was sent or paid, or it is not to be had any more.
    """
    changed = await service.change_return(
        session,
        wish.rma,
        proposal.act(by, desk.clock.now()),
        desk.book,
        resolution=wish.resolution,
        method=wish.method,
        refund_to=wish.refund_to,
        exchange_variants=wish.exchange_variants,
        difference_to=wish.difference_to,
        ticket=ticket,
    )
    say = proposal_words.saying(desk.book.shop, changed.currency)
    text = done_words.changed(changed, say, await returns.pieces_of(session, changed))
    return await returns.reported(session, desk, changed, text)


async def propose_cancel(session: AsyncSession, desk: Desk, wish: CancelReturn) -> Proposal | Refusal:
    """Say what calling a return off would do. Raises NotFound."""
    current = (await find(session, desk, wish.rma)).return_
    if current.approval == "cancelled":
        return proposal.refuse(f"{current.rma} is called off already.", (), *_instead(current))
    if await _is_final(session, current):
        return proposal.refuse(
            f"{current.rma} can't be called off any more: {status_words.state(current)}.", (), *_instead(current)
        )
    label = "; its label stops working" if labels.has_label(current) else ""
    lines = [f"Call off {current.rma} ({order_words.content(current)}){label}", "You keep the items"]
    lines.append("Nothing is sent to you instead" if current.resolution == "exchange" else "Nothing is refunded")
    return proposal.propose("cancel_return", current.rma, lines)


async def cancel(session: AsyncSession, desk: Desk, wish: CancelReturn, by: By) -> Done:
    """Call a return off; what was reserved is free again.

    Raises:
        Conflict: the parcel is on its way or something has been paid.
    """
    cancelled = await service.cancel_return(session, wish.rma, proposal.act(by, desk.clock.now()))
    return await returns.reported(session, desk, cancelled, done_words.called_off(cancelled))


async def propose_extension(session: AsyncSession, desk: Desk, wish: ExtendReturn) -> Proposal | Refusal:
    """Say until when a parcel could be sent. Raises NotFound."""
    case = await find(session, desk, wish.rma)
    current, rule = case.return_, case.rules.rules.extension
    if rule is None:
        text = "This shop doesn't extend the time for sending a parcel."
        return proposal.refuse(text, (), *_instead(current))
    if current.extended_at is not None:
        until = f"; it is {done_words.day(current.label_expires_at)}" if current.label_expires_at else ""
        return proposal.refuse(f"The time for {current.rma} was extended already{until}.", (rule.id,), "person")
    if not may_extend(current, case.rules):
        text = f"The time for {current.rma} can't be extended: {status_words.state(current)}."
        return proposal.refuse(text, (rule.id,), *_instead(current))
    assert current.label_expires_at is not None
    until = dates.spoken(extended_end(current, case.rules).date())
    was = done_words.day(current.label_expires_at)
    line = f"{done_words.you_can_send(current)} until {until} instead of {was}; {done_words.works_as_long(current)}"
    return proposal.propose("extend_return", current.rma, [line, "This can be done once"])


async def extend(session: AsyncSession, desk: Desk, wish: ExtendReturn, by: By) -> Done:
    """Move the day until which a parcel may be sent, once.

    Raises:
        Conflict: it was moved already, or the parcel is on its way.
    """
    extended = await service.extend(session, wish.rma, proposal.act(by, desk.clock.now()), desk.book)
    return await returns.reported(session, desk, extended, done_words.extended(extended))


async def propose_label(session: AsyncSession, desk: Desk, wish: NewLabel) -> Proposal | Refusal:
    """Say what a new label would do. Raises NotFound."""
    case = await find(session, desk, wish.rma)
    current = case.return_
    if current.approval == "requested":
        text = f"{current.rma} waits for a decision; its label comes with the approval."
        return proposal.refuse(text, (), "return_status", "person")
    if not gets_label(current):
        text = f"There is no label to send you for {current.rma}: {status_words.state(current)}."
        return proposal.refuse(text, (), *_instead(current))
    until = dates.spoken(opening.label_end(desk.clock.now(), case.rules, current.label_expires_at).date())
    lines = [f"Make a new label for {current.rma}, which works until {until}"]
    lines += ["The old label should not be used any more"] if current.tracking_number else []
    return proposal.propose("new_label", current.rma, lines)


async def new_label(session: AsyncSession, desk: Desk, wish: NewLabel, by: By, ticket: LabelTicket | None) -> Done:
    """Give a return a new label, valid from now.

    Raises:
        NotAllowed, Conflict: it gets none as it stands.
        BadInput: no label was ordered for it.
    """
    if ticket is None:
        raise errors.BadInput(f"{wish.rma}: no label was ordered")
    act = proposal.act(by, desk.clock.now())
    labelled = await service.reissue_label(session, wish.rma, act, desk.book, ticket)
    return await returns.reported(session, desk, labelled, done_words.new_label(labelled))


def lines_of(return_: Return) -> tuple[RequestLine, ...]:
    """Return what a return asks for, as it was asked."""
    return tuple(
        RequestLine(line.order_item_id, line.quantity, line.reason, line.condition, line.photos)
        for line in return_.lines
    )


def gets_label(return_: Return) -> bool:
    """Tell whether a return may have a (new) label as it stands."""
    sent = return_.approval == "approved" and return_.settlement == "open" and return_.method != "keep"
    return sent and return_.parcel in _WITH_LABEL


def may_extend(return_: Return, rules: Policy) -> bool:
    """Tell whether the day until which a return is to be sent may be moved now."""
    if rules.rules.extension is None or return_.extended_at is not None or return_.label_expires_at is None:
        return False
    return return_.approval == "approved" and return_.settlement == "open" and return_.parcel == "label_issued"


def extended_end(return_: Return, rules: Policy) -> datetime:
    """Return the end of the last day for a return that is extended now; raises Conflict when it cannot be."""
    if return_.label_expires_at is None or rules.rules.extension is None:
        raise errors.Conflict(f"{return_.rma} has no day that could be moved")
    return return_.label_expires_at + timedelta(days=rules.rules.extension.days)


async def _overruled(session: AsyncSession, current: Return) -> frozenset[str]:
    """Return the rules that were set aside for a return when it was opened; they stay so."""
    receipts = await records.receipts_of(session, [current.id])
    return frozenset(receipts[current.id].overruled) if current.id in receipts else frozenset()


async def _is_final(session: AsyncSession, return_: Return) -> bool:
    """Tell whether a return stands as it is: something was sent, or its money is on its way, as for what is kept."""
    return not may_cancel(return_) or bool(await transfers.of_return(session, return_.id))


def _instead(return_: Return) -> tuple[Instead, ...]:
    if gets_label(return_) and return_.parcel == "expired":
        return ("new_label", "person")
    return ("return_status", "person") if return_.is_open else ("person",)
