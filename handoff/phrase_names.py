"""The names of the patterns that `handoff/phrases.py` finds, without the library that matches them."""

import functools
from pathlib import Path

import yaml

PATTERNS = Path(__file__).parent / "mood_data" / "phrases.yml"


def known(beginning: str) -> bool:
    """Tell whether a pattern has this name, or one that begins so (`safety` of `safety.fire`)."""
    return any(name == beginning or name.startswith(f"{beginning}.") for name in _names())


@functools.cache
def _names() -> frozenset[str]:
    data = yaml.load(PATTERNS.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return frozenset(data.get("rules") or ()) if isinstance(data, dict) else frozenset()
