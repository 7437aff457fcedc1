"""How the console says things, in one place, so that every page says them alike."""

from datetime import datetime

from handoff.ticket import REASON_TITLES, Ticket
from kit import errors

CHANNELS = {"web": "Web chat", "whatsapp": "WhatsApp", "telegram": "Telegram", "sms": "SMS"}
LANGUAGES = {"en": "English", "es": "Spanish", "fr": "French", "de": "German", "pt": "Portuguese", "it": "Italian"}
UNKNOWN_CUSTOMER = "Customer"


def channel(name: str) -> str:
    """Name a channel as agents read it."""
    return CHANNELS.get(name, name.capitalize())


def customer(name: str) -> str:
    """Name a customer, also one who has not proved a name."""
    return name or UNKNOWN_CUSTOMER


def reason(ticket: Ticket) -> str:
    """Say why a person is needed."""
    return REASON_TITLES[ticket.reason]


def tags(ticket: Ticket) -> list[str]:
    """Return what narrows down who can help: language unless English, skills, team."""
    language = [] if ticket.language == "en" else [LANGUAGES.get(ticket.language, ticket.language)]
    team = [f"{ticket.team} team"] if ticket.team else []
    skills = [skill for skill in ticket.skills if skill != ticket.reason]
    return [*language, *skills, *team]


def trouble(error: errors.HouseError) -> str:
    """Turn an error of the house into a sentence for an agent; its message says what happened and who was first."""
    if isinstance(error, errors.Unavailable):
        return "Something that we depend on does not answer at the moment. Nothing was changed; please try again."
    return sentence(str(error)) or "This could not be done."


def sentence(text: str) -> str:
    """Begin with a capital and end with a full stop."""
    trimmed = text.strip()
    if not trimmed:
        return ""
    return trimmed[0].upper() + trimmed[1:] + ("" if trimmed[-1] in ".!?…" else ".")


def span(seconds: float) -> str:
    """Say a length of time briefly: `45 s`, `2 min`, `1 h 05`, `3 d`."""
    whole = max(int(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02}"
    return f"{whole // 86400} d"


def milliseconds(moment: datetime | None) -> int | None:
    """Return a moment as browsers count it."""
    return int(moment.timestamp() * 1000) if moment else None
