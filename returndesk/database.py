"""The database that commands work on: the one that is set, or the embedded one; brought up to date first."""

from collections.abc import Iterator
from contextlib import contextmanager

import alembic.command
import psycopg
from alembic.config import Config

from kit import errors
from kit.db import sqlalchemy_url
from kit.settings import PROJECT_ROOT, Settings
from returndesk import embedded, secrets

CONNECT_SECONDS = 10


@contextmanager
def ready(settings: Settings) -> Iterator[Settings]:
    """Give settings with the address of a migrated database and with secrets, for the length of a block.

    Raises:
        Unavailable: the embedded server does not start.
    """
    if settings.database_url:
        migrate(settings.database_url)
        yield with_secrets(settings)
        return
    with embedded.running(settings.data_dir) as url:
        migrate(url)
        yield with_secrets(settings.model_copy(update={"database_url": url}))


def with_secrets(settings: Settings) -> Settings:
    """Fill in the secrets that are not set with the generated ones of the data folder."""
    generated = secrets.load_or_make(settings.data_dir)
    missing = {name: value for name, value in generated.items() if not getattr(settings, name).get_secret_value()}
    secret = type(settings.secret_key)
    return settings.model_copy(update={name: secret(value) for name, value in missing.items()})


def migrate(url: str) -> None:
    """Bring a database to the newest schema; one that is there already is left alone.

    Raises:
        Unavailable: no database answers at the address.
    """
    try:
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise errors.Unavailable(
            f"DATABASE_URL leads to no database: {reason}. Correct it, or leave it empty."
        ) from error
    alembic.command.upgrade(configuration(url), "head")


def configuration(url: str) -> Config:
    """Return Alembic's configuration for a database."""
    config = Config()
    config.set_main_option("script_location", str(PROJECT_ROOT / "migrations"))
    config.attributes["url"] = sqlalchemy_url(url)
    return config
