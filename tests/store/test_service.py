"""What changes orders and returns: all of it or nothing, once, and never more than was there."""

import asyncio
import uuid
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from gateways.carrier import HouseCarrier
from kit import errors, ids
from kit.db import Database
from store import ledger, order_changes, receipt, repository, service, tables
from store.decision import RequestLine
from store.happenings import Act
from store.order import Order
from store.ports import LabelTicket
from store.returns import Return
from tests.store import made

pytestmark = pytest.mark.database
BOOK = made.book()
CUSTOMER = Act("customer", made.NOW)
ANA = Act("Ana", made.NOW)
WAREHOUSE = Act("warehouse", made.NOW)
POLICY = Act("policy", made.NOW)


async def the_order(shop: Database, number: str = "H204518") -> Order:
    async with shop.transaction() as session:
        order = await repository.find_order(session, number)
    assert order is not None
    return order


async def a_ticket() -> LabelTicket:
    rma = ids.new_rma_number()
    ticket = await HouseCarrier().issue_label(rma, "drop_off_qr")
    return LabelTicket(rma, ticket.tracking_number, ticket.carrier_name)


async def open_return(
    shop: Database, order: Order, item: str, quantity: int = 1, reason: str = "no_longer_needed", **changes: Any
) -> Return:
    found = next(one for one in order.items if one.name == item)
    asked: dict[str, Any] = {
        "lines": [RequestLine(found.id, quantity, reason)],  # type: ignore[arg-type]
        "resolution": "refund",
        "method": "drop_off_qr",
        "refund_to": None,
        "exchange_variants": {},
        "book": BOOK,
        "act": CUSTOMER,
        "ticket": await a_ticket(),
    }
    async with shop.transaction() as session:
        return await service.open_return(session, order_id=order.id, **(asked | changes))


async def count(shop: Database, table: type[Any]) -> int:
    async with shop.transaction() as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def stock(shop: Database, variant_id: str) -> int:
    async with shop.transaction() as session:
        return (await repository.variants_by_ids(session, [variant_id]))[variant_id].stock


async def stored(shop: Database, rma: str) -> Return:
    async with shop.transaction() as session:
        found = await repository.find_return(session, rma)
    assert found is not None
    return found


async def test_an_opened_return_is_stored_with_label_events_receipt_and_promise(shop: Database) -> None:
    talk = uuid.uuid4()
    opened = await open_return(shop, await the_order(shop), "Wool Sweater", conversation_id=talk)

    assert await stored(shop, opened.rma) == opened
    assert (opened.approval, opened.parcel, opened.settlement) == ("approved", "label_issued", "open")
    assert (opened.amount, opened.fee, opened.refund_to) == (Decimal("64.00"), Decimal("0.00"), "card_maya")
    assert opened.tracking_number is not None
    assert opened.label_expires_at is not None
    assert opened.label_expires_at.date() == date(2026, 7, 4)
    async with shop.transaction() as session:
        events = await repository.events_of(session, opened.id)
        promise = await session.scalar(select(tables.PromiseRow).where(tables.PromiseRow.return_id == opened.id))
        assert await repository.returns_of_conversation(session, talk) == [opened]
    assert [(event.actor, event.kind) for event in events] == [
        ("customer", "opened"),
        ("policy", "approved"),
        ("policy", "label_issued"),
    ]
    assert promise is not None
    assert promise.text == "$64.00 to Visa ending 4242, 5-7 business days after we have checked the parcel"
    assert (promise.amount, promise.due_at, promise.conversation_id) == (Decimal("64.00"), None, talk)


async def test_the_receipt_replays_to_the_same_decision_and_holds_no_name(shop: Database) -> None:
    opened = await open_return(shop, await the_order(shop), "Camp Mug", 2, "damaged")
    async with shop.transaction() as session:
        row = await session.scalar(select(tables.DecisionRow).where(tables.DecisionRow.return_id == opened.id))
    assert row is not None
    again = receipt.replay(row.inputs, BOOK.version(row.policy_version))
    assert receipt.outcome(again) == row.outcome
    assert list(again.rule_ids) == row.rule_ids
    for secret in ("Maya", "Torres", "example.com", "Alder", "97214"):
        assert secret not in str(row.inputs)


async def test_the_fee_of_the_method_is_taken_off(shop: Database) -> None:
    opened = await open_return(shop, await the_order(shop), "Wool Sweater", method="printed_label")
    assert (opened.amount, opened.fee) == (Decimal("58.05"), Decimal("5.95"))


