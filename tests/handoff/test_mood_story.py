"""What earlier messages add to the mood of the newest, and what a word of thanks takes away."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from conversations.message import Author, Message, State
from handoff import mood_story
from handoff.mood import Reading
from handoff.mood_story import Earlier
from handoff.rules import Story

STORY = Story()
OFFER = 0.6
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ASKED = "where is my refund for the boots"


def heard(text: str, *earlier: Earlier, score: float = 0.05, calms: bool = False) -> Reading:
    return mood_story.heard(Reading(score, calms=calms), text, earlier, STORY)


def test_one_message_alone_stays_as_it_is() -> None:
    assert heard(ASKED) == Reading(0.05)


def test_the_same_want_for_the_third_time_is_worth_the_offer_of_a_person() -> None:
    reading = heard("Where is my refund for the boots??", Earlier(ASKED), Earlier("no"), Earlier(ASKED))
    assert reading.score >= OFFER
    assert (reading.rule, reading.reason) == (mood_story.SAME_WANT, "mood")
    assert reading.words == ("Where is my refund for the boots??",)
    assert reading.own == 0.05


def test_the_same_want_for_the_second_time_is_not() -> None:
    assert 0.05 < heard(ASKED, Earlier(ASKED)).score < OFFER


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("refund status for H204518", "refund status for H204519"),
        ("yes", "yes"),
        ("97103", "97103"),
        ("the blue one", "the brown lamp"),
    ],
)
def test_another_number_and_short_answers_are_no_repetition(text: str, before: str) -> None:
    assert heard(text, Earlier(before), Earlier(before)).score == 0.05


def test_not_being_understood_adds_up_and_understanding_ends_it() -> None:
    lost = Earlier("gibberish to the bot", understood=False)
    once, twice = heard("the other coat", lost).score, heard("the other coat", lost, lost).score
    assert 0.05 < once < twice
    assert heard("the other coat", lost, lost, Earlier("ok")).score == 0.05


def test_a_mood_that_falls_from_message_to_message_weighs_more_than_its_last_message() -> None:
    falling = heard("hm that is not good", Earlier("a", 0.1), Earlier("b", 0.3), score=0.45)
    assert falling.score > OFFER
    assert falling.rule == mood_story.FALLING
    assert heard("hm that is not good", Earlier("a", 0.5), Earlier("b", 0.3), score=0.45).score == 0.45


def test_whoever_was_upset_a_moment_ago_is_still_so_when_the_tone_has_not_changed() -> None:
    upset = Earlier("this is a joke", 0.8)
    assert heard("so what now", upset, score=0.5).score > 0.6
    assert heard("h204518", upset, score=0.02).score == 0.02


def test_a_positive_word_calms_and_ends_what_was_before() -> None:
    lost, thanks = Earlier("that one", understood=False), Earlier("ah thanks", calms=True)
    assert heard("thank you, good", lost, lost, score=0.4, calms=True).score == pytest.approx(0.2)
    assert heard("and the other coat", lost, lost, thanks).score == 0.05


def test_law_and_danger_are_left_as_they_are() -> None:
    grave = Reading(0.2, ("my lawyer",), "legal.threat", "legal")
    assert mood_story.heard(grave, ASKED, (Earlier(ASKED), Earlier(ASKED)), STORY) == grave


def test_nothing_is_looked_back_at_when_the_shop_says_so() -> None:
    story = Story(looks_back=0)
    assert mood_story.heard(Reading(0.05), ASKED, (Earlier(ASKED), Earlier(ASKED)), story).score == 0.05


# What counts as earlier


def message(seq: int, text: str, author: Author = Author.CUSTOMER, **more: object) -> Message:
    given: dict[str, object] = {"owner_counter": 3, "created_at": NOON + timedelta(minutes=seq), **more}
    return Message(
        id=UUID(int=seq), conversation_id=UUID(int=99), seq=seq, author=author, agent_name=None, text=text, content={},
        state=State.ANSWERED, channel="web", **given,  # type: ignore[arg-type]
    )  # fmt: skip


def told(messages: Sequence[Message]) -> list[str]:
    return [one.text for one in mood_story.before(messages, messages[-1])]


def test_only_what_the_customer_typed_to_the_bot_this_time_counts() -> None:
    found = [
        message(1, "yesterday", created_at=NOON - timedelta(days=2)),
        message(2, "to an agent", owner_counter=2),
        message(3, "typed"),
        message(4, "the bot", Author.BOT),
        message(5, "pressed", press="token"),
        message(6, "newest"),
    ]
    assert told(found) == ["typed"]


def test_the_stored_mood_and_intent_are_read_back() -> None:
    stored = {"score": 0.9, "alone": 0.4, "calms": True}
    found = [message(1, "well", mood=stored, intent="nlu_fallback"), message(2, "newest")]
    assert mood_story.before(found, found[-1]) == (Earlier("well", 0.4, calms=True, understood=False),)
