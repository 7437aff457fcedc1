"""The reading of mood: what is upset, what is only unpleasant, and what an agent is shown of it.

The floors stand below what was measured (docs/understanding.md, "Mood"; `python -m benchmarks.mood`): an edited example
does not break the build, a broken reader does. Never tune on the held-out messages.
"""

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from encoder.vectors import Vector

from encoder import Encoder, clauses
from handoff import mood, mood_examples, mood_head, phrases
from handoff.mood import Reading
from handoff.mood_head import Head
from handoff.phrases import Sign
from kit.errors import BadInput

HELD_OUT = Path(__file__).parents[1] / "understanding" / "mood.yml"
SECOND = HELD_OUT.with_name("mood_second.yml")
AT_ONCE, OFFER = 0.95, 0.6
RARER = 0.8
"""Log-odds by which upset customers are rarer at the desk than among the examples."""

type Read = Callable[[str], Reading]


@pytest.fixture(scope="module")
def encode() -> Callable[[str], Vector]:
    return functools.cache(Encoder().encode)


@pytest.fixture(scope="module")
def reader(encode: Callable[[str], Vector]) -> mood.MoodReader:
    return mood.open_reader(encode, None)


@pytest.fixture(scope="module")
def read(reader: mood.MoodReader, encode: Callable[[str], Vector]) -> Read:
    return lambda text: reader.read(text, encode(text))


@pytest.fixture(scope="module")
def held_out() -> dict[str, Any]:
    return yaml.safe_load(HELD_OUT.read_text(encoding="utf-8"))


def texts_of(found: Any) -> list[str]:
    return [text for texts in found.values() for text in texts] if isinstance(found, dict) else list(found)


def normalised(text: str) -> str:
    return " ".join(re.sub(r"[^\w#]+", " ", text.lower()).split())


# What is upset and what is not


def test_most_upset_customers_are_offered_a_person(read: Read, held_out: dict[str, Any]) -> None:
    scores = [read(text).score for text in texts_of(held_out["upset"])]
    assert np.mean([score >= OFFER for score in scores]) >= 0.75
    assert np.mean([score >= AT_ONCE for score in scores]) >= 0.5


def test_few_calm_customers_are_offered_a_person_and_hardly_one_gets_one_unasked(
    read: Read, held_out: dict[str, Any]
) -> None:
    scores = [read(text).score for text in texts_of(held_out["calm"])]
    assert np.mean([score >= OFFER for score in scores]) <= 0.1
    assert np.mean([score >= AT_ONCE for score in scores]) <= 0.02


@pytest.mark.parametrize("kind", ["damaged", "disappointed"])
def test_an_unpleasant_topic_is_not_a_mood(read: Read, held_out: dict[str, Any], kind: str) -> None:
    assert sum(read(text).score >= OFFER for text in held_out["calm"][kind]) <= 2


@pytest.mark.parametrize("reason", ["legal", "safety"])
def test_threats_and_danger_need_a_person_whatever_the_tone(read: Read, held_out: dict[str, Any], reason: str) -> None:
    found = [read(text) for text in held_out[reason]]
    assert np.mean([reading.reason == reason for reading in found]) >= 0.85
    assert all(reading.words and reading.rule for reading in found if reading.reason == reason)


def test_nobody_is_taken_for_a_danger_or_a_threat_who_is_none(read: Read, held_out: dict[str, Any]) -> None:
    tone = texts_of(held_out["upset"]) + texts_of(held_out["calm"])
    assert [text for text in tone if read(text).reason in ("legal", "safety")] == []


def test_messages_without_a_word_are_calm(read: Read) -> None:
    for text in ("", "???", "...", "97103", "#H204518", "ana@example.com", "🙂", "1Z999AA10123456784"):
        assert read(text) == mood.CALM, text


# What the agent sees


