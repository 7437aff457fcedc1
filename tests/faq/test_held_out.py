"""How well answers are found for questions that nothing was learnt from.

What was measured stands in docs/faq.md. The floors stand a little lower: an edited answer does not break the build, a
broken matcher does. Never tune on these questions; tune with `python -m benchmarks.faq`, which leaves out our own
wordings.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from faq.entry import Entry
from faq.matcher import Match, Matcher

UNDERSTANDING = Path(__file__).parents[1] / "understanding"


def rows(name: str) -> Iterator[tuple[str, dict[str, str]]]:
    sets = yaml.safe_load((UNDERSTANDING / name).read_text(encoding="utf-8"))
    return ((topic, row) for topic, found in sets.items() for row in found)


STRANGERS = "strangers"


@pytest.fixture(scope="module")
def matches(desk: Matcher) -> list[tuple[set[str], Match]]:
    return [
        ({topic, row.get("also", topic)}, desk.find(row["text"]))
        for topic, row in rows("questions.yml")
        if topic != STRANGERS
    ]


def test_every_held_out_topic_has_an_entry(entries: tuple[Entry, ...]) -> None:
    assert {topic for topic, _ in rows("questions.yml")} - {STRANGERS} <= {entry.key for entry in entries}


def test_there_are_at_least_two_hundred_questions(matches: list[tuple[set[str], Match]]) -> None:
    assert len(matches) >= 200


@pytest.mark.parametrize(("places", "floor"), [(1, 0.68), (3, 0.80)])
def test_the_right_answer_stands_first_or_among_three(
    matches: list[tuple[set[str], Match]], places: int, floor: float
) -> None:
    hits = [bool(topics & {entry.key for entry in match.candidates[:places]}) for topics, match in matches]
    assert sum(hits) / len(hits) >= floor


def test_what_is_answered_without_asking_back_is_mostly_right(matches: list[tuple[set[str], Match]]) -> None:
    answered = [match.entry.key in topics for topics, match in matches if match.entry is not None]
    assert len(answered) / len(matches) >= 0.45
    assert sum(answered) / len(answered) >= 0.88


@pytest.mark.parametrize(("name", "part"), [("questions.yml", STRANGERS), ("intents.yml", "out_of_scope")])
def test_few_strangers_are_answered(desk: Matcher, name: str, part: str) -> None:
    strangers = [row["text"] for topic, row in rows(name) if topic == part]
    kinds = [desk.find(text).kind for text in strangers]
    assert len(kinds) >= 40
    assert kinds.count("answer") / len(kinds) <= 0.05
    assert kinds.count("none") / len(kinds) >= 0.82
