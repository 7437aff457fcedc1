"""Orders as our import format writes them, as JSON and as CSV, for tests."""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.clock import FixedClock
from kit.db import Database
from store import importing, importing_csv, tables
from tests.store import made

Order = dict[str, Any]
CLOCK = FixedClock(made.NOW)
TABLES = (
    tables.CustomerRow,
    tables.ProductRow,
    tables.VariantRow,
    tables.PaymentMethodRow,
    tables.OrderRow,
    tables.OrderItemRow,
    tables.PaymentRow,
    tables.FulfilmentRow,
)


def order(number: int = 1, **changes: Any) -> Order:
    """An order with two lines, two payments and a parcel, each with values of its own."""
    person = number % 7
    customer = {
        "id": f"C-{person}",
        "first_name": "Ada",
        "last_name": f"Number {person}",
        "email": f"ada{person}@example.com",
        "phone": "+15035550142",
        "address": {"street": f"{person} Main Street", "city": "Portland", "region": "OR", "zip": "97205"},
    }
    first = {
        "product_id": "runner", "variant_id": "runner-9", "name": "Trail Runner", "category": "shoes",
        "tags": ["running", "trail"], "options": {"size": "9", "color": "blue"}, "unit_price": "100.00", "quantity": 1,
        "discount": "10.00", "tax": "9.00",
    }  # fmt: skip
    second = {"product_id": "socks", "variant_id": "socks", "name": "Socks", "unit_price": "12.50", "quantity": 2}
    card = {"id": f"pm-{person}", "kind": "card", "label": "Visa ending 4417", "reference": "pm_1"}
    gift = {"kind": "gift_card", "label": "Gift card ending 7310", "balance": "25.00"}
    return {
        "number": f"#H{700000 + number}",
        "customer": customer,
        "state": "delivered",
        "placed_at": "2026-02-01T10:00:00Z",
        "shipped_at": "2026-02-02T10:00:00Z",
        "delivered_at": "2026-02-05T10:00:00Z",
        "shipping": "5.95",
        "items": [first, second],
        "payments": [
            {"method": card, "amount": "99.95", "at": "2026-02-01T10:00:00Z", "reference": f"pi_{number}"},
            {"method": gift, "amount": "30.00"},
        ],
        "parcels": [{"tracking_number": f"HPO{number}", "carrier": "Harbour Post"}],
        **changes,
    }


def in_json(orders: Iterable[Order], **rest: Any) -> str:
    """Write one JSON object over many lines, so that each field has a line of its own."""
    return json.dumps({**rest, "orders": list(orders)}, indent=1)


def in_lines(orders: Iterable[Order]) -> str:
    """Write one order a line."""
    return "".join(json.dumps({"order": one}) + "\n" for one in orders)


def csv_rows(one: Order) -> list[dict[str, str]]:
    """Write an order as rows of our CSV; what belongs to the whole order stands in the first."""
    count = max(len(one["items"]), len(one.get("payments", ())), 1)
    rows: list[dict[str, str]] = [{"order_number": one["number"]} for _ in range(count)]
    rows[0] |= _cells(one, importing_csv.OF_THE_ORDER)
    for place, item in enumerate(one["items"]):
        rows[place] |= _cells(item, importing_csv.OF_THE_ITEM)
    for place, payment in enumerate(one.get("payments", ())):
        rows[place] |= _cells(payment, importing_csv.OF_THE_PAYMENT)
    for parcel in one.get("parcels", ()):
        rows[0] |= _cells(parcel, importing_csv.OF_THE_PARCEL)
    return rows


def in_csv(rows: Iterable[dict[str, str]]) -> str:
    """Write rows under the names of all columns."""
    text = io.StringIO()
    table = csv.DictWriter(text, importing_csv.COLUMNS)
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


def _cells(values: Any, columns: dict[str, Any]) -> dict[str, str]:
    cells = {}
    for column, location in columns.items():
        found = values
        for part in location:
            found = found.get(part) if isinstance(found, dict) else None
        if isinstance(found, list):
            found = "; ".join(found)
        if isinstance(found, dict):
            found = "; ".join(f"{name}={value}" for name, value in found.items())
        if found is not None:
            cells[column] = str(found)
    return cells


def written(folder: Path, name: str, text: str) -> Path:
    """Put a text into a file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


async def run(
    database: Database, path: Path, on_error: importing.OnError = "stop", progress: importing.Progress | None = None
) -> importing.Report:
    """Import a file as the command does."""
    chosen: importing.Format = "csv" if path.suffix == ".csv" else "json"
    return await importing.run(database, CLOCK, importing.Job(path, chosen, on_error, "USD"), progress)


async def contents(session: AsyncSession) -> dict[str, list[str]]:
    """All rows that an import writes, but for ids that are made at random."""
    found: dict[str, list[str]] = {}
    for table in TABLES:
        columns = [column for column in table.__table__.columns if (table.__tablename__, column.name) != RANDOM]
        found[table.__tablename__] = sorted(str(tuple(row)) for row in await session.execute(select(*columns)))
    return found


RANDOM = ("fulfilments", "id")