def test_a_calm_message_names_no_words(read: Read) -> None:
    reading = read("The screen is cracked.")
    assert reading.score < mood.NAMED_FROM
    assert (reading.words, reading.rule, reading.reason) == ((), "", None)


def test_one_angry_sentence_among_calm_ones_is_heard_when_the_clauses_come_along(
    reader: mood.MoodReader, encode: Callable[[str], Vector]
) -> None:
    text = "My order is H204518. It is the blue lamp. This is the worst customer service I have ever seen."
    parts = {clause: encode(clause) for clause in clauses.split(text)}
    reading = reader.read(text, encode(text), parts)
    assert reading.score > reader.read(text, encode(text)).score
    assert reading.score >= OFFER
    assert (reading.rule, reading.words) == (mood.HEAD, ("This is the worst customer service I have ever seen",))


def test_a_clause_alone_weighs_less_than_a_whole_message_that_says_the_same(
    reader: mood.MoodReader, encode: Callable[[str], Vector]
) -> None:
    calm, angry = "The blue lamp came today and it looks lovely", "You lied to me and nobody cares"
    text = f"{calm}. {angry}"
    parts = {calm: encode(calm), angry: encode(angry)}
    assert reader.read(text, encode(text), parts).score < reader.read(angry, encode(angry)).score


def test_a_message_of_one_clause_is_shown_whole(read: Read) -> None:
    text = "I feel completely ignored by you people"
    reading = read(text)
    assert (reading.rule, reading.words, reading.reason) == (mood.HEAD, (text,), "mood")


def test_the_words_of_a_pattern_are_the_customers_own(read: Read) -> None:
    reading = read("Please check order H204518, you absolute MORONS")
    assert (reading.rule, reading.reason) == ("mood.insult", "mood")
    assert "you absolute MORONS" in reading.words


def test_danger_comes_before_a_threat_and_both_before_the_mood(read: Read) -> None:
    both = read("The charger caught fire and I will sue you, you idiots")
    assert (both.reason, both.rule, both.words) == ("safety", "safety.fire", ("caught fire",))
    threat = read("I will sue you, you idiots!!!")
    assert (threat.reason, threat.rule) == ("legal", "legal.threat")


def test_danger_told_calmly_has_a_calm_score(read: Read) -> None:
    reading = read("Hello, the battery is swollen. Could you tell me what to do?")
    assert reading.reason == "safety"
    assert reading.score < OFFER


def test_long_words_are_cut_where_an_agent_stops_reading(read: Read) -> None:
    reading = read("I am so sick and tired of this useless shop " * 20)
    assert reading.words
    assert all(len(words) <= mood.LONGEST_WORDS for words in reading.words)
    assert len(reading.words) <= mood.MOST_WORDS


def test_a_reading_survives_json_and_what_others_store_beside_it() -> None:
    reading = Reading(0.934, ("I give up",), "mood.again", "mood")
    stored = {**json.loads(json.dumps(reading.to_json())), "answers": []}
    assert Reading.from_json(stored) == reading
    assert Reading.from_json({}) == mood.CALM


# The one number


def sign(rule: str, weight: float) -> Sign:
    return Sign(rule, "words", 0, weight)


def test_a_sign_takes_its_share_of_what_lacks_to_one() -> None:
    assert mood.combined(0.5, []) == 0.5
    assert mood.combined(0.5, [sign("mood.insult", 0.6)]) == pytest.approx(0.8)
    assert mood.combined(0.0, [sign("a", 0.5), sign("b", 0.5)]) == pytest.approx(0.75)


def test_a_rule_counts_once_and_danger_adds_nothing_to_the_mood() -> None:
    assert mood.combined(0.2, [sign("a", 0.5), sign("a", 0.5)]) == mood.combined(0.2, [sign("a", 0.5)])
    assert mood.combined(0.2, [sign("safety.fire", 0.0)]) == 0.2


