"""`returndesk import orders`: what it prints, its exit codes, and the report."""

import asyncio
import csv
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from kit import errors
from kit import settings as configuration
from returndesk import app as wiring
from returndesk import imports
from store import importing, tables
from tests.store import importing_files as files

pytestmark = pytest.mark.database
EXAMPLES = Path(__file__).parents[2] / "examples"
RETAIL = Path(__file__).parents[1] / "store" / "retail_small.json"


@pytest.fixture(autouse=True)
def desk_of_its_own(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of a desk on an empty database."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("RETURNDESK_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(importing, "BATCH", 3)


def run(*arguments: str | Path, code: int = 0) -> str:
    """Run a command that ends with this exit code; returns what it printed."""
    result: Result = CliRunner().invoke(imports.import_app, [str(one) for one in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


def orders_there() -> int:
    """Count the orders in the books."""

    async def count() -> Any:
        async with wiring.open_house(configuration.load()) as house, house.desk.database.transaction() as session:
            return await session.scalar(select(func.count()).select_from(tables.OrderRow))

    return int(asyncio.run(count()))


def with_faults(folder: Path) -> Path:
    """A file of seven orders, of which the fifth is wrong and the second is odd."""
    orders = [files.order(number) for number in range(1, 8)]
    orders[1]["payments"].pop()
    orders[4]["state"] = "eaten"
    return files.written(folder, "orders.json", files.in_json(orders))


@pytest.mark.parametrize("name", ["orders.csv", "orders.json"])
def test_the_examples_of_the_docs_can_be_imported(name: str) -> None:
    assert "2 orders created" in run("orders", EXAMPLES / name)
    assert orders_there() == 2


def test_a_second_run_of_the_same_file_says_that_nothing_was_changed() -> None:
    run("orders", EXAMPLES / "orders.csv")
    assert "was imported on" in run("orders", EXAMPLES / "orders.csv")
    assert orders_there() == 2


def test_a_wrong_row_stops_with_exit_code_1_and_says_how_to_go_on(tmp_path: Path) -> None:
    path = with_faults(tmp_path)
    printed = run("orders", path, code=1)
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "eaten" in text)
    assert f"line {line}, orders[4].state: should be 'pending'" in printed
    assert "(order #H700005)" in printed
    assert "Stopped: 1 row is wrong" in printed
    assert "--on-error skip" in printed
    assert orders_there() == 3


def test_with_skip_the_wrong_row_is_left_out_and_the_exit_code_is_0(tmp_path: Path) -> None:
    path, report = with_faults(tmp_path), tmp_path / "report.csv"
    printed = run("orders", path, "--on-error", "skip", "--report", report)
    assert "Imported: 6 orders created." in printed
    assert "1 row is wrong, and not imported." in printed
    with report.open(encoding="utf-8", newline="") as file:
        found = [(row["order"], row["field"], row["level"]) for row in csv.DictReader(file)]
    assert found == [("#H700002", "orders[1]", "warning"), ("#H700005", "orders[4].state", "fault")]


def test_after_a_stop_skip_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = with_faults(tmp_path)
    run("orders", path, code=1)
    printed = run("orders", path, "--on-error", "skip")
    assert "3 entries were imported by an earlier run." in printed
    assert "Imported: 3 orders created." in printed
    assert orders_there() == 6


def test_the_format_can_be_named_where_the_files_name_does_not_tell(tmp_path: Path) -> None:
    path = files.written(tmp_path, "export", files.in_json([files.order(1)]))
    with pytest.raises(errors.BadInput, match="--format"):
        run("orders", path)
    assert "1 order created" in run("orders", path, "--format", "json")


def test_orders_that_name_no_currency_have_the_shops() -> None:
    run("orders", EXAMPLES / "orders.json")

    async def currencies() -> Any:
        async with wiring.open_house(configuration.load()) as house, house.desk.database.transaction() as session:
            found = set(await session.scalars(select(tables.OrderRow.currency)))
            return found, house.desk.book.shop.currency

    found, shops = asyncio.run(currencies())
    assert found == {shops}


def test_the_retail_data_set_is_imported_whole_and_once() -> None:
    assert "8 orders" in run("retail", RETAIL)
    assert "All of it is here already." in run("retail", RETAIL)
    assert orders_there() == 8
