"""`returndesk policy` and `returndesk explain`, as a shop owner runs them."""

import asyncio
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from kit import errors
from kit import settings as configuration
from kit.settings import PROJECT_ROOT
from returndesk import app as wiring
from returndesk import cli
from store import seed

pytestmark = pytest.mark.database
POLICIES = PROJECT_ROOT / "policy"


@pytest.fixture
def demo_shop(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of a desk with the demo shop."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("RETURNDESK_DATA_DIR", str(tmp_path))

    async def fill() -> None:
        async with wiring.open_house(configuration.load()) as house, house.desk.database.transaction() as session:
            await seed.demo_shop(session, house.desk.book, house.desk.clock.now())

    asyncio.run(fill())


def run(*arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(cli.app, arguments, catch_exceptions=False)


def test_a_policy_is_said_in_plain_words_with_the_id_of_each_rule() -> None:
    said = run("policy", "check", str(POLICIES / "eu.yml"))
    assert said.exit_code == 0
    assert "window.standard: In general: returns within 30 days of delivery." in said.output
    assert "withdrawal.eu: " in said.output
    assert "500,00\xa0€" in said.output


def test_what_is_wrong_in_a_policy_is_named_with_its_line(tmp_path: Path) -> None:
    text = (POLICIES / "strict.yml").read_text(encoding="utf-8")
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "time_zone:" in one)
    broken = tmp_path / "mine.yml"
    broken.write_text(text.replace("time_zone:", "time_zoom:", 1), encoding="utf-8")
    with pytest.raises(errors.BadInput, match=rf"mine\.yml:{line} shop\.time_zoom"):
        run("policy", "check", str(broken))


@pytest.mark.usefixtures("demo_shop")
def test_a_stricter_policy_is_tried_on_the_last_orders_before_it_counts(tmp_path: Path) -> None:
    now = POLICIES / "harbour-and-pine.yml"
    same = run("policy", "diff", str(now), str(now), "--last", "40")
    shorter = tmp_path / "shorter.yml"
    text = now.read_text(encoding="utf-8")
    assert "{id: window.standard, days: 30}" in text
    shorter.write_text(text.replace("{id: window.standard, days: 30}", "{id: window.standard, days: 3}"), "utf-8")
    stricter = run("policy", "diff", str(now), str(shorter), "--last", "40")

    assert (same.exit_code, stricter.exit_code) == (0, 0)
    assert "window.standard" not in same.output
    assert "window.standard" in stricter.output


@pytest.mark.usefixtures("demo_shop")
def test_a_return_is_explained_from_its_receipt(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        query = "SELECT rma FROM returns JOIN decisions ON decisions.return_id = returns.id ORDER BY rma LIMIT 1"
        (rma,) = connection.execute(query).fetchone() or ("",)
    said = run("explain", rma)
    assert said.exit_code == 0
    assert rma in said.output
    assert "The same question gets the same answer." in said.output