async def test_above_the_limit_the_return_waits_for_a_person_without_a_label(shop: Database) -> None:
    opened = await open_return(shop, await the_order(shop, "H206001"), "Compact Camera")
    assert (opened.approval, opened.parcel, opened.tracking_number) == ("requested", "none", None)
    assert opened.needs_person is not None

    ticket = replace(await a_ticket(), rma=opened.rma)
    async with shop.transaction() as session:
        approved = await service.approve(session, opened.rma, ANA, BOOK, ticket)
    assert await stored(shop, opened.rma) == approved
    assert (approved.approval, approved.parcel, approved.needs_person) == ("approved", "label_issued", None)


async def test_a_rejected_return_is_closed_and_its_items_are_free_again(shop: Database) -> None:
    order = await the_order(shop, "H206001")
    opened = await open_return(shop, order, "Compact Camera")
    async with shop.transaction() as session:
        await service.reject(session, opened.rma, replace(ANA, detail={"reason": "Not ours"}))
        assert await repository.returned_quantities(session, order.id) == {}
    rejected = await stored(shop, opened.rma)
    assert (rejected.approval, rejected.settlement) == ("rejected", "closed")
    assert (await open_return(shop, order, "Compact Camera")).approval == "requested"


async def test_what_is_no_longer_eligible_is_refused_and_nothing_is_written(shop: Database) -> None:
    order = await the_order(shop)
    before = [await count(shop, table) for table in (tables.ReturnRow, tables.DecisionRow, tables.PromiseRow)]
    with pytest.raises(errors.Conflict, match="ended on"):
        await open_return(shop, order, "Wool Sweater", act=replace(CUSTOMER, now=made.NOW + timedelta(days=30)))
    with pytest.raises(errors.Conflict, match="Only 2 of 2"):
        await open_return(shop, order, "Camp Mug", 3)
    assert [await count(shop, table) for table in (tables.ReturnRow, tables.DecisionRow, tables.PromiseRow)] == before


async def test_two_returns_at_the_same_moment_do_not_return_one_item_twice(shop: Database) -> None:
    order = await the_order(shop)
    tries = [open_return(shop, order, "Wool Sweater") for _ in range(4)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, Return) for result in results) == 1
    assert sum(isinstance(result, errors.Conflict) for result in results) == 3


async def test_an_unknown_method_order_or_destination_is_refused(shop: Database) -> None:
    order = await the_order(shop)
    with pytest.raises(errors.BadInput):
        await open_return(shop, order, "Wool Sweater", method="pigeon")
    with pytest.raises(errors.Conflict):
        await open_return(shop, order, "Wool Sweater", refund_to="card_jonas")
    with pytest.raises(errors.NotFound):
        await open_return(shop, replace(order, id=uuid.uuid4()), "Wool Sweater")


async def test_an_exchange_takes_the_stock_and_a_cancelled_one_gives_it_back(shop: Database) -> None:
    order = await the_order(shop)
    shoes = order.items[0]
    before = await stock(shop, "trail-runner-10-blue")
    opened = await open_return(
        shop,
        order,
        "Trail Runner",
        reason="too_small",
        resolution="exchange",
        exchange_variants={shoes.id: "trail-runner-10-blue"},
    )
    assert await stock(shop, "trail-runner-10-blue") == before - 1
    assert (opened.amount, opened.fee, opened.price_difference) == (Decimal("89.00"), Decimal(0), Decimal(0))
    assert opened.lines[0].exchange_variant_id == "trail-runner-10-blue"
    async with shop.transaction() as session:
        await service.cancel_return(session, opened.rma, CUSTOMER)
    assert await stock(shop, "trail-runner-10-blue") == before


async def test_the_last_piece_goes_to_one_of_two_exchanges(shop: Database) -> None:
    order = await the_order(shop)
    mugs = order.items[1]
    async with shop.transaction() as session:
        row = await session.get(tables.VariantRow, "camp-mug-green")
        assert row is not None
        row.stock = 1
    tries = [
        open_return(shop, order, "Camp Mug", resolution="exchange", exchange_variants={mugs.id: "camp-mug-green"})
        for _ in range(2)
    ]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Return"]
    assert await stock(shop, "camp-mug-green") == 0


