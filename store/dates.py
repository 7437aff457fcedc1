"""Days as a customer reads them and as a shop counts them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel import dates as babel_dates

from store import money

_SATURDAY = 5
_SOME_LEAP_YEAR = 2000


def local_day(moment: datetime, time_zone: str) -> date:
    """Return the calendar day of a moment at the shop's place, where deadlines end at midnight."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(ZoneInfo(time_zone)).date()


def spoken(day: date, locale: str = money.LOCALE) -> str:
    """Write a day such as `12 December 2026`, in German `12. Dezember 2026`, which no reader can mistake.

    In English the day comes first for everybody: both sides of the Atlantic read that alike.

    Raises:
        BadInput: there is no such locale.
    """
    place = money.known_locale(locale)
    return babel_dates.format_date(day, "d MMMM y" if place.language == "en" else "long", locale=place)


def spoken_without_year(month: int, day: int, locale: str = money.LOCALE) -> str:
    """Write a day of any year, such as `24 December`.

    Raises:
        BadInput: there is no such locale.
    """
    place = money.known_locale(locale)
    some = date(_SOME_LEAP_YEAR, month, day)
    if place.language == "en":
        return babel_dates.format_date(some, "d MMMM", locale=place)
    return babel_dates.format_skeleton("MMMMd", some, locale=place)


def add_business_days(start: date, days: int) -> date:
    """Return the day so many Mondays-to-Fridays after `start`; public holidays are not known here."""
    day = start
    left = days
    while left > 0:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY:
            left -= 1
    return day


def end_of_day(day: date, time_zone: str) -> datetime:
    """Return the last second of a day at the shop's place, in UTC: the moment after which a promise is late."""
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(time_zone)).astimezone(UTC)
