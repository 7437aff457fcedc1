"""The worker goes on, whatever one of its sweeps meets."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from casework import mails
from conversations import inbox
from kit import jobs
from kit.db import Database
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


async def test_a_mail_server_that_hangs_holds_up_no_conversation(database: Database) -> None:
    jobs_app = jobs.create_app(database.url)
    answered = asyncio.Event()

    @jobs_app.task(name=mails.MAIL_TASK)
    async def mail(number: int) -> None:
        await asyncio.sleep(60)

    @jobs_app.task(name=inbox.TURN_TASK)
    async def turn() -> None:
        answered.set()

    async with jobs_app.open_async():
        ours = jobs.Jobs(jobs_app)
        async with database.transaction() as session:
            for number in range(worker.CONCURRENCY + worker.ELSEWHERE_AT_ONCE):
                await ours.defer(session, mails.MAIL_TASK, None, number=number)
        working = asyncio.create_task(worker.work(jobs_app))
        try:
            await until(lambda: count(database, "doing"), worker.ELSEWHERE_AT_ONCE)
            async with database.transaction() as session:
                await ours.defer(session, inbox.TURN_TASK, "one conversation")
            await asyncio.wait_for(answered.wait(), 10)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


async def count(database: Database, status: str) -> int:
    """Count the jobs of a status."""
    async with database.transaction() as session:
        query = text("SELECT count(*) FROM procrastinate_jobs WHERE status::text = :status")
        return int(await session.scalar(query, {"status": status}) or 0)


async def until(look: Callable[[], Awaitable[int]], wanted: int) -> None:
    """Wait until a number is reached."""
    async with asyncio.timeout(10):
        while await look() < wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
