"""Exchanges: the first choice in stock is reserved, paid for or given back, sent, or put back on the shelf."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from kit import errors
from kit.db import Database
from store import repository, service, tables, transfers
from tests.store import made
from tests.store.acting import (
    ANA,
    BOOK,
    WAREHOUSE,
    bring,
    do,
    events,
    held,
    open_return,
    promises,
    set_variant,
    stock,
    stored,
    the_order,
    with_rules,
)

pytestmark = pytest.mark.database


async def test_the_second_choice_is_taken_when_the_first_has_sold_out(shop: Database) -> None:
    order = await the_order(shop, "H207005")
    wanted = ("harbour-hoodie-l-navy", "harbour-hoodie-l-grey")
    opened = await open_return(shop, order, "Harbour Hoodie", resolution="exchange", variants=wanted)
    assert opened.lines[0].exchange_variant_id == "harbour-hoodie-l-grey"
    assert await held(shop, opened) == [("harbour-hoodie-l-grey", "reserved")]
    assert await stock(shop, "harbour-hoodie-l-grey") == 13
    assert await promises(shop, opened) == [("exchange", False)]


async def test_the_first_choice_wins_while_it_is_there(shop: Database) -> None:
    order = await the_order(shop, "H207005")
    wanted = ("harbour-hoodie-xl-navy", "harbour-hoodie-l-grey")
    opened = await open_return(shop, order, "Harbour Hoodie", resolution="exchange", variants=wanted)
    assert await held(shop, opened) == [("harbour-hoodie-xl-navy", "reserved")]
    assert await stock(shop, "harbour-hoodie-l-grey") == 14


async def test_when_all_choices_have_sold_out_nothing_is_opened(shop: Database) -> None:
    order = await the_order(shop, "H207005")
    await set_variant(shop, "harbour-hoodie-l-grey", stock=0)
    with pytest.raises(errors.Conflict, match="out of stock"):
        await open_return(
            shop, order, "Harbour Hoodie", resolution="exchange",
            variants=("harbour-hoodie-l-navy", "harbour-hoodie-l-grey"),
        )  # fmt: skip
    with pytest.raises(errors.BadInput, match="no variant"):
        await open_return(shop, order, "Harbour Hoodie", resolution="exchange")


async def test_two_who_want_the_last_piece_get_one_each_of_their_choices(shop: Database) -> None:
    first = await the_order(shop, "H207005")
    second = await the_order(shop, "H204518")
    await set_variant(shop, "camp-mug-green", stock=1)
    await set_variant(shop, "camp-mug-blue", stock=1)
    choice = {"resolution": "exchange", "variants": ("camp-mug-green", "camp-mug-blue")}
    opened = await asyncio.gather(*(open_return(shop, second, "Camp Mug", **choice) for _ in range(2)))
    assert {one.lines[0].exchange_variant_id for one in opened} == {"camp-mug-green", "camp-mug-blue"}
    assert (await stock(shop, "camp-mug-green"), await stock(shop, "camp-mug-blue")) == (0, 0)
    assert first.items


async def test_an_exchange_is_ready_when_it_is_settled_and_kept_when_it_is_sent(shop: Database) -> None:
    order = await the_order(shop, "H207005")
    opened = await open_return(
        shop, order, "Harbour Hoodie", resolution="exchange", variants=("harbour-hoodie-l-grey",)
    )
    with pytest.raises(errors.Conflict, match="from reserved to sent"):
        await do(shop, lambda session: service.send_exchange(session, opened.rma, WAREHOUSE, "HP9"))
    settled = await bring(shop, opened)
    assert (settled.settlement, await held(shop, opened)) == ("exchanged", [("harbour-hoodie-l-grey", "ready")])
    assert await promises(shop, opened) == [("exchange", False)]
    act = replace(WAREHOUSE, key="sent-1")
    for _ in range(2):
        await do(shop, lambda session: service.send_exchange(session, opened.rma, act, "HP9"))
    assert await held(shop, opened) == [("harbour-hoodie-l-grey", "sent")]
    assert await promises(shop, opened) == [("exchange", True)]
    assert await stock(shop, "harbour-hoodie-l-grey") == 13
    kinds = await events(shop, opened)
    assert [kind for subject, kind in kinds if subject == "exchange"] == ["reserved", "ready", "sent"]


async def test_a_dearer_variant_is_charged_once_the_parcel_is_checked_and_ready_when_it_is_paid(shop: Database) -> None:
    order = await the_order(shop, "H207005")
    await set_variant(shop, "harbour-hoodie-l-grey", price=Decimal("80.00"))
    opened = await open_return(
        shop, order, "Harbour Hoodie", resolution="exchange", variants=("harbour-hoodie-l-grey",),
        difference_to="card_theo",
    )  # fmt: skip
    assert (opened.price_difference, opened.refund_to) == (Decimal("8.00"), "card_theo")
    assert (await bring(shop, opened)).settlement == "open"
    assert await held(shop, opened) == [("harbour-hoodie-l-grey", "reserved")]
    await made.pay(shop, order.id)
    assert (await stored(shop, opened)).settlement == "exchanged"
    assert await held(shop, opened) == [("harbour-hoodie-l-grey", "ready")]
    assert (await the_order(shop, "H207005")).paid_with("card_theo") == order.total + Decimal("8.00")
    assert await promises(shop, opened) == [("charge", True), ("exchange", False)]


async def test_a_cheaper_variant_gives_the_difference_to_the_chosen_method(shop: Database) -> None:
    order = await the_order(shop, "H207005")
    await set_variant(shop, "harbour-hoodie-l-grey", price=Decimal("60.00"))
    opened = await open_return(
        shop, order, "Harbour Hoodie", resolution="exchange", variants=("harbour-hoodie-l-grey",),
        difference_to="gift_card_theo",
    )  # fmt: skip
    assert (await bring(shop, opened)).settlement == "exchanged"
    async with shop.transaction() as session:
        card = await repository.payment_method(session, "gift_card_theo")
    assert card is not None
    assert card.balance == Decimal("72.00")


async def test_a_gift_card_that_was_emptied_meanwhile_leaves_the_exchange_to_a_person(shop: Database) -> None:
    order = await the_order(shop, "H207005")
    await set_variant(shop, "harbour-hoodie-l-grey", price=Decimal("90.00"))
    opened = await open_return(
        shop, order, "Harbour Hoodie", resolution="exchange", variants=("harbour-hoodie-l-grey",),
        difference_to="gift_card_theo",
    )  # fmt: skip
    async with shop.transaction() as session:
        row = await session.get(tables.PaymentMethodRow, "gift_card_theo")
        assert row is not None
        row.balance = Decimal("1.00")
    assert (await bring(shop, opened)).settlement == "open"
    async with shop.transaction() as session:
        (charge,) = await transfers.of_return(session, opened.id)
        assert (charge.state, charge.amount) == ("failed", Decimal("18.00"))
        await transfers.call_off(session, charge.id, ANA)
    assert await held(shop, opened) == [("harbour-hoodie-l-grey", "ready")]


async def test_where_only_the_same_price_may_be_chosen_no_other_is(shop: Database) -> None:
    order = await the_order(shop, "H207005")
    await set_variant(shop, "harbour-hoodie-l-grey", price=Decimal("80.00"))
    rule = BOOK.versions[0].rules.exchange.model_copy(update={"difference": "same_price_only"})
    with pytest.raises(errors.NotAllowed, match="same price"):
        await open_return(
            shop, order, "Harbour Hoodie", resolution="exchange", variants=("harbour-hoodie-l-grey",),
            book=with_rules(exchange=rule),
        )  # fmt: skip


@pytest.mark.parametrize("end", ["cancel", "reject"])
async def test_the_piece_goes_back_when_the_exchange_does_not_take_place(shop: Database, end: str) -> None:
    order = await the_order(shop, "H207005")
    book = with_rules(approval_limit=Decimal("1.00"))
    opened = await open_return(
        shop, order, "Harbour Hoodie", resolution="exchange", variants=("harbour-hoodie-l-grey",), book=book
    )
    assert (opened.approval, await stock(shop, "harbour-hoodie-l-grey")) == ("requested", 13)
    deed = service.cancel_return if end == "cancel" else service.reject
    act = replace(ANA, key="end")
    for _ in range(2):
        await do(shop, lambda session: deed(session, opened.rma, act))
    assert (await stock(shop, "harbour-hoodie-l-grey"), await held(shop, opened)) == (
        14, [("harbour-hoodie-l-grey", "released")],
    )  # fmt: skip
    kept = [("decision", True)] if end == "reject" else []
    assert await promises(shop, opened) == kept
