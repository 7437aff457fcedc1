"""Threats, danger and curses are found in the customer's own words; their harmless look-alikes are not."""

from pathlib import Path

import pytest

from handoff import phrases
from kit.errors import BadInput


@pytest.fixture(scope="module")
def found() -> phrases.Phrases:
    return phrases.Phrases()


def rules(signs: tuple[phrases.Sign, ...]) -> set[str]:
    return {sign.rule for sign in signs}


@pytest.mark.parametrize(
    "text",
    [
        "I'll sue you",
        "ill SUE you guys",
        "My lawyer will contact you on Monday",
        "you'll hear from my attorny",
        "we are taking you to court",
        "See you in small claims court.",
        "I am going to report you to consumer protection",
        "The attorney general will love this",
        "this goes to Trading Standards",
        "I’m considering legal action",
        "what you are doing is illegal",
    ],
)
def test_a_legal_threat_is_found(found: phrases.Phrases, text: str) -> None:
    assert rules(found.read(text)) == {"legal.threat"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("the charger caught fire", "safety.fire"),
        ("There was smoke coming out of the heater", "safety.fire"),
        ("there's a burning smell when I switch it on", "safety.fire"),
        ("the power bank battery is swollen", "safety.fire"),
        ("my phone is on fire, literally", "safety.fire"),
        ("I got an electric shock from the lamp", "safety.shock"),
        ("it gave me a shock when I plugged it in", "safety.shock"),
        ("I cut my finger on the sharp edge", "safety.injury"),
        ("the chair collapsed under me", "safety.injury"),
        ("my daughter got burned by the steam", "safety.injury"),
        ("had an allergic reaction to the cream", "safety.injury"),
        ("my son swallowed a small part of the toy", "safety.swallowed"),
        ("the baby was choking on a button", "safety.swallowed"),
    ],
)
def test_danger_is_found_with_its_kind(found: phrases.Phrases, text: str, rule: str) -> None:
    assert rule in rules(found.read(text))


@pytest.mark.parametrize(
    "text",
    [
        "my heart is on fire for these shoes",
        "the smoke grey one, please",
        "do you have it in fire red",
        "I was shocked at the price",
        "I got a shock when I saw the price",
        "I'd kill for that coat",
        "Does it fit legal size paper?",
        "my name is Sue",
        "Will Sue get the parcel or me?",
        "Sue Miller, 12 Oak Street",
        "the boots hurt my feet",
        "they hurt my daughter's feet",
        "glass was broken, luckily nobody was hurt",
        "my lawyer friend recommended you",
        "the candle melted in the heat",
        "is it a choking hazard?",
        "The stitches on the seam came loose",
        "my tennis court shoes",
        "The smoke alarm I ordered has not arrived",
        "I was in hospital and missed the last day for returns",
        "The cereal was swallowed up by my kids",
        "I have to cut my order short, leave out the lamp",
        "Is your shop BBB accredited?",
    ],
)
def test_harmless_look_alikes_are_neither_a_threat_nor_a_danger(found: phrases.Phrases, text: str) -> None:
    assert found.read(text) == ()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("I'll file a chargeback", "mood.chargeback"),
        ("I'm doing a chargebak", "mood.chargeback"),
        ("I'm disputing this payment with my bank", "mood.chargeback"),
        ("I opened a case with PayPal", "mood.chargeback"),
        ("I'll post this on Facebook", "mood.publicity"),
        ("expect a one-star review", "mood.publicity"),
        ("I will tell everyone what you did", "mood.publicity"),
    ],
)
def test_threats_with_the_bank_or_the_public_are_a_mood_and_not_legal(
    found: phrases.Phrases, text: str, rule: str
) -> None:
    assert rules(found.read(text)) == {rule}


@pytest.mark.parametrize("text", ["you idiots", "fuck you", "stupid bot", "you are all thieves", "shame on you"])
def test_an_insult_is_aimed_at_us(found: phrases.Phrases, text: str) -> None:
    assert "mood.insult" in rules(found.read(text))


