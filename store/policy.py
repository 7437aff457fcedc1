"""The decision about a return: may it come back, for how much, to where, and by which rules.

Everything in here is pure: the same order, policy and moment give the same decision, which is what makes a stored
receipt replayable and what keeps the bot's words and deeds the same.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from kit import errors
from store import amounts, dates, eligibility, money, people, windows
from store import offers as offering
from store.amounts import Judged
from store.changing import (
    can_pay,
    decide_cancel,
    decide_change_address,
    decide_change_items,
    decide_change_payment,
    refund_parts,
)
from store.decision import (
    CancelDecision,
    ChangeDecision,
    Decision,
    LineVerdict,
    MethodOffer,
    Offer,
    Past,
    RefundPart,
    RequestLine,
)
from store.order import Order, OrderItem, PaymentMethod, Variant
from store.policy_file import Policy, PolicyBook
from store.returns import Resolution

__all__ = [
    "CancelDecision", "ChangeDecision", "Decision", "LineVerdict", "MethodOffer", "Offer", "Past", "Policy",
    "PolicyBook", "RefundPart", "RequestLine", "can_pay", "decide", "decide_cancel", "decide_change_address",
    "decide_change_items", "decide_change_payment", "explain", "final_amount", "line_amount", "methods_for",
    "parts_after", "price_difference", "refund_parts",
]  # fmt: skip


def decide(
    order: Order,
    request_lines: Sequence[RequestLine],
    policy: Policy,
    now: datetime,
    past: Past,
    payment_methods: Sequence[PaymentMethod],
) -> Decision:
    """Decide about the lines; raises NotFound for an item of another order, BadInput for a quantity below one."""
    judged = _marked(_judged(order, request_lines, policy, _asked(policy, now, past), past), policy)
    good = tuple(line for line in judged if line.verdict.eligible)
    verdicts = tuple(line.verdict for line in judged)
    nothing_to_send = bool(good) and all(line.verdict.keep for line in good)
    asked = offering.Asked(order, good, policy, past, tuple(payment_methods), nothing_to_send)
    offers = offering.offers(asked)
    calls = people.calls(order, good, [line.verdict for line in good], policy, past, now)
    used = [rule for line in verdicts for rule in line.rule_ids]
    used += [rule for offer in offers for rule in offer.rule_ids]
    used += [policy.rules.shipping_rule] if good and not nothing_to_send else []
    return Decision(
        policy_version=policy.version,
        lines=verdicts,
        offers=offers,
        methods=offering.method_offers(asked) if good else (),
        needs_person=calls[0].text if calls else None,
        rule_ids=tuple(dict.fromkeys([*used, *(call.rule_id for call in calls)])),
        person_rules=tuple(dict.fromkeys(call.rule_id for call in calls)),
    )


def final_amount(offer: Offer, method_offer: MethodOffer) -> Decimal:
    """Return what the customer gets: the offer net of the method's fee, never below zero; exchanges travel free."""
    if offer.resolution == "exchange":
        return offer.amount
    return max(money.ZERO, offer.amount - method_offer.fee)


def parts_after(offer: Offer, method_offer: MethodOffer) -> tuple[RefundPart, ...]:
    """Return where the money goes after the method's fee, which is taken from the largest part first.

    The parts add up to `final_amount`; there are none for an exchange and for credit that has no account yet.
    """
    if not offer.parts or offer.resolution == "exchange":
        return ()
    return offering.less(offer.parts, offer.amount - final_amount(offer, method_offer))


def methods_for(decision: Decision, resolution: Resolution) -> tuple[MethodOffer, ...]:
    """List the methods with the fee that they have for this resolution: none for an exchange."""
    if resolution != "exchange":
        return decision.methods
    return tuple(MethodOffer(entry.method, entry.title, money.ZERO) for entry in decision.methods)


def line_amount(offer: Offer, order_item_id: UUID) -> Decimal:
    """Return the part of an offer that belongs to one order item, before shipping, bonus and the method's fee."""
    return sum((amount for item, amount in offer.line_amounts if item == order_item_id), money.ZERO)


