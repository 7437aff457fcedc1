"""The one way in which anybody changes an order: see what a wish would do, and carry it out.

A customer's yes carries the mark of the proposal that they saw: when something else would happen now, nothing does.
Rows are held in one sequence everywhere: the conversation, then the order, then all that belongs to it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from casework import cancellations, handovers, order_changes, reach, return_changes, returns
from casework.desk import Desk
from casework.proposal import By, Done, Moved, Proposal, Refusal, Refused
from casework.wanted import (
    CancelOrder,
    CancelReturn,
    ChangeAddress,
    ChangeAddressOnFile,
    ChangeItems,
    ChangePayment,
    ChangeReturn,
    ExtendReturn,
    NewLabel,
    OpenReturn,
    Wish,
)
from conversations import ownership
from conversations import repository as conversations
from conversations.conversation import Owner
from handoff.ticket import Call, Reason
from kit import errors
from store import happenings, records, repository, rma_numbers
from store.order import Order
from store.ports import LabelTicket
from store.returns import Method, Return

__all__ = [
    "By", "CancelOrder", "CancelReturn", "ChangeAddress", "ChangeAddressOnFile", "ChangeItems", "ChangePayment",
    "ChangeReturn", "Done", "ExtendReturn", "Moved", "NewLabel", "OpenReturn", "Proposal", "Refusal", "Refused", "Wish",
    "carry_out", "order_of", "prepare", "propose", "ticket_for",
]  # fmt: skip


_KEY_IS_TAKEN = "uq_events_key"
"""The constraint that two acts with one key break when they meet on two orders; on one order they wait in line."""


async def propose(session: AsyncSession, desk: Desk, wish: Wish, by: By | None = None) -> Proposal | Refusal:
    """Say exactly what a wish would do now, or why it is not possible; nothing is written.

    For an agent `by` says so: they may set rules aside, and have seen what a photo would show.

    Raises:
        NotFound: there is no such order, return, item, variant or payment method.
        BadInput: a quantity below one, an address that cannot be one, or a variant of another product.
    """
    agent = by is not None and by.decides
    if isinstance(wish, OpenReturn):
        return await returns.propose(session, desk, wish, by.overruled if by else frozenset(), agent=agent)
    if isinstance(wish, ChangeReturn):
        return await return_changes.propose_change(session, desk, wish, agent=agent)
    return await _PROPOSE[type(wish)](session, desk, wish)


async def prepare(desk: Desk, wish: Wish) -> LabelTicket | None:
    """Order the label that a wish would need, while no transaction is open; an unused one costs nothing.

    Raises:
        NotFound: there is no such return.
        Unavailable: the carrier does not answer.
    """
    if isinstance(wish, OpenReturn):
        async with desk.database.transaction() as session:
            rma = await rma_numbers.free_one(session)
        return await ticket_for(desk, rma, wish.method)
    if not isinstance(wish, ChangeReturn | NewLabel):
        return None
    async with desk.database.transaction() as session:
        found = await _return(session, wish.rma)
    if found.approval != "approved":
        return None
    return await ticket_for(desk, found.rma, wish.method if isinstance(wish, ChangeReturn) else found.method)


async def order_of(session: AsyncSession, wish: Wish) -> UUID | None:
    """Return the order that a wish is about; None for an address on file. Raises NotFound."""
    match wish:
        case ChangeReturn() | CancelReturn() | ExtendReturn() | NewLabel():
            return (await _return(session, wish.rma)).order_id
        case ChangeAddressOnFile():
            return None
        case _:
            return wish.order_id


async def ticket_for(desk: Desk, rma: str, method: Method) -> LabelTicket | None:
    """Order the label of a return; None where nothing is sent. Raises Unavailable."""
    if method == "keep":
        return None
    ticket = await desk.carrier.issue_label(rma, method)
    return LabelTicket(rma, ticket.tracking_number, ticket.carrier_name)


async def carry_out(session: AsyncSession, desk: Desk, wish: Wish, by: By, ticket: LabelTicket | None = None) -> Done:
    """Do what was wished, in the caller's transaction: all of it or, raising, nothing. The same `by.key` does it once.

    What a person has to decide goes to one: the conversation is handed over, and the customer is told so there.

    Raises:
        NotFound, BadInput: as `propose`.
        Refused: it is not possible (any more); `refusal` says why and what is.
        Moved: what would happen now is not what the customer saw; `proposal` is what would.
        NotAllowed: a customer's yes came without the mark of what they saw.
        Conflict: something moved in the very moment, as when the last piece was sold.
        OwnershipMoved: the conversation has changed hands since the yes was read.
    """
    by = await _hold_conversation(session, desk, wish, by)
    order_id = await order_of(session, wish)
    if order_id is not None:
        await repository.lock_order(session, order_id)
    repeated = by.key is not None and await happenings.happened(session, by.key)
    if not repeated:
        await _check(session, desk, wish, by)
    try:
        async with session.begin_nested():
            done = await _do(session, desk, wish, by, ticket)
            return done if repeated else await _bring_a_person(session, desk, by, done)
    except IntegrityError as error:
        if by.key is None or _KEY_IS_TAKEN not in str(error.orig):
            raise
        raise errors.Conflict("This key has just been used for something else, and nothing was done") from error


async def _check(session: AsyncSession, desk: Desk, wish: Wish, by: By) -> None:
    """Make sure that it is possible, and that a customer's yes was said to just this."""
    if by.is_customer and by.mark is None:
        raise errors.NotAllowed("a customer's yes needs the mark of what they said it to")
    now = await propose(session, desk, wish, by)
    if isinstance(now, Refusal):
        raise Refused(now)
    if by.mark is not None and by.mark not in (now.mark, *now.earlier):
        raise Moved(now)