@pytest.mark.parametrize("text", ["where the hell is it", "wtf", "this is bullshit", "what the f*** is this", "sh*t"])
def test_a_curse_in_anger_is_profanity(found: phrases.Phrases, text: str) -> None:
    assert rules(found.read(text)) == {"mood.profanity"}


@pytest.mark.parametrize(
    "text",
    [
        "damn good shoes",
        "best damn socks ever",
        "hell yeah, that works",
        "holy shit that was fast",
        "fucking awesome boots",
        "oh crap, my bad, wrong zip",
        "I fucked up the address, sorry",
        "I'm such an idiot, I ordered two",
        "these boots are badass",
    ],
)
def test_a_curse_that_praises_or_is_aimed_at_oneself_is_none(found: phrases.Phrases, text: str) -> None:
    assert found.read(text) == ()


@pytest.mark.parametrize("text", ["WHERE IS MY MONEY", "I SENT IT BACK IN MAY, order #H204518"])
def test_a_message_mostly_in_capitals_shouts(found: phrases.Phrases, text: str) -> None:
    shouted = [sign for sign in found.read(text) if sign.rule == phrases.SHOUTING]
    assert len(shouted) == 1
    assert shouted[0].words in text


@pytest.mark.parametrize(
    "text",
    [
        "NO",
        "YES PLEASE",
        "NORTH RIDGE PARKA MEN'S L NAVY",
        "JOHN SMITH 12 OAK ST ASTORIA OR 97103",
        "SONY WH-1000XM4 HEADPHONES",
        "DHL JD014600006281230074 H204518 RMA-4829-1563",
        "The HDMI and USB ports",
        "OMG I LOVE IT",
        "THANK YOU SO MUCH!!!",
    ],
)
def test_short_answers_labels_product_names_and_joy_are_not_shouting(found: phrases.Phrases, text: str) -> None:
    assert found.read(text) == ()


def test_rows_of_marks_count_and_one_mark_does_not(found: phrases.Phrases) -> None:
    assert rules(found.read("it is still not here!!!")) == {phrases.PUNCTUATION}
    assert rules(found.read("it is not here yet!")) == set()
    assert rules(found.read("???")) == set()


def test_the_words_of_a_sign_stand_in_the_message_as_written(found: phrases.Phrases) -> None:
    text = "Well. My  LAWYER says hi — and I’ll Sue You!!!"
    signs = found.read(text)
    assert signs
    assert all(sign.words in text.replace("’", "'") for sign in signs)
    assert [sign.start for sign in signs] == sorted(sign.start for sign in signs)


def test_of_finds_of_one_rule_that_overlap_the_longest_counts(found: phrases.Phrases) -> None:
    signs = found.read("for the third time I am asking you")
    assert [sign.words for sign in signs] == ["third time I am asking"]


@pytest.mark.parametrize("text", ["", " ", "\n", "🙂", "x" * 50_000, "a " * 3_000, "\0", "¿Dónde está mi pedido?"])
def test_any_text_can_be_read(found: phrases.Phrases, text: str) -> None:
    assert found.read(text) == ()


@pytest.mark.parametrize(
    ("patterns", "complaint"),
    [
        ("[]", "`rules`"),
        ("rules: {a.b: {weight: 0.1, find: [7]}}", "7 is no pattern"),
        ("rules: {a.b: {weight: 0.1, find: ['x ~y']}}", "~ must be followed by a number"),
        ("rules: {a.b: {weight: 0.1, find: ['$nobody']}}", "there is no list 'nobody'"),
        ("rules: {a.b: {weight: 0.1, find: ['a||b']}}", "a word is missing beside |"),
        ("rules: {a.b: {find: ['x']}}", "a.b: it must have `weight` and `find`"),
        ("rules: {a.b: {weight: 3, find: ['x']}}", "a.b: weight must be from 0 to 1"),
    ],
)
def test_a_wrong_pattern_is_refused_with_its_place(tmp_path: Path, patterns: str, complaint: str) -> None:
    path = tmp_path / "phrases.yml"
    path.write_text(patterns, encoding="utf-8")
    with pytest.raises(BadInput, match=complaint.replace("|", r"\|")) as refused:
        phrases.Phrases(path)
    assert str(refused.value).startswith("phrases.yml: ")
