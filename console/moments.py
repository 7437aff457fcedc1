"""Moments as agents read them, on the shop's own clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from store import dates

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


@dataclass(frozen=True)
class Wall:
    """The clock on the shop's wall: its time zone, and what it shows now."""

    time_zone: str
    now: datetime

    def time(self, at: datetime) -> str:
        """Return the time of day: `14:05`."""
        return f"{self._local(at):%H:%M}"

    def day(self, at: datetime) -> str:
        """Return the day: `Today`, `Yesterday`, `Monday 23 November`, and with the year when it is another one."""
        local, today = self._local(at), self._local(self.now)
        if local.date() == today.date():
            return "Today"
        if local.date() == today.date() - timedelta(days=1):
            return "Yesterday"
        year = "" if local.year == today.year else f" {local.year}"
        return f"{local:%A} {local.day} {local:%B}{year}"

    def full(self, at: datetime) -> str:
        """Return day and time to the second, for whoever wants to know exactly."""
        local = self._local(at)
        return f"{local:%A} {dates.spoken(local.date())}, {local:%H:%M:%S}"

    def short(self, at: datetime) -> str:
        """Return the time for today, else day and time: `14:05`, `Yesterday 14:05`, `3 Nov 14:05`, `3 Nov 2025`."""
        local, today = self._local(at), self._local(self.now)
        if local.date() == today.date():
            return self.time(at)
        if local.date() == today.date() - timedelta(days=1):
            return f"Yesterday {self.time(at)}"
        if local.year == today.year:
            return f"{local.day} {local:%b} {self.time(at)}"
        return f"{local.day} {local:%b} {local.year}"

    def ago(self, at: datetime) -> str:
        """Return how long ago it was: `just now`, `5 min ago`, `2 h ago`, `3 days ago`."""
        seconds = (self.now - at).total_seconds()
        return "just now" if seconds < _MINUTE else f"{lasting(seconds)} ago"

    def until(self, due: datetime) -> str:
        """Return how far a moment is: `in 5 min`, or `5 min late`."""
        seconds = (due - self.now).total_seconds()
        return f"in {lasting(seconds)}" if seconds >= 0 else f"{lasting(-seconds)} late"

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.time_zone))


def lasting(seconds: float) -> str:
    """Return a length of time in one unit: `40 s`, `5 min`, `2 h`, `3 days`."""
    if seconds < _MINUTE:
        return f"{int(seconds)} s"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} min"
    if seconds < _DAY:
        return f"{int(seconds // _HOUR)} h"
    days = int(seconds // _DAY)
    return f"{days} day" if days == 1 else f"{days} days"
