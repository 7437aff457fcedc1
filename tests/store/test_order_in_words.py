"""Addresses and items as they are written."""

import pytest

from store import order
from store.order import Address


@pytest.mark.parametrize(
    ("address", "written"),
    [
        (Address("1 Pine Street", "", "Portland", "OR", "97201"), "1 Pine Street, Portland, OR 97201, US"),
        (Address("Rua A 1", "", "São Paulo", "", "01310-100", "BR"), "Rua A 1, São Paulo, 01310-100, BR"),
        (Address("Rua A 1", "", "São Paulo", "SP", "", "BR"), "Rua A 1, São Paulo, SP, BR"),
        (Address("Rua A 1", "", "", "", "01310-100", "BR"), "Rua A 1, 01310-100, BR"),
        (Address("", "", "Portland", "", "", "US"), "Portland, US"),
    ],
)
def test_what_an_address_lacks_leaves_no_gap(address: Address, written: str) -> None:
    assert address.one_line() == written


def test_a_product_without_options_has_no_empty_brackets() -> None:
    assert order.with_options("Camp Mug", {}) == "Camp Mug"
    assert order.with_options("Camp Mug", {"color": "white"}) == "Camp Mug (white)"