def price_difference(item: OrderItem, variant: Variant, quantity: int, currency: str) -> Decimal:
    """Return what an exchange costs the customer; negative is what they get back. The very same costs nothing.

    What came off the line still does, as far as the new price allows, so that nobody gets back more than they paid.
    """
    if variant.id == item.variant_id:
        return money.ZERO
    discount = item.discount * quantity / item.quantity
    before = item.unit_price * quantity - discount
    return money.cents(max(money.ZERO, variant.price * quantity - discount) - before, currency)


def explain(decision: Decision) -> str:
    """Say the decision in one or two sentences for the customer."""
    if not decision.lines:
        return "No item was chosen."
    if decision.refused_lines:
        return _explain_refusal(decision)
    days = [line.deadline for line in decision.lines if line.deadline is not None]
    every = "Both" if len(decision.lines) == 2 else f"All {len(decision.lines)}"
    if len(decision.lines) == 1:
        text = decision.lines[0].explanation
    elif days:
        text = f"{every} items can be returned until {dates.spoken(min(days))}."
    else:
        text = f"{every} items can be returned; there is no time limit."
    return f"{text} {decision.needs_person}" if decision.needs_person else text


def _asked(policy: Policy, now: datetime, past: Past) -> eligibility.Asked:
    zone = policy.shop.time_zone
    first = min(now, past.started_at) if past.started_at else now
    return eligibility.Asked(dates.local_day(now, zone), dates.local_day(first, zone), past.gift)


def _judged(
    order: Order, request_lines: Sequence[RequestLine], policy: Policy, asked: eligibility.Asked, past: Past
) -> list[Judged]:
    taken: Counter[UUID] = Counter(past.returned)
    shares = dict(past.shares)
    last = windows.withdrawal_ends(order, policy)
    judged = []
    for line in request_lines:
        item = order.item(line.order_item_id)
        if item is None:
            raise errors.NotFound(f"item {line.order_item_id} of order {order.number}")
        if line.quantity < 1:
            raise errors.BadInput(f"order {order.number}, {item.name}: quantity {line.quantity}")
        verdict = eligibility.verdict(order, item, line, policy, asked, item.quantity - taken[item.id])
        withdrawn = last is not None and asked.first <= last
        paid = amounts.paid_for(order, item, line.quantity, taken[item.id], shares.get(item.id))
        judged.append(Judged(item, line, verdict, paid, withdrawn))
        # The same item twice in one request must not pass what each line alone may.
        taken[item.id] += line.quantity if verdict.eligible else 0
        if verdict.eligible and item.id in shares:
            price, tax = shares[item.id]
            shares[item.id] = (price + paid.paid, tax + paid.tax)
    return judged


def _marked(judged: Sequence[Judged], policy: Policy) -> list[Judged]:
    """Mark the lines that may come back: whether they are kept, and what the policy still asks about them."""
    good = [line for line in judged if line.verdict.eligible]
    kept = _kept(good, policy)
    return [_mark(line, policy, keep=line in kept) if line.verdict.eligible else line for line in judged]


def _kept(good: Sequence[Judged], policy: Policy) -> list[Judged]:
    rule = policy.rules.keep_item
    if rule is None or rule.id in policy.overruled:
        return []
    fitting = [line for line in good if line.request.reason in rule.reasons]
    # All together, so that many small things do not stay for free one by one.
    return fitting if amounts.without_fees(fitting).net < rule.below else []


def _mark(line: Judged, policy: Policy, *, keep: bool) -> Judged:
    photo, keeping = policy.rules.photo, policy.rules.keep_item
    asks = photo is not None and line.request.reason in photo.reasons and line.paid.net > photo.above
    needed = asks and not line.request.photos
    condition = eligibility.unknown_condition(line.item, line.request, policy)
    used = [keeping.id] if keeping is not None and keep else []
    used += [photo.id] if photo is not None and asks else []
    used += [condition.id] if condition is not None else []
    verdict = replace(
        line.verdict,
        rule_ids=tuple(dict.fromkeys([*line.verdict.rule_ids, *used])),
        keep=keep,
        photo_needed=needed,
        condition_needed=condition is not None,
    )
    return replace(line, verdict=verdict)


def _explain_refusal(decision: Decision) -> str:
    refused = decision.refused_lines
    text = refused[0].explanation
    if decision.eligible_lines:
        return f"{text} The other items can be returned."
    return text if len(refused) == 1 else f"{text} {refused[1].explanation}"
