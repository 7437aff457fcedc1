"""Shared fixtures: a real PostgreSQL, and the whole house running once for all tests that talk to it."""

import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import Database
from kit.settings import PROJECT_ROOT
from returndesk import embedded
from returndesk.database import migrate
from tests.kept import KeptDatabase
from tests.running import RunningHouse

Fill = Callable[[AsyncSession], Awaitable[object]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests first that need the showcase's orders as they begin."""
    items.sort(key=lambda item: item.get_closest_marker("first") is None)


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
async def empty_database(postgres_url: str, migrated_template: str) -> AsyncIterator[KeptDatabase]:
    """The database that tests use one after the other, empty."""
    async with copied(postgres_url, migrated_template) as kept:
        yield kept


@pytest.fixture
def database_url(empty_database: KeptDatabase) -> Iterator[str]:
    """Address of an empty, migrated database."""
    yield empty_database.url
    empty_database.put_back()


@pytest.fixture
def database(empty_database: KeptDatabase, database_url: str) -> Database:
    """An empty, migrated database."""
    return empty_database.database


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


@asynccontextmanager
async def copied(postgres_url: str, template: str, fill: Fill | None = None) -> AsyncIterator[KeptDatabase]:
    """Copy a database, and keep it for tests that use it one after the other; `fill` puts something into it first."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    address = address_of(postgres_url, name)
    if fill is not None:
        opened = Database(address)
        async with opened.transaction() as session:
            await fill(session)
        await opened.dispose()
    kept = KeptDatabase(address)
    yield kept
    await kept.database.dispose()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The project's folder."""
    return PROJECT_ROOT
