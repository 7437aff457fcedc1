"""The retail importer and the values of the books that the data set does not name."""

import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from kit.db import Database
from store import repository, retail, tables

pytestmark = pytest.mark.database
SMALL = Path(__file__).parent / "retail_small.json"


def changed(folder: Path, status: str) -> retail.RetailData:
    """The small data set with another status of its first order."""
    data: dict[str, Any] = json.loads(SMALL.read_text(encoding="utf-8"))
    data["orders"]["#W9000001"]["status"] = status
    path = folder / "changed.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return retail.read(path)


async def test_an_order_whose_items_were_changed_cannot_be_changed_a_second_time(
    database: Database, tmp_path: Path
) -> None:
    async with database.transaction() as session:
        await retail.load(session, changed(tmp_path, "pending (item modified)"))
        order = await repository.find_order(session, "W9000001")
        others = await session.scalar(
            select(func.count()).select_from(tables.OrderRow).where(tables.OrderRow.items_changed_at.is_not(None))
        )
    assert order is not None
    assert (order.state, order.items_changed_at is not None) == ("pending", True)
    assert others == 1


async def test_retail_prices_hold_shipping_and_tax(database: Database, tmp_path: Path) -> None:
    async with database.transaction() as session:
        await retail.load(session, changed(tmp_path, "pending"))
        order = await repository.find_order(session, "W9000001")
    assert order is not None
    assert order.items_changed_at is None
    assert order.shipping == Decimal("0.00")
    assert order.total == sum(item.unit_price for item in order.items)


def many(folder: Path, count: int) -> Path:
    """The small data set with one of its orders so many times."""
    data: dict[str, Any] = json.loads(SMALL.read_text(encoding="utf-8"))
    one = data["orders"]["#W9000001"]
    data["orders"] = {f"#W{number}": {**one, "order_id": f"#W{number}"} for number in range(9100000, 9100000 + count)}
    path = folder / "many.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


async def test_a_thousand_orders_are_imported_in_less_than_five_seconds(database: Database, tmp_path: Path) -> None:
    path = many(tmp_path, 1000)
    begun = time.perf_counter()
    async with database.transaction() as session:
        counts = await retail.load(session, retail.read(path))
    assert counts["orders"] == 1000
    assert time.perf_counter() - begun < 5
