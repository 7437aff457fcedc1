"""The roles that a process of ours can have."""

from collections.abc import Callable, Coroutine
from typing import Any

from kit.settings import Settings
from returndesk import console, mail_catcher, web, worker

ROLES: dict[str, Callable[[Settings], Coroutine[Any, Any, None]]] = {
    "web": web.serve,
    "worker": worker.serve,
    "console": console.serve,
    "mail": mail_catcher.serve,
}
