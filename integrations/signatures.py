"""Signatures of what systems send each other: `t=<unix>,v1=<hex>`, HMAC-SHA256 over `<unix>.<raw body>`; pure.

The moment is signed along, so that a message that somebody caught is of no use to them later.
"""

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from typing import Literal

HEADER = "Returndesk-Signature"
TOLERANCE = timedelta(minutes=5)
"""How far the moment of a signature may be from ours, either way."""
LONGEST_HEADER = 1000
Verdict = Literal["right", "wrong", "old"]
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MOMENT = re.compile(r"[0-9]{1,12}", re.ASCII)


def sign(secret: str, body: bytes, at: datetime) -> str:
    """Return the header for a body that is sent at a moment."""
    moment = int(at.timestamp())
    return f"t={moment},v1={_mac(secret, moment, body)}"


def check(header: str, secret: str, body: bytes, now: datetime) -> Verdict:
    """Judge a signature: `old` is right, but from a moment too far from now.

    Several `v1` may stand in the header (while a secret is changed); one that is right is enough.
    """
    if len(header) > LONGEST_HEADER:
        return "wrong"
    parts = [part.strip().partition("=") for part in header.split(",")]
    moments = [value for name, _, value in parts if name == "t"]
    if len(moments) != 1 or not _MOMENT.fullmatch(moments[0]):
        return "wrong"
    moment = int(moments[0])
    expected = _mac(secret, moment, body)
    given = [value for name, _, value in parts if name == "v1" and _HEX.fullmatch(value)]
    if not any(hmac.compare_digest(expected, one) for one in given):
        return "wrong"
    return "right" if abs(now.timestamp() - moment) <= TOLERANCE.total_seconds() else "old"


def _mac(secret: str, moment: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
