"""Pieces of one line that come back one by one are worth, all together, what was paid for the line; to the cent."""

from decimal import Decimal

import pytest
from sqlalchemy import text

from kit.db import Database
from store import money, receipt, service
from store.decision import Past
from store.returns import Return
from tests.store import acting, made
from tests.store.selling import asked, decide, offer, sold, thing

SOCKS = thing("Sock", "3.33", 3, discount="0.01", tax="0.10")
"""9.98 and 0.10 of tax for three: 3.33 + 0.03, 3.32 + 0.04, 3.33 + 0.03."""


def test_what_the_pieces_before_were_worth_is_taken_off_whichever_they_were() -> None:
    before = Past(returned={SOCKS.id: 1}, shares={SOCKS.id: (Decimal("3.32"), Decimal("0.04"))})
    both = offer(decide(sold(SOCKS), asked(SOCKS, quantity=2), past=before))
    assert both.amount == SOCKS.paid - Decimal("3.36")
    one = offer(decide(sold(SOCKS), asked(SOCKS, quantity=1), past=before))
    assert one.amount == Decimal("6.65") - Decimal("3.32") + Decimal("0.07") - Decimal("0.04")


def test_one_piece_twice_in_a_request_is_worth_as_much_as_both_at_once() -> None:
    before = Past(returned={SOCKS.id: 1}, shares={SOCKS.id: (Decimal("3.32"), Decimal("0.04"))})
    line = asked(SOCKS, quantity=1)
    assert offer(decide(sold(SOCKS), line, line, past=before)).amount == SOCKS.paid - Decimal("3.36")


def test_no_piece_is_worth_less_than_nothing() -> None:
    pin = thing("Pin", "0.01", 5, discount="0.04")
    before = Past(returned={pin.id: 1}, shares={pin.id: (Decimal("0.01"), money.ZERO)})
    found = decide(sold(pin), asked(pin, quantity=1), past=before)
    assert offer(found).amount == money.ZERO


@pytest.mark.database
async def test_a_return_that_was_called_off_in_between_makes_no_cent_come_or_go(shop: Database) -> None:
    order = await acting.the_order(shop, "H206005")
    (mugs,) = [one for one in order.items if one.name == "Stone Mug"]
    async with shop.transaction() as session:
        # 10.02 for four: 2.51, 2.50, 2.51, 2.50.
        new = "UPDATE order_items SET unit_price = 2.51, discount = 0.02 WHERE id = :id"
        await session.execute(text(new), {"id": mugs.id})
    first, second = [await acting.open_return(shop, order, "Stone Mug") for _ in range(2)]
    await acting.do(shop, lambda session: service.cancel_return(session, first.rma, acting.CUSTOMER))
    third, fourth, fifth = [await acting.open_return(shop, order, "Stone Mug") for _ in range(3)]
    assert sum(one.amount for one in (second, third, fourth, fifth)) == Decimal("10.02")
    changed = await acting.do(shop, lambda session: _sent_otherwise(session, third))
    assert sum(one.amount for one in (second, changed, fourth, fifth)) == Decimal("10.02")
    async with shop.transaction() as session:
        query = text("SELECT inputs, outcome FROM decisions WHERE return_id = :id")
        kept = (await session.execute(query, {"id": fifth.id})).one()
    assert receipt.outcome(receipt.replay(kept.inputs, made.rules())) == kept.outcome


async def _sent_otherwise(session: object, current: Return) -> Return:
    return await service.change_return(
        session,  # type: ignore[arg-type]
        current.rma,
        acting.CUSTOMER,
        acting.BOOK,
        resolution="refund",
        method="store",
        refund_to=None,
        exchange_variants={},
    )
