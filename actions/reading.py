"""Reads bare answers by what is being asked: numbers, conditions, options. Pure, no model involved."""

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from actions.pointing import listed
from actions.words import words_of
from store.returns import Condition

CLOSE_ENOUGH = 84
"""rapidfuzz ratio (0-100) from which two words count as one, which forgives one slip in six letters."""

_NUMBER_WORDS = {
    "one": 1, "a": 1, "an": 1, "single": 1, "two": 2, "both": 2, "pair": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_NOTHING = {"no": "none", "without": "none"}
"""How customers say that an option is absent: "no backlight" is `backlight none`."""
_OF_THEM = re.compile(r"\bof (?:the |my |these |those )?\w+", re.IGNORECASE)
_NOT_THAT = re.compile(r"\bnot\b[^,;.]*")
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


def _close(word: str, candidates: list[str]) -> bool:
    return any(_same(word, candidate) for candidate in candidates)


def _same(one: str, other: str) -> bool:
    if min(len(one), len(other)) < 3:
        return one == other
    return one.rstrip("s") == other.rstrip("s") or fuzz.ratio(one, other) >= CLOSE_ENOUGH


def condition(text: str) -> Condition | None:
    """Return the condition that a text tells an item to be in; None when it tells none."""
    return next((told for told, words in _CONDITIONS if words.search(text)), None)


def option(text: str, choices: Sequence[tuple[str, str]]) -> str | None:
    """Return the value of the one choice whose words a text names best; None when none does or two do equally."""
    best = options(text, choices)
    return best[0] if len(best) == 1 else None


def options(text: str, choices: Sequence[tuple[str, str]]) -> list[str]:
    """Return the values of the choices that a text names best: several when they fit equally, none for no word."""
    place = listed.place(text, len(choices))
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
