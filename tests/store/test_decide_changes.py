"""Cancelling and changing an order before it is packed: what is allowed, what it costs, and what goes back."""

from dataclasses import replace
from decimal import Decimal

import pytest

from kit import errors
from store import policy
from store.order import Order, OrderState, PaymentMethod, Variant
from store.policy_file import Policy
from tests.store import made
from tests.store.selling import EU, GENEROUS, HARBOUR, METHODS, RETAIL, STRICT, sold, thing

SHIRT = thing("Linen Shirt", "58.00", 2)
OTHER = PaymentMethod("mastercard", made.MAYA.id, "card", "Mastercard ending 5100")


def pending(paid: dict[str, str] | None = None, state: OrderState = "pending") -> Order:
    order = sold(SHIRT, paid=paid, shipping="4.00")
    return replace(order, state=state, shipped_at=None, delivered_at=None)


def variant(price: str = "58.00", key: str = "linen-shirt-l") -> Variant:
    return Variant(key, SHIRT.product_id, SHIRT.name, {"size": "L"}, Decimal(price), 5)


@pytest.mark.parametrize("state", ["processed", "shipped", "delivered", "cancelled"])
def test_an_order_that_is_not_pending_can_be_neither_cancelled_nor_changed(state: OrderState) -> None:
    order = pending(state=state)
    decisions = [
        policy.decide_change_address(order, HARBOUR),
        policy.decide_change_payment(order, OTHER, HARBOUR, METHODS),
        policy.decide_change_items(order, {SHIRT.id: variant()}, OTHER, HARBOUR, METHODS),
    ]
    assert not any(decision.allowed for decision in decisions)
    assert {decision.rule_ids for decision in decisions} == {("change.pending",)}
    assert all(order.display_number in decision.explanation for decision in decisions)
    assert not policy.decide_cancel(order, None, HARBOUR, METHODS).allowed


def test_a_shop_may_cancel_and_change_what_is_being_packed() -> None:
    order = pending(state="processed")
    assert policy.decide_cancel(order, None, GENEROUS, METHODS).allowed
    assert policy.decide_change_address(order, GENEROUS).allowed


@pytest.mark.parametrize(("rules", "items"), [(HARBOUR, True), (STRICT, False), (EU, True), (RETAIL, True)])
def test_what_can_be_changed_is_the_shops_to_say(rules: Policy, items: bool) -> None:
    assert policy.decide_change_address(pending(), rules).allowed
    decision = policy.decide_change_items(pending(), {SHIRT.id: variant()}, OTHER, rules, METHODS)
    assert decision.allowed is items
    assert decision.rule_ids == ("change.pending",)


def test_a_shop_that_says_nothing_about_changes_allows_none() -> None:
    silent = made.changed(HARBOUR, change_order=None)
    decision = policy.decide_change_address(pending(), silent)
    assert (decision.allowed, decision.rule_ids) == (False, ("change.none",))


def test_a_cancelled_order_goes_back_to_what_paid_for_it_less_what_went_back_before() -> None:
    order = pending({"visa": "100.00", "gift": "20.00"})
    decision = policy.decide_cancel(order, "other", HARBOUR, METHODS)
    assert [(part.refund_to, part.amount) for part in decision.refunds] == [
        ("visa", Decimal("100.00")),
        ("gift", Decimal("20.00")),
    ]


def test_another_method_pays_all_and_the_old_ones_get_theirs_back() -> None:
    decision = policy.decide_change_payment(pending({"visa": "100.00", "gift": "20.00"}), OTHER, HARBOUR, METHODS)
    assert decision.allowed
    assert {part.refund_to: part.amount for part in decision.refunds} == {
        "visa": Decimal("100.00"),
        "gift": Decimal("20.00"),
    }
    assert decision.difference == 0


def test_the_method_that_paid_already_is_no_other_one() -> None:
    decision = policy.decide_change_payment(pending(), made.VISA, HARBOUR, METHODS)
    assert not decision.allowed
    assert decision.explanation == "Order #H204518 is paid with Visa ending 4242 already."


def test_a_gift_card_must_bear_the_whole_order() -> None:
    decision = policy.decide_change_payment(pending(), made.GIFT_CARD, RETAIL, METHODS)
    assert not decision.allowed
    assert decision.explanation == "Gift card ending 7310 does not have enough balance for $120.00."
    rich = replace(made.GIFT_CARD, balance=Decimal("120.00"))
    assert policy.decide_change_payment(pending(), rich, RETAIL, METHODS).allowed


@pytest.mark.parametrize(
    ("price", "difference", "back"), [("68", "20.00", []), ("58", "0.00", []), ("50", "-16.00", [16])]
)
def test_other_variants_cost_or_give_back_their_difference(price: str, difference: str, back: list[int]) -> None:
    decision = policy.decide_change_items(pending(), {SHIRT.id: variant(price)}, OTHER, HARBOUR, METHODS)
    assert decision.allowed
    assert decision.difference == Decimal(difference)
    assert [part.amount for part in decision.refunds] == back


def test_before_it_is_known_who_pays_only_the_difference_is_told() -> None:
    decision = policy.decide_change_items(pending(), {SHIRT.id: variant("10.00")}, None, HARBOUR, METHODS)
    assert (decision.allowed, decision.difference, decision.refunds) == (True, Decimal("-96.00"), ())


def test_a_gift_card_must_bear_the_difference() -> None:
    decision = policy.decide_change_items(pending(), {SHIRT.id: variant("90")}, made.GIFT_CARD, HARBOUR, METHODS)
    assert not decision.allowed
    assert "enough balance for $64.00" in decision.explanation


def test_an_item_becomes_another_option_of_the_same_product_only() -> None:
    shoe = Variant("runner-9", "trail-runner", "Trail Runner", {}, Decimal(58), 5)
    other = policy.decide_change_items(pending(), {SHIRT.id: shoe}, OTHER, HARBOUR, METHODS)
    assert not other.allowed
    assert "same product only" in other.explanation
    same = policy.decide_change_items(pending(), {SHIRT.id: variant(key=SHIRT.variant_id)}, OTHER, HARBOUR, METHODS)
    assert not same.allowed
    with pytest.raises(errors.NotFound):
        policy.decide_change_items(pending(), {made.MAYA.id: shoe}, OTHER, HARBOUR, METHODS)


def test_in_the_retail_shop_items_change_once_and_after_that_nothing_does() -> None:
    changed = replace(pending(), items_changed_at=made.NOW)
    decisions = [
        policy.decide_change_items(changed, {SHIRT.id: variant()}, OTHER, RETAIL, METHODS),
        policy.decide_change_address(changed, RETAIL),
        policy.decide_change_payment(changed, OTHER, RETAIL, METHODS),
    ]
    assert not any(decision.allowed for decision in decisions)
    cancel = policy.decide_cancel(changed, "no_longer_needed", RETAIL, METHODS)
    assert (cancel.allowed, cancel.rule_ids) == (False, ("change.pending",))
    assert policy.decide_cancel(changed, "no_longer_needed", HARBOUR, METHODS).allowed


def test_items_may_be_changed_once_while_the_rest_stays_open() -> None:
    once = HARBOUR.rules.change_order
    assert once is not None
    rules = made.changed(HARBOUR, change_order=once.model_copy(update={"items_once": True}))
    changed = replace(pending(), items_changed_at=made.NOW)
    decision = policy.decide_change_items(changed, {SHIRT.id: variant()}, OTHER, rules, METHODS)
    assert not decision.allowed
    assert policy.decide_change_address(changed, rules).allowed