async def _do(session: AsyncSession, desk: Desk, wish: Wish, by: By, ticket: LabelTicket | None) -> Done:
    if isinstance(wish, OpenReturn):
        return await returns.carry_out(session, desk, wish, by, ticket)
    if isinstance(wish, ChangeReturn):
        return await return_changes.change(session, desk, wish, by, ticket)
    if isinstance(wish, NewLabel):
        return await return_changes.new_label(session, desk, wish, by, ticket)
    return await _DO[type(wish)](session, desk, wish, by)


_PROPOSE: Mapping[type[Any], Callable[[AsyncSession, Desk, Any], Awaitable[Proposal | Refusal]]] = {
    CancelReturn: return_changes.propose_cancel,
    ExtendReturn: return_changes.propose_extension,
    NewLabel: return_changes.propose_label,
    CancelOrder: cancellations.propose,
    ChangeAddress: order_changes.propose_address,
    ChangePayment: order_changes.propose_payment,
    ChangeItems: order_changes.propose_items,
    ChangeAddressOnFile: order_changes.propose_on_file,
}
_DO: Mapping[type[Any], Callable[[AsyncSession, Desk, Any, By], Awaitable[Done]]] = {
    CancelReturn: return_changes.cancel,
    ExtendReturn: return_changes.extend,
    CancelOrder: cancellations.carry_out,
    ChangeAddress: order_changes.change_address,
    ChangePayment: order_changes.change_payment,
    ChangeItems: order_changes.change_items,
    ChangeAddressOnFile: order_changes.change_on_file,
}


async def _return(session: AsyncSession, rma: str) -> Return:
    found = await repository.find_return(session, rma)
    if found is None:
        raise errors.NotFound(f"return {rma}")
    return found


async def _hold_conversation(session: AsyncSession, desk: Desk, wish: Wish, by: By) -> By:
    """Hold the conversation in which a wish is carried out, before the order's row, as everybody does who takes both.

    What the shop's systems open for a customer and a person has to decide about gets a conversation here: people look
    at conversations.
    """
    if by.conversation_id is not None:
        if by.counter is not None:
            await ownership.hold(session, by.conversation_id, by.counter)
        else:
            await conversations.lock(session, by.conversation_id)
        return by
    if by.decides or not isinstance(wish, OpenReturn) or wish.gift:
        return by
    shown = await propose(session, desk, wish, by)
    if isinstance(shown, Refusal) or shown.needs_person is None:
        return by
    order = await returns.order_of(session, wish.order_id)
    try:
        found = await reach.conversation_for(session, desk, order, None)
    except errors.NotFound:
        return by
    return replace(by, conversation_id=found.id, told=by.told or found.owner is Owner.BOT)


async def _bring_a_person(session: AsyncSession, desk: Desk, by: By, done: Done) -> Done:
    """Hand the conversation over when a person decides; the customer is told what was done in the same step."""
    waiting, where = done.return_, by.conversation_id
    if waiting is None or where is None or by.decides or waiting.approval != "requested":
        return done
    conversation = await conversations.get(session, where)
    if conversation.owner is not Owner.BOT:
        return done
    order = done.order or await returns.order_of(session, waiting.order_id)
    detail = f"{waiting.rma} for order {order.display_number}: {waiting.needs_person}"
    call = Call(await _why(session, desk, order, waiting), detail, dict(by.trigger))
    first = "\n\n".join(part for part in (by.first, done.text) if part)
    await handovers.hand_over(session, desk, where, call, first)
    return replace(done, handed_over=True)


async def _why(session: AsyncSession, desk: Desk, order: Order, waiting: Return) -> Reason:
    """Say why a person decides about a return: because of its value, or because the policy says so otherwise."""
    receipts = await records.receipts_of(session, [waiting.id])
    rules = receipts[waiting.id].rule_ids if waiting.id in receipts else ()
    approval_rule = desk.book.in_force(order.placed_at).rules.approval_rule
    return Reason.HIGH_VALUE if approval_rule in rules else Reason.POLICY
