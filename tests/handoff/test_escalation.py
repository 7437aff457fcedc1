"""Which readings bring a person, and which only the offer of one: the rules of the file, read from the top."""

import pytest

from handoff import escalation, rules
from handoff.escalation import Decision
from handoff.mood import Reading
from handoff.ticket import Reason
from kit.settings import PROJECT_ROOT

TEXT = (PROJECT_ROOT / "policy" / "handoff.yml").read_text(encoding="utf-8")
RULES = rules.parse(TEXT)
FURIOUS = Reading(0.96, ("a joke", "third time"), "mood.head", "mood")


def decided(reading: Reading) -> Decision:
    found = escalation.decide(reading, RULES)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("reading", "rule", "reason"),
    [
        (FURIOUS, "mood.at_once", Reason.MOOD),
        (Reading(0.95), "mood.at_once", Reason.MOOD),
        (Reading(0.2, ("my lawyer",), "legal.threat", "legal"), "legal", Reason.LEGAL),
        (Reading(0.1, ("smoke",), "safety.fire", "safety"), "safety", Reason.SAFETY),
        (Reading(0.1, ("end it all",), "safety.self_harm", "safety"), "safety.self_harm", Reason.SAFETY),
        (Reading(0.95, ("sue",), "legal.threat", "legal", ("mood.insult", "legal.threat")), "legal", Reason.LEGAL),
    ],
)
def test_a_person_comes_at_once_for_strong_feelings_law_and_safety(reading: Reading, rule: str, reason: Reason) -> None:
    found = decided(reading)
    assert (found.rule_id, found.reason, found.brings_person) == (rule, reason, True)


@pytest.mark.parametrize("score", [0.60, 0.75, 0.94])
def test_in_between_a_person_is_offered(score: float) -> None:
    found = decided(Reading(score))
    assert (found.rule_id, found.brings_person) == ("mood.offer", False)
    assert "talk to a person" in found.rule.says


def test_the_bot_goes_on_below() -> None:
    assert escalation.decide(Reading(0.59), RULES) is None


def test_a_shop_may_bring_a_person_for_any_pattern() -> None:
    rule = "  mood.bank:\n    when: {words: mood.chargeback}\n    priority: 1\n    says: A person comes.\n"
    ours = rules.parse(TEXT.replace("escalation:\n", f"escalation:\n{rule}", 1))
    found = escalation.decide(Reading(0.3, found=("mood.chargeback",)), ours)
    assert found is not None
    assert (found.rule_id, found.reason) == ("mood.bank", Reason.MOOD)


def test_the_agent_sees_which_turn_which_words_and_which_rules() -> None:
    call = escalation.call_for(decided(FURIOUS), 7)

    assert call.detail == "The customer sounds very upset: “a joke”, “third time”"
    assert call.trigger == {
        "seq": 7,
        "words": ["a joke", "third time"],
        "rule": "mood.head",
        "escalation": "mood.at_once",
        "score": 0.96,
    }


def test_who_takes_the_offer_is_told_from_whom_it_came() -> None:
    call = escalation.accepted("yes please", 9)
    assert (call.reason, call.trigger["seq"], call.trigger["words"]) == (Reason.MOOD, 9, ["yes please"])
    assert call.trigger["escalation"] in RULES.escalation


@pytest.mark.parametrize("text", ["yes", "Yes, please!", "sure", "I’d like that", "ok thanks"])
def test_a_plain_yes_takes_the_offer(text: str) -> None:
    assert escalation.accepts(text)


@pytest.mark.parametrize("text", ["thanks", "no", "yes but later", "ok, where is it?"])
def test_anything_else_does_not(text: str) -> None:
    assert not escalation.accepts(text)
