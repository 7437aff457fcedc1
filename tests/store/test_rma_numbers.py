"""Numbers of returns are drawn at random, and yet each is given once."""

import asyncio

import pytest

from kit import errors, ids
from kit.db import Database
from store import repository, rma_numbers, service
from store.decision import RequestLine
from store.ports import LabelTicket
from store.returns import Return
from tests.store import acting

pytestmark = pytest.mark.database

TAKEN, FREE, FREE_TOO = "RMA-1234-5674", "RMA-7654-3214", "RMA-2222-2228"
ORDER_OF = {"Trail Runner": "H204518", "Iron Pan": "H206005", "Harbour Hoodie": "H207005"}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The numbers that are drawn next; any number when there are no more of them."""
    numbers: list[str] = []
    by_chance = ids.new_rma_number
    monkeypatch.setattr(ids, "new_rma_number", lambda: numbers.pop(0) if numbers else by_chance())
    return numbers


async def test_a_number_that_a_return_has_is_not_chosen_again(shop: Database, drawn: list[str]) -> None:
    await _open(shop, "Trail Runner", TAKEN)
    drawn += [TAKEN, TAKEN, FREE]
    async with shop.transaction() as session:
        assert await rma_numbers.free_one(session) == FREE


async def test_a_return_without_a_label_takes_another_number_when_its_own_is_taken(
    shop: Database, drawn: list[str]
) -> None:
    await _open(shop, "Trail Runner", TAKEN)
    drawn += [TAKEN, TAKEN, FREE]
    opened = await _open(shop, "Iron Pan", None)
    assert opened.rma == FREE
    async with shop.transaction() as session:
        assert await repository.find_return(session, FREE) == opened


async def test_of_returns_that_draw_one_number_at_the_same_moment_each_gets_its_own(
    shop: Database, drawn: list[str]
) -> None:
    drawn += [TAKEN, TAKEN, TAKEN, FREE, FREE_TOO]
    opened = await asyncio.gather(
        _open(shop, "Trail Runner", None), _open(shop, "Iron Pan", None), _open(shop, "Harbour Hoodie", None)
    )
    assert sorted(one.rma for one in opened) == sorted([TAKEN, FREE, FREE_TOO])


async def test_a_label_of_a_number_that_was_given_away_meanwhile_is_not_used_and_nothing_is_written(
    shop: Database,
) -> None:
    first = await _open(shop, "Trail Runner", TAKEN)
    with pytest.raises(errors.Conflict, match="RMA-1234-5674 was given to another return"):
        await _open(shop, "Iron Pan", TAKEN)
    async with shop.transaction() as session:
        order = await repository.find_order(session, ORDER_OF["Iron Pan"])
        assert order is not None
        assert await repository.returns_of_order(session, order.id) == []
        assert await repository.find_return(session, TAKEN) == first


async def test_when_hardly_any_number_is_left_it_is_not_tried_for_ever(shop: Database, drawn: list[str]) -> None:
    await _open(shop, "Trail Runner", TAKEN)
    drawn += [TAKEN] * (2 * rma_numbers.MOST_DRAWS + 1)
    with pytest.raises(errors.Unavailable):
        async with shop.transaction() as session:
            await rma_numbers.free_one(session)
    with pytest.raises(errors.Unavailable):
        await _open(shop, "Iron Pan", None)


async def _open(shop: Database, item: str, number: str | None) -> Return:
    order = await acting.the_order(shop, ORDER_OF[item])
    (line,) = [one for one in order.items if one.name == item]
    async with shop.transaction() as session:
        return await service.open_return(
            session,
            order_id=order.id,
            lines=[RequestLine(line.id, 1, "too_small")],
            resolution="refund",
            method="drop_off_qr",
            refund_to=None,
            exchange_variants={},
            book=acting.BOOK,
            act=acting.CUSTOMER,
            ticket=LabelTicket(number, f"HP{number[4:8]}{number[9:]}", "Harbour Post") if number else None,
        )
