"""A message's wants: several only when they surely are, else the message's own intent."""

import pytest
from brain import entities, head, wants


def clause(text, intent, confidence=0.9):
    return wants.Clause(text, intent, confidence, entities.find(text))


def intents(message, *clauses, threshold=0.35):
    return [one["intent"] for one in wants.several(message, list(clauses), threshold)]


WHOLE = clause("all of it", "start_return")


def test_two_tasks_are_two_wants_in_the_order_of_the_message():
    parts = clause("where is my order", "order_status"), clause("cancel the return", "cancel_return")
    assert intents(WHOLE, *parts) == ["order_status", "cancel_return"]


def test_an_unsure_clause_is_no_want():
    parts = clause("where is my order", "order_status"), clause("cancel the return", "cancel_return", 0.2)
    assert intents(WHOLE, *parts) == ["start_return"]


def test_small_talk_is_no_want():
    assert intents(clause("hello", "greet")) == []


def test_neighbours_of_one_intent_are_one_want():
    parts = clause("return the mug", "start_return"), clause("send back the mug", "start_return")
    assert intents(WHOLE, *parts) == ["start_return"]


def test_the_same_task_for_another_order_is_a_want_of_its_own():
    parts = clause("return H204518", "start_return"), clause("return H330912", "start_return")
    assert intents(WHOLE, *parts) == ["start_return", "start_return"]


def test_a_bare_further_order_number_continues_the_task():
    parts = clause("cancel H601118", "cancel_order"), clause("H601190", "inform")
    found = wants.several(WHOLE, list(parts), 0.35)
    assert [one["intent"] for one in found] == ["cancel_order", "cancel_order"]
    assert found[1]["entities"][0]["value"] == "H601190"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (("the mug came cracked", "report_problem"), ("I want my money back", "start_return"), "start_return"),
        (("cancel the order", "cancel_order"), ("it hasn't shipped yet", "order_status"), "cancel_order"),
        (("my return was approved", "return_status"), ("when does the money come", "refund_status"), "refund_status"),
        (("I ordered five minutes ago", "order_status"), ("can I still cancel", "cancel_order"), "cancel_order"),
    ],
)
def test_what_leads_up_to_a_want_is_no_want_of_its_own(before, after, expected):
    assert intents(clause("whole", expected), clause(*before), clause(*after)) == [expected]


def test_a_want_says_what_it_was_read_from():
    parts = clause("return H204518", "start_return"), clause("where is my order H330912", "order_status")
    second = wants.several(WHOLE, list(parts), 0.35)[1]
    assert second["text"] == "where is my order H330912"
    assert second["confidence"] == 0.9
    assert [one["value"] for one in second["entities"]] == ["H330912"]


def test_the_soft_score_compares_with_out_of_scope_alone():
    assert head.Guess("start_return", 0.3, 0.1, []).in_scope == pytest.approx(0.75)


def test_order_numbers_look_alike_to_the_head():
    assert head.masked("Return # h 204518") == head.masked("return H991234")


def test_several_wants_travel_over_the_wire(brain, desk):
    answer = brain.turn("I want to return the mug from H204518. Where is my order H330912?")
    assert [(one["intent"], one["entities"][-1]["value"]) for one in answer["wants"]] == [
        ("start_return", "H204518"),
        ("order_status", "H330912"),
    ]


def test_one_want_is_the_messages_own(brain, desk):
    answer = brain.turn("where is my order H330912")
    assert [one["intent"] for one in answer["wants"]] == [answer["intent"]["name"]] == ["order_status"]
