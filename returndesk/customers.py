"""`returndesk customers`: hand out one customer's data, or erase it."""

import asyncio
import json
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from casework import privacy
from casework.desk import Desk
from casework.privacy import Erased
from kit import errors
from kit import settings as configuration
from kit.settings import Settings
from returndesk import app as wiring
from returndesk import database

ACTOR = "command line"
"""Whom the audit trail names for what is done here."""

customers_app = typer.Typer(help="One customer's data.", no_args_is_help=True, add_completion=False)
console = Console(highlight=False, soft_wrap=True)

Email = Annotated[str, typer.Argument(help="The customer's e-mail address.")]


@customers_app.command("export")
def export_command(
    email: Email,
    out: Annotated[Path | None, typer.Option(help="File to write to; without it, standard output.")] = None,
) -> None:
    """Write all data of one customer as JSON: profile, orders, returns, payments, conversations with their files."""
    document = json.dumps(_run(lambda desk: _export(desk, email)), ensure_ascii=False, indent=2)
    if out is None:
        typer.echo(document)
        return
    _write_private(out, document)
    console.print(
        f"Wrote {out}. It holds personal data: hand it to nobody else, and delete it afterwards.", markup=False
    )


@customers_app.command("erase")
def erase_command(
    email: Email,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; it cannot be undone.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Even while a return, a refund or an order is open.")] = False,
) -> None:
    """Erase who a customer is and all that was said; orders, returns and payments keep their amounts and days."""
    if not yes:
        raise errors.BadInput("This cannot be undone, so nothing was erased. Say --yes to do it.")
    done = _run(lambda desk: _erase(desk, email, force))
    console.print(
        f"Erased {_count(done.customers, 'customer')} with {_count(done.orders, 'order')}, "
        f"{_count(done.conversations, 'conversation')} and {_count(done.messages, 'message')}. The books are unchanged."
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _write_private(path: Path, document: str) -> None:
    """Write a file that nobody but its owner can read, whoever could read it before."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(document + "\n")


async def _export(desk: Desk, email: str) -> dict[str, Any]:
    async with desk.database.transaction() as session:
        return await privacy.export(session, desk, email)


async def _erase(desk: Desk, email: str, force: bool) -> Erased:
    async with desk.database.transaction() as session:
        return await privacy.erase(session, desk, email, ACTOR, force=force)


def _run[T](work: Callable[[Desk], Coroutine[Any, Any, T]]) -> T:
    """Do something with a desk on the settings' database."""

    async def run(settings: Settings) -> T:
        async with wiring.open_house(settings) as house:
            return await work(house.desk)

    with database.ready(configuration.load()) as settings:
        return asyncio.run(run(settings))
