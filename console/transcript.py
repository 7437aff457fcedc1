"""The transcript on the screen: every message, note and survey from the first word, as rows that the page draws.

What stands in a row is decided here, and is plain data; `static/transcript.js` draws it with text nodes only. The page
is sent a row again when it has changed (delivered, understood, pressed), and never the whole transcript.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from nicegui.element import Element

from console import words
from console.moments import Wall
from conversations.mails import MailState, StoredMail
from conversations.message import Author, Message, State
from handoff.notes import Note
from handoff.surveys import Survey
from handoff.ticket import REASON_TITLES, Ticket

type Row = dict[str, Any]

FIRST_ROWS = 300
"""So many of the newest rows come with the page; what is older follows when these stand on the screen."""
_STATES = {
    State.QUEUED: "Not delivered yet",
    State.SENT: "Sent",
    State.DELIVERED: "Seen",
    State.FAILED: "Failed",
}
_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_MESSAGE, _WITH_IT = 0, 1
_URGENT = 1


@dataclass(frozen=True)
class Story:
    """All that is shown of a conversation."""

    messages: Sequence[Message]
    notes: Sequence[Note] = ()
    surveys: Sequence[Survey] = ()
    mails: Sequence[StoredMail] = ()
    ticket: Ticket | None = None
    customer: str = words.UNKNOWN_CUSTOMER


@dataclass(frozen=True)
class Style:
    """How it is shown: the clock on the wall, the pause after which a new episode begins, and links to attachments.

    From `upset` on a message is marked, from `very_upset` on it stands out (`mood` in the shop's rules for handoffs).
    """

    wall: Wall
    episode_pause: timedelta
    upset: float
    very_upset: float
    link_of: Callable[[UUID], str]


def rows(story: Story, style: Style, after: int = 0) -> list[Row]:
    """Return the rows of a conversation above a number, in the order in which they stand.

    The messages may be the tail of a transcript; then the first one only says what the next one follows.
    """
    pressed = {token for message in story.messages for token in _tokens(message)}
    found = [_message_row(message, story, style, pressed) for message in story.messages]
    for earlier, row, message in zip([None, *story.messages], found, story.messages, strict=False):
        row["episode"] = earlier is not None and message.created_at - earlier.created_at >= style.episode_pause
    found += [_note_row(note, style.wall) for note in story.notes]
    found += [_survey_row(survey, story, style.wall) for survey in story.surveys if survey_line(survey)]
    shown = [row for row in found if row["seq"] > after or after == 0]
    return sorted(shown, key=lambda row: (row["seq"], row["rank"], row["exact"]))


def hidden_address(address: str) -> str:
    """Return an e-mail address or number of which a passer-by learns little: `m…s@example.com`."""
    local, at, domain = address.partition("@")
    shown = f"{local[:1]}…{local[-1:]}" if len(local) > 1 else "…"
    return f"{shown}{at}{domain}" if at else f"…{address[-4:]}"


def _message_row(message: Message, story: Story, style: Style, pressed: set[str]) -> Row:
    mood = _mood(message.mood, style) if message.author is Author.CUSTOMER else None
    return {
        **_frame(f"m{message.seq}", message.seq, _MESSAGE, message.created_at, style.wall),
        "kind": "system" if message.author is Author.SYSTEM else "said",
        "author": message.author.value,
        "name": _name(message, story.customer),
        "channel": words.channel(message.channel),
        "parts": _parts(message, mood["words"] if mood else ()),
        "state": _delivery(message, story.mails),
        "failed": _has_failed(message, story.mails),
        "understood": _understood(message),
        "mood": mood,
        "called": _called(message, story.ticket),
        "urgent": story.ticket is not None and story.ticket.priority == _URGENT,
        "chips": _chips(message, pressed),
        "files": [_file(stored, style.link_of) for stored in message.content.get("attachments") or []],
    }


def _frame(key: str, seq: int, rank: int, at: datetime, wall: Wall) -> Row:
    return {
        "key": key,
        "seq": seq,
        "rank": rank,
        "exact": at.timestamp(),
        "time": wall.time(at),
        "moment": wall.full(at),
        "day": wall.day(at),
        "episode": False,
    }


def _note_row(note: Note, wall: Wall) -> Row:
    frame = _frame(f"n{note.id}", note.after_seq, _WITH_IT, note.at, wall)
    return {**frame, "kind": "note", "author": "note", "name": note.agent_name, "parts": [{"text": note.text}]}


def _survey_row(survey: Survey, story: Story, wall: Wall) -> Row:
    """A survey stands after what had been said when it was answered, or not asked for."""
    at = survey.answered_at or survey.at
    seq = max((message.seq for message in story.messages if message.created_at <= at), default=0)
    frame = _frame(f"s{survey.ticket_id}", seq, _WITH_IT, at, wall)
    return {**frame, "kind": "survey", "author": "survey", "name": "", "parts": [{"text": survey_line(survey)}]}


def survey_line(survey: Survey) -> str:
    """Return a survey in one line: the answer, or why nobody was asked; nothing while the answer is awaited."""
    if survey.skipped:
        return f"Not asked how it was: {survey.skipped}"
    if survey.rating is None:
        return ""
    comment = f": “{survey.comment}”" if survey.comment else ""
    return f"Rated {survey.rating} of 5 for {survey.agent_name}{comment}"


def _name(message: Message, customer: str) -> str:
    names = {Author.CUSTOMER: customer, Author.BOT: "Assistant", Author.SYSTEM: ""}
    return names.get(message.author) or message.agent_name or ""


def _parts(message: Message, led_to_mood: Iterable[str]) -> list[dict[str, str]]:
    """Cut a text where something is marked: words that led to a mood, or an address in what we have written.

    An address that a customer writes stays plain text: nobody should open a stranger's link by a slip.
    """
    wanted = [re.escape(word) for word in sorted(led_to_mood, key=len, reverse=True) if word]
    if message.author is Author.CUSTOMER:
        pattern, kind = (re.compile("|".join(wanted), re.IGNORECASE), "marked") if wanted else (None, "")
    else:
        pattern, kind = _ADDRESS, "href"
    if pattern is None or not message.text:
        return [{"text": message.text}] if message.text else []
    return _cut(message.text, pattern, kind)


def _cut(text: str, pattern: re.Pattern[str], kind: str) -> list[dict[str, str]]:
    parts, end = [], 0
    for found in pattern.finditer(text):
        if found.start() > end:
            parts.append({"text": text[end : found.start()]})
        parts.append({"text": found[0], kind: found[0]})
        end = found.end()
    return [*parts, {"text": text[end:]}] if end < len(text) else parts


def _delivery(message: Message, mails: Sequence[StoredMail]) -> str:
    """Say how far a message of ours has come; empty for the customer's own."""
    if message.author is Author.CUSTOMER:
        return ""
    mailed = _mail_of(message, mails)
    if mailed:
        return _mailed(mailed)
    if message.author is Author.BOT and message.state is State.DELIVERED:
        return ""  # what the customer goes on to say tells as much
    reason = str(message.content.get("failure") or "")
    return f"Failed: {reason}" if message.state is State.FAILED and reason else _STATES.get(message.state, "")


def _mail_of(message: Message, mails: Sequence[StoredMail]) -> StoredMail | None:
    """Return the newest e-mail that brings a message; None when none does."""
    return next((mail for mail in reversed(mails) if message.seq in mail.seqs), None)


def _mailed(mail: StoredMail) -> str:
    address = hidden_address(mail.address)
    if mail.state is MailState.SENT:
        return f"E-mailed to {address}"
    if mail.state is MailState.QUEUED:
        return f"Goes by e-mail to {address}"
    reason = " ".join((mail.error or "").replace(mail.address, address).split())
    return f"E-mail to {address} failed: {reason}" if reason else f"E-mail to {address} failed"


def _has_failed(message: Message, mails: Sequence[StoredMail]) -> bool:
    mail = _mail_of(message, mails)
    return message.state is State.FAILED or (mail is not None and mail.state is MailState.FAILED)


def _understood(message: Message) -> str:
    if message.author is not Author.CUSTOMER or not message.intent:
        return ""
    sure = f" {message.confidence:.0%}" if message.confidence is not None else ""
    return f"{message.intent.replace('_', ' ')}{sure}"


def _mood(reading: dict[str, Any] | None, style: Style) -> dict[str, Any] | None:
    """Return the mark of a message that sounds upset, threatens, or tells of an injury; None for a calm one."""
    if not reading:
        return None
    score, reason = float(reading.get("score") or 0), reading.get("reason")
    if reason not in ("legal", "safety") and score < style.upset:
        return None
    led_to_it = [str(word) for word in reading.get("words") or ()]
    title = {"legal": "Legal threat", "safety": "Safety"}.get(str(reason))
    quoted = ", ".join(f"“{word}”" for word in led_to_it)
    return {
        "title": title or ("Very upset" if score >= style.very_upset else "Upset"),
        "strong": bool(title) or score >= style.very_upset,
        "why": " · ".join(part for part in (quoted, f"rule {reading.get('rule', '')}", f"{score:.2f}") if part),
        "words": led_to_it,
    }


def _called(message: Message, ticket: Ticket | None) -> str:
    if ticket is None or ticket.trigger.get("seq") != message.seq:
        return ""
    rule = ticket.trigger.get("escalation") or ticket.trigger.get("rule")
    return f"This is why you were called: {REASON_TITLES[ticket.reason].lower()}" + (f" · rule {rule}" if rule else "")


def _chips(message: Message, pressed: set[str]) -> list[dict[str, Any]]:
    """Return what could be pressed with a message, and what was."""
    content = message.content
    shown = [*(content.get("buttons") or []), *(content.get("cards") or [])]
    return [
        {
            "title": str(one.get("title") or ""),
            "more": _card_text(one),
            "pressed": one.get("payload") in pressed,
            "dead": not one.get("payload"),
        }
        for one in shown
    ]


def _card_text(shown: dict[str, Any]) -> str:
    return " · ".join(str(shown[name]) for name in ("text", "price", "amount", "note") if shown.get(name))


def _file(stored: dict[str, str], link_of: Callable[[UUID], str]) -> dict[str, Any]:
    media_type = stored.get("media_type", "")
    return {
        "name": stored.get("name", ""),
        "url": link_of(UUID(stored["id"])) if "id" in stored else stored.get("url", ""),
        "picture": media_type.startswith("image/"),
    }


def _tokens(message: Message) -> list[str]:
    return [part.partition("*")[0] for part in (message.press or "").split()]


class TranscriptView(Element, component="static/transcript.js"):
    """The transcript as an element of a page.

    A message of `own`, the agent's, brings the end into sight. Events: `ready` when it is drawn, and `seen` with the
    highest number that stood before the agent's eyes.
    """

    def __init__(self, first: list[Row], own: str = "", at: int | None = None) -> None:
        super().__init__()
        self._shown = {row["key"]: row for row in first}
        self._props["first"] = first[-FIRST_ROWS:]
        self._props["own"] = own
        self._props["at"] = at
        self._earlier = first[:-FIRST_ROWS]

    def bring_earlier(self) -> None:
        """Send what is older than the first rows, newest first, in pieces that a browser takes without a pause."""
        while self._earlier:
            self._earlier, piece = self._earlier[:-FIRST_ROWS], self._earlier[-FIRST_ROWS:]
            self.run_method("put", piece)

    def put(self, current: Sequence[Row]) -> None:
        """Send what is new or has changed; nothing when all of it is on the screen."""
        changed = [row for row in current if self._shown.get(row["key"]) != row]
        if changed:
            self._shown |= {row["key"]: row for row in changed}
            self.run_method("put", changed)

    def show_typing(self, name: str) -> None:
        """Say for some seconds that somebody is writing."""
        self.run_method("showTyping", name)

    def go_to(self, seq: int) -> None:
        """Scroll to a message and mark it for a moment."""
        self.run_method("goTo", seq)
