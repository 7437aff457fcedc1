"""How long somebody will wait, told honestly: from how long others waited today, or not at all; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

ENOUGH = 3
"""Waits that must be known before a time is told."""


@dataclass(frozen=True)
class PastWait:
    """How long a claimed conversation had waited, in seconds, and at which place it had begun."""

    place: int
    seconds: float


@dataclass(frozen=True)
class Place:
    """Where a waiting conversation stands: 1 is next; `minutes` is None where nothing honest can be said."""

    place: int
    minutes: int | None


def expected_minutes(place: int, past: Sequence[PastWait], longest_ahead: float = 0.0) -> int | None:
    """Return the expected wait in whole minutes, at least 1: the median time per place, times the place.

    Nobody is told less than those ahead have waited already (`longest_ahead`, seconds).
    """
    if len(past) < ENOUGH:
        return None
    per_place = median(wait.seconds / max(wait.place, 1) for wait in past)
    return max(1, round(max(per_place * place, longest_ahead) / 60))


def place_in_words(place: int) -> str:
    """Say the place in the queue."""
    return "You are next." if place <= 1 else f"You are number {place} in the queue."


def wait_in_words(minutes: int | None) -> str:
    """Say the expected wait, or that it is not known."""
    if minutes is None:
        return "I can't say yet how long it will take."
    return f"It takes about {minutes} minute{'' if minutes == 1 else 's'} at the moment."
