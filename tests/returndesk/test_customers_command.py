"""`returndesk customers`: one customer's data as a file, and erased."""

import asyncio
import json
import stat
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from kit import errors
from kit import settings as configuration
from returndesk import app as wiring
from returndesk import customers
from store import seed

pytestmark = pytest.mark.database
PRIYA = "priya.shah@example.com"


@pytest.fixture(autouse=True)
def desk_of_its_own(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of a desk with the demo shop."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("RETURNDESK_DATA_DIR", str(tmp_path))

    async def fill() -> None:
        async with wiring.open_house(configuration.load()) as house, house.desk.database.transaction() as session:
            await seed.demo_shop(session, house.desk.book, house.desk.clock.now())

    asyncio.run(fill())


def run(*arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(customers.customers_app, arguments, catch_exceptions=False)


def acts(database_url: str) -> list[tuple[str, str]]:
    """Return what the audit trail says."""
    with psycopg.connect(database_url) as connection:
        return connection.execute("SELECT actor, act FROM audit ORDER BY id").fetchall()


def test_the_data_is_written_as_json_to_a_file_that_only_its_owner_can_read(tmp_path: Path) -> None:
    file = tmp_path / "priya.json"
    file.write_text("an older one", encoding="utf-8")
    file.chmod(0o644)
    written = run("export", PRIYA, "--out", str(file))
    printed = run("export", PRIYA)

    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["customers"][0]["profile"]["email"] == PRIYA
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert PRIYA not in written.output
    assert json.loads(printed.output)["customers"] == document["customers"]


def test_erasing_wants_a_yes_names_what_is_open_and_is_done_once(database_url: str) -> None:
    with pytest.raises(errors.BadInput, match="--yes"):
        run("erase", PRIYA)
    with pytest.raises(errors.Conflict, match="return RMA-1000-0032 is open"):
        run("erase", PRIYA, "--yes")
    assert acts(database_url) == []

    done = run("erase", PRIYA, "--yes", "--force")
    assert "The books are unchanged." in done.output
    assert acts(database_url) == [("command line", "customer_erased")]
    with pytest.raises(errors.NotFound, match="Nobody here has the address"):
        run("erase", PRIYA, "--yes", "--force")
    with pytest.raises(errors.NotFound):
        run("export", PRIYA)
