"""Money on its way: what is asked for, sent, done, refused; each transfer once, by its key.

Each function holds the order's row first, so that two changes of one order's money wait for each other. Gift cards and
store credit are ours: their transfers are done in the transaction that asks for them. All others wait for the job that
asks the payment provider; no function in here calls anybody.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors, ids
from store import happenings, ledger, money, repository, settlement
from store import transfer as transferring
from store.happenings import About, Act
from store.order import Order, PaymentMethod
from store.tables import EventRow, PaymentMethodRow, PaymentRow, TransferRow
from store.transfer import Transfer, TransferKind, TransferState

PROVIDER = "payments"
"""Who acts when a payment provider has answered."""


async def request(  # noqa: PLR0913  (a transfer is all of these)
    session: AsyncSession,
    *,
    key: str,
    kind: TransferKind,
    order_id: UUID,
    return_id: UUID | None,
    payment_method_id: str,
    amount: Decimal,
    bonus: Decimal = money.ZERO,
    currency: str,
    act: Act,
) -> Transfer:
    """Ask for money to move; the same key again returns the transfer that stands.

    One of a gift card or store credit has succeeded when this returns, or failed when a charge finds too little
    balance; the others are `requested`. `bonus` is the part of `amount` that the shop gives on top of what was paid.

    Raises NotFound (order, payment method), BadInput (nothing to move), Conflict (the key is another transfer's, or
    the refund would pass what was paid).
    """
    asked = Transfer(
        id=ids.new_id(), key=key, kind=kind, order_id=order_id, return_id=return_id,
        payment_method_id=payment_method_id, amount=amount, currency=currency, state="requested",
        requested_at=act.now, bonus=bonus,
    )  # fmt: skip
    await repository.lock_order(session, order_id)
    known = await session.scalar(select(TransferRow).where(TransferRow.key == key))
    if known is not None:
        return _same(_transfer(known), asked)
    if amount <= 0 or not 0 <= bonus <= amount:
        raise errors.BadInput(f"transfer {key}: {amount} with a bonus of {bonus} cannot be moved")
    order = await _order(session, order_id)
    method = await _method(session, payment_method_id)
    if kind == "refund":
        await _check_room(session, order, asked)
    session.add(TransferRow(**vars(asked)))
    await session.flush()
    _note(session, order, asked, "requested", replace(act, key=None), method=method.kind)
    return await _done_at_once(session, order, asked, method, act)


async def hold_methods(session: AsyncSession, method_ids: Iterable[str]) -> None:
    """Hold payment methods before several of them are used, always in the same sequence, so that two orders that use
    the same ones the other way round do not wait for each other in a circle."""
    mine = PaymentMethodRow.id.in_(set(method_ids))
    query = select(PaymentMethodRow.id).where(mine).order_by(PaymentMethodRow.id)
    await session.execute(query.with_for_update(key_share=True))


async def by_id(session: AsyncSession, transfer_id: UUID) -> Transfer | None:
    """Return a transfer by its id."""
    row = await session.get(TransferRow, transfer_id, populate_existing=True)
    return _transfer(row) if row else None


async def of_order(session: AsyncSession, order_id: UUID) -> list[Transfer]:
    """Return all transfers of an order, those of its returns included, oldest first."""
    return await _where(session, TransferRow.order_id == order_id)


async def of_return(session: AsyncSession, return_id: UUID) -> list[Transfer]:
    """Return the transfers of a return, oldest first."""
    return await _where(session, TransferRow.return_id == return_id)


async def due(session: AsyncSession, limit: int = 50) -> list[UUID]:
    """Return the ids of transfers that a provider is still to answer for, oldest first.

    Those that were sent are among them: whoever sent one may have died before the answer was written down. The
    transfer's key makes it safe to ask again.
    """
    query = select(TransferRow.id).where(TransferRow.state.in_(("requested", "sent")))
    return list(await session.scalars(query.order_by(TransferRow.requested_at, TransferRow.id).limit(limit)))


async def mark_sent(session: AsyncSession, transfer_id: UUID, now: datetime) -> Transfer:
    """Note that the provider is being asked. Raises NotFound, Conflict (not requested)."""
    order, current = await _held(session, transfer_id)
    sent = replace(transferring.move(current, "sent"), attempts=current.attempts + 1)
    return await _save(session, order, sent, "sent", Act(PROVIDER, now), attempt=sent.attempts)


async def succeed(session: AsyncSession, transfer_id: UUID, provider_reference: str, now: datetime) -> Transfer:
    """Write down that the money has moved: payment, balance, event, promise; a return moves on when all of it has.

    One that has succeeded already is returned as it stands. Raises NotFound, Conflict (failed or called off).
    """
    order, current = await _held(session, transfer_id)
    if current.state == "succeeded":
        return current
    done = await _complete(session, order, current, provider_reference, Act(PROVIDER, now))
    await _move_on(session, order, done, Act(PROVIDER, now))
    return done


async def put_back(session: AsyncSession, transfer_id: UUID, problem: str, now: datetime) -> Transfer:
    """Note that nobody knows whether the provider did it, so that it is asked again. Raises NotFound, Conflict."""
    order, current = await _held(session, transfer_id)
    back = replace(transferring.move(current, "requested"), problem=problem)
    return await _save(session, order, back, "put_back", Act(PROVIDER, now), problem=problem)


async def fail(session: AsyncSession, transfer_id: UUID, problem: str, now: datetime) -> Transfer:
    """Note that the provider refuses, or cannot be reached after all tries: a person's now. Raises NotFound,
    Conflict."""
    order, current = await _held(session, transfer_id)
    failed = replace(transferring.move(current, "failed"), problem=problem)
    return await _save(session, order, failed, "failed", Act(PROVIDER, now), problem=problem)


async def retry(session: AsyncSession, transfer_id: UUID, act: Act) -> Transfer:
    """Ask again for a transfer that has failed. Raises NotFound, Conflict (it has not failed)."""
    order, current = await _held(session, transfer_id)
    if await happenings.seen(session, act, _about(order, current), "retried"):
        return current
    if current.state != "failed":
        raise errors.Conflict(f"transfer {current.key} is {current.state}: it is not to be tried again")
    again = replace(transferring.move(current, "requested"), attempts=0)
    await _save(session, order, again, "retried", act)
    alone = happenings.alone(act, act.actor)
    done = await _done_at_once(session, order, again, await _method(session, again.payment_method_id), alone)
    if done.state == "succeeded":
        await _move_on(session, order, done, alone)
    return done


async def call_off(session: AsyncSession, transfer_id: UUID, act: Act) -> Transfer:
    """Give up a transfer that is not with the provider; what it was for moves on without it. Raises NotFound,
    Conflict."""
    order, current = await _held(session, transfer_id)
    if await happenings.seen(session, act, _about(order, current), "called_off"):
        return current
    cancelled = replace(transferring.move(current, "cancelled"), settled_at=act.now)
    await _save(session, order, cancelled, "called_off", act)
    if cancelled.return_id is not None:
        await settlement.move_on(session, cancelled.return_id, happenings.alone(act, act.actor))
    elif cancelled.kind == "refund":
        await ledger.drop_order_promise(session, order.id, cancelled.amount)
    elif transferring.is_payment_change(cancelled):
        for _, amount in await _to_be_refunded(session, cancelled):
            await ledger.drop_order_promise(session, order.id, amount)
    return cancelled


async def _move_on(session: AsyncSession, order: Order, done: Transfer, act: Act) -> None:
    if done.return_id is not None:
        await settlement.move_on(session, done.return_id, act)
    elif transferring.is_payment_change(done):
        await refund_others(session, done, act)


async def refund_others(session: AsyncSession, taken_over: Transfer, act: Act) -> None:
    """Refund the methods that another one has taken over from, now that it has paid."""
    others = await _to_be_refunded(session, taken_over)
    await hold_methods(session, (method_id for method_id, _ in others))
    for method_id, amount in others:
        await request(
            session,
            key=f"{taken_over.key}:{method_id}",
            kind="refund",
            order_id=taken_over.order_id,
            return_id=None,
            payment_method_id=method_id,
            amount=amount,
            currency=taken_over.currency,
            act=act,
        )


async def _to_be_refunded(session: AsyncSession, taken_over: Transfer) -> list[tuple[str, Decimal]]:
    """Return what was promised to go back when another method takes over; the event of the change says it."""
    query = select(EventRow.detail).where(
        EventRow.order_id == taken_over.order_id, EventRow.subject == "order", EventRow.kind == "payment_changed"
    )
    detail = await session.scalar(query.order_by(EventRow.sequence.desc()).limit(1))
    refunds: dict[str, str] = (detail or {}).get("refunds") or {}
    return [(method_id, Decimal(amount)) for method_id, amount in refunds.items()]


async def _done_at_once(
    session: AsyncSession, order: Order, asked: Transfer, method: PaymentMethod, act: Act
) -> Transfer:
    if method.kind not in transferring.OURS:
        return asked
    if asked.kind == "charge" and (method.balance or money.ZERO) < asked.amount:
        problem = f"{method.label} does not have enough left"
        failed = replace(transferring.move(asked, "failed"), problem=problem)
        return await _save(session, order, failed, "failed", happenings.alone(act, PROVIDER), problem=problem)
    return await _complete(session, order, asked, "", happenings.alone(act, PROVIDER))


async def _complete(session: AsyncSession, order: Order, current: Transfer, reference: str, act: Act) -> Transfer:
    done = transferring.move(current, "succeeded")
    done = replace(done, provider_reference=reference, settled_at=act.now, problem="")
    session.add(
        PaymentRow(
            order_id=done.order_id, payment_method_id=done.payment_method_id,
            kind="payment" if done.kind == "charge" else "refund", amount=done.amount, bonus=done.bonus, at=act.now,
            return_id=done.return_id, reference=reference,
        )
    )  # fmt: skip
    await _add_to_balance(session, done)
    if done.return_id is None and done.kind == "refund":
        await ledger.keep_order_promise(session, done.order_id, done.amount, act.now)
    return await _save(session, order, done, "succeeded", act)


async def _add_to_balance(session: AsyncSession, done: Transfer) -> None:
    added = done.amount if done.kind == "refund" else -done.amount
    query = update(PaymentMethodRow).where(
        PaymentMethodRow.id == done.payment_method_id, PaymentMethodRow.kind.in_(transferring.OURS)
    )
    await session.execute(
        query.values(balance=PaymentMethodRow.balance + added), execution_options={"synchronize_session": False}
    )


async def _check_room(session: AsyncSession, order: Order, asked: Transfer) -> None:
    room = transferring.still_to_refund(order, await of_order(session, order.id))
    if asked.amount - asked.bonus > room:
        raise errors.Conflict(f"order {order.number}: that is more than can still be refunded of what was paid")


async def _held(session: AsyncSession, transfer_id: UUID) -> tuple[Order, Transfer]:
    found = await by_id(session, transfer_id)
    if found is None:
        raise errors.NotFound(f"transfer {transfer_id}")
    await repository.lock_order(session, found.order_id)
    current = await by_id(session, transfer_id)
    assert current is not None  # no transfer is ever deleted
    return await _order(session, current.order_id), current


async def _save(session: AsyncSession, order: Order, changed: Transfer, kind: str, act: Act, **detail: Any) -> Transfer:
    moving = ("state", "attempts", "problem", "provider_reference", "settled_at")
    values = {name: getattr(changed, name) for name in moving}
    await session.execute(update(TransferRow).where(TransferRow.id == changed.id).values(values))
    _note(session, order, changed, kind, act, **detail)
    await session.flush()
    return changed


def _about(order: Order, transfer: Transfer) -> About:
    return About("transfer", order.customer.id, order.id, transfer.return_id)


def _note(session: AsyncSession, order: Order, transfer: Transfer, kind: str, act: Act, **detail: Any) -> None:
    named = {"transfer": str(transfer.id), "amount": str(transfer.amount), "of": transfer.kind}
    happenings.note(session, _about(order, transfer), kind, act, **named, **detail)


def _same(known: Transfer, asked: Transfer) -> Transfer:
    what = ("kind", "order_id", "return_id", "payment_method_id", "amount", "bonus", "currency")
    if any(getattr(known, name) != getattr(asked, name) for name in what):
        raise errors.Conflict(f"transfer {asked.key} is another one already: {known.kind} of {known.amount}")
    return known


async def _order(session: AsyncSession, order_id: UUID) -> Order:
    order = await repository.order_by_id(session, order_id)
    if order is None:
        raise errors.NotFound(f"order {order_id}")
    return order


async def _method(session: AsyncSession, method_id: str) -> PaymentMethod:
    # Held, so that two orders paid from one gift card at the same moment take its balance one after the other.
    query = select(PaymentMethodRow.id).where(PaymentMethodRow.id == method_id).with_for_update(key_share=True)
    await session.scalar(query)
    method = await repository.payment_method(session, method_id)
    if method is None:
        raise errors.NotFound(f"payment method {method_id}")
    return method


async def _where(session: AsyncSession, condition: Any) -> list[Transfer]:
    query = select(TransferRow).where(condition).order_by(TransferRow.requested_at, TransferRow.key)
    rows = await session.scalars(query, execution_options={"populate_existing": True})
    return [_transfer(row) for row in rows]


def _transfer(row: TransferRow) -> Transfer:
    return Transfer(
        id=row.id, key=row.key, kind=cast("TransferKind", row.kind), order_id=row.order_id, return_id=row.return_id,
        payment_method_id=row.payment_method_id, amount=row.amount, currency=row.currency,
        state=cast("TransferState", row.state), requested_at=row.requested_at, bonus=row.bonus,
        attempts=row.attempts, problem=row.problem, provider_reference=row.provider_reference,
        settled_at=row.settled_at,
    )  # fmt: skip
