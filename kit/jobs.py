"""Background jobs on PostgreSQL (procrastinate): deferred inside the caller's own transaction, by name.

Jobs that share a lock run one at a time and in order: a conversation's turns use the conversation's id. Timers have
lock names of their own, because a job that waits on a conversation's lock would hold up the conversation. Each task has
a queue of its own by its name, so that a worker can keep slow ones from taking the places of others.
"""

from datetime import datetime
from typing import Any

import procrastinate
import psycopg
import psycopg_pool
from sqlalchemy.ext.asyncio import AsyncSession

from kit import db


def create_app(database_url: str) -> procrastinate.App:
    """Build the app that defers and runs jobs; opening it connects to the database.

    Its own statements stand alone, each one trip to the server instead of four. They wait for the disk: a job that is
    done and forgotten to be so would hold up its conversation for as long as its worker lives.
    """
    connector = procrastinate.PsycopgConnector(
        conninfo=database_url, min_size=1, max_size=10, pool_factory=_pool, configure=_configure
    )
    return procrastinate.App(connector=connector)


def _pool(**options: Any) -> psycopg_pool.AsyncConnectionPool:
    return psycopg_pool.AsyncConnectionPool(**{**options, "check": _check})


async def _check(connection: psycopg.AsyncConnection[Any]) -> None:
    """Ask the server whether it lives only where there is a doubt: the worker looks for jobs ten times a second."""
    if not db.seems_alive(connection):
        await psycopg_pool.AsyncConnectionPool.check_connection(connection)


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.set_autocommit(True)


class Jobs:
    """Defers jobs as part of a transaction: when that rolls back, there is no job."""

    def __init__(self, app: procrastinate.App) -> None:
        self._app = app

    async def defer(
        self,
        session: AsyncSession,
        task: str,
        lock: str | None,
        *,
        schedule_at: datetime | None = None,
        priority: int = 0,
        **arguments: Any,
    ) -> None:
        """Defer `task` with JSON arguments; it can run once the session's transaction has committed.

        With `schedule_at` it does not run before that moment; until then it holds up the other jobs of its lock. Of the
        jobs of a task that can run, those of a higher priority run first.
        """
        connection = await db.driver_connection(session)
        deferrer = self._app.configure_task(
            task, lock=lock, queue=task, schedule_at=schedule_at, priority=priority, connection=connection
        )
        await deferrer.defer_async(**arguments)
