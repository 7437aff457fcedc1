"""`returndesk up`: one command that sets up and runs the whole house."""

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from kit import errors
from kit.settings import PROJECT_ROOT, Settings
from returndesk import commands, database, embedded, mail_catcher, model, supervisor

DATABASE_SECONDS = 1.0
"""How often `up` looks whether its embedded database is still there."""
BRAIN_PYTHON = PROJECT_ROOT / "brain" / ".venv" / "bin" / "python"


def run(settings: Settings, console: Console) -> int:
    """Start everything and wait until it is told to stop; returns the exit code."""
    began = time.monotonic()
    supervisor.check_ports(settings.host, {"port": settings.port, "console_port": settings.console_port})
    inner = {"brain_port": settings.brain_port, "actions_port": settings.actions_port}
    if _catches_mail(settings):
        inner["mail_catcher_port"] = settings.mail_catcher_port
    supervisor.check_ports("127.0.0.1", inner)
    if not BRAIN_PYTHON.exists():
        raise errors.Unavailable("The brain's environment is missing. Run `make run`, which sets it up.")
    with console.status("Starting the database"), database.ready(settings) as ready:
        return asyncio.run(_run(ready, console, began, embeds=not settings.database_url))


async def _run(settings: Settings, console: Console, began: float, *, embeds: bool) -> int:
    def say(line: str) -> None:
        console.print(line, markup=False)

    say(f"Database ready ({_elapsed(began)})")
    if settings.demo_shop:
        counts = await commands.seed(settings, console)
        say(f"Demo shop ready: {commands.listed(counts)} ({_elapsed(began)})" if counts else "Demo shop ready")
    say("Training the dialogue model, unless it is known already")
    path = await model.ensure(PROJECT_ROOT, settings.data_dir)
    say(f"Dialogue model ready ({_elapsed(began)})")

    demo = await commands.demo_agents(settings)

    def ready() -> None:
        say(f"\nreturndesk is up ({_elapsed(began)})\n")
        if settings.demo_shop:
            say(f"  Demo shop and chat  {settings.base_url}/")
        say(f"  Console for agents  {settings.console_address}/")
        for agent in demo:
            say(f"    sign in as        {agent.email}  {agent.password}  ({agent.role})")
        if _catches_mail(settings):
            say(f"  Caught e-mails      http://127.0.0.1:{settings.port}/demo/mail (only on this machine)")
        say(f"  API docs            {settings.base_url}/docs")
        say(f"  Logs                {settings.data_dir / 'log'}\n")
        say("Stop with Ctrl-C.")

    keeping = asyncio.create_task(_keep_database(settings, say)) if embeds else None
    try:
        return await supervisor.run(_processes(settings, path), settings.data_dir, say, ready)
    finally:
        if keeping:
            keeping.cancel()


async def _keep_database(settings: Settings, say: Callable[[str], None]) -> None:
    """Look after the embedded database for as long as the house runs: its keeper may be killed like anybody else."""
    while True:
        await asyncio.sleep(DATABASE_SECONDS)
        try:
            if await asyncio.to_thread(embedded.revive, settings.data_dir):
                say("The database was killed; it is started again.")
        except errors.Unavailable as error:
            say(str(error))


def _processes(settings: Settings, model_path: Path) -> list[supervisor.Process]:
    ours = {
        "DATABASE_URL": settings.database_url or "",
        "RETURNDESK_SECRET_KEY": settings.secret_key.get_secret_value(),
        "RETURNDESK_ACTIONS_TOKEN": settings.actions_token.get_secret_value(),
    }
    serve = [sys.executable, "-m", "returndesk", "serve"]
    brain = [
        str(BRAIN_PYTHON),
        *("-m", "brain.serve", "--model", str(model_path), "--port", str(settings.brain_port)),
        *("--actions-url", settings.actions_url),
    ]
    catcher = supervisor.Process(
        "mail",
        [*serve, "mail"],
        ours,
        ready=lambda: mail_catcher.is_ready(settings.mail_catcher_port),
        cwd=PROJECT_ROOT,
    )
    brain_env = {"PYTHONPATH": str(PROJECT_ROOT), "RETURNDESK_ACTIONS_TOKEN": ours["RETURNDESK_ACTIONS_TOKEN"]}
    return [
        supervisor.Process(
            "brain", brain, brain_env, ready=f"{settings.brain_url}/webhooks/desk/health", cwd=PROJECT_ROOT
        ),
        supervisor.Process(
            "worker",
            [*serve, "worker"],
            ours,
            ready=f"http://127.0.0.1:{settings.actions_port}/health",
            cwd=PROJECT_ROOT,
            # The first start encodes all answers and examples; the vectors are kept.
            ready_seconds=180.0,
        ),
        supervisor.Process(
            "web", [*serve, "web"], ours, ready=f"http://{settings.host}:{settings.port}/health", cwd=PROJECT_ROOT
        ),
        supervisor.Process(
            "console",
            [*serve, "console"],
            ours,
            ready=f"http://{settings.host}:{settings.console_port}/health",
            cwd=PROJECT_ROOT,
        ),
        *([catcher] if _catches_mail(settings) else []),
    ]


def _catches_mail(settings: Settings) -> bool:
    """Tell whether e-mails are caught instead of sent."""
    return settings.demo_shop and not settings.smtp_host


def _elapsed(began: float) -> str:
    return f"{time.monotonic() - began:.0f} s"
