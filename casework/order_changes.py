"""What may be changed of an order that is not packed, its address, payment and items, and the address on file."""

import re
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import done_words, proposal, proposal_words, returns
from casework.desk import Desk
from casework.proposal import By, Done, Instead, Proposal, Refusal
from casework.proposal_words import Say
from casework.wanted import ChangeAddress, ChangeAddressOnFile, ChangeItems, ChangePayment
from kit import errors
from store import order_changes, policy, repository, transfers
from store.decision import ChangeDecision
from store.order import Address, Customer, Order, PaymentMethod, Variant
from store.transfer import UNDER_WAY

_US_ZIP = re.compile(r"\d{5}(-\d{4})?")
_PAYMENT_FIRST = "A payment for order {number} is under way; once it is done, this can be changed."
_TITLE = "Here is what I'll do:"


def _title(order: Order) -> str:
    return f"Here is what I'll do for order {order.display_number}:"


async def propose_address(session: AsyncSession, desk: Desk, wish: ChangeAddress) -> Proposal | Refusal:
    """Say where an order would go instead.

    Raises:
        NotFound: there is no such order.
        BadInput: it is no address that a parcel can be sent to; the message says what is missing.
    """
    order = await returns.order_of(session, wish.order_id)
    address = checked(wish.address)
    decision = policy.decide_change_address(order, desk.book.in_force(order.placed_at))
    if not decision.allowed:
        return proposal.refuse(decision.explanation, decision.rule_ids, *_instead(order))
    if address == order.address and not (wish.also_on_file and address != order.customer.address):
        return proposal.refuse(f"Order {order.display_number} goes to this address already.", decision.rule_ids)
    was = f" instead of {order.address.one_line()}" if order.address.one_line() else ""
    lines = [f"Send order {order.display_number} to {address.one_line()}{was}"]
    lines += ["Keep this as your address for the next orders too"] if wish.also_on_file else []
    return proposal.propose("change_address", order.number, lines, None, _title(order))


async def change_address(session: AsyncSession, desk: Desk, wish: ChangeAddress, by: By) -> Done:
    """Send an order elsewhere.

    Raises:
        Conflict: it can no longer be changed.
        BadInput: it is no address.
    """
    act, address = proposal.act(by, desk.clock.now()), checked(wish.address)
    order = await order_changes.change_address(session, wish.order_id, address, act, desk.book)
    if wish.also_on_file:
        kept = replace(act, key=f"{act.key}:on_file" if act.key else None, told=True)
        await order_changes.change_customer_address(session, order.customer.id, address, kept)
        order = await returns.order_of(session, order.id)
    return Done(done_words.address_changed(order, on_file=wish.also_on_file), order=order)


async def propose_payment(session: AsyncSession, desk: Desk, wish: ChangePayment) -> Proposal | Refusal:
    """Say how an order would be paid instead, and what goes back. Raises NotFound (order, payment method)."""
    order = await returns.order_of(session, wish.order_id)
    methods = await repository.payment_methods_of(session, order.customer.id)
    method = method_of(methods, wish.payment_method_id)
    expected = await order_changes.expected(session, order)
    decision = policy.decide_change_payment(expected, method, desk.book.in_force(order.placed_at), methods)
    if not decision.allowed:
        return proposal.refuse(decision.explanation, decision.rule_ids, *_instead(order, method=True))
    if await _is_paid_now(session, order):
        return proposal.refuse(_PAYMENT_FIRST.format(number=order.display_number), (), "person")
    say = proposal_words.saying(desk.book.shop, order.currency)
    lines = [f"Pay order {order.display_number} ({say(order.total)}) with {method.label}"]
    lines += [f"Then refund {proposal_words.part(part, say)}" for part in decision.refunds]
    return proposal.propose("change_payment", order.number, lines, None, _title(order))


async def change_payment(session: AsyncSession, desk: Desk, wish: ChangePayment, by: By) -> Done:
    """Pay an order with another method; what was paid before goes back.

    Raises:
        Conflict: it can no longer be changed.
        NotAllowed: the method cannot bear it.
    """
    act = proposal.act(by, desk.clock.now())
    order = await order_changes.change_payment(session, wish.order_id, wish.payment_method_id, act, desk.book)
    methods = await repository.payment_methods_of(session, order.customer.id)
    label = method_of(methods, wish.payment_method_id).label
    waits = await _is_paid_now(session, order)
    return Done(done_words.payment_changed(order, label, waits=waits), order=order)


async def _is_paid_now(session: AsyncSession, order: Order) -> bool:
    """Tell whether a charge is under way: what else is to be paid or given back depends on whether it succeeds."""
    return any(one.kind == "charge" and one.state in UNDER_WAY for one in await transfers.of_order(session, order.id))


