"""Places of a list that was shown."""

import pytest

from actions.pointing import listed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", 2),
        ("the third one", 2),
        ("I'll take the third one", 2),
        ("hmm, the 2nd one please", 1),
        ("number 2", 1),
        ("option 4", 3),
        ("the last one", 4),
        ("the first", 0),
        ("one", 0),
        ("I'd like the second one, please.", 1),
        ("The first one would be great.", 0),
    ],
)
def test_a_place_is_read_with_the_words_around_it(text: str, expected: int) -> None:
    assert listed.place(text, 5) == expected


@pytest.mark.parametrize(
    "text", ["6", "size 9", "8GB", "the black one", "2 and 3", "yes", "one with 4 hours", "", "i5"]
)
def test_what_says_anything_else_is_no_place(text: str) -> None:
    assert listed.place(text, 5) is None


def test_several_places_are_read_in_their_order() -> None:
    assert listed.places("the second and the third", 5) == [1, 2]
