"""Keys: shown once, kept as a digest, noted when used, and the command that makes them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from integrations import keys
from kit import errors
from kit.db import Database
from returndesk.keys import keys_app

pytestmark = pytest.mark.database

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


async def rows(database: Database, query: str) -> list[Any]:
    async with database.transaction() as session:
        return list((await session.execute(text(query))).all())


async def test_nothing_that_is_kept_opens_the_door(database: Database) -> None:
    async with database.transaction() as session:
        key, token = await keys.add(session, "erp", ["orders:read"], NOW)
    (kept,) = await rows(database, "SELECT * FROM api_keys")

    assert re.fullmatch(r"rd_[0-9a-z]{8}_[0-9A-Za-z_-]{43}", token)
    assert token.split("_", 2)[2] not in str(kept)
    async with database.transaction() as session:
        assert await keys.authenticate(session, token, NOW) == replace(key, used_at=NOW)
        assert await keys.authenticate(session, kept.digest, NOW) is None


async def test_use_is_noted_once_a_minute(database: Database) -> None:
    async with database.transaction() as session:
        _, token = await keys.add(session, "erp", ["orders:read"], NOW)
    noted = []
    for seconds in (0, 59, 60):
        async with database.transaction() as session:
            await keys.authenticate(session, token, NOW + timedelta(seconds=seconds))
        noted += [row.used_at for row in await rows(database, "SELECT used_at FROM api_keys")]

    assert noted == [NOW, NOW, NOW + timedelta(seconds=60)]


@pytest.mark.parametrize("name", ["", " erp", "a" * 61, "erp\n", "er[p]"])
async def test_a_name_that_would_confuse_the_audit_trail_is_refused(database: Database, name: str) -> None:
    async with database.transaction() as session:
        with pytest.raises(errors.BadInput, match="name"):
            await keys.add(session, name, ["orders:read"], NOW)


@pytest.mark.parametrize("scopes", [[], ["orders"], ["orders:read", "everything"]])
async def test_a_scope_that_is_none_is_refused_with_those_that_are(database: Database, scopes: list[str]) -> None:
    async with database.transaction() as session:
        with pytest.raises(errors.BadInput, match="orders:write"):
            await keys.add(session, "erp", scopes, NOW)


async def test_a_name_is_used_once_so_that_it_always_means_the_same(database: Database) -> None:
    async with database.transaction() as session:
        await keys.add(session, "erp", ["orders:read"], NOW)
        await keys.disable(session, "erp", NOW)
        with pytest.raises(errors.Conflict):
            await keys.add(session, "erp", ["orders:read"], NOW)


def test_the_command_adds_lists_and_disables(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("RETURNDESK_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    runner = CliRunner()
    added = runner.invoke(keys_app, ["add", "erp", "--scope", "orders:read", "--scope", "returns:read"])
    disabled = runner.invoke(keys_app, ["disable", "erp"])
    listed = runner.invoke(keys_app, ["list"])

    assert added.exit_code == disabled.exit_code == listed.exit_code == 0, added.output + str(added.exception)
    token = re.search(r"rd_\w{8}_[\w-]{43}", added.output)
    assert token is not None
    assert "erp" in listed.output
    assert "disabled" in listed.output
    assert token[0] not in listed.output
    assert isinstance(runner.invoke(keys_app, ["add", "pos"]).exception, errors.BadInput)
