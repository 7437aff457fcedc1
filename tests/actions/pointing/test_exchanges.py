"""What is given back, and what is wanted for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.pointing import exchanges, wanted
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
