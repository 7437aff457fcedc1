"""A policy in plain words: every rule with its id, as a sentence with its numbers and dates; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from store import amounts, dates, money, offers, windows
from store.policy_file import Policy, PolicyBook
from store.returns import REASON_TITLES, Reason
from store.rules import Exclusion, RefundTime, RestockingFee, Rules, Version, Window

Line = tuple[str, str]
"""The id of a rule and what it says; the id is empty where none is stored with decisions."""

_KINDS = {"card": "a card", "paypal": "PayPal", "gift_card": "a gift card", "store_credit": "store credit"}
_RESOLUTIONS = {"refund": "a refund", "exchange": "an exchange", "store_credit": "store credit"}
_BY_DEFAULT = {"gift": "gift.returns", "change": "change.none"}


@dataclass(frozen=True)
class Section:
    """A heading and the rules below it."""

    title: str
    lines: tuple[Line, ...]


def of_book(book: PolicyBook) -> tuple[Section, ...]:
    """Return a whole policy in words, version by version."""
    shop = book.shop
    written = shop.money(Decimal(1234), shop.currency)
    about = (
        ("", f"{shop.name} sells in {shop.currency}; amounts are written as {written}."),
        ("", f"A day ends at midnight in {shop.time_zone}. People answer {shop.human_hours.text()}."),
        ("", f"Parcels go to {', '.join(shop.return_address.lines())}."),
    )
    found = [Section("The shop", about), Section("Who may see and change what", tuple(_identity(book)))]
    for number, version in enumerate(book.versions):
        found += _of_version(book, version, first=number == 0)
    return tuple(found)


def of_policy(policy: Policy) -> tuple[Section, ...]:
    """Return the rules of one version in words."""
    return (
        Section("Until when", tuple(_windows(policy))),
        Section("What does not come back", tuple(_exclusions(policy))),
        Section("What the customer gets", tuple(_resolutions(policy))),
        Section("Fees, and what is not sent back", tuple(_fees(policy))),
        Section("When one of our people decides, and photos", tuple(_people(policy))),
        Section("Labels and deadlines", tuple(_labels(policy))),
        Section("Cancelling and changing orders", tuple(_orders(policy))),
    )


def sentence_of(policy: Policy, rule_id: str) -> str:
    """Return what a rule says; for one that stands in no file, what the desk means by it."""
    for section in of_policy(policy):
        for known, sentence in section.lines:
            if known == rule_id:
                return sentence
    return _OF_THE_HOUSE.get(rule_id, "A rule that this policy does not have.")


def reasons_text(reasons: Iterable[Reason]) -> str:
    """Name reasons: `arrived damaged, does not work or wrong item arrived`."""
    return _or([REASON_TITLES[reason][0].lower() + REASON_TITLES[reason][1:] for reason in reasons])


def _of_version(book: PolicyBook, version: Version, *, first: bool) -> list[Section]:
    since = f"orders placed from {dates.spoken(version.in_force_from)} on"
    title = f"Version {version.id}: for {since}{' and before' if first else ''}"
    return [Section(title, ()), *of_policy(book.version(version.id))]


def _identity(book: PolicyBook) -> Iterable[Line]:
    means = {"general": "hears general answers only", "look": "may look", "write": "may look and change"}
    covers = {"order": "at that order", "customer": "at all orders of that customer"}
    for rule in book.identity:
        what = means[rule.level] + ("" if rule.level == "general" else f" {covers[rule.covers]}")
        yield "", f"Who gives {_and(rule.proof)} {what}."


def _windows(policy: Policy) -> Iterable[Line]:
    rules = policy.rules
    yield rules.delivered_rule, "Only items of an order that was delivered can be returned."
    yield rules.quantity_rule, "No more pieces can be returned than were bought and are not in a return yet."
    for window in rules.windows:
        yield window.id, _window(window)
    if any(window.start == "delivery" and window.days is not None for window in rules.windows):
        days = _days(rules.transit_days)
        text = f"Where the day of delivery is not known, it counts as {days} after the shipment"
        yield windows_unknown(), f"{text}; without a shipment the day of the order counts, without any a person looks."
    if rules.holiday is not None:
        start, end, until = (
            _month_day(day)
            for day in (rules.holiday.delivered_from, rules.holiday.delivered_to, rules.holiday.return_until)
        )
        yield rules.holiday.id, f"What is delivered from {start} to {end} can be returned until {until} at least."
    if rules.withdrawal is not None:
        right = rules.withdrawal
        places = _and(["the EU" if place == "EU" else place for place in right.countries])
        text = f"Orders to {places} can be called off within {_days(right.days)} of delivery, whatever"
        shipping = "; with the whole order its shipping is refunded" if right.refund_shipping else ""
        yield right.id, f"{text} the other rules say, and no restocking fee is kept then{shipping}."
    if rules.freeze_days:
        yield "window.frozen", f"Who begins to ask for a return keeps that day's window for {_days(rules.freeze_days)}."


def windows_unknown() -> str:
    """Return the id under which a delivery that is not known stands in receipts."""
    return "window.no_delivery_date"


def _window(window: Window) -> str:
    what = windows.suffix(window).removeprefix(" for ") or "in general"
    what = what[0].upper() + what[1:]
    if window.days is None:
        return f"{what}: returns at any time."
    start = {"delivery": "delivery", "shipment": "the day of shipment", "order": "the day of the order"}[window.start]
    return f"{what}: returns within {_days(window.days)} of {start}."


def _exclusions(policy: Policy) -> Iterable[Line]:
    for rule in policy.rules.exclusions:
        faulty = " unless they are faulty" if rule.unless_faulty else ""
        law = "; the right of withdrawal does not help" if rule.except_from_withdrawal else ""
        yield rule.id, f"{_named(rule)} cannot be returned{faulty}{law}. Told as: {rule.sentence}"
    for condition in policy.rules.condition_rules:
        what = "are refused" if condition.decision == "refuse" else "are looked at by a person first"
        named = _items(condition.category, condition.tag, condition.conditions)
        yield condition.id, f"{named} {what} unless they are faulty. Told as: {condition.sentence}"


def _named(rule: Exclusion) -> str:
    named = _items(rule.category, rule.tag, rule.conditions)
    return named.replace("tems", "tems on final sale", 1) if rule.final_sale else named


def _items(category: str | None, tag: str | None, conditions: Sequence[str] | None) -> str:
    parts = [f"of the category {_spaced(category)}"] if category else []
    parts += [f"with the tag {_spaced(tag)}"] if tag else []
    parts += [f"that are {_or(conditions)}"] if conditions else []
    return " ".join(["Items", *parts])


def _resolutions(policy: Policy) -> Iterable[Line]:
    rules = policy.rules
    choices = _or([_RESOLUTIONS[one] for one in rules.resolutions])
    yield "", f"Customers choose between {choices}." if len(rules.resolutions) > 1 else f"Customers get {choices}."
    if "refund" in rules.resolutions:
        card = ", or to a gift card that the customer has" if rules.refund_to_gift_card else ""
        text = f"Refunds go to what paid for the order{card}; where several paid, each gets its part"
        yield rules.refund_rule, f"{text}, and never more than was paid."
        for entry in rules.refund_times:
            if entry.kind != "store_credit" or "store_credit" in rules.resolutions:
                yield "", _refund_time(entry)
        yield "", f"A parcel is checked within {_days(rules.processing_days, 'business day')} of its arrival."
    if "store_credit" in rules.resolutions:
        more = f"{rules.store_credit_bonus:f}% more than" if rules.store_credit_bonus else "as much as"
        yield rules.store_credit_rule, f"Store credit is {more} a refund."
    if "exchange" in rules.resolutions:
        yield rules.exchange.id, _exchange(rules)
    if rules.shipping_refund is not None:
        rule = rules.shipping_refund
        when = "when all of it comes back" if rule.whole_order else "when nothing else is in the return"
        yield rule.id, f"What was paid for sending the order goes back {when}, for: {reasons_text(rule.reasons)}."
    gift = rules.gift_returns
    allowed = gift is not None and gift.allowed
    text = "can return it with the gift code for a gift card" if allowed else "cannot return it themselves"
    yield gift.id if gift else _BY_DEFAULT["gift"], f"Who was given something {text}."


def _refund_time(entry: RefundTime) -> str:
    text = offers.days_text(entry)
    return f"A refund to {_KINDS[entry.kind]} {'is there' if entry.days_to == 0 else 'takes'} {text}."


def _exchange(rules: Rules) -> str:
    price = "the difference in price is charged or refunded"
    if rules.exchange.difference == "same_price_only":
        price = "only for the same price"
    often = f", at most {rules.exchange.times_per_order} for each order" if rules.exchange.times_per_order else ""
    few = rules.exchange.second_choice_below
    second = "" if few is None else f" A second choice is asked for while fewer than {few} are left." if few else ""
    return f"Exchanges are for another option of the same product; {price}{often}.{second}"


def _fees(policy: Policy) -> Iterable[Line]:
    rules = policy.rules
    for rule in rules.restocking:
        what = _items(rule.category, rule.tag, rule.conditions)
        yield rule.id, f"{what}: {_restocking(policy, rule)} is kept unless they are faulty."
    if len(rules.restocking) > 1:
        yield "", "Of several restocking fees that fit one item, the highest is kept."
    fees = _and([f"{way.title} ({_amount(policy, way.fee) if way.fee else 'free'})" for way in rules.methods])
    yield rules.shipping_rule, f"The way back: {fees}."
    if any(way.fee for way in rules.methods):
        free = [reason for reason in REASON_TITLES if reason in rules.free_shipping_for]
        yield "", f"It is free for: {reasons_text(free)}." if free else "It is never free."
    if rules.keep_item is not None:
        text = f"Items worth less than {_amount(policy, rules.keep_item.below)} together need not be sent back, for"
        yield rules.keep_item.id, f"{text}: {reasons_text(rules.keep_item.reasons)}."
    yield amounts.ALREADY_PAID, "What was refunded or promised before is not paid again."


def _people(policy: Policy) -> Iterable[Line]:
    rules = policy.rules
    if rules.approval_limit is None:
        yield rules.approval_rule, "Returns of any value are approved without a person."
    else:
        yield rules.approval_rule, f"A person approves returns above {_amount(policy, rules.approval_limit)}."
    if rules.frequent_returns is not None:
        rule = rules.frequent_returns
        often = f"{rule.returns} returns within {_days(rule.within_days)}"
        yield rule.id, f"A person looks when a customer has opened {often}."
    if rules.photo is not None:
        above = f" above {_amount(policy, rules.photo.above)}" if rules.photo.above else ""
        text = f"A photo of items{above} is asked for; without it a person looks. For"
        yield rules.photo.id, f"{text}: {reasons_text(rules.photo.reasons)}."
    faulty = reasons_text(rules.faulty_reasons) if rules.faulty_reasons else "no reason"
    yield "", f"An item counts as faulty for: {faulty}."


def _labels(policy: Policy) -> Iterable[Line]:
    rules = policy.rules
    yield "", f"A return is to be sent within {_days(rules.label_days)} of its approval."
    if rules.notice_days_before_deadline:
        yield "", f"Customers are reminded {_days(rules.notice_days_before_deadline)} before that."
    if rules.extension is not None:
        yield rules.extension.id, f"Once, that day can be moved by {_days(rules.extension.days)}."


def _orders(policy: Policy) -> Iterable[Line]:
    cancel, change = policy.rules.cancel, policy.rules.change_order
    text = f"An order that is {_or(cancel.states)} can be cancelled, for"
    yield cancel.id, f"{text}: {reasons_text(cancel.reasons)}."
    names = {"address": "address", "payment": "way of payment", "items": "items"}
    can = [word for name, word in names.items() if change is not None and getattr(change, name)]
    if change is None or not can:
        yield change.id if change else _BY_DEFAULT["change"], "Nothing about an order can be changed."
        return
    once = " Its items can be changed once." if change.items and change.items_once else ""
    final = " After that it can be neither changed nor cancelled." if change.items_final else ""
    yield change.id, f"Of an order that is {_or(change.states)}, these can be changed: {_and(can)}.{once}{final}"


_OF_THE_HOUSE = {
    "window.frozen": "The customer had begun to ask while the window was open.",
    "window.no_delivery_date": "The day of delivery is not known, so a person looks.",
    "refund.no_payment": "Nobody wrote down how the order was paid, so a person looks.",
    amounts.ALREADY_PAID: "What was refunded or promised before is not paid again.",
}


def _restocking(policy: Policy, rule: RestockingFee) -> str:
    if rule.percent is None:
        return f"{_amount(policy, rule.amount or money.ZERO)} for each piece"
    return f"{rule.percent:f}% of the price"


def _amount(policy: Policy, amount: Decimal) -> str:
    return policy.shop.money(amount, policy.shop.currency)


def _days(count: int, noun: str = "day") -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _month_day(text: str) -> str:
    month, day = text.split("-")
    return dates.spoken_without_year(int(month), int(day))


def _and(words: Sequence[str]) -> str:
    return _joined(words, "and")


def _or(words: Sequence[str]) -> str:
    return _joined([_spaced(word) for word in words], "or")


def _joined(words: Sequence[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _spaced(text: str | None) -> str:
    return (text or "").replace("_", " ")
