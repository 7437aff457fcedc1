"""May this line come back? One verdict per line, with the rule and the date; pure."""

from datetime import date, timedelta
from typing import NamedTuple

from store import dates
from store.decision import LineVerdict, RequestLine
from store.order import Order, OrderItem
from store.policy_file import Exclusion, Holiday, Policy, Window
from store.returns import Reason

NO_DELIVERY_DATE = "window.no_delivery_date"

_NOT_DELIVERED = {
    "pending": "Order {number} hasn't been sent yet, so there is nothing to return; it can still be cancelled.",
    "processed": "Order {number} is being prepared; its items can be returned once they have arrived.",
    "shipped": "Order {number} is on its way to you; its items can be returned once they have arrived.",
    "cancelled": "Order {number} was cancelled, so there is nothing to return.",
}


class Deadline(NamedTuple):
    """The last day on which a line may come back (None: no limit), and the rules that set it."""

    day: date | None
    rule_ids: tuple[str, ...]
    window: Window


def verdict(order: Order, item: OrderItem, line: RequestLine, policy: Policy, today: date, left: int) -> LineVerdict:
    """Judge one line; `left` is how many pieces are not in a return yet. The first rule that refuses decides."""
    refusal = (
        _refused_by_state(order, policy)
        or _refused_by_quantity(item, line, policy, left)
        or _refused_by_exclusion(item, line.reason, policy)
    )
    if refusal is not None:
        return _line(line, refusal[0], refusal[1])
    return _by_window(order, item, line, policy, today)


def deadline(order: Order, item: OrderItem, reason: Reason | None, policy: Policy) -> Deadline:
    """Work out the last day for an item; `reason` None is a return without a fault."""
    window = window_for(item.category, reason, order.customer.tier, policy)
    if window.days is None or order.delivered_at is None:
        return Deadline(None, (window.id,), window)
    delivered = dates.local_day(order.delivered_at, policy.shop.time_zone)
    last = delivered + timedelta(days=window.days)
    extended = holiday_deadline(delivered, policy.rules.holiday)
    if extended is not None and extended > last and policy.rules.holiday is not None:
        return Deadline(extended, (window.id, policy.rules.holiday.id), window)
    return Deadline(last, (window.id,), window)


def window_for(category: str, reason: Reason | None, tier: str, policy: Policy) -> Window:
    """Choose the most particular window that fits; of two alike, the later in the file."""
    faulty = is_faulty(reason, policy)
    fitting = [
        window
        for window in policy.rules.windows
        if (not window.faulty or faulty) and window.category in (None, category) and window.tier in (None, tier)
    ]
    return max(enumerate(fitting), key=lambda entry: (entry[1].weight, entry[0]))[1]


def holiday_deadline(delivered: date, holiday: Holiday | None) -> date | None:
    """Return the extended last day when something was delivered in the holiday season, else None."""
    if holiday is None or not holiday.delivered_from <= f"{delivered:%m-%d}" <= holiday.delivered_to:
        return None
    month, day = map(int, holiday.return_until.split("-"))
    return date(delivered.year + 1, month, day)


def is_faulty(reason: Reason | None, policy: Policy) -> bool:
    """Tell whether a reason is the shop's fault under this policy."""
    return reason in policy.rules.faulty_reasons


def window_name(window: Window) -> str:
    """Name a window for a customer: `14 days from delivery for electronics`."""
    if window.days is None:
        return "there is no time limit"
    if window.faulty:
        return f"{window.days} days from delivery for faulty items"
    suffix = f" for {window.category.replace('_', ' ')}" if window.category else ""
    return f"{window.days} days from delivery{suffix}"


def _by_window(order: Order, item: OrderItem, line: RequestLine, policy: Policy, today: date) -> LineVerdict:
    limit = deadline(order, item, line.reason, policy)
    name = f"The {item.name}"
    if limit.day is None and limit.window.days is not None:
        text = f"{name} can be returned; one of our people checks the delivery date first."
        return _line(line, (*limit.rule_ids, NO_DELIVERY_DATE), text, eligible=True)
    if limit.day is None:
        return _line(line, limit.rule_ids, f"{name} can be returned; there is no time limit.", eligible=True)
    why = window_name(limit.window) if len(limit.rule_ids) == 1 else "our holiday extension"
    if today <= limit.day:
        text = f"{name} can be returned until {dates.spoken(limit.day)} ({why})."
        return _line(line, limit.rule_ids, text, limit.day, eligible=True)
    if limit.window.id in policy.overruled:
        text = f"{name} can be returned as an exception agreed with one of our people."
        return _line(line, limit.rule_ids, text, eligible=True)
    text = f"The return window for the {item.name} ended on {dates.spoken(limit.day)} ({why})."
    return _line(line, limit.rule_ids, text, limit.day)


def _refused_by_state(order: Order, policy: Policy) -> tuple[tuple[str, ...], str] | None:
    if order.state == "delivered":
        return None
    return (policy.rules.delivered_rule,), _NOT_DELIVERED[order.state].format(number=order.display_number)


def _refused_by_quantity(
    item: OrderItem, line: RequestLine, policy: Policy, left: int
) -> tuple[tuple[str, ...], str] | None:
    if line.quantity <= left:
        return None
    if left <= 0:
        text = f"The {item.name} is already part of a return."
    else:
        text = f"Only {left} of {item.quantity} × {item.name} can still be returned."
    return (policy.rules.quantity_rule,), text


def _refused_by_exclusion(item: OrderItem, reason: Reason, policy: Policy) -> tuple[tuple[str, ...], str] | None:
    for rule in policy.rules.exclusions:
        excused = (rule.unless_faulty and is_faulty(reason, policy)) or rule.id in policy.overruled
        if _excludes(rule, item) and not excused:
            return (rule.id,), rule.sentence.replace("{item}", item.name)
    return None


def _excludes(rule: Exclusion, item: OrderItem) -> bool:
    return (rule.final_sale and item.final_sale) or (rule.category is not None and rule.category == item.category)


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
