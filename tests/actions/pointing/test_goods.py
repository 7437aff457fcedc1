"""Which items a text means."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.pointing import goods, likeness
from store.order import OrderItem
from tests.actions.pointing.shop import alike, item

SHOES = item(1, "Running Shoes", "90.00", size="9", color="blue")
LAMP = item(2, "Desk Lamp", "40.00", color="white", brightness="low")
MUGS = item(3, "Camp Mug", "12.00", 3, color="white")
SPEAKER = item(4, "Bluetooth Speaker", "80.00", color="red", water_resistance="no")
LOUD_SPEAKER = item(5, "Bluetooth Speaker", "70.00", color="red", water_resistance="yes")
SMALL_LAPTOP = item(6, "Laptop", "900.00", screen_size="15-inch", ram="16GB", color="grey")
BIG_LAPTOP = item(7, "Laptop", "1500.00", screen_size="17-inch", ram="32GB", color="black")
EVERY = (SHOES, LAMP, MUGS, SPEAKER, LOUD_SPEAKER, SMALL_LAPTOP, BIG_LAPTOP)
HOME = (
    item(1, "Vacuum Cleaner", type="robotic"),
    item(2, "Headphones", color="black", connectivity="wireless"),
    item(3, "Smart Watch", color="gold"),
    item(4, "Pet Bed", size="small", color="grey"),
    item(5, "Garden Hose", length="50ft"),
    item(6, "Espresso Machine", pressure="9 bar"),
    item(7, "T-Shirt", size="S", color="blue"),
)


def names(keys: object, items: tuple[OrderItem, ...]) -> list[str]:
    """Name items, in the order in which they stand in their order."""
    return [one.name for one in items if one.id in keys]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("return the cleaner, headphone, and smart watch", ["Vacuum Cleaner", "Headphones", "Smart Watch"]),
        ("HOSE AND BED PLEASE", ["Pet Bed", "Garden Hose"]),
        ("return the garden hose pet bed and headphones", ["Headphones", "Pet Bed", "Garden Hose"]),
        ("the hedphones and the vaccum", ["Vacuum Cleaner", "Headphones"]),
        ("my tshirt", ["T-Shirt"]),
        ("the t shirt i got", ["T-Shirt"]),
        ("everything except the coffee machine", [one.name for one in HOME if one.name != "Espresso Machine"]),
        (
            "all but the watch and the bed",
            ["Vacuum Cleaner", "Headphones", "Garden Hose", "Espresso Machine", "T-Shirt"],
        ),
        ("keep the hose, send back the rest", [one.name for one in HOME if one.name != "Garden Hose"]),
        ("not the hose, the bed", ["Pet Bed"]),
        ("the bed but not the hose", ["Pet Bed"]),
        ("I don't need the watch anymore", ["Smart Watch"]),
        ("I don't want to return the watch, only the bed", ["Pet Bed"]),
        ("the small shirt", ["T-Shirt"]),
        ("the gold one", ["Smart Watch"]),
        ("all 7", [one.name for one in HOME]),
        ("the bed, refund to my card", ["Pet Bed"]),
        ("the wireless ones", ["Headphones"]),
        ("50 ft", ["Garden Hose"]),
        ("the second and the third", ["Headphones", "Smart Watch"]),
        ("2 and 4", ["Headphones", "Pet Bed"]),
        ("the last one", ["T-Shirt"]),
        ("{'color': 'blue'}", ["T-Shirt"]),
        ("the earphones", ["Headphones"]),
        ("my hoover", ["Vacuum Cleaner"]),
        ("the vacuum thingy n the bed", ["Vacuum Cleaner", "Pet Bed"]),
        ("none of them", []),
        ("the bed I got with the watch", ["Pet Bed"]),
        ("exchange the shirt for one that fits with a watch", ["T-Shirt"]),
        ("it is resistant to water", []),
        ("first, I want to know something", []),
        ("the order arrived at my garden", []),
        ("hello", []),
        ("", []),
    ],
)
def test_items_are_found_as_customers_call_them(text: str, expected: list[str]) -> None:
    found = goods.point(text, HOME, alike)

    assert names(found.pieces, HOME) == expected
    assert found.unsure == ()


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("the 17-inch laptop", BIG_LAPTOP),
        ("15-inch, 16GB", SMALL_LAPTOP),
        ('the 15" laptop', SMALL_LAPTOP),
        ("the laptop with 32 gb of memory", BIG_LAPTOP),
        ("the more expensive laptop", BIG_LAPTOP),
        ("the cheaper laptop", SMALL_LAPTOP),
        ("the bigger laptop", BIG_LAPTOP),
        ("the cheapest one", MUGS),
        ("the speaker that is not water resistant", SPEAKER),
        ("the waterproof speaker", LOUD_SPEAKER),
        ("the first speaker", SPEAKER),
        ("the laptop, the black one", BIG_LAPTOP),
        ("laptop no. 2", BIG_LAPTOP),
        ("the not waterproof one", SPEAKER),
        ("the sneakers", SHOES),
        ("my trainers", SHOES),
        (f"item {BIG_LAPTOP.variant_id}", BIG_LAPTOP),
    ],
)
def test_what_is_said_of_it_tells_it_from_others(text: str, chosen: OrderItem) -> None:
    found = goods.point(text, EVERY, alike)

    assert list(found.pieces) == [chosen.id]
    assert found.unsure == ()


def test_two_that_fit_equally_are_asked_about() -> None:
    found = goods.point("return the lamp and the laptop", EVERY, alike)

    assert list(found.pieces) == [LAMP.id]
    assert found.unsure == ((SMALL_LAPTOP.id, BIG_LAPTOP.id),)


@pytest.mark.parametrize("text", ["both laptops", "the two laptops", "all laptops", "the laptops", "two laptops"])
def test_a_number_or_a_plural_takes_all_of_them(text: str) -> None:
    assert set(goods.point(text, EVERY, alike).pieces) == {SMALL_LAPTOP.id, BIG_LAPTOP.id}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("the mugs", None),
        ("one mug", 1),
        ("two of the mugs", 2),
        ("all mugs", 3),
        ("a mug", 1),
        ("mugs x2", 2),
        ("9 mugs", 3),
    ],
)
def test_how_many_is_read_where_it_is_said(text: str, count: int | None) -> None:
    assert goods.point(text, EVERY, alike).pieces == {MUGS.id: count}


def test_all_but_one_mug_leaves_one_mug() -> None:
    found = goods.point("everything but one mug", (SHOES, MUGS), alike)

    assert found.pieces == {SHOES.id: 1, MUGS.id: 2}


def test_a_card_that_money_goes_to_is_no_gift_card_that_was_bought() -> None:
    found = goods.point("the lamp, money back on the card please", (LAMP, item(9, "Gift Card", "50.00")), alike)
    assert list(found.pieces) == [LAMP.id]


def test_of_two_lines_of_the_same_one_is_taken_and_another_is_the_other() -> None:
    kettles = (item(1, "Tea Kettle", material="glass"), item(2, "Tea Kettle", material="glass"))

    assert list(goods.point("one of the kettles", kettles, alike).pieces) == [kettles[0].id]
    assert set(goods.point("a tea kettle and another tea kettle", kettles, alike).pieces) == {one.id for one in kettles}


def test_the_same_thing_in_two_orders_is_asked_about() -> None:
    kettles = (item(1, "Tea Kettle", material="glass"), item(2, "Tea Kettle", material="glass"))

    found = goods.point("the kettle", kettles, alike, {kettles[0].id: "first", kettles[1].id: "second"})

    assert found.pieces == {}
    assert found.unsure == ((kettles[0].id, kettles[1].id),)


def test_goods_that_are_not_in_the_order_are_named_back() -> None:
    found = goods.point("return the toaster and the lamp", EVERY, alike)

    assert found.unknown == ("toaster",)
    assert list(found.pieces) == [LAMP.id]


def test_all_but_something_unknown_picks_nothing() -> None:
    found = goods.point("everything but the toaster", EVERY, alike)

    assert found.pieces == {}
    assert found.unknown == ("toaster",)


def test_words_for_what_is_wanted_instead_pick_nothing() -> None:
    found = goods.point("exchange the white lamp for a black one like the laptop", EVERY, alike)

    assert list(found.pieces) == [LAMP.id]


VOCABULARY = """
    the a my both all not but except keep everything one ones two second last cheapest bigger red white 17-inch 16GB and
    , . lamp mug mugs laptop speaker shoes return exchange for to in with order of them water resistant please i want
