"""Failed questions: kept, settled, erased; and grouped so that the missing entry can be seen."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from faq import gaps, repository
from faq.gaps import Failed, Near
from faq.vectors import Vector
from kit.db import Database

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WRAP = ["do you gift wrap", "can you gift-wrap my order", "is gift wrapping possible?", "gift wraping plz"]
STUDENTS = ["is there a student discount", "discount for students?"]


def failed(text: str, *near: Near, chosen: str | None = None) -> Failed:
    return Failed(text, NOW, near, chosen)


def test_questions_that_are_alike_are_one_group_and_the_largest_stands_first(encode: Callable[[str], Vector]) -> None:
    mixed = [failed(text) for pair in zip(WRAP, [*STUDENTS, "", ""], strict=True) for text in pair if text]
    found = gaps.group(mixed, encode)
    assert [sorted(one.text for one in gap.questions) for gap in found] == [sorted(WRAP), sorted(STUDENTS)]


def test_every_question_belongs_to_exactly_one_group(encode: Callable[[str], Vector]) -> None:
    asked = [failed(text) for text in (*WRAP, *STUDENTS, "how heavy is the moon", "xq")]
    found = gaps.group(asked, encode)
    assert sorted(one.text for gap in found for one in gap.questions) == sorted(one.text for one in asked)
    assert gaps.group([], encode) == []


def test_where_nothing_is_near_an_entry_is_missing_and_gets_a_name(encode: Callable[[str], Vector]) -> None:
    (gap, *_) = gaps.group([failed(text, Near("gift-return", 0.4)) for text in WRAP], encode)
    assert gap.entry is None
    assert gap.nearest == Near("gift-return", 0.4)
    assert gap.suggestion.startswith("No entry answers this: write one, such as ")
    assert "gift" in gap.words


def test_where_an_entry_is_near_it_lacks_a_wording(encode: Callable[[str], Vector]) -> None:
    (gap, *_) = gaps.group([failed(text, Near("packing", 0.7), Near("pickup", 0.3)) for text in WRAP], encode)
    assert (gap.entry, gap.suggestion) == ("packing", "Add a wording to packing.md.")


def test_what_customers_chose_counts_more_than_what_is_near(encode: Callable[[str], Vector]) -> None:
    asked = [failed(text, Near("gift-return", 0.3), chosen="packing") for text in WRAP]
    assert gaps.group(asked, encode)[0].entry == "packing"


@pytest.mark.database
async def test_a_failed_question_is_kept_settled_and_erased(database: Database) -> None:
    mine, other = uuid4(), uuid4()
    near = [Near("packing", 0.61234)]
    async with database.transaction() as session:
        await repository.keep(session, mine, "do you gift wrap", "none", [], NOW - timedelta(days=2))
        await repository.keep(session, mine, "what about wrapping", "did_you_mean", near, NOW)
        await repository.keep(session, other, "student discount", "did_you_mean", [], NOW)
    async with database.transaction() as session:
        await repository.settle(session, mine, "packing")
    async with database.transaction() as session:
        found = {one.text: one for one in await repository.failed_since(session, NOW - timedelta(days=1))}
        assert set(found) == {"what about wrapping", "student discount"}
        assert found["what about wrapping"] == Failed("what about wrapping", NOW, (Near("packing", 0.612),), "packing")
        assert found["student discount"].chosen is None
        assert await repository.erase(session, [mine]) == 2
    async with database.transaction() as session:
        left = await repository.failed_since(session, NOW - timedelta(days=9))
        assert [one.text for one in left] == ["student discount"]


@pytest.mark.database
async def test_what_was_admitted_is_not_settled_by_a_later_button(database: Database) -> None:
    mine = uuid4()
    async with database.transaction() as session:
        await repository.keep(session, mine, "unsure", "did_you_mean", [], NOW - timedelta(minutes=5))
        await repository.keep(session, mine, "no idea", "none", [], NOW)
        await repository.settle(session, mine, "packing")
        assert [one.chosen for one in await repository.failed_since(session, NOW - timedelta(days=1))] == [None, None]
