"""A line of data/nlu stands for several messages, always the same ones."""

import pytest
from brain import wordings

TABLES = {"good": ["kettle", "lamp"]}


def test_a_line_without_alternatives_is_itself():
    found = [one.text for one in wordings.read([("where is it", "order_status")], TABLES)]
    assert found[0] == "where is it"


def test_alternatives_and_tables_are_filled_in():
    found = wordings.readings("(go|no) {good}", {"good": ["up", "on"]}, 20)  # too short to bear slips
    assert set(found) == {"go up", "go on", "no up", "no on"}


def test_the_same_line_is_always_read_in_the_same_ways():
    line = ("(a|b|c) (d|e|f) {good}, (please|thanks|)", "inform")
    assert list(wordings.read([line], TABLES)) == list(wordings.read([line], TABLES))


def test_all_readings_of_a_line_carry_its_number():
    lines = [("(yes|yep|sure)", "affirm"), ("(no|nope)", "deny")]
    assert {(one.intent, one.line) for one in wordings.read(lines, TABLES)} == {("affirm", 0), ("deny", 1)}


def test_an_unknown_table_is_an_error():
    with pytest.raises(KeyError):
        wordings.readings("the {unheard_of}", TABLES, 2)


def test_empty_alternatives_leave_no_stray_spaces_or_stops():
    found = wordings.readings("(oh|) , stop (it|) .", TABLES, 9)
    assert found
    assert all(one == " ".join(one.split()) and " ." not in one and not one.startswith(",") for one in found)


def test_some_wishes_are_also_read_between_a_greeting_and_thanks_and_answers_never():
    lines = [f"where is parcel {number}" for number in range(60)]
    wishes = [one.text for one in wordings.read([(line, "order_status") for line in lines], TABLES)]
    answers = [one.text for one in wordings.read([(line, "inform") for line in lines], TABLES)]
    assert set(answers) < set(wishes)
    added = set(wishes) - set(answers)
    assert 5 <= len(added) <= 20
    assert all(any(line in one for line in lines) for one in added)
