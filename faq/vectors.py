"""The vectors of our wordings, kept in memory and beside the data so that only an edited answer is encoded anew."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encoder import cache as vector_cache

type Vector = NDArray[np.float32]
type Encode = Callable[[str], Vector]


class Kept:
    """Encodes groups of texts (an entry's, the strangers), each text once; `folder` keeps a file for each group."""

    def __init__(self, encode: Encode, folder: Path | None = None) -> None:
        self._encode = encode
        self._folder = folder
        self._known: dict[str, Vector] = {}

    def of(self, name: str, texts: Sequence[str]) -> Vector:
        """Return one row for each text of the group `name`."""
        if not texts:
            return np.zeros((0, len(self._once(""))), dtype=np.float32)
        if any(text not in self._known for text in texts):
            rows = vector_cache.encoded(texts, self._once, self._folder, f"faq-{name}")
            self._known.update(zip(texts, rows, strict=True))
        return np.stack([self._known[text] for text in texts])

    def _once(self, text: str) -> Vector:
        if text not in self._known:
            self._known[text] = self._encode(text)
        return self._known[text]
