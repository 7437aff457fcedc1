"""What changes orders: cancelled, sent elsewhere, paid in another way, other variants, on its way, delivered.

As in `store.service`: each function holds the order first, does all of its work or, raising, none of it, and an act
with a key that has been seen is not done again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from store import exchange, happenings, held, ledger, money, offers, policy, receipt, records, repository, transfers
from store import order as ordering
from store import transfer as transferring
from store.decision import CancelDecision, ChangeDecision, RefundPart
from store.happenings import About, Act
from store.order import Address, Order, PaymentMethod, Variant
from store.policy_file import Policy, PolicyBook
from store.returns import Reason
from store.tables import CustomerRow, DecisionRow, EventRow, FulfilmentRow, OrderItemRow, OrderRow


async def expected(session: AsyncSession, order: Order) -> Order:
    """Return an order as it stands once all refunds under way have succeeded: what a decision about it reads."""
    return transferring.as_it_will_stand(order, await transfers.of_order(session, order.id))


async def cancel_order(session: AsyncSession, order_id: UUID, reason: Reason, act: Act, book: PolicyBook) -> Order:
    """Cancel a pending order: money goes back the way it came, stock returns, the promise is kept in mind.

    Raises NotFound, Conflict (it is no longer pending, the reason is not one of the policy's, or a charge is just
    being made).
    """
    order = await held.order(session, order_id)
    if await happenings.seen(session, act, happenings.of_order(order), "cancelled"):
        return order
    rules = book.in_force(order.placed_at)
    methods = await repository.payment_methods_of(session, order.customer.id)
    decision = policy.decide_cancel(await expected(session, order), reason, rules, methods)
    _check(decision)
    await _give_up_charges(session, order, act)
    cancelled = ordering.move(order, "cancelled")
    values = {"state": cancelled.state, "cancelled_at": act.now, "cancel_reason": reason}
    await _write(session, cancelled, values)
    await exchange.put_back(session, _pieces(order))
    happenings.note(session, happenings.of_order(order), "cancelled", act, reason=reason)
    await _keep_receipt(session, order, rules, decision, act, {"cancel": True, "reason": reason})
    await _refund(session, order, decision.refunds, rules, act, f"cancel:{order.number}")
    return await held.order(session, order_id)


async def change_address(session: AsyncSession, order_id: UUID, address: Address, act: Act, book: PolicyBook) -> Order:
    """Send a pending order elsewhere. Raises NotFound, Conflict (the policy does not allow it any more)."""
    order = await held.order(session, order_id)
    if await happenings.seen(session, act, happenings.of_order(order), "address_changed"):
        return order
    rules = book.in_force(order.placed_at)
    decision = policy.decide_change_address(order, rules)
    _check(decision)
    await _write(session, order, {"address": asdict(address)})
    happenings.note(session, happenings.of_order(order), "address_changed", act, before=asdict(order.address))
    await _keep_receipt(session, order, rules, decision, act, {"change": "address"})
    return await held.order(session, order_id)


async def change_payment(
    session: AsyncSession, order_id: UUID, payment_method_id: str, act: Act, book: PolicyBook
) -> Order:
    """Pay a pending order with another method: it is charged, and once that has succeeded the others are refunded.

    Raises NotFound (order, payment method), NotAllowed (too little balance), Conflict (the policy does not allow it
    any more, or another charge is under way).
    """
    order = await held.order(session, order_id)
    if await happenings.seen(session, act, happenings.of_order(order), "payment_changed"):
        return order
    rules = book.in_force(order.placed_at)
    methods = await repository.payment_methods_of(session, order.customer.id)
    method = _own(methods, payment_method_id)
    before = await transfers.of_order(session, order_id)
    _check_no_charge(order, before)
    decision = policy.decide_change_payment(await expected(session, order), method, rules, methods)
    _check(decision)
    amount = sum((part.amount for part in decision.refunds), money.ZERO)
    refunds = {part.refund_to: str(part.amount) for part in decision.refunds}
    happenings.note(session, happenings.of_order(order), "payment_changed", act, method=method.kind, refunds=refunds)
    await _keep_receipt(session, order, rules, decision, act, {"change": "payment"})
    ledger.promise_refunds(session, order, decision.refunds, rules, act.now)
    await transfers.hold_methods(session, (method.id, *refunds))
    turn = 1 + sum(transferring.is_payment_change(one) for one in before)
    charge = await _charge(session, order, method, amount, transferring.payment_change_key(order, turn), act)
    if charge.state == "succeeded":
        await transfers.refund_others(session, charge, happenings.alone(act, act.actor))
    return await held.order(session, order_id)


async def change_items(
    session: AsyncSession,
    order_id: UUID,
    variants: Mapping[UUID, str],
    payment_method_id: str,
    act: Act,
    book: PolicyBook,
) -> Order:
    """Have other variants in a pending order: stock is swapped, and the difference charged or given back.

    Raises NotFound (order, item, variant, payment method), BadInput (nothing to change), NotAllowed (too little
    balance), Conflict (sold out, the policy does not allow it any more, or a charge is under way).
    """
    order = await held.order(session, order_id)
    if await happenings.seen(session, act, happenings.of_order(order), "items_changed"):
        return order
    if not variants:
        raise errors.BadInput(f"order {order.number}: no item to change")
    rules = book.in_force(order.placed_at)
    methods = await repository.payment_methods_of(session, order.customer.id)
    method = _own(methods, payment_method_id)
    _check_no_charge(order, await transfers.of_order(session, order_id))
    chosen = await _chosen(session, order, variants)
    decision = policy.decide_change_items(await expected(session, order), chosen, method, rules, methods)
    _check(decision)
    changed = ordering.with_variants(order, chosen)
    difference = changed.total - order.total
    if difference != decision.difference:
        raise errors.Conflict(f"order {order.number}: {difference} was worked out, {decision.difference} was decided")
    async with session.begin_nested():
        await _swap_stock(session, order, changed)
        await _write_items(session, order, changed)
        await _write(session, order, {"items_changed_at": act.now})
        happenings.note(
            session, happenings.of_order(order), "items_changed", act, difference=str(difference) if difference else ""
        )
        await _keep_receipt(session, order, rules, decision, act, {"change": "items"})
        await _balance(session, order, method, difference, rules, act)
    return await held.order(session, order_id)


async def change_customer_address(session: AsyncSession, customer_id: UUID, address: Address, act: Act) -> None:
    """Keep another address for a customer; orders keep theirs. Raises NotFound."""
    query = select(CustomerRow.id).where(CustomerRow.id == customer_id).with_for_update(key_share=True)
    customer = await repository.customer_by_id(session, customer_id) if await session.scalar(query) else None
    if customer is None:
        raise errors.NotFound(f"customer {customer_id}")
    about = About("customer", customer_id)
    if await happenings.seen(session, act, about, "address_changed"):
        return
    await session.execute(update(CustomerRow).where(CustomerRow.id == customer_id).values(**asdict(address)))
    happenings.note(session, about, "address_changed", act, before=asdict(customer.address))
    await session.flush()


async def record_processing(session: AsyncSession, order_id: UUID, act: Act) -> Order:
    """Write down that an order is being packed. Raises NotFound, Conflict (it is not pending)."""
    order = await held.order(session, order_id)
    if await happenings.seen(session, act, happenings.of_order(order), "processed"):
        return order
    moved = ordering.move(order, "processed")
    await _write(session, moved, {"state": moved.state})
    happenings.note(session, happenings.of_order(order), "processed", act)
    return await held.order(session, order_id)


async def record_shipment(session: AsyncSession, order_id: UUID, tracking_number: str, carrier: str, act: Act) -> Order:
    """Write down that a parcel of an order has left; a second parcel of the same order only adds its number.

    Raises NotFound, BadInput (no tracking number), Conflict (delivered or cancelled).
    """
    order = await held.order(session, order_id)
    if await happenings.seen(session, act, happenings.of_order(order), "shipped"):
        return order
    if not tracking_number:
        raise errors.BadInput(f"order {order.number}: a shipment has a tracking number")
    if order.state != "shipped":
        moved = ordering.move(order, "shipped")
        await _write(session, moved, {"state": moved.state, "shipped_at": act.now})
    if tracking_number not in order.tracking_numbers:
        items = [item.id for item in order.items]
        values = {"order_id": order_id, "tracking_number": tracking_number, "carrier": carrier, "item_ids": items}
        session.add(FulfilmentRow(**values))
    detail = {"tracking_number": tracking_number, "carrier": carrier}
    happenings.note(session, happenings.of_order(order), "shipped", act, **detail)
    return await held.order(session, order_id)


async def record_delivery(session: AsyncSession, order_id: UUID, act: Act) -> Order:
    """Write down that an order has arrived. Raises NotFound, Conflict (it was not on its way)."""
    order = await held.order(session, order_id)
    if await happenings.seen(session, act, happenings.of_order(order), "delivered"):
        return order
    moved = ordering.move(order, "delivered")
    await _write(session, moved, {"state": moved.state, "delivered_at": act.now})
    happenings.note(session, happenings.of_order(order), "delivered", act)
    return await held.order(session, order_id)


def _check(decision: CancelDecision | ChangeDecision) -> None:
    if not decision.allowed:
        raise errors.Conflict(decision.explanation)


def _check_no_charge(order: Order, before: Sequence[transferring.Transfer]) -> None:
    # What is to be paid or given back depends on whether a charge succeeds, so one waits for the other.
    if any(one.kind == "charge" and one.state in transferring.UNDER_WAY for one in before):
        raise errors.Conflict(f"order {order.number}: a payment is under way already")


def _own(methods: list[PaymentMethod], method_id: str) -> PaymentMethod:
    method = next((entry for entry in methods if entry.id == method_id), None)
    if method is None:
        raise errors.NotFound(f"payment method {method_id} of this customer")
    return method


async def _chosen(session: AsyncSession, order: Order, variants: Mapping[UUID, str]) -> dict[UUID, Variant]:
    found = await repository.variants_by_ids(session, variants.values())
    for item_id, variant_id in variants.items():
        if order.item(item_id) is None:
            raise errors.NotFound(f"item {item_id} of order {order.number}")
        if variant_id not in found:
            raise errors.NotFound(f"variant {variant_id}")
    return {item_id: found[variant_id] for item_id, variant_id in variants.items()}


async def _swap_stock(session: AsyncSession, order: Order, changed: Order) -> None:
    before, after = _pieces(order), _pieces(changed)
    await exchange.lock(session, {*before, *after})
    await exchange.take(session, after - before)
    await exchange.put_back(session, before - after)


async def _write_items(session: AsyncSession, order: Order, changed: Order) -> None:
    for old, new in zip(order.items, changed.items, strict=True):
        if old != new:
            names = ("variant_id", "options", "unit_price", "discount", "tax")
            values = {name: getattr(new, name) for name in names}
            await session.execute(update(OrderItemRow).where(OrderItemRow.id == new.id).values(values))


async def _balance(
    session: AsyncSession, order: Order, method: PaymentMethod, difference: Decimal, rules: Policy, act: Act
) -> None:
    # Its own event is written already, so the first change is the first turn.
    key = f"items:{order.number}:{await _turns(session, order.id, 'items_changed')}"
    if difference > 0:
        await _charge(session, order, method, difference, key, act)
    elif difference < 0:
        before = await transfers.of_order(session, order.id)
        parts = transferring.fit(((method.id, -difference),), order, before)
        known = await repository.payment_methods_of(session, order.customer.id)
        refunds = [_part(order, method_id, amount, known, rules) for method_id, amount in parts]
        await _refund(session, order, refunds, rules, act, key)


async def _charge(
    session: AsyncSession, order: Order, method: PaymentMethod, amount: Decimal, key: str, act: Act
) -> transferring.Transfer:
    if amount <= 0:
        raise errors.Conflict(f"order {order.number}: there is nothing to be paid")
    if not policy.can_pay(method, amount):
        raise errors.NotAllowed(f"{method.label} does not have enough balance for order {order.number}")
    return await transfers.request(
        session,
        key=key,
        kind="charge",
        order_id=order.id,
        return_id=None,
        payment_method_id=method.id,
        amount=amount,
        currency=order.currency,
        act=happenings.alone(act, act.actor),
    )


async def _refund(
    session: AsyncSession, order: Order, parts: Sequence[RefundPart], rules: Policy, act: Act, key: str
) -> None:
    """Promise parts of a refund and ask for them; those to gift cards have succeeded when this returns."""
    ledger.promise_refunds(session, order, parts, rules, act.now)
    await session.flush()
    await transfers.hold_methods(session, (part.refund_to for part in parts))
    for part in parts:
        await transfers.request(
            session,
            key=f"{key}:{part.refund_to}",
            kind="refund",
            order_id=order.id,
            return_id=None,
            payment_method_id=part.refund_to,
            amount=part.amount,
            currency=order.currency,
            act=happenings.alone(act, act.actor),
        )


def _part(order: Order, method_id: str, amount: Decimal, known: Sequence[PaymentMethod], rules: Policy) -> RefundPart:
    place = offers.original_destination(order, method_id, known)
    when = offers.days_text(offers.refund_time(place.kind, rules))
    return RefundPart(method_id, place.kind, place.label, amount, when)


async def _give_up_charges(session: AsyncSession, order: Order, act: Act) -> None:
    """Call off the charges of an order that is cancelled: it would be refunded at once."""
    for one in await transfers.of_order(session, order.id):
        if one.kind != "charge" or one.state not in transferring.UNDER_WAY:
            continue
        if one.state == "sent":
            raise errors.Conflict(f"order {order.number}: a payment is just being made")
        await transfers.call_off(session, one.id, happenings.alone(act, act.actor))


async def _keep_receipt(
    session: AsyncSession,
    order: Order,
    rules: Policy,
    decision: CancelDecision | ChangeDecision,
    act: Act,
    asked: Mapping[str, Any],
) -> None:
    digest = await records.keep_version(session, rules, act.now)
    session.add(
        DecisionRow(
            order_id=order.id,
            at=act.now,
            policy_version=decision.policy_version,
            policy_digest=digest,
            rule_ids=list(decision.rule_ids),
            inputs={**asked, "state": order.state, "actor": act.actor},
            outcome=receipt.outcome(decision),
        )
    )
    await session.flush()


async def _write(session: AsyncSession, order: Order, values: Mapping[str, Any]) -> None:
    await session.execute(update(OrderRow).where(OrderRow.id == order.id).values(**values))


async def _turns(session: AsyncSession, order_id: UUID, kind: str) -> int:
    query = select(func.count()).select_from(EventRow).where(EventRow.order_id == order_id, EventRow.kind == kind)
    return int(await session.scalar(query) or 0)


def _pieces(order: Order) -> Counter[str]:
    pieces: Counter[str] = Counter()
    for item in order.items:
        pieces[item.variant_id] += item.quantity
    return pieces
