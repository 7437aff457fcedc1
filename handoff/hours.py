"""When people are there: the shop's business hours, and what time means by them; pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LAST_MINUTE = time(23, 59)
_MOST_DAYS = 400


@dataclass(frozen=True)
class Hours:
    """Weekly hours in the shop's time zone; days wrap round the week, and 23:59 closes with the day."""

    first_day: str
    last_day: str
    opens: time
    closes: time
    zone: ZoneInfo
    text: str

    def is_open(self, now: datetime) -> bool:
        """Tell whether people are there at a moment."""
        today = now.astimezone(self.zone).date()
        return any(start <= now < end for start, end in map(self._span, (today - timedelta(days=1), today)) if start)

    def next_opening(self, now: datetime) -> datetime:
        """Return the next moment at which people come; now, when they are there."""
        if self.is_open(now):
            return now
        today = now.astimezone(self.zone).date()
        starts = (self._span(today + timedelta(days=ahead))[0] for ahead in range(8))
        return next(start for start in starts if start and start > now)

    def opens_again(self, now: datetime) -> datetime:
        """Return the next moment at which people come, after they have gone home once."""
        return self.next_opening(self._end_of_span(now) if self.is_open(now) else now)

    def after(self, start: datetime, minutes: float) -> datetime:
        """Return the moment at which so many business minutes have passed since a start."""
        left = timedelta(minutes=minutes)
        moment = self.next_opening(start)
        for _ in range(_MOST_DAYS):
            end = self._end_of_span(moment)
            if moment + left <= end:
                return moment + left
            left -= end - moment
            moment = self.next_opening(end)
        return moment

    def in_words(self, moment: datetime, now: datetime) -> str:
        """Write a moment as a customer reads it: `today at 9:00 PST`, `on Monday at 9:00 PST`."""
        local = moment.astimezone(self.zone)
        days = (local.date() - now.astimezone(self.zone).date()).days
        day = {0: "today", 1: "tomorrow"}.get(days, f"on {WEEKDAYS[local.weekday()]}")
        return f"{day} at {local.hour}:{local:%M} {local:%Z}"

    def _span(self, day: date) -> tuple[datetime | None, datetime]:
        """Return when a day's hours begin and end, in UTC (local clocks jump); some end on the next day."""
        start = datetime.combine(day, self.opens, self.zone).astimezone(UTC)
        ends_on = day if self.closes > self.opens else day + timedelta(days=1)
        end = datetime.combine(ends_on, self.closes, self.zone)
        if self.closes == _LAST_MINUTE:
            end = datetime.combine(ends_on + timedelta(days=1), time(), self.zone)
        return (start if self._works_on(day) else None), end.astimezone(UTC)

    def _end_of_span(self, moment: datetime) -> datetime:
        today = moment.astimezone(self.zone).date()
        spans = map(self._span, (today - timedelta(days=1), today))
        return max(end for start, end in spans if start and start <= moment < end)

    def _works_on(self, day: date) -> bool:
        first, last = WEEKDAYS.index(self.first_day), WEEKDAYS.index(self.last_day)
        return (day.weekday() - first) % 7 <= (last - first) % 7
