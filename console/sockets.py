"""Live sockets: each ends with the session under which it was opened, and acts on pages of its own agent alone.

A page that has lost its session leaves by a script, but a browser need not run it. And NiceGUI takes events for
any page over any socket, whoever knows the page's id.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from nicegui import Client, core
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOK_SECONDS = 5.0
"""How long a socket may outlive its session."""
NOT_ALLOWED = 1008
"""Why it is closed (RFC 6455, section 7.4.1: policy violation)."""
_EVENTS = ("handshake", "event", "javascript_response", "ack", "log")
"""What NiceGUI's script says over its socket; each names the page that is meant."""

type Holds = Callable[[], Awaitable[bool]]
type MayUse = Callable[[Scope, Client], bool]


async def serve(app: ASGIApp, scope: Scope, receive: Receive, send: Send, holds: Holds) -> None:
    """Run a socket until either side closes it, or its session holds no more."""
    ended = asyncio.create_task(_until_ended(holds))
    coming: asyncio.Task[Message] | None = None

    async def receiving() -> Message:
        nonlocal coming
        coming = coming or asyncio.create_task(_next(receive))
        done, _ = await asyncio.wait({coming, ended}, return_when=asyncio.FIRST_COMPLETED)
        if ended in done:
            return {"type": "websocket.disconnect", "code": NOT_ALLOWED}
        message, coming = coming.result(), None
        return message

    try:
        await app(scope, receiving, send)
        if ended.done():
            with suppress(RuntimeError):  # the browser was faster
                await send({"type": "websocket.close", "code": NOT_ALLOWED})
    finally:
        ended.cancel()
        if coming:
            coming.cancel()


def keep_to_their_pages(may_use: MayUse) -> None:
    """Have NiceGUI take events only from sockets that may use the page that is meant; once per process."""
    known: dict[str, Callable[..., Any]] = core.sio.handlers["/"]
    for name in _EVENTS:
        core.sio.on(name, _checked(known[name], may_use))


def _checked(handle: Callable[..., Any], may_use: MayUse) -> Callable[..., Awaitable[Any]]:
    async def handle_own(sid: str, message: object, *more: object) -> Any:
        named = message.get("client_id") if isinstance(message, dict) else None
        client = Client.instances.get(named) if isinstance(named, str) else None
        opened = core.sio.get_environ(sid)
        if client is None or opened is None or not may_use(opened["asgi.scope"], client):
            return False
        done = handle(sid, message, *more)
        return await done if inspect.isawaitable(done) else done

    return handle_own


async def _until_ended(holds: Holds) -> None:
    while await holds():  # noqa: ASYNC110  (what is asked stands in the database)
        await asyncio.sleep(LOOK_SECONDS)


async def _next(receive: Receive) -> Message:
    return await receive()
