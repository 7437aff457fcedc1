"""Shared fixtures: a real PostgreSQL, and the whole house running once for all tests that talk to it."""

import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from kit.db import Database
from kit.settings import PROJECT_ROOT
from returndesk import embedded
from returndesk.database import migrate
from tests.running import RunningHouse


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests first that need the showcase's orders as they begin."""
    items.sort(key=lambda item: item.get_closest_marker("first") is None)


DISCONNECT_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
EMPTY = """
    DO $$ DECLARE
        name text; is_used bool; used text[] := '{}';
    BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO is_used;
            IF is_used THEN used := used || quote_ident(name); END IF;
        END LOOP;
        IF used <> '{}' THEN EXECUTE 'TRUNCATE ' || array_to_string(used, ', ') || ' RESTART IDENTITY CASCADE'; END IF;
    END $$
"""
"""Truncates the tables that have rows, which is quick where few have."""


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a PostgreSQL for tests: `DATABASE_URL`, or an embedded one of its own."""
    configured = os.environ.get("DATABASE_URL")
    if configured:
        yield configured
        return
    # Not below pytest's own folder: another run closes that to the account that PostgreSQL runs under.
    folder = Path(tempfile.mkdtemp(prefix="returndesk-tests-"))
    with embedded.running(folder, durable=False) as url:
        yield url
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_template(postgres_url: str) -> Iterator[str]:
    """Name of a migrated, empty database that others are copied from."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        migrate(address_of(postgres_url, name))
        yield name
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def reused_database(postgres_url: str, migrated_template: str) -> Iterator[str]:
    """Name of the database that tests use one after the other; to make one for each would take most of their time."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
        yield name
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_url(postgres_url: str, reused_database: str) -> Iterator[str]:
    """Address of an empty, migrated database."""
    address = address_of(postgres_url, reused_database)
    yield address
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(DISCONNECT_OTHERS)
        connection.execute(EMPTY)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated database."""
    opened = Database(database_url)
    yield opened
    await opened.dispose()


@pytest.fixture(scope="session")
def house() -> Iterator[RunningHouse]:
    """The whole house, running as `returndesk up` starts it, with the demo shop."""
    running = RunningHouse(PROJECT_ROOT / "var" / "test-house")
    running.start()
    yield running
    running.stop()


def address_of(url: str, name: str) -> str:
    """Return the address of another database on the same server."""
    head, question, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}{question}{query}"


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The project's folder."""
    return PROJECT_ROOT
