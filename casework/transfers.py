"""Money on its way to the payment provider and back: asked in a job, with no transaction open, until it is done.

A transfer is noted as sent, the provider is asked under the transfer's key, and what it says is written down. Killed at
any point, the same key is asked again, and the provider does it once. When the provider refuses, or has not answered
after all tries, the customer is told what happened, and a person takes over.
"""

import logging
from dataclasses import replace
from functools import partial
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from casework import apart, order_checks, reach, transfer_words
from casework.desk import Desk
from handoff import repository as handoffs
from handoff.ticket import Call, Reason
from kit import errors, ids
from store import failed_transfers, notices, repository, transfers
from store.happenings import Act
from store.order import Order, PaymentMethod
from store.ports import MoneyOrder
from store.returns import Return
from store.transfer import Transfer

TRANSFER_TASK = "transfer"
"""Name of the job that has one transfer done; it takes `transfer_id`."""
MOST_TRIES = 8
"""So often the provider is asked; with the waits of the job (4, 16, 64 … seconds) that is six hours."""
WAIT_BASE = 4
"""Base of the growing waits between the tries, in seconds."""
MOST_AT_ONCE = 500

_UNDER_WAY = ("requested", "sent")
_STOPPED = "the desk stopped before the provider's answer was written down"

log = logging.getLogger(__name__)


async def send(desk: Desk, transfer_id: UUID) -> Transfer | None:
    """Have a transfer done by the payment provider; returns it as it stands afterwards, None when there is none.

    Safe to repeat, and to be killed at any point.

    Raises:
        Unavailable: the provider did not answer, and is to be asked again.
    """
    taken = await _take(desk, transfer_id)
    if taken is None:
        async with desk.database.transaction() as session:
            return await transfers.by_id(session, transfer_id)
    transfer, wanted = taken
    try:
        reference = await _ask(desk, transfer, wanted)
    except errors.Unavailable as trouble:
        if transfer.attempts < MOST_TRIES:
            await _put_back(desk, transfer, str(trouble))
            raise
        return await _give_up(desk, transfer, str(trouble), sure=False)
    except errors.Conflict as refusal:
        return await _give_up(desk, transfer, str(refusal), sure=True)
    return await _write_down(desk, transfer, reference)


async def send_due(desk: Desk) -> int:
    """Give a job to each transfer that a provider is to do and that has none; returns to how many.

    That is each new one, and each whose job was lost.
    """
    async with desk.database.transaction() as session:
        due = await transfers.due(session, MOST_AT_ONCE)
        if not due:
            return 0
        # One sweep at a time: two at once would give each transfer two jobs.
        await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('transfers due', 0))"))
        known = await _with_a_job(session)
        without = [one for one in due if one not in known]
        for one in without:
            await _defer(session, desk, one)
    return len(without)


async def tell_failed(desk: Desk) -> int:
    """Take up the transfers that failed without a provider being asked; returns how many. See `store.failed_transfers`.

    Each customer is told once, and a person comes, as after a provider's refusal.
    """
    async with desk.database.transaction() as session:
        found = await failed_transfers.untold(session, MOST_AT_ONCE)
    return await apart.each(found, partial(_tell_failed, desk), "taking up the failed transfer")


async def _tell_failed(desk: Desk, transfer_id: UUID) -> bool:
    async with desk.database.transaction() as session:
        held = await _held_where_told(session, desk, transfer_id)
        if not held or held[0].state != "failed":
            return False
        await _mark_told(session, desk, *held)
        await _bring_a_person(session, desk, held, failed_transfers.told_key(transfer_id), sure=True)
        return True


async def retry_transfer(
    desk: Desk, transfer_id: UUID, agent_name: str, conversation_id: UUID | None = None
) -> Transfer:
    """Have a transfer that has failed tried again, because an agent says so; noted in the audit trail.

    Raises:
        NotFound, NotAllowed, NotTheOwner (see `order_checks.check_allowed`),
        Conflict: it has not failed; the message says how it stands.
    """
    async with desk.database.transaction() as session:
        found, order = await _for_agent(session, transfer_id, agent_name, conversation_id)
        if found.state != "failed":
            raise errors.Conflict(transfer_words.not_failed(found, desk.book.shop))
        again = await transfers.retry(session, transfer_id, Act(agent_name, desk.clock.now()))
        await _audit(session, desk, "transfer_retried", agent_name, (again, order, conversation_id))
        if again.state == "requested":
            await _defer(session, desk, transfer_id)
    return again


