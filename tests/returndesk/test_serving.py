"""A role that is started on its own says in one line what it lacks."""

import asyncio
from typing import Any

import pytest
import uvloop
from pydantic import SecretStr

from kit import errors
from kit.settings import Settings
from returndesk import serving
from tests.running import free_port

LONG = SecretStr("k" * serving.SHORTEST_SECRET)
NOWHERE = "postgresql://desk@127.0.0.1:1/none"


def settings(**given: Any) -> Settings:
    """Return the settings of a role that lacks nothing but a database, changed as a test wants."""
    ports = {name: free_port() for name in ("port", "actions_port", "console_port")}
    known = {"DATABASE_URL": NOWHERE, "secret_key": LONG, "actions_token": LONG, **ports}
    return Settings(_env_file=None, **{**known, **given})


@pytest.mark.parametrize(
    ("role", "lacking", "words"),
    [
        ("web", {"DATABASE_URL": None}, "DATABASE_URL is not set"),
        ("web", {"secret_key": SecretStr("")}, "RETURNDESK_SECRET_KEY is not set"),
        ("console", {"secret_key": SecretStr("short")}, "RETURNDESK_SECRET_KEY is too short"),
        ("worker", {"actions_token": SecretStr("")}, "RETURNDESK_ACTIONS_TOKEN is not set"),
    ],
)
def test_what_is_missing_is_named(role: str, lacking: dict[str, Any], words: str) -> None:
    with pytest.raises(errors.BadInput, match=words):
        serving.check(role, settings(**lacking))


@pytest.mark.parametrize("role", ["web", "worker", "console"])
def test_a_database_that_does_not_answer_is_told_at_once(role: str) -> None:
    with pytest.raises(errors.Unavailable, match="DATABASE_URL leads to no database"):
        serving.check(role, settings())


def test_a_role_that_lacks_nothing_brings_its_database_up_to_date(database_url: str) -> None:
    serving.check("web", settings(DATABASE_URL=database_url))


def test_the_mail_catcher_needs_nothing() -> None:
    serving.check("mail", Settings(_env_file=None))


def test_an_unknown_role_names_those_that_there_are() -> None:
    with pytest.raises(errors.BadInput, match="web, worker, console, mail"):
        serving.role("queue")


def test_each_role_can_be_served() -> None:
    assert all(callable(serving.role(name)) for name in serving.ROLES)


def test_a_role_runs_on_the_quick_event_loop() -> None:
    loops = []

    async def serve(_: Settings) -> None:
        loops.append(type(asyncio.get_running_loop()))

    serving.run(serve, settings())

    assert loops == [uvloop.Loop]
