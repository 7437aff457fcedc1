"""The shop's own systems decide about a return that waits for a person; the customer is told by the notices."""

from sqlalchemy.ext.asyncio import AsyncSession

from casework import order_checks
from casework.desk import Desk
from kit import errors
from store import repository, service
from store.happenings import Act
from store.ports import LabelTicket
from store.returns import Return


async def prepare(desk: Desk, rma: str) -> LabelTicket | None:
    """Order the label for a return that may be approved, while no transaction is open; None where none is needed.

    Raises:
        NotFound: there is no such return.
        Conflict: it was decided already; the message says by whom and when.
        Unavailable: the carrier does not answer.
    """
    async with desk.database.transaction() as session:
        waiting = await _find(session, rma)
        await order_checks.check_waits(session, desk, waiting)
    if waiting.method in ("store", "keep"):
        return None
    ticket = await desk.carrier.issue_label(waiting.rma, waiting.method)
    return LabelTicket(waiting.rma, ticket.tracking_number, ticket.carrier_name)


async def approve(
    session: AsyncSession, desk: Desk, rma: str, by: tuple[str, str], ticket: LabelTicket | None
) -> Return:
    """Approve a return that waits, with its label; `by` is who, and a note. Raises NotFound, Conflict."""
    held = await _held(session, desk, rma)
    actor, note = by
    return await service.approve(session, held.rma, Act(actor, desk.clock.now(), {"note": note}), desk.book, ticket)


async def reject(session: AsyncSession, desk: Desk, rma: str, actor: str, reason: str) -> Return:
    """Reject a return that waits, for a reason that the customer is told. Raises NotFound, Conflict, BadInput."""
    why = order_checks.reason(reason, "why it is rejected; the customer is told")
    held = await _held(session, desk, rma)
    return await service.reject(session, held.rma, Act(actor, desk.clock.now(), {"reason": why}))


async def _held(session: AsyncSession, desk: Desk, rma: str) -> Return:
    seen = await _find(session, rma)
    await repository.lock_order(session, seen.order_id)
    held = await _find(session, rma)
    await order_checks.check_waits(session, desk, held)
    return held


async def _find(session: AsyncSession, rma: str) -> Return:
    found = await repository.find_return(session, rma)
    if found is None:
        raise errors.NotFound(f"there is no return {rma}")
    return found
