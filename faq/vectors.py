"""The vectors of our wordings, kept beside the data so that only an edited answer is encoded anew."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encoder import cache as vector_cache

type Vector = NDArray[np.float32]


def encoded(texts: Sequence[str], encode: Callable[[str], Vector], cache: Path | None = None) -> Vector:
    """Return one row for each text, from the file in `cache` (a folder) where it is there and whole."""
    return vector_cache.encoded(texts, encode, cache, "faq")
