"""Our answers beside the shops' own policy files: every fact that a text uses is one that the store gives."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from faq import content
from store import facts as store_facts
from store import policy_file

FOLDER = Path(__file__).parents[2] / "policy"
POLICIES = sorted(path for path in FOLDER.glob("*.yml") if path.stem not in {"handoff", "canned-replies"})


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_answer_can_be_given_under_the_shops_policy(path: Path) -> None:
    policy = policy_file.read(path).in_force(None)
    given = store_facts.of(policy, datetime(2026, 11, 23, tzinfo=UTC))
    for entry in content.load(content.FOLDER, given):
        assert entry.answer(given), entry.key


def test_there_is_a_policy_to_try() -> None:
    assert POLICIES


def test_the_facts_of_our_tests_are_named_like_the_stores(facts: dict[str, str]) -> None:
    policy = policy_file.read(POLICIES[0]).in_force(None)
    assert set(facts) <= set(store_facts.of(policy, datetime(2026, 11, 23, tzinfo=UTC)))
