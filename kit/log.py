"""Logging: one line per event, with personal data masked, and without what would open a session or a link."""

import logging
import re
import sys

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")
"""A signed token of ours: a customer's session, or the end of a link."""
_SOCKET = re.compile(r"\b(token|client_id|sid)=[^&\s\"']+")
"""What opens a socket; the server writes a line with its whole address."""
_PHONE = re.compile(r"(?<![\w-])(?:\+\d{1,3}[ .-]?)?\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}(?![\w-])")


class Masked(logging.Formatter):
    """Replaces e-mail addresses, phone-like numbers and secrets before a line is written."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line as it may be kept."""
        return mask(super().format(record))


def mask(text: str) -> str:
    """Return the text without e-mail addresses, phone-like numbers, and tokens of sessions and links."""
    opened = _SOCKET.sub(r"\1=<token>", _TOKEN.sub("<token>", text))
    return _PHONE.sub("<number>", _EMAIL.sub("<e-mail>", opened))


def configure(level: str) -> None:
    """Send masked lines to standard error; call once per process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Masked("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "fpdf", "fontTools", "alembic", "procrastinate"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
