"""Fixtures: the demo shop with a mail server. A test module names this file in `pytest_plugins`."""

from collections.abc import AsyncIterator

import pytest

from tests.casework.harbour import Harbour
from tests.casework.post import Post, open_post

pytest_plugins = ["tests.casework.harbour_fixtures"]


@pytest.fixture
async def post(empty_harbour: Harbour) -> AsyncIterator[Post]:
    """The demo shop, one visitor who has said nothing yet, and a mail server."""
    async with open_post(empty_harbour) as opened:
        yield opened
