"""Business hours in the shop's time zone: open or not, when people come, and what a target means."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.hours import WEEKDAYS, Hours

ANGELES = ZoneInfo("America/Los_Angeles")
OFFICE = Hours("Monday", "Friday", time(9), time(17), ANGELES, "")
ALWAYS = Hours("Monday", "Sunday", time(0), time(23, 59), ANGELES, "")
NIGHT = Hours("Monday", "Friday", time(22), time(6), ANGELES, "")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment in Los Angeles, in November 2026; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ANGELES)


MOMENTS = st.integers(0, 365 * 24 * 60).map(lambda minutes: at(1, 0) + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (at(23, 8, 59), False),
        (at(23, 9), True),
        (at(23, 16, 59), True),
        (at(23, 17), False),
        (at(28, 12), False),
    ],
)
def test_people_are_there_from_opening_to_closing_on_working_days(moment: datetime, is_open: bool) -> None:
    assert OFFICE.is_open(moment) is is_open


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin() -> None:
    assert NIGHT.is_open(at(24, 5))
    assert NIGHT.is_open(at(28, 5))  # Friday's night
    assert not NIGHT.is_open(at(29, 5))


def test_days_may_wrap_round_the_week() -> None:
    weekend = Hours("Saturday", "Monday", time(9), time(17), ANGELES, "")
    assert [weekend.is_open(at(day, 12)) for day in (27, 28, 29, 30)] == [False, True, True, True]


def test_on_friday_evening_people_come_back_on_monday() -> None:
    assert OFFICE.next_opening(at(27, 18)) == at(30, 9)


def test_a_target_runs_on_business_time_only() -> None:
    assert OFFICE.after(at(23, 16, 50), 15) == at(24, 9, 5)
    assert OFFICE.after(at(27, 20), 60) == at(30, 10)
    assert OFFICE.after(at(23, 10), 8 * 60 * 6) == at(30, 10) + timedelta(days=1)


def test_the_next_opening_after_today_is_tomorrow() -> None:
    assert OFFICE.opens_again(at(23, 12)) == at(24, 9)
    assert OFFICE.opens_again(at(23, 7)) == at(23, 9)


@pytest.mark.parametrize(
    ("moment", "now", "said"),
    [
        (at(23, 9), at(23, 7), "today at 9:00 PST"),
        (at(24, 9), at(23, 18), "tomorrow at 9:00 PST"),
        (at(30, 9), at(27, 18), "on Monday at 9:00 PST"),
    ],
)
def test_a_moment_is_said_as_people_say_it(moment: datetime, now: datetime, said: str) -> None:
    assert OFFICE.in_words(moment, now) == said


@given(moment=MOMENTS)
def test_who_is_always_there_is_always_there(moment: datetime) -> None:
    assert ALWAYS.is_open(moment)


@given(
    moment=MOMENTS,
    minutes=st.integers(0, 10_000),
    first=st.sampled_from(WEEKDAYS),
    last=st.sampled_from(WEEKDAYS),
    opens=st.integers(0, 23),
    closes=st.integers(0, 23),
)
def test_what_is_due_is_due_while_people_are_there_or_as_they_leave(
    moment: datetime, minutes: int, first: str, last: str, opens: int, closes: int
) -> None:
    hours = Hours(first, last, time(opens), time(closes), ANGELES, "")
    opening = hours.next_opening(moment)
    due = hours.after(moment, minutes)

    assert opening >= moment
    assert hours.is_open(opening)
    assert due >= opening
    assert hours.is_open(due) or hours.is_open(due - timedelta(seconds=1))