def test_the_sum_over_pieces_is_the_regressions_own(encode: Callable[[str], Vector]) -> None:
    """The head weighs pieces without scikit-learn's matrices; it must come to the same as the solved regression."""
    known = mood_examples.load()
    places = [*range(40), *range(len(known.texts) - 40, len(known.texts))]
    texts, upset = [known.texts[place] for place in places], [place < 40 for place in places]
    vectors = np.stack([encode(text) for text in texts])
    head, (rows, solved, _) = Head.solve(texts, vectors, upset), mood_head.regression(texts, vectors, upset)
    expected = 1 / (1 + np.exp(RARER - solved.decision_function(rows)))
    found = [head.probability(text, vector) for text, vector in zip(texts, vectors, strict=True)]
    assert found == pytest.approx(expected, abs=1e-4)


def test_a_head_that_was_kept_says_the_same(tmp_path: Path, encode: Callable[[str], Vector]) -> None:
    texts = ["this is a joke", "this is a kettle", "I am so fed up", "I am at home"]
    vectors = np.stack([encode(text) for text in texts])
    head = Head.solve(texts, vectors, [True, False, True, False], "made of these")
    head.write(tmp_path / "head.npz")
    kept = Head.read(tmp_path / "head.npz")
    assert kept is not None
    assert kept.made_of == "made of these"
    found = [kept.probability(text, vector) for text, vector in zip(texts, vectors, strict=True)]
    assert found == pytest.approx([head.probability(text, vector) for text, vector in zip(texts, vectors, strict=True)])


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_head_that_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "head.npz").write_bytes(content)
    assert Head.read(tmp_path / "head.npz") is None
    assert Head.read(tmp_path / "missing.npz") is None


def test_the_kept_head_has_learnt_the_examples_as_they_are(encode: Callable[[str], Vector]) -> None:
    """Solve it anew with `python -m benchmarks.mood --train` after an edit; without it the start takes a minute."""
    kept = Head.read()
    assert kept is not None
    assert kept.made_of == mood_head.made_of(mood_examples.load(), encode)


def test_edited_examples_are_learnt_at_the_start(tmp_path: Path, encode: Callable[[str], Vector]) -> None:
    labels = {"upset": "a joke", "calm": "a kettle", "ordinary": "a lamp", "requests": "a mug"}
    for name, label in labels.items():
        (tmp_path / f"{name}.yml").write_text(f"some: ['this is {label}', 'it was {label}']", encoding="utf-8")
    (tmp_path / "templates.yml").write_text("slots: {}\nupset: {}\ncalm: {}", encoding="utf-8")
    known = mood_examples.load(tmp_path)
    head = mood.head_for(known, encode, tmp_path / "vectors")
    assert head.made_of == mood_head.made_of(known, encode)
    assert head.probability("this is a joke", encode("this is a joke")) > head.probability("a lamp", encode("a lamp"))


# The data


def test_there_are_enough_examples_and_none_stands_in_both_files() -> None:
    known = mood_examples.load()
    upset = {normalised(text) for text, label in zip(known.texts, known.upset, strict=True) if label}
    calm = {normalised(text) for text, label in zip(known.texts, known.upset, strict=True) if not label}
    assert len(known.texts) >= 2_000
    assert min(len(upset), len(calm)) >= 800
    # Capitals alone can tell two messages apart ("WHERE IS MY ORDER"), so the comparison is of words.
    assert upset & calm == set()


def test_no_held_out_message_is_learnt_and_none_stands_twice(held_out: dict[str, Any]) -> None:
    second = yaml.safe_load(SECOND.read_text(encoding="utf-8"))
    asked = [normalised(text) for found in (*held_out.values(), *second.values()) for text in texts_of(found)]
    learnt = {normalised(text) for text in mood_examples.load().texts}
    assert len(asked) >= 300
    assert len(asked) == len(set(asked))
    assert set(asked) & learnt - {""} == set()


