"""How a customer reads a summary: is this what I want, and if not, what is to be said about it?"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from retail.tasks import Item, Person, Shop, Write

_ORDER = re.compile(r"#[A-Z]\d{6,7}")
FOREIGN = "foreign"
"""A difference that makes it something else altogether."""
ANOTHER = "another"
"""Another item of the same name; the customer says again which one."""


@dataclass(frozen=True)
class Difference:
    """What is wrong with a summary, and how a customer would say so."""

    kind: str
    words: str = ""


def differences(write: Write, text: str, person: Person, shop: Shop) -> list[Difference]:
    """Compare a summary with what is wanted; nothing when it is just that."""
    text = summary(text)
    if write.kind == "on_file":
        says = re.search(r"next orders|on file|default|account|profile", text, re.IGNORECASE)
        return [] if says and _shows_address(write, text) else [Difference(FOREIGN)]
    named = set(_ORDER.findall(text))
    if write.order not in named and (named or write.kind in {"cancel", "address"}):
        return [Difference(FOREIGN)]
    if write.kind == "cancel":
        return [] if re.search(r"\bcancel", text, re.IGNORECASE) else [Difference(FOREIGN)]
    if write.kind == "address":
        return [] if _shows_address(write, text) else [Difference(FOREIGN)]
    if re.search(r"^\W*(?:I'll )?(?:cancel|send order #)", text, re.IGNORECASE | re.MULTILINE):
        return [Difference(FOREIGN)]
    swaps = bool(re.search(r"\binstead of\b|\bexchange|\bsend (?:you )?\d", text, re.IGNORECASE))
    if swaps != (write.kind in {"exchange", "items"}):
        return [Difference(FOREIGN)]
    return [*_item_differences(write, text, shop), *_payment_difference(write, text, person)]


def summary(text: str) -> str:
    """Return the list at the end of a message with the line that leads to it; what was said before is no part of it."""
    lines = text.splitlines()
    marked = [place for place, line in enumerate(lines) if line.lstrip().startswith("•")]
    if not marked:
        return text
    first = marked[-1]
    while first - 1 in marked:
        first -= 1
    return "\n".join(lines[max(first - 1, 0) :])


def correction(found: Sequence[Difference]) -> str:
    """Put the differences into words."""
    return "no, " + ", and ".join(one.words for one in found if one.words)


def method_words(person: Person, method: str) -> str:
    """Name a payment method as its owner does."""
    label = person.methods.get(method, "")
    kind = _kind(label)
    if kind == "card" and sum(_kind(other) == "card" for other in person.methods.values()) > 1:
        return f"the {label}"
    return {"card": "my credit card", "paypal": "PayPal", "gift": "my gift card"}[kind]


def named(items: Sequence[Item]) -> str:
    """List items as a customer does."""
    names = [f"the {one.name.casefold()}" for one in items]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "all of it"


def has_options(text: str, options: Sequence[str]) -> bool:
    """Tell whether a text names each of the options."""
    return all(
        re.search(rf"(?<![\w-]){re.escape(option)}(?!\w)", text, re.IGNORECASE) is not None for option in options
    )


def is_shown(text: str, item: Item) -> bool:
    """Tell whether a line of a list is this item."""
    return _has_name(text, item.name) and has_options(text, item.options)


def _kind(label: str) -> str:
    return "paypal" if label == "PayPal" else "gift" if label.startswith("Gift") else "card"


def _shows_address(write: Write, text: str) -> bool:
    text = re.sub(r"instead of .*", "", text)  # that is where it went before
    return write.address[0].casefold() in text.casefold() and write.address[4] in text


def _item_differences(write: Write, text: str, shop: Shop) -> list[Difference]:
    lines = [line for line in text.splitlines() if line.strip()]
    ordered = shop.orders[write.order]
    wanted = [shop.items[variant] for variant in write.items]
    new: list[Item | None] = [shop.items[variant] for variant in write.new] or [None] * len(wanted)
    found: list[Difference] = []
    used: set[int] = set()
    matched: set[str] = set()
    for item, other in zip(wanted, new, strict=True):
        if not _has_name(text, item.name):
            found.append(Difference("missing", f"also {named([item])}"))
            continue
        if other is not None:
            fresh = [option for option in other.options if option not in item.options]
            line = next((n for n, one in enumerate(lines) if n not in used and _has_all(one, item, fresh)), None)
            if line is None and not (len(lines) == 1 and has_options(text, fresh)):
                which = "other " if item.name in matched else ""
                words = f"the {which}{item.name.casefold()} should be {other.spoken()}"
                found.append(Difference("variant", words))
            elif line is not None:
                used.add(line)
                matched.add(item.name)
        elif _is_ambiguous(item, ordered, wanted) and not has_options(text, item.options):
            found.append(Difference(ANOTHER))
    return [*found, *_too_many(wanted, ordered, lines)]


def _too_many(wanted: Sequence[Item], ordered: Sequence[Item], lines: Sequence[str]) -> list[Difference]:
    """Return what a summary has that is not wanted: other things, and others of the same name."""
    names = {item.name for item in wanted}
    found = []
    for name in sorted(names):
        taken = sum(bool(re.search(r"\btake back\b", line, re.IGNORECASE)) and _has_name(line, name) for line in lines)
        mine = [item for item in wanted if item.name == name]
        if taken > len(mine):
            found.append(Difference("extra", f"only {' and '.join(f'the {one.spoken()} one' for one in mine)}"))
    extra = [item for item in ordered if item.name not in names and _has_name("\n".join(lines), item.name)]
    return [*found, Difference("extra", f"not {named(extra)}")] if extra else found


def _has_all(line: str, item: Item, options: Sequence[str]) -> bool:
    return _has_name(line, item.name) and has_options(line, options)


def _has_name(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}s?(?!\w)", text, re.IGNORECASE) is not None


def _is_ambiguous(item: Item, ordered: Sequence[Item], wanted: Sequence[Item]) -> bool:
    """Tell whether the order has more of this name than are wanted."""
    return Counter(one.name for one in ordered)[item.name] > Counter(one.name for one in wanted)[item.name]


def _payment_difference(write: Write, text: str, person: Person) -> list[Difference]:
    shown = {method for method, label in person.methods.items() if label.casefold() in text.casefold()}
    if not shown or write.payment in shown:
        return []
    return [Difference("pay", f"{method_words(person, write.payment)} please")]
