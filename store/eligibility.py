"""May this line come back? One verdict per line, with the rule and the date; pure."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from store import dates, windows
from store.decision import LineVerdict, RequestLine
from store.order import Order, OrderItem
from store.policy_file import Policy
from store.returns import Condition
from store.rules import ConditionRule, Exclusion, RestockingFee
from store.windows import Deadline, deadline, is_faulty

__all__ = ["FROZEN", "GIFTS", "NO_DELIVERY_DATE", "Asked", "Deadline", "Fit", "deadline", "fit", "is_faulty",
           "looked_at", "unknown_condition", "verdict", "window_name"]  # fmt: skip

NO_DELIVERY_DATE = "window.no_delivery_date"
FROZEN = "window.frozen"
GIFTS = "gift.returns"

_NOT_DELIVERED = {
    "pending": "Order {number} hasn't been sent yet, so there is nothing to return; it can still be cancelled.",
    "processed": "Order {number} is being prepared; its items can be returned once they have arrived.",
    "shipped": "Order {number} is on its way to you; its items can be returned once they have arrived.",
    "cancelled": "Order {number} was cancelled, so there is nothing to return.",
}

window_name = windows.name
"""Name a window for a customer: `14 days from delivery for electronics`."""


class Asked(NamedTuple):
    """When a return is judged: `today`, and the day on which it was first asked for, which a window is held against."""

    today: date
    first: date
    gift: bool = False


class Fit(NamedTuple):
    """Whether a rule is for an item; `unknown` when that depends on its condition, which was not told."""

    fits: bool
    unknown: bool = False


Asking = Exclusion | ConditionRule | RestockingFee
"""The rules that may depend on an item's condition."""

_Excluding = Exclusion | ConditionRule
_Refusal = tuple[tuple[str, ...], str, date | None]


def verdict(order: Order, item: OrderItem, line: RequestLine, policy: Policy, asked: Asked, left: int) -> LineVerdict:
    """Judge one line; `left` is how many pieces are not in a return yet. The first rule that refuses decides."""
    refusal = (
        _refused_by_state(order, policy)
        or _refused_by_quantity(item, line, policy, left)
        or (_refused_as_a_gift(policy) if asked.gift else None)
    )
    if refusal is not None:
        return _line(line, *refusal)
    excluding = _excluding(item, line, policy)
    if not excluding:
        return _by_window(order, item, line, policy, asked)
    return _excluded(order, item, line, policy, asked, excluding)


def fit(rule: Asking, item: OrderItem, condition: Condition | None) -> Fit:
    """Tell whether a rule is for an item in this condition (None: not told)."""
    if rule.category not in (None, item.category) or (rule.tag is not None and rule.tag not in item.tags):
        return Fit(False)
    if rule.conditions is None:
        return Fit(True)
    return Fit(condition in rule.conditions, unknown=condition is None)


def unknown_condition(item: OrderItem, line: RequestLine, policy: Policy) -> Asking | None:
    """Return a rule that depends on the item's condition, which was not told; None where no rule asks for it."""
    faulty = is_faulty(line.reason, policy)
    asking: list[Asking] = [
        rule
        for rule in policy.rules.exclusions
        if not (rule.unless_faulty and faulty) and (item.final_sale or not rule.final_sale)
    ]
    if not faulty:
        asking += [*policy.rules.condition_rules, *policy.rules.restocking]
    unknown = (rule for rule in asking if fit(rule, item, line.condition).unknown)
    return next((rule for rule in unknown if rule.id not in policy.overruled), None)


def looked_at(item: OrderItem, line: RequestLine, policy: Policy) -> ConditionRule | None:
    """Return the rule by which a person looks at an item in this condition."""
    if is_faulty(line.reason, policy):
        return None
    fitting = (rule for rule in policy.rules.condition_rules if fit(rule, item, line.condition).fits)
    return next((rule for rule in fitting if rule.decision == "person" and rule.id not in policy.overruled), None)


