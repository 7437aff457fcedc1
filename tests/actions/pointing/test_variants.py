"""Which variant a text wants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.pointing import likeness, variants
from store.order import OrderItem, Variant
from tests.actions.pointing.shop import alike, item, variants_of

KEYBOARD = item(1, "Mechanical Keyboard", "100.00", switch_type="linear", backlight="RGB", size="full size")
KEYBOARDS = variants_of(
    KEYBOARD,
    ("linear", "RGB", "full size"),
    ("clicky", "RGB", "full size"),
    ("clicky", "none", "full size"),
    ("clicky", "white", "80%"),
    ("tactile", "RGB", "full size"),
    gone=(1,),
)
SHIRT = item(2, "T-Shirt", "120.00", color="red", size="L", material="cotton")
SHIRTS = variants_of(
    SHIRT,
    ("red", "S", "cotton"),
    ("red", "M", "cotton"),
    ("red", "L", "cotton"),
    ("black", "L", "cotton"),
    ("grey", "M", "cotton"),
    ("black", "M", "polyester"),
    ("red", "XL", "cotton"),
)
LAPTOP = item(3, "Laptop", "120.00", processor="i5", ram="16GB", storage="512GB SSD")
LAPTOPS = variants_of(
    LAPTOP,
    ("i5", "8GB", "256GB SSD"),
    ("i7", "16GB", "512GB SSD"),
    ("i5", "16GB", "512GB SSD"),
    ("i9", "32GB", "1TB SSD"),
    ("i7", "8GB", "1TB SSD"),
)
LAMP = item(4, "Desk Lamp", "110.00", brightness="medium", power_source="USB")
LAMPS = variants_of(
    LAMP, ("low", "battery"), ("medium", "USB"), ("low", "AC adapter"), ("high", "USB"), ("high", "battery")
)
PUZZLE = item(5, "Jigsaw Puzzle", "110.00", pieces="1000", theme="art", difficulty_level="intermediate")
PUZZLES = variants_of(
    PUZZLE,
    ("500", "art", "beginner"),
    ("1000", "art", "intermediate"),
    ("1500", "animals", "intermediate"),
    ("1500", "fantasy", "expert"),
    ("500", "landscape", "intermediate"),
)
BOOTS = item(6, "Hiking Boots", "100.00", size="9", waterproof="yes")
BOOT_CHOICES = variants_of(BOOTS, ("9", "yes"), ("9", "no"), ("10", "yes"), ("8", "no"), ("10", "no"))
ESPRESSO = item(7, "Espresso Machine", "120.00", pressure="15 bar", capacity="1L")
MACHINES = variants_of(ESPRESSO, ("9 bar", "1L"), ("19 bar", "1L"), ("15 bar", "1L"), ("9 bar", "2L"))
SHELVES = {
    KEYBOARD.name: (KEYBOARD, KEYBOARDS),
    SHIRT.name: (SHIRT, SHIRTS),
    LAPTOP.name: (LAPTOP, LAPTOPS),
    LAMP.name: (LAMP, LAMPS),
    PUZZLE.name: (PUZZLE, PUZZLES),
    BOOTS.name: (BOOTS, BOOT_CHOICES),
    ESPRESSO.name: (ESPRESSO, MACHINES),
}


def as_stocked(of: OrderItem, choices: list[Variant]) -> OrderItem:
    """The item as the variant that it is, so that it is known as what the customer has."""
    mine = next(one for one in choices if one.options == of.options)
    return OrderItem(**{**of.__dict__, "variant_id": mine.id})


def choose(name: str, text: str) -> variants.Found:
    """Choose for the item of that name."""
    of, choices = SHELVES[name]
    return variants.choose(text, as_stocked(of, choices), choices, alike)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("T-Shirt", "same but in size M", "red M cotton"),
        ("T-Shirt", "medium please", "red M cotton"),
        ("T-Shirt", "one size smaller", "red M cotton"),
        ("T-Shirt", "it's too small, the next size up", "red XL cotton"),
        ("T-Shirt", "in M, polyester or cotton, prefer black, else grey", "black M polyester"),
        ("T-Shirt", "one size up", "red XL cotton"),
        ("T-Shirt", "same size, any color but red", "black L cotton"),
        ("T-Shirt", "in black", "black L cotton"),
        ("T-Shirt", "gray in M", "grey M cotton"),
        ("T-Shirt", "XL", "red XL cotton"),
        ("T-Shirt", "extra large", "red XL cotton"),
        ("T-Shirt", "the cheapest one", "red S cotton"),
        ("T-Shirt", "the cheapest black one", "black L cotton"),
        ("T-Shirt", "the cheapest, but the same size", "black L cotton"),
        ("T-Shirt", "not red, same size", "black L cotton"),
        ("T-Shirt", "M, the colour doesn't matter but cotton", "red M cotton"),
        ("Laptop", "i7 and 8GB", "i7 8GB 1TB SSD"),
        ("Laptop", "i7 processor, 8 gigs of ram, 1 TB", "i7 8GB 1TB SSD"),
        ("Laptop", "the cheapest i7 or above, other specs don't matter", "i7 16GB 512GB SSD"),
        ("Laptop", "the most expensive", "i7 8GB 1TB SSD"),
        ("Laptop", "at least 32GB", "i9 32GB 1TB SSD"),
        ("Laptop", "item v3p-laptop", "i9 32GB 1TB SSD"),
        ("Desk Lamp", "a less bright one (prefer battery > USB > AC)", "low battery"),
        ("Desk Lamp", "less bright, prefer AC over battery", "low AC adapter"),
        ("Desk Lamp", "a brighter one", "high USB"),
        ("Desk Lamp", "brighter and battery powered instead of usb", "high battery"),
        ("Jigsaw Puzzle", "500 more pieces, same difficulty, other theme is fine", "1500 animals intermediate"),
        ("Jigsaw Puzzle", "500 pieces less, the theme does not matter", "500 landscape intermediate"),
        ("Jigsaw Puzzle", "the easiest one with the fewest pieces", "500 art beginner"),
        ("Jigsaw Puzzle", "the animal one", "1500 animals intermediate"),
        ("Hiking Boots", "not waterproof", "9 no"),
        ("Hiking Boots", "a 10", "10 yes"),
        ("Hiking Boots", "size 8, I don't care about waterproof", "8 no"),
        ("Hiking Boots", "size ten", "10 yes"),
        ("Espresso Machine", "8 bar, if not 9 bar, if not 7", "9 bar 1L"),
        ("Espresso Machine", "8 bar. If 8 bar is not possible then 9 bar.", "9 bar 1L"),
        ("Espresso Machine", "lower pressure", "9 bar 1L"),
        ("Espresso Machine", "bigger capacity with 9 bar", "9 bar 2L"),
        (
            "Mechanical Keyboard",
            "clicky, and if there is none with RGB then without backlight",
            "clicky none full size",
        ),
        ("Mechanical Keyboard", "clicky with no backlight", "clicky none full size"),
        ("Mechanical Keyboard", "tactile switches", "tactile RGB full size"),
    ],
)
def test_a_variant_is_found_as_customers_ask_for_it(name: str, text: str, expected: str) -> None:
    found = choose(name, text)

    assert " ".join(found.best[0].options.values()) == expected
    assert found.exact
    assert found.missing == ()


def test_what_nobody_has_is_said_and_what_comes_near_is_shown() -> None:
    found = choose("T-Shirt", "the same in pink")

    assert not found.exact
    assert found.missing == ("pink",)
    assert found.said


def test_what_has_sold_out_is_not_replaced_unasked() -> None:
    found = choose("Mechanical Keyboard", "the same one but with clicky switches")

    assert not found.exact
    assert [one.id for one in found.sold_out] == [KEYBOARDS[1].id]


def test_where_nothing_fits_and_the_text_says_to_leave_it_nothing_is_chosen() -> None:
    found = choose("Mechanical Keyboard", "clicky and RGB. If there is none, leave it as it is.")

    assert found.best == ()
    assert found.leave


def test_several_that_fit_are_not_chosen_among() -> None:
    found = choose("Jigsaw Puzzle", "500 pieces, I don't care about the rest")

    assert not found.exact
    assert len(found.best) == 2


def test_what_could_not_stay_as_it_was_is_told() -> None:
    found = choose("Laptop", "an i9")

    assert found.exact
    assert found.changed == ("16GB", "512GB SSD")


def test_a_text_about_something_else_says_nothing_about_variants() -> None:
    assert not choose("T-Shirt", "please use my gift card").said
    assert not choose("T-Shirt", "").said


def test_the_same_again_is_what_the_customer_has() -> None:
    found = choose("T-Shirt", "the same item again")

    assert [one.options for one in found.best] == [SHIRT.options]
    assert found.exact


def test_the_kind_that_the_customer_has_in_another_order() -> None:
    other = OrderItem(**{**SHIRT.__dict__, "id": item(9, "T-Shirt").id, "variant_id": SHIRTS[4].id})

    found = variants.choose("like the one in my other order", as_stocked(SHIRT, SHIRTS), SHIRTS, alike, (other,))

    assert [one.id for one in found.best] == [SHIRTS[4].id]


@given(st.text(max_size=150), st.sampled_from(sorted(SHELVES)))
def test_any_text_is_read_and_what_comes_out_can_be_had(text: str, name: str) -> None:
    of, choices = SHELVES[name]

    found = variants.choose(text, of, choices, likeness.none)

    assert all(one.stock > 0 for one in found.best)
    assert found == variants.choose(text, of, list(reversed(choices)), likeness.none)
    assert not (found.exact and found.missing)


@pytest.mark.parametrize(
    ("text", "price", "stays"),
    [
        ("the cheapest one", "90.00", True),
        ("the cheapest one", "150.00", False),
        ("the most expensive version", "300.00", True),
        ("the most expensive version", "110.00", False),
        ("the black one", "90.00", False),
        ("the cheapest black one", "90.00", False),
    ],
)
def test_what_is_the_cheapest_already_may_stay(text: str, price: str, stays: bool) -> None:
    shirt = item(2, "T-Shirt", price, color="red", size="L", material="cotton")

    assert variants.choose(text, shirt, SHIRTS, alike).stays is stays
