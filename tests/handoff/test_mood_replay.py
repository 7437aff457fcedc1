"""Stored conversations under other rules: what would change, with the words."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from conversations.message import Author, Message, State
from handoff import mood_replay, rules
from handoff.rules import HandoffRules
from kit import errors
from kit.settings import PROJECT_ROOT
from returndesk import mood as commands

TEXT = (PROJECT_ROOT / "policy" / "handoff.yml").read_text(encoding="utf-8")
OURS = rules.parse(TEXT)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def told(seq: int, text: str, score: float, counter: int = 1, **mood: object) -> Message:
    return Message(
        id=UUID(int=seq), conversation_id=UUID(int=7), seq=seq, author=Author.CUSTOMER, agent_name=None, text=text,
        content={}, state=State.ANSWERED, channel="web", owner_counter=counter,
        created_at=NOON + timedelta(minutes=seq), mood={"score": score, "words": [text], "rule": "mood.head", **mood},
    )  # fmt: skip


def with_numbers(*, at_once: float | None = None, offer: float | None = None) -> HandoffRules:
    return commands.with_numbers(TEXT, at_once, offer, [])


STORY = [told(1, "hello", 0.1), told(3, "that is poor", 0.55), told(5, "a joke, really", 0.7), told(7, "furious", 0.95)]


def test_the_same_rules_change_nothing() -> None:
    replay = mood_replay.compare([STORY], OURS, OURS)
    assert (replay.conversations, replay.messages, replay.changes) == (1, 4, ())
    assert commands.words(replay)[-1] == "Nothing would change."


@pytest.mark.parametrize(
    ("other", "kind", "seq"),
    [
        (with_numbers(at_once=0.65), "sooner", 5),
        (with_numbers(at_once=0.99), "only offered", 5),
        (with_numbers(at_once=0.99, offer=0.5), "only offered", 3),
    ],
)
def test_other_thresholds_are_told_with_message_and_words(other: HandoffRules, kind: str, seq: int) -> None:
    (change,) = mood_replay.compare([STORY], OURS, other).changes
    assert change.after is not None
    assert (change.kind, change.after.seq) == (kind, seq)
    assert change.after.text in "\n".join(commands.words(mood_replay.compare([STORY], OURS, other)))


def test_whoever_would_not_be_offered_a_person_any_more_is_named() -> None:
    replay = mood_replay.compare([STORY[:3]], OURS, with_numbers(offer=0.85))
    (change,) = replay.changes
    assert (change.kind, change.after, replay.before, replay.after) == ("not any more", None, 1, 0)


def test_each_stretch_with_the_bot_is_looked_at_alone() -> None:
    again = [*STORY[:3], told(9, "poor again", 0.65, counter=4)]
    replay = mood_replay.compare([again], OURS, with_numbers(offer=0.85))
    assert [change.before.seq for change in replay.changes if change.before] == [5, 9]


def test_what_the_story_added_then_is_taken_off_before_the_rules_are_tried() -> None:
    added = told(3, "where is it", 0.8, alone=0.1, rule="mood.same_want", found=["mood.same_want"])
    assert mood_replay.first_step([added], OURS) is None


def test_danger_brings_a_person_under_all_thresholds() -> None:
    fire = told(3, "it smokes", 0.1, rule="safety.fire", reason="safety", found=["safety.fire"])
    step = mood_replay.first_step([fire], with_numbers(at_once=1.0, offer=0.99))
    assert step is not None
    assert (step.rule_id, step.person) == ("safety", True)


@pytest.mark.parametrize("pair", ["said_often", "said_often=much"])
def test_a_number_that_is_none_is_refused(pair: str) -> None:
    with pytest.raises(errors.BadInput, match="it must be a name and a number"):
        commands.with_numbers(TEXT, None, None, [pair])


def test_a_number_that_nobody_knows_is_refused_with_its_name() -> None:
    with pytest.raises(errors.BadInput, match=r"conversation\.patience"):
        commands.with_numbers(TEXT, None, None, ["patience=1"])
