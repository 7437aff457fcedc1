"""Which product a text names, and which of its variants it asks for."""

from decimal import Decimal

import pytest

from casework import catalogue
from store.listing import Goods
from store.order import Variant

NAMES = [
    "T-Shirt", "Laptop", "Running Shoes", "Mechanical Keyboard", "Bluetooth Speaker", "Action Camera",
    "Digital Camera",
    "Electric Kettle", "Tea Kettle", "Smart Watch", "Luggage Set", "Desk Lamp", "E-Reader", "Office Chair",
    "Headphones", "Bookshelf", "Pet Bed",
]  # fmt: skip
GOODS = [Goods(str(place), name, "general") for place, name in enumerate(NAMES)]


def names(text: str) -> set[str]:
    """The names of the products that a text names."""
    return {one.name for one in catalogue.named(text, GOODS)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("how many tshirt options are there", {"T-Shirt"}),
        ("any T-shirts?", {"T-Shirt"}),
        ("tee shirts", {"T-Shirt"}),
        ("13-inch laptops", {"Laptop"}),
        ("the cheapest mechanical keybord", {"Mechanical Keyboard"}),
        ("a keyboard", {"Mechanical Keyboard"}),
        ("bluetooth speakers below 300", {"Bluetooth Speaker"}),
        ("which cameras do you have", {"Action Camera", "Digital Camera"}),
        ("the action camera", {"Action Camera"}),
        ("kettles", {"Electric Kettle", "Tea Kettle"}),
        ("a tea kettle", {"Tea Kettle"}),
        ("is the luggage in stock", {"Luggage Set"}),
        ("an e reader with 32GB", {"E-Reader"}),
        ("ereader", {"E-Reader"}),
        ("do you sell head phones", {"Headphones"}),
        ("bookshelves", {"Bookshelf"}),
        ("do you have a store in Boston", set()),
        ("how long do refunds take", set()),
    ],
)
def test_a_product_is_known_by_its_name_however_it_is_written(text: str, expected: set[str]) -> None:
    assert names(text) == expected


def test_meaning_helps_where_no_word_is_shared_and_only_beyond_a_threshold() -> None:
    def near(phrase: str, candidates: list[str]) -> list[float]:
        return [0.8 if (phrase, one) == ("sneakers", "Running Shoes") else 0.3 for one in candidates]

    assert [one.name for one in catalogue.named("do you have sneakers", GOODS, near)] == ["Running Shoes"]  # type: ignore[arg-type]
    assert catalogue.named("do you have umbrellas", GOODS, near) == ()  # type: ignore[arg-type]


def variant(number: int, price: str, stock: int = 3, **options: str) -> Variant:
    """A variant of a laptop or a speaker."""
    told = {name.replace("_", " "): value for name, value in options.items()}
    return Variant(str(number), "p", "Laptop", told, Decimal(price), stock)


LAPTOPS = (
    variant(1, "2600", screen_size="13-inch", processor="i5", ram="8GB", color="silver"),
    variant(2, "2700", screen_size="13-inch", processor="i7", ram="32GB", color="space grey"),
    variant(3, "2300", screen_size="15-inch", processor="i7", ram="16GB", color="black", stock=0),
    variant(4, "2900", screen_size="17-inch", processor="i9", ram="8GB", color="black"),
)
SPEAKERS = (
    variant(1, "271", color="blue", battery_life="20 hours", water_resistance="no"),
    variant(2, "302", color="black", battery_life="10 hours", water_resistance="yes"),
    variant(3, "290", color="red", battery_life="10 hours", water_resistance="no"),
)
SHIRTS = (
    variant(1, "20", size="S", material="cotton", style="v-neck"),
    variant(2, "21", size="M", material="polyester", style="crew neck"),
    variant(3, "22", size="XL", material="cotton", style="crew neck"),
)
BOOTS = (variant(1, "90", size="8", waterproof="yes"), variant(2, "80", size="9", waterproof="no"))


@pytest.mark.parametrize(
    ("variants", "text", "expected"),
    [
        (LAPTOPS, "which 13-inch laptops do you have", {"1", "2"}),
        (LAPTOPS, "13 inch", {"1", "2"}),
        (LAPTOPS, "an i7 laptop with 32 GB", {"2"}),
        (LAPTOPS, "laptops in black or silver", {"1", "3", "4"}),
        (LAPTOPS, "not black", {"1", "2"}),
        (LAPTOPS, "laptops under $2,650", {"1", "3"}),
        (LAPTOPS, "between 2,500 and 2800 dollars", {"1", "2"}),
        (LAPTOPS, "2700 or more, over $2650", {"2", "4"}),
        (LAPTOPS, "which laptops do you have", {"1", "2", "3", "4"}),
        (SPEAKERS, "any speakers below 300 bucks", {"1", "3"}),
        (SPEAKERS, "waterproof speakers", {"1", "2", "3"}),
        (SPEAKERS, "speakers that are water resistant", {"2"}),
        (SPEAKERS, "a speaker that is not water resistant", {"1", "3"}),
        (SPEAKERS, "with 10 hours of battery life", {"2", "3"}),
        (SPEAKERS, "more than 10 hours of battery life", {"1"}),
        (LAPTOPS, "at least 16 GB of ram", {"2", "3"}),
        (LAPTOPS, "smaller than 15 inches", {"1", "2"}),
        (SHIRTS, "in a small", {"1"}),
        (SHIRTS, "extra large", {"3"}),
        (SHIRTS, "in M", {"2"}),
        (SHIRTS, "cotton crew neck", {"3"}),
        (BOOTS, "boots in size 9", {"2"}),
        (BOOTS, "waterproof boots", {"1"}),
        (BOOTS, "boots that are not waterproof", {"2"}),
    ],
)
def test_what_is_said_narrows_the_variants(variants: tuple[Variant, ...], text: str, expected: set[str]) -> None:
    sought = catalogue.sought(text, variants, "Laptop")

    assert {one.id for one in variants if sought.fits(one)} == expected


def test_the_cheapest_is_the_first_of_what_is_in_stock() -> None:
    sold = catalogue.Sold(GOODS[1], LAPTOPS)

    assert [one.id for one in sold.there] == ["1", "2", "4"]
    assert catalogue.sought("the cheapest laptop", LAPTOPS).superlative == "cheapest"
    assert catalogue.sought("your most expensive laptop", LAPTOPS).superlative == "dearest"


def test_less_than_a_measure_is_no_price() -> None:
    assert catalogue.sought("more than 8 GB of ram", LAPTOPS).above is None
    assert catalogue.sought("for less than $8", LAPTOPS).below == Decimal(8)
