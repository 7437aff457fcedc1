"""Vectors as short text, so that they travel inside JSON: base64 of little-endian float32."""

import base64
import binascii

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]


def pack(vector: Vector) -> str:
    """Return the vector as base64 text (2 kB for 384 numbers)."""
    return base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode("ascii")


def unpack(text: str) -> Vector:
    """Return the vector that `pack` wrote.

    Raises ValueError when the text is not base64, not a whole number of float32, or holds anything but finite numbers.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("a packed vector must be base64") from error
    if not raw or len(raw) % 4:
        raise ValueError("a packed vector must be a whole number of float32")
    vector = np.frombuffer(raw, dtype="<f4").astype(np.float32)
    if not np.isfinite(vector).all():
        raise ValueError("a packed vector must hold finite numbers")
    return vector
