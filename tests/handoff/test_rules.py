"""`policy/handoff.yml`: one readable file, refused with place and reason when something in it is wrong."""

import pytest
import yaml

from handoff import rules
from handoff.ticket import Reason
from kit import errors
from kit.settings import PROJECT_ROOT

TEXT = (PROJECT_ROOT / "policy" / "handoff.yml").read_text()


def changed(*path: str, to: object) -> str:
    """Return the file with one value changed."""
    whole = yaml.safe_load(TEXT)
    place = whole
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = to
    return str(yaml.safe_dump(whole))


def test_every_reason_has_a_priority_and_words() -> None:
    read = rules.parse(TEXT)

    assert set(read.reasons) == set(Reason)
    spoken = [read.reasons[reason].words for reason in Reason if reason is not Reason.TAKEN_OVER]
    assert all("person" in words or "bringing one in" in words for words in spoken)


def test_safety_legal_and_mood_come_before_a_plain_wish() -> None:
    read = rules.parse(TEXT)
    plain = read.priority_of(Reason.ASKED_FOR)

    assert all(read.priority_of(one) < plain for one in (Reason.SAFETY, Reason.LEGAL, Reason.MOOD, Reason.COMPLAINT))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (changed("escalation", "complaint", "priority", to=9), r"handoff\.yml:\d+ escalation\.complaint\.priority"),
        (changed("escalation", to={}), "reasons lack asked_for"),
        (changed("escalation", "mood.at_once", "when", to={"mood": 1.5}), r"escalation\.mood\.at_once\.when\.mood"),
        (changed("escalation", "mood.offer", "when", to={"mood": 0.95}), "must be lower than that of mood.at_once"),
        (changed("escalation", "safety", "when", to={"words": "safety.flood"}), "there is no pattern 'safety.flood'"),
        (changed("escalation", "safety", "when", to={"words": "safety", "mood": 1}), "exactly one of"),
        (changed("escalation", "policy", "when", to={}), "says none"),
        (changed("escalation", "safety", "priority", to=2), "all rules of a reason have one priority"),
        (changed("escalation", "bot_failed", "when", to={"happens": "the bot is lost"}), "not_understood"),
        (changed("conversation", "calms", to=3), r"conversation\.calms"),
        (changed("waiting", "give_up", to=10), "must come in this order"),
        (changed("texts", "joined", to="{name} is here"), r"joined: \{name\} is not known"),
        (changed("texts", "joined", to=None), "texts.joined"),
        (changed("outcomes", to={"approved": ""}), "outcomes lacks"),
        (changed("tickets", to=[]), "tickets: Extra inputs"),
        ("- a\n  b: [", "handoff.yml"),
    ],
)
def test_a_wrong_file_is_refused_with_place_and_reason(text: str, problem: str) -> None:
    with pytest.raises(errors.BadInput, match=problem):
        rules.parse(text)


def test_a_fault_is_told_with_its_line() -> None:
    wrong = TEXT.replace("{mood: 0.60}", "{mood: 1.60}")
    line = wrong[: wrong.index("{mood: 1.60}")].count("\n") + 1
    with pytest.raises(errors.BadInput, match=rf"^handoff\.yml:{line} escalation\.mood\.offer\.when\.mood: "):
        rules.parse(wrong)


def test_a_rule_without_a_known_reason_is_told_with_its_line() -> None:
    wrong = TEXT.replace("  complaint:", "  grumbling:")
    line = wrong[: wrong.index("  grumbling:")].count("\n") + 1
    with pytest.raises(errors.BadInput, match=rf"^handoff\.yml:{line} escalation\.grumbling: a rule's name begins"):
        rules.parse(wrong)


def test_the_numbers_of_the_rules_are_there_for_whoever_counts() -> None:
    read = rules.parse(TEXT)
    assert (read.not_understood, read.complaints) == (2, 2)
    assert read.mood.offer < read.mood.at_once


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(errors.BadInput, match=r"missing\.yml"):
        rules.read(PROJECT_ROOT / "policy" / "missing.yml")
