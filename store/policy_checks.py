"""Mistakes of a policy that no single key shows: rules that contradict each other, or can never hold; pure."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from pydantic import BaseModel

from store import rules
from store.order import PAYMENT_KINDS
from store.rules import PolicyFile, Rules, Window

Mistake = tuple[tuple[int | str, ...], str]
"""A place in the file, and what is wrong there."""

_EU_DAYS = 14
_YEAR = 2001


def mistakes(file: PolicyFile) -> tuple[Mistake, ...]:
    """Return what is wrong with a file whose keys are all right, in the order of the file."""
    found = list(_of_versions(file))
    for number, version in enumerate(file.versions):
        found += [(("versions", number, "rules", *place), reason) for place, reason in _of_rules(version.rules)]
    return tuple(found)


def ids_of(one: Rules) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Return every rule's place and id, in the order of the file."""
    for name in Rules.model_fields:
        value = getattr(one, name)
        if name.endswith("_rule"):
            yield (name,), value
        elif isinstance(value, tuple):
            for number, entry in enumerate(value):
                if isinstance(entry, BaseModel) and hasattr(entry, "id"):
                    yield (name, number, "id"), entry.id
        elif isinstance(value, BaseModel) and hasattr(value, "id"):
            yield (name, "id"), value.id


def _of_versions(file: PolicyFile) -> Iterator[Mistake]:
    for number, (before, after) in enumerate(zip(file.versions, file.versions[1:], strict=False), start=1):
        if after.in_force_from <= before.in_force_from:
            text = "in_force_from must rise from one version to the next"
            yield ("versions", number, "in_force_from"), f"{text}, and {before.id} begins {before.in_force_from}"
    known: set[str] = set()
    for number, version in enumerate(file.versions):
        if version.id in known:
            yield ("versions", number, "id"), f"there is a version {version.id} already"
        known.add(version.id)


def _of_rules(one: Rules) -> Iterator[Mistake]:
    yield from _same_ids(one)
    yield from _of_windows(one)
    yield from _of_holiday(one)
    yield from _of_items(one)
    yield from _of_sentences(one)
    yield from _of_money(one)
    yield from _of_methods(one)
    yield from _of_orders(one)


def _same_ids(one: Rules) -> Iterator[Mistake]:
    known: set[str] = set()
    for place, rule_id in ids_of(one):
        if rule_id in known:
            yield place, f"two rules have the same id, {rule_id}"
        known.add(rule_id)


def _of_windows(one: Rules) -> Iterator[Mistake]:
    standard = [window for window in one.windows if window.weight == 0]
    if len(standard) != 1:
        text = "exactly one must have no category, tag, countries, tier or faulty (the standard one)"
        yield ("windows",), f"{text}; there are {len(standard)}"
    known: dict[tuple[object, ...], str] = {}
    for number, window in enumerate(one.windows):
        same = known.setdefault(_selects(window), window.id)
        if same != window.id and window.weight:
            yield ("windows", number), f"it is for the same items as {same}, so that one would never be used"
    right = one.withdrawal
    if right is not None and right.days < _EU_DAYS and any(place in rules.EU | {"EU"} for place in right.countries):
        yield ("withdrawal", "days"), f"the right of withdrawal in the EU is {_EU_DAYS} days at least"


def _selects(window: Window) -> tuple[object, ...]:
    places = frozenset(window.countries) if window.countries else None
    return window.category, window.tag, places, window.tier, window.faulty


def _of_holiday(one: Rules) -> Iterator[Mistake]:
    holiday = one.holiday
    if holiday is None:
        return
    days = [(name, getattr(holiday, name)) for name in ("delivered_from", "delivered_to", "return_until")]
    for name, day in days:
        if not _is_a_day(day):
            yield ("holiday", name), f"{day} is no day that every year has; write month and day, such as 12-24"
            return
    if holiday.delivered_from > holiday.delivered_to:
        yield ("holiday", "delivered_to"), "it must not be before delivered_from: the season lies within one year"
    elif holiday.return_until >= holiday.delivered_from:
        yield ("holiday", "return_until"), "it must be before delivered_from: it is a day of the next year"


def _is_a_day(text: str) -> bool:
    month, day = map(int, text.split("-"))
    try:
        return bool(date(_YEAR, month, day))
    except ValueError:
        return False


def _of_items(one: Rules) -> Iterator[Mistake]:
    for number, exclusion in enumerate(one.exclusions):
        if not (exclusion.category or exclusion.tag or exclusion.conditions or exclusion.final_sale):
            yield ("exclusions", number), "name a category, a tag, conditions or final_sale; it would refuse everything"
    for number, rule in enumerate(one.condition_rules):
        if rule.conditions is None:
            yield ("condition_rules", number), "name the conditions that it is for"
    for number, fee in enumerate(one.restocking):
        if (fee.percent is None) == (fee.amount is None):
            yield ("restocking", number), "give either percent or amount"


def _of_sentences(one: Rules) -> Iterator[Mistake]:
    told = [(("exclusions", number), rule.sentence) for number, rule in enumerate(one.exclusions)]
    told += [(("condition_rules", number), rule.sentence) for number, rule in enumerate(one.condition_rules)]
    for rule_at, sentence in told:
        if set("{}") & set(sentence.replace("{item}", "")):
            yield (*rule_at, "sentence"), "only {item} may stand in braces here"


def _of_money(one: Rules) -> Iterator[Mistake]:
    kinds = Counter(entry.kind for entry in one.refund_times)
    if set(kinds) != set(PAYMENT_KINDS) or max(kinds.values()) > 1:
        yield ("refund_times",), f"one entry each is needed for {', '.join(PAYMENT_KINDS)}"
    for number, entry in enumerate(one.refund_times):
        if entry.days_to < entry.days_from:
            yield ("refund_times", number, "days_to"), "it must not be less than days_from"
    if one.store_credit_bonus > 0 and "store_credit" not in one.resolutions:
        yield ("store_credit_bonus",), "there is a bonus, and store_credit is not among the resolutions"
    if len(set(one.resolutions)) != len(one.resolutions):
        yield ("resolutions",), "one of them stands twice"


def _of_methods(one: Rules) -> Iterator[Mistake]:
    methods = Counter(entry.method for entry in one.methods)
    for number, way in enumerate(one.methods):
        if way.method == "keep":
            yield ("methods", number, "method"), "`keep` is no way to send a parcel; see keep_item"
        elif methods[way.method] > 1:
            yield ("methods", number, "method"), f"{way.method} stands twice"


def _of_orders(one: Rules) -> Iterator[Mistake]:
    early = {"pending", "processed"}
    if not set(one.cancel.states) <= early:
        yield ("cancel", "states"), "only orders that are pending or processed can be cancelled; others are returned"
    change = one.change_order
    if change is not None and not set(change.states) <= early:
        yield ("change_order", "states"), "only orders that are pending or processed can be changed"
