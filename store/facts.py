"""The policy in words: every number and sentence that an answer may mention, as text for customers."""

from datetime import date, datetime
from decimal import Decimal

from store import dates, eligibility, money, offers, windows
from store.order import Order, PaymentKind
from store.policy_file import Policy
from store.returns import METHODS
from store.rules import RestockingFee, Window

_CATEGORIES = ("shoes", "clothing", "electronics", "kitchen", "home", "outdoor")
_PAYMENT_KINDS: tuple[PaymentKind, ...] = ("card", "paypal", "gift_card", "store_credit")
_SENTENCES = {
    "holiday_extension": "holiday_extension",
    "final_sale_rule": "final_sale",
    "hygiene_rule": "hygiene",
    "gift_card_rule": "gift_card",
    "condition_rule": "condition",
    "refund_to_rule": "refund_to",
    "exchange_rule": "exchange",
    "international_rule": "international",
    "gift_return_rule": "gift_return",
    "lost_parcel_rule": "lost_parcel",
    "cancel_order_rule": "cancel_order",
    "change_order_rule": "change_order",
    "price_match_rule": "price_match",
    "warranty_rule": "warranty",
    "missing_box_rule": "missing_box",
}


def of(policy: Policy, now: datetime, order: Order | None = None) -> dict[str, str]:
    """Return every policy fact as text, empty for what the shop does not have.

    With an order, `return_window` names its own last day; `now` decides whether that day has passed.
    """
    facts = {
        **_shop(policy),
        **_windows(policy),
        **_fees(policy),
        **_times(policy),
        **_holiday(policy),
        **_more(policy),
        "approval_limit": _amount(policy, policy.rules.approval_limit) if policy.rules.approval_limit else "",
        "store_credit_bonus": _bonus(policy),
    }
    if order is not None and order.delivered_at is not None:
        facts["return_window"] = order_window(policy, now, order)
    sentences = policy.rules.sentences
    return facts | {fact: getattr(sentences, name).format_map(facts) for fact, name in _SENTENCES.items()}


def order_window(policy: Policy, now: datetime, order: Order) -> str:
    """Write the windows of a delivered order: `30 days, until 12 December 2026`, item by item where days differ."""
    limits = [(item.name, eligibility.deadline(order, item, None, policy)) for item in order.items]
    today = dates.local_day(now, policy.shop.time_zone)
    ends = {_end(limit.day, today) for _, limit in limits}
    if len(ends) == 1:
        lengths = sorted({limit.window.days for _, limit in limits}, key=lambda days: days or 0)
        return " or ".join(_days(days) for days in lengths) + ends.pop()
    written: dict[str, list[str]] = {}
    for name, limit in limits:
        written.setdefault(_days(limit.window.days) + _end(limit.day, today), []).append(name)
    return "; ".join(f"{' and '.join(names)}: {text}" for text, names in written.items())


def _end(day: date | None, today: date) -> str:
    if day is None:
        return ""
    return f", until {dates.spoken(day)}" if today <= day else f", which ended on {dates.spoken(day)}"


def _shop(policy: Policy) -> dict[str, str]:
    shop = policy.shop
    return {
        "shop_name": shop.name,
        "currency": shop.currency,
        "human_hours": shop.human_hours.text(),
        "return_address": ", ".join(shop.return_address.lines()),
        "window_start": policy.rules.sentences.window_start,
        "free_return_reasons": policy.rules.sentences.free_return_reasons,
    }


def _windows(policy: Policy) -> dict[str, str]:
    reason = next(iter(policy.rules.faulty_reasons), None)
    found = {f"window_{name}": _window(policy, name).days for name in _CATEGORIES}
    found["return_window"] = _window(policy, "").days
    found["window_faulty"] = windows.window_for(windows.Subject(), reason, policy).days
    facts = {name: _days(days) for name, days in found.items()}
    if all(days is None for days in found.values()):  # one sentence says it all
        facts.update({f"window_{name}": "" for name in _CATEGORIES})
    return facts


def _window(policy: Policy, category: str) -> Window:
    return windows.window_for(windows.Subject(category), None, policy)


def _fees(policy: Policy) -> dict[str, str]:
    rules = policy.rules
    known = {entry.method: entry for entry in rules.methods}
    facts = {f"method_{name}": "" for name in METHODS}
    for name, entry in known.items():
        facts[f"method_{name}"] = f"{entry.title}: {_fee(policy, entry.fee)}"
    label = known.get("printed_label")
    facts["return_shipping_fee"] = _fee(policy, label.fee if label else rules.methods[0].fee)
    facts["restocking_fee"] = " and ".join(_restocking(policy, rule) for rule in rules.restocking)
    return facts


def _restocking(policy: Policy, rule: RestockingFee) -> str:
    what = _amount(policy, rule.amount or money.ZERO) if rule.percent is None else f"{rule.percent:f}%"
    return f"{what} on {rule.applies_to}"


def _more(policy: Policy) -> dict[str, str]:
    rules = policy.rules
    return {
        "extension_days": _plural(rules.extension.days, "day") if rules.extension else "",
        "keep_item_below": _amount(policy, rules.keep_item.below) if rules.keep_item else "",
        "photo_above": _amount(policy, rules.photo.above) if rules.photo else "",
        "withdrawal_days": _plural(rules.withdrawal.days, "day") if rules.withdrawal else "",
    }


def _times(policy: Policy) -> dict[str, str]:
    rules = policy.rules
    facts = {f"refund_time_{kind}": offers.days_text(offers.refund_time(kind, policy)) for kind in _PAYMENT_KINDS}
    if "store_credit" not in rules.resolutions:
        facts["refund_time_store_credit"] = ""
    facts["processing_time"] = _plural(rules.processing_days, "business day")
    facts["label_validity"] = _plural(rules.label_days, "day")
    return facts


def _bonus(policy: Policy) -> str:
    rules = policy.rules
    offered = "store_credit" in rules.resolutions and rules.store_credit_bonus > 0
    return f"{rules.store_credit_bonus:f}%" if offered else ""


def _holiday(policy: Policy) -> dict[str, str]:
    holiday = policy.rules.holiday
    if holiday is None:
        return {"holiday_from": "", "holiday_to": "", "holiday_until": ""}
    return {
        "holiday_from": _month_day(holiday.delivered_from),
        "holiday_to": _month_day(holiday.delivered_to),
        "holiday_until": _month_day(holiday.return_until),
    }


def _month_day(text: str) -> str:
    month, day = text.split("-")
    return dates.spoken_without_year(int(month), int(day))


def _days(days: int | None) -> str:
    return "no time limit" if days is None else _plural(days, "day")


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _amount(policy: Policy, amount: Decimal) -> str:
    return policy.shop.money(amount, policy.shop.currency)


def _fee(policy: Policy, fee: Decimal) -> str:
    return _amount(policy, fee) if fee else "free"
