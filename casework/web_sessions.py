"""Web chat sessions: a signed token that names one conversation's address and nothing else."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

CHANNEL = "web"
"""Channel of the conversations that these sessions are for."""
_ALGORITHM = "HS256"
_AUDIENCE = "webchat"


@dataclass(frozen=True)
class Session:
    """A customer's browser, as the address of a web chat conversation."""

    id: str


def issue(key: str, now: datetime, days: int) -> tuple[Session, str, datetime]:
    """Begin a session; returns it, its token, and when the token ends."""
    session = Session(str(uuid.uuid4()))
    return session, *token_for(session, key, now, days)


def token_for(session: Session, key: str, now: datetime, days: int) -> tuple[str, datetime]:
    """Return a new token for a session that has begun already, and when it ends."""
    ends = now + timedelta(days=days)
    claims = {"sub": session.id, "aud": _AUDIENCE, "iat": now, "exp": ends}
    return jwt.encode(claims, key, algorithm=_ALGORITHM), ends


def read(token: str, key: str) -> Session | None:
    """Return the session of a token, or None when the token is forged or has ended."""
    try:
        claims = jwt.decode(
            token, key, algorithms=[_ALGORITHM], audience=_AUDIENCE, options={"require": ["sub", "exp"]}
        )
    except jwt.InvalidTokenError:
        return None
    return Session(str(claims["sub"]))
