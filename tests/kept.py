"""Databases that tests use one after the other, put back between them to what they were at first.

A fresh database for each test would be simpler, and takes most of a short test's time: a copy on the server, new
connections, and every query compiled anew.
"""

from dataclasses import dataclass, field

import psycopg

from kit.db import Database

_OURS = "returndesk-tests"
_DISCONNECT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
    AND pid <> pg_backend_pid() AND (application_name <> %s OR state <> 'idle')
"""
"""Whoever a test has left behind; the kept connections stay, unless one is in the middle of something."""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
_SEQUENCES = "SELECT quote_ident(sequencename), last_value FROM pg_sequences WHERE schemaname = 'public'"


@dataclass
class KeptDatabase:
    """A database with the connections that tests share, and what was in it at first."""

    url: str
    database: Database = field(init=False)
    _rows: dict[str, bytes] = field(init=False, default_factory=dict)
    _sequences: list[tuple[str, int | None]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        mark = "&" if "?" in self.url else "?"
        self.database = Database(f"{self.url}{mark}application_name={_OURS}")
        self.database.url = self.url  # whoever else connects is a stranger, and goes after the test
        with psycopg.connect(self.url, autocommit=True) as connection:
            for name in _used(connection):
                with connection.cursor().copy(f"COPY {name} TO STDOUT") as copied:
                    self._rows[name] = b"".join(bytes(part) for part in copied)
            self._sequences = connection.execute(_SEQUENCES).fetchall()

    def put_back(self) -> None:
        """Disconnect whoever is left, and put every row back."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(_DISCONNECT, [_OURS])
            with connection.transaction():
                empty(connection)
                connection.execute("SET LOCAL session_replication_role = replica")  # rows refer to each other
                for name, rows in self._rows.items():
                    with connection.cursor().copy(f"COPY {name} FROM STDIN") as copied:
                        copied.write(rows)
                for name, value in self._sequences:
                    if value is not None:
                        connection.execute("SELECT setval(%s::regclass, %s)", [name, value])


def empty(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Take all rows out of a database."""
    used = _used(connection)
    if used:
        connection.execute(f"TRUNCATE {', '.join(used)} RESTART IDENTITY CASCADE")


def _used(connection: "psycopg.Connection[tuple[object, ...]]") -> list[str]:
    """Return the tables that have rows: to truncate those alone is quick where few have."""
    names = [f'"{name}"' for (name,) in connection.execute(_TABLES)]
    return [name for name in names if connection.execute(f"SELECT EXISTS (SELECT FROM {name})").fetchone() == (True,)]
