"""Reads the brain's replies: plain responses of the domain, and whole messages that an action composed."""

from typing import Any

from conversations.message import Choice, Draft


def drafts(messages: list[dict[str, Any]]) -> list[Draft]:
    """Return what is to leave, in order; markers that are not for the customer are left out."""
    found = [_draft(message) for message in messages]
    return [draft for draft in found if draft is not None]


def _draft(message: dict[str, Any]) -> Draft | None:
    composed = message.get("custom")
    if isinstance(composed, dict):
        return _composed(composed)
    if not message.get("text"):
        return None
    plain = tuple(_button(button) for button in message.get("buttons") or [])
    return Draft(str(message["text"]), buttons=plain)


def _composed(data: dict[str, Any]) -> Draft | None:
    if "text" not in data:
        return None
    return Draft(
        text=str(data["text"]),
        buttons=tuple(data.get("buttons") or ()),
        cards=tuple(data.get("cards") or ()),
        attachments=tuple(data.get("attachments") or ()),
        expects=data.get("expects"),
    )


def _button(button: dict[str, Any]) -> dict[str, Any]:
    """A button of a domain response: its payload is `/intent`."""
    return {"title": button["title"], "choice": Choice(str(button["payload"]).lstrip("/")).to_json()}
