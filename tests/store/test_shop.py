"""The demo shop, the retail shop, and finding things in them."""

import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from kit.db import Database
from store import policy, repository, retail, seed, showcase, tables
from store.decision import Past
from store.returns import may_cancel
from tests.store import made

pytestmark = pytest.mark.database
SMALL = Path(__file__).parent / "retail_small.json"


async def count(session: AsyncSession, table: type[Any]) -> int:
    return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def test_the_demo_shop_is_made_quickly_and_once(database: Database) -> None:
    heard: list[str] = []
    started = time.perf_counter()
    async with database.transaction() as session:
        made_now = await seed.demo_shop(session, made.book(), made.NOW, lambda what, _done, _total: heard.append(what))
    assert time.perf_counter() - started < 20
    assert made_now["products"] >= 40
    assert (made_now["customers"], made_now["orders"]) == (197 + len(showcase.PEOPLE), 589 + len(showcase.SHOWCASE))
    assert made_now["returns"] > 50
    assert {"products", "orders", "returns"} <= set(heard)
    async with database.transaction() as session:
        assert await seed.demo_shop(session, made.book(), made.NOW + timedelta(days=1)) == {}
        assert await count(session, tables.OrderRow) == made_now["orders"]


def test_the_demo_shop_is_the_same_each_time() -> None:
    first, second = (seed.make(made.book(), made.NOW).made for _ in range(2))
    assert first == second


@pytest.mark.parametrize("month", range(1, 13))
def test_the_showcase_keeps_its_meaning_at_every_time_of_the_year(month: int) -> None:
    now = datetime(2026, month, 5, 3, 30, tzinfo=UTC)
    shop = seed.make(made.book(), now)
    found = {row["number"]: row for row in shop.made["orders"]}
    rules = made.rules()
    for number, eligible in (("H204518", True), ("H204777", False), ("H206001", True), ("H206005", True)):
        order_id = found[number]["id"]
        items = tuple(
            made.item(row["name"], str(row["unit_price"]), row["quantity"], category_of(row["product_id"]))
            for row in shop.made["order_items"]
            if row["order_id"] == order_id
        )
        order = made.replace(made.order(*items), delivered_at=found[number]["delivered_at"])
        decision = policy.decide(order, [made.wanted(items[0])], rules, now, Past(), [])
        assert decision.eligible is eligible, number


def category_of(product_id: str) -> str:
    return seed.catalogue.product(product_id).category


def test_the_demo_shop_has_orders_and_returns_in_every_state() -> None:
    rows = seed.make(made.book(), made.NOW).made
    assert {row["state"] for row in rows["orders"]} == {"pending", "processed", "shipped", "delivered", "cancelled"}
    assert {row["approval"] for row in rows["returns"]} == {"requested", "approved", "rejected", "cancelled"}
    assert {row["parcel"] for row in rows["returns"]} == {
        "none", "label_issued", "in_transit", "received", "inspected", "lost", "expired",
    }  # fmt: skip
    assert {row["settlement"] for row in rows["returns"]} == {"open", "refunded", "exchanged", "credited", "closed"}
    assert {row["category"] for row in rows["products"]} >= {
        "shoes", "clothing", "electronics", "kitchen", "home", "outdoor", "beauty", "gift_cards",
    }  # fmt: skip
    assert any(row["final_sale"] for row in rows["order_items"])
    assert any(row["quantity"] > 1 for row in rows["order_items"])
    kinds = {row["id"]: row["kind"] for row in rows["payment_methods"]}
    assert {kinds[row["payment_method_id"]] for row in rows["payments"]} >= {"card", "paypal", "gift_card"}


def test_what_happened_in_the_demo_shop_happened_before_now() -> None:
    rows = seed.make(made.book(), made.NOW).made
    for row in rows["returns"]:
        assert row["opened_at"] < made.NOW
        assert row["settled_at"] is None or row["opened_at"] < row["settled_at"] < made.NOW
        assert (row["settled_at"] is not None) is (row["settlement"] in {"refunded", "exchanged", "credited"})
        if row["settlement"] == "open" and row["refund_due_on"]:
            assert row["refund_due_on"] >= made.NOW.date(), row["rma"]
    assert all(row["at"] < made.NOW for row in rows["events"])


def test_every_return_number_of_the_demo_shop_can_be_read_out() -> None:
    for row in seed.make(made.book(), made.NOW).made["returns"]:
        assert repository.normalise_rma(row["rma"]) == row["rma"]


