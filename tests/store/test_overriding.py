"""Which rules a person has to set aside for a return, and which nobody can."""

from dataclasses import replace

import pytest

from kit import errors
from store import opening, overriding, policy
from store.decision import RequestLine
from store.order import Order, OrderItem
from tests.store import made

HEADPHONES = made.item("Wireless Headphones", "129.00", category="electronics")
PILLOW = made.item("Linen Pillow")


def case(order: Order, *lines: RequestLine, **changes: object) -> opening.Case:
    """Return a request under the demo shop's rules."""
    asked = opening.Case(order, lines, made.rules(), policy.Past(), (made.VISA,), made.NOW)
    return replace(asked, **changes)  # type: ignore[arg-type]


def overruled(order: Order, *items: OrderItem) -> set[str]:
    """Return what has to be set aside for these items of an order."""
    return set(overriding.set_aside(case(order, *(made.wanted(one) for one in items))).overruled)


def test_what_the_policy_allows_needs_nothing_set_aside() -> None:
    assert overruled(made.order(PILLOW), PILLOW) == set()


def test_only_the_rule_that_refuses_is_set_aside() -> None:
    assert overruled(made.order(HEADPHONES, PILLOW, delivered=20), HEADPHONES, PILLOW) == {"window.electronics"}


def test_rules_behind_the_first_that_refuses_are_set_aside_too() -> None:
    scarf = made.item("Merino Scarf", category="clothing", final_sale=True)
    assert overruled(made.order(scarf, delivered=50), scarf) == {"exclusion.final_sale", "window.standard"}


def test_the_amounts_are_those_of_the_policy() -> None:
    late = made.order(HEADPHONES, delivered=40)
    found = overriding.set_aside(case(late, made.wanted(HEADPHONES)))
    assert found.decision.offers[0].fee_lines != ()
    assert found.decision.lines[0].explanation.endswith("as an exception agreed with one of our people.")


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (made.order(PILLOW, state="shipped"), "on its way to you"),
        (made.order(PILLOW, state="cancelled"), "was cancelled"),
    ],
)
def test_what_has_not_arrived_cannot_be_set_aside(order: Order, reason: str) -> None:
    with pytest.raises(errors.Conflict, match=reason):
        overriding.set_aside(case(order, made.wanted(PILLOW)))


def test_more_than_was_bought_cannot_be_set_aside() -> None:
    late = made.order(PILLOW, delivered=50)
    with pytest.raises(errors.Conflict, match="already part of a return"):
        overriding.set_aside(case(late, made.wanted(PILLOW), past=policy.Past(returned={PILLOW.id: 1})))


def test_rules_about_money_and_approval_are_not_among_them() -> None:
    possible = overriding.may_be_set_aside(made.rules())
    assert {"window.standard", "exclusion.gift_card"} <= possible
    assert not any(rule.startswith(("fee.", "approval.", "refund.", "quantity.", "order.")) for rule in possible)
