"""Typing slips, repaired against the words of our own answers; the encoder reads whole words and stumbles over them.

A word is left alone when we know it, when it is short, or when it differs from a word of ours only by its ending (the
encoder understands endings). Repairs keep the first letter: people seldom miss it, and other words often differ in it.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

_ENDING = re.compile(r"(?:ing|able|ed|es|er|ly|s|d|r)$")
_SHORTEST = 4
_LONG = 8
_SEEN_AT_LEAST = 2
_MOST_WORDS = 60
"""A longer text is a story: its slips no longer decide what it is about."""
_SAME_WORDING = 92.0
"""rapidfuzz ratio of 0-100 from which a text is one of our wordings with a slip in it."""
_NEGATION = frozenset({"not", "no", "never", "cannot", "without", "cant", "dont", "wont", "isnt", "didnt", "doesnt"})


def normalise(text: str) -> str:
    """Return `text` as words of letters and digits, lower-case, one space between them, apostrophes taken out."""
    plain = re.sub(r"['’]", "", text.casefold())
    return " ".join(re.findall(r"[^\W_]+", plain))


class Speller:
    """Repairs slips towards the words that occur in `texts`.

    Words that were seen once are known too, but nothing is repaired towards them.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._count = Counter(word for text in texts for word in normalise(text).split())
        targets = sorted(w for w, n in self._count.items() if n >= _SEEN_AT_LEAST and len(w) >= _SHORTEST)
        self._targets: dict[str, list[str]] = defaultdict(list)
        for word in targets:
            self._targets[word[0]].append(word)

    def repair(self, text: str) -> str:
        """Return the normalised `text` with slips repaired; one slip in a word, two in a long one."""
        words = normalise(text).split()
        return " ".join([self._word(word) for word in words[:_MOST_WORDS]] + words[_MOST_WORDS:])

    def _word(self, word: str) -> str:
        if word in self._count or len(word) < _SHORTEST or not word.isalpha():
            return word
        slips = 1 if len(word) < _LONG else 2
        targets = self._targets.get(word[0], ())
        found = process.extract(word, targets, scorer=OSA.distance, score_cutoff=slips, limit=None)
        near = [(distance, -self._count[target], target) for target, distance, _ in found if _is_slip(word, target)]
        return min(near)[2] if near else word


class Wordings:
    """Knows our own wordings again, slips and all, without comparing a text with those of another length."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._by_length = sorted((len(text), text, place) for place, text in enumerate(map(normalise, texts)))
        self._lengths = [length for length, _, _ in self._by_length]
        self._texts = [text for _, text, _ in self._by_length]

    def find(self, normalised: str) -> int | None:
        """Return the place of the wording that a text is, or None."""
        room = 2 * (100 - _SAME_WORDING) / _SAME_WORDING * len(normalised)
        first = bisect_left(self._lengths, len(normalised) - room)
        last = bisect_left(self._lengths, len(normalised) + room + 1)
        near = self._texts[first:last]
        found = process.extractOne(normalised, near, scorer=fuzz.ratio, score_cutoff=_SAME_WORDING)
        if found is None or _negates(found[0]) != _negates(normalised):
            return None
        return self._by_length[first + found[2]][2]


def _negates(normalised: str) -> int:
    return sum(word in _NEGATION for word in normalised.split())


def _is_slip(word: str, target: str) -> bool:
    return word[0] == target[0] and _ENDING.sub("", word) != _ENDING.sub("", target)
