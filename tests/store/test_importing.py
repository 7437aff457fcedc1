"""Importing orders from our own format: rows, resuming, and rows that are wrong."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import Database
from store import importing, importing_csv, importing_schema, repository, tables
from tests import kept
from tests.store import importing_files as files

pytestmark = pytest.mark.database
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three entries a batch, so that a short file has several."""
    monkeypatch.setattr(importing, "BATCH", 3)


def emptied(database: Database) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        kept.empty(connection)


async def all_rows(database: Database) -> dict[str, list[str]]:
    async with database.transaction() as session:
        return await files.contents(session)


async def imported(database: Database) -> tables.ImportRow:
    async with database.transaction() as session:
        return (await session.scalars(select(tables.ImportRow))).one()


async def test_an_imported_order_is_found_with_all_that_belongs_to_it(database: Database, tmp_path: Path) -> None:
    report = await files.run(database, files.written(tmp_path, "o.json", files.in_json([files.order()])))
    assert report.counts == {("order", "created"): 1}
    assert report.faults == []
    async with database.transaction() as session:
        order = await repository.find_order(session, "h700001")
    assert order is not None
    assert (order.customer.email, order.customer.phone, order.state) == (
        "ada1@example.com",
        "+15035550142",
        "delivered",
    )
    assert [(item.name, str(item.paid), item.tags) for item in order.items] == [
        ("Trail Runner", "99.00", ("running", "trail")),
        ("Socks", "25.00", ()),
    ]
    assert (str(order.total), str(order.paid)) == ("129.95", "129.95")
    assert order.tracking_numbers == ("HPO1",)
    assert order.address.zip == "97205"  # the customer's, because the order names none


async def test_csv_json_and_json_lines_give_the_same_rows(database: Database, tmp_path: Path) -> None:
    orders = [files.order(number) for number in range(1, 12)]
    rows = [row for one in orders for row in files.csv_rows(one)]
    found = []
    for name, text in (
        ("o.json", files.in_json(orders)),
        ("o.jsonl", files.in_lines(orders)),
        ("o.csv", files.in_csv(rows)),
    ):
        report = await files.run(database, files.written(tmp_path, name, text))
        assert report.counts == {("order", "created"): 11}, name
        found.append(await all_rows(database))
        emptied(database)
    assert found[0] == found[1] == found[2]
    assert len(found[0]["order_items"]) == 22


async def test_the_examples_can_be_imported_and_say_the_same(database: Database) -> None:
    first = await files.run(database, EXAMPLES / "orders.json")
    assert first.counts == {("product", "created"): 1, ("customer", "created"): 1, ("order", "created"): 2}
    second = await files.run(database, EXAMPLES / "orders.csv")
    assert second.counts == {("order", "unchanged"): 2}
    assert first.faults == second.faults == []


@pytest.mark.parametrize("separator", [";", "\t"])
async def test_a_spreadsheets_csv_is_read_whatever_its_separator(
    database: Database, tmp_path: Path, separator: str
) -> None:
    head = separator.join(["order_number", "state", "customer_email", "customer_first_name", "customer_last_name"])
    rest = separator.join(["product_id", "product_name", "unit_price"])
    row = separator.join(["H700001", "pending", "ada@example.com", "Ada", "King", "lamp", "Desk Lamp", "59.00"])
    path = tmp_path / "o.csv"
    path.write_bytes(f"\ufeff{head}{separator}{rest}\r\n{row}\r\n".encode())
    assert (await files.run(database, path)).counts == {("order", "created"): 1}


def test_the_docs_name_every_column_and_every_field() -> None:
    docs = (EXAMPLES.parent / "docs" / "importing.md").read_text(encoding="utf-8")
    models: tuple[type[BaseModel], ...] = (
        importing_schema.OrderIn,
        importing_schema.ItemIn,
        importing_schema.PaymentIn,
        importing_schema.PaymentMethodIn,
        importing_schema.ParcelIn,
        importing_schema.CustomerIn,
        importing_schema.AddressIn,
        importing_schema.ProductIn,
        importing_schema.VariantIn,
    )
    names = {*importing_csv.COLUMNS, *(name for model in models for name in model.model_fields)}
    assert {name for name in names if f"`{name}`" not in docs} == set()


async def test_the_same_file_twice_changes_nothing(database: Database, tmp_path: Path) -> None:
    path = files.written(tmp_path, "o.json", files.in_json(files.order(number) for number in range(5)))
    await files.run(database, path)
    before = await all_rows(database)
    again = await files.run(database, path)
    assert again.finished_before == files.CLOCK.now()
    assert again.counts == {}
    assert await all_rows(database) == before


async def test_a_file_with_one_more_order_leaves_the_others_unchanged(database: Database, tmp_path: Path) -> None:
    orders = [files.order(number) for number in range(5)]
    await files.run(database, files.written(tmp_path, "a.json", files.in_json(orders[:4])))
    report = await files.run(database, files.written(tmp_path, "b.json", files.in_json(orders)))
    assert report.counts == {("order", "unchanged"): 4, ("order", "created"): 1}


class Killed(Exception):
    """Stands for `kill -9`."""


