"""The expected wait is told from what others waited, or not at all."""

from hypothesis import given
from hypothesis import strategies as st

from handoff.wait import ENOUGH, PastWait, expected_minutes, place_in_words, wait_in_words

PAST = st.lists(st.builds(PastWait, st.integers(1, 20), st.floats(0, 7200)), min_size=ENOUGH, max_size=20)


def test_with_too_little_known_nothing_is_claimed() -> None:
    assert expected_minutes(1, [PastWait(1, 60.0)] * (ENOUGH - 1)) is None
    assert wait_in_words(None) == "I can't say yet how long it will take."


def test_the_median_wait_per_place_counts() -> None:
    past = [PastWait(1, 120.0), PastWait(2, 240.0), PastWait(1, 3600.0)]
    assert expected_minutes(3, past) == 6
    assert wait_in_words(6) == "It takes about 6 minutes at the moment."
    assert wait_in_words(1) == "It takes about 1 minute at the moment."


def test_nobody_is_told_less_than_those_ahead_have_waited_already() -> None:
    past = [PastWait(1, 5.0)] * ENOUGH
    assert expected_minutes(13, past) == 1
    assert expected_minutes(13, past, longest_ahead=28 * 60.0) == 28


def test_the_place_is_said_plainly() -> None:
    assert place_in_words(1) == "You are next."
    assert place_in_words(7) == "You are number 7 in the queue."


@given(PAST, st.integers(1, 50))
def test_further_back_never_means_sooner(past: list[PastWait], place: int) -> None:
    nearer, further = expected_minutes(place, past), expected_minutes(place + 1, past)
    assert nearer is not None
    assert further is not None
    assert 1 <= nearer <= further
