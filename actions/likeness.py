"""How alike phrases are in meaning: "sneakers" and "Running Shoes" share no word."""

import functools
from collections.abc import Callable, Sequence

from encoder.vectors import Vector

_KEPT = 4_096
"""So many phrases keep their vector: names of goods come again with every question about them."""


class Likeness:
    """Compares short phrases by the sentence encoder; a phrase is encoded once (about 4 ms)."""

    def __init__(self, encode: Callable[[str], Vector]) -> None:
        self._encode = functools.lru_cache(maxsize=_KEPT)(encode)

    def __call__(self, phrase: str, candidates: Sequence[str]) -> list[float]:
        """Return the cosine of the phrase to each candidate, 1 for the same meaning."""
        asked = self._encode(phrase.casefold())
        return [float(asked @ self._encode(candidate.casefold())) for candidate in candidates]
