"""What is given back, and what is wanted for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.pointing import exchanges, vocabulary, wanted
from tests.actions.pointing.shop import alike, item


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "exchange the keyboard for one with clicky switches and the thermostat for a Google Home one",
            [
                ("exchange the keyboard", "for one with clicky switches"),
                ("and the thermostat", "for a Google Home one"),
            ],
        ),
        (
            "swap the mug with a red one and the lamp with a black one",
            [("swap the mug", "with a red one"), ("and the lamp", "with a black one")],
        ),
        ("change the shoes to a size 9", [("change the shoes", "to a size 9")]),
        (
            "can i swap the shoes to a 9 and return the mug",
            [("can i swap the shoes", "to a 9"), ("and return the mug", "")],
        ),
        ("exchange the jacket because it is too big", [("exchange the jacket", "because it is too big")]),
        (
            "I want the lamp in black. Exchange it for a black one",
            [("I want the lamp in black. Exchange it", "for a black one")],
        ),
        ("swap the lamp for a black one. Prefer USB.", [("swap the lamp", "for a black one. Prefer USB.")]),
        ("keyboard -> clicky", [("keyboard", "-> clicky")]),
        ("return the shoes to my paypal", [("return the shoes to my paypal", "")]),
        ("exchange the kettle", [("exchange the kettle", "")]),
        ("the shoes", [("the shoes", "")]),
        ("", [("", "")]),
    ],
)
def test_a_text_is_cut_into_what_is_given_and_what_is_wanted(text: str, expected: list[tuple[str, str]]) -> None:
    assert exchanges.split(text) == expected


@given(st.text(max_size=200))
def test_the_source_keeps_all_its_words_in_their_places(text: str) -> None:
    given_back = exchanges.source(text)

    assert len(given_back) == len(text)
    assert all(one in (other, " ", ".") for one, other in zip(given_back, text, strict=True))


KEYBOARD = item(1, "Mechanical Keyboard", switch_type="linear", backlight="RGB")
LAMP = item(2, "Desk Lamp", color="white")
KETTLES = (item(3, "Tea Kettle", material="glass"), item(4, "Tea Kettle", material="glass"))


def test_each_item_has_its_own_wish_and_a_later_sentence_belongs_to_the_item_that_it_names() -> None:
    text = (
        "exchange the keyboard for a clicky one and the lamp for a black one. "
        "If no such keyboard is there, then tactile."
    )

    found = wanted.read(text, (KEYBOARD, LAMP), alike)

    assert [list(one.pointed.pieces) for one in found] == [[KEYBOARD.id], [LAMP.id]]
    assert found[0].wish == "for a clicky one. If no such keyboard is there, then tactile."
    assert found[1].wish == "for a black one."


def test_what_was_named_before_its_wish_is_told_once() -> None:
    text = (
        "I want to exchange the keyboard and the lamp. "
        "Exchange the keyboard to a clicky one, and the lamp to a black one"
    )

    found = wanted.read(text, (KEYBOARD, LAMP), alike)

    assert [(list(one.pointed.pieces), one.wish) for one in found] == [
        ([KEYBOARD.id], "to a clicky one"),
        ([LAMP.id], "to a black one"),
    ]


def test_two_that_are_alike_get_one_wish_each() -> None:
    text = "exchange one tea kettle to a ceramic one; and another tea kettle to a steel one"

    found = wanted.read(text, KETTLES, alike)

    assert [(list(one.pointed.pieces), one.wish) for one in found] == [
        ([KETTLES[0].id], "to a ceramic one"),
        ([KETTLES[1].id], "to a steel one"),
    ]


BACKPACK = item(5, "Backpack", color="navy", size="small", material="nylon")
THERMOSTAT = item(6, "Smart Thermostat", compatibility="Apple HomeKit", color="black")
LAPTOPS = (
    item(7, "Laptop", screen_size="17-inch", processor="i7", color="black"),
    item(8, "Laptop", screen_size="13-inch", processor="i5", color="silver"),
)
BICYCLE = item(9, "Bicycle", frame_size="medium", type="road")
PUZZLE = item(10, "Jigsaw Puzzle", pieces="500", theme="art")


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        (
            "The desk lamp should be black; the backpack medium and grey.",
            {LAMP.id: ("black", "medium"), BACKPACK.id: ("medium and grey", "black")},
        ),
        (
            "the keyboard, which I'd like with clicky switches, and the thermostat, which has to work with Google Home",
            {KEYBOARD.id: ("clicky", "Google"), THERMOSTAT.id: ("Google Home", "clicky")},
        ),
        (
            "could I get the lamp in black and the backpack one size bigger please?",
            {LAMP.id: ("in black", "bigger"), BACKPACK.id: ("one size bigger", "black")},
        ),
        (
            "I need a bigger frame for the bicycle. And for the jigsaw I'd like 1000 pieces more.",
            {BICYCLE.id: ("bigger frame", "1000"), PUZZLE.id: ("1000 pieces more", "frame")},
        ),
        (
            "They are a lamp and a backpack. I'm looking for a brighter lamp. For the lamp I'd prefer battery power.",
            {LAMP.id: ("brighter", "nothing")},
        ),
    ],
)
def test_what_is_said_of_an_item_is_its_wish_without_a_verb(text: str, wishes: dict[object, tuple[str, str]]) -> None:
    found = wanted.read(text, (KEYBOARD, LAMP, BACKPACK, THERMOSTAT, BICYCLE, PUZZLE), alike)

    said = {key: " ".join(one.wish for one in found if key in one.pointed.pieces) for key in wishes}
    assert all(own in said[key] and others not in said[key] for key, (own, others) in wishes.items()), said


def test_how_an_item_is_now_is_no_wish() -> None:
    found = wanted.read("the navy backpack, it's small. I need it in green", (BACKPACK, LAMP), alike)

    assert [list(one.pointed.pieces) for one in found] == [[BACKPACK.id]]
    assert "navy" not in found[0].wish
    assert "small" not in found[0].wish
    assert "green" in found[0].wish


@pytest.mark.parametrize(
    "text",
    [
        "17 inch laptop to 13 inch, i5",
        "the 17 inch laptop, I want 13 inch. then tell me which 13 inch you have. i5 before i7. silver or black",
        "my 17-inch laptop -> 13-inch",
    ],
)
def test_what_an_item_should_become_picks_no_other_item(text: str) -> None:
    found = wanted.read(text, LAPTOPS, alike)

    assert {key for one in found for key in one.pointed.pieces} == {LAPTOPS[0].id}


def test_two_that_are_alike_are_told_apart_without_a_verb() -> None:
    found = wanted.read("In #W4316152, one kettle to ceramic, the second one to 1.5 liters", KETTLES, alike)

    assert [list(one.pointed.pieces) for one in found] == [[KETTLES[0].id], [KETTLES[1].id]]
    assert ["ceramic" in one.wish for one in found] == [True, False]


def test_all_of_an_order_and_one_of_it_otherwise() -> None:
    text = "I want to upgrade everything to the most expensive version. The lamp has to stay white."

    found = wanted.read(text, (KEYBOARD, LAMP, BACKPACK), alike)

    assert {key for one in found for key in one.pointed.pieces} == {KEYBOARD.id, LAMP.id, BACKPACK.id}


@pytest.mark.parametrize(
    "text",
    [
        "It's about the two tea kettles. Exchange one of them for a ceramic one, and the other for a steel one.",
        "exchange one tea kettle (glass, steel) for a ceramic one, and the other kettle (also glass) for a steel one",
    ],
)
def test_one_of_two_and_the_other(text: str) -> None:
    found = [one for one in wanted.read(text, KETTLES, alike) if one.wish]

    assert [list(one.pointed.pieces) for one in found] == [[KETTLES[0].id], [KETTLES[1].id]]
    assert ["ceramic" in one.wish for one in found] == [True, False]


_WORDS = st.sampled_from(
    sorted(
        vocabulary.word_set("""
        the my a lamp keyboard kettle speaker water resistant not no without 13 inch 17-inch black navy medium glass i5
        clicky rgb should be to for and , . ? exchange return everything cheapest second one of them other size 9 gb
        Brand A with in same but if none then yes more pieces 1000 bigger
        """)
    )
)


@given(st.lists(_WORDS, max_size=14).map(" ".join))
def test_any_words_are_read_somehow(text: str) -> None:
    speaker = item(11, "Bluetooth Speaker", water_resistance="no", battery_life="10 hours", brand="Brand B")
    items = (KEYBOARD, LAMP, BACKPACK, *KETTLES, *LAPTOPS, PUZZLE, speaker)

    found = wanted.read(text, items, lambda phrase, names: [0.0] * len(names))

    assert {key for one in found for key in one.pointed.pieces} <= {one.id for one in items}


def test_an_option_that_a_thing_has_none_of_can_be_named() -> None:
    speaker = item(11, "Bluetooth Speaker", water_resistance="no")

    found = wanted.read("this speaker is overpriced and not even water resistant. I'm returning it", (speaker,), alike)

    assert [list(one.pointed.pieces) for one in found] == [[speaker.id]]