def _by_window(order: Order, item: OrderItem, line: RequestLine, policy: Policy, asked: Asked) -> LineVerdict:
    limit = deadline(order, item, line.reason, policy)
    name = f"The {item.name}"
    if limit.window.days is None:
        return _line(line, limit.rule_ids, f"{name} can be returned; there is no time limit.", eligible=True)
    if limit.day is None or (asked.first > limit.day and _delivery_decides(order, policy)):
        text = f"{name} can be returned; one of our people checks the delivery date first."
        return _line(line, (*limit.rule_ids, NO_DELIVERY_DATE), text, eligible=True)
    if asked.today <= limit.day:
        text = f"{name} can be returned until {dates.spoken(limit.day)} ({_why(limit)})."
        return _line(line, limit.rule_ids, text, limit.day, eligible=True)
    if asked.first <= limit.day:
        text = f"{name} can be returned: you asked on {dates.spoken(asked.first)}, in time for {_ended(limit)}."
        return _line(line, (*limit.rule_ids, FROZEN), text, limit.day, eligible=True)
    if limit.window.id in policy.overruled:
        text = f"{name} can be returned as an exception agreed with one of our people."
        return _line(line, limit.rule_ids, text, eligible=True)
    text = f"The return window for the {item.name} ended on {_ended(limit)}."
    return _line(line, limit.rule_ids, text, limit.day)


def _ended(limit: Deadline) -> str:
    assert limit.day is not None
    return f"{dates.spoken(limit.day)} ({_why(limit)})"


def _why(limit: Deadline) -> str:
    if limit.longer:
        return limit.longer
    named = window_name(limit.window)
    if limit.begin.start == limit.window.start:
        return named
    known = "when it was sent" if limit.begin.start == "shipment" else "when it was ordered"
    return f"{named}, counted from {known} because we do not know the day of delivery"


def _delivery_decides(order: Order, policy: Policy) -> bool:
    """Whether only the delivery's day, which is not known, could say that it is too late."""
    return order.delivered_at is None and windows.may_withdraw(order, policy)


def _excluded(
    order: Order, item: OrderItem, line: RequestLine, policy: Policy, asked: Asked, rules: Sequence[_Excluding]
) -> LineVerdict:
    """Judge an item that rules exclude: only the right of withdrawal may help it, where the law has no exception."""
    right = policy.rules.withdrawal
    by_law = [rule for rule in rules if isinstance(rule, Exclusion) and rule.except_from_withdrawal]
    rule = next(iter(by_law), rules[0])
    refused = rule.sentence.replace("{item}", item.name)
    if right is None or by_law or not windows.may_withdraw(order, policy):
        return _line(line, (rule.id,), refused)
    last = windows.withdrawal_ends(order, policy)
    if last is None:
        text = f"The {item.name} can be returned; one of our people checks the delivery date first."
        return _line(line, (right.id, NO_DELIVERY_DATE), text, eligible=True)
    if asked.first <= last:
        text = f"The {item.name} can be returned until {dates.spoken(last)} (your right of withdrawal)."
        return _line(line, (right.id,), text, last, eligible=True)
    return _line(line, (rule.id, right.id), f"{refused} Your right of withdrawal ended on {dates.spoken(last)}.", last)


def _refused_by_state(order: Order, policy: Policy) -> _Refusal | None:
    if order.state == "delivered":
        return None
    return (policy.rules.delivered_rule,), _NOT_DELIVERED[order.state].format(number=order.display_number), None


def _refused_by_quantity(item: OrderItem, line: RequestLine, policy: Policy, left: int) -> _Refusal | None:
    if line.quantity <= left:
        return None
    if left <= 0:
        text = f"The {item.name} is already part of a return."
    else:
        text = f"Only {left} of {item.quantity} × {item.name} can still be returned."
    return (policy.rules.quantity_rule,), text, None


def _refused_as_a_gift(policy: Policy) -> _Refusal | None:
    rule = policy.rules.gift_returns
    if rule is not None and rule.allowed:
        return None
    return (rule.id if rule else GIFTS,), "Gifts can be returned by the person who ordered them.", None


def _excluding(item: OrderItem, line: RequestLine, policy: Policy) -> list[_Excluding]:
    faulty = is_faulty(line.reason, policy)
    found: list[_Excluding] = [
        rule
        for rule in policy.rules.exclusions
        if not (rule.unless_faulty and faulty) and (item.final_sale or not rule.final_sale)
    ]
    if not faulty:
        found += [rule for rule in policy.rules.condition_rules if rule.decision == "refuse"]
    return [rule for rule in found if rule.id not in policy.overruled and fit(rule, item, line.condition).fits]


def _line(
    line: RequestLine,
    rule_ids: tuple[str, ...],
    explanation: str,
    last_day: date | None = None,
    *,
    eligible: bool = False,
) -> LineVerdict:
    return LineVerdict(
        order_item_id=line.order_item_id,
        quantity=line.quantity,
        reason=line.reason,
        verdict="eligible" if eligible else "refused",
        rule_ids=rule_ids,
        explanation=explanation,
        deadline=last_day,
    )
