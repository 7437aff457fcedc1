"""Wants that the brain knows under one name are told apart by their words."""

import pytest

from actions import finer, gift_codes
from actions.call import Want


def want(intent: str, text: str, **entities: str) -> Want:
    """A want as the brain reads it."""
    return Want(intent, text, tuple({"entity": name, "value": value} for name, value in entities.items()))


@pytest.mark.parametrize(
    ("intent", "text", "expected"),
    [
        ("start_return", "what would I get if I returned the boots?", "what_if"),
        ("ask_policy", "how much will I get if I return the lamp?", "what_if"),
        ("ask_policy", "what would I get for an opened laptop", "ask_policy"),
        ("start_return", "I want to return the boots", "start_return"),
        ("start_return", "change my return to a refund", "change_return"),
        ("refund_status", "what about the money I get back", "refund_status"),
        ("request_label", "can I have more time to send my parcel", "extend_return"),
        ("ask_policy", "can you extend the deadline for my return", "extend_return"),
        ("request_label", "extend the deadline please", "extend_return"),
        ("ask_policy", "how long is the return window", "ask_policy"),
        ("ask_policy", "do you extend returns over the holidays?", "ask_policy"),
        ("request_label", "my label has expired, I need another one", "new_label"),
        ("request_label", "send me the label again", "request_label"),
    ],
)
def test_a_want_is_named_by_what_exactly_is_wanted(intent: str, text: str, expected: str) -> None:
    assert finer.want_of(want(intent, text)).intent == expected


def test_something_else_for_a_return_that_is_named_changes_that_return() -> None:
    asked = want("exchange_item", "change my return RMA-4829-1563 to an exchange", rma="RMA-4829-1563")

    assert finer.want_of(asked).intent == "change_return"
    assert finer.want_of(want("exchange_item", "I'd like to swap these for a bigger size")).intent == "exchange_item"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("change the exchange to a refund", "refund"),
        ("I want a refund instead of the exchange", "refund"),
        ("a refund, not an exchange", "refund"),
    ],
)
def test_of_two_outcomes_the_one_that_is_wanted_counts(text: str, meant: str) -> None:
    named = tuple(
        {"entity": "resolution", "value": value, "start": text.index(value)}
        for value in sorted(("refund", "exchange"), key=text.index)
    )
    found = finer.want_of(Want("change_return", text, named))

    assert [entity["value"] for entity in found.entities] == [meant]


def test_a_return_from_two_orders_is_one_for_each() -> None:
    entities = tuple({"entity": "order_id", "value": number} for number in ("H204518", "H203950", "H204518"))
    found = finer.by_order(Want("start_return", "return things from both", entities))

    assert [[entity["value"] for entity in one.entities] for one in found] == [["H204518"], ["H203950"]]


def test_a_status_of_two_orders_stays_one_want() -> None:
    entities = tuple({"entity": "order_id", "value": number} for number in ("H204518", "H203950"))

    assert len(finer.by_order(Want("order_status", "where are they", entities))) == 1


def test_the_zip_of_a_new_address_says_nothing_about_who_the_customer_is() -> None:
    text = "send H205120 to 8 Birch Road, Madison, WI 53703, my zip is 97214"
    zips = ({"entity": "zip", "value": "53703"}, {"entity": "zip", "value": "97214"})
    asked = Want("change_order", "send H205120 to 8 Birch Road, Madison, WI 53703", zips)

    assert [entity["value"] for entity in finer.want_of(asked).entities] == ["97214"]
    assert finer.without_address(zips, "my zip is 53703") == zips
    assert len(text) > len(asked.text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I got this as a gift, code GIFT-7Q4M-2X9K", "GIFT-7Q4M-2X9K"),
        ("gift 7q4m-2x9k", "GIFT-7Q4M-2X9K"),
        ("I was given a gift GIFT-7Q4M-2X9K, one pillow", "GIFT-7Q4M-2X9K"),
        ("GIFT-1234", "GIFT-1234"),
        ("my gift code is 7Q4M-2X9K", "GIFT-7Q4M-2X9K"),
        ("put it on my gift card 1", None),
        ("a gift from 2 friends", None),
        ("I paid with a gift card ending 7310", None),
        ("zip code 97214", None),
        ("it was a gift", None),
        ("", None),
    ],
)
def test_a_gift_code_is_found_as_people_write_it(text: str, expected: str | None) -> None:
    assert gift_codes.find(text) == expected
