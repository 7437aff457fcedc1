"""Answers: the policy's facts filled in, and nothing that a customer should not see."""

import re

import pytest

from faq.entry import Entry, QuickReply
from kit.errors import BadInput


def entry(body: str) -> Entry:
    return Entry("swimming", "Can I swim?", ("a", "b", "c"), (QuickReply("t", "s"),), body)


def test_every_answer_of_ours_reads_well_with_a_policys_facts(
    entries: tuple[Entry, ...], facts: dict[str, str]
) -> None:
    for item in entries:
        answer = item.answer(facts)
        assert answer, item.key
        assert not re.search(r"[{}]|  |\.\.|: :|\n\n|%\}", answer), (item.key, answer)
        assert answer[0].isupper(), (item.key, answer)
        assert "!" not in answer, (item.key, answer)
        assert len(answer) <= 700, (item.key, len(answer))


def test_every_fact_of_an_answer_stands_in_it(entries: tuple[Entry, ...], facts: dict[str, str]) -> None:
    for item in entries:
        answer = item.answer(facts)
        shown = {name for name in item.variables if facts[name] in answer}
        conditions = set(re.findall(r"if (\w+)", item.body))
        assert item.variables - shown <= conditions | {"refund_to_rule"}, item.key


def test_the_answer_moves_with_the_policy(entries: tuple[Entry, ...], facts: dict[str, str]) -> None:
    window = next(item for item in entries if item.key == "return-window")
    assert "45 days" in window.answer({**facts, "return_window": "45 days"})


def test_a_shop_without_store_credit_does_not_offer_it(entries: tuple[Entry, ...], facts: dict[str, str]) -> None:
    none = {**facts, "store_credit_bonus": "", "refund_time_store_credit": ""}
    texts = {item.key: item.answer(none) for item in entries}
    assert texts["store-credit-bonus"].startswith("We do not offer store credit")
    assert "tore credit" not in texts["refund-time"] + texts["card-expired"]


def test_what_a_shop_does_not_have_is_denied_and_not_left_blank(
    entries: tuple[Entry, ...], facts: dict[str, str]
) -> None:
    lacking = ("method_drop_off_qr", "method_pickup", "method_store", "restocking_fee", "approval_limit")
    bare = {**facts, **dict.fromkeys(lacking, "")}
    texts = {item.key: item.answer(bare) for item in entries}
    assert texts["pickup"].startswith("We cannot collect parcels")
    assert texts["return-in-store"].startswith("We have no store")
    assert texts["drop-off"].startswith("We do not offer drop-off")
    assert texts["restocking-fee"].startswith("We do not charge a restocking fee")
    assert "Restocking fee" not in texts["electronics-opened"]
    assert "Above" not in texts["approval-limit"]
    assert "Drop-off" not in texts["how-to-return"]
    assert not any(re.search(r"\. \.|: \.|^\.", text) for text in texts.values())


def test_a_missing_fact_is_an_error_and_not_a_gap(facts: dict[str, str]) -> None:
    without = {name: text for name, text in facts.items() if name != "label_validity"}
    with pytest.raises(BadInput, match=r"swimming.*label_validity"):
        entry("A label is valid for {{ label_validity }}.").answer(without)


def test_a_facts_text_is_never_read_as_a_template() -> None:
    assert entry("From {{ shop_name }}.").answer({"shop_name": "{{ 7 * 7 }} & <b>"}) == "From {{ 7 * 7 }} & <b>."


def test_lines_of_a_paragraph_are_joined_and_items_of_a_list_stay_apart() -> None:
    text = "You choose\nhow it travels:\n- {{ one }}\n- {{ two }}\n- {{ three }}\n\nWe check\n  it."
    facts = {"one": "Drop-off", "two": "", "three": "Pickup"}
    assert entry(text).answer(facts) == "You choose how it travels:\n- Drop-off\n- Pickup\nWe check it."
