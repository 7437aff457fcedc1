"""Until when something may come back: by tag, place and tier, from which day on, and what no shop can cut short."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from store import windows
from store.decision import Past
from store.order import Order, OrderItem
from store.policy_file import Policy
from store.rules import Window, Withdrawal
from tests.store import made
from tests.store.selling import EU, HARBOUR, STRICT, asked, decide, sent_to, sold, thing

PILLOW = thing()


def with_windows(*more: Window, rules: Policy = HARBOUR) -> Policy:
    return made.changed(rules, windows=(*rules.rules.windows, *more))


def window_of(one: OrderItem, order: Order, rules: Policy, reason: str = "no_longer_needed") -> str:
    return decide(order, asked(one, reason), rules=rules).lines[0].rule_ids[0]  # type: ignore[arg-type]


def test_a_tag_is_more_particular_than_a_category_a_place_than_a_tag_and_a_tier_than_a_place() -> None:
    rules = with_windows(
        Window(id="window.tent_sale", days=5, tag="sale"),
        Window(id="window.canada", days=20, countries=("CA",)),
    )
    boots = thing("Boots", category="shoes", tags=("sale", "new"))
    plain = thing("Plain Boots", category="shoes")
    order = sold(boots, plain)
    assert window_of(plain, order, rules) == "window.shoes"
    assert window_of(boots, order, rules) == "window.tent_sale"
    abroad = sent_to(order, "CA", "ON")
    assert window_of(boots, abroad, rules) == "window.canada"
    gold = replace(abroad, customer=replace(abroad.customer, tier="gold"))
    assert window_of(boots, gold, rules) == "window.gold"
    assert window_of(boots, gold, rules, "defective") == "window.faulty"


@pytest.mark.parametrize(
    ("country", "region", "rule"),
    [
        ("US", "CA", "window.west"),
        ("US", "OR", "window.standard"),
        ("usa ", "ca", "window.west"),
        ("FR", "", "window.europe"),
        ("CH", "", "window.standard"),
    ],
)
def test_a_place_is_a_country_a_region_of_one_or_the_eu(country: str, region: str, rule: str) -> None:
    rules = with_windows(
        Window(id="window.west", days=20, countries=("US-CA", "US-WA")),
        Window(id="window.europe", days=20, countries=("EU",)),
    )
    assert window_of(PILLOW, sent_to(sold(PILLOW), country, region), rules) == rule


def test_a_customers_tier_may_have_a_whole_year() -> None:
    rules = with_windows(Window(id="window.member", days=365, tier="member"))
    order = sold(PILLOW, delivered=365)
    member = replace(order, customer=replace(order.customer, tier="member"))
    assert decide(member, asked(PILLOW), rules=rules).eligible
    late = replace(member, delivered_at=made.NOW - timedelta(days=366))
    refused = decide(late, asked(PILLOW), rules=rules).lines[0]
    assert not refused.eligible
    assert "(365 days from delivery for member customers)" in refused.explanation


def test_where_the_delivery_is_not_known_the_shipment_counts_and_the_days_on_the_way() -> None:
    order = replace(sold(PILLOW), delivered_at=None, shipped_at=made.NOW - timedelta(days=37))
    (last_day,) = decide(order, asked(PILLOW)).lines
    assert last_day.eligible
    assert last_day.deadline == date(2026, 6, 20)  # 30 days after 7 on the way
    later = decide(order, asked(PILLOW), now=made.NOW + timedelta(days=1)).lines[0]
    assert not later.eligible
    assert later.explanation == (
        "The return window for the Linen Pillow ended on 20 June 2026 (30 days from delivery, counted from when it was "
        "sent because we do not know the day of delivery)."
    )


def test_without_a_shipment_the_day_of_the_order_counts_and_without_any_a_person_looks() -> None:
    order = replace(sold(PILLOW), delivered_at=None, shipped_at=None, placed_at=made.NOW - timedelta(days=10))
    assert decide(order, asked(PILLOW)).lines[0].deadline == date(2026, 7, 10)
    nothing = decide(replace(order, placed_at=None), asked(PILLOW))
    assert nothing.eligible
    assert nothing.needs_person == "One of our people checks the delivery date first."


def test_a_window_may_begin_with_the_shipment_or_the_order_although_the_delivery_is_known() -> None:
    order = sold(PILLOW)  # ordered 11, sent 9, delivered 6 days ago
    shipment = decide(order, asked(PILLOW), rules=STRICT).lines[0]
    assert shipment.deadline == date(2026, 6, 25)
    assert "(14 days from shipment)" in shipment.explanation
    by_order = made.changed(HARBOUR, windows=(Window(id="window.standard", days=14, start="order"),))
    ordered = decide(order, asked(PILLOW), rules=by_order).lines[0]
    assert ordered.deadline == date(2026, 6, 23)
    assert "(14 days from the day of the order)" in ordered.explanation


def test_a_started_request_freezes_the_window() -> None:
    order = sold(PILLOW, delivered=31)
    assert not decide(order, asked(PILLOW)).eligible
    begun = Past(started_at=made.NOW - timedelta(days=1))
    decision = decide(order, asked(PILLOW), past=begun)
    assert decision.eligible
    assert decision.lines[0].rule_ids == ("window.standard", "window.frozen")
    assert decision.lines[0].explanation == (
        "The Linen Pillow can be returned: you asked on 19 June 2026, in time for 19 June 2026 (30 days from delivery)."
    )
    too_late = Past(started_at=made.NOW - timedelta(hours=1))
    assert not decide(order, asked(PILLOW), past=too_late).eligible


def test_in_the_eu_the_right_of_withdrawal_is_the_floor_and_elsewhere_the_shops_own_window_holds() -> None:
    sale = thing("Clearance Lamp", tags=("clearance",))
    order = sold(sale, delivered=10)
    german = decide(sent_to(order, "DE"), asked(sale), rules=EU).lines[0]
    assert (german.eligible, german.rule_ids) == (True, ("window.clearance", "withdrawal.eu"))
    assert german.explanation == ("The Clearance Lamp can be returned until 24 June 2026 (your right of withdrawal).")
    american = decide(sent_to(order, "US", "OR"), asked(sale), rules=EU).lines[0]
    assert (american.eligible, american.rule_ids) == (False, ("window.clearance",))


def test_the_withdrawal_period_that_ends_on_a_weekend_ends_on_the_monday_after() -> None:
    order = sent_to(replace(sold(PILLOW), delivered_at=datetime(2026, 6, 6, 10, tzinfo=UTC)), "DE")
    assert windows.withdrawal_ends(order, EU) == date(2026, 6, 22)


def test_a_longer_window_of_the_shop_is_not_cut_short_by_the_right_of_withdrawal() -> None:
    (line,) = decide(sent_to(sold(PILLOW), "DE"), asked(PILLOW), rules=EU).lines
    assert (line.deadline, line.rule_ids) == (date(2026, 7, 14), ("window.standard",))


def test_a_final_sale_item_can_be_withdrawn_from_for_fourteen_days_and_no_longer() -> None:
    scarf = thing("Scarf", final_sale=True)
    bought = sent_to(sold(scarf), "FR")
    inside = decide(bought, asked(scarf), rules=EU).lines[0]
    assert (inside.eligible, inside.rule_ids) == (True, ("withdrawal.eu",))
    outside = decide(bought, asked(scarf), rules=EU, now=made.NOW + timedelta(days=14)).lines[0]
    assert not outside.eligible
    assert outside.rule_ids == ("exclusion.final_sale", "withdrawal.eu")
    assert "Your right of withdrawal ended on 29 June 2026." in outside.explanation


def test_what_the_law_excepts_from_withdrawal_stays_refused() -> None:
    made_for_you = thing("Engraved Ring", tags=("made_to_order",))
    (line,) = decide(sent_to(sold(made_for_you), "DE"), asked(made_for_you), rules=EU).lines
    assert (line.eligible, line.rule_ids) == (False, ("exclusion.made_to_order",))


def test_where_withdrawal_holds_and_the_delivery_is_not_known_nobody_is_refused_by_a_guess() -> None:
    order = replace(sent_to(sold(PILLOW), "DE"), delivered_at=None, shipped_at=made.NOW - timedelta(days=200))
    decision = decide(order, asked(PILLOW), rules=EU)
    assert decision.eligible
    assert decision.needs_person == "One of our people checks the delivery date first."
    assert not decide(sent_to(order, "US"), asked(PILLOW), rules=EU).eligible


def test_a_shop_anywhere_may_give_such_a_right() -> None:
    right = Withdrawal(id="withdrawal.uk", countries=("GB",), days=14)
    rules = made.changed(STRICT, withdrawal=right)
    order = sent_to(sold(PILLOW, delivered=13), "UK")
    assert decide(order, asked(PILLOW, condition="sealed"), rules=rules).eligible


def test_the_rules_of_the_day_of_the_order_bind_it() -> None:
    book = made.book()
    assert book.in_force(made.NOW).version == book.versions[-1].id
