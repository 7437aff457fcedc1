"""The decision about a return: may it come back, for how much, to where, and by which rules.

Everything in here is pure: the same order, policy and moment give the same decision, which is what makes a stored
receipt replayable and what keeps the bot's words and deeds the same.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from kit import errors
from store import dates, eligibility, money
from store import offers as offering
from store.decision import (
    CancelDecision,
    Decision,
    LineVerdict,
    MethodOffer,
    Offer,
    RefundPart,
    RequestLine,
)
from store.order import Order, OrderItem, PaymentMethod, Variant
from store.policy_file import Policy, PolicyBook
from store.returns import Reason, Resolution

__all__ = [
    "CancelDecision", "Decision", "LineVerdict", "MethodOffer", "Offer", "Policy", "PolicyBook", "RefundPart",
    "RequestLine", "can_pay", "decide", "decide_cancel", "explain", "final_amount", "line_amount", "methods_for",
    "price_difference",
]  # fmt: skip


def decide(
    order: Order,
    request_lines: Sequence[RequestLine],
    policy: Policy,
    now: datetime,
    already_returned: Mapping[UUID, int],
    payment_methods: Sequence[PaymentMethod],
) -> Decision:
    """Decide about the lines; raises NotFound for an item of another order, BadInput for a quantity below one."""
    today = dates.local_day(now, policy.shop.time_zone)
    lines = _verdicts(order, request_lines, policy, today, already_returned)
    good = [line for line in lines if line.eligible]
    offers = offering.offers(order, good, policy, payment_methods)
    person, person_rules = _needs_person(order, good, policy)
    used = [rule for line in lines for rule in line.rule_ids]
    used += [rule for offer in offers for rule in offer.rule_ids]
    used += [policy.rules.shipping_rule] if good else []
    return Decision(
        policy_version=policy.version,
        lines=lines,
        offers=offers,
        methods=offering.method_offers(good, policy) if good else (),
        needs_person=person,
        rule_ids=tuple(dict.fromkeys([*used, *person_rules])),
    )


def final_amount(offer: Offer, method_offer: MethodOffer) -> Decimal:
    """Return what the customer gets: the offer net of the method's fee, never below zero; exchanges travel free."""
    if offer.resolution == "exchange":
        return offer.amount
    return max(money.ZERO, offer.amount - method_offer.fee)


def methods_for(decision: Decision, resolution: Resolution) -> tuple[MethodOffer, ...]:
    """List the methods with the fee that they have for this resolution: none for an exchange."""
    if resolution != "exchange":
        return decision.methods
    return tuple(MethodOffer(entry.method, entry.title, money.ZERO) for entry in decision.methods)


def line_amount(offer: Offer, order_item_id: UUID) -> Decimal:
    """Return the part of an offer that belongs to one order item, before bonus and the method's fee."""
    return sum((amount for item, amount in offer.line_amounts if item == order_item_id), money.ZERO)


def price_difference(item: OrderItem, variant: Variant, quantity: int) -> Decimal:
    """Return what an exchange costs the customer; negative is what they get back."""
    return money.cents((variant.price - item.unit_price) * quantity)


def can_pay(method: PaymentMethod, amount: Decimal) -> bool:
    """Tell whether a payment method can bear an amount; only balances are limited."""
    return method.balance is None or method.balance >= amount


def explain(decision: Decision) -> str:
    """Say the decision in one or two sentences for the customer."""
    if not decision.lines:
        return "No item was chosen."
    if decision.refused_lines:
        return _explain_refusal(decision)
    days = {line.deadline for line in decision.lines}
    if len(decision.lines) == 1 or None in days:
        text = decision.lines[0].explanation
    else:
        first = min(day for day in days if day is not None)
        text = f"All {len(decision.lines)} items can be returned until {dates.spoken(first)}."
    return f"{text} {decision.needs_person}" if decision.needs_person else text


def decide_cancel(
    order: Order, reason: Reason | None, policy: Policy, payment_methods: Sequence[PaymentMethod]
) -> CancelDecision:
    """Decide whether an order can be cancelled; `reason` None asks before the reason is known."""
    rule = policy.rules.cancel
    if order.state not in rule.states:
        return CancelDecision(policy.version, False, _cannot_cancel(order), (rule.id,))
    if reason is not None and reason not in rule.reasons:
        text = f"Order {order.display_number} cannot be cancelled for this reason."
        return CancelDecision(policy.version, False, text, (rule.id,))
    text = f"Order {order.display_number} can be cancelled because we have not started to pack it."
    refunds = tuple(_cancel_refunds(order, policy, payment_methods))
    return CancelDecision(policy.version, True, text, (rule.id, policy.rules.refund_rule), refunds)


def _verdicts(
    order: Order,
    request_lines: Sequence[RequestLine],
    policy: Policy,
    today: date,
    already_returned: Mapping[UUID, int],
) -> tuple[LineVerdict, ...]:
    taken: Counter[UUID] = Counter(already_returned)
    verdicts = []
    for line in request_lines:
        item = order.item(line.order_item_id)
        if item is None:
            raise errors.NotFound(f"item {line.order_item_id} of order {order.number}")
        if line.quantity < 1:
            raise errors.BadInput(f"order {order.number}, {item.name}: quantity {line.quantity}")
        left = item.quantity - taken[item.id]
        verdict = eligibility.verdict(order, item, line, policy, today, left)
        # The same item twice in one request must not pass what each line alone may.
        taken[item.id] += line.quantity if verdict.eligible else 0
        verdicts.append(verdict)
    return tuple(verdicts)


def _needs_person(order: Order, good: Sequence[LineVerdict], policy: Policy) -> tuple[str | None, tuple[str, ...]]:
    limit = policy.rules.approval_limit
    value = sum((offering.line_value(order, line) for line in good), money.ZERO)
    if limit is not None and value > limit and policy.rules.approval_rule not in policy.overruled:
        text = money.format(limit, policy.shop.currency)
        return f"One of our people approves returns above {text}.", (policy.rules.approval_rule,)
    if any(eligibility.NO_DELIVERY_DATE in line.rule_ids for line in good):
        return "One of our people checks the delivery date first.", (eligibility.NO_DELIVERY_DATE,)
    if good and offering.needs_split(order, good):
        return "The order was paid in several ways, so one of our people splits the refund.", ()
    return None, ()


def _explain_refusal(decision: Decision) -> str:
    refused = decision.refused_lines
    text = refused[0].explanation
    if decision.eligible_lines:
        return f"{text} The other items can be returned."
    return text if len(refused) == 1 else f"{text} {refused[1].explanation}"


def _cannot_cancel(order: Order) -> str:
    reasons = {
        "processed": "is already being packed, so it cannot be cancelled; you can return it once it has arrived",
        "shipped": "is already on its way, so it cannot be cancelled; you can return it once it has arrived",
        "delivered": "has been delivered, so it cannot be cancelled; you can return it instead",
        "cancelled": "has already been cancelled",
        "pending": "cannot be cancelled here",
    }
    return f"Order {order.display_number} {reasons[order.state]}."


def _cancel_refunds(order: Order, policy: Policy, payment_methods: Sequence[PaymentMethod]) -> list[RefundPart]:
    paid = dict.fromkeys(p.payment_method_id for p in order.payments if p.kind == "payment")
    parts = []
    for method_id in paid:
        amount = order.paid_with(method_id)
        if amount <= 0:
            continue
        place = offering.original_destination(order, method_id, payment_methods)
        when = offering.days_text(offering.refund_time(place.kind, policy))
        parts.append(RefundPart(method_id, place.kind, place.label, amount, when))
    return parts
