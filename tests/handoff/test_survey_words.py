"""What people write when they are asked how it was: ratings, comments, neither, or a new wish."""

import pytest

from handoff import surveys


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("I'd say 4", 4),
        ("4, thanks", 4),
        ("4 out of 5, thanks", 4),
        ("5!!", 5),
        ("⭐⭐⭐⭐", 4),
        ("great", 5),
        ("Very good!", 4),
        ("terrible", 1),
        ("actually 4", 4),
        ("I give her a five", 5),
        ("3 stars", 3),
    ],
)
def test_a_rating_is_read_in_many_words(text: str, rating: int) -> None:
    assert surveys.rating_in(text) == rating


@pytest.mark.parametrize("text", ["0", "10", "5 mugs", "4 days ago", "one more thing", "2 items are missing", "45"])
def test_a_number_of_something_is_no_rating(text: str) -> None:
    assert surveys.rating_in(text) is None
    assert surveys.rating_and_comment_in(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2. she was slow", (2, "she was slow")),
        ("5 - very kind", (5, "very kind")),
        ("1, nobody cared about my problem", (1, "nobody cared about my problem")),
        ("3, can you send me the label?", None),
        ("4, where is my refund", None),
    ],
)
def test_a_rating_and_a_comment_may_come_together(text: str, found: tuple[int, str] | None) -> None:
    assert surveys.rating_and_comment_in(text) == found


@pytest.mark.parametrize("text", ["no", "No thanks", "skip", "I don't want to rate", "I’d rather not"])
def test_who_does_not_want_to_rate_is_understood(text: str) -> None:
    assert surveys.declines(text)


@pytest.mark.parametrize("text", ["no refund yet", "not solved", "nobody helped", "I don't have my label"])
def test_other_words_decline_nothing(text: str) -> None:
    assert not surveys.declines(text)


@pytest.mark.parametrize("text", ["no", "nope, that's all", "No thanks", "bye", "ok", "👍", "thank you, bye!", "..."])
def test_what_holds_no_comment_is_kept_as_none(text: str) -> None:
    assert surveys.says_nothing(text)


@pytest.mark.parametrize("text", ["still not solved", "no help at all", "fine but slow", "thanks Ana, you were great"])
def test_what_says_something_is_a_comment(text: str) -> None:
    assert not surveys.says_nothing(text)


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("it was ok. I also want to return another item", True),
        ("good, but I need a label", True),
        ("she knew what I wanted", False),
        ("I had to wait for long", False),
    ],
)
def test_a_wish_beside_a_comment_is_heard(text: str, wants: bool) -> None:
    assert surveys.also_wants(text) is wants