async def propose_items(session: AsyncSession, desk: Desk, wish: ChangeItems) -> Proposal | Refusal:
    """Say what an order would hold instead, and what that costs or gives back.

    Raises:
        NotFound: there is no such order, item, variant or payment method.
        BadInput: nothing is to be changed, or a variant is of another product.
    """
    order = await returns.order_of(session, wish.order_id)
    methods = await repository.payment_methods_of(session, order.customer.id)
    method = method_of(methods, wish.payment_method_id)
    variants = await _variants(session, order, wish.variants)
    rules, expected = desk.book.in_force(order.placed_at), await order_changes.expected(session, order)
    decision = policy.decide_change_items(expected, variants, method, rules, methods)
    if not decision.allowed:
        return proposal.refuse(decision.explanation, decision.rule_ids, *_instead(order, method=True))
    if await _is_paid_now(session, order):
        return proposal.refuse(_PAYMENT_FIRST.format(number=order.display_number), (), "person")
    sold_out = [one for item, one in variants.items() if one.stock < _quantity(order, item)]
    if sold_out:
        names = " and ".join(proposal_words.named(one) for one in sold_out)
        text = f"{names} {'has' if len(sold_out) == 1 else 'have'} sold out."
        return proposal.refuse(text, decision.rule_ids, "other_variant", "cancel_order")
    say = proposal_words.saying(desk.book.shop, order.currency)
    lines = [_swap(order, item.id, variants[item.id], say) for item in order.items if item.id in variants]
    lines += _difference(decision, method, say)
    change = rules.rules.change_order
    if change is not None and change.items_final:
        lines.append("After that the order can't be changed or cancelled any more")
    elif change is not None and change.items_once:
        lines.append("The items of an order can be changed once")
    return proposal.propose("change_items", order.number, lines, None, _title(order))


async def change_items(session: AsyncSession, desk: Desk, wish: ChangeItems, by: By) -> Done:
    """Put other variants of the same products into an order.

    Raises:
        Conflict: it can no longer be changed, or a variant has sold out.
        NotAllowed: the method cannot bear the difference.
    """
    act = proposal.act(by, desk.clock.now())
    order = await order_changes.change_items(
        session, wish.order_id, wish.variants, wish.payment_method_id, act, desk.book
    )
    return Done(done_words.items_changed(order, proposal_words.saying(desk.book.shop, order.currency)), order=order)


async def propose_on_file(session: AsyncSession, desk: Desk, wish: ChangeAddressOnFile) -> Proposal | Refusal:
    """Say which address would be kept.

    Raises:
        NotFound: there is no such customer.
        BadInput: it is no address.
    """
    customer = await _customer(session, wish.customer_id)
    address = checked(wish.address)
    if address == customer.address:
        return proposal.refuse("This is your address on file already.")
    lines = [f"Keep {address.one_line()} as your address for the next orders"]
    lines.append("Orders that are under way still go where they were to go")
    return proposal.propose("change_address_on_file", str(customer.id), lines, None, _TITLE)


async def change_on_file(session: AsyncSession, desk: Desk, wish: ChangeAddressOnFile, by: By) -> Done:
    """Keep another address for a customer. Raises NotFound, BadInput (it is no address)."""
    address = checked(wish.address)
    act = proposal.act(by, desk.clock.now())
    await order_changes.change_customer_address(session, wish.customer_id, address, act)
    return Done(done_words.on_file(address.one_line()))


def checked(address: Address) -> Address:
    """Return an address without stray blanks; raises BadInput saying what is missing or wrong."""
    parts = {name: " ".join(str(value).split()) for name, value in vars(address).items()}
    tidy = replace(Address(**parts), country=parts["country"].upper() or "US")
    missing = [name for name in ("street", "city", "zip") if not getattr(tidy, name)]
    missing += ["region"] if tidy.country == "US" and not tidy.region else []
    if missing:
        raise errors.BadInput(f"the address has no {' and no '.join(missing)}")
    if tidy.country == "US" and not _US_ZIP.fullmatch(tidy.zip):
        raise errors.BadInput(f"{tidy.zip} is no zip code of the United States")
    return tidy


def method_of(methods: list[PaymentMethod], method_id: str) -> PaymentMethod:
    """Return one of a customer's payment methods; raises NotFound."""
    found = next((one for one in methods if one.id == method_id), None)
    if found is None:
        raise errors.NotFound(f"payment method {method_id} of this customer")
    return found


async def _variants(session: AsyncSession, order: Order, wanted: Mapping[UUID, str]) -> dict[UUID, Variant]:
    if not wanted:
        raise errors.BadInput(f"order {order.number}: no item is to be changed")
    known = await repository.variants_by_ids(session, wanted.values())
    found = {}
    for item_id, variant_id in wanted.items():
        item, variant = order.item(item_id), known.get(variant_id)
        if item is None or variant is None:
            raise errors.NotFound(f"order {order.number}: item {item_id} or variant {variant_id}")
        if variant.product_id != item.product_id:
            raise errors.BadInput(f"order {order.number}: {variant.id} is not a variant of {item.name}")
        found[item_id] = variant
    return found


async def _customer(session: AsyncSession, customer_id: UUID) -> Customer:
    found = await repository.customer_by_id(session, customer_id)
    if found is None:
        raise errors.NotFound(f"customer {customer_id}")
    return found


def _swap(order: Order, item_id: UUID, variant: Variant, say: Say) -> str:
    item = order.item(item_id)
    assert item is not None
    costs = proposal_words.difference(policy.price_difference(item, variant, item.quantity, order.currency), say)
    return f"Send {item.quantity} × {proposal_words.named(variant)} instead of {item.options_text}; {costs}"


def _difference(decision: ChangeDecision, method: PaymentMethod, say: Say) -> list[str]:
    if decision.difference > 0:
        return [f"You pay {say(decision.difference)} with {method.label}"]
    if decision.refunds:
        return [f"Refund {proposal_words.part(part, say)}" for part in decision.refunds]
    if decision.difference < 0:
        return [f"Refund {say(-decision.difference)} to {method.label}"]
    return []


def _quantity(order: Order, item_id: UUID) -> int:
    item = order.item(item_id)
    return item.quantity if item else 0


def _instead(order: Order, *, method: bool = False) -> tuple[Instead, ...]:
    if order.state == "pending":
        return ("other_method", "person") if method else ("person",)
    return ("order_status", "person") if order.state != "delivered" else ("open_return", "person")
