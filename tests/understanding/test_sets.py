"""The held-out sets are whole, say nothing twice, and stay apart from what the bot learns."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from brain import wordings

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
STYLES = {"plain", "story", "typo", "sms", "terse", "indirect"}
FRESH_STYLES = STYLES | {"verbless", "question", "emotional", "two", "negated"}
LEAST_BY_INTENT = {
    **dict.fromkeys(("start_return", "exchange_item", "refund_status", "return_status", "order_status"), 20),
    **dict.fromkeys(("cancel_return", "cancel_order", "change_order", "report_problem", "request_label"), 20),
    **dict.fromkeys(("talk_to_human", "complaint"), 20),
    **dict.fromkeys(("give_feedback", "greet", "goodbye", "thank", "affirm", "deny"), 10),
    **dict.fromkeys(("inform", "stop", "change_return"), 10),
    "ask_policy": 40,
    "out_of_scope": 60,
}
TASKS = set(list(LEAST_BY_INTENT)[:12]) | {"ask_policy"}
# Shorter texts ("cheers", "yes please") are a small closed stock that every honest author shares.
SHORTEST_THAT_MUST_BE_APART = 4


def load(name: str) -> Any:
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


def normalised(text: str) -> str:
    return " ".join(re.sub(r"[^\w#]+", " ", text.lower()).split())


def held_out_texts() -> Iterator[str]:
    for name in ("intents.yml", "intents_fresh.yml", "questions.yml", "wants.yml"):
        for rows in load(name).values():
            yield from (row["text"] for row in rows)
    yield from (row["text"] for row in load("confirm.yml"))


def nlu_texts() -> Iterator[str]:
    """The examples of data/nlu without their entity marks."""
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", []):
            for line in block.get("examples", "").splitlines():
                yield re.sub(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})", r"\1", line.strip().removeprefix("- "))


def wording_texts() -> Iterator[str]:
    """Every message that the lines below data/nlu stand for, as the bot learns them, and the lines themselves."""
    lines: list[tuple[str, str]] = []
    tables: dict[str, list[str]] = {}
    for path in sorted((ROOT / "data" / "nlu").rglob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            found = [line.strip().removeprefix("- ") for line in block["examples"].splitlines() if line.strip()]
            if "lookup" in block:
                tables[block["lookup"]] = found
            else:
                lines += [(line, block["intent"]) for line in found]
    yield from (one.text for one in wordings.read(sorted(lines), tables))


def faq_texts() -> Iterator[str]:
    """The titles and wordings in the front matter of faq/content."""
    for path in sorted((ROOT / "faq" / "content").glob("*.md")):
        parts = path.read_text(encoding="utf-8").split("---", 2)
        front = yaml.safe_load(parts[1]) if len(parts) == 3 else None
        if isinstance(front, dict) and "questions" in front:
            yield from (front["title"], *front["questions"])


def test_each_intent_of_the_contract_has_enough_messages() -> None:
    found = {intent: len(rows) for intent, rows in load("intents.yml").items()}
    assert found.keys() == LEAST_BY_INTENT.keys()
    assert [intent for intent, least in LEAST_BY_INTENT.items() if found[intent] < least] == []


def test_there_are_six_hundred_messages_of_intents_in_every_style() -> None:
    styles = Counter(row["style"] for rows in load("intents.yml").values() for row in rows)
    assert styles.total() >= 600
    assert styles.keys() == STYLES
    assert min(styles.values()) >= 40


def test_a_second_set_has_two_hundred_messages_of_all_intents_in_more_styles() -> None:
    found = load("intents_fresh.yml")
    assert found.keys() == LEAST_BY_INTENT.keys()
    assert min(len(rows) for rows in found.values()) >= 5
    styles = Counter(row["style"] for rows in found.values() for row in rows)
    assert styles.total() >= 200
    assert styles.keys() == FRESH_STYLES


def test_messages_with_entities_name_known_kinds_only() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    rows = load("entities.yml")
    assert len(rows) >= 80
    assert {kind for row in rows for kind in (*row["expected"], *row.get("none", ()))} <= set(domain["entities"])


def test_each_topic_has_three_wordings_one_with_typos_and_one_indirect() -> None:
    topics = load("questions.yml")
    assert len(topics) >= 40
    for topic, rows in topics.items():
        assert len(rows) >= 3, topic
        assert {"typo", "indirect"} <= {row["style"] for row in rows}, topic


@pytest.mark.parametrize("name", ["intents.yml", "questions.yml"])
def test_every_style_is_a_known_one(name: str) -> None:
    assert {row["style"] for rows in load(name).values() for row in rows} <= STYLES


def test_several_wants_are_two_or_three_tasks_and_one_is_one() -> None:
    wants = load("wants.yml")
    assert all(2 <= len(row["intents"]) <= 3 for row in wants["several"])
    assert all(len(row["intents"]) == 1 for row in wants["one"])
    assert min(len(wants["several"]), len(wants["one"])) >= 30
    assert {intent for rows in wants.values() for row in rows for intent in row["intents"]} <= TASKS


def test_confirmations_hold_enough_of_each_reading_as_text() -> None:
    readings = Counter(row["reading"] for row in load("confirm.yml"))
    assert readings.keys() == {"yes", "no", "unclear"}
    assert readings.total() >= 60
    assert min(readings.values()) >= 15


def test_no_message_stands_twice_in_the_held_out_sets() -> None:
    counts = Counter(" ".join(text.lower().split()) for text in held_out_texts())
    assert [text for text, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(
    ("name", "learnt"), [("data/nlu", nlu_texts), ("data/nlu/wordings", wording_texts), ("faq/content", faq_texts)]
)
def test_no_held_out_message_is_learnt_by_the_bot(name: str, learnt: Any) -> None:
    known = {normalised(text) for text in learnt()}
    assert known, f"nothing was read from {name}, so this test would prove nothing"
    held_out = {normalised(text) for text in held_out_texts()}
    shared = {text for text in held_out & known if len(text.split()) >= SHORTEST_THAT_MUST_BE_APART}
    assert sorted(shared) == []
