"""Reads bare answers by what is being asked: yes and no, numbers, items of an order, options. Pure, no model involved."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from rapidfuzz import fuzz

from store.order import OrderItem

CLOSE_ENOUGH = 84
"""rapidfuzz ratio (0-100) from which two words count as one, which forgives one slip in six letters."""

_YES = frozenset(
    [
        "yes",
        "yep",
        "yeah",
        "yea",
        "yup",
        "ya",
        "ye",
        "yess",
        "yes",
        "please",
        "y",
        "sure",
        "ok",
        "okay",
        "k",
        "okey",
        "confirm",
        "confirmed",
        "correct",
        "right",
        "exactly",
        "absolutely",
        "definitely",
        "certainly",
        "affirmative",
        "fine",
        "agreed",
        "perfect",
    ]
)
_YES_PHRASES = (
    "yes please", "yes pls", "yes plz", "yes do it", "go ahead", "do it", "ok do it", "please do", "sounds good", "sounds great",
    "looks good", "looks right", "thats right", "that is right", "thats correct", "that is correct", "all good", "go for it",
    "lets do it", "lets do this", "please go ahead", "of course", "for sure", "sure thing", "why not", "i confirm", "i agree", "make it so",
    "proceed", "please proceed", "send it", "thats fine", "that is fine", "fine by me", "works for me", "book it", "i do",
    "all correct", "yes thats right", "yes that is right", "yes it is", "yes i do", "yes i am sure", "yes im sure", "im sure", "i am sure",
    "yes go ahead", "yes thats fine", "yes thank you", "yes thanks", "ok go ahead", "ok go", "okay go ahead", "okay do it", "ok yes", "yes ok", "yes sure",
    "ok please", "please", "yeah go on", "go on", "go on then", "yes lets go", "lets go",
)  # fmt: skip
_NO = frozenset(
    ["no", "nope", "nah", "na", "nay", "n", "never", "negative", "dont", "stop", "cancel", "wrong", "incorrect"]
)
_NO_PHRASES = (
    "no thanks", "no thank you", "no thx", "not yet", "not now", "dont do it", "do not", "please dont", "better not", "rather not",
    "id rather not", "i would rather not", "no way", "forget it", "never mind", "nevermind", "leave it", "no dont", "not really", "no stop", "hold off",
    "please stop", "no please", "absolutely not", "of course not", "i dont want that", "i dont want to", "no i dont", "no not yet", "changed my mind",
    "i changed my mind", "ive changed my mind", "no forget it", "no leave it", "dont", "nah im good", "im good thanks", "no its wrong", "thats wrong", "thats not right",
)  # fmt: skip
_FILLERS = frozenset(
    [
        "please",
        "pls",
        "plz",
        "thanks",
        "thank",
        "you",
        "thx",
        "ty",
        "sir",
        "maam",
        "mate",
        "bot",
        "oh",
        "um",
        "uh",
        "well",
        "so",
        "then",
        "that",
        "the",
        "it",
    ]
)
_YES_SIGNS = frozenset("👍👌✅✔☑🆗")
_NO_SIGNS = frozenset("👎❌✖🚫")

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
_ALL = re.compile(
    r"\b(all( of (them|it|these))?|everything|every item|both( of them)?|the (whole|entire|complete) (order|thing|lot|parcel))\b"
)
_EXCEPT = re.compile(r"\b(?:all|everything|every item)\b.*?\b(?:but|except(?: for)?|apart from|without|not)\b(.*)")
_SEGMENT = re.compile(r",|;|\band\b|&|\bplus\b|\balso\b|\bas well as\b")
_CLAUSE = re.compile(r"[,.;!]+")
_WORD = re.compile(r"[a-z0-9]+(?:[.'][a-z0-9]+)?")
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


def yes_no(text: str) -> Literal["yes", "no"] | None:
    """Read an answer to "shall I go ahead?"; only a clear yes is a yes, so that "yes, but" and "maybe" are None."""
    signs = {char for char in text if char in _YES_SIGNS | _NO_SIGNS}
    words = _words(text)
    if not words:
        return _by_signs(signs)
    if "?" in text or text.strip().startswith(("/", "⁄", "∕")):
        return None
    verdict = _by_words(words) or _by_clauses(text)
    if verdict and signs and _by_signs(signs) != verdict:
        return None
    return verdict


def _by_signs(signs: set[str]) -> Literal["yes", "no"] | None:
    if signs and signs <= _YES_SIGNS:
        return "yes"
    return "no" if signs and signs <= _NO_SIGNS else None


def _by_clauses(text: str) -> Literal["yes", "no"] | None:
    """Read "leave it, I've changed my mind": every clause must say the same."""
    verdicts = {_by_words(_words(clause)) for clause in _CLAUSE.split(text) if _words(clause)}
    return verdicts.pop() if len(verdicts) == 1 else None


def _by_words(words: list[str]) -> Literal["yes", "no"] | None:
    phrase = " ".join(words)
    core = [word for word in words if word not in _FILLERS]
    if phrase in _YES_PHRASES or (core and all(word in _YES for word in core)):
        return "yes"
    if phrase in _NO_PHRASES or (core and all(word in _NO for word in core)):
        return "no"
    stripped = " ".join(core)
    if stripped in _YES_PHRASES or (core and core[0] in _YES and " ".join(core[1:]) in _YES_PHRASES):
        return "yes"
    if stripped in _NO_PHRASES or (core and core[0] in _NO and " ".join(core[1:]) in _NO_PHRASES):
        return "no"
    return None


def number(text: str) -> int | None:
    """Return the one whole number that a short answer holds, in digits or words; None when there is none or several."""
    words = _words(text)
    found = [int(word) for word in words if word.isdigit()]
    found += [_NUMBER_WORDS[word] for word in words if word in _NUMBER_WORDS and word not in {"a", "an"}]
    return found[0] if len(found) == 1 else None


def position(text: str, count: int) -> int | None:
    """Return which of `count` shown things a short answer points at, counted from 0: "2", "the second", "last"."""
    words = [word for word in _words(text) if word not in _STOP_WORDS]
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
    plain = " ".join(_words(text))
    except_for = _EXCEPT.search(plain)
    if except_for:
        left_out = items(except_for[1], choices).items
        if left_out:
            return Picked({item.id: item.quantity for item in choices if item.id not in left_out})
    place = position(text, len(choices))
    if place is not None:
        return Picked({choices[place].id: None})
    named = _named(text, choices)
    if not named.items and not named.unsure and _ALL.search(plain):
        return Picked({item.id: item.quantity for item in choices})
    return named


def _named(text: str, choices: Sequence[OrderItem]) -> Picked:
    found: dict[UUID, int | None] = {}
    unsure: list[UUID] = []
    for segment in _SEGMENT.split(text.casefold()):
        words = _words(segment)
        best = _best(words, choices)
        if len(best) == 1:
            found[best[0].id] = _how_many(words, best[0])
        elif best:
            unsure += [item.id for item in best]
    return Picked(found, tuple(dict.fromkeys(item for item in unsure if item not in found)))


def _best(words: list[str], choices: Sequence[OrderItem]) -> list[OrderItem]:
    telling = [word for word in words if word not in _STOP_WORDS and not word.isdigit()] or []
    options = {word for item in choices for value in item.options.values() for word in _words(value)}
    scores = {item.id: _score(telling, words, item, options) for item in choices}
    top = max(scores.values(), default=0.0)
    return [item for item in choices if top > 0 and scores[item.id] == top]


def _score(telling: list[str], words: list[str], item: OrderItem, options: set[str]) -> float:
    """Count the words that name the item; its options tell apart but do not name, unless nothing else does."""
    names = _words(item.name)
    wider = [*_words(item.category), *(word for tag in item.tags for word in _words(tag))]
    mine = {word for value in item.options.values() for word in _words(value)}
    by_name = sum(1.0 for word in telling if _close(word, names))
    by_kind = sum(0.6 for word in telling if not _close(word, names) and _close(word, wider))
    by_option = sum(0.4 for word in words if word in mine and word in options)
    return by_name + by_kind + by_option


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
    told = [int(w) for w in words if w.isdigit() and not any(w in _words(v) for v in item.options.values())]
    told += [_NUMBER_WORDS[word] for word in words if word in _NUMBER_WORDS]
    told += [item.quantity for word in words if word in {"all", "every"}]
    return told[0] if told else None


def option(text: str, choices: Sequence[tuple[str, str]]) -> str | None:
    """Return the value of the one choice whose words a text names best; None when none does or two do equally."""
    place = position(text, len(choices))
    if place is not None:
        return choices[place][0]
    words = [word for word in _words(text) if word not in _STOP_WORDS]
    scores = {value: sum(1 for word in words if _close_option(word, _words(title))) for value, title in choices}
    top = max(scores.values(), default=0)
    best = [value for value, score in scores.items() if score == top]
    return best[0] if top > 0 and len(best) == 1 else None


def _close_option(word: str, candidates: list[str]) -> bool:
    """Sizes must be right to the letter, longer words may have a slip."""
    return word in candidates or (len(word) > 3 and _close(word, [c for c in candidates if len(c) > 3]))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("’", "'").replace("'", ""))
