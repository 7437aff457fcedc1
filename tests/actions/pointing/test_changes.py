"""What stands after a correction of chosen items."""

import pytest

from actions.pointing import changes
from store.order import OrderItem
from tests.actions.pointing.shop import alike, item

KEYBOARD = item(1, "Mechanical Keyboard", switch_type="linear")
THERMOSTAT = item(2, "Smart Thermostat", color="black")
LAMP = item(3, "Desk Lamp", color="white")
KETTLE = item(4, "Electric Kettle", color="white")
ITEMS = (KEYBOARD, THERMOSTAT, LAMP, KETTLE)
CHOSEN = {KEYBOARD.id: 1, LAMP.id: 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "no, also the smart thermostat, and not the mechanical keyboard",
            (
                THERMOSTAT,
                LAMP,
            ),
        ),
        ("no, not the keyboard", (LAMP,)),
        ("don't return the keyboard, I'll keep it", (LAMP,)),
        (
            "also the kettle please",
            (
                KEYBOARD,
                LAMP,
                KETTLE,
            ),
        ),
        (
            "wait, add the kettle too",
            (
                KEYBOARD,
                LAMP,
                KETTLE,
            ),
        ),
        ("only the lamp", (LAMP,)),
        ("actually just the lamp, not the keyboard", (LAMP,)),
        ("no, the kettle", (KETTLE,)),
        ("no, leave out the lamp", (KEYBOARD,)),
        (
            "not the lamp but the kettle",
            (
                KEYBOARD,
                KETTLE,
            ),
        ),
    ],
)
def test_a_correction_adds_takes_off_or_replaces(text: str, expected: tuple[OrderItem, ...]) -> None:
    after = changes.read(text, CHOSEN, ITEMS, alike)

    names = {one.id: one.name for one in ITEMS}
    assert after is not None
    assert sorted(names[key] for key in after) == sorted(one.name for one in expected)


@pytest.mark.parametrize("text", ["no", "yes please", "no, PayPal please", "the keyboard and the lamp", "hmm hang on"])
def test_what_names_nothing_else_changes_nothing(text: str) -> None:
    assert changes.read(text, CHOSEN, ITEMS, alike) is None


def test_the_pricier_one_is_the_pricier_of_the_kind_that_was_chosen() -> None:
    tablets = (item(1, "Tablet", "900.00", color="gold"), item(2, "Tablet", "950.00", color="black"))
    camera = item(3, "Digital Camera", "2800.00", zoom="3x")

    after = changes.read(
        "hmm hang on, I'd rather return the pricier one", {tablets[0].id: 1}, (*tablets, camera), alike
    )

    assert after is not None
    assert list(after) == [tablets[1].id]
