"""`returndesk agents`: who may work in the console; and the demo shop's two agents."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Column, Table
from sqlalchemy.ext.asyncio import AsyncSession

from casework import agents
from casework.agents import NewAgent
from casework.desk import Desk
from handoff import passwords
from handoff.agent import Agent, Role
from kit import errors
from kit import settings as configuration
from kit.settings import Settings
from returndesk import app as wiring
from returndesk import database

ACTOR = "command line"
"""Whom the audit trail names for what is done here."""
DEMO_FILE = "demo-agents.json"
DEMO_TEAM = (
    ("Ana Lopes", "ana@returndesk.example", Role.AGENT),
    ("Sam Reyes", "sam@returndesk.example", Role.SUPERVISOR),
)

type Change = Callable[[AsyncSession, Desk, UUID, str], Awaitable[None]]

agents_app = typer.Typer(help="Who may work in the console.", no_args_is_help=True, add_completion=False)
console = Console(highlight=False, soft_wrap=True)

Email = Annotated[str, typer.Argument(help="The agent's e-mail, with which they sign in.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
Generate = Annotated[bool, typer.Option("--generate", help="Make a password and print it, once.")]


@agents_app.command("add")
def add_command(  # noqa: PLR0913  (each parameter is an option)
    email: Email,
    name: Annotated[str, typer.Argument(help="The agent's name, as customers see it.")],
    role: Annotated[Role, typer.Option(help="Supervisors also watch and take over; admins too.")] = Role.AGENT,
    team: Annotated[str, typer.Option(help="A team of the handoff file, such as returns.")] = "",
    languages: Annotated[str, typer.Option(help="Languages they answer in, such as en,es.")] = "en",
    skills: Annotated[str, typer.Option(help="What they are called for, such as legal,safety.")] = "",
    capacity: Annotated[int, typer.Option(help="How many conversations at once.")] = NewAgent.capacity,
    password_stdin: FromStdin = False,
    generate: Generate = False,
) -> None:
    """Add an agent; the password is asked for twice, never given as an argument."""
    password = _password(password_stdin, generate)
    spoken, called_for = tuple(languages.split(",")), tuple(skills.split(","))
    new = NewAgent(email, name, password, role, team or None, spoken, called_for, capacity)
    added = _run(lambda desk: _add(desk, new))
    console.print(f"Added {added.name} <{added.email}>, {added.role}.", markup=False)
    _show_generated(password, generate)


@agents_app.command("list")
def list_command() -> None:
    """List all agents: name, e-mail, role, team, whether they are online, and when they were last seen."""
    everyone, now = _run(_everyone)
    if not everyone:
        console.print("There are no agents. `returndesk agents add EMAIL NAME` adds one.")
        return
    titles = ("name", "e-mail", "role", "team", "online", "last seen")
    table = Table(*(Column(title, overflow="fold") for title in titles))
    for agent in everyone:
        row = (agent.name, agent.email, agent.role, agent.team or "-", _presence(agent, now), _last_seen(agent, now))
        table.add_row(*(cell.replace("[", r"\[") for cell in row))
    console.print(table)


@agents_app.command("password")
def password_command(email: Email, password_stdin: FromStdin = False, generate: Generate = False) -> None:
    """Give an agent another password; it ends all their sessions."""
    password = _password(password_stdin, generate)

    async def change(session: AsyncSession, desk: Desk, agent_id: UUID, actor: str) -> None:
        await agents.change_password(session, desk, agent_id, password, actor)

    changed = _run(lambda desk: _change(desk, email, change))
    console.print(f"{changed.name} has another password and has to sign in again.", markup=False)
    _show_generated(password, generate)


@agents_app.command("disable")
def disable_command(email: Email) -> None:
    """Let an agent sign in no more, at once; transcripts keep their name."""
    disabled = _run(lambda desk: _change(desk, email, agents.disable))
    console.print(f"{disabled.name} is disabled and signed out everywhere.", markup=False)


@agents_app.command("enable")
def enable_command(email: Email) -> None:
    """Let an agent who was disabled sign in again, with the password that they had."""
    enabled = _run(lambda desk: _change(desk, email, agents.enable))
    console.print(f"{enabled.name} may sign in again.", markup=False)


@dataclass(frozen=True)
class DemoAgent:
    """Somebody as whom the demo's console can be tried."""

    name: str
    email: str
    role: Role
    password: str