"""
WORDS = st.sampled_from(VOCABULARY.split())
TEXTS = st.lists(WORDS, max_size=14).map(" ".join)


@given(TEXTS)
def test_the_order_in_which_items_are_given_changes_nothing(text: str) -> None:
    shuffled = random.Random(len(text)).sample(EVERY, len(EVERY))

    assert goods.point(text, EVERY, likeness.none) == goods.point(text, shuffled, likeness.none)


@given(TEXTS)
def test_whatever_is_left_out_is_not_picked(text: str) -> None:
    found = goods.point(f"{text}. everything except the lamp", EVERY, likeness.none)

    assert LAMP.id not in found.pieces or "lamp" in text


@given(st.text(alphabet="bdfjkqvxyz ,.!?", max_size=60))
def test_without_a_word_that_names_it_nothing_is_picked(text: str) -> None:
    assert goods.point(text, EVERY, likeness.none).pieces == {}


@given(st.text(max_size=200))
def test_any_text_is_read_and_only_given_items_come_out(text: str) -> None:
    found = goods.point(text, EVERY, likeness.none)

    told = set(found.pieces) | {key for group in found.unsure for key in group}
    assert told <= {one.id for one in EVERY}
    assert all(len(group) > 1 for group in found.unsure)
    assert found == goods.point(text, EVERY, likeness.none)


@pytest.mark.parametrize(
    "text",
    [
        "Yes, please go ahead with that. Thank you!",
        "Yes, that looks correct. Please go ahead.",
        "great, yes",
        "sounds good!",
        "perfect, do that",
        "hmm hang on",
        "I'd prefer to keep it",
    ],
)
def test_a_sentence_of_agreement_names_nothing(text: str) -> None:
    boots = (item(1, "Hiking Boots", size="10", waterproof="yes"), item(2, "Electric Kettle", color="white"))

    assert goods.point(text, boots, alike) == goods.Pointed()


def test_what_a_thing_is_not_tells_it_apart_after_what_is_said_of_it() -> None:
    found = goods.point("this speaker you sold me is overpriced and not even water resistant", EVERY, alike)

    assert set(found.pieces) == {SPEAKER.id}


def test_what_is_fine_stays_where_something_else_is_not() -> None:
    broken = goods.point("There's a problem with my hose: it leaks. The headphones are fine.", HOME, alike)
    alone = goods.point("the headphones are fine", HOME, alike)

    assert names(broken.pieces, HOME) == ["Garden Hose"]
    assert names(alone.pieces, HOME) == ["Headphones"]


def test_all_but_what_is_in_another_order_is_all() -> None:
    boots = item(9, "Hiking Boots", size="10")

    everything = goods.point("return everything else, not the boots", HOME, alike, elsewhere=(boots,))

    assert len(everything.pieces) == len(HOME)
    assert everything.unknown == ()
