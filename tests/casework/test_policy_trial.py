"""A policy tried out before it is published: which answers change, by which rules, and what that adds up to."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from casework import policy_trial
from casework.policy_trial import Flip, Trial
from store.policy_file import PolicyBook
from tests.casework.harbour import NOW, Harbour

pytest_plugins = ("tests.casework.harbour_fixtures",)
pytestmark = pytest.mark.database


def changed(book: PolicyBook, **values: Any) -> PolicyBook:
    """Return the book with other rules in its newest version."""
    newest = book.versions[-1]
    rules = newest.rules.model_copy(update=values)
    return replace(book, versions=(*book.versions[:-1], newest.model_copy(update={"rules": rules})))


def with_days(book: PolicyBook, days: int) -> PolicyBook:
    windows = tuple(
        window.model_copy(update={"days": days}) if window.id == "window.standard" else window
        for window in book.versions[-1].rules.windows
    )
    return changed(book, windows=windows)


async def tried(
    harbour: Harbour, new: PolicyBook, last: int = 60, old: PolicyBook | None = None, **options: Any
) -> Trial:
    async with harbour.session() as session:
        return await policy_trial.run(session, old or harbour.desk.book, new, last, NOW, **options)


def of(trial: Trial, kind: str) -> list[Flip]:
    return [flip for flip in trial.flips if flip.kind == kind]


async def test_the_same_policy_changes_nothing(empty_harbour: Harbour) -> None:
    trial = await tried(empty_harbour, empty_harbour.desk.book)
    assert trial.flips == ()
    assert (trial.orders, trial.returns) == (60, 60)
    assert trial.questions > 60
    assert policy_trial.words(trial) == (
        f"{trial.questions} questions about 60 orders and 60 returns: nothing changes.",
    )


async def test_a_shorter_window_refuses_what_was_allowed_with_both_rules_and_sentences(empty_harbour: Harbour) -> None:
    old = changed(empty_harbour.desk.book, holiday=None)
    trial = await tried(empty_harbour, with_days(old, 2), last=150, old=old)
    refused = [flip for flip in of(trial, "verdict") if flip.new.allowed is False]
    assert refused
    for flip in refused:
        assert flip.old.allowed is True
        assert flip.new.rule_ids[0].startswith("window.")
        assert "ended on" in flip.new.text
        assert flip.about.startswith(("Order #", "Return RMA-"))
    assert {flip.about.split()[0] for flip in refused} == {"Order", "Return"}
    told = policy_trial.words(trial)
    assert f"  refused, and was allowed: {len(refused)}" in told
    assert any(line.startswith("  old: ") and "[window.standard]" in line for line in told)


async def test_a_longer_window_allows_more_and_refuses_nothing(empty_harbour: Harbour) -> None:
    old = changed(empty_harbour.desk.book, holiday=None)
    trial = await tried(empty_harbour, with_days(old, 365), last=150, old=with_days(old, 5))
    verdicts = of(trial, "verdict")
    assert any(flip.old.allowed is False for flip in verdicts)
    assert all(flip.new.allowed for flip in verdicts)


async def test_amounts_that_change_are_listed_and_added_up(empty_harbour: Harbour) -> None:
    trial = await tried(empty_harbour, changed(empty_harbour.desk.book, store_credit_bonus=Decimal(20)))
    amounts = of(trial, "amount")
    assert amounts
    assert {flip.question.rsplit(": ", 1)[1] for flip in amounts} == {"store credit"}
    assert trial.more("store credit") > 0
    assert any(line.startswith("  store credit, all together: +$") for line in policy_trial.words(trial))


async def test_people_who_are_called_or_no_longer_are_counted(empty_harbour: Harbour) -> None:
    book = empty_harbour.desk.book
    all_called = await tried(empty_harbour, changed(book, approval_limit=Decimal("0.00")))
    assert all_called.count("person", allowed=True) > 0
    assert all(flip.new.rule_ids == ("approval.limit",) or flip.old.allowed for flip in of(all_called, "person"))
    none_called = await tried(empty_harbour, changed(book, approval_limit=None), last=150)
    assert none_called.count("person", allowed=False) > 0


async def test_fees_of_the_way_back_and_what_is_kept_are_listed(empty_harbour: Harbour) -> None:
    book = empty_harbour.desk.book
    rules = book.versions[-1].rules
    dearer = tuple(way.model_copy(update={"fee": Decimal("9.00")}) for way in rules.methods)
    trial = await tried(empty_harbour, changed(book, methods=dearer))
    assert of(trial, "fee")
    keeping = rules.keep_item
    assert keeping is not None
    more = keeping.model_copy(update={"below": Decimal(500)})
    assert of(await tried(empty_harbour, changed(book, keep_item=more)), "keep")


async def test_orders_that_can_no_longer_be_cancelled_are_listed(empty_harbour: Harbour) -> None:
    book = empty_harbour.desk.book
    cancel = book.versions[-1].rules.cancel.model_copy(update={"states": ("processed",)})
    trial = await tried(empty_harbour, changed(book, cancel=cancel, change_order=None), last=150)
    questions = {flip.question for flip in of(trial, "order")}
    assert questions == {"cancel it", "change its address", "change its items"}


async def test_a_version_that_begins_later_is_tried_on_old_orders_unless_it_is_to_bind(empty_harbour: Harbour) -> None:
    book = empty_harbour.desk.book
    newest = with_days(book, 1).versions[-1]
    later = newest.model_copy(update={"id": "later", "in_force_from": NOW.date().replace(year=2030)})
    new = replace(book, versions=(*book.versions, later))
    assert (await tried(empty_harbour, new)).flips
    assert (await tried(empty_harbour, new, binding=True)).flips == ()


async def test_receipts_that_cannot_be_read_any_more_are_counted_and_stop_nothing(empty_harbour: Harbour) -> None:
    async with empty_harbour.session() as session:
        await session.execute(text("""UPDATE decisions SET inputs = '{"old": true}'"""))
    trial = await tried(empty_harbour, empty_harbour.desk.book)
    assert trial.unread == 60
    assert "  receipts that cannot be read any more: 60" in policy_trial.words(trial)


async def test_nothing_is_written(empty_harbour: Harbour) -> None:
    before = [await empty_harbour.count(table) for table in ("decisions", "events", "returns", "policy_versions")]
    await tried(empty_harbour, with_days(empty_harbour.desk.book, 2))
    assert before == [await empty_harbour.count(one) for one in ("decisions", "events", "returns", "policy_versions")]
