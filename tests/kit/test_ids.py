"""Numbers that people read out on the phone."""

import re

from hypothesis import given
from hypothesis import strategies as st

from kit import ids
from store import repository

digits = st.text("0123456789", min_size=7, max_size=7)


@given(digits, st.integers(0, 7), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(base: str, place: int, shift: int) -> None:
    whole = base + ids.luhn_digit(base)
    slipped = whole[:place] + str((int(whole[place]) + shift) % 10) + whole[place + 1 :]

    assert ids.luhn_digit(slipped[:-1]) != slipped[-1]


def test_a_return_number_is_recognised_as_it_was_made() -> None:
    number = ids.new_rma_number()

    assert re.fullmatch(r"RMA-\d{4}-\d{4}", number)
    assert repository.normalise_rma(f"my number is {number.lower().replace('-', ' ')}") == number


def test_tokens_have_no_look_alike_characters() -> None:
    tokens = {ids.new_token() for _ in range(200)}

    assert len(tokens) == 200
    assert not set("".join(tokens)) & set("01iIloO")
