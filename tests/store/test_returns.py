"""Gifts, what is kept, what a person decides, and changes of mind; each act once."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kit import errors
from kit.db import Database
from store import happenings, ledger, records, repository, service, tables, transfers
from store.happenings import Act
from store.order import Order
from tests.store import made
from tests.store.acting import (
    ANA,
    BOOK,
    CUSTOMER,
    POLICY,
    WAREHOUSE,
    Deed,
    bring,
    change,
    do,
    events,
    held,
    open_return,
    promises,
    set_variant,
    stock,
    stored,
    the_order,
    ticket,
    with_rules,
)

pytestmark = pytest.mark.database


# --- gifts


async def test_a_gift_comes_back_as_a_new_card_and_who_paid_gets_nothing(shop: Database) -> None:
    order = await the_order(shop, "H207004")
    opened = await open_return(shop, order, "Linen Pillow", "no_longer_needed", resolution="store_credit", gift=True)
    assert (opened.gift, opened.amount, opened.bonus) == (True, Decimal("38.00"), Decimal("0.00"))
    assert (await bring(shop, opened)).settlement == "credited"
    async with shop.transaction() as session:
        mine = await repository.payment_methods_of(session, order.customer.id)
        cards = select(tables.PaymentMethodRow).where(tables.PaymentMethodRow.bearer_code.is_not(None))
        (card,) = await session.scalars(cards)
        (event,) = [one for one in await repository.events_of(session, opened.id) if one.kind == "credited"]
    assert (card.balance, card.kind) == (Decimal("38.00"), "gift_card")
    assert card.bearer_code is not None
    assert event.detail == {"amount": "38.00", "code": card.bearer_code}
    assert card.bearer_code.startswith("GC-")
    assert card.id not in {one.id for one in mine}
    assert {one.balance for one in mine} == {None, Decimal("60.00")}


async def test_who_was_given_something_cannot_have_it_refunded_or_be_charged(shop: Database) -> None:
    order = await the_order(shop, "H207004")
    for refund_to in (None, "card_rosa"):
        with pytest.raises(errors.Conflict, match="offers of refund"):
            await open_return(shop, order, "Linen Pillow", gift=True, refund_to=refund_to)
    await set_variant(shop, "linen-pillow-green", price=Decimal("50.00"), stock=3)
    with pytest.raises(errors.NotAllowed, match="gift"):
        await open_return(
            shop, order, "Linen Pillow", resolution="exchange", variants=("linen-pillow-green",), gift=True
        )


# --- what is kept


async def test_what_is_cheap_and_damaged_is_kept_and_paid_at_once(shop: Database) -> None:
    order = await the_order(shop, "H204518")
    opened = await open_return(shop, order, "Camp Mug", "damaged", method="keep", resolution="store_credit")
    assert (opened.approval, opened.parcel, opened.settlement) == ("approved", "none", "credited")
    assert (opened.lines[0].keep, opened.tracking_number, opened.refund_due_on is not None) == (True, None, True)
    assert [kind for subject, kind in await events(shop, opened) if subject == "return"] == [
        "opened", "approved", "credited",
    ]  # fmt: skip
    assert await promises(shop, opened) == [("store_credit", True)]
    refunded = await open_return(shop, order, "Camp Mug", "damaged", method="keep")
    assert (refunded.settlement, refunded.parcel) == ("open", "none")
    await made.pay(shop, order.id)
    assert (await stored(shop, refunded)).settlement == "refunded"
    with pytest.raises(errors.NotAllowed):
        await do(shop, lambda session: service.reissue_label(session, refunded.rma, POLICY, BOOK, ticket()))


async def test_what_is_to_be_sent_cannot_be_kept(shop: Database) -> None:
    order = await the_order(shop, "H204518")
    with pytest.raises(errors.BadInput, match="keep"):
        await open_return(shop, order, "Wool Sweater", "damaged", method="keep")


# --- a person decides


async def test_a_decision_is_promised_within_two_business_days_and_kept_by_it(shop: Database) -> None:
    opened = await open_return(shop, await the_order(shop, "H206001"), "Compact Camera", "no_longer_needed")
    async with shop.transaction() as session:
        promised = {one.kind: one for one in await records.promises_of_return(session, opened.id)}
        assert set(promised) == {"refund", "decision"}
        decision = promised["decision"]
        assert decision.id is not None
        assert decision.text == "A decision by one of our people by 23 June 2026"
        assert decision.id in await ledger.late_promises(session, made.NOW + timedelta(days=4))
        assert await ledger.mark_late(session, decision.id, made.NOW + timedelta(days=4))
        assert not await ledger.mark_late(session, decision.id, made.NOW + timedelta(days=4))
        assert decision.id not in await ledger.late_promises(session, made.NOW + timedelta(days=5))
    await do(shop, lambda session: service.approve(session, opened.rma, ANA, BOOK, ticket()))
    assert await promises(shop, opened) == [("decision", True), ("refund", False)]


# --- a change of mind


async def test_a_refund_becomes_an_exchange_and_the_piece_is_reserved(shop: Database) -> None:
    order = await the_order(shop, "H207005")
    opened = await open_return(shop, order, "Harbour Hoodie")
    act = replace(CUSTOMER, key="rather")
    wish = {"resolution": "exchange", "exchange_variants": {order.items[0].id: ("harbour-hoodie-l-grey",)}, "act": act}
    changed = await change(shop, opened, **wish)
    assert (changed.rma, changed.resolution, changed.parcel) == (opened.rma, "exchange", "label_issued")
    assert await stored(shop, opened) == changed == await change(shop, opened, **wish)
    assert (await stock(shop, "harbour-hoodie-l-grey"), await promises(shop, opened)) == (13, [("exchange", False)])
    back = await change(shop, opened, resolution="store_credit", method="printed_label", ticket=ticket())
    assert (back.amount, back.bonus, back.fee) == (Decimal("73.25"), Decimal("7.20"), Decimal("5.95"))
    assert back.tracking_number != opened.tracking_number
    assert (await stock(shop, "harbour-hoodie-l-grey"), await held(shop, opened)) == (
        14, [("harbour-hoodie-l-grey", "released")],
    )  # fmt: skip
    assert await promises(shop, opened) == [("store_credit", False)]
    kinds = [kind for subject, kind in await events(shop, opened) if subject == "return"]
    assert kinds == ["opened", "approved", "label_issued", "changed", "changed", "label_issued"]
    async with shop.transaction() as session:
        receipts = await session.scalars(select(tables.DecisionRow).where(tables.DecisionRow.return_id == opened.id))
        assert len(list(receipts)) == 3


async def test_a_change_of_mind_keeps_its_place_in_time(shop: Database) -> None:
    order = await the_order(shop, "H207005")
    opened = await open_return(shop, order, "Harbour Hoodie")
    late = Act("customer", made.NOW + timedelta(days=28))
    with pytest.raises(errors.Conflict, match="ended"):
        await open_return(shop, await the_order(shop, "H207003"), "Day Backpack", act=late)
    assert (await change(shop, opened, resolution="store_credit", act=late)).resolution == "store_credit"


async def test_the_same_piece_can_be_chosen_again(shop: Database) -> None:
    order = await the_order(shop, "H207005")
    await set_variant(shop, "harbour-hoodie-l-grey", stock=1)
    choice = {order.items[0].id: ("harbour-hoodie-l-grey",)}
    opened = await open_return(
        shop, order, "Harbour Hoodie", resolution="exchange", variants=("harbour-hoodie-l-grey",)
    )
    await change(shop, opened, resolution="exchange", exchange_variants=choice, method="store")
    assert await stock(shop, "harbour-hoodie-l-grey") == 0


async def test_what_was_sent_is_not_changed_any_more(shop: Database) -> None:
    opened = await open_return(shop, await the_order(shop, "H207005"), "Harbour Hoodie")
    await do(shop, lambda session: service.record_parcel(session, opened.rma, "in_transit", WAREHOUSE, BOOK))
    with pytest.raises(errors.Conflict, match="cannot be changed"):
        await change(shop, opened, resolution="store_credit")
    assert (await stored(shop, opened)).resolution == "refund"


async def test_what_waits_for_a_person_goes_on_waiting_when_it_is_changed(shop: Database) -> None:
    opened = await open_return(shop, await the_order(shop, "H206001"), "Compact Camera", "no_longer_needed")
    changed = await change(shop, opened, resolution="store_credit", ticket=ticket())
    assert (changed.approval, changed.parcel, changed.needs_person) == ("requested", "none", opened.needs_person)


async def test_the_last_day_is_moved_once(shop: Database) -> None:
    opened = await open_return(shop, await the_order(shop, "H207005"), "Harbour Hoodie")
    act = replace(CUSTOMER, key="more-time")
    for _ in range(2):
        extended = await do(shop, lambda session: service.extend(session, opened.rma, act, BOOK))
    assert opened.label_expires_at is not None
    assert (extended.label_expires_at, extended.extended_at) == (
        opened.label_expires_at + timedelta(days=7), made.NOW,
    )  # fmt: skip
    with pytest.raises(errors.Conflict, match="once"):
        await do(shop, lambda session: service.extend(session, opened.rma, CUSTOMER, BOOK))
    with pytest.raises(errors.NotAllowed):
        await do(shop, lambda session: service.extend(session, opened.rma, CUSTOMER, with_rules(extension=None)))


async def test_a_new_label_never_leaves_less_time_than_the_customer_was_told(shop: Database) -> None:
    order = await the_order(shop, "H207005")
    opened = await open_return(shop, order, "Harbour Hoodie")
    extended = await do(shop, lambda session: service.extend(session, opened.rma, CUSTOMER, BOOK))
    again = await do(shop, lambda session: service.reissue_label(session, opened.rma, CUSTOMER, BOOK, ticket()))
    assert again.label_expires_at == extended.label_expires_at
    changed = await change(shop, opened, resolution="store_credit", ticket=ticket())
    assert changed.label_expires_at == extended.label_expires_at
    later = replace(CUSTOMER, now=made.NOW + timedelta(days=10))
    newer = await do(shop, lambda session: service.reissue_label(session, opened.rma, later, BOOK, ticket()))
    assert opened.label_expires_at is not None
    assert newer.label_expires_at == opened.label_expires_at + timedelta(days=10)


# --- the same request twice


async def test_the_same_request_twice_is_one_return(shop: Database) -> None:
    order, act = await the_order(shop, "H204518"), replace(CUSTOMER, key="one")
    opened = await asyncio.gather(*(open_return(shop, order, "Camp Mug", act=act) for _ in range(4)))
    assert len({one.id for one in opened}) == 1
    assert await repository_quantities(shop, order) == {order.items[1].id: 1}
    with pytest.raises(errors.Conflict, match="used for something else"):
        await do(shop, lambda session: service.cancel_return(session, opened[0].rma, act))


async def repository_quantities(shop: Database, order: Order) -> dict[Any, int]:
    async with shop.transaction() as session:
        return await repository.returned_quantities(session, order.id)


@pytest.mark.parametrize("step", ["approve", "parcel", "label"])
async def test_each_step_with_the_same_key_leaves_one_event(shop: Database, step: str) -> None:
    opened = await open_return(shop, await the_order(shop, "H206001"), "Compact Camera", "no_longer_needed")
    if step != "approve":
        await do(shop, lambda session: service.approve(session, opened.rma, ANA, BOOK))
    act = replace(ANA, key="same")
    deeds: dict[str, Deed] = {
        "approve": lambda session: service.approve(session, opened.rma, act, BOOK, ticket()),
        "parcel": lambda session: service.record_parcel(session, opened.rma, "received", act, BOOK),
        "label": lambda session: service.reissue_label(session, opened.rma, act, BOOK, ticket()),
    }
    before = await events(shop, opened)
    results = await asyncio.gather(*(do(shop, deeds[step]) for _ in range(3)))
    kinds = {"approve": ["approved", "label_issued"], "parcel": ["received"], "label": ["label_issued"]}[step]
    assert await events(shop, opened) == [*before, *(("return", kind) for kind in kinds)]
    assert {one.id for one in results} == {opened.id}


async def test_different_things_at_the_same_moment_leave_one_story(shop: Database) -> None:
    opened = await open_return(shop, await the_order(shop, "H204518"), "Wool Sweater")
    await asyncio.gather(
        do(shop, lambda session: service.cancel_return(session, opened.rma, CUSTOMER)),
        do(shop, lambda session: service.record_parcel(session, opened.rma, "in_transit", WAREHOUSE, BOOK)),
        change(shop, opened, resolution="store_credit"),
        return_exceptions=True,
    )
    after = await stored(shop, opened)
    assert (after.approval, after.parcel) in {("cancelled", "label_issued"), ("approved", "in_transit")}
    assert len(await promises(shop, opened)) == (0 if after.approval == "cancelled" else 1)


async def test_a_parcel_is_not_said_to_have_a_label_or_to_be_expired(shop: Database) -> None:
    opened = await open_return(shop, await the_order(shop, "H204518"), "Wool Sweater")
    for wrong in ("label_issued", "expired", "none"):
        with pytest.raises(errors.BadInput):
            await do(shop, lambda s, w=wrong: service.record_parcel(s, opened.rma, w, WAREHOUSE, BOOK))  # type: ignore[misc]


# --- what happened before


async def test_the_past_tells_what_was_promised_returned_and_begun(shop: Database) -> None:
    order = await the_order(shop, "H207003")
    async with shop.transaction() as session:
        before = await repository.past_of(session, order, made.NOW, BOOK)
        started = replace(CUSTOMER, now=made.NOW - timedelta(days=2))
        happenings.note(session, happenings.of_order(order), happenings.STARTED, started)
    assert (before.promised, before.returned, before.exchanges, before.started_at) == (Decimal("0.00"), {}, 0, None)
    opened = await open_return(shop, order, "Day Backpack", "no_longer_needed")
    async with shop.transaction() as session:
        past = await repository.past_of(session, order, made.NOW, BOOK)
        assert await repository.past_of(session, order, made.NOW + timedelta(days=2), BOOK) == replace(
            past, started_at=None
        )
        without = await repository.past_of(session, order, made.NOW, BOOK, without=opened.id)
    assert past.promised == Decimal("92.00")
    assert past.promised_to == {"card_theo": Decimal("80.00"), "gift_card_theo": Decimal("12.00")}
    assert (past.returned, past.opened[0]) == ({order.items[0].id: 1}, opened.opened_at)
    assert past.started_at == made.NOW - timedelta(days=2)
    assert (without.promised, without.returned, without.started_at) == (Decimal("0.00"), {}, past.started_at)


async def test_a_settled_return_is_not_promised_any_more_and_a_failed_refund_still_is(shop: Database) -> None:
    order = await the_order(shop, "H204518")
    opened = await open_return(shop, order, "Wool Sweater")
    await bring(shop, opened)
    async with shop.transaction() as session:
        (asked,) = await transfers.of_return(session, opened.id)
        await transfers.mark_sent(session, asked.id, made.NOW)
        await transfers.fail(session, asked.id, "declined", made.NOW)
        assert (await repository.past_of(session, order, made.NOW, BOOK)).promised == Decimal("64.00")
        await transfers.retry(session, asked.id, ANA)
    await made.pay(shop, order.id)
    async with shop.transaction() as session:
        after = await repository.find_order(session, "H204518")
        assert after is not None
        assert (await repository.past_of(session, after, made.NOW, BOOK)).promised == Decimal("0.00")
        assert after.refunded == Decimal("64.00")
