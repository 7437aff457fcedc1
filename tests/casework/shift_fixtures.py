"""Fixture: a shift on a database of the test's own.

A test module names this file in `pytest_plugins`.
"""

from collections.abc import AsyncIterator

import pytest

from kit.db import Database
from tests.casework.shift import Shift, open_shift


@pytest.fixture
async def shift(database: Database) -> AsyncIterator[Shift]:
    """Monday at ten, with nobody at a desk yet."""
    async with open_shift(database) as opened:
        yield opened
