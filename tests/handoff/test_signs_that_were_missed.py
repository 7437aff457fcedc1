"""Words of a tester's customers: danger, threats and banks that must be heard, harmless ones that must not."""

import pytest

from handoff import phrases, rules, texts
from handoff.ticket import Call, Reason
from kit.settings import PROJECT_ROOT


@pytest.fixture(scope="module")
def found() -> phrases.Phrases:
    return phrases.Phrases()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("the ladder collapsed with me on it", "safety.injury"),
        ("the chair collapsed while I was sitting on it", "safety.injury"),
        ("my husband fell off the chair because a leg broke", "safety.injury"),
        ("I found a needle in the shirt", "safety.injury"),
        ("the toaster smokes", "safety.fire"),
        ("the glass shattered in my hand", "safety.fire"),
        ("I'm going to kill myself", "safety.self_harm"),
        ("I don't want to live anymore", "safety.self_harm"),
        ("I'll come to your office and burn it down", "mood.violence"),
        ("I know where you live", "mood.violence"),
        ("I opened a PayPal dispute", "mood.chargeback"),
    ],
)
def test_what_needs_a_person_is_heard(found: phrases.Phrases, text: str, rule: str) -> None:
    assert rule in {sign.rule for sign in found.read(text)}


@pytest.mark.parametrize(
    "text",
    [
        "the glass was shattered in the box",
        "the vase arrived shattered, glass shattered all over the parcel",
        "the leg fell off the chair",
        "these boots are to die for",
        "shit, I ordered the wrong size",
        "crap I typed the wrong order number",
        "it looks like crap",
        "the candle burns down too fast",
        "I'd kill for this coat",
        "I will find you a photo",
        "what is a chargeback?",
    ],
)
def test_an_unpleasant_topic_is_none(found: phrases.Phrases, text: str) -> None:
    assert found.read(text) == ()


def test_who_may_hurt_themselves_hears_where_help_is_and_nothing_about_an_item() -> None:
    ours = rules.read(PROJECT_ROOT / "policy" / "handoff.yml")
    call = Call(Reason.SAFETY, "Somebody's safety may be at risk", {"rule": "safety.self_harm"})

    assert "988" in texts.why(ours, call)
    assert "stop using the item" not in texts.why(ours, call)
    assert "stop using the item" in texts.why(ours, Call(Reason.SAFETY, ""))


def test_words_for_a_rule_that_nobody_knows_do_no_harm() -> None:
    ours = rules.read(PROJECT_ROOT / "policy" / "handoff.yml")
    assert texts.why(ours, Call(Reason.SAFETY, "", {"rule": "safety.new"})) == ours.reasons[Reason.SAFETY].words