async def call_off_transfer(
    desk: Desk, transfer_id: UUID, agent_name: str, reason: str, conversation_id: UUID | None = None
) -> Transfer:
    """Give up a transfer, because an agent says so; noted with the reason in the audit trail.

    Raises:
        NotFound, NotAllowed, NotTheOwner (see `order_checks.check_allowed`), BadInput (no reason),
        Conflict: the money has moved or may be moving; the message says how it stands.
    """
    why = order_checks.reason(reason, "why the money does not move; it is kept")
    async with desk.database.transaction() as session:
        found, order = await _for_agent(session, transfer_id, agent_name, conversation_id)
        # Once the provider has been asked, only its answer tells whether the money has moved.
        untouched = found.state == "requested" and found.attempts == 0
        if found.state != "failed" and not untouched:
            raise errors.Conflict(transfer_words.not_to_be_called_off(found, desk.book.shop))
        act = Act(agent_name, desk.clock.now(), {"reason": why})
        gone = await transfers.call_off(session, transfer_id, act)
        await _audit(session, desk, "transfer_called_off", agent_name, (gone, order, conversation_id), why)
    return gone


async def _take(desk: Desk, transfer_id: UUID) -> tuple[Transfer, MoneyOrder] | None:
    """Note that the provider is asked now, and what for; None when there is nothing to ask (any more)."""
    async with desk.database.transaction() as session:
        found = await _held(session, transfer_id)
        if found is None or found[0].state not in _UNDER_WAY:
            return None
        transfer, order = found
        now = desk.clock.now()
        if transfer.state == "sent":
            await transfers.put_back(session, transfer_id, _STOPPED, now)
        sent = await transfers.mark_sent(session, transfer_id, now)
        method, return_ = await _method_and_return(session, sent)
        wanted = MoneyOrder(
            key=sent.key,
            amount=sent.amount,
            currency=sent.currency,
            payment_reference=_payments_of(sent, order),
            method_reference=method.reference if method else "",
            description=transfer_words.description(sent, order, return_),
        )
        return sent, wanted


async def _ask(desk: Desk, transfer: Transfer, wanted: MoneyOrder) -> str:
    """Ask the provider; returns its reference. Raises Unavailable (nobody knows), Conflict (refused)."""
    if desk.payments is None:
        raise errors.Unavailable("the desk has no payment provider")
    return await (desk.payments.refund(wanted) if transfer.kind == "refund" else desk.payments.charge(wanted))


def _payments_of(transfer: Transfer, order: Order) -> str:
    """Return the provider's ids of the payments on which a refund goes back, the largest first.

    They are several where an order was changed, and the difference paid with the same method.
    """
    known = [
        one
        for one in order.payments
        if one.kind == "payment" and one.payment_method_id == transfer.payment_method_id and one.reference
    ]
    return " ".join(one.reference for one in sorted(known, key=lambda one: (-one.amount, one.reference)))


async def _put_back(desk: Desk, transfer: Transfer, problem: str) -> None:
    async with desk.database.transaction() as session:
        found = await _held(session, transfer.id)
        if found and found[0].state == "sent":
            await transfers.put_back(session, transfer.id, problem, desk.clock.now())


async def _write_down(desk: Desk, transfer: Transfer, reference: str) -> Transfer:
    """Write down that the money has moved, whatever another worker thought of it meanwhile."""
    async with desk.database.transaction() as session:
        found = await _held(session, transfer.id)
        assert found is not None  # no transfer is ever deleted
        now = desk.clock.now()
        if found[0].state != "cancelled":
            if found[0].state == "failed":
                await transfers.retry(session, transfer.id, Act(transfers.PROVIDER, now))
            return await transfers.succeed(session, transfer.id, reference, now)
    await _alarm(desk, found[0], found[1], reference)
    return found[0]


async def _alarm(desk: Desk, transfer: Transfer, order: Order, reference: str) -> None:
    """Bring a person to money that has moved although it was called off; the customer is told that it moves."""
    log.error("transfer %s was called off, and the provider has done it: %s", transfer.key, reference)
    async with desk.database.transaction() as session:
        method, return_ = await _method_and_return(session, transfer)
        shop = desk.book.shop
        done = replace(transfer, problem=f"it was called off, and the provider had done it already ({reference})")
        news = transfer_words.moved_after_all(transfer, order, method, shop)
        call = Call(Reason.PAYMENT, transfer_words.detail(done, order, return_, shop), _trigger(transfer))
        await reach.hand_over(session, desk, order, return_, news, call, f"transfer:{transfer.id}:{reference}")


