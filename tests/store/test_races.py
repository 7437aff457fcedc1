"""Two who change the books at the same moment: one waits for the other, and nobody for each other in a circle."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import Database
from store import exchange, happenings, held, order_changes, repository, service, transfers
from store.happenings import Act
from store.order import Address
from store.returns import Return
from tests.store import acting, made

pytestmark = pytest.mark.database
HOME = Address("1 New Street", "", "Portland", "OR", "97214", "US")


async def test_labels_expire_while_somebody_holds_the_order(shop: Database) -> None:
    opened = await acting.open_return(shop, await acting.the_order(shop, "H204518"), "Trail Runner")
    later = made.NOW + timedelta(days=90)
    async with shop.transaction() as session:
        await repository.lock_order(session, opened.order_id)
        expired = await asyncio.wait_for(acting.do(shop, lambda other: service.expire_labels(other, later)), 5)
        await held.return_(session, opened.rma)
    assert opened.rma in expired


async def test_two_orders_of_one_customer_go_to_a_new_address_at_the_same_moment(shop: Database) -> None:
    """Each writes an event of the customer first, and then the address on file."""
    first, second = [await acting.the_order(shop, number) for number in ("H204518", "H205120")]
    both_have_noted = asyncio.Barrier(2)

    async def move(order_id: UUID) -> None:
        async with shop.transaction() as session:
            order = await held.order(session, order_id)
            happenings.note(session, happenings.of_order(order), "address_changed", acting.CUSTOMER)
            await session.flush()
            await both_have_noted.wait()
            await order_changes.change_customer_address(session, order.customer.id, HOME, acting.CUSTOMER)

    await asyncio.wait_for(asyncio.gather(move(first.id), move(second.id)), 10)
    assert (await acting.the_order(shop, "H204518")).customer.address == HOME


async def test_two_orders_paid_with_one_card_are_paid_back_at_the_same_moment(shop: Database) -> None:
    """A return refers to where it is refunded to, before its transfer holds that."""
    both_refer_to_it = asyncio.Barrier(2)

    async def settle(number: str) -> None:
        order = await acting.the_order(shop, number)
        async with shop.transaction() as session:
            await repository.lock_order(session, order.id)
            await session.execute(text("SELECT 1 FROM payment_methods WHERE id = 'card_maya' FOR KEY SHARE"))
            await both_refer_to_it.wait()
            await transfers.hold_methods(session, ["card_maya"])
            await transfers.request(
                session, key=f"test:{number}", kind="refund", order_id=order.id, return_id=None,
                payment_method_id="card_maya", amount=Decimal("1.00"), currency="USD", act=acting.POLICY,
            )  # fmt: skip

    await asyncio.wait_for(asyncio.gather(settle("H204518"), settle("H205120")), 10)


async def test_the_first_store_credit_of_a_customer_comes_from_two_orders_at_the_same_moment(shop: Database) -> None:
    parts = (("H204518", "Trail Runner"), ("H203950", "Pine Candle"))
    rmas = []
    for number, item in parts:
        order = await acting.the_order(shop, number)
        opened = await acting.open_return(shop, order, item, resolution="store_credit")
        await acting.do(shop, _arrived(opened.rma))
        rmas.append(opened.rma)
    await _at_once(shop, *(_settled(rma) for rma in rmas))
    async with shop.transaction() as session:
        stored = [await repository.find_return(session, rma) for rma in rmas]
        query = "SELECT balance FROM payment_methods WHERE kind = 'store_credit' AND customer_id = :id"
        balances = list(await session.scalars(text(query), {"id": order.customer.id}))
    assert [one.settlement for one in stored if one] == ["credited", "credited"]
    assert balances == [sum(one.amount for one in stored if one)]


async def test_two_customers_swap_what_they_exchange_for_at_the_same_moment(shop: Database) -> None:
    """What one gives back the other takes, and the other way round: both hold the pieces in the same sequence."""
    order = await acting.the_order(shop, "H207005")
    (hoodie,) = order.items
    first, second = "harbour-hoodie-l-grey", "harbour-hoodie-m-grey"
    opened = await acting.open_return(shop, order, hoodie.name, resolution="exchange", variants=(second,))
    async with shop.transaction() as other:
        await exchange.lock(other, {first})
        changing = asyncio.create_task(acting.do(shop, _exchanged_for(opened.rma, hoodie.id, first)))
        await _somebody_waits(shop)
        await asyncio.wait_for(exchange.lock(other, {second}), 5)
    changed = await changing
    assert [line.exchange_variant_id for line in changed.lines] == [first]


async def _at_once(shop: Database, *deeds: Callable[[AsyncSession], Awaitable[object]]) -> None:
    await asyncio.wait_for(asyncio.gather(*(acting.do(shop, deed) for deed in deeds)), 20)


def _arrived(rma: str) -> Callable[[AsyncSession], Awaitable[object]]:
    async def arrive(session: AsyncSession) -> None:
        await service.record_parcel(session, rma, "received", acting.WAREHOUSE, acting.BOOK)
        await service.record_parcel(session, rma, "inspected", acting.WAREHOUSE, acting.BOOK)

    return arrive


def _settled(rma: str) -> Callable[[AsyncSession], Awaitable[object]]:
    return lambda session: service.settle(session, rma, Act("policy", made.NOW), acting.BOOK)


def _exchanged_for(rma: str, item: UUID, variant: str) -> Callable[[AsyncSession], Awaitable[Return]]:
    async def change(session: AsyncSession) -> Return:
        return await service.change_return(
            session, rma, acting.CUSTOMER, acting.BOOK, resolution="exchange", method="drop_off_qr", refund_to=None,
            exchange_variants={item: (variant,)},
        )  # fmt: skip

    return change


async def _somebody_waits(shop: Database) -> None:
    """Return once a transaction of this database waits for a row."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(10):
        while True:
            async with shop.transaction() as session:
                if await session.scalar(query):
                    return
            await asyncio.sleep(0.02)
