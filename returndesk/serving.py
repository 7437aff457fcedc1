"""The roles that a process of ours can have."""

from collections.abc import Awaitable, Callable

from kit.settings import Settings
from returndesk import web, worker

ROLES: dict[str, Callable[[Settings], Awaitable[None]]] = {"web": web.serve, "worker": worker.serve}
