"""The card that tells an agent why they were called."""

import pytest

from casework.brief import Trigger
from console import brief_card


@pytest.mark.parametrize(
    ("trigger", "told"),
    [
        (
            Trigger(7, ("useless", "third time"), "mood.head", "mood.at_once"),
            "“useless”, “third time” · rule mood.at_once (found by mood.head)",
        ),
        (Trigger(7, ("caught fire",), "safety.fire", "safety"), "“caught fire” · rule safety (found by safety.fire)"),
        (Trigger(7, ("a person please",), "dialogue.asked_for"), "“a person please” · rule dialogue.asked_for"),
        (Trigger(7, (), "brain_down"), "rule brain_down"),
        (Trigger(7, ("yes please",), ""), "“yes please”"),
    ],
)
def test_an_agent_reads_which_words_which_rule_and_what_found_them(trigger: Trigger, told: str) -> None:
    assert brief_card.brought_by(trigger) == told
