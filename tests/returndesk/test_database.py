"""The migrations make exactly the tables that the code works with."""

import alembic.command
import pytest

from kit import errors
from returndesk import database


def test_migrations_and_tables_agree(database_url: str) -> None:
    alembic.command.check(database.configuration(database_url))


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "not an address"])
def test_an_address_that_leads_nowhere_is_one_line(url: str) -> None:
    with pytest.raises(errors.Unavailable, match="DATABASE_URL leads to no database"):
        database.migrate(url)


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    database.migrate(database_url)
