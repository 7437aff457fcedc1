"""`returndesk import`: a shop's orders from files, and the retail data set."""

import asyncio
import csv
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from kit import errors
from kit import settings as configuration
from kit.settings import Settings
from returndesk import app as wiring
from returndesk import commands, database
from store import importing
from store.importing_record import Fault

import_app = typer.Typer(help="Import a shop's data.", no_args_is_help=True)
console = Console(highlight=False, soft_wrap=True)

SHOWN = 20
"""So many wrong or odd rows are printed; all of them are in the report."""


@import_app.command("retail")
def import_retail(path: Annotated[Path, typer.Argument(help="A JSON file with products, users and orders.")]) -> None:
    """Import a file of the retail data set's shape; a broken file is refused whole."""
    with database.ready(configuration.load()) as settings:
        counts = asyncio.run(commands.import_retail(settings, path, console))
    console.print(f"Imported {commands.listed(counts)}." if counts else "All of it is here already.")
    console.print("Start the desk with RETURNDESK_POLICY=policy/retail.yml to serve this shop by its own policy.")


@import_app.command("orders")
def import_orders(
    file: Annotated[Path, typer.Argument(help="A CSV or JSON file in the format of docs/importing.md.")],
    format: Annotated[  # noqa: A002  (the name of the option)
        Literal["csv", "json"] | None, typer.Option(help="By default what the file's name ends with.")
    ] = None,
    on_error: Annotated[
        Literal["stop", "skip"], typer.Option(help="What to do about a wrong row: stop there, or leave it out.")
    ] = "stop",
    report: Annotated[Path | None, typer.Option(help="Write every wrong or odd row to this CSV file.")] = None,
) -> None:
    """Import orders; an interrupted import goes on where it was, and orders that are here are brought up to date.

    The exit code is 1 when a wrong row stopped the import; what stood before its batch is in. With --on-error skip
    wrong rows are left out and listed, and the exit code is 0.
    """
    chosen = format or _format_of(file)
    with database.ready(configuration.load()) as settings:
        done = asyncio.run(_orders(settings, file, chosen, on_error))
    if report is not None:
        _write_report(report, done.faults)
    for line in _in_words(done, on_error, report):
        console.print(line, markup=False)
    if done.stopped:
        raise typer.Exit(1)


def _format_of(file: Path) -> importing.Format:
    suffix = file.suffix.lower()
    if suffix in {".csv", ".tsv", ".txt"}:
        return "csv"
    if suffix in {".json", ".jsonl", ".ndjson"}:
        return "json"
    raise errors.BadInput(f"{file.name}: is this CSV or JSON? Say so with --format.")


async def _orders(
    settings: Settings, file: Path, chosen: importing.Format, on_error: importing.OnError
) -> importing.Report:
    async with wiring.open_house(settings) as house:
        desk = house.desk
        job = importing.Job(file, chosen, on_error, desk.book.shop.currency)
        with commands.progress_bar(console) as report:
            return await importing.run(desk.database, desk.clock, job, report)


def _write_report(path: Path, faults: list[Fault]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(["line", "order", "field", "level", "reason"])
            for one in faults:
                table.writerow([one.line, one.order, one.field, "warning" if one.warning else "fault", one.reason])
    except OSError as error:
        raise errors.BadInput(f"{path}: {error.strerror}") from error


def _in_words(done: importing.Report, on_error: importing.OnError, report: Path | None) -> list[str]:
    if done.finished_before is not None:
        return [f"This file was imported on {done.finished_before:%Y-%m-%d %H:%M} UTC; nothing was changed."]
    lines = [f"{done.before} entries were imported by an earlier run."] if done.before else []
    wrong, odd = done.wrong, [fault for fault in done.faults if fault.warning]
    lines += _listed(wrong, "") + _listed(odd, "warning: ")
    if max(len(wrong), len(odd)) > SHOWN and report is None:
        lines.append("Write them all to a file with --report FILE.")
    lines.append(f"Imported: {_counted(done)}.")
    rows = "1 row is" if len(wrong) == 1 else f"{len(wrong)} rows are"
    if done.stopped and on_error == "skip":
        lines.append(f"{rows} wrong. That is too many: is this the right file? Stopped here.")
    elif done.stopped:
        lines.append(
            f"Stopped: {rows} wrong. Nothing of their batch was written. Correct the file and import it again;"
        )
        lines.append("what is in already is left alone. Or leave wrong rows out with --on-error skip.")
    elif wrong:
        lines.append(f"{rows} wrong, and not imported.")
    return lines


def _listed(faults: list[Fault], head: str) -> list[str]:
    lines = [f"{head}{fault}" for fault in faults[:SHOWN]]
    return [*lines, f"{head}and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else lines


def _counted(done: importing.Report) -> str:
    """Write what was done: `3 orders created, 1 order unchanged`."""
    counts = Counter(done.counts)
    parts = [
        f"{counts[kind, answer]} {kind}{'' if counts[kind, answer] == 1 else 's'} {answer}"
        for kind in ("product", "customer", "order")
        for answer in ("created", "updated", "unchanged")
        if counts[kind, answer]
    ]
    return ", ".join(parts) if parts else "nothing"
