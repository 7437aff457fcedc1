"""Addresses that customers write while they wait."""

import pytest

from handoff import contact


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Maya.Torres@Example.com", {"email": "maya.torres@example.com"}),
        ("it's maya+shop@mail.example.co.uk, thanks", {"email": "maya+shop@mail.example.co.uk"}),
        ("call me on (503) 555-0142 please", {"phone": "+15035550142"}),
        ("+44 20 7946 0018", {"phone": "+442079460018"}),
        ("maya@example.com or 503 555 0142", {"email": "maya@example.com", "phone": "+15035550142"}),
    ],
)
def test_an_address_is_found_in_what_people_write(text: str, found: dict[str, str]) -> None:
    assert contact.read(text, "US") == {**found, "from": contact.SAID}


@pytest.mark.parametrize("text", ["hello?", "order H204518", "maya@example", "it was 1234", "97214"])
def test_what_is_no_address_is_not_taken_for_one(text: str) -> None:
    assert contact.read(text, "US") == {}


@pytest.mark.parametrize(("text", "tried"), [("maya@example", True), ("503 555 01", True), ("hurry up", False)])
def test_what_was_meant_as_an_address_is_told_apart_from_other_words(text: str, tried: bool) -> None:
    assert contact.looks_like_a_try(text) is tried


def test_an_address_that_the_customer_named_is_shown_whole_and_any_other_masked() -> None:
    assert contact.shown({"email": "maya@example.com", "from": "customer"}) == "maya@example.com"
    assert contact.shown({"email": "maya@example.com", "from": "order"}) == "m…a@example.com"
    assert contact.shown({"phone": "+15035550142", "from": "order"}) == "…0142"
    assert contact.shown({}) == ""
