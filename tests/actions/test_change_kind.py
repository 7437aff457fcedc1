"""What of an order is to be changed is told by what is said of the change, not by what it becomes."""

import pytest

from actions import change_kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("change the address of order #W5056519 to my default address", "address"),
        ("send my order to my profile address instead", "address"),
        ("change the address to be the same as order #W8277957", "address"),
        ("I want to change my default address to 12 Oak Street, Portland, OR 97214", "on_file"),
        ("update the address on my account", "on_file"),
        ("change my default address to the one in my order", "on_file"),
        ("change my user address and all possible order addresses to 101 Highway, New York, 10001", "address"),
        ("modify all my pending orders' address to the Washington one, along with my default address", "address"),
        ("change the payment method of my order to PayPal", "payment"),
        ("can I pay with my gift card instead", "payment"),
        ("use my other card for this order", "payment"),
        ("change the size to 8, I prefer PayPal for any refund", "items"),
        ("change the lamp for the cheapest one, the difference should go to my gift card", "items"),
        ("the boots in size 8 please", "items"),
        ("upgrade all items to the most expensive ones", "items"),
        ("can you upgrade the shipping to express", "other"),
        ("modify the boots, I prefer PayPal for any difference", None),
        ("I want to change my order", None),
    ],
)
def test_what_is_to_be_changed_is_read_from_the_words_before_what_it_becomes(text: str, expected: str | None) -> None:
    assert change_kind.read(text) == expected


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("change all my orders' address to the DC one, along with my default address", True),
        ("change my user address and all possible order addresses to 101 Highway, New York, 10001", True),
        ("change the order's address, and my default address too", True),
        ("change my order's address to my default address", False),
        ("change my default address to the one in my order", False),
        ("change the address of my order", False),
    ],
)
def test_orders_and_the_file_are_both_meant_where_both_are_named(text: str, both: bool) -> None:
    assert change_kind.also_on_file(text) is both
