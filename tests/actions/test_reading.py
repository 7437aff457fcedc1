"""Bare answers: numbers, conditions, options."""

import pytest

from actions import reading


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2", 2), ("one of the two", 1), ("two", 2), ("just one", 1), ("2 or 3", None), ("some", None)],
)
def test_a_number_is_read_in_digits_and_words(text: str, expected: int | None) -> None:
    assert reading.number(text) == expected


VARIANTS = [
    ("a", "full size, backlight white, switch type clicky"),
    ("b", "full size, backlight none, switch type clicky"),
    ("c", "size 80%, backlight none, switch type linear"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not the linear one, white", "a"),
        ("clicky with no backlight", "b"),
        ("the linear one", "c"),
        ("white", "a"),
        ("clicky", None),
        ("2", "b"),
        ("", None),
    ],
)
def test_an_option_is_found_when_one_fits_best(text: str, expected: str | None) -> None:
    assert reading.option(text, VARIANTS) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("still sealed", "sealed"),
        ("I haven't opened it", "sealed"),
        ("unopened", "sealed"),
        ("I opened it", "opened"),
        ("opened but never used", "opened"),
        ("unused", "opened"),
        ("used it twice", "used"),
        ("washed", "used"),
        ("it has a crack", "damaged"),
        ("no idea", None),
    ],
)
def test_a_condition_is_read(text: str, expected: str | None) -> None:
    assert reading.condition(text) == expected


SIZES = [(f"{number} {color}", f"size {number}, {color}") for number in range(7, 12) for color in ("black", "blue")]


def test_a_number_is_the_size_where_there_is_one_and_only_else_the_place_in_the_list() -> None:
    assert reading.options("size 10 blue", SIZES) == ["10 blue"]
    assert reading.options("10", SIZES) == ["10 black", "10 blue"]
    assert reading.options("the 2nd", SIZES) == ["7 blue"]
