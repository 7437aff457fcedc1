"""The demo shop in a database of its own."""

import pytest

from kit.db import Database
from store import seed
from tests.store import made


@pytest.fixture
async def shop(database: Database) -> Database:
    """A database with the demo shop, made at `made.NOW`."""
    async with database.transaction() as session:
        await seed.demo_shop(session, made.book(), made.NOW)
    return database
