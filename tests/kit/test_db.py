"""Trips that are saved, and what must not be lost with them."""

import psycopg
from sqlalchemy import func, select, text

from conversations import inbox, repository
from conversations.tables import ConversationRow
from kit import db
from kit.db import Database
from tests.conversations.conftest import NOW

SET_BY = text("SELECT source FROM pg_settings WHERE name = 'synchronous_commit'")
"""Who has said whether commits wait for the disk; the tests' own server never does."""


async def test_locking_and_reading_change_nothing_and_writing_does(database: Database) -> None:
    async with database.transaction() as session:
        await session.scalars(select(ConversationRow).with_for_update())
        before = db.has_changed(session)
        await inbox.open_conversation(session, "web", "someone", "en", NOW)

        assert (before, db.has_changed(session)) == (False, True)


async def test_what_goes_past_the_session_counts_as_a_change(database: Database) -> None:
    async with database.transaction() as session:
        await db.driver_connection(session)

        assert db.has_changed(session)


async def test_each_transaction_begins_unchanged(database: Database) -> None:
    async with database.transaction() as session:
        await inbox.open_conversation(session, "web", "someone", "en", NOW)
    async with database.transaction() as session:
        assert not db.has_changed(session)


async def test_a_look_needs_no_commit_and_its_commits_do_not_wait_for_the_disk(database: Database) -> None:
    async with database.look() as look:
        opened = await inbox.open_conversation(look, "web", "someone", "en", NOW)
        assert await look.scalar(select(func.current_setting("synchronous_commit"))) == "off"
        assert await look.scalar(SET_BY) == "session"
    async with database.transaction() as session:
        assert (await repository.get(session, opened.id)).address == "someone"
        assert await session.scalar(SET_BY) != "session"


async def test_the_same_question_is_asked_once_until_something_changes(database: Database) -> None:
    asked = 0

    async def read() -> int:
        nonlocal asked
        asked += 1
        return asked

    async with database.transaction() as session:
        assert [await db.once(session, "key", read) for _ in range(2)] == [1, 2]  # nobody has asked it to remember
        db.remember(session)
        assert [await db.once(session, "key", read) for _ in range(2)] == [3, 3]
        assert await db.once(session, "another", read) == 4
        await inbox.open_conversation(session, "web", "someone", "en", NOW)
        assert await db.once(session, "key", read) == 5


async def test_what_was_locked_is_read_anew(database: Database) -> None:
    values = iter("ab")

    async def read() -> str:
        return next(values)

    async with database.transaction() as session:
        db.remember(session)
        first = await db.once(session, "key", read)
        db.forget(session)

        assert [first, await db.once(session, "key", read)] == ["a", "b"]


async def test_a_connection_whose_server_has_ended_it_does_not_seem_alive(database_url: str) -> None:
    connection = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
    assert db.seems_alive(connection)

    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,))

    assert not db.seems_alive(connection)
    await connection.close()
    assert not db.seems_alive(connection)


async def test_connections_that_the_server_has_ended_are_replaced_unnoticed(database: Database) -> None:
    async with database.look() as look, database.transaction() as session:
        for one in (look, session):
            await one.scalar(select(1))
    with psycopg.connect(database.url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )

    async with database.look() as look, database.transaction() as session:
        assert await look.scalar(select(1)) == 1
        assert await session.scalar(text("SELECT 2")) == 2
