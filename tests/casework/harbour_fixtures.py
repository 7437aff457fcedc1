"""Fixtures: the demo shop with a conversation in it, each test's in a database that is copied from one made once.

A test module names this file in `pytest_plugins`.
"""

import uuid
from collections.abc import AsyncIterator

import psycopg
import pytest

from kit.db import Database
from kit.settings import PROJECT_ROOT
from store import policy_file, seed
from tests.casework.harbour import NOW, Harbour, open_harbour
from tests.conftest import address_of


@pytest.fixture(scope="session")
async def harbour_template(postgres_url: str, migrated_template: str) -> AsyncIterator[str]:
    """Name of a database with the demo shop, made at `harbour.NOW`."""
    name = f"harbour_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
        opened = Database(address_of(postgres_url, name))
        async with opened.transaction() as session:
            await seed.demo_shop(session, policy_file.read(PROJECT_ROOT / "policy" / "harbour-and-pine.yml"), NOW)
        await opened.dispose()
        yield name
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_harbour(postgres_url: str, harbour_template: str) -> AsyncIterator[Harbour]:
    """A conversation of a customer who has said nothing yet."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {harbour_template}")
        database = Database(address_of(postgres_url, name))
        async with open_harbour(database) as opened:
            yield opened
        await database.dispose()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
