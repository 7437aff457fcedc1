"""The vectors of fixed texts, kept in a folder under a name that says what they were made of."""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from encoder.vectors import Vector

TEXTS_IN_A_FILE = 200
_PROBE = "Which encoder is this?"


def encoded(texts: Sequence[str], encode: Callable[[str], Vector], folder: Path | None, prefix: str) -> Vector:
    """Return one row for each text, from files `PREFIX-HASH.npy` in `folder` where they are there and whole.

    Each file holds some hundred texts, so that an interrupted start goes on where it was and an edit costs little. The
    hash is of the texts and of what the encoder makes of a probe, so neither an edited text nor another model can meet
    an old file. A file that cannot be read is written anew. Without a folder all texts are encoded.
    """
    if folder is None:
        return _encode_all(texts, encode)
    probe = encode(_PROBE).astype(np.float32).tobytes()
    parts = [texts[start : start + TEXTS_IN_A_FILE] for start in range(0, len(texts), TEXTS_IN_A_FILE)]
    return np.concatenate([_kept(part, encode, folder / prefix, probe) for part in parts])


def _kept(texts: Sequence[str], encode: Callable[[str], Vector], base: Path, probe: bytes) -> Vector:
    name = hashlib.sha256(b"\0".join([probe, *(text.encode() for text in texts)])).hexdigest()[:24]
    path = base.with_name(f"{base.name}-{name}.npy")
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
