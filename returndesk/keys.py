"""`returndesk keys`: who may call the REST API, and for what."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table
from sqlalchemy.ext.asyncio import AsyncSession

from casework.desk import Desk
from handoff import repository as handoffs
from integrations import keys
from integrations.keys import ApiKey
from kit import errors
from kit import settings as configuration
from kit.settings import Settings
from returndesk import app as wiring
from returndesk import database

ACTOR = "command line"
"""Whom the audit trail names for what is done here."""

keys_app = typer.Typer(help="Who may call the REST API.", no_args_is_help=True, add_completion=False)
console = Console(highlight=False, soft_wrap=True)

Name = Annotated[str, typer.Argument(help="The key's name, which the audit trail shows.")]


@keys_app.command("add")
def add_command(
    name: Name,
    scope: Annotated[
        list[str] | None, typer.Option(help=f"What it may do; repeat for more. One of {', '.join(keys.SCOPES)}.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All scopes.")] = False,
) -> None:
    """Make a key and print it, once: only its SHA-256 is kept."""
    if everything and scope:
        raise errors.BadInput("Use --scope or --all, not both.")
    scopes = list(keys.SCOPES) if everything else scope or []

    async def add(session: AsyncSession, now: datetime) -> tuple[ApiKey, str]:
        return await keys.add(session, name, scopes, now)

    key, token = _run(lambda desk: _audited(desk, "api_key_added", add))
    console.print(f"Key {key.name}: {', '.join(key.scopes)}", markup=False)
    console.print(f"Shown this once: {token}", markup=False)


@keys_app.command("list")
def list_command() -> None:
    """List all keys: name, first letters, scopes, when they were made and last used."""
    found = _run(_everyone)
    if not found:
        console.print("There are no keys. `returndesk keys add NAME --scope orders:read` makes one.")
        return
    titles = ("name", "key", "scopes", "made", "last used", "state")
    table = Table(*(Column(title, overflow="fold") for title in titles))
    for key in found:
        state = "disabled" if key.disabled_at else "active"
        row = (key.name, f"rd_{key.prefix}_…", " ".join(key.scopes), _day(key.created_at), _day(key.used_at), state)
        table.add_row(*row)
    console.print(table)


@keys_app.command("disable")
def disable_command(name: Name) -> None:
    """Let a key do nothing any more, at once; what it did keeps its name."""

    async def disable(session: AsyncSession, now: datetime) -> tuple[ApiKey, str]:
        return await keys.disable(session, name, now), ""

    key, _ = _run(lambda desk: _audited(desk, "api_key_disabled", disable))
    console.print(f"{key.name} is disabled.", markup=False)


async def _audited(
    desk: Desk, act: str, change: Callable[[AsyncSession, datetime], Coroutine[Any, Any, tuple[ApiKey, str]]]
) -> tuple[ApiKey, str]:
    now = desk.clock.now()
    async with desk.database.transaction() as session:
        key, token = await change(session, now)
        await handoffs.audit(session, ACTOR, act, None, {"key": key.name, "scopes": list(key.scopes)}, now)
    return key, token


async def _everyone(desk: Desk) -> list[ApiKey]:
    async with desk.database.transaction() as session:
        return await keys.everyone(session)


def _run[T](work: Callable[[Desk], Coroutine[Any, Any, T]]) -> T:
    """Do something with a desk on the settings' database."""

    async def run(settings: Settings) -> T:
        async with wiring.open_house(settings) as house:
            return await work(house.desk)

    with database.ready(configuration.load()) as settings:
        return asyncio.run(run(settings))


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "never"
