"""Until when something may come back: which window is for it, when it begins, and what makes it longer; pure."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from store import dates, rules
from store.order import Order, OrderItem
from store.policy_file import Policy
from store.returns import Reason
from store.rules import Holiday, Window, WindowStart

_SATURDAY = 5
_COUNTRY_NAMES = {"USA": "US", "UNITED STATES": "US", "UK": "GB", "UNITED KINGDOM": "GB", "EL": "GR"}


class Subject(NamedTuple):
    """What a window is chosen by: an item's category and tags, the customer's tier, and where it was sent."""

    category: str = ""
    tags: tuple[str, ...] = ()
    tier: str = ""
    country: str = ""
    region: str = ""


class Begin(NamedTuple):
    """The day from which a window counts, and what happened on it; None is not known."""

    day: date | None
    start: WindowStart


class Deadline(NamedTuple):
    """The last day on which a line may come back (None: no limit, or not known), and the rules that set it.

    `begin` is the day it counts from; `reason` is what made it longer than its window, for a customer.
    """

    day: date | None
    rule_ids: tuple[str, ...]
    window: Window
    begin: Begin = Begin(None, "delivery")
    longer: str = ""


def subject(order: Order, item: OrderItem) -> Subject:
    """Return what the window of an item is chosen by."""
    country = order.address.country.strip().upper()
    region = order.address.region.strip().upper()
    code = _COUNTRY_NAMES.get(country, country)
    return Subject(item.category, item.tags, order.customer.tier, code, region)


def deadline(order: Order, item: OrderItem, reason: Reason | None, policy: Policy) -> Deadline:
    """Work out the last day for an item; `reason` None is a return without a fault."""
    chosen = window_for(subject(order, item), reason, policy)
    begin = begins(order, chosen, policy)
    if chosen.days is None or begin.day is None:
        return Deadline(None, (chosen.id,), chosen, begin)
    found = Deadline(begin.day + timedelta(days=chosen.days), (chosen.id,), chosen, begin)
    return _with_withdrawal(order, _with_holiday(found, policy.rules.holiday), policy)


def window_for(what: Subject, reason: Reason | None, policy: Policy) -> Window:
    """Choose the most particular window that fits; of two alike, the later in the file."""
    faulty = is_faulty(reason, policy)
    fitting = [window for window in policy.rules.windows if _fits(window, what, faulty)]
    return max(enumerate(fitting), key=lambda entry: (entry[1].weight, entry[0]))[1]


def begins(order: Order, window: Window, policy: Policy) -> Begin:
    """Return the day from which a window counts: delivery, else shipment and the days on the way, else the order."""
    zone = policy.shop.time_zone
    if window.start == "delivery" and order.delivered_at is not None:
        return Begin(dates.local_day(order.delivered_at, zone), "delivery")
    if window.start != "order" and order.shipped_at is not None:
        on_the_way = policy.rules.transit_days if window.transit_days is None else window.transit_days
        days = on_the_way if window.start == "delivery" else 0
        return Begin(dates.local_day(order.shipped_at, zone) + timedelta(days=days), "shipment")
    return Begin(_day(order.placed_at, zone), "order")


def withdrawal_ends(order: Order, policy: Policy) -> date | None:
    """Return the last day of the right of withdrawal; None where there is none, or the delivery is not known.

    A last day on a weekend becomes the Monday after it (regulation 1182/71, article 3).
    """
    right = policy.rules.withdrawal
    if right is None or order.delivered_at is None or not may_withdraw(order, policy):
        return None
    last = dates.local_day(order.delivered_at, policy.shop.time_zone) + timedelta(days=right.days)
    while last.weekday() >= _SATURDAY:
        last += timedelta(days=1)
    return last


def may_withdraw(order: Order, policy: Policy) -> bool:
    """Tell whether the right of withdrawal is for orders to that country."""
    right = policy.rules.withdrawal
    country = order.address.country.strip().upper()
    region = order.address.region.strip().upper()
    return right is not None and rules.covers(right.countries, _COUNTRY_NAMES.get(country, country), region)


def holiday_deadline(began: date, holiday: Holiday | None) -> date | None:
    """Return the extended last day when something came in the holiday season, else None."""
    if holiday is None or not holiday.delivered_from <= f"{began:%m-%d}" <= holiday.delivered_to:
        return None
    month, day = map(int, holiday.return_until.split("-"))
    return date(began.year + 1, month, day)


def is_faulty(reason: Reason | None, policy: Policy) -> bool:
    """Tell whether a reason is the shop's fault under this policy."""
    return reason in policy.rules.faulty_reasons


def name(window: Window) -> str:
    """Name a window for a customer: `14 days from delivery for electronics`."""
    if window.days is None:
        return "there is no time limit"
    length = f"{window.days} {'day' if window.days == 1 else 'days'} from {window.start}"
    if window.start == "order":
        length = length.replace("from order", "from the day of the order")
    return length + suffix(window)


def suffix(window: Window) -> str:
    """Name what a window is for: ` for electronics`, ` for gold customers`; empty for the standard one."""
    if window.faulty:
        return " for faulty items"
    if window.tier is not None:
        return f" for {_spaced(window.tier)} customers"
    kind = window.tag or window.category
    place = f" in {' and '.join(window.countries)}" if window.countries else ""
    return f" for {_spaced(kind)}{place}" if kind else (f" for orders{place}" if place else "")


def _fits(window: Window, what: Subject, faulty: bool) -> bool:
    return (
        (faulty or not window.faulty)
        and window.category in (None, what.category)
        and (window.tag is None or window.tag in what.tags)
        and window.tier in (None, what.tier)
        and (window.countries is None or rules.covers(window.countries, what.country, what.region))
    )


def _with_holiday(found: Deadline, holiday: Holiday | None) -> Deadline:
    extended = holiday_deadline(found.begin.day, holiday) if found.begin.day else None
    if holiday is None or extended is None or found.day is None or extended <= found.day:
        return found
    return found._replace(day=extended, rule_ids=(*found.rule_ids, holiday.id), longer="our holiday extension")


def _with_withdrawal(order: Order, found: Deadline, policy: Policy) -> Deadline:
    right, last = policy.rules.withdrawal, withdrawal_ends(order, policy)
    if right is None or last is None or found.day is None or last <= found.day:
        return found
    return found._replace(day=last, rule_ids=(*found.rule_ids, right.id), longer="your right of withdrawal")


def _day(moment: datetime | None, zone: str) -> date | None:
    return None if moment is None else dates.local_day(moment, zone)


def _spaced(text: str) -> str:
    return text.replace("_", " ")
