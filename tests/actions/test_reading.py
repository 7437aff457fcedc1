"""Bare answers: numbers, items of an order, options."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions import reading
from store.order import OrderItem


def item(number: int, name: str, category: str, quantity: int = 1, **options: str) -> OrderItem:
    """An item of an order."""
    return OrderItem(
        id=UUID(int=number),
        position=number,
        product_id=f"p{number}",
        variant_id=f"v{number}",
        name=name,
        options=options,
        unit_price=Decimal("10.00"),
        quantity=quantity,
        category=category,
    )


SHOES = item(1, "Trail Runner", "shoes", size="9", color="blue")
MUGS = item(2, "Camp Mug", "kitchen", 2, color="white")
SWEATER = item(3, "Wool Sweater", "clothing", size="M", color="grey")
RED_SOCKS = item(4, "Hiking Socks", "clothing", color="red")
BLUE_SOCKS = item(5, "Hiking Socks", "clothing", color="blue")
ORDER = (SHOES, MUGS, SWEATER)


def picked(text: str, *choices: OrderItem) -> dict[str, int | None]:
    """Read which items a text names, by name."""
    names = {choice.id: f"{choice.name} {choice.options.get('color', '')}" for choice in choices}
    return {names[key].rsplit(" ", 1)[0]: count for key, count in reading.items(text, choices).items.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the shoes", {"Trail Runner": 1}),
        ("trail runers", {"Trail Runner": 1}),
        ("the sweater and the mugs", {"Wool Sweater": 1, "Camp Mug": None}),
        ("one mug", {"Camp Mug": 1}),
        ("2 mugs please", {"Camp Mug": 2}),
        ("both mugs", {"Camp Mug": 2}),
        ("everything", {"Trail Runner": 1, "Camp Mug": 2, "Wool Sweater": 1}),
        ("all of them", {"Trail Runner": 1, "Camp Mug": 2, "Wool Sweater": 1}),
        ("all but the sweater", {"Trail Runner": 1, "Camp Mug": 2}),
        ("everything except the mugs", {"Trail Runner": 1, "Wool Sweater": 1}),
        ("all but one mug", {"Trail Runner": 1, "Camp Mug": 1, "Wool Sweater": 1}),
        ("the shoes, not the mugs", {"Trail Runner": 1}),
        ("the shoes but not the sweater", {"Trail Runner": 1}),
        ("both mugs from H204518 97214", {"Camp Mug": 2}),
        ("the mugs, zip 97214", {"Camp Mug": None}),
        ("both mugs, one blue one green", {"Camp Mug": 2}),
        ("the blue one", {"Trail Runner": 1}),
        ("the second", {"Camp Mug": None}),
        ("3", {"Wool Sweater": 1}),
        ("the last one", {"Wool Sweater": 1}),
        ("the toaster", {}),
        ("", {}),
    ],
)
def test_items_are_found_by_what_customers_call_them(text: str, expected: dict[str, int | None]) -> None:
    assert picked(text, *ORDER) == expected


def test_two_that_fit_equally_are_asked_about_and_not_guessed() -> None:
    found = reading.items("the socks", (RED_SOCKS, BLUE_SOCKS))

    assert found.items == {}
    assert set(found.unsure) == {RED_SOCKS.id, BLUE_SOCKS.id}


def test_a_colour_tells_them_apart() -> None:
    assert reading.items("the red socks", (RED_SOCKS, BLUE_SOCKS)).items == {RED_SOCKS.id: 1}


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


@given(st.text(max_size=300))
def test_whatever_is_written_only_items_of_the_order_are_picked(text: str) -> None:
    found = reading.items(text, ORDER)

    assert set(found.items) | set(found.unsure) <= {choice.id for choice in ORDER}
