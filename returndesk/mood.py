"""`returndesk mood tune`: stored conversations under other thresholds, and what would change."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console

from handoff import mood_replay, rules
from handoff.mood_replay import Change, Replay, Step
from handoff.rules import HandoffRules
from kit import errors
from kit import settings as configuration
from kit.settings import Settings
from returndesk import app as wiring
from returndesk import database

LAST = 500
"""So many conversations are replayed where nobody says how many."""
SHOWN = 60
"""Characters of a message; more is cut."""

mood_app = typer.Typer(help="The reading of mood, and the rules that bring a person.", no_args_is_help=True)
console = Console(highlight=False, soft_wrap=True)


@mood_app.callback()
def _commands() -> None:
    """Keep `tune` a command of its own while it is the only one."""


@mood_app.command("tune")
def tune_command(
    at_once: Annotated[float | None, typer.Option(help="Score from which a person comes at once.")] = None,
    offer: Annotated[float | None, typer.Option(help="Score from which a person is offered.")] = None,
    file: Annotated[Path | None, typer.Option(help="Another file of rules, instead of single numbers.")] = None,
    story: Annotated[
        list[str] | None, typer.Option("--set", help="A number of `conversation`, such as said_often=0.4; repeatable.")
    ] = None,
    last: Annotated[int, typer.Option(min=1, help="So many of the newest conversations are replayed.")] = LAST,
) -> None:
    """Replay stored conversations under other thresholds and list what would change; nothing is written."""
    settings = configuration.load()
    now = rules.read(settings.handoff)
    if file:
        other = rules.read(file)
    else:
        other = with_numbers(settings.handoff.read_text(encoding="utf-8"), at_once, offer, story or [])
    with database.ready(settings) as ready:
        replay = asyncio.run(_replay(ready, now, other, last))
    for line in words(replay):
        console.print(line, markup=False)


def with_numbers(text: str, at_once: float | None, offer: float | None, story: list[str]) -> HandoffRules:
    """Return the rules of a file with other numbers in it.

    Raises:
        BadInput: a number is none, or is not allowed where it stands.
    """
    document: dict[str, Any] = yaml.safe_load(text)
    for then, number in (("person", at_once), ("offer", offer)):
        for rule in document["escalation"].values():
            if number is not None and "mood" in rule["when"] and rule.get("then", "person") == then:
                rule["when"]["mood"] = number
    numbers = document.setdefault("conversation", {})
    for pair in story:
        name, _, value = pair.partition("=")
        try:
            numbers[name.strip()] = float(value)
        except ValueError as error:
            raise errors.BadInput(f"--set {pair}: it must be a name and a number, such as said_often=0.4") from error
    return rules.parse(yaml.safe_dump(document, sort_keys=False), "handoff.yml with these numbers")


def words(replay: Replay) -> list[str]:
    """Return a replay in lines: the counts, then each change with the customer's words."""
    lines = [
        f"{replay.conversations} conversations, {replay.messages} messages with a mood.",
        f"By mood, the law or danger a person came or was offered {replay.before} times; now {replay.after} times.",
    ]
    if not replay.changes:
        return [*lines, "Nothing would change."]
    return [*lines, *(line for change in replay.changes for line in _change(change))]


def _change(change: Change) -> list[str]:
    return [
        f"\n{str(change.conversation_id)[:8]}  {change.kind}",
        f"  was: {_step(change.before)}",
        f"  now: {_step(change.after)}",
    ]


def _step(step: Step | None) -> str:
    if step is None:
        return "nothing"
    text = step.text if len(step.text) <= SHOWN else f"{step.text[: SHOWN - 1]}…"
    does = "a person" if step.person else "the offer of a person"
    led = f"; its words: {', '.join(step.words)}" if step.words and step.words != (step.text,) else ""
    return f"{does} at message {step.seq} “{text}” ({step.rule_id}, {step.score:.2f}{led})"


async def _replay(settings: Settings, now: HandoffRules, other: HandoffRules, last: int) -> Replay:
    async with wiring.open_house(settings) as house, house.desk.database.transaction() as session:
        return await mood_replay.run(session, now, other, last)
