"""Cuts a text into the words that answers are compared by."""

import re

_WORD = re.compile(r"[a-z0-9]+(?:[.'][a-z0-9]+)?")


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case; apostrophes are dropped, so that "don't" is `dont`."""
    return _WORD.findall(text.casefold().replace("’", "'").replace("'", ""))