async def test_the_order_that_the_documentation_shows(shop: Database) -> None:
    async with shop.transaction() as session:
        order = await repository.find_order(session, "# h 204518")
        assert order is not None
        assert await repository.order_by_id(session, order.id) == order
        assert await repository.find_order(session, "order 204518") == order
        methods = await repository.payment_methods_of(session, order.customer.id)
    assert order.display_number == "#H204518"
    assert (order.customer.name, order.customer.email, order.customer.zip, order.customer.phone) == (
        "Maya Torres", "maya.torres@example.com", "97214", "+15035550142",
    )  # fmt: skip
    assert [(item.name, item.quantity, item.unit_price, item.picture, item.category) for item in order.items] == [
        ("Trail Runner", 1, Decimal("89.00"), "sneaker", "shoes"),
        ("Camp Mug", 2, Decimal("14.00"), "mug", "kitchen"),
        ("Wool Sweater", 1, Decimal("64.00"), "sweater", "clothing"),
    ]
    assert order.items[0].options_text == "size 9, blue"
    assert order.total == Decimal("181.00") == order.paid_with("card_maya")
    assert "Visa ending 4242" in {method.label for method in methods}


async def test_returns_are_found_by_number_order_and_customer(shop: Database) -> None:
    async with shop.transaction() as session:
        found = await repository.find_return(session, "rma 10000016")
        assert found is not None
        order = await repository.order_by_id(session, found.order_id)
        assert order is not None
        assert order.number == "H203950"
        assert (found.parcel, found.settlement, found.amount) == ("received", "open", Decimal("128.00"))
        assert found.refund_due_on is not None
        assert await repository.return_by_id(session, found.id) == found
        assert await repository.returns_of_order(session, order.id) == [found]
        assert await repository.returned_quantities(session, order.id) == {order.items[0].id: 1}
        events = [event.kind for event in await repository.events_of(session, found.id)]
        assert events == ["opened", "approved", "label_issued", "in_transit", "received"]
        assert not may_cancel(found)
        for wrong in ("RMA-1000-0017", "RMA-9999-9993", "nothing"):
            assert await repository.find_return(session, wrong) is None


async def test_orders_of_a_customer_come_newest_first(shop: Database) -> None:
    async with shop.transaction() as session:
        (maya,) = await repository.find_customers(session, email="MAYA.torres@example.com")
        orders = await repository.orders_of_customer(session, maya.id)
        assert [order.number for order in orders] == ["H205120", "H204518", "H203950", "H204777"]
        assert await repository.orders_of_customer(session, maya.id, limit=1) == orders[:1]
        assert await repository.orders_by_ids(session, [order.id for order in reversed(orders)]) == orders
        assert await repository.customer_by_id(session, maya.id) == maya
        assert await repository.customer_by_id(session, uuid.uuid4()) is None


@pytest.mark.parametrize(
    "given",
    [
        {"email": "Maya.Torres@example.com"},
        {"phone": "(503) 555-0142"},
        {"name": "maya  torres", "zip": "97 214"},
        {"email": "maya.torres@example.com", "zip": "97214-1034"},
    ],
)
async def test_a_customer_is_found_by_all_that_is_given(shop: Database, given: dict[str, str]) -> None:
    async with shop.transaction() as session:
        assert [person.name for person in await repository.find_customers(session, **given)] == ["Maya Torres"]


async def test_nothing_given_or_something_wrong_finds_nobody(shop: Database) -> None:
    async with shop.transaction() as session:
        assert await repository.find_customers(session) == []
        assert await repository.find_customers(session, phone="no phone") == []
        assert await repository.find_customers(session, email="maya.torres@example.com", zip="10001") == []
        assert await repository.find_order(session, "H999999") is None
        assert await repository.find_order(session, "hello") is None
        with pytest.raises(errors.NotFound):
            await repository.lock_order(session, uuid.uuid4())


async def test_variants_of_a_product_carry_price_and_stock(shop: Database) -> None:
    async with shop.transaction() as session:
        variants = await repository.variants_of_product(session, "trail-runner")
    assert len(variants) == 15
    assert all(variant.stock > 0 and variant.product_name == "Trail Runner" for variant in variants)


def test_every_showcase_order_is_of_somebody_we_know() -> None:
    assert {show.person for show in showcase.SHOWCASE} == set(showcase.PEOPLE)
    numbers = [show.number for show in showcase.SHOWCASE]
    assert len(set(numbers)) == len(numbers)


# --- the retail shape


async def test_a_retail_file_is_taken_whole(database: Database) -> None:
    async with database.transaction() as session:
        counts = await retail.load(session, retail.read(SMALL))
        assert counts == {"products": 3, "variants": 6, "customers": 4, "orders": 8}
        order = await repository.find_order(session, "#W9000001")
        assert order is not None
        assert (order.state, order.placed_at, order.delivered_at) == ("delivered", None, None)
        assert order.tracking_numbers == ("700000000001",)
        (tilda,) = await repository.find_customers(session, name="Tilda Marsh", zip="02110")
        assert (tilda.id, tilda.email) == (order.customer.id, "tilda.marsh1001@example.com")
        methods = await repository.payment_methods_of(session, tilda.id)
        assert [(method.kind, method.label, method.balance) for method in methods] == [
            ("card", "Visa ending 4417", None),
            ("gift_card", "Gift card ending 1002", Decimal("40.50")),
        ]
        shirts = await repository.variants_of_product(session, "1000000001")
        assert [variant.stock for variant in shirts] == [25, 25, 0]