def test_every_rule_begins_with_a_reason_that_a_person_can_come_for() -> None:
    reasons = {rule.split(".")[0] for rule in phrases.Phrases().rules}
    assert reasons == {"mood", "legal", "safety"}


def test_the_held_out_conversations_are_enough_half_of_them_calm_and_none_is_learnt() -> None:
    told = yaml.safe_load((HELD_OUT.parent / "mood_conversations.yml").read_text(encoding="utf-8"))
    assert len(told) >= 40
    assert sum(one["person"] for one in told) == len(told) / 2
    long = {normalised(text) for one in told for text in one["says"] if len(text.split()) > 3}
    assert long & {normalised(text) for text in mood_examples.load().texts} == set()
    assert all(1 <= one["from"] <= len(one["says"]) for one in told if one["person"])


def test_a_list_among_the_messages_holds_some_that_tell_the_same(tmp_path: Path) -> None:
    for name, _ in mood_examples.WRITTEN:
        (tmp_path / name).write_text(f"some: [{name} by itself, [{name} one, {name} two]]", encoding="utf-8")
    (tmp_path / "templates.yml").write_text("slots: {}\nupset: {}\ncalm: {}", encoding="utf-8")
    known = mood_examples.load(tmp_path)
    group = dict(zip(known.texts, known.groups, strict=True))
    assert group["calm.yml one"] == group["calm.yml two"] != group["calm.yml by itself"]
    assert [text for text, alone in zip(known.texts, known.written, strict=True) if alone] == [
        f"{name} by itself" for name, _ in mood_examples.WRITTEN
    ]


def test_slips_of_the_finger_are_learnt_of_both_moods_beside_what_was_written() -> None:
    known = mood_examples.load()
    rows = dict(zip(known.texts, zip(known.upset, known.groups, strict=True), strict=True))
    slipped = [(text, copy) for text in known.texts if (copy := mood_examples.hurried(text)) in rows and copy != text]
    assert {rows[text][0] for text, _ in slipped} == {True, False}
    assert all(rows[text][0] == rows[str(copy)][0] for text, copy in slipped)


def test_the_same_message_always_slips_alike_and_a_short_one_never() -> None:
    texts = [f"Please, send number {number} to my people again." for number in range(40)]
    copies = [mood_examples.hurried(text) for text in texts]
    assert copies == [mood_examples.hurried(text) for text in texts]
    assert 0 < sum(copy is not None for copy in copies) < len(texts)
    assert {mood_examples.hurried(text) for text in ("no", "refund", "where is it")} == {None}


def test_a_slot_is_filled_alike_at_each_start() -> None:
    assert mood_examples.load() == mood_examples.load()


@pytest.mark.parametrize(
    ("upset", "complaint"),
    [("[]", "kinds with a list"), ("angry: []", "kinds with a list"), ("angry: [yes]", "True is no text")],
)
def test_wrong_examples_are_refused_with_the_file_and_the_place(tmp_path: Path, upset: str, complaint: str) -> None:
    (tmp_path / "upset.yml").write_text(upset, encoding="utf-8")
    with pytest.raises(BadInput, match=complaint) as refused:
        mood_examples.load(tmp_path)
    assert str(refused.value).startswith("upset.yml: ")


@pytest.mark.parametrize(
    ("templates", "complaint"),
    [
        ("upset: {}", "it must have `slots`"),
        ("slots: {}\nupset: {angry: {say: [a]}}", "it must have `times`"),
        ("slots: {}\nupset: {angry: {times: 2, say: ['the {thing}']}}", "there is no slot 'thing'"),
    ],
)
def test_wrong_templates_are_refused_with_the_line(tmp_path: Path, templates: str, complaint: str) -> None:
    for name, _ in mood_examples.WRITTEN:
        (tmp_path / name).write_text("some: ['words']", encoding="utf-8")
    (tmp_path / "templates.yml").write_text(templates, encoding="utf-8")
    with pytest.raises(BadInput, match=complaint):
        mood_examples.load(tmp_path)
