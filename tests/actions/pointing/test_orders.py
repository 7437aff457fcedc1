"""Which orders a text means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.pointing import likeness, orders
from store.order import Order
from tests.actions.pointing.shop import NOW, alike, item, order

GRILL = order(1, "pending", 2, (item(1, "Grill"), item(2, "Desk Lamp")), "Portland", "OR")
LAPTOP = order(2, "pending", 30, (item(3, "Laptop"),), "Houston", "TX")
SHOES = order(3, "delivered", 60, (item(4, "Running Shoes"), item(5, "Jigsaw Puzzle")), "Los Angeles", "CA")
TENT = order(4, "cancelled", 250, (item(6, "Tent"),), "Washington", "DC")
EVERY = (SHOES, GRILL, TENT, LAPTOP)


def pointed(text: str, current: Order | None = None) -> list[str]:
    """Read which orders a text means, by the end of their numbers."""
    return [one.number[-1] for one in orders.point(text, EVERY, NOW, alike, current)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my last order", ["1"]),
        ("the latest one", ["1"]),
        ("my most recent order", ["1"]),
        ("the order I just placed", ["1"]),
        ("the first one", ["1"]),
        ("the second order", ["2"]),
        ("my very first order", ["4"]),
        ("the oldest one", ["4"]),
        ("the previous order", ["2"]),
        ("the pending orders", ["1", "2"]),
        ("cancel all my pending orders", ["1", "2"]),
        ("the older pending one", ["2"]),
        ("the last pending order", ["1"]),
        ("the order you cancelled", ["4"]),
        ("my cancelled order", ["4"]),
        ("the order I received", ["3"]),
        ("all orders", ["1", "2", "3", "4"]),
        ("the one with the grill", ["1"]),
        ("the grill one", ["1"]),
        ("order 2", ["2"]),
        ("the delivered one", ["3"]),
        ("the order with the grill and the lamp", ["1"]),
        ("my laptop order", ["2"]),
        ("the order containing the jigsaw", ["3"]),
        ("the one with the sneakers", ["3"]),
        ("the order with the barbecue", ["1"]),
        ("the order sent to Texas", ["2"]),
        ("change my LA order to my Portland address", ["3"]),
        ("I sent an order to my son's address in Washington DC", ["4"]),
        ("the TX order", ["2"]),
        ("the one from March", ["4"]),
        ("what I ordered in september", ["3"]),
        ("my order from last month", ["2"]),
        ("cancel all my pending orders except the one to Texas", ["1"]),
        ("all pending orders, not the Texas one", ["1"]),
        ("all my orders but the cancelled one", ["1", "2", "3"]),
        ("The order to Texas should be sent to my default address in Portland, please.", ["2"]),
        ("One of my orders is being sent to Texas, but it should come to my home in Portland", ["2"]),
        ("the order to LA, please send it to my Houston address", ["3"]),
        ("one of my orders is going to Los Angeles, but it should be sent to my Houston address instead", ["3"]),
        ("use the address from the laptop order for my other pending order", ["1"]),
        ("my other pending order should have the address of the order with the grill", ["2"]),
        ("there are orders of mine you haven't shipped. cancel every one", ["1", "2"]),
        ("the orders that haven't gone out yet", ["1", "2"]),
        ("the order from yesterday", []),
        ("the order with the toaster", []),
        ("cancel my order", []),
        ("return the shoes", []),
        ("I moved to Texas", []),
        ("change the address of my order to Houston, Texas", []),
        ("I have not received my order", []),
        ("i may cancel", []),
        ("", []),
    ],
)
def test_orders_are_found_as_customers_point_at_them(text: str, expected: list[str]) -> None:
    assert pointed(text) == expected


def test_the_other_order_is_told_from_the_current_one() -> None:
    assert pointed("my other pending order", GRILL) == ["2"]
    assert pointed("this order", GRILL) == ["1"]
    assert pointed("the order before that", GRILL) == ["2"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("both orders", True),
        ("all my pending orders", True),
        ("every order", True),
        ("my order", False),
        ("the last one", False),
    ],
)
def test_a_text_about_several_orders_is_known_as_such(text: str, expected: bool) -> None:
    assert orders.several(text) is expected


@given(st.text(max_size=200))
def test_any_text_is_read_and_only_given_orders_come_out_newest_first(text: str) -> None:
    found = orders.point(text, EVERY, NOW, likeness.none, GRILL)

    assert list(found) == sorted(found, key=lambda one: one.number)
    assert found == orders.point(text, tuple(reversed(EVERY)), NOW, likeness.none, GRILL)


@pytest.mark.parametrize(
    "text",
    [
        "let's cancel that whole order, it was a mistake",
        "this entire order",
        "that order",
        "then cancel the whole order",
    ],
)
def test_that_whole_order_is_the_one_talked_about(text: str) -> None:
    assert pointed(text, LAPTOP) == ["2"]
