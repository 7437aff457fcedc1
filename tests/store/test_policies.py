"""The policies that come with the desk: each is right, can be read by a shop owner, and does what it says."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import BaseModel

from kit.settings import PROJECT_ROOT
from store import facts, policy, policy_checks, policy_file, policy_words
from store import rules as rules_module
from store.policy_file import Policy
from tests.store import made
from tests.store.selling import EU, GENEROUS, METHODS, RETAIL, SHOPS, STRICT, asked, decide, offer, sent_to, sold, thing

FILES = [PROJECT_ROOT / "policy" / f"{name}.yml" for name in ("harbour-and-pine", "retail", "strict", "generous", "eu")]
PILLOW = thing()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_policy_is_read_and_each_of_its_rules_is_said_in_words(path: Path) -> None:
    book = policy_file.read(path)
    said = {rule for section in policy_words.of_book(book) for rule, _ in section.lines if rule}
    silent = {"refund_rule": "refund", "store_credit_rule": "store_credit", "exchange": "exchange"}
    for version in book.versions:
        ids = {rule for place, rule in policy_checks.ids_of(version.rules) if _matters(place, version.rules, silent)}
        assert ids <= said
    for section in policy_words.of_book(book):
        for rule, sentence in section.lines:
            assert re.fullmatch(r"[A-Z].*[.)!]", sentence), (rule, sentence)
            assert "None" not in sentence


def _matters(place: tuple[object, ...], rules: object, silent: dict[str, str]) -> bool:
    wanted = silent.get(str(place[0]))
    return wanted is None or wanted in rules.resolutions  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", SHOPS)
def test_every_rule_that_a_decision_names_has_words(name: str) -> None:
    rules = SHOPS[name]
    order = sold(thing("Radio", "100.00", category="electronics"), delivered=3, shipping="5.00")
    decision = decide(order, asked(order.items[0], "damaged", condition="opened"), rules=rules)
    for rule in decision.rule_ids:
        assert policy_words.sentence_of(rules, rule) != "A rule that this policy does not have."


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_policy_has_remarks_for_whoever_reads_it(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize("name", SHOPS)
def test_the_facts_of_every_policy_are_text(name: str) -> None:
    for fact, text in facts.of(SHOPS[name], made.NOW).items():
        assert not re.search(r"[{}]|None|Decimal", text), (fact, text)


def test_the_retail_shop_has_no_window_and_takes_final_sale_back() -> None:
    order = replace(sold(replace(PILLOW, final_sale=True), delivered=None), placed_at=None, shipped_at=None)
    decision = decide(order, asked(PILLOW), rules=RETAIL)
    assert decision.eligible
    assert decision.needs_person is None
    assert {one.fee for one in decision.methods} == {0}


def test_the_retail_shop_refunds_to_what_paid_or_to_a_gift_card_and_gives_no_credit() -> None:
    decision = decide(sold(PILLOW, paid={"paypal": "38.00"}), asked(PILLOW), rules=RETAIL)
    refunds = [one.refund_to for one in decision.offers if one.resolution == "refund"]
    assert refunds == ["paypal", "gift"]
    assert {one.resolution for one in decision.offers} == {"refund", "exchange"}


@pytest.mark.parametrize(
    ("reason", "allowed"), [("no_longer_needed", True), ("ordered_by_mistake", True), ("better_price", False)]
)
def test_the_retail_shop_cancels_for_two_reasons_only(reason: str, allowed: bool) -> None:
    order = replace(sold(PILLOW), state="pending")
    assert policy.decide_cancel(order, reason, RETAIL, METHODS).allowed is allowed  # type: ignore[arg-type]


def test_the_retail_shop_refunds_a_gift_card_at_once_and_everything_else_in_5_to_7_business_days() -> None:
    order = replace(sold(PILLOW, paid={"gift": "8.00", "paypal": "30.00"}), state="pending")
    parts = policy.decide_cancel(order, "no_longer_needed", RETAIL, METHODS).refunds
    assert {part.refund_to: part.when for part in parts} == {"paypal": "5-7 business days", "gift": "at once"}


def test_the_strict_shop_refuses_or_looks_where_the_generous_one_says_yes() -> None:
    boots = thing("Boots", "139.00", category="shoes")
    order = sold(boots, delivered=13)
    line = asked(boots, condition="sealed")
    assert not decide(order, line, rules=STRICT).eligible
    assert decide(order, line, rules=GENEROUS).eligible
    fresh = sold(boots, delivered=1)
    assert decide(fresh, line, rules=STRICT).needs_person == "One of our people approves returns above $100.00."
    assert decide(fresh, line, rules=GENEROUS).needs_person is None


def test_the_generous_shop_gives_everybody_a_year_since_the_summer_of_2026_and_members_had_it_before() -> None:
    book = policy_file.read(PROJECT_ROOT / "policy" / "generous.yml")
    first, second = (book.version(version.id) for version in book.versions)
    late = sold(PILLOW, delivered=365)
    member = replace(late, customer=replace(late.customer, tier="member"))
    answers = [
        decide(order, asked(PILLOW), rules=rules).eligible for rules in (first, second) for order in (late, member)
    ]
    assert answers == [False, True, True, True]


def test_the_shop_in_the_eu_speaks_of_euros_as_germans_write_them() -> None:
    sofa = thing("Sofa", "1500.00")
    decision = decide(sent_to(sold(sofa), "DE"), asked(sofa), rules=EU)
    assert decision.needs_person is not None
    assert "500,00\xa0€" in decision.needs_person
    assert offer(decision).worked_out[0].tax == Decimal(0)


@pytest.mark.parametrize("rules", list(SHOPS.values()), ids=list(SHOPS))
def test_every_shop_takes_a_faulty_item_back_the_day_after_it_came(rules: Policy) -> None:
    order = sent_to(sold(PILLOW, delivered=1), "DE")
    assert decide(order, asked(PILLOW, "defective", condition="used"), rules=rules).eligible


def test_the_guide_for_shop_owners_has_every_key_and_every_word_for_braces() -> None:
    guide = (PROJECT_ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    models = [one for one in vars(rules_module).values() if isinstance(one, type) and issubclass(one, BaseModel)]
    keys = {key for model in models for key in model.model_fields}
    assert {key for key in keys if not re.search(rf"\b{key}\b", guide)} == set()
    assert {word for word in rules_module.SENTENCE_WORDS if f"{{{word}}}" not in guide} == set()
