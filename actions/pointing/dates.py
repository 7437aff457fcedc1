"""Times as customers say them: "in March", "two weeks ago", "yesterday", as a span of days."""

import re
from datetime import datetime, timedelta

from actions.pointing import wording

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(
    r"\b(?:(?P<before>from|in|of|since|during|on|around|placed|ordered|last|early|late|mid)\s+)?"
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?(?:\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?\b)?(?:,?\s+(?P<year>20\d\d)\b)?",
    re.IGNORECASE,
)
_AGO = re.compile(
    r"\b(?P<count>\d+|a|an|one|two|three|four|five|six|couple of|few)\s+(?P<unit>day|week|month|year)s?\s+ago\b",
    re.IGNORECASE,
)
_LAST = re.compile(r"\b(?P<which>last|this|past)\s+(?P<unit>week|month|year)\b", re.IGNORECASE)
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


def span(text: str, now: datetime) -> tuple[datetime, datetime] | None:
    """Return the time that a text names, from and until; None when it names none."""
    day = re.search(r"\b(today|yesterday|the day before yesterday)\b", text, re.IGNORECASE)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if day:
        start = midnight - timedelta(days={"today": 0, "yesterday": 1}.get(day[1].casefold(), 2))
        return start, start + timedelta(days=1)
    return _ago(text, midnight) or _last(text, midnight) or _month(text, now)


def _ago(text: str, midnight: datetime) -> tuple[datetime, datetime] | None:
    match = _AGO.search(text)
    if not match:
        return None
    words = {"a": 1, "an": 1, "couple of": 2, "few": 3}
    said = match["count"].casefold()
    count = int(said) if said.isdigit() else words.get(said) or wording.NUMBERS[said]
    days = _DAYS[match["unit"].casefold()]
    middle = midnight - timedelta(days=days * count)
    return middle - timedelta(days=days / 2), middle + timedelta(days=max(1.0, days / 2))


def _last(text: str, midnight: datetime) -> tuple[datetime, datetime] | None:
    match = _LAST.search(text)
    if not match:
        return None
    unit, last = match["unit"].casefold(), match["which"].casefold() == "last"
    if unit == "week":
        start = midnight - timedelta(days=midnight.weekday() + (7 if last else 0))
        return start, start + timedelta(days=7)
    if unit == "month":
        start = midnight.replace(day=1)
        return ((start - timedelta(days=1)).replace(day=1), start) if last else (start, midnight + timedelta(days=1))
    start = midnight.replace(month=1, day=1)
    return (start.replace(year=start.year - 1), start) if last else (start, midnight + timedelta(days=1))


def _month(text: str, now: datetime) -> tuple[datetime, datetime] | None:
    """Read a month; without a year the last such month is meant. "may" and "mar" need a word before or a day after."""
    for match in _MONTH.finditer(text):
        name = match["month"].casefold()
        if name in {"may", "mar"} and not (match["before"] or match["day"] or match["year"]):
            continue
        number = _MONTHS.index(name[:3]) + 1
        year = int(match["year"]) if match["year"] else now.year - (number > now.month)
        start = now.replace(year=year, month=number, day=1, hour=0, minute=0, second=0, microsecond=0)
        if match["day"] and 1 <= int(match["day"]) <= 28:
            start = start.replace(day=int(match["day"]))
            return start, start + timedelta(days=1)
        return start, (start + timedelta(days=32)).replace(day=1)
    return None
