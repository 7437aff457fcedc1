"""What an agent is: who they are, whether they are there, and how long somebody waits who gives wrong passwords."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from conversations import message
from kit import errors

ONLINE_SECONDS = 30
"""How long an agent counts as there after the last sign of an open console page, which gives one every 10 seconds."""
FREE_TRIES = 5
"""So many wrong passwords with one e-mail within `TRY_WINDOW` bring a wait."""
FREE_TRIES_OF_ADDRESS = 30
"""The same from one network address, behind which a whole office may sit: five typing errors must not lock it out."""
TRY_WINDOW = timedelta(minutes=10)
FIRST_WAIT_SECONDS = 30
LONGEST_WAIT_SECONDS = 15 * 60
LONGEST_NAME = 60
LONGEST_EMAIL = 254
"""Characters of an e-mail address (RFC 3696, erratum 1690)."""

_EMAIL = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\".]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_SKILL = re.compile(r"[\w-]{1,40}")


class Role(StrEnum):
    """What an agent may do beside answering."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class WrongPassword(errors.NotAllowed):
    """E-mail and password do not fit each other, or the agent is disabled: the words are the same for all of these."""

    def __init__(self) -> None:
        super().__init__("This e-mail and password don't fit together. Check both and try again.")


class TooManyTries(errors.NotAllowed):
    """There were so many wrong passwords that not even the right one is looked at for a while."""

    def __init__(self, wait_seconds: float) -> None:
        self.wait_seconds = math.ceil(wait_seconds)
        """Whole seconds until the next try is looked at."""
        super().__init__(f"Too many wrong tries. Wait {in_words(self.wait_seconds)}, then try again.")


@dataclass(frozen=True)
class Agent:
    """A person who answers customers, as stored; everywhere else an agent is known by `name`, which is unique."""

    id: UUID
    email: str
    name: str
    role: Role
    team: str | None
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    capacity: int
    available: bool
    seen_at: datetime | None
    preferences: dict[str, Any]
    disabled: bool

    def is_online(self, now: datetime) -> bool:
        """Tell whether conversations may be given to this agent: a page is open, and they have not stepped away."""
        if self.disabled or not self.available or self.seen_at is None:
            return False
        return now - self.seen_at <= timedelta(seconds=ONLINE_SECONDS)

    @property
    def may_supervise(self) -> bool:
        """Tell whether this agent may watch others and take conversations over from them."""
        return self.role in {Role.SUPERVISOR, Role.ADMIN}


def wait_after(tries: Sequence[datetime], now: datetime, free: int = FREE_TRIES) -> float:
    """Return for how many seconds no password is looked at, after wrong ones at these moments.

    The fifth (`free`) within ten minutes brings half a minute; each further one doubles that, up to a quarter of an
    hour. Ten minutes without a wrong one after the end of a wait, and counting starts anew.
    """
    recent: list[datetime] = []
    waits = 0
    blocked_until: datetime | None = None
    for moment in sorted(tries):
        if blocked_until and moment - blocked_until >= TRY_WINDOW:
            recent, waits, blocked_until = [], 0, None
        recent = [*(earlier for earlier in recent if moment - earlier < TRY_WINDOW), moment]
        if waits or len(recent) >= free:
            waits += 1
            blocked_until = moment + timedelta(seconds=_wait_seconds(waits))
    return max(0.0, (blocked_until - now).total_seconds()) if blocked_until else 0.0


def sign_in_name(email: str) -> str:
    """Return the form of an e-mail address under which agents are stored and tries are counted."""
    return message.clean(email[:LONGEST_EMAIL]).lower()


def checked_email(email: str) -> str:
    """Return an e-mail address in its stored form.

    Raises:
        BadInput: it is no address.
    """
    known = message.clean(email).lower()
    if len(known) > LONGEST_EMAIL or not _EMAIL.fullmatch(known):
        raise errors.BadInput(f"{email[:LONGEST_EMAIL]!r} is no e-mail address.")
    return known


def checked_name(name: str) -> str:
    """Return a name as customers see it, on one line.

    Raises:
        BadInput: it is empty, or longer than `LONGEST_NAME` characters.
    """
    known = " ".join(message.clean(name).split())
    if not any(character.isalnum() for character in known):
        raise errors.BadInput("An agent needs a name; customers see it.")
    if len(known) > LONGEST_NAME:
        raise errors.BadInput(f"A name may have at most {LONGEST_NAME} characters; customers see it.")
    return known


def checked_languages(languages: Iterable[str]) -> tuple[str, ...]:
    """Return language tags such as `en` or `pt-br`, each once.

    Raises:
        BadInput: one is no language tag, or there is none.
    """
    known = _each_once(languages)
    for tag in known:
        if not _LANGUAGE.fullmatch(tag):
            raise errors.BadInput(f"{tag!r} is no language tag; they look like en, es or pt-br.")
    if not known:
        raise errors.BadInput("An agent speaks at least one language, such as en.")
    return known


def checked_skills(skills: Iterable[str]) -> tuple[str, ...]:
    """Return skills in small letters, each once.

    Raises:
        BadInput: one is not a single word.
    """
    known = _each_once(skills)
    for skill in known:
        if not _SKILL.fullmatch(skill):
            raise errors.BadInput(f"{skill!r} is no skill; a skill is one word, such as legal.")
    return known


def in_words(seconds: int) -> str:
    """Write a time to wait: `45 seconds`, `1 minute 30 seconds`, `15 minutes`."""
    minutes, rest = divmod(seconds, 60)
    parts = [(minutes, "minute"), (rest, "second")]
    return " ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count) or "a moment"


def _each_once(words: Iterable[str]) -> tuple[str, ...]:
    cleaned = (message.clean(word).lower() for word in words)
    return tuple(dict.fromkeys(word for word in cleaned if word))


def _wait_seconds(waits: int) -> int:
    doublings = min(waits - 1, 10)  # no power is taken of a number that an attacker makes grow
    return min(FIRST_WAIT_SECONDS << doublings, LONGEST_WAIT_SECONDS)