async def test_the_same_item_twice_stays_two_lines_with_their_own_prices(database: Database) -> None:
    async with database.transaction() as session:
        await retail.load(session, retail.read(SMALL))
        order = await repository.find_order(session, "W9000001")
    assert order is not None
    assert [(item.name, item.unit_price, item.quantity) for item in order.items] == [
        ("T-Shirt", Decimal("21.50"), 1),
        ("T-Shirt", Decimal("19.35"), 1),
        ("Desk Lamp", Decimal("149.99"), 1),
    ]
    assert len({item.id for item in order.items}) == 3


async def test_a_second_import_of_the_same_file_changes_nothing(database: Database) -> None:
    data = retail.read(SMALL)
    async with database.transaction() as session:
        await retail.load(session, data)
    async with database.transaction() as session:
        assert await retail.load(session, data) == {}
        assert await count(session, tables.OrderRow) == 8


async def test_a_file_of_which_a_part_is_there_is_refused(database: Database) -> None:
    data = retail.read(SMALL)
    part = data.model_copy(update={"orders": dict(list(data.orders.items())[:3])})
    async with database.transaction() as session:
        await retail.load(session, part)
    with pytest.raises(errors.Conflict):
        async with database.transaction() as session:
            await retail.load(session, data)


async def test_a_retail_order_without_dates_can_be_returned_at_any_time(database: Database) -> None:
    async with database.transaction() as session:
        await retail.load(session, retail.read(SMALL))
        order = await repository.find_order(session, "W9000001")
        assert order is not None
        methods = await repository.payment_methods_of(session, order.customer.id)
    lines = [made.wanted(item) for item in order.items]
    decision = policy.decide(order, lines, made.retail_rules(), made.NOW, Past(), methods)
    assert decision.eligible
    refunds = [(offer.destination, offer.amount) for offer in decision.offers if offer.resolution == "refund"]
    assert refunds == [("Visa ending 4417", Decimal("190.84")), ("Gift card ending 1002", Decimal("190.84"))]


Break = Callable[[dict[str, Any]], object]
ORDER = "#W9000001"


@pytest.mark.parametrize(
    ("break_it", "place"),
    [
        (lambda d: d["orders"][ORDER]["items"][2].update(price="cheap"), "orders.#W9000001.items[2].price"),
        (lambda d: d["orders"][ORDER]["items"][0].update(price=-1), "orders.#W9000001.items[0].price"),
        (lambda d: d["orders"][ORDER]["items"][0].pop("name"), "orders.#W9000001.items[0].name"),
        (lambda d: d["orders"][ORDER].update(items=[]), "orders.#W9000001.items"),
        (lambda d: d["orders"][ORDER].update(user_id="nobody"), "orders.#W9000001.user_id"),
        (lambda d: d["orders"][ORDER].update(status="eaten"), "orders.#W9000001.status"),
        (lambda d: d["orders"][ORDER].update(order_id="??"), "orders.#W9000001.order_id"),
        (lambda d: d["orders"][ORDER].update(order_id="#W9000002"), "orders.#W9000002.order_id"),
        (lambda d: d["orders"][ORDER]["items"][1].update(item_id="2000000004"), "orders.#W9000001.items[1].item_id"),
        (
            lambda d: d["orders"][ORDER]["payment_history"][0].update(payment_method_id="paypal_5002001"),
            "orders.#W9000001.payment_history[0].payment_method_id",
        ),
        (
            lambda d: d["users"]["tilda_marsh_1001"]["payment_methods"]["gift_card_5001002"].pop("balance"),
            "users.tilda_marsh_1001.payment_methods.gift_card_5001002",
        ),
        (lambda d: d["users"]["omar_field_1002"].update(email="nowhere"), "users.omar_field_1002.email"),
        (lambda d: d["products"]["1000000003"].update(product_id="7"), "products.1000000003.product_id"),
        (lambda d: d.pop("users"), "users"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(tmp_path: Path, break_it: Break, place: str) -> None:
    data = json.loads(SMALL.read_text(encoding="utf-8"))
    break_it(data)
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(errors.BadInput) as caught:
        retail.read(broken)
    assert str(caught.value).startswith("broken.json: ")
    assert f"{place}:" in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"products": {}'])
def test_what_is_no_retail_file_is_refused(tmp_path: Path, text: str) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(text, encoding="utf-8")
    with pytest.raises(errors.BadInput):
        retail.read(broken)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(errors.BadInput, match=r"gone\.json"):
        retail.read(tmp_path / "gone.json")