@dataclass(frozen=True)
class DemoAgents:
    """The demo's agents whose generated passwords still work."""

    agents: tuple[DemoAgent, ...]


async def ensure_demo(desk: Desk, data_dir: Path) -> DemoAgents | None:
    """Make the demo's agents when there is nobody yet; returns those whose generated passwords still work.

    The passwords are made once and kept in `demo-agents.json`, readable by its owner alone. A desk without the demo
    shop, or with agents of its own, gets none: None.
    """
    if not desk.settings.demo_shop:
        return None
    path = data_dir / DEMO_FILE
    known = await asyncio.to_thread(_read_demo, path)
    async with desk.database.transaction() as session:
        nobody_yet = not await agents.everyone(session)
    if nobody_yet:
        known = known or await asyncio.to_thread(_make_demo, path)
        await _add_demo(desk, known)
    working = [agent for agent in known if await agents.has_password(desk, agent.email, agent.password)]
    return DemoAgents(tuple(working)) if working else None


async def _add_demo(desk: Desk, known: tuple[DemoAgent, ...]) -> None:
    ana, sam = known
    team = desk.handoff.teams[0] if desk.handoff.teams else None
    async with desk.database.transaction() as session:
        new = NewAgent(ana.email, ana.name, ana.password, ana.role, team, languages=("en", "es"))
        await agents.add(session, desk, new, ACTOR)
        new = NewAgent(sam.email, sam.name, sam.password, sam.role, skills=("legal", "safety"))
        await agents.add(session, desk, new, ACTOR)


def _read_demo(path: Path) -> tuple[DemoAgent, ...]:
    """Return the demo's agents with the passwords of the file; none when it is not there or broken."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return tuple(DemoAgent(*who, password=str(stored[who[1]])) for who in DEMO_TEAM)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return ()


def _make_demo(path: Path) -> tuple[DemoAgent, ...]:
    made = tuple(DemoAgent(*who, password=passwords.generated()) for who in DEMO_TEAM)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # a broken one may have been left open to others
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump({agent.email: agent.password for agent in made}, file, indent=2)
    return made


async def _add(desk: Desk, new: NewAgent) -> Agent:
    async with desk.database.transaction() as session:
        return await agents.add(session, desk, new, ACTOR)


async def _everyone(desk: Desk) -> tuple[list[Agent], datetime]:
    async with desk.database.transaction() as session:
        return await agents.everyone(session), desk.clock.now()


async def _change(desk: Desk, email: str, change: Change) -> Agent:
    async with desk.database.transaction() as session:
        agent = await agents.with_email(session, email)
        await change(session, desk, agent.id, ACTOR)
        return agent


def _run[T](work: Callable[[Desk], Coroutine[Any, Any, T]]) -> T:
    """Do something with a desk on the settings' database."""

    async def run(settings: Settings) -> T:
        async with wiring.open_house(settings) as house:
            return await work(house.desk)

    with database.ready(configuration.load()) as settings:
        return asyncio.run(run(settings))


def _password(from_stdin: bool, generate: bool) -> str:
    """Return the new password: made, read from standard input, or asked for twice; never an argument.

    Raises:
        BadInput: both ways are named, or there is no terminal to ask at.
    """
    if from_stdin and generate:
        raise errors.BadInput("Use --password-stdin or --generate, not both.")
    if generate:
        return passwords.generated()
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not _is_terminal():
        raise errors.BadInput("There is no terminal to ask for a password. Use --password-stdin or --generate.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _show_generated(password: str, generate: bool) -> None:
    if generate:
        console.print(f"Password, shown this once: {password}", markup=False)


def _presence(agent: Agent, now: datetime) -> str:
    if agent.disabled:
        return "disabled"
    if agent.is_online(now):
        return "yes"
    return "no" if agent.available else "away"


def _last_seen(agent: Agent, now: datetime) -> str:
    if agent.seen_at is None:
        return "never"
    minutes = int((now - agent.seen_at).total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min ago" if minutes > 0 else "now"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days ago"
