"""What an import may change of what is in the books, and what it may not."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from kit.db import Database
from store import happenings, importing, importing_lists, importing_schema, repository, tables
from store.happenings import Act
from store.order import Order
from tests.store import importing_files as files
from tests.store import made

pytestmark = pytest.mark.database


async def put(database: Database, **changes: Any) -> str:
    """Put order 1 with some changes through `put_order`."""
    order = importing.OrderIn.model_validate(files.order(1, **changes))
    async with database.transaction() as session:
        return await importing.put_order(session, order)


async def found(database: Database) -> Order:
    async with database.transaction() as session:
        order = await repository.find_order(session, "H700001")
    assert order is not None
    return order


async def desk_touches(database: Database, actor: str = "customer", kind: str = "order.address_changed") -> None:
    order = await found(database)
    async with database.transaction() as session:
        happenings.note(session, happenings.of_order(order), kind, Act(actor, made.NOW))


async def count(session: AsyncSession, table: type[Any]) -> int:
    return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def test_an_order_is_created_once_and_then_unchanged(database: Database) -> None:
    assert await put(database) == "created"
    assert await put(database) == "unchanged"


async def test_half_a_yen_is_refused(database: Database) -> None:
    with pytest.raises(errors.Conflict, match=r"shipping: 4\.50 has more than the 0 decimal places of JPY"):
        await put(database, currency="JPY", shipping="4.50")


async def test_nobody_is_told_of_an_import(database: Database) -> None:
    await put(database)
    await put(database, shipping="7.00")
    async with database.transaction() as session:
        assert await count(session, tables.EventRow) == 0


async def test_an_order_goes_on_and_never_back(database: Database) -> None:
    await put(database, state="pending", shipped_at=None, delivered_at=None)
    assert await put(database, state="shipped", delivered_at=None) == "updated"
    assert await put(database, state="delivered") == "updated"
    assert await put(database, state="pending") == "unchanged"
    order = await found(database)
    assert (order.state, order.delivered_at) == ("delivered", datetime(2026, 2, 5, 10, tzinfo=UTC))


async def test_a_cancelled_order_stays_cancelled(database: Database) -> None:
    await put(database, state="cancelled")
    assert await put(database, state="shipped") == "unchanged"
    assert (await found(database)).state == "cancelled"


async def test_what_a_file_leaves_out_stays(database: Database) -> None:
    await put(database, gift_code="PINE-1")
    assert await put(database, delivered_at=None, payments=[], parcels=[]) == "unchanged"
    order = await found(database)
    assert order.delivered_at is not None
    assert (order.gift_code, len(order.payments), order.tracking_numbers) == ("PINE-1", 2, ("HPO1",))


async def test_while_only_the_shop_has_touched_an_order_the_file_is_right(database: Database) -> None:
    await put(database)
    lamp = {"product_id": "lamp", "name": "Desk Lamp", "unit_price": "59.00"}
    card = {"id": "pm-1", "kind": "card", "label": "Visa ending 4417"}
    answer = await put(
        database,
        items=[lamp],
        payments=[{"method": card, "amount": "64.95"}],
        parcels=[{"tracking_number": "HPO9", "items": [1]}],
        address={"street": "9 Pier Road", "zip": "98101"},
    )
    assert answer == "updated"
    order = await found(database)
    assert [(item.name, item.variant_id, item.unit_price) for item in order.items] == [
        ("Desk Lamp", "lamp", Decimal("59.00"))
    ]
    assert (order.paid, order.tracking_numbers, order.address.zip) == (Decimal("64.95"), ("HPO9",), "98101")


@pytest.mark.parametrize("actor", ["shop", "warehouse"])
async def test_what_the_shop_itself_reported_leaves_an_order_the_shops(database: Database, actor: str) -> None:
    await put(database, state="pending")
    await desk_touches(database, actor, "order.shipped")
    assert await put(database, shipping="7.00") == "updated"
    assert (await found(database)).shipping == Decimal("7.00")


async def test_of_an_order_that_the_desk_has_touched_a_file_only_adds_what_it_lacks(database: Database) -> None:
    await put(database, state="shipped", delivered_at=None)
    before = await found(database)
    await desk_touches(database)
    answer = await put(
        database,
        shipping="0.00",
        placed_at="2026-01-01T10:00:00Z",
        items=[{"product_id": "lamp", "name": "Desk Lamp", "unit_price": "1.00"}],
        payments=[{"method": {"id": "pm-1", "kind": "card"}, "amount": "1.00"}],
        parcels=[{"tracking_number": "HPO2"}],
        address={"street": "9 Pier Road", "zip": "98101"},
    )
    assert answer == "updated"
    after = await found(database)
    assert (after.state, after.delivered_at) == ("delivered", datetime(2026, 2, 5, 10, tzinfo=UTC))
    assert after.tracking_numbers == ("HPO1", "HPO2")
    assert (after.items, after.payments, after.address) == (before.items, before.payments, before.address)
    assert (after.shipping, after.placed_at) == (before.shipping, before.placed_at)
    assert await put(database, parcels=[{"tracking_number": "HPO2"}]) == "unchanged"


async def test_a_refund_that_the_desk_paid_is_not_doubled_by_the_shops_export(database: Database) -> None:
    await put(database)
    await desk_touches(database, "payments", "refunded")
    order = await found(database)
    async with database.transaction() as session:
        row = {"order_id": order.id, "payment_method_id": "pm-1", "kind": "refund", "amount": Decimal("99.00")}
        session.add(tables.PaymentRow(**row, at=made.NOW))
    exported = files.order(1)["payments"]
    exported.append({"kind": "refund", "method": exported[0]["method"], "amount": "99.00"})
    assert await put(database, payments=exported) == "unchanged"
    assert (await found(database)).refunded == Decimal("99.00")


async def test_an_order_is_not_given_to_another_customer(database: Database) -> None:
    await put(database)
    other = {"id": "C-99", "first_name": "Eve", "last_name": "Smith", "email": "eve@example.com"}
    with pytest.raises(errors.Conflict, match="customer_id: the order belongs to another customer here"):
        await put(database, customer=other)


async def test_a_customer_without_an_id_is_known_by_their_address(database: Database) -> None:
    await put(database)
    nameless = {"first_name": "A.", "last_name": "Number", "email": " ADA1@Example.com"}
    order = importing.OrderIn.model_validate(files.order(8, customer=nameless, payments=[]))
    async with database.transaction() as session:
        assert await importing.put_order(session, order) == "created"
        assert await count(session, tables.CustomerRow) == 1
        customer = (await session.scalars(select(tables.CustomerRow))).one()
    assert customer.name_last == "Number 1"  # an order brings nobody's data up to date


async def test_two_customers_of_the_shops_with_one_address_stay_two(database: Database) -> None:
    await put(database)
    other = {"id": "C-99", "first_name": "Bo", "last_name": "King", "email": "ada1@example.com"}
    order = importing.OrderIn.model_validate(files.order(8, customer=other, payments=[]))
    async with database.transaction() as session:
        await importing.put_order(session, order)
        assert await count(session, tables.CustomerRow) == 2


async def test_an_order_may_name_a_customer_who_is_known_and_nobody_else(database: Database) -> None:
    await put(database)
    values = files.order(8, customer_id="C-1", payments=[])
    del values["customer"]
    async with database.transaction() as session:
        assert await importing.put_order(session, importing.OrderIn.model_validate(values)) == "created"
    values |= {"number": "H700009", "customer_id": "C-404"}
    with pytest.raises(errors.Conflict, match="customer_id: there is no such customer"):
        async with database.transaction() as session:
            await importing.put_order(session, importing.OrderIn.model_validate(values))


async def test_what_was_erased_does_not_come_back_with_an_old_file(database: Database) -> None:
    await put(database)
    async with database.transaction() as session:
        erased = {"email": "erased@invalid", "name_first": "", "name_last": "", "erased_at": made.NOW}
        await session.execute(update(tables.CustomerRow).values(**erased))
        await session.execute(update(tables.OrderRow).values(address={}))
    assert await put(database, shipping="7.00") == "unchanged"
    order = await found(database)
    assert (order.customer.email, order.address.street) == ("erased@invalid", "")


async def test_who_was_erased_and_orders_again_is_somebody_new(database: Database) -> None:
    await put(database)
    async with database.transaction() as session:
        erased = {"email": "erased@invalid", "reference": None, "erased_at": made.NOW}
        await session.execute(update(tables.CustomerRow).values(**erased))
    later = importing.OrderIn.model_validate(files.order(8))
    for answer in ("created", "unchanged"):
        async with database.transaction() as session:
            assert await importing.put_order(session, later) == answer
            assert await count(session, tables.CustomerRow) == 2
    async with database.transaction() as session:
        order = await repository.find_order(session, "H700008")
        assert order is not None
        methods = await repository.payment_methods_of(session, order.customer.id)
    assert order.customer.email == "ada1@example.com"
    assert {entry.payment_method_id for entry in order.payments} == {method.id for method in methods}


async def test_a_new_product_is_made_and_a_known_one_is_left_as_it_is(database: Database) -> None:
    await put(database)
    changed = {**files.order(8)["items"][0], "name": "Other Name", "unit_price": "11.00"}
    async with database.transaction() as session:
        await importing.put_order(
            session, importing.OrderIn.model_validate(files.order(8, items=[changed], payments=[]))
        )
        variant = (await repository.variants_by_ids(session, ["runner-9"]))["runner-9"]
    assert (variant.product_name, variant.price, variant.stock) == ("Trail Runner", Decimal("100.00"), 0)


def product(stock: int, **changes: Any) -> importing_schema.ProductIn:
    variant = {"id": "runner-9", "options": {"size": "9"}, "price": "100.00", "stock": stock}
    values = {"id": "runner", "name": "Trail Runner", "category": "shoes", "variants": [variant], **changes}
    return importing_schema.ProductIn.model_validate(values)


async def test_the_products_of_a_file_are_brought_up_to_date(database: Database) -> None:
    async with database.transaction() as session:
        assert await importing_lists.put_products(session, [product(5)]) == ["created"]
    async with database.transaction() as session:
        assert await importing_lists.put_products(session, [product(5)]) == ["unchanged"]
        assert await importing_lists.put_products(session, [product(7, name="Runner")]) == ["updated"]
        variant = (await repository.variants_by_ids(session, ["runner-9"]))["runner-9"]
    assert (variant.product_name, variant.stock) == ("Runner", 7)


async def test_pieces_reserved_for_exchanges_are_taken_off_the_counted_stock(database: Database) -> None:
    await put(database)
    order = await found(database)
    async with database.transaction() as session:
        values = {"resolution": "exchange", "method": "drop_off", "currency": "USD", "opened_at": made.NOW}
        states = {"approval": "approved", "parcel": "label_issued", "settlement": "open"}
        opened = tables.ReturnRow(
            rma="RMA-4829-1563", order_id=order.id, customer_id=order.customer.id, amount=0, fee=0, **values, **states
        )
        session.add(opened)
        await session.flush()
        for state in ("reserved", "ready", "sent", "released"):
            row = {"return_id": opened.id, "order_item_id": order.items[0].id, "variant_id": "runner-9", "quantity": 1}
            session.add(tables.ExchangeRow(**row, state=state))
    async with database.transaction() as session:
        await importing_lists.put_products(session, [product(10)])
        assert (await repository.variants_by_ids(session, ["runner-9"]))["runner-9"].stock == 8


def customer(**changes: Any) -> importing_schema.CustomerIn:
    values = {**files.order(1)["customer"], "payment_methods": [{"id": "gc", "kind": "gift_card", "balance": 25}]}
    return importing_schema.CustomerIn.model_validate({**values, **changes})


async def put_customer(database: Database, **changes: Any) -> Any:
    async with database.transaction() as session:
        return (await importing_lists.put_customers(session, [customer(**changes)]))[0]


async def test_the_customers_of_a_file_are_brought_up_to_date_but_never_a_balance(database: Database) -> None:
    assert await put_customer(database) == "created"
    assert await put_customer(database) == "unchanged"
    changed = [{"id": "gc", "kind": "gift_card", "label": "Gift card ending 7310", "balance": 9}]
    assert await put_customer(database, email="new@example.com", payment_methods=changed) == "updated"
    async with database.transaction() as session:
        row = (await session.scalars(select(tables.CustomerRow))).one()
        method = (await session.scalars(select(tables.PaymentMethodRow))).one()
    assert (row.email, method.label, method.balance) == ("new@example.com", "Gift card ending 7310", Decimal("25.00"))


async def test_an_address_that_was_changed_here_is_not_set_back_by_a_file(database: Database) -> None:
    await put_customer(database)
    async with database.transaction() as session:
        row = (await session.scalars(select(tables.CustomerRow))).one()
        row.street = "9 Pier Road"
        about = happenings.About("customer", row.id)
        happenings.note(session, about, "customer.address_changed", Act("customer", made.NOW))
    assert await put_customer(database) == "unchanged"


async def test_the_same_customer_twice_in_a_file_is_one_whatever_the_batches(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = customer().model_dump(mode="json")
    text = files.in_json([], customers=[first, {**first, "first_name": "Augusta"}], products=[])
    for size in (1, 10):
        monkeypatch.setattr(importing, "BATCH", size)
        path = files.written(tmp_path, f"{size}.json", text + " " * size)
        await files.run(database, path)
        async with database.transaction() as session:
            assert [row.name_first for row in await session.scalars(select(tables.CustomerRow))] == ["Augusta"]
            await session.execute(tables.PaymentMethodRow.__table__.delete())
            await session.execute(tables.CustomerRow.__table__.delete())


async def test_anothers_payment_method_is_refused_and_the_books_stay_as_they_are(database: Database) -> None:
    await put(database)
    values = files.order(2)
    values["payments"][0]["method"]["id"] = "pm-1"
    with pytest.raises(errors.Conflict, match=r"payments\[0\]\.method\.id: this payment method belongs to another"):
        async with database.transaction() as session:
            await importing.put_order(session, importing.OrderIn.model_validate(values))
    async with database.transaction() as session:
        assert await count(session, tables.OrderRow) == 1
        assert await count(session, tables.CustomerRow) == 1
