"""The vectors of fixed texts, kept in a folder under a name that says what they were made of."""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from encoder.vectors import Vector

_PROBE = "Which encoder is this?"


def encoded(texts: Sequence[str], encode: Callable[[str], Vector], folder: Path | None, prefix: str) -> Vector:
    """Return one row for each text, from the file `PREFIX-HASH.npy` in `folder` where it is there and whole.

    The hash is of the texts and of what the encoder makes of a probe, so neither an edited text nor another model can
    meet an old file. A file that cannot be read is written anew. Without a folder all texts are encoded.
    """
    if folder is None:
        return _encode_all(texts, encode)
    probe = encode(_PROBE).astype(np.float32).tobytes()
    name = hashlib.sha256(b"\0".join([probe, *(text.encode() for text in texts)])).hexdigest()[:24]
    path = folder / f"{prefix}-{name}.npy"
    found = _read(path)
    if found is None or len(found) != len(texts):
        found = _encode_all(texts, encode)
        _write(path, found)
    return found


def _encode_all(texts: Sequence[str], encode: Callable[[str], Vector]) -> Vector:
    return np.stack([encode(text) for text in texts]).astype(np.float32)


def _read(path: Path) -> Vector | None:
    try:
        return np.asarray(np.load(path, allow_pickle=False), dtype=np.float32)
    except (OSError, ValueError, EOFError):
        return None


def _write(path: Path, rows: Vector) -> None:
    """Write beside and rename, so that a process that starts at the same moment never reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        np.save(file, rows)
    Path(file.name).replace(path)
