"""The demo shop in a database that is put back to that after each test."""

from collections.abc import AsyncIterator, Iterator

import pytest

from kit.db import Database
from store import seed
from tests.conftest import copied
from tests.kept import KeptDatabase
from tests.store import made


@pytest.fixture(scope="session")
async def shop_database(postgres_url: str, migrated_template: str) -> AsyncIterator[KeptDatabase]:
    """A database with the demo shop, made at `made.NOW`."""
    book = made.book()
    async with copied(postgres_url, migrated_template, lambda session: seed.demo_shop(session, book, made.NOW)) as kept:
        yield kept


@pytest.fixture
def shop(shop_database: KeptDatabase) -> Iterator[Database]:
    """The demo shop as it was made."""
    yield shop_database.database
    shop_database.put_back()
