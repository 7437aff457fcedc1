"""A decision explained: what was asked, which rules answered, what is paid, and whether it still replays."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from casework import explain
from casework.explain import Explanation
from kit import errors, ids
from store import repository, service
from store.decision import RequestLine
from store.happenings import Act
from store.ports import LabelTicket
from store.returns import Reason, Return
from tests.casework.harbour import NOW, Harbour

pytest_plugins = ("tests.casework.harbour_fixtures",)
pytestmark = pytest.mark.database


async def opened(harbour: Harbour, number: str, item: str, reason: Reason = "no_longer_needed") -> Return:
    """Open a return of one piece, as the customer's yes would."""
    async with harbour.session() as session:
        order = await repository.find_order(session, number)
        assert order is not None
        found = next(one for one in order.items if one.name == item)
        return await service.open_return(
            session,
            order_id=order.id,
            lines=[RequestLine(found.id, 1, reason)],
            resolution="refund",
            method="printed_label",
            refund_to=None,
            exchange_variants={},
            difference_to=None,
            book=harbour.desk.book,
            act=Act("customer", NOW),
            ticket=LabelTicket(ids.new_rma_number(), "HP123", "Harbour Post"),
        )


async def explained(harbour: Harbour, rma: str) -> Explanation:
    async with harbour.session() as session:
        return await explain.explain(session, harbour.desk.book, rma)


async def test_a_return_is_explained_line_by_line_and_replays_to_the_same_answer(empty_harbour: Harbour) -> None:
    return_ = await opened(empty_harbour, "H204518", "Wool Sweater")
    found = await explained(empty_harbour, return_.rma)
    told = "\n".join(found.lines)
    assert found.same
    for part in (
        f"Return {return_.rma} for order #H204518",
        "by policy version 2024-01",
        "1 × Wool Sweater, no longer needed",
        "can be returned until",
        "[window.standard, window.holiday]",
        "Wool Sweater: paid $64.00; goes back $64.00",
        "Printed label: -$5.95",
        "the customer gets: $58.05",
        "window.standard: In general: returns within 30 days of delivery.",
        "The same question gets the same answer.",
    ):
        assert part in told, told


async def test_the_rules_are_those_that_were_kept_with_the_decision(empty_harbour: Harbour) -> None:
    return_ = await opened(empty_harbour, "H204518", "Wool Sweater")
    book = empty_harbour.desk.book
    windows = tuple(window.model_copy(update={"days": 0}) for window in book.versions[0].rules.windows)
    rules = book.versions[0].rules.model_copy(update={"windows": windows, "holiday": None})
    edited = type(book)(book.shop, book.identity, (book.versions[0].model_copy(update={"rules": rules}),))
    async with empty_harbour.session() as session:
        found = await explain.explain(session, edited, return_.rma)
    assert found.same
    assert any("the wording that was kept with the decision" in line for line in found.lines)


async def test_where_no_rules_were_kept_the_book_is_asked_and_a_difference_is_told(empty_harbour: Harbour) -> None:
    return_ = await opened(empty_harbour, "H204518", "Wool Sweater")
    async with empty_harbour.session() as session:
        await session.execute(text("UPDATE decisions SET policy_digest = NULL"))
    assert (await explained(empty_harbour, return_.rma)).same
    book = empty_harbour.desk.book
    windows = tuple(window.model_copy(update={"days": 1}) for window in book.versions[0].rules.windows)
    rules = book.versions[0].rules.model_copy(update={"windows": windows, "holiday": None})
    edited = type(book)(book.shop, book.identity, (book.versions[0].model_copy(update={"rules": rules}),))
    async with empty_harbour.session() as session:
        found = await explain.explain(session, edited, return_.rma)
    assert not found.same
    assert any(line.startswith("lines[0].verdict: was eligible, would be refused") for line in found.differences)
    assert any("the wording that the policy file has today" in line for line in found.lines)


@pytest.mark.parametrize(
    ("version", "change", "sentence"),
    [
        ("2024-01", {}, None),
        ("2024-01", {"label_days": 3}, "The policy file has other words for version 2024-01 today."),
        ("2025-05", {}, "The policy file calls this version 2025-05 today."),
        ("2025-05", {"label_days": 3}, "The policy file has no version 2024-01 any more."),
    ],
)
async def test_what_has_become_of_the_version_in_the_policy_file_is_told(
    empty_harbour: Harbour, version: str, change: dict[str, object], sentence: str | None
) -> None:
    return_ = await opened(empty_harbour, "H204518", "Wool Sweater")
    book = empty_harbour.desk.book
    rules = book.versions[0].rules.model_copy(update=change)
    edited = replace(book, versions=(book.versions[0].model_copy(update={"id": version, "rules": rules}),))
    async with empty_harbour.session() as session:
        found = await explain.explain(session, edited, return_.rma)
    assert found.same
    assert [line for line in found.lines if line.startswith("The policy file")] == ([sentence] if sentence else [])


async def test_every_return_of_the_demo_shop_is_explained(empty_harbour: Harbour) -> None:
    async with empty_harbour.session() as session:
        query = text("SELECT rma FROM returns WHERE id IN (SELECT return_id FROM decisions) ORDER BY rma LIMIT 40")
        numbers = list((await session.execute(query)).scalars())
    assert numbers
    for rma in numbers:
        assert (await explained(empty_harbour, rma)).same, rma


async def test_a_return_that_is_not_there_is_told(empty_harbour: Harbour) -> None:
    with pytest.raises(errors.NotFound, match="There is no return"):
        await explained(empty_harbour, "RMA-0000-0000")


async def test_a_return_without_a_receipt_is_told(empty_harbour: Harbour) -> None:
    return_ = await opened(empty_harbour, "H204518", "Wool Sweater")
    async with empty_harbour.session() as session:
        await session.execute(text("DELETE FROM decisions"))
    with pytest.raises(errors.NotFound, match="no decision receipt"):
        await explained(empty_harbour, return_.rma)
