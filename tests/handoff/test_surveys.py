"""What counts as a rating, and what as a comment on it."""

import pytest

from handoff import surveys


@pytest.mark.parametrize(
    ("text", "rating"),
    [("4", 4), ("five", 5), ("5/5", 5), ("3 out of 5", 3), ("a 2", 2), ("4 stars!", 4), ("1.", 1)],
)
def test_a_rating_in_words_or_figures_is_one(text: str, rating: int) -> None:
    assert surveys.rating_in(text) == rating


@pytest.mark.parametrize("text", ["0", "6", "45", "4 mugs were broken", "where is my refund", "H204518", ""])
def test_everything_else_is_none(text: str) -> None:
    assert surveys.rating_in(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Ana was very friendly",
        "too slow",
        "thanks, that was quick",
        "great help",
        "nice person",
        "he helped me with my refund",
        "best agent ever",
        "she was great, thank you for the refund",
    ],
)
def test_words_about_the_help_are_a_comment(text: str) -> None:
    assert surveys.is_comment(text)


@pytest.mark.parametrize(
    "text",
    ["where is my refund?", "I want to return the mug too", "#H204518", "track my order", "can I talk to a person"],
)
def test_a_new_request_is_no_comment(text: str) -> None:
    assert not surveys.is_comment(text)
