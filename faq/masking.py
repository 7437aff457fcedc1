"""A customer's question without the customer: what is kept of it must not say who asked.

Masked are e-mail addresses (also dictated ones), telephone, order and other long numbers, street addresses, names that
somebody introduces themselves with, and the names that the caller knows. A name in the middle of a sentence that nobody
knows cannot be told from other words; erasing a customer takes their questions away as a whole.
"""

import re
from collections.abc import Collection

from kit import log

LONGEST = 500
"""In characters; what is kept of a question is for reading, not for answering it."""

_SPOKEN_EMAIL = re.compile(r"\b[\w.+-]+\s+(?:at|\(at\))\s+[\w-]+\s+(?:dot|\(dot\))\s+\w+\b", re.IGNORECASE)
_SPACED_EMAIL = re.compile(r"\b[\w.+-]+\s?@\s?[\w-]+(?:\s?\.\s?\w+)+")
_STREET = re.compile(
    r"\b\d+[a-z]?\s+(?:[\w.'-]+\s+){1,4}?(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|way|court|ct"
    r"|place|pl|square|sq|terrace|highway|hwy)\b\.?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?:#\s?)?\b(?:[A-Z]\s)?(?=(?:[\w-]*\d){3})[\w-]+(?:[ -]\d{3,})*")
_WORD = r"[A-Z][\w'’-]+"
_INTRODUCED = re.compile(
    rf"(?P<lead>\b(?:[Ii]['’]?m|[Ii]\s+am|[Tt]his\s+is|[Hh]ere\s+is|[Rr]egards,?|[Tt]hanks,|[Cc]heers,)\s+)"
    rf"{_WORD}(?:\s+{_WORD}){{0,2}}"
)
_NAMED = re.compile(r"(?P<lead>\b(?i:my\s+name\s+is|my\s+name['’]?s|call\s+me)\s+)[\w'’-]+(?:\s+[A-Z][\w'’-]+)*")
_SHORTEST_NAME = 3


def mask(text: str, names: Collection[str] = ()) -> str:
    """Return a text without personal data; `names` are those of the people whom the conversation is about."""
    plain = _SPACED_EMAIL.sub("<e-mail>", _SPOKEN_EMAIL.sub("<e-mail>", log.mask(text)))
    plain = _STREET.sub("<address>", plain)
    for pattern in (_NAMED, _INTRODUCED):
        plain = pattern.sub(lambda found: f"{found['lead']}<name>", plain)
    for name in sorted({part for one in names for part in one.split() if len(part) >= _SHORTEST_NAME}, key=len)[::-1]:
        plain = re.sub(rf"\b{re.escape(name)}\b", "<name>", plain, flags=re.IGNORECASE)
    return _NUMBER.sub("<number>", plain)[:LONGEST]