async def test_a_sold_out_exchange_caught_in_its_transaction_leaves_no_trace(shop: Database) -> None:
    order = await the_order(shop)
    before, returns = await stock(shop, "trail-runner-10-blue"), await count(shop, tables.ReturnRow)
    lines = [RequestLine(order.items[0].id, 1, "too_small"), RequestLine(order.items[1].id, 1, "other")]
    async with shop.transaction() as session:
        row = await session.get(tables.VariantRow, "camp-mug-green")
        assert row is not None
        row.stock = 0
        await session.flush()
        with pytest.raises(errors.Conflict, match="out of stock"):
            await service.open_return(
                session,
                order_id=order.id,
                lines=lines,
                resolution="exchange",
                method="drop_off_qr",
                refund_to=None,
                exchange_variants={order.items[0].id: "trail-runner-10-blue", order.items[1].id: "camp-mug-green"},
                book=BOOK,
                act=CUSTOMER,
            )
    assert (await stock(shop, "trail-runner-10-blue"), await count(shop, tables.ReturnRow)) == (before, returns)


async def test_another_products_variant_is_refused(shop: Database) -> None:
    order = await the_order(shop)
    for variant in ("camp-mug-green", "no-such-thing"):
        with pytest.raises(errors.BadInput):
            await open_return(
                shop,
                order,
                "Trail Runner",
                resolution="exchange",
                exchange_variants={order.items[0].id: variant},
            )


async def test_a_gift_card_pays_a_difference_only_as_far_as_it_reaches(shop: Database) -> None:
    order = await the_order(shop, "H206005")
    pan = order.items[0]
    async with shop.transaction() as session:
        row = await session.get(tables.VariantRow, "iron-pan-24-cm")
        assert row is not None
        row.price, row.stock = Decimal("124.01"), 5
    asked = {"resolution": "exchange", "exchange_variants": {pan.id: "iron-pan-24-cm"}, "refund_to": "gift_card_jonas"}
    with pytest.raises(errors.NotAllowed):
        await open_return(shop, order, "Iron Pan", **asked)
    async with shop.transaction() as session:
        row = await session.get(tables.VariantRow, "iron-pan-24-cm")
        assert row is not None
        row.price = Decimal("124.00")
    opened = await open_return(shop, order, "Iron Pan", **asked)
    assert opened.price_difference == Decimal("60.00")


async def test_a_return_is_called_off_only_until_it_is_sent_and_only_once(shop: Database) -> None:
    opened = await open_return(shop, await the_order(shop), "Wool Sweater")
    async with shop.transaction() as session:
        await service.record_parcel(session, opened.rma, "in_transit", Act("carrier", made.NOW), BOOK)
    with pytest.raises(errors.Conflict):
        async with shop.transaction() as session:
            await service.cancel_return(session, opened.rma, CUSTOMER)
    other = await open_return(shop, await the_order(shop), "Camp Mug")
    async with shop.transaction() as session:
        assert (await service.cancel_return(session, other.rma, CUSTOMER)).approval == "cancelled"
    with pytest.raises(errors.Conflict):
        async with shop.transaction() as session:
            await service.cancel_return(session, other.rma, CUSTOMER)
    with pytest.raises(errors.NotFound):
        async with shop.transaction() as session:
            await service.cancel_return(session, "RMA-9999-9999", CUSTOMER)


async def test_the_day_of_the_refund_is_known_once_the_parcel_is_here_and_kept_when_paid(shop: Database) -> None:
    opened = await open_return(shop, await the_order(shop), "Wool Sweater")
    monday = made.NOW + timedelta(days=2)
    async with shop.transaction() as session:
        received = await service.record_parcel(session, opened.rma, "received", replace(WAREHOUSE, now=monday), BOOK)
        # Two business days to check, seven for a card.
        assert received.refund_due_on == date(2026, 7, 3)
        inspected = await service.record_parcel(session, opened.rma, "inspected", replace(WAREHOUSE, now=monday), BOOK)
        assert inspected.refund_due_on == date(2026, 7, 1)
        assert await ledger.late_promises(session, made.NOW + timedelta(days=30))
        settling = await service.settle(session, opened.rma, replace(POLICY, now=monday), BOOK)
        assert (settling.settlement, settling.settled_at) == ("open", None)
    await made.pay(shop, opened.order_id, monday)
    settled = await stored(shop, opened.rma)
    assert (settled.settlement, settled.settled_at) == ("refunded", monday)
    order = await the_order(shop)
    assert order.paid_with("card_maya") == order.total - Decimal("64.00")
    async with shop.transaction() as session:
        promise = await session.scalar(select(tables.PromiseRow).where(tables.PromiseRow.return_id == opened.id))
    assert promise is not None
    assert promise.kept_at == monday
    with pytest.raises(errors.Conflict):
        async with shop.transaction() as session:
            await service.settle(session, opened.rma, replace(POLICY, now=monday), BOOK)


