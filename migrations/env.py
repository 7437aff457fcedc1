"""Alembic's entry: runs on the address that `returndesk.database.migrate` gives, one process at a time."""

from alembic import context
from sqlalchemy import create_engine, text

from conversations import tables as _conversations  # noqa: F401  (found through the shared metadata)
from faq import tables as _faq  # noqa: F401
from handoff import tables as _handoff  # noqa: F401
from integrations import tables as _integrations  # noqa: F401
from kit.db import Base
from store import tables as _store  # noqa: F401

ONE_AT_A_TIME = 7_241_001
"""Key of the advisory lock that keeps two starting processes from migrating at once."""


REWRITTEN = {"ix_customers_name_zip"}
"""Indexes on expressions that PostgreSQL keeps in words of its own: compared, they would look like others."""


def ours(_: object, name: str | None, kind: str, *__: object) -> bool:
    """Leave procrastinate's own tables to its own schema, and what cannot be compared alone."""
    if kind == "index" and name in REWRITTEN:
        return False
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


def run() -> None:
    """Run what is missing, in one transaction."""
    engine = create_engine(context.config.attributes["url"])
    with engine.connect() as connection, connection.begin():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
        context.configure(connection=connection, target_metadata=Base.metadata, include_object=ours)
        context.run_migrations()
    engine.dispose()


run()
