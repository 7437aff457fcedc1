"""The matcher: questions in other people's words, slips, strangers, and texts that are no question."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faq.entry import Entry
from faq.matcher import CANDIDATES, LONGEST_QUESTION, NOTHING, Match, Matcher
from faq.spelling import Wordings
from faq.vectors import Kept, Vector


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("hi, I no longer have the box the shoes came in, is that ok?", "lost-box"),
        ("who is paying for the postage when I return it", "who-pays-shipping"),
        ("i dont have a printer at home", "print-label-no-printer"),
        ("how many days until the money is on my card", "refund-time"),
        ("is there someone I can talk to on saturdays, what are your hours", "human-hours"),
        ("can a driver collect the parcel at my house", "pickup"),
        ("do I get more if I take store credit", "store-credit-bonus"),
        ("the card that I paid with expired last month", "card-expired"),
        ("are final sale things returnable", "sale-items"),
    ],
)
def test_a_question_in_other_words_is_answered(desk: Matcher, text: str, topic: str) -> None:
    match = desk.find(text)
    assert match.kind == "answer"
    assert match.entry is not None
    assert match.entry.key == topic
    assert match.candidates[0] is match.entry


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("waht if i lsot the orignal pakaging", "lost-box"),
        ("how logn does a refnd take", "refund-time"),
        ("do u charge a restoking fee", "restocking-fee"),
    ],
)
def test_slips_do_not_hide_the_question(desk: Matcher, text: str, topic: str) -> None:
    assert topic in [entry.key for entry in desk.find(text).candidates]


def test_each_title_and_wording_finds_its_own_entry(desk: Matcher, entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        for wording in entry.wordings:
            match = desk.find(wording.upper() + " ")
            assert (match.kind, match.entry, match.score) == ("answer", entry, 1.0), wording


def test_two_topics_at_once_are_asked_back_with_at_most_three(desk: Matcher) -> None:
    match = desk.find("is there a fee")
    assert match.kind == "did_you_mean"
    assert match.entry is None
    assert 2 <= len(match.candidates) <= CANDIDATES


@pytest.mark.parametrize(
    "text",
    [
        "will there be thunder tonight",
        "tell me something funny please",
        "who was the first man on the moon",
        "how do i bake bread",
        "what is the square root of nine",
    ],
)
def test_a_stranger_is_not_answered(desk: Matcher, text: str) -> None:
    assert desk.find(text) == NOTHING


@pytest.mark.parametrize(
    "text", ["", "   \n", "🙂🙂🙂", "?!", "12345", "\u200b", "return " * 1429, "x" * (LONGEST_QUESTION + 1)]
)
def test_what_is_no_question_is_not_answered(desk: Matcher, text: str) -> None:
    assert desk.find(text) == NOTHING


def test_a_vector_that_the_caller_has_spares_the_encoding(
    entries: tuple[Entry, ...], encode: Callable[[str], Vector]
) -> None:
    asked: list[str] = []

    def counting(text: str) -> Vector:
        asked.append(text)
        return encode(text)

    desk = Matcher(entries[:5], counting)
    text = "can you tell me how the whole order gets cancelled"
    expected = desk.find(text)
    asked.clear()
    assert desk.find(text, encode(text)) == expected
    assert asked == []


def test_the_same_content_makes_the_same_matcher(
    desk: Matcher, entries: tuple[Entry, ...], encode: Callable[[str], Vector], kept: Kept
) -> None:
    again = Matcher(entries, encode, kept=kept)
    for text in ("no more box", "my aunt gave it to me", "is it free to send back", "blue whales"):
        assert _shown(again.find(text)) == _shown(desk.find(text))


def test_one_entry_alone_is_enough(entries: tuple[Entry, ...], encode: Callable[[str], Vector]) -> None:
    alone = Matcher(entries[:1], encode)
    assert alone.find(entries[0].title).entry == entries[0]
    assert alone.find("tell me a story about dragons").kind in ("none", "answer")


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("how long do I have and who pays shipping?", ["return-window", "who-pays-shipping"]),
        ("Do you charge a restocking fee? And how long does the refund take?", ["restocking-fee", "refund-time"]),
        ("can i return gift cards, and when are you open?", ["gift-cards", "human-hours"]),
        ("do I need the receipt, and can you pick it up at home?", ["no-receipt", "pickup"]),
    ],
)
def test_several_questions_of_one_message_are_all_answered_in_their_order(
    desk: Matcher, text: str, topics: list[str]
) -> None:
    assert [match.entry and match.entry.key for match in desk.find_each(text)] == topics


@pytest.mark.parametrize(
    "text",
    [
        "what if the box is lost",
        "I ordered two lamps and one came in pieces, what do I do?",
        "My card has expired, so where would the money go?",
        "my recycling went out yesterday with the box in it",
        "tell me a joke and sing a song",
    ],
)
def test_one_question_in_two_clauses_gets_one_answer(desk: Matcher, text: str) -> None:
    assert len(desk.find_each(text)) == 1


def test_no_question_is_answered_twice(desk: Matcher) -> None:
    found = desk.find_each("who pays for return shipping? I mean, is return shipping free?")
    assert [match.entry and match.entry.key for match in found] == ["who-pays-shipping"]


def test_a_negation_is_no_slip(desk: Matcher) -> None:
    wordings = Wordings(["can i use any bag or carton for shipping it back"])
    assert wordings.find("can i use any bag or carton for shipping it bakc") == 0
    assert wordings.find("can i not use any bag or carton for shipping it back") is None


def test_the_nearest_entries_are_told_even_of_a_stranger(desk: Matcher) -> None:
    near = desk.nearest("what is the softest blanket that you sell")
    assert len(near) == CANDIDATES
    assert [score for _, score in near] == sorted((score for _, score in near), reverse=True)
    assert desk.nearest("Who pays for return shipping?")[0][0].key == "who-pays-shipping"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300))
def test_any_text_gets_a_well_formed_match(desk: Matcher, text: str) -> None:
    match = desk.find(text)
    assert 0.0 <= match.score <= 1.0
    assert len(match.candidates) <= CANDIDATES
    assert (match.entry is not None) == (match.kind == "answer")
    assert bool(match.candidates) == (match.kind != "none")


def _shown(match: Match) -> tuple[str, list[str], float]:
    return match.kind, [entry.key for entry in match.candidates], round(match.score, 4)
