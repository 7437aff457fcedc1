"""Encoding thousands of texts at once: each core of the machine encodes a share of them."""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from encoder.model import Encoder, Matrix

WORTHWHILE = 500
"""Fewer texts are encoded sooner than other processes have started."""


def encode(texts: Sequence[str]) -> Matrix:
    """Return one row for each text, in order: the same numbers as `Encoder().encode_many`, made on all cores."""
    cores = os.cpu_count() or 1
    if cores < 2 or len(texts) < WORTHWHILE:
        return Encoder().encode_many(texts)
    shares = [list(texts[first::cores]) for first in range(cores)]
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        made = list(pool.map(_share, shares))
    rows = np.empty((len(texts), made[0].shape[1]), dtype=np.float32)
    for first, part in enumerate(made):
        rows[first::cores] = part
    return rows


def _share(texts: list[str]) -> Matrix:
    return Encoder().encode_many(texts)
