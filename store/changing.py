"""May an order be cancelled or changed before it is packed, and what does that cost or give back? Pure."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from kit import errors
from store import money, offers
from store import order as ordering
from store.decision import CancelDecision, ChangeDecision, RefundPart
from store.order import Order, PaymentMethod, Variant
from store.policy_file import Policy
from store.returns import Reason

NO_CHANGES = "change.none"
"""The rule of a shop that says nothing about changes: none can be made."""


def decide_cancel(
    order: Order, reason: Reason | None, policy: Policy, payment_methods: Sequence[PaymentMethod]
) -> CancelDecision:
    """Decide whether an order can be cancelled; `reason` None asks before the reason is known."""
    rule = policy.rules.cancel
    if order.state not in rule.states:
        return CancelDecision(policy.version, False, _told(order, "cancelled"), (rule.id,))
    if _is_final(order, policy):
        return CancelDecision(policy.version, False, _final(order, "cancelled"), (_change_id(policy),))
    if reason is not None and reason not in rule.reasons:
        text = f"Order {order.display_number} cannot be cancelled for this reason."
        return CancelDecision(policy.version, False, text, (rule.id,))
    text = f"Order {order.display_number} can be cancelled because we have not started to pack it."
    refunds = refund_parts(_left(order), payment_methods, policy)
    return CancelDecision(policy.version, True, text, (rule.id, policy.rules.refund_rule), refunds)


def decide_change_address(order: Order, policy: Policy) -> ChangeDecision:
    """Decide whether an order can be sent elsewhere."""
    allowed = policy.rules.change_order is not None and policy.rules.change_order.address
    return _refusal(order, policy, allowed, "address") or _yes(order, policy, "be sent to another address")


def decide_change_payment(
    order: Order, new_method: PaymentMethod, policy: Policy, methods: Sequence[PaymentMethod]
) -> ChangeDecision:
    """Decide whether another method can pay for an order: `refunds` is what goes back to those that paid, and their
    sum what the new one pays."""
    allowed = policy.rules.change_order is not None and policy.rules.change_order.payment
    refusal = _refusal(order, policy, allowed, "way of payment")
    if refusal is not None:
        return refusal
    paid = _left(order)
    amount = sum((value for _, value in paid), money.ZERO)
    if new_method.id in {method for method, _ in paid}:
        return _no(policy, f"Order {order.display_number} is paid with {new_method.label} already.")
    if amount <= 0:
        return _no(policy, f"Order {order.display_number} has nothing left to be paid.")
    if not can_pay(new_method, amount):
        return _no(policy, too_little(new_method, amount, order, policy))
    rule_ids = (_change_id(policy), policy.rules.refund_rule)
    text = f"Order {order.display_number} can be paid with {new_method.label} instead."
    return ChangeDecision(policy.version, True, text, rule_ids, refunds=refund_parts(paid, methods, policy))


def decide_change_items(
    order: Order,
    variants: Mapping[UUID, Variant],
    method: PaymentMethod | None,
    policy: Policy,
    methods: Sequence[PaymentMethod],
) -> ChangeDecision:
    """Decide whether items can be had in other variants; `method` None asks before it is known who pays the difference.

    Whether the variants are in stock is not a matter of policy. Raises NotFound for an item of another order.
    """
    allowed = policy.rules.change_order is not None and policy.rules.change_order.items
    refusal = _refusal(order, policy, allowed, "items", once=True) or _wrong_variant(order, variants, policy)
    if refusal is not None:
        return refusal
    difference = ordering.with_variants(order, variants).total - order.total
    if method is not None and difference > 0 and not can_pay(method, difference):
        return _no(policy, too_little(method, difference, order, policy))
    back = refund_parts([(method.id, -difference)], methods, policy) if method and difference < 0 else ()
    text = f"The items of order {order.display_number} can be changed because we have not started to pack it."
    return ChangeDecision(policy.version, True, text, (_change_id(policy),), difference, back)


def refund_parts(
    amounts: Iterable[tuple[str, Decimal]], known: Sequence[PaymentMethod], policy: Policy
) -> tuple[RefundPart, ...]:
    """Return amounts by payment method as parts of a refund, each with its destination and time; nothing of nothing."""
    parts = []
    for method_id, amount in amounts:
        method = next((entry for entry in known if entry.id == method_id), None)
        kind, label = (method.kind, method.label) if method else ("card", offers.UNKNOWN_DESTINATION)
        if amount > 0:
            when = offers.days_text(offers.refund_time(kind, policy))
            parts.append(RefundPart(method_id, kind, label, amount, when))
    return tuple(parts)


def can_pay(method: PaymentMethod, amount: Decimal) -> bool:
    """Tell whether a payment method can bear an amount; only balances are limited."""
    return method.balance is None or method.balance >= amount


def too_little(method: PaymentMethod, amount: Decimal, order: Order, policy: Policy) -> str:
    """Say that a payment method cannot bear an amount."""
    return f"{method.label} does not have enough balance for {policy.shop.money(amount, order.currency)}."


def _left(order: Order) -> list[tuple[str, Decimal]]:
    paid = dict.fromkeys(entry.payment_method_id for entry in order.payments if entry.kind == "payment")
    rest, found = max(money.ZERO, order.paid - order.refunded), []
    for method in paid:
        amount = min(rest, max(money.ZERO, order.paid_with(method)))
        rest -= amount
        if amount > 0:
            found.append((method, amount))
    return found


def _refusal(order: Order, policy: Policy, allowed: bool, what: str, *, once: bool = False) -> ChangeDecision | None:
    rule = policy.rules.change_order
    if rule is None or not allowed:
        return _no(policy, f"The {what} of an order cannot be changed once it is placed.")
    if order.state not in rule.states:
        return _no(policy, _told(order, "changed"))
    if _is_final(order, policy):
        return _no(policy, _final(order, "changed"))
    if once and rule.items_once and order.items_changed_at is not None:
        return _no(policy, f"The items of order {order.display_number} have been changed, which can be done once.")
    return None


def _wrong_variant(order: Order, variants: Mapping[UUID, Variant], policy: Policy) -> ChangeDecision | None:
    for item_id, variant in variants.items():
        item = order.item(item_id)
        if item is None:
            raise errors.NotFound(f"item {item_id} of order {order.number}")
        if variant.product_id != item.product_id:
            return _no(policy, f"The {item.name} can be changed for another option of the same product only.")
        if variant.id == item.variant_id:
            return _no(policy, f"The {item.name} is in your order like that already.")
    return None


def _yes(order: Order, policy: Policy, what: str) -> ChangeDecision:
    text = f"Order {order.display_number} can {what} because we have not started to pack it."
    return ChangeDecision(policy.version, True, text, (_change_id(policy),))


def _no(policy: Policy, text: str) -> ChangeDecision:
    return ChangeDecision(policy.version, False, text, (_change_id(policy),))


def _change_id(policy: Policy) -> str:
    return policy.rules.change_order.id if policy.rules.change_order else NO_CHANGES


def _is_final(order: Order, policy: Policy) -> bool:
    rule = policy.rules.change_order
    return rule is not None and rule.items_final and order.items_changed_at is not None


def _final(order: Order, what: str) -> str:
    return f"The items of order {order.display_number} have been changed, and after that it cannot be {what} any more."


def _told(order: Order, what: str) -> str:
    reasons = {
        "processed": f"is already being packed, so it cannot be {what}; you can return it once it has arrived",
        "shipped": f"is already on its way, so it cannot be {what}; you can return it once it has arrived",
        "delivered": f"has been delivered, so it cannot be {what}; you can return it instead",
        "cancelled": "has already been cancelled",
        "pending": f"cannot be {what} here",
    }
    return f"Order {order.display_number} {reasons[order.state]}."
