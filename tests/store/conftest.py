"""The demo shop in a database of its own, copied from one that is made once."""

import uuid
from collections.abc import AsyncIterator

import psycopg
import pytest

from kit.db import Database
from store import seed
from tests.conftest import address_of
from tests.store import made


@pytest.fixture(scope="session")
async def shop_template(postgres_url: str, migrated_template: str) -> AsyncIterator[str]:
    """Name of a database with the demo shop, made at `made.NOW`."""
    name = f"shop_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
    opened = Database(address_of(postgres_url, name))
    async with opened.transaction() as session:
        await seed.demo_shop(session, made.book(), made.NOW)
    await opened.dispose()
    yield name
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def shop(postgres_url: str, shop_template: str) -> AsyncIterator[Database]:
    """A fresh database with the demo shop."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {shop_template}")
    opened = Database(address_of(postgres_url, name))
    yield opened
    await opened.dispose()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
