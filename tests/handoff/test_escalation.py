"""Which readings bring a person, and which only the offer of one."""

import pytest

from handoff import escalation
from handoff.mood import Reading
from handoff.rules import MoodRule
from handoff.ticket import Reason

RULE = MoodRule(at_once=0.9, offer=0.6, offer_words="Would you rather talk to a person?")


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        (Reading(0.95, ("a joke",), "mood.head", "mood"), Reason.MOOD),
        (Reading(0.90), Reason.MOOD),
        (Reading(0.89), None),
        (Reading(0.2, ("my lawyer",), "legal.threat", "legal"), Reason.LEGAL),
        (Reading(0.1, ("smoke",), "safety.fire", "safety"), Reason.SAFETY),
        (Reading(0.0), None),
    ],
)
def test_a_person_comes_at_once_for_strong_feelings_law_and_safety(reading: Reading, reason: Reason | None) -> None:
    assert escalation.reason_for(reading, RULE) is reason


@pytest.mark.parametrize(("score", "offered"), [(0.59, False), (0.60, True), (0.89, True), (0.90, False)])
def test_in_between_a_person_is_offered(score: float, offered: bool) -> None:
    assert escalation.offers_person(Reading(score), RULE) is offered


def test_the_agent_sees_which_turn_which_words_and_which_rule() -> None:
    call = escalation.call(Reading(0.93, ("a joke", "third time"), "mood.head", "mood"), Reason.MOOD, 7)

    assert call.detail == "The customer sounds very upset: “a joke”, “third time”"
    assert call.trigger == {"seq": 7, "words": ["a joke", "third time"], "rule": "mood.head", "score": 0.93}