async def _give_up(desk: Desk, transfer: Transfer, problem: str, *, sure: bool) -> Transfer:
    """Tell the customer the truth, and bring a person. `sure`: the money has not moved; else nobody knows."""
    log.warning("transfer %s goes to a person: %s", transfer.key, problem)
    async with desk.database.transaction() as session:
        found = await _held_where_told(session, desk, transfer.id)
        if found is None or found[0].state not in _UNDER_WAY:  # another worker was first
            return found[0] if found else transfer
        _, order = found
        failed = await transfers.fail(session, transfer.id, problem, desk.clock.now())
        await _mark_told(session, desk, failed, order)
        await _bring_a_person(session, desk, (failed, order), f"transfer:{failed.id}:{ids.new_id()}", sure=sure)
    return failed


async def _bring_a_person(
    session: AsyncSession, desk: Desk, what: tuple[Transfer, Order], key: str, *, sure: bool
) -> None:
    failed, order = what
    method, return_ = await _method_and_return(session, failed)
    shop = desk.book.shop
    news = transfer_words.failed(failed, order, method, return_, shop, sure=sure)
    call = Call(Reason.PAYMENT, transfer_words.detail(failed, order, return_, shop), _trigger(failed))
    await reach.hand_over(session, desk, order, return_, news, call, key)


def _trigger(transfer: Transfer) -> dict[str, str]:
    return {"transfer": str(transfer.id)}


async def _held_where_told(session: AsyncSession, desk: Desk, transfer_id: UUID) -> tuple[Transfer, Order] | None:
    """Return a transfer and its order, held; the conversation before the order, as everybody does who locks both."""
    found = await transfers.by_id(session, transfer_id)
    order = await repository.order_by_id(session, found.order_id) if found else None
    if found is None or order is None:
        return None
    _, return_ = await _method_and_return(session, found)
    await reach.hold(session, desk, order, return_)
    return await _held(session, transfer_id)


async def _mark_told(session: AsyncSession, desk: Desk, failed: Transfer, order: Order) -> None:
    """Note that the customer knows of this failure, so that no notice repeats it."""
    fresh = await notices.take_untold(session, (order.customer.id, order.id, failed.return_id))
    mine = [one for one in fresh if one.subject == "transfer" and one.detail.get("transfer") == str(failed.id)]
    await notices.mark_told(session, [one.sequence for one in mine], desk.clock.now())


async def _held(session: AsyncSession, transfer_id: UUID) -> tuple[Transfer, Order] | None:
    """Return a transfer and its order as they stand, held until the transaction ends."""
    found = await transfers.by_id(session, transfer_id)
    if found is None:
        return None
    await repository.lock_order(session, found.order_id)
    current = await transfers.by_id(session, transfer_id)
    order = await repository.order_by_id(session, found.order_id)
    return (current, order) if current and order else None


async def _method_and_return(session: AsyncSession, transfer: Transfer) -> tuple[PaymentMethod | None, Return | None]:
    method = await repository.payment_method(session, transfer.payment_method_id)
    return_ = await repository.return_by_id(session, transfer.return_id) if transfer.return_id else None
    return method, return_


async def _for_agent(
    session: AsyncSession, transfer_id: UUID, agent_name: str, conversation_id: UUID | None
) -> tuple[Transfer, Order]:
    """Return a transfer that an agent may act on, with its order held."""
    found = await transfers.by_id(session, transfer_id)
    order = await repository.order_by_id(session, found.order_id) if found else None
    if order is None:
        raise errors.NotFound(f"There is no transfer {transfer_id}")
    await order_checks.check_allowed(session, agent_name, conversation_id, order.customer.id)
    held = await _held(session, transfer_id)
    assert held is not None  # neither transfers nor orders are ever deleted
    return held


async def _audit(
    session: AsyncSession,
    desk: Desk,
    act: str,
    agent_name: str,
    what: tuple[Transfer, Order, UUID | None],
    reason: str = "",
) -> None:
    transfer, order, conversation_id = what
    detail = {"transfer": transfer.key, "order": order.number, "amount": str(transfer.amount), "reason": reason}
    kept = {name: value for name, value in detail.items() if value}
    await handoffs.audit(session, agent_name, act, conversation_id, kept, desk.clock.now())


async def _with_a_job(session: AsyncSession) -> set[UUID]:
    """Return the transfers whose job waits or runs."""
    query = (
        "SELECT args->>'transfer_id' FROM procrastinate_jobs WHERE queue_name = :task AND status IN ('todo', 'doing')"
    )
    found = await session.scalars(text(query), {"task": TRANSFER_TASK})
    return {UUID(one) for one in found}


async def _defer(session: AsyncSession, desk: Desk, transfer_id: UUID) -> None:
    identifier = str(transfer_id)
    await desk.jobs.defer(session, TRANSFER_TASK, lock=f"{TRANSFER_TASK}:{identifier}", transfer_id=identifier)
