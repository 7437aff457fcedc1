"""`returndesk policy` and `returndesk explain`: a shop's rules in words, tried out, and a decision explained."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncSession

from casework import explain, policy_trial
from casework.explain import Explanation
from casework.policy_trial import Trial
from kit import settings as configuration
from kit.clock import SystemClock
from kit.db import Database
from kit.settings import Settings
from returndesk import database
from store import policy_file, policy_words

LAST = 200
"""So many orders and returns are tried where nobody says how many."""

policy_app = typer.Typer(help="Check a policy file, or try it out before it is published.", no_args_is_help=True)
console = Console(highlight=False, soft_wrap=True)

OptionalFile = Annotated[Path | None, typer.Argument(help="A policy file; by default the one of the settings.")]


@policy_app.command("check")
def check_command(file: OptionalFile = None) -> None:
    """Say what a policy file says, every rule with its id; or what is wrong in which line, with exit code 1."""
    book = policy_file.read(file or configuration.load().policy)
    for section in policy_words.of_book(book):
        console.print(f"\n{section.title}", style="bold", markup=False)
        for rule_id, sentence in section.lines:
            console.print(f"  {rule_id}: {sentence}" if rule_id else f"  {sentence}", markup=False)


@policy_app.command("diff")
def diff_command(
    old: Annotated[Path, typer.Argument(help="The policy file as it is.")],
    new: Annotated[Path, typer.Argument(help="The policy file as it shall be.")],
    last: Annotated[int, typer.Option(min=1, help="So many of the newest orders and returns are tried.")] = LAST,
    binding: Annotated[
        bool, typer.Option("--binding", help="Each order by the version of its day, instead of the newest of the file.")
    ] = False,
) -> None:
    """Decide about the last orders and returns by both files, and list what would change; nothing is written."""
    before, after = policy_file.read(old), policy_file.read(new)

    async def work(session: AsyncSession) -> Trial:
        return await policy_trial.run(session, before, after, last, SystemClock().now(), binding=binding)

    for line in policy_trial.words(_reading(work)):
        console.print(line, markup=False)


def explain_command(
    rma: Annotated[str, typer.Argument(help="The number of a return, such as RMA-4829-1563.")],
) -> None:
    """Say why a return was decided as it was, and decide it again from its receipt; exit code 1 if that differs."""
    book = policy_file.read(configuration.load().policy)

    async def work(session: AsyncSession) -> Explanation:
        return await explain.explain(session, book, rma)

    explained = _reading(work)
    for line in explained.lines:
        console.print(line, markup=False)
    if not explained.same:
        raise typer.Exit(1)


def _reading[T](work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    with database.ready(configuration.load()) as settings:
        return asyncio.run(_within(settings, work))


async def _within[T](settings: Settings, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    assert settings.database_url, "`ready` fills it in"
    opened = Database(settings.database_url)
    try:
        async with opened.transaction() as session:
            return await work(session)
    finally:
        await opened.dispose()
