"""Reads bare answers by what is being asked: numbers, items of an order, options. Pure, no model involved."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from rapidfuzz import fuzz

from actions.words import words_of
from store.order import OrderItem
from store.returns import Condition

CLOSE_ENOUGH = 84
"""rapidfuzz ratio (0-100) from which two words count as one, which forgives one slip in six letters."""

_DIGITS_OF_A_QUANTITY = 2
"""A longer number in a message is a zip code, an order or a phone."""
_NUMBER_WORDS = {
    "one": 1, "a": 1, "an": 1, "single": 1, "two": 2, "both": 2, "pair": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "last": -1,
}
_NEGATIONS = frozenset({"not", "no", "without", "except", "dont"})
_NOTHING = {"no": "none", "without": "none"}
"""How customers say that an option is absent: "no backlight" is `backlight none`."""
_ALL = re.compile(
    r"\b(all( of (them|it|these))?|everything|every item|both( of them)?"
    r"|the (whole|entire|complete) (order|thing|lot|parcel))\b"
)
_EXCEPT = re.compile(r"\b(?:all|everything|every item)\b.*?\b(?:but|except(?: for)?|apart from|without|not)\b(.*)")
_OF_THEM = re.compile(r"\bof (?:the |my |these |those )?\w+", re.IGNORECASE)
_NOT_THAT = re.compile(r"\bnot\b[^,;.]*")
_SEGMENT = re.compile(r",|;|\bbut\b(?=\s+not\b)|\band\b|&|\bplus\b|\balso\b|\bas well as\b")
_STOP_WORDS = frozenset(
    [
        "the",
        "a",
        "an",
        "my",
        "of",
        "to",
        "i",
        "id",
        "want",
        "would",
        "like",
        "return",
        "send",
        "back",
        "these",
        "those",
        "this",
        "that",
        "them",
        "it",
        "its",
        "please",
        "just",
        "only",
        "for",
        "in",
        "from",
        "with",
        "on",
        "is",
        "are",
        "was",
        "were",
        "they",
        "and",
        "or",
        "one",
        "ones",
        "item",
        "items",
        "order",
        "thing",
        "things",
        "exchange",
        "swap",
        "refund",
        "pair",
        "size",
        "color",
        "colour",
    ]
)


_NOT = r"(?:not|never|n['’]?t|hardly)\s+(?:\w+\s+)?"
_CONDITIONS: tuple[tuple[Condition, re.Pattern[str]], ...] = (
    ("sealed", re.compile(rf"\b(?:un-?opened|sealed|brand new|wrapped|closed)\b|{_NOT}open", re.IGNORECASE)),
    ("damaged", re.compile(r"\b(?:damag|broke|scratch|torn|crack|dent)", re.IGNORECASE)),
    ("opened", re.compile(rf"\bun-?used\b|{_NOT}(?:used|worn|wore|washed)", re.IGNORECASE)),
    ("used", re.compile(r"\b(?:used|worn|wore|washed)\b", re.IGNORECASE)),
    ("opened", re.compile(r"\bopen", re.IGNORECASE)),
)
"""What is said first decides: "opened, never used" is opened, "not opened" is sealed."""


def number(text: str) -> int | None:
    """Return the one whole number that a short answer holds, in digits or words; None when there is none or several."""
    words = words_of(_OF_THEM.sub(" ", text))
    found = [int(word) for word in words if word.isdigit()]
    found += [_NUMBER_WORDS[word] for word in words if word in _NUMBER_WORDS and word not in {"a", "an"}]
    return found[0] if len(found) == 1 else None


def position(text: str, count: int) -> int | None:
    """Return which of `count` shown things a short answer points at, counted from 0: "2", "the second", "last"."""
    words = [word for word in words_of(text) if word not in _STOP_WORDS]
    if len(words) != 1:
        return None
    place = int(words[0]) if words[0].isdigit() else _ORDINALS.get(words[0], 0)
    place = count if place == -1 else place
    return place - 1 if 1 <= place <= count else None


@dataclass(frozen=True)
class Picked:
    """Items that a text names, with how many of each where it says so; `unsure` holds items that fit equally well."""

    items: dict[UUID, int | None]
    unsure: tuple[UUID, ...] = ()


def items(text: str, choices: Sequence[OrderItem]) -> Picked:
    """Find which items of an order a text names: "the shoes and one mug", "all but the sweater", "the second"."""
    plain = " ".join(words_of(text))
    except_for = _EXCEPT.search(plain)
    if except_for:
        left_out = items(except_for[1], choices).items
        if left_out:
            kept = {item.id: item.quantity - (left_out.get(item.id, 0) or item.quantity) for item in choices}
            kept |= {item.id: item.quantity for item in choices if item.id not in left_out}
            return Picked({key: count for key, count in kept.items() if count > 0})
    place = position(text, len(choices))
    if place is not None:
        pointed_at = choices[place]
        return Picked({pointed_at.id: 1 if pointed_at.quantity == 1 else None})
    named = _named(text, choices)
    if not named.items and not named.unsure and _ALL.search(plain):
        return Picked({item.id: item.quantity for item in choices})
    return named


def _named(text: str, choices: Sequence[OrderItem]) -> Picked:
    """Find what is named by name or kind; a colour alone ("the blue one") counts where nothing else is named."""
    by_name = _in_segments(text, choices, options_alone=False)
    return by_name if by_name.items or by_name.unsure else _in_segments(text, choices, options_alone=True)


def _in_segments(text: str, choices: Sequence[OrderItem], *, options_alone: bool) -> Picked:
    found: dict[UUID, int | None] = {}
    unsure: list[UUID] = []
    for segment in _SEGMENT.split(text.casefold()):
        words = words_of(segment)
        if words and words[0] in _NEGATIONS:
            continue
        best = _best(words, choices, options_alone=options_alone)
        if len(best) == 1:
            found[best[0].id] = _how_many(words, best[0])
        elif best:
            unsure += [item.id for item in best]
    return Picked(found, tuple(dict.fromkeys(item for item in unsure if item not in found)))


def _best(words: list[str], choices: Sequence[OrderItem], *, options_alone: bool) -> list[OrderItem]:
    telling = [word for word in words if word not in _STOP_WORDS and not word.isdigit()] or []
    options = {word for item in choices for value in item.options.values() for word in words_of(value)}
    scores = {item.id: _score(telling, words, item, options, options_alone=options_alone) for item in choices}
    top = max(scores.values(), default=0.0)
    return [item for item in choices if top > 0 and scores[item.id] == top]


def _score(telling: list[str], words: list[str], item: OrderItem, options: set[str], *, options_alone: bool) -> float:
    """Count the words that name the item; its options tell apart but do not name."""
    names = words_of(item.name)
    wider = [*words_of(item.category), *(word for tag in item.tags for word in words_of(tag))]
    mine = {word for value in item.options.values() for word in words_of(value)}
    by_name = sum(1.0 for word in telling if _close(word, names))
    by_kind = sum(0.6 for word in telling if not _close(word, names) and _close(word, wider))
    by_option = sum(0.4 for word in words if word in mine and word in options)
    return by_name + by_kind + by_option if by_name + by_kind > 0 or options_alone else 0.0


def _close(word: str, candidates: list[str]) -> bool:
    return any(_same(word, candidate) for candidate in candidates)


def _same(one: str, other: str) -> bool:
    if min(len(one), len(other)) < 3:
        return one == other
    return one.rstrip("s") == other.rstrip("s") or fuzz.ratio(one, other) >= CLOSE_ENOUGH


def _how_many(words: list[str], item: OrderItem) -> int | None:
    """Read a quantity out of the words around an item; a plural without a number means all of them."""
    if item.quantity == 1:
        return 1
    if {"all", "both", "every"} & set(words):
        return item.quantity
    options = {word for value in item.options.values() for word in words_of(value)}
    told = [
        int(word) for word in words if word.isdigit() and len(word) <= _DIGITS_OF_A_QUANTITY and word not in options
    ]
    told += [_NUMBER_WORDS[word] for word in words if word in _NUMBER_WORDS]
    return told[0] if told else None


def condition(text: str) -> Condition | None:
    """Return the condition that a text tells an item to be in; None when it tells none."""
    return next((told for told, words in _CONDITIONS if words.search(text)), None)


def option(text: str, choices: Sequence[tuple[str, str]]) -> str | None:
    """Return the value of the one choice whose words a text names best; None when none does or two do equally."""
    best = options(text, choices)
    return best[0] if len(best) == 1 else None


def options(text: str, choices: Sequence[tuple[str, str]]) -> list[str]:
    """Return the values of the choices that a text names best: several when they fit equally, none for no word."""
    place = position(text, len(choices))
    text = _NOT_THAT.sub(" ", text)
    words = [_NOTHING.get(word, word) for word in words_of(text) if word not in _STOP_WORDS]
    scores = {value: sum(1 for word in words if _close_option(word, words_of(title))) for value, title in choices}
    top = max(scores.values(), default=0)
    best = [value for value, score in scores.items() if score == top > 0]
    # "10" is size 10 where there is one, and only else the tenth that was shown.
    return best or ([choices[place][0]] if place is not None else [])


def _close_option(word: str, candidates: list[str]) -> bool:
    """Sizes must be right to the letter, longer words may have a slip."""
    return word in candidates or (len(word) > 3 and _close(word, [c for c in candidates if len(c) > 3]))
