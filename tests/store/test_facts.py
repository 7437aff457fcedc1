"""The policy in words: every name that answers use, and each of them from the file."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from kit.settings import PROJECT_ROOT
from store import facts, policy
from tests.store import made

PROMISED = """
shop_name currency return_window window_start window_shoes window_clothing window_electronics window_kitchen
window_home window_outdoor window_faulty holiday_extension final_sale_rule hygiene_rule gift_card_rule
condition_rule restocking_fee return_shipping_fee free_return_reasons method_drop_off_qr method_printed_label
method_pickup method_store refund_time_card refund_time_paypal refund_time_gift_card refund_time_store_credit
refund_to_rule store_credit_bonus exchange_rule label_validity approval_limit processing_time human_hours
return_address international_rule gift_return_rule lost_parcel_rule cancel_order_rule change_order_rule
price_match_rule warranty_rule missing_box_rule
"""


@pytest.mark.parametrize("rules", [made.rules(), made.retail_rules()], ids=["harbour", "retail"])
def test_every_promised_fact_is_text_without_gaps(rules: policy.Policy) -> None:
    found = facts.of(rules, made.NOW)
    assert set(PROMISED.split()) <= set(found)
    for name, text in found.items():
        assert not re.search(r"[{}!]|None|Decimal|  ", text), (name, text)


def test_every_variable_of_an_answer_is_a_fact() -> None:
    used: set[str] = set()
    for path in (PROJECT_ROOT / "faq" / "content").glob("*.md"):
        used |= set(re.findall(r"{{\s*(\w+)\s*}}", path.read_text(encoding="utf-8")))
    assert used
    assert used <= set(facts.of(made.rules(), made.NOW))


def test_the_numbers_of_the_demo_shop() -> None:
    found = facts.of(made.rules(), made.NOW)
    expected = {
        "return_window": "30 days",
        "window_shoes": "60 days",
        "window_electronics": "14 days",
        "window_faulty": "90 days",
        "restocking_fee": "10% on electronics",
        "return_shipping_fee": "$5.95",
        "method_drop_off_qr": "Drop-off with a QR code: free",
        "method_pickup": "Pickup at your door: $7.00",
        "refund_time_card": "5-7 business days",
        "refund_time_paypal": "3 business days",
        "refund_time_gift_card": "at once",
        "store_credit_bonus": "10%",
        "label_validity": "14 days",
        "approval_limit": "$300.00",
        "processing_time": "2 business days",
        "human_hours": "Monday to Friday, 9:00-17:00",
    }
    assert {name: found[name] for name in expected} == expected
    assert "31 January" in found["holiday_extension"]
    assert "90 days" in found["warranty_rule"]


def test_the_words_move_with_the_file() -> None:
    rules = made.rules()
    windows = tuple(w.model_copy(update={"days": 45}) if w.id == "window.standard" else w for w in rules.rules.windows)
    found = facts.of(made.changed(rules, windows=windows), made.NOW)
    assert (found["return_window"], found["window_home"], found["window_shoes"]) == ("45 days", "45 days", "60 days")


def test_for_a_known_order_the_window_names_its_last_day() -> None:
    found = facts.of(made.rules(), made.NOW, made.order(made.item()))
    assert found["return_window"] == "30 days, until 14 July 2026"
    late = facts.of(made.rules(), made.NOW, made.order(made.item(), delivered=40))
    assert late["return_window"] == "30 days, which ended on 10 June 2026"


def test_where_items_have_windows_of_their_own_each_is_named() -> None:
    order = made.order(made.item("Trail Runner", category="shoes"), made.item("Camp Mug"), made.item("Vase"))
    found = facts.of(made.rules(), made.NOW, order)
    assert found["return_window"] == (
        "Trail Runner: 60 days, until 13 August 2026; Camp Mug and Vase: 30 days, until 14 July 2026"
    )


def test_the_day_that_is_told_is_the_last_day_on_which_the_return_is_allowed() -> None:
    one = made.item(category="shoes")
    order = made.order(one)
    told = facts.of(made.rules(), made.NOW, order)["return_window"]
    (line,) = policy.decide(order, [made.wanted(one)], made.rules(), made.NOW, policy.Past(), []).lines
    assert line.deadline is not None
    assert f"{line.deadline.day} August 2026" in told
    after = made.NOW + (line.deadline - made.NOW.date()) + timedelta(days=1)
    assert not policy.decide(order, [made.wanted(one)], made.rules(), after, policy.Past(), []).eligible


def test_an_order_that_has_not_arrived_has_the_general_window() -> None:
    order = replace(made.order(made.item(), delivered=None), state="shipped")
    assert facts.of(made.rules(), made.NOW, order)["return_window"] == "30 days"


def test_a_shop_without_store_credit_has_no_words_for_it() -> None:
    found = facts.of(made.retail_rules(), made.NOW)
    assert found["store_credit_bonus"] == found["refund_time_store_credit"] == ""
