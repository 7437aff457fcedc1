"""The worker goes on, whatever one of its sweeps meets."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy.exc import OperationalError

from returndesk import worker


@pytest.mark.parametrize(
    "trouble", [OperationalError("SELECT 1", {}, Exception("gone")), KeyError("one ticket"), OSError()]
)
async def test_a_sweep_that_fails_is_tried_again_and_ends_nothing(trouble: Exception) -> None:
    done = asyncio.Event()
    tries = 0

    async def sweep() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise trouble
        done.set()

    sweeping = asyncio.create_task(worker.every(0.001, sweep))
    await asyncio.wait_for(done.wait(), 5)
    assert not sweeping.done()
    sweeping.cancel()
    with suppress(asyncio.CancelledError):
        await sweeping
