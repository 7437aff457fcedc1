"""What people write when they look for something: an e-mail address in any shape, found in their words."""

import re

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[^\s@<>()\[\],;:\".]+")


def email_in(text: str) -> str | None:
    """Return the first e-mail address in a text, in lower case; spaces around the @ do not matter."""
    found = _EMAIL.search(re.sub(r"\s*@\s*", "@", text).removeprefix("mailto:"))
    return found[0].casefold() if found else None
