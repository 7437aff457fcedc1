"""The only place that opens transactions and commits.

One message is one transaction: a face or a worker opens it here, hands the session down, and no code below commits. No
transaction is held open across a network call.
"""

import select
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from sqlalchemy import MetaData, event, exc
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session

IDLE_SECONDS = 10.0
"""A connection that nobody used for so long is asked whether its server still lives, though it looks alive."""
MOST_PREPARED = 500
"""Statements that a connection keeps prepared; a worker has about two hundred, and psycopg would keep one hundred."""
FORGETFUL = "SET synchronous_commit TO off"
"""A commit returns before it is on the disk. If the database or its machine dies within the next half second it may be
lost, whole, with all after it; a process of ours that dies loses nothing. Any later commit that waits for the disk
brings all before it along."""

_MEMORY = "memory"


class Base(DeclarativeBase):
    """Base of all tables; constraint names are fixed so that migrations can address them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class _Watched(Session):
    """A session that knows whether anything was changed in it."""


class Database:
    """Connections to one PostgreSQL, and the transactions on it."""

    def __init__(self, url: str, pool_size: int = 10) -> None:
        self.url = url
        self.engine: AsyncEngine = _engine(url, pool_size)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, sync_session_class=_Watched)
        self._single = _engine(url, pool_size, isolation_level="AUTOCOMMIT")
        event.listen(self._single.sync_engine, "connect", _be_forgetful)
        self._looks = async_sessionmaker(self._single, expire_on_commit=False, autoflush=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction; it commits when the block ends and rolls back when it raises."""
        async with self._sessions() as session:
            yield session
            await session.commit()

    @asynccontextmanager
    async def look(self) -> AsyncIterator[AsyncSession]:
        """Open a session whose statements stand alone, each one trip to the server instead of three.

        For reading, and for notes that may be lost (`FORGETFUL`) because they are made again.
        """
        async with self._looks() as session:
            yield session

    async def dispose(self) -> None:
        """Close all connections."""
        await self.engine.dispose()
        await self._single.dispose()


def has_changed(session: AsyncSession) -> bool:
    """Tell whether anything was written, or may have been, in a session's transaction so far; locks do not count."""
    return bool(session.sync_session.info.get("changed"))


def remember(session: AsyncSession) -> None:
    """Let `once` remember, from now on, what it reads in a session: for a call that asks the same again and again."""
    session.sync_session.info[_MEMORY] = {}


def forget(session: AsyncSession) -> None:
    """Have everything read anew: a row was locked, and is to be read as it stands now."""
    session.sync_session.info.pop(_MEMORY, None)


async def once[T](session: AsyncSession, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
    """Return what `read` returns: in a session that remembers it is read once, until anything is changed or locked."""
    memory: dict[Hashable, Any] | None = session.sync_session.info.get(_MEMORY)
    if memory is None or has_changed(session):
        return await read()
    if key not in memory:
        memory[key] = await read()
    found: T = memory[key]
    return found


@event.listens_for(_Watched, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    if not state.is_select:
        state.session.info["changed"] = True


@event.listens_for(_Watched, "after_flush")
def _note_flush(session: Session, _: Any) -> None:
    session.info["changed"] = True


async def driver_connection(session: AsyncSession) -> "psycopg.AsyncConnection[Any]":
    """Return psycopg's connection under a session, to defer a job or notify inside the same transaction."""
    session.sync_session.info["changed"] = True
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)
    return driver


def seems_alive(connection: "psycopg.AsyncConnection[Any]") -> bool:
    """Tell whether an idle connection is open and its server silent, without a trip.

    A server that ends, or drops a connection, closes it, and then there is something to read: the end.
    """
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


def sqlalchemy_url(url: str) -> str:
    """Name psycopg 3 as the driver in a plain `postgresql://` address."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _engine(url: str, pool_size: int, **options: Any) -> AsyncEngine:
    """Build a pool that gives the connection that was used last: its statements are prepared, and it is alive."""
    engine = create_async_engine(
        sqlalchemy_url(url), pool_size=pool_size, max_overflow=pool_size, pool_use_lifo=True, **options
    )
    dialect = engine.sync_engine.dialect

    @event.listens_for(engine.sync_engine, "connect")
    def _connected(_: Any, record: Any) -> None:
        record.driver_connection.prepared_max = MOST_PREPARED

    @event.listens_for(engine.sync_engine, "checkin")
    def _given_back(_: Any, record: Any) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def _taken(connection: Any, record: Any, _: Any) -> None:
        used = record.info.get("used")
        if used is None or (time.monotonic() - used < IDLE_SECONDS and seems_alive(record.driver_connection)):
            return
        try:
            dialect.do_ping(connection)
        except psycopg.Error as error:
            raise exc.InvalidatePoolError from error

    return engine


def _be_forgetful(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(FORGETFUL)
    cursor.close()
    connection.commit()
