"""The roles that a process of ours can have, and what each of them needs before it starts."""

import asyncio
import importlib
from collections.abc import Callable, Coroutine
from typing import Any

import threadpoolctl  # type: ignore[import-untyped]
import uvloop

from kit import errors
from kit.settings import Settings
from returndesk import database, supervisor

type Serve = Callable[[Settings], Coroutine[Any, Any, None]]

ROLES = {
    "web": "returndesk.web",
    "worker": "returndesk.worker",
    "console": "returndesk.console",
    "mail": "returndesk.mail_catcher",
}
"""Each role's module; only the one that is served is loaded, since the worker's libraries alone take 150 MB."""
SHORTEST_SECRET = 32
"""Characters of a key that signs (RFC 7518, section 3.2: as long as the hash, 32 bytes)."""


def role(name: str) -> Serve:
    """Return what runs a role, in a process whose numpy uses one thread.

    A sentence is too small to be worth two: on a busy machine they wait for one another, and encoding it took 52 ms
    instead of 20 (docs/performance.md).

    Raises:
        BadInput: there is no such role.
    """
    if name not in ROLES:
        raise errors.BadInput(f"There is no role {name}; the roles are {', '.join(ROLES)}.")
    serve: Serve = importlib.import_module(ROLES[name]).serve
    threadpoolctl.threadpool_limits(1)
    return serve


def run(serve: Serve, settings: Settings) -> None:
    """Run a role until it ends, on an event loop that costs less at each trip to the database than Python's own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))


def check(name: str, settings: Settings) -> None:
    """Make sure that a role has what it needs, and bring its database up to date.

    Raises:
        BadInput: a secret or the database's address is missing; says which setting to make.
        Unavailable: no database answers at the address, or the role's port is in use.
    """
    if name == "mail":
        return
    if not settings.database_url:
        raise errors.BadInput("DATABASE_URL is not set; `returndesk up` sets it for the processes that it starts")
    _check_secret("RETURNDESK_SECRET_KEY", settings.secret_key.get_secret_value())
    if name == "worker":
        _check_secret("RETURNDESK_ACTIONS_TOKEN", settings.actions_token.get_secret_value())
        supervisor.check_ports("127.0.0.1", {"actions_port": settings.actions_port})
    else:
        port = "port" if name == "web" else "console_port"
        supervisor.check_ports(settings.host, {port: getattr(settings, port)})
    database.migrate(settings.database_url)


def _check_secret(variable: str, value: str) -> None:
    if len(value) < SHORTEST_SECRET:
        what = "is too short" if value else "is not set"
        raise errors.BadInput(
            f"{variable} {what}: give all processes the same {SHORTEST_SECRET} or more random characters."
        )
