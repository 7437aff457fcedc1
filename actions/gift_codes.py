"""Finds the code of a gift in a text: it says which gift is meant and that the customer was given it. Pure."""

import re
from typing import Any

ENTITY = "gift_code"

_CODE = re.compile(r"\b(?:gift[\s:#-]*)+((?=[a-z0-9-]*\d)[a-z0-9]{4,12}(?:-[a-z0-9]{4,12})*)\b", re.IGNORECASE)
_SPOKEN = re.compile(
    r"\bcode(?:\s+(?:is|was|says|on (?:it|the card|the slip) is))?[\s:#]*"
    r"((?=[a-z0-9-]*\d)[a-z0-9]{4,12}(?:-[a-z0-9]{4,12})*)\b",
    re.IGNORECASE,
)


def find(text: str) -> str | None:
    """Return the gift code that a text names, as the shop writes it (`GIFT-4829`); None when it names none.

    A zip "code" is none.
    """
    found = _CODE.search(text) or (_SPOKEN.search(text) if re.search(r"\bgift", text, re.IGNORECASE) else None)
    return f"GIFT-{found[1].upper()}" if found else None


def entities(text: str) -> list[dict[str, Any]]:
    """Return the code as an entity, beside those that the brain has found."""
    code = find(text)
    return [{"entity": ENTITY, "value": code}] if code else []
