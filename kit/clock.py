"""Time as a dependency, so that a test can stand at any date."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the present moment, in UTC and aware of it."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)  # noqa: TID251  (the one place)


class FixedClock:
    """A clock that stands still until it is set; for tests and for replays."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the moment it was set to."""
        return self.moment
