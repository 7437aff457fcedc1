"""Fixtures: the demo shop with a conversation in it, in a database that is put back to that after each test.

A test module names this file in `pytest_plugins`.
"""

from collections.abc import AsyncIterator

import pytest

from store import seed
from tests.casework.harbour import BOOK, NOW, Harbour, open_harbour
from tests.conftest import copied
from tests.kept import KeptDatabase


@pytest.fixture(scope="session")
async def harbour_database(postgres_url: str, migrated_template: str) -> AsyncIterator[KeptDatabase]:
    """A database with the demo shop, made at `harbour.NOW`."""
    async with copied(postgres_url, migrated_template, lambda session: seed.demo_shop(session, BOOK, NOW)) as kept:
        yield kept


@pytest.fixture
async def empty_harbour(harbour_database: KeptDatabase) -> AsyncIterator[Harbour]:
    """A conversation of a customer who has said nothing yet."""
    async with open_harbour(harbour_database.database) as opened:
        yield opened
    harbour_database.put_back()