class Dying(Database):
    """A database whose process dies in its n-th transaction, before or just after the commit."""

    def __init__(self, url: str, survives: int, *, after_commit: bool) -> None:
        super().__init__(url)
        self.left = survives
        self.after_commit = after_commit

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        self.left -= 1
        async with super().transaction() as session:
            yield session
            if self.left < 0 and not self.after_commit:
                raise Killed
        if self.left < 0:
            raise Killed


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("after_commit", [False, True])
@pytest.mark.parametrize("kind", ["json", "csv"])
async def test_an_import_killed_at_any_batch_goes_on_and_gives_the_same_rows(
    database: Database, database_url: str, tmp_path: Path, kind: str, after_commit: bool
) -> None:
    orders = [files.order(number) for number in range(10)]
    rows = [row for one in orders for row in files.csv_rows(one)]
    text = files.in_json(orders) if kind == "json" else files.in_csv(rows)
    path = files.written(tmp_path, f"o.{kind}", text)
    await files.run(database, path)
    whole = await all_rows(database)
    for survives in range(6):  # its own row, four batches, the end
        emptied(database)
        dying = Dying(database_url, survives, after_commit=after_commit)
        with pytest.raises(Killed):
            await files.run(dying, path)
        await dying.dispose()
        report = await files.run(database, path)
        assert await all_rows(database) == whole, survives
        if survives > 1 and report.finished_before is None:
            assert report.before > 0
            assert report.counts.get(("order", "unchanged")) is None  # nothing was done a second time
    assert (await imported(database)).rows == 10


@pytest.mark.usefixtures("small_batches")
async def test_killed_again_and_again_an_import_comes_to_its_end(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    path = files.written(tmp_path, "o.json", files.in_json(files.order(number) for number in range(10)))
    tries = 0
    while True:
        dying = Dying(database_url, 2, after_commit=False)
        try:
            await files.run(dying, path)
            break
        except Killed:
            tries += 1
        finally:
            await dying.dispose()
        assert tries < 10
    assert tries >= 3
    assert len((await all_rows(database))["orders"]) == 10


@pytest.mark.usefixtures("small_batches")
async def test_a_wrong_row_stops_the_import_and_nothing_of_its_batch_is_written(
    database: Database, tmp_path: Path
) -> None:
    orders = [files.order(number) for number in range(9)]
    orders[4]["items"][0]["unit_price"] = "cheap"
    path = files.written(tmp_path, "o.json", files.in_json(orders))
    report = await files.run(database, path, "stop")
    assert report.stopped
    assert len(report.wrong) == 1
    async with database.transaction() as session:
        numbers = list(await session.scalars(select(tables.OrderRow.number).order_by(tables.OrderRow.number)))
    assert numbers == ["H700000", "H700001", "H700002"]
    row = await imported(database)
    assert (row.rows, row.finished_at) == (3, None)


@pytest.mark.usefixtures("small_batches")
async def test_wrong_rows_can_be_left_out(database: Database, tmp_path: Path) -> None:
    orders = [files.order(number) for number in range(9)]
    orders[4]["items"][0]["unit_price"] = "cheap"
    orders[8]["state"] = "eaten"
    path = files.written(tmp_path, "o.json", files.in_json(orders))
    report = await files.run(database, path, "skip")
    assert not report.stopped
    assert report.counts == {("order", "created"): 7}
    assert [fault.order for fault in report.wrong] == ["#H700004", "#H700008"]
    row = await imported(database)
    assert (row.rows, row.finished_at, len(row.faults)) == (9, files.CLOCK.now(), 2)


@pytest.mark.usefixtures("small_batches")
async def test_an_import_that_stopped_goes_on_when_it_may_leave_rows_out(database: Database, tmp_path: Path) -> None:
    orders = [files.order(number) for number in range(9)]
    orders[4]["state"] = "eaten"
    path = files.written(tmp_path, "o.json", files.in_json(orders))
    await files.run(database, path, "stop")
    report = await files.run(database, path, "skip")
    assert (report.before, report.counts) == (3, {("order", "created"): 5})


@pytest.mark.usefixtures("small_batches")
async def test_after_a_correction_what_is_in_already_is_left_alone(database: Database, tmp_path: Path) -> None:
    orders = [files.order(number) for number in range(9)]
    orders[4]["state"] = "eaten"
    await files.run(database, files.written(tmp_path, "o.json", files.in_json(orders)))
    orders[4]["state"] = "shipped"
    report = await files.run(database, files.written(tmp_path, "o.json", files.in_json(orders)))
    assert report.counts == {("order", "unchanged"): 3, ("order", "created"): 6}


async def test_a_file_of_nothing_but_wrong_rows_is_not_read_to_its_end(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 5)
    monkeypatch.setattr(importing, "MOST_FAULTS", 12)
    path = files.written(tmp_path, "o.jsonl", files.in_lines(files.order(n, state="eaten") for n in range(50)))
    report = await files.run(database, path, "skip")
    assert report.stopped
    assert len(report.wrong) == 15
    assert (await imported(database)).rows == 10


async def test_a_file_of_5000_orders_never_stands_in_memory_whole(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for start in range(0, 5000, 500):
            file.write(files.in_lines(files.order(start + number, payments=[]) for number in range(500)))
    alive: list[int] = []

    def count(_what: str, _done: int, _total: int) -> None:
        alive.append(sum(isinstance(entry, importing.OrderIn) for entry in gc.get_objects()))

    report = await files.run(database, path, progress=count)
    assert report.counts == {("order", "created"): 5000}
    assert len(alive) == 10
    assert max(alive) <= 2 * importing.BATCH


async def test_progress_is_told_in_bytes_of_the_file(database: Database, tmp_path: Path) -> None:
    path = files.written(tmp_path, "o.jsonl", files.in_lines(files.order(number) for number in range(3)))
    heard: list[tuple[str, int, int]] = []
    await files.run(database, path, progress=lambda what, done, total: heard.append((what, done, total)))
    assert heard == [("o.jsonl", path.stat().st_size, path.stat().st_size)]
