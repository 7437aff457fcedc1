"""Typing slips, repaired against the words of our own answers; the encoder reads whole words and stumbles over them.

A word is left alone when we know it, when it is short, or when it differs from a word of ours only by its ending (the
encoder understands endings). Repairs keep the first letter: people seldom miss it, and other words often differ in it.
"""

import re
from collections import Counter
from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

_ENDING = re.compile(r"(?:ing|able|ed|es|er|ly|s|d|r)$")
_SHORTEST = 4
_LONG = 8
_SEEN_AT_LEAST = 2


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
        self._targets = sorted(w for w, n in self._count.items() if n >= _SEEN_AT_LEAST and len(w) >= _SHORTEST)

    def repair(self, text: str) -> str:
        """Return the normalised `text` with slips repaired; one slip in a word, two in a long one."""
        return " ".join(self._word(word) for word in normalise(text).split())

    def _word(self, word: str) -> str:
        if word in self._count or len(word) < _SHORTEST or not word.isalpha():
            return word
        slips = 1 if len(word) < _LONG else 2
        found = process.extract(word, self._targets, scorer=OSA.distance, score_cutoff=slips, limit=None)
        near = [(distance, -self._count[target], target) for target, distance, _ in found if _is_slip(word, target)]
        return min(near)[2] if near else word


def _is_slip(word: str, target: str) -> bool:
    return word[0] == target[0] and _ENDING.sub("", word) != _ENDING.sub("", target)
