"""The retail tasks: customers who write in plain sentences, and whether the books say in the end what they should.

A house of its own is started with the data set and its policy; before each task every row is put back. The customer of
a task (benchmarks/retail/scripts.yml) talks over the public web chat API, presses no button, and knows only what the
task's scenario and its expected writes say. Then the writes are read from the database: all of the expected ones and no
others, and what was to be told must have been said. Run
`.venv/bin/python benchmarks/retail_tasks.py --data FOLDER [--wording 2] [--more] [--runs 4] [--only ID] [--verbose]`;
the folder holds the data set's `db.json` and `tasks_train.json`. The exit code is 0 unless the tasks could not be run.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from retail import books, comparing, house, manner, script, tasks
from retail.customer import Customer
from retail.script import Script
from retail.tasks import Shop, Task
from rich.console import Console
from rich.table import Table

console = Console(highlight=False, soft_wrap=True, width=150)
Transcript = list[tuple[str, str]]


@dataclass(frozen=True)
class Played:
    """One task, played once."""

    task: Task
    result: comparing.Result
    transcript: Transcript
    seconds: float


def main() -> int:
    """Play the tasks and print what became of them; returns the exit code."""
    options = _options()
    if not options.data:
        print("Name the folder of the data set with --data or RETAIL_DATA.")
        return 2
    data = Path(options.data)
    shop = tasks.read_shop(data / "db.json")
    wanted, scripts = _tasks(options, data, shop)
    if options.manner:
        scripts = {name: replace(one, manner=options.manner) for name, one in scripts.items()}
    chosen = [
        task for task in wanted if task.id in scripts and (not options.only or task.id in options.only.split(","))
    ]
    with tempfile.TemporaryDirectory(prefix="retail-tasks-") as folder:
        place = Path(options.folder or folder)
        with house.running(place, data / "db.json", options.port) as running:
            runs = [_run(running, chosen, scripts, shop, verbose=options.verbose) for _ in range(options.runs)]
    _report(runs, skipped=len(wanted) - len(chosen))
    return 0


def _tasks(options: argparse.Namespace, data: Path, shop: Shop) -> tuple[list[Task], dict[str, Script]]:
    if options.more:
        return tasks.read_more(script.MORE, shop), script.read(script.MORE)
    wanted = tasks.read_tasks(Path(options.tasks) if options.tasks else data / "tasks_train.json", shop)
    return wanted, script.read(Path(options.scripts) if options.scripts else script.of_wording(options.wording))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("RETAIL_DATA", ""), help="folder of the data set")
    parser.add_argument("--tasks", default="", help="another file of tasks")
    parser.add_argument("--scripts", default="", help="another file of scripts")
    parser.add_argument("--wording", type=int, default=1, choices=(1, 2), help="in whose words the tasks are said")
    parser.add_argument("--more", action="store_true", help="play our own tasks of more_tasks.yml")
    parser.add_argument("--manner", default="", choices=list(manner.MANNERS), help="how everybody answers")
    parser.add_argument("--folder", default="", help="data folder of the house; its trained models are used again")
    parser.add_argument("--port", type=int, default=None, help="first of five ports; free ones are taken without it")
    parser.add_argument("--runs", type=int, default=1, help="play everything so often")
    parser.add_argument("--only", default="", help="ids of tasks, with commas")
    parser.add_argument("--verbose", action="store_true", help="print the transcripts")
    return parser.parse_args()


def _run(
    running: house.House, chosen: Sequence[Task], scripts: dict[str, Script], shop: Shop, *, verbose: bool
) -> list[Played]:
    played = []
    for task in chosen:
        one = _play(running, task, scripts[task.id], shop)
        played.append(one)
        console.print(f"{task.id:>4} {one.result.outcome:<14} {one.result}", markup=False)
        if verbose:
            for author, text in one.transcript:
                console.print(f"     {author}: {text}".replace("\n", "\n        "), markup=False)
    return played


def _play(running: house.House, task: Task, wording: Script, shop: Shop) -> Played:
    books.put_back(running.connection)
    began = time.monotonic()
    customer = Customer(task, wording, shop)
    transcript: Transcript = []
    failed = ""
    try:
        chat = running.chat()
        said: str | None = customer.begin()
        while said is not None:
            transcript.append(("customer", said))
            reply = chat.say(said)
            transcript.append(("bot", f"{reply.text}{f' [{reply.slot}]' if reply.slot else ''}"))
            said = customer.respond(reply)
    except httpx.HTTPError as error:
        failed = f"{type(error).__name__}: {error}"
    seen = comparing.Seen(
        books.written(running.connection),
        customer.told,
        books.handed_over(running.connection),
        customer.stuck,
        wording.person,
        customer.said_all,
    )
    result = comparing.Result("failed", person=failed) if failed else comparing.compare(task, seen)
    return Played(task, result, transcript, time.monotonic() - began)


def _report(runs: Sequence[Sequence[Played]], skipped: int) -> None:
    table = Table("run", "tasks", *comparing.OUTCOMES, "turns", "seconds")
    for number, played in enumerate(runs, 1):
        counts = Counter(one.result.outcome for one in played)
        turns = sum(len(one.transcript) // 2 for one in played)
        seconds = sum(one.seconds for one in played)
        row = [str(counts[outcome]) for outcome in comparing.OUTCOMES]
        table.add_row(str(number), str(len(played)), *row, str(turns), f"{seconds:.0f}")
    console.print(table)
    always = [same for same in zip(*runs, strict=True) if all(one.result.outcome == "passed" for one in same)]
    print(f"Passed in every run: {len(always)} of {len(runs[0])} ({len(always) / max(len(runs[0]), 1):.1%})")
    print(f"The same result in every run: {_steady(runs)} of {len(runs[0])}")
    if skipped:
        print(f"Left out, or without a script: {skipped}")


def _steady(runs: Iterable[Sequence[Played]]) -> int:
    return sum(len({str(one.result) + one.result.outcome for one in same}) == 1 for same in zip(*runs, strict=True))


if __name__ == "__main__":
    sys.exit(main())
