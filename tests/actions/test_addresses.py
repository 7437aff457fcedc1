"""Addresses as people type them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions import addresses
from store.order import Address

OAK = Address("12 Oak Street", "", "Portland", "OR", "97214", "US")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 Oak Street, Portland, OR 97214", OAK),
        ("12 Oak Street, Portland, Oregon, 97214", OAK),
        ("12 Oak Street Portland OR 97214", OAK),
        ("12 Oak Street\nPortland, OR 97214\nUSA", OAK),
        ("please send it to 12 Oak Street, Portland, OR 97214, thanks", OAK),
        ("change the address to 12 Oak Street, Portland OR 97214 please", OAK),
        ("my new address is 12 Oak Street, portland, or 97214", OAK),
        ("no wait, 12 Oak Street, Portland, OR 97214", OAK),
        ("I moved to 12 Oak Street, Portland, OR 97214-1203", replace(OAK, zip="97214-1203")),
        ("12 Oak Street, Apt 4B, Portland, OR 97214", Address("12 Oak Street", "Apt 4B", "Portland", "OR", "97214")),
        ("12 Oak Street Apt 4B, Portland, OR 97214", Address("12 Oak Street", "Apt 4B", "Portland", "OR", "97214")),
        ("12 Oak St #7 Portland OR 97214", Address("12 Oak St", "#7", "Portland", "OR", "97214")),
        ("PO Box 118, Salem, OR 97301", Address("PO Box 118", "", "Salem", "OR", "97301")),
        (
            "77 St Mark Avenue NW, New York, New York 10001",
            Address("77 St Mark Avenue NW", "", "New York", "NY", "10001"),
        ),
        (
            "445 Maple Drive, Suite 394, Fort Worth, TX 76165",
            Address("445 Maple Drive", "Suite 394", "Fort Worth", "TX", "76165"),
        ),
    ],
)
def test_a_whole_address_is_read_from_one_line(text: str, expected: Address) -> None:
    assert addresses.read(text) == expected
    assert addresses.missing(addresses.read(text)) == []


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("12 Oak Street", ["city", "region", "zip"]),
        ("12 Oak Street, Portland", ["region", "zip"]),
        ("12 Broadview Portland OR 97214", ["city"]),
        ("97214", ["street", "city", "region"]),
        ("Portland, OR", ["street", "zip"]),
        ("change my address please", ["street", "city", "region", "zip"]),
        ("please send it to me", ["street", "city", "region", "zip"]),
        ("I moved", ["street", "city", "region", "zip"]),
        ("", ["street", "city", "region", "zip"]),
    ],
)
def test_what_is_not_told_for_sure_is_left_to_ask(text: str, lacking: list[str]) -> None:
    assert addresses.missing(addresses.read(text)) == lacking


def test_an_address_is_put_together_from_its_parts() -> None:
    address = addresses.read("12 oak street")
    for part, text in (("city", "the city is portland"), ("region", "it's Oregon"), ("zip", "the zip is 97214")):
        address = addresses.with_part(address, part, text)

    assert address == Address("12 oak street", "", "Portland", "OR", "97214")


@pytest.mark.parametrize(
    ("part", "text"),
    [("zip", "I don't know"), ("region", "Bavaria"), ("city", "order H204518"), ("street", "the red house")],
)
def test_an_answer_that_is_none_changes_nothing(part: str, text: str) -> None:
    assert addresses.with_part(Address(), part, text) == Address()


def test_words_around_a_zip_are_no_city() -> None:
    assert addresses.read("the zip is 97214") == Address(zip="97214")


def test_another_street_does_not_keep_the_old_flat() -> None:
    before = Address("1 Elm Road", "Apt 9", "Salem", "OR", "97301")

    assert addresses.merge(before, addresses.read("12 Oak Street")).extra == ""


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert addresses.read(text).country == "US"
