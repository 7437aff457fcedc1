"""What kind of item it is, in which state, for which reason, and who asks: refusals, photos, people, gifts."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from store.decision import Past
from store.returns import Condition, Reason
from store.rules import KeepItem, Photo
from tests.store import made
from tests.store.selling import GENEROUS, HARBOUR, RETAIL, STRICT, asked, decide, offer, sent_to, sold, thing

MUG = thing("Camp Mug", "14.00")
TENT = thing("Ridge Tent", "259.00", category="outdoor")
PHOTO = (made.MAYA.id,)


@pytest.mark.parametrize(
    ("tag", "rule"), [("digital", "exclusion.digital"), ("made_to_order", "exclusion.made_to_order")]
)
def test_digital_items_and_those_made_to_order_come_back_only_when_faulty(tag: str, rule: str) -> None:
    one = thing("Printed Map", tags=("paper", tag))
    refused = decide(sold(one), asked(one)).lines[0]
    assert (refused.eligible, refused.rule_ids) == (False, (rule,))
    assert decide(sold(one), asked(one, "defective")).eligible


@pytest.mark.parametrize(("condition", "eligible"), [("sealed", True), ("opened", False), ("used", False)])
def test_opened_software_is_refused_and_sealed_software_is_not(condition: Condition, eligible: bool) -> None:
    one = thing("Atlas 3D", tags=("software",))
    assert decide(sold(one), asked(one, condition=condition)).eligible is eligible
    assert decide(sold(one), asked(one, "defective", condition=condition)).eligible


def test_where_the_condition_decides_it_is_asked_for_and_without_it_a_person_decides() -> None:
    one = thing("Atlas 3D", tags=("software",))
    decision = decide(sold(one), asked(one))
    assert decision.eligible
    assert decision.condition_needed
    assert "exclusion.opened_software" in decision.lines[0].rule_ids
    assert decision.needs_person == (
        "As long as we do not know the condition of the Atlas 3D, one of our people decides."
    )
    assert not decide(sold(one), asked(one, "defective")).condition_needed
    assert not decide(sold(MUG), asked(MUG)).condition_needed


def test_a_condition_rule_refuses_or_calls_a_person_unless_the_item_was_faulty() -> None:
    used = decide(sold(MUG), asked(MUG, condition="used"), rules=STRICT)
    assert used.lines[0].rule_ids == ("condition.used",)
    assert used.lines[0].explanation == "The Camp Mug has been used, and only unused items can be returned."
    broken = decide(sold(MUG), asked(MUG, condition="damaged"), rules=STRICT)
    assert broken.eligible
    assert broken.needs_person == "One of our people looks at the damage of the Camp Mug first."
    assert "condition.damaged" in broken.rule_ids
    faulty = decide(sold(MUG), replace(asked(MUG, "damaged", condition="damaged"), photos=PHOTO), rules=STRICT)
    assert faulty.eligible
    assert faulty.needs_person is None


def test_a_person_may_set_a_condition_rule_aside() -> None:
    rules = replace(STRICT, overruled=frozenset({"condition.used"}))
    assert decide(sold(MUG), asked(MUG, condition="used"), rules=rules).eligible


def test_a_damaged_item_of_some_worth_needs_a_photo_and_without_one_a_person_looks() -> None:
    decision = decide(sold(TENT), asked(TENT, "damaged"))
    assert decision.photo_needed
    assert decision.needs_person == "Without a photo, one of our people looks at it first."
    assert "photo.damaged" in decision.lines[0].rule_ids
    seen = decide(sold(TENT), replace(asked(TENT, "damaged"), photos=PHOTO))
    assert not seen.photo_needed
    assert seen.needs_person is None


@pytest.mark.parametrize(("price", "reason"), [("100.00", "damaged"), ("259.00", "defective")])
def test_cheaper_items_and_other_reasons_need_no_photo(price: str, reason: Reason) -> None:
    one = thing("Tent", price)
    assert not decide(sold(one), asked(one, reason)).photo_needed


def test_a_damaged_item_below_the_value_is_kept_and_nothing_is_sent() -> None:
    decision = decide(sold(MUG), asked(MUG, "damaged"))
    assert decision.nothing_to_send
    assert [(way.method, way.title, way.fee) for way in decision.methods] == [
        ("keep", "Keep it, nothing to send", Decimal(0))
    ]
    assert "keep.damaged" in decision.lines[0].rule_ids
    assert offer(decision).when == "5-7 business days"
    assert offer(decision, "store_credit").when == "at once"
    assert offer(decision, "exchange").when == "sent as soon as the return is approved"
    assert "fee.shipping" not in decision.rule_ids


def test_many_small_things_are_not_kept_one_by_one() -> None:
    other = thing("Stone Mug", "14.50")
    decision = decide(sold(MUG, other), asked(MUG, "damaged"), asked(other, "damaged"))
    assert not any(line.keep for line in decision.lines)
    assert not decision.nothing_to_send


def test_an_item_that_is_kept_beside_one_that_is_sent_leaves_the_parcel_its_methods() -> None:
    decision = decide(sold(MUG, TENT), asked(MUG, "damaged"), asked(TENT))
    assert [line.keep for line in decision.lines] == [True, False]
    assert not decision.nothing_to_send
    assert "keep" not in {way.method for way in decision.methods}


def test_at_the_value_itself_it_is_sent_back() -> None:
    rules = made.changed(HARBOUR, keep_item=KeepItem(id="keep.damaged", below=MUG.unit_price, reasons=("damaged",)))
    assert not decide(sold(MUG), asked(MUG, "damaged"), rules=rules).nothing_to_send


def test_a_photo_may_be_asked_for_although_the_item_is_kept() -> None:
    rules = made.changed(HARBOUR, photo=Photo(id="photo.all", reasons=("damaged",)))
    decision = decide(sold(MUG), asked(MUG, "damaged"), rules=rules)
    assert decision.nothing_to_send
    assert decision.photo_needed


def test_a_person_looks_at_customers_who_have_opened_many_returns_lately() -> None:
    often = tuple(made.NOW - timedelta(days=day) for day in range(3, 13))
    decision = decide(sold(MUG), asked(MUG), past=Past(opened=often))
    assert decision.needs_person == "One of our people looks at this return first."
    assert "approval.frequent" in decision.rule_ids
    assert decide(sold(MUG), asked(MUG), past=Past(opened=often[:9])).needs_person is None
    long_ago = tuple(moment - timedelta(days=90) for moment in often)
    assert decide(sold(MUG), asked(MUG), past=Past(opened=long_ago)).needs_person is None


def test_of_several_reasons_for_a_person_the_weightiest_is_told_and_all_stand_in_the_receipt() -> None:
    camera = thing("Camera", "449.00")
    decision = decide(sold(camera), asked(camera, "damaged"))
    assert decision.needs_person == "One of our people approves returns above $300.00."
    assert {"approval.limit", "photo.damaged"} <= set(decision.rule_ids)


def test_nobody_is_called_for_what_is_refused_anyway() -> None:
    card = thing("Gift Card", "500.00", category="gift_cards")
    assert decide(sold(card), asked(card)).needs_person is None


def test_a_gift_becomes_a_gift_card_or_an_exchange_and_never_a_refund() -> None:
    decision = decide(sold(TENT), asked(TENT), past=Past(gift=True))
    assert {one.resolution for one in decision.offers} == {"exchange", "store_credit"}
    card = offer(decision, "store_credit")
    assert (card.destination, card.amount, card.bonus) == ("a gift card", TENT.unit_price, Decimal(0))
    assert "gift.returns" in card.rule_ids


@pytest.mark.parametrize("rules", [STRICT, RETAIL])
def test_where_gifts_are_not_taken_back_who_gave_it_can_return_it(rules: object) -> None:
    decision = decide(sold(MUG), asked(MUG, condition="sealed"), rules=rules, past=Past(gift=True))  # type: ignore[arg-type]
    assert decision.lines[0].rule_ids == ("gift.returns",)
    assert decision.lines[0].explanation == "Gifts can be returned by the person who ordered them."


def test_where_nobody_knows_how_an_order_was_paid_a_person_looks() -> None:
    decision = decide(sold(MUG, paid={}), asked(MUG))
    assert decision.needs_person == "One of our people checks first how the order was paid."
    assert offer(decision).amount == 0


def test_a_generous_shop_takes_nearly_all_back_for_two_years_when_it_is_faulty() -> None:
    one = thing("Boots", "139.00", category="shoes", final_sale=True)
    order = sent_to(sold(one, delivered=700), "US", "CO")
    assert decide(order, asked(one, "defective"), rules=GENEROUS).eligible
    assert not decide(order, asked(one), rules=GENEROUS).eligible
