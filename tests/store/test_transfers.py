"""Money on its way: asked for once, done once, never more than was paid; what fails waits for a person."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from kit import errors
from kit.db import Database
from store import ledger, records, repository, service, tables, transfers
from store.decision import RequestLine
from store.happenings import Act
from store.order import Order
from store.returns import Return
from store.transfer import Transfer
from tests.store import made

pytestmark = pytest.mark.database
BOOK = made.book()
POLICY = Act("policy", made.NOW)
ANA = Act("Ana", made.NOW)


async def the_order(shop: Database, number: str = "H204518") -> Order:
    async with shop.transaction() as session:
        order = await repository.find_order(session, number)
    assert order is not None
    return order


async def request(shop: Database, order: Order, **changes: Any) -> Transfer:
    asked: dict[str, Any] = {
        "key": f"test:{uuid.uuid4().hex}", "kind": "refund", "order_id": order.id, "return_id": None,
        "payment_method_id": "card_maya", "amount": Decimal("10.00"), "currency": "USD", "act": POLICY,
    }  # fmt: skip
    async with shop.transaction() as session:
        return await transfers.request(session, **(asked | changes))


async def stored(shop: Database, transfer: Transfer) -> Transfer:
    async with shop.transaction() as session:
        found = await transfers.by_id(session, transfer.id)
    assert found is not None
    return found


async def balance(shop: Database, method_id: str) -> Decimal | None:
    async with shop.transaction() as session:
        method = await repository.payment_method(session, method_id)
    assert method is not None
    return method.balance


async def events_of(shop: Database, order: Order, subject: str = "transfer") -> list[str]:
    async with shop.transaction() as session:
        query = select(tables.EventRow).where(tables.EventRow.order_id == order.id, tables.EventRow.subject == subject)
        return [row.kind for row in await session.scalars(query.order_by(tables.EventRow.sequence))]


async def open_and_inspect(shop: Database, order: Order, **changes: Any) -> Return:
    lines = [RequestLine(item.id, item.quantity, "no_longer_needed") for item in order.items]
    asked: dict[str, Any] = {
        "lines": lines, "resolution": "refund", "method": "drop_off_qr", "refund_to": None, "exchange_variants": {},
        "book": BOOK, "act": Act("customer", made.NOW),
    }  # fmt: skip
    async with shop.transaction() as session:
        opened = await service.open_return(session, order_id=order.id, **(asked | changes))
        for step in ("received", "inspected"):
            await service.record_parcel(session, opened.rma, step, Act("warehouse", made.NOW), BOOK)
    return opened


async def settle(shop: Database, opened: Return) -> Return:
    async with shop.transaction() as session:
        return await service.settle(session, opened.rma, POLICY, BOOK)


async def of_return(shop: Database, opened: Return) -> list[Transfer]:
    async with shop.transaction() as session:
        return await transfers.of_return(session, opened.id)


async def test_a_refund_to_a_card_waits_for_the_provider_and_is_then_a_payment(shop: Database) -> None:
    order = await the_order(shop)
    asked = await request(shop, order)
    assert (asked.state, order.paid_with("card_maya")) == ("requested", Decimal("181.00"))
    async with shop.transaction() as session:
        assert await transfers.due(session) == [asked.id]
        assert (await transfers.mark_sent(session, asked.id, made.NOW)).attempts == 1
        assert await transfers.due(session) == [asked.id]
        done = await transfers.succeed(session, asked.id, "re_123", made.NOW)
        assert await transfers.due(session) == []
    assert await stored(shop, asked) == done
    assert (done.state, done.provider_reference, done.settled_at) == ("succeeded", "re_123", made.NOW)
    after = await the_order(shop)
    assert (after.paid_with("card_maya"), after.payments[-1].reference) == (Decimal("171.00"), "re_123")
    assert await events_of(shop, order) == ["requested", "sent", "succeeded"]


async def test_a_refund_to_a_gift_card_is_there_at_once(shop: Database) -> None:
    order = await the_order(shop)
    done = await request(shop, order, payment_method_id="gift_card_maya", amount=Decimal("12.50"))
    assert done.state == "succeeded"
    assert await balance(shop, "gift_card_maya") == Decimal("72.50")
    assert (await the_order(shop)).refunded == Decimal("12.50")


async def test_the_same_key_is_one_transfer(shop: Database) -> None:
    order = await the_order(shop)
    tries = [request(shop, order, key="once", payment_method_id="gift_card_maya") for _ in range(4)]
    results = await asyncio.gather(*tries)
    assert len({one.id for one in results}) == 1
    assert await balance(shop, "gift_card_maya") == Decimal("70.00")
    with pytest.raises(errors.Conflict, match="another one already"):
        await request(shop, order, key="once", payment_method_id="gift_card_maya", amount=Decimal("11.00"))


async def test_an_answer_that_comes_twice_counts_once(shop: Database) -> None:
    order = await the_order(shop)
    asked = await request(shop, order)

    async def answer() -> Transfer:
        async with shop.transaction() as session:
            return await transfers.succeed(session, asked.id, "re_1", made.NOW)

    await asyncio.gather(*(answer() for _ in range(4)))
    assert (await the_order(shop)).refunded == Decimal("10.00")
    assert await events_of(shop, order) == ["requested", "succeeded"]


async def test_no_more_goes_back_than_was_paid_however_many_ask(shop: Database) -> None:
    order = await the_order(shop)
    tries = [request(shop, order, amount=Decimal("60.00")) for _ in range(5)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, Transfer) for one in results) == 3
    assert sum(isinstance(one, errors.Conflict) for one in results) == 2
    with pytest.raises(errors.Conflict, match="more than can still be refunded"):
        await request(shop, order, amount=Decimal("1.01"))
    assert (await request(shop, order, amount=Decimal("1.10"), bonus=Decimal("0.10"))).state == "requested"


@pytest.mark.parametrize("amount", ["0.00", "-5.00"])
async def test_nothing_is_no_transfer(shop: Database, amount: str) -> None:
    with pytest.raises(errors.BadInput):
        await request(shop, await the_order(shop), amount=Decimal(amount))


async def test_an_unknown_order_method_or_transfer_is_named(shop: Database) -> None:
    order = await the_order(shop)
    with pytest.raises(errors.NotFound, match="payment method nobody"):
        await request(shop, order, payment_method_id="nobody")
    with pytest.raises(errors.NotFound, match="order"):
        await request(shop, replace(order, id=uuid.uuid4()))
    with pytest.raises(errors.NotFound, match="transfer"):
        async with shop.transaction() as session:
            await transfers.mark_sent(session, uuid.uuid4(), made.NOW)


async def test_the_database_itself_refuses_to_pay_back_more_than_was_paid(shop: Database) -> None:
    order = await the_order(shop)
    statement = text(
        "INSERT INTO transfers (id, key, kind, order_id, payment_method_id, amount, bonus, currency, state, "
        "requested_at, attempts, problem, provider_reference) VALUES (gen_random_uuid(), 'x', 'refund', :order, "
        "'card_maya', :amount, 0, 'USD', 'requested', now(), 0, '', '')"
    )
    with pytest.raises(IntegrityError, match="would pass"):
        async with shop.transaction() as session:
            await session.execute(statement, {"order": order.id, "amount": Decimal("181.01")})
    with pytest.raises(IntegrityError, match="would pass"):
        async with shop.transaction() as session:
            session.add(
                tables.PaymentRow(
                    order_id=order.id, payment_method_id="card_maya", kind="refund", amount=Decimal("181.01")
                )
            )
    asked = await request(shop, order, amount=Decimal("100.00"))
    with pytest.raises(IntegrityError, match="would pass"):
        async with shop.transaction() as session:
            await session.execute(text("UPDATE transfers SET amount = 200 WHERE id = :id"), {"id": asked.id})
    assert (await stored(shop, asked)).amount == Decimal("100.00")


async def test_no_balance_goes_below_nothing_whoever_takes_it(shop: Database) -> None:
    order, other = await the_order(shop), await the_order(shop, "H205120")
    charge = {"kind": "charge", "payment_method_id": "gift_card_maya", "amount": Decimal("40.00")}
    results = await asyncio.gather(*(request(shop, one, **charge) for one in (order, other, order)))
    assert sorted(one.state for one in results) == ["failed", "failed", "succeeded"]
    assert await balance(shop, "gift_card_maya") == Decimal("20.00")
    failed = next(one for one in results if one.state == "failed")
    assert failed.problem == "Gift card ending 7310 does not have enough left"
    with pytest.raises(IntegrityError):
        async with shop.transaction() as session:
            await session.execute(text("UPDATE payment_methods SET balance = -1 WHERE id = 'gift_card_maya'"))


async def test_a_charge_that_failed_is_tried_again_when_there_is_balance(shop: Database) -> None:
    order = await the_order(shop)
    failed = await request(shop, order, kind="charge", payment_method_id="gift_card_maya", amount=Decimal("70.00"))
    async with shop.transaction() as session:
        assert (await transfers.retry(session, failed.id, ANA)).state == "failed"
    await request(shop, order, payment_method_id="gift_card_maya", amount=Decimal("15.00"))
    async with shop.transaction() as session:
        assert (await transfers.retry(session, failed.id, ANA)).state == "succeeded"
    assert await balance(shop, "gift_card_maya") == Decimal("5.00")


async def test_what_nobody_knows_is_asked_again_and_a_refusal_goes_to_a_person(shop: Database) -> None:
    order = await the_order(shop)
    asked = await request(shop, order)
    async with shop.transaction() as session:
        await transfers.mark_sent(session, asked.id, made.NOW)
        back = await transfers.put_back(session, asked.id, "timeout", made.NOW)
        assert (back.state, back.problem, back.attempts) == ("requested", "timeout", 1)
        await transfers.mark_sent(session, asked.id, made.NOW)
        failed = await transfers.fail(session, asked.id, "card expired", made.NOW)
        assert (failed.state, failed.problem, failed.attempts) == ("failed", "card expired", 2)
        assert await transfers.due(session) == []
        again = await transfers.retry(session, asked.id, replace(ANA, key="again"))
        assert (again.state, again.attempts) == ("requested", 0)
        assert await transfers.retry(session, asked.id, replace(ANA, key="again")) == again
    async with shop.transaction() as session:
        query = select(tables.EventRow).where(tables.EventRow.order_id == order.id)
        rows = list(await session.scalars(query.order_by(tables.EventRow.sequence)))
    assert [(row.kind, row.actor) for row in rows] == [
        ("requested", "policy"), ("sent", "payments"), ("put_back", "payments"), ("sent", "payments"),
        ("failed", "payments"), ("retried", "Ana"),
    ]  # fmt: skip
    assert [row.kind for row in rows if row.told_at is None] == ["failed"]


async def test_only_what_failed_is_tried_again_and_only_what_is_not_with_the_provider_is_called_off(
    shop: Database,
) -> None:
    asked = await request(shop, await the_order(shop))
    with pytest.raises(errors.Conflict, match="not to be tried again"):
        async with shop.transaction() as session:
            await transfers.retry(session, asked.id, ANA)
    async with shop.transaction() as session:
        await transfers.mark_sent(session, asked.id, made.NOW)
    for forbidden in (transfers.call_off, transfers.retry):
        with pytest.raises(errors.Conflict):
            async with shop.transaction() as session:
                await forbidden(session, asked.id, ANA)
    with pytest.raises(errors.Conflict):
        async with shop.transaction() as session:
            await transfers.mark_sent(session, asked.id, made.NOW)


# --- a return and its transfers


async def test_a_return_paid_in_two_ways_is_refunded_in_two_parts_and_settled_by_the_last(shop: Database) -> None:
    order = await the_order(shop, "H207003")
    opened = await open_and_inspect(shop, order)
    settling = await settle(shop, opened)
    assert settling.settlement == "open"
    parts = {one.payment_method_id: (one.amount, one.state) for one in await of_return(shop, opened)}
    assert parts == {
        "card_theo": (Decimal("80.00"), "requested"),
        "gift_card_theo": (Decimal("40.00"), "succeeded"),
    }
    assert await balance(shop, "gift_card_theo") == Decimal("100.00")
    assert await events_of(shop, order, "return") == ["opened", "approved", "received", "inspected", "settling"]
    async with shop.transaction() as session:
        (promise,) = await records.promises_of_return(session, opened.id)
        assert promise.id in await ledger.late_promises(session, made.NOW + timedelta(days=30))
    await made.pay(shop, order.id)
    async with shop.transaction() as session:
        settled = await repository.find_return(session, opened.rma)
        assert promise.id not in await ledger.late_promises(session, made.NOW + timedelta(days=30))
    assert settled is not None
    assert (settled.settlement, settled.settled_at) == ("refunded", made.NOW)
    assert (await the_order(shop, "H207003")).refunded == Decimal("120.00")


async def test_a_part_that_was_called_off_does_not_keep_the_return_open(shop: Database) -> None:
    order = await the_order(shop, "H207003")
    opened = await open_and_inspect(shop, order)
    await settle(shop, opened)
    (card,) = [one for one in await of_return(shop, opened) if one.state == "requested"]
    async with shop.transaction() as session:
        await transfers.call_off(session, card.id, replace(ANA, detail={"why": "paid in the store"}))
        settled = await repository.find_return(session, opened.rma)
    assert settled is not None
    assert settled.settlement == "refunded"
    assert (await the_order(shop, "H207003")).refunded == Decimal("40.00")


async def test_a_refund_of_which_all_was_called_off_is_closed_and_its_promise_forgotten(shop: Database) -> None:
    order = await the_order(shop)
    opened = await open_and_inspect(shop, order)
    await settle(shop, opened)
    (asked,) = await of_return(shop, opened)
    async with shop.transaction() as session:
        await transfers.call_off(session, asked.id, ANA)
        closed = await repository.find_return(session, opened.rma)
        promise = await session.scalar(select(tables.PromiseRow).where(tables.PromiseRow.return_id == opened.id))
    assert closed is not None
    assert (closed.settlement, promise) == ("closed", None)


async def test_a_return_is_settled_once_however_many_ask(shop: Database) -> None:
    opened = await open_and_inspect(shop, await the_order(shop))
    results = await asyncio.gather(*(settle(shop, opened) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(one, Return) for one in results) == 1
    assert sum(isinstance(one, errors.Conflict) for one in results) == 3
    assert len(await of_return(shop, opened)) == 1


async def test_while_a_refund_is_under_way_its_return_is_neither_cancelled_nor_settled_again(shop: Database) -> None:
    opened = await open_and_inspect(shop, await the_order(shop))
    await settle(shop, opened)
    with pytest.raises(errors.Conflict, match="being settled already"):
        await settle(shop, opened)
    with pytest.raises(errors.Conflict):
        async with shop.transaction() as session:
            await service.cancel_return(session, opened.rma, ANA)


async def test_two_returns_of_an_order_never_give_a_card_more_than_it_paid(shop: Database) -> None:
    order = await the_order(shop, "H207003")
    backpack, bottle = order.items
    for item in (backpack, bottle):
        opened = await open_and_inspect(shop, order, lines=[RequestLine(item.id, 1, "other")])
        await settle(shop, opened)
    await made.pay(shop, order.id)
    after = await the_order(shop, "H207003")
    assert (after.paid_with("card_theo"), after.paid_with("gift_card_theo")) == (Decimal("0.00"), Decimal("0.00"))
