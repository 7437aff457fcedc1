"""Signed links that end: whoever has one may open one label, for a while."""

from datetime import timedelta

import jwt

from casework.desk import Desk

_ALGORITHM = "HS256"
_AUDIENCE = "label"


def to_label(desk: Desk, rma: str) -> str:
    """Return an address at which the label of a return can be opened until the link ends."""
    ends = desk.clock.now() + timedelta(minutes=desk.settings.link_minutes)
    key = desk.settings.secret_key.get_secret_value()
    token = jwt.encode({"sub": rma, "aud": _AUDIENCE, "exp": ends}, key, algorithm=_ALGORITHM)
    return f"{desk.settings.base_url}/labels/{token}.pdf"


def rma_of(desk: Desk, token: str) -> str | None:
    """Return the return that a link's token opens; None when it is forged or has ended."""
    key = desk.settings.secret_key.get_secret_value()
    try:
        claims = jwt.decode(
            token, key, algorithms=[_ALGORITHM], audience=_AUDIENCE, options={"require": ["sub", "exp"]}
        )
    except jwt.InvalidTokenError:
        return None
    return str(claims["sub"])