async def test_store_credit_arrives_with_its_bonus(shop: Database) -> None:
    opened = await open_return(shop, await the_order(shop), "Wool Sweater", resolution="store_credit")
    async with shop.transaction() as session:
        for step in ("received", "inspected"):
            await service.record_parcel(session, opened.rma, step, WAREHOUSE, BOOK)
        await service.settle(session, opened.rma, POLICY, BOOK)
    async with shop.transaction() as session:
        methods = await repository.payment_methods_of(session, opened.customer_id)
    assert [method.balance for method in methods if method.kind == "store_credit"] == [Decimal("70.40")]


async def test_nothing_is_paid_for_a_parcel_that_was_not_checked(shop: Database) -> None:
    opened = await open_return(shop, await the_order(shop), "Wool Sweater")
    with pytest.raises(errors.Conflict):
        async with shop.transaction() as session:
            await service.settle(session, opened.rma, POLICY, BOOK)


async def test_a_label_expires_and_can_be_issued_again(shop: Database) -> None:
    opened = await open_return(shop, await the_order(shop), "Wool Sweater")
    later = made.NOW + timedelta(days=14)
    async with shop.transaction() as session:
        assert opened.rma not in await service.expire_labels(session, later)
        assert opened.rma in await service.expire_labels(session, later + timedelta(days=2))
    assert (await stored(shop, opened.rma)).parcel == "expired"
    ticket = replace(await a_ticket(), rma=opened.rma)
    async with shop.transaction() as session:
        again = await service.reissue_label(session, opened.rma, replace(POLICY, now=later), BOOK, ticket)
    assert (again.parcel, again.label_expires_at) == ("label_issued", opened.label_expires_at + timedelta(days=14))  # type: ignore[operator]


async def test_a_return_without_approval_gets_no_label(shop: Database) -> None:
    opened = await open_return(shop, await the_order(shop, "H206001"), "Compact Camera")
    with pytest.raises(errors.NotAllowed):
        async with shop.transaction() as session:
            await service.reissue_label(session, opened.rma, POLICY, BOOK, await a_ticket())


async def test_an_agent_overrules_a_window_with_a_reason_that_is_kept(shop: Database) -> None:
    order = await the_order(shop, "H204777")
    with pytest.raises(errors.Conflict):
        await open_return(shop, order, "Wireless Headphones")
    opened = await open_return(
        shop,
        order,
        "Wireless Headphones",
        act=replace(ANA, detail={"note": "Was ill"}),
        overruled=frozenset({"window.electronics"}),
    )
    async with shop.transaction() as session:
        events = await repository.events_of(session, opened.id)
    assert events[0].detail == {"note": "Was ill", "overruled": ["window.electronics"]}
    assert opened.amount == Decimal("116.10")


async def test_a_pending_order_is_cancelled_and_refunded_once(shop: Database) -> None:
    order = await the_order(shop, "H205120")
    before = await stock(shop, "rain-jacket-m-yellow")
    asked = {"order_id": order.id, "reason": "no_longer_needed", "act": CUSTOMER, "book": BOOK}
    async with shop.transaction() as session:
        cancelled = await order_changes.cancel_order(session, **asked)  # type: ignore[arg-type]
    assert cancelled.state == "cancelled"
    await made.pay(shop, order.id)
    assert (await the_order(shop, "H205120")).paid_with("card_maya") == Decimal("0.00")
    assert await stock(shop, "rain-jacket-m-yellow") == before + 1
    async with shop.transaction() as session:
        promise = await session.scalar(select(tables.PromiseRow).where(tables.PromiseRow.order_id == order.id))
    assert promise is not None
    assert promise.text == "$144.00 to Visa ending 4242, 5-7 business days"
    assert promise.due_at is not None
    with pytest.raises(errors.Conflict, match="already been cancelled"):
        async with shop.transaction() as session:
            await order_changes.cancel_order(session, **asked)  # type: ignore[arg-type]


async def test_an_order_that_left_the_shop_is_not_cancelled(shop: Database) -> None:
    order = await the_order(shop, "H206002")
    with pytest.raises(errors.Conflict, match="on its way"):
        async with shop.transaction() as session:
            await order_changes.cancel_order(session, order.id, "no_longer_needed", CUSTOMER, BOOK)
    assert (await the_order(shop, "H206002")).state == "shipped"


async def test_the_house_carrier_gives_one_return_one_number() -> None:
    first = await HouseCarrier().issue_label("RMA-1000-0016", "pickup")
    assert first == await HouseCarrier().issue_label("RMA-1000-0016", "pickup")
    assert first != await HouseCarrier().issue_label("RMA-1000-0024", "pickup")
