"""Background jobs on PostgreSQL (procrastinate): deferred inside the caller's own transaction, by name.

Jobs that share a lock run one at a time and in order: a conversation's turns use the conversation's id. Timers have
lock names of their own, because a job that waits on a conversation's lock would hold up the conversation. Each task has
a queue of its own by its name, so that a worker can keep slow ones from taking the places of others.
"""

from datetime import datetime
from typing import Any

import procrastinate
from sqlalchemy.ext.asyncio import AsyncSession

from kit import db


def create_app(database_url: str) -> procrastinate.App:
    """Build the app that defers and runs jobs; opening it connects to the database."""
    return procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=database_url, min_size=1, max_size=10))


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
