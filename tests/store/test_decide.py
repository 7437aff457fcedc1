"""What may come back, by which rule, until when: one case per rule of the demo shop's policy."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kit import errors
from store import policy
from store.decision import Decision, RequestLine
from store.order import Order, OrderItem, OrderState
from store.policy_file import Policy
from store.returns import Reason
from tests.store import made

FAULTY: tuple[Reason, ...] = ("damaged", "defective", "wrong_item", "missing_parts")


def decide(
    order: Order,
    *lines: RequestLine,
    rules: Policy | None = None,
    now: datetime = made.NOW,
    taken: dict[uuid.UUID, int] | None = None,
) -> Decision:
    past = policy.Past(returned=taken or {})
    return policy.decide(order, lines, rules or made.rules(), now, past, [made.VISA, made.PAYPAL])


def verdict(one: OrderItem, delivered: int, reason: Reason = "no_longer_needed") -> tuple[bool, tuple[str, ...]]:
    (line,) = decide(made.order(one, delivered=delivered), made.wanted(one, reason)).lines
    return line.eligible, line.rule_ids


@pytest.mark.parametrize(
    ("category", "days", "rule"),
    [("home", 30, "window.standard"), ("shoes", 60, "window.shoes"), ("electronics", 14, "window.electronics")],
)
def test_the_last_day_of_a_window_is_in_and_the_day_after_is_out(category: str, days: int, rule: str) -> None:
    one = made.item(category=category)
    assert verdict(one, days) == (True, (rule,))
    assert verdict(one, days + 1) == (False, (rule,))


@pytest.mark.parametrize("reason", FAULTY)
@pytest.mark.parametrize("category", ["home", "shoes", "electronics", "beauty"])
def test_a_faulty_item_has_90_days_whatever_it_is(category: str, reason: Reason) -> None:
    one = made.item(category=category)
    assert verdict(one, 90, reason) == (True, ("window.faulty",))
    assert verdict(one, 91, reason) == (False, ("window.faulty",))


def test_the_explanation_names_the_rule_and_the_date() -> None:
    one = made.item("Wireless Headphones", category="electronics")
    kept = decide(made.order(one, delivered=6), made.wanted(one)).lines[0]
    assert kept.deadline == date(2026, 6, 28)
    assert kept.explanation == (
        "The Wireless Headphones can be returned until 28 June 2026 (14 days from delivery for electronics)."
    )
    late = decide(made.order(one, delivered=40), made.wanted(one)).lines[0]
    assert late.explanation == (
        "The return window for the Wireless Headphones ended on 25 May 2026 (14 days from delivery for electronics)."
    )


def test_days_are_the_shops_days_not_those_of_utc() -> None:
    one = made.item(category="electronics")
    order = made.order(one, delivered=14)
    still_the_14th_day = datetime(2026, 6, 21, 6, 59, tzinfo=UTC)
    assert decide(order, made.wanted(one), now=still_the_14th_day).eligible
    assert not decide(order, made.wanted(one), now=datetime(2026, 6, 21, 7, 1, tzinfo=UTC)).eligible


@pytest.mark.parametrize(
    ("delivered", "asked", "eligible"),
    [
        (datetime(2026, 11, 1, 20, tzinfo=UTC), datetime(2027, 1, 31, 20, tzinfo=UTC), True),
        (datetime(2026, 12, 24, 20, tzinfo=UTC), datetime(2027, 1, 31, 20, tzinfo=UTC), True),
        (datetime(2026, 12, 24, 20, tzinfo=UTC), datetime(2027, 2, 1, 20, tzinfo=UTC), False),
        (datetime(2026, 10, 31, 20, tzinfo=UTC), datetime(2027, 1, 31, 20, tzinfo=UTC), False),
        (datetime(2026, 12, 25, 20, tzinfo=UTC), datetime(2027, 1, 31, 20, tzinfo=UTC), False),
    ],
)
def test_what_came_from_1_november_to_24_december_may_come_back_until_31_january(
    delivered: datetime, asked: datetime, eligible: bool
) -> None:
    one = made.item(category="electronics")
    order = replace(made.order(one), delivered_at=delivered)
    decision = decide(order, made.wanted(one), now=asked)
    assert decision.eligible is eligible
    assert ("window.holiday" in decision.rule_ids) is (delivered.month == 11 or delivered.day == 24)


def test_the_holiday_extension_never_shortens_a_longer_window() -> None:
    boots = made.item(category="shoes")
    order = replace(made.order(boots), delivered_at=datetime(2026, 12, 20, 20, tzinfo=UTC))
    (line,) = decide(order, made.wanted(boots), now=datetime(2026, 12, 28, tzinfo=UTC)).lines
    assert line.deadline == date(2027, 2, 18)


@pytest.mark.parametrize(
    ("one", "rule"),
    [
        (made.item("Merino Scarf", category="clothing", final_sale=True), "exclusion.final_sale"),
        (made.item("Face Serum", category="beauty"), "exclusion.hygiene"),
    ],
)
def test_final_sale_and_hygiene_items_come_back_only_when_faulty(one: OrderItem, rule: str) -> None:
    refused = decide(made.order(one), made.wanted(one))
    assert not refused.eligible
    assert refused.lines[0].rule_ids == (rule,)
    assert one.name in refused.lines[0].explanation
    assert (refused.offers, refused.methods) == ((), ())
    assert decide(made.order(one), made.wanted(one, "damaged")).eligible


def test_a_gift_card_never_comes_back() -> None:
    card = made.item("Gift Card", category="gift_cards")
    assert verdict(card, 1) == (False, ("exclusion.gift_card",))
    assert verdict(card, 1, "damaged") == (False, ("exclusion.gift_card",))


@pytest.mark.parametrize("state", ["pending", "processed", "shipped", "cancelled"])
def test_only_a_delivered_order_can_be_returned(state: OrderState) -> None:
    one = made.item()
    decision = decide(made.order(one, delivered=None, state=state), made.wanted(one))
    assert decision.lines[0].rule_ids == ("order.delivered",)
    assert "#H204518" in decision.lines[0].explanation


def test_no_more_pieces_come_back_than_are_left() -> None:
    mugs = made.item("Camp Mug", "14.00", quantity=2)
    order = made.order(mugs)
    assert decide(order, made.wanted(mugs, quantity=2)).eligible
    some = decide(order, made.wanted(mugs, quantity=2), taken={mugs.id: 1}).lines[0]
    assert (some.eligible, some.rule_ids) == (False, ("quantity.left",))
    assert some.explanation == "Only 1 of 2 × Camp Mug can still be returned."
    none = decide(order, made.wanted(mugs, quantity=1), taken={mugs.id: 2}).lines[0]
    assert none.explanation == "The Camp Mug is already part of a return."


def test_the_same_item_twice_in_one_request_counts_together() -> None:
    mugs = made.item("Camp Mug", "14.00", quantity=2)
    twice = decide(made.order(mugs), made.wanted(mugs, "too_small", 1), made.wanted(mugs, "damaged", 2))
    assert [line.eligible for line in twice.lines] == [True, False]


def test_an_item_of_another_order_and_a_quantity_of_nothing_are_errors() -> None:
    one = made.item()
    with pytest.raises(errors.NotFound):
        decide(made.order(one), RequestLine(uuid.uuid4(), 1, "other"))
    with pytest.raises(errors.BadInput):
        decide(made.order(one), made.wanted(one, quantity=0))


def test_above_the_limit_a_person_decides_and_at_the_limit_nobody_has_to() -> None:
    at, above = made.item("Rug", "300.00"), made.item("Rug", "300.01")
    assert decide(made.order(at), made.wanted(at)).needs_person is None
    decision = decide(made.order(above), made.wanted(above))
    assert decision.needs_person == "One of our people approves returns above $300.00."
    assert "approval.limit" in decision.rule_ids


def test_a_refused_line_does_not_count_towards_the_limit() -> None:
    card, pillow = made.item("Gift Card", "500.00", category="gift_cards"), made.item()
    assert decide(made.order(card, pillow), made.wanted(card), made.wanted(pillow)).needs_person is None


def test_without_a_delivery_date_a_person_looks_unless_there_is_no_window() -> None:
    one = made.item()
    order = made.order(one, delivered=None)
    decision = decide(order, made.wanted(one))
    assert decision.eligible
    assert decision.needs_person is not None
    retail = decide(order, made.wanted(one), rules=made.retail_rules())
    assert retail.eligible
    assert retail.needs_person is None
    assert retail.lines[0].explanation.endswith("there is no time limit.")


def test_a_rule_that_a_person_set_aside_no_longer_refuses_and_still_stands_in_the_receipt() -> None:
    late = made.item("Wireless Headphones", category="electronics")
    rules = replace(made.rules(), overruled=frozenset({"window.electronics"}))
    decision = decide(made.order(late, delivered=40), made.wanted(late), rules=rules)
    assert decision.eligible
    assert "window.electronics" in decision.rule_ids
    scarf = made.item("Merino Scarf", final_sale=True)
    assert not decide(made.order(scarf), made.wanted(scarf), rules=rules).eligible


def test_explain_says_what_matters_in_two_sentences_at_most() -> None:
    pillow, card = made.item(), made.item("Gift Card", category="gift_cards")
    order = made.order(pillow, card)
    assert policy.explain(decide(order, made.wanted(pillow))).startswith("The Linen Pillow can be returned until ")
    assert policy.explain(decide(order, made.wanted(pillow), made.wanted(card))) == (
        "Gift cards such as the Gift Card cannot be returned. The other items can be returned."
    )
    two = made.order(pillow, mug := made.item("Camp Mug"))
    assert policy.explain(decide(two, made.wanted(pillow), made.wanted(mug))) == (
        "Both items can be returned until 14 July 2026."
    )


@pytest.mark.parametrize(
    ("state", "reason", "allowed"),
    [
        ("pending", "no_longer_needed", True),
        ("pending", None, True),
        ("pending", "damaged", False),
        ("processed", "no_longer_needed", False),
        ("shipped", "no_longer_needed", False),
        ("delivered", "no_longer_needed", False),
        ("cancelled", "no_longer_needed", False),
    ],
)
def test_only_a_pending_order_is_cancelled_and_only_for_the_reasons_of_the_policy(
    state: OrderState, reason: Reason | None, allowed: bool
) -> None:
    order = made.order(made.item(), delivered=None, state=state, paid={"visa": "30.00", "gift": "8.00"})
    decision = policy.decide_cancel(order, reason, made.rules(), [made.VISA, made.GIFT_CARD])
    assert decision.allowed is allowed
    parts = [(part.destination, part.amount, part.when) for part in decision.refunds]
    expected = [
        ("Visa ending 4242", Decimal("30.00"), "5-7 business days"),
        ("Gift card ending 7310", Decimal("8.00"), "at once"),
    ]
    assert parts == (expected if allowed else [])
