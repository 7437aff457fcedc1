"""Signed links that end: whoever has one may open one label, attachment or conversation, for a while."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
from jwt.types import Options

from casework.desk import Desk

_ALGORITHM = "HS256"
_LABEL = "label"
_ATTACHMENT = "attachment"
_RESUME = "resume"


def to_label(desk: Desk, rma: str) -> str:
    """Return an address at which the label of a return can be opened until the link ends."""
    return f"{desk.settings.base_url}/labels/{_token(desk, _LABEL, rma)}.pdf"


def rma_of(desk: Desk, token: str) -> str | None:
    """Return the return that a link's token opens; None when it is forged or has ended."""
    return _subject(desk, _LABEL, token)


def to_attachment(desk: Desk, attachment_id: UUID) -> str:
    """Return an address at which an attachment can be opened until the link ends."""
    return f"{desk.settings.base_url}/attachments/{_token(desk, _ATTACHMENT, str(attachment_id))}"


def attachment_of(desk: Desk, token: str) -> UUID | None:
    """Return the attachment that a link's token opens; None when it is forged or has ended."""
    found = _subject(desk, _ATTACHMENT, token)
    return UUID(found) if found else None


def to_resume(desk: Desk, conversation_id: UUID, proves: UUID | None = None) -> str:
    """Return an address that brings a customer back into their conversation until the link ends (`resume_end`).

    Whoever has it can read and write there, so it goes to the customer's own address and nowhere else. `proves` is an
    order whose e-mail address it is sent to: who opens the link has shown that the address is theirs.
    """
    more = {"order": str(proves)} if proves else {}
    return f"{desk.settings.base_url}/resume/{_token(desk, _RESUME, str(conversation_id), resume_end(desk), more)}"


def resume_end(desk: Desk) -> datetime:
    """Return when a link that is made now stops bringing a customer back."""
    return desk.clock.now() + timedelta(days=desk.settings.resume_days)


def conversation_to_resume(desk: Desk, token: str) -> UUID | None:
    """Return the conversation that a link's token opens; None when it is forged or has ended."""
    found = _subject(desk, _RESUME, token)
    return UUID(found) if found else None


def order_proved_by(desk: Desk, token: str) -> UUID | None:
    """Return the order whose customer a link to resume was sent to; None when it proves nothing, or has ended."""
    claims = _claims(desk, _RESUME, token) or {}
    return UUID(claims["order"]) if "order" in claims else None


def _token(
    desk: Desk, audience: str, subject: str, ends: datetime | None = None, more: dict[str, str] | None = None
) -> str:
    ends = ends or desk.clock.now() + timedelta(minutes=desk.settings.link_minutes)
    key = desk.settings.secret_key.get_secret_value()
    return jwt.encode({**(more or {}), "sub": subject, "aud": audience, "exp": ends}, key, algorithm=_ALGORITHM)


def _subject(desk: Desk, audience: str, token: str) -> str | None:
    claims = _claims(desk, audience, token)
    return str(claims["sub"]) if claims else None


def _claims(desk: Desk, audience: str, token: str) -> dict[str, Any] | None:
    """Return what a token of ours says; a token for something else, or from a session, opens nothing."""
    key = desk.settings.secret_key.get_secret_value()
    # The end is compared with the desk's clock, not with the library's.
    checks: Options = {"require": ["sub", "exp"], "verify_exp": False}
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=[_ALGORITHM], audience=audience, options=checks)
    except jwt.InvalidTokenError:
        return None
    return claims if claims["exp"] > desk.clock.now().timestamp() else None
