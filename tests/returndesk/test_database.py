"""The migrations make exactly the tables that the code works with."""

import alembic.command

from returndesk import database


def test_migrations_and_tables_agree(database_url: str) -> None:
    alembic.command.check(database.configuration(database_url))


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    database.migrate(database_url)
