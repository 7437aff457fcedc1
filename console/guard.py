"""The console's door: nothing but the sign-in page is given to anybody who is not signed in, the live socket included.

NiceGUI itself asks nobody who they are: whoever knows the id of a page can open its socket. So each page request and
each socket is checked here, before NiceGUI sees it; a socket is refused unless its page was made for the same agent.
"""

import logging
from functools import partial
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID

import nicegui
from nicegui import Client
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from casework import agents
from casework.desk import Desk
from console import sockets
from console.board import Board
from console.room import Room
from handoff.agent import Agent
from kit.events import Listener

COOKIE = "returndesk_agent"
ROOM = "returndesk.room"
BOARD = "returndesk.board"
SOCKET = "/_nicegui_ws/"
OPEN_TO_ALL = ("/sign-in", "/health")
_LIBRARIES = tuple(f"/_nicegui/{nicegui.__version__}/{part}/" for part in ("static", "libraries", "components", "esm"))
OPEN_FOLDERS = ("/static/", *_LIBRARIES)
"""Our style sheets and scripts and NiceGUI's own: code that is public, and no data."""

log = logging.getLogger(__name__)


class Guard:
    """Looks at each request and each socket first; whoever is signed in carries a `Room` in the scope from here on."""

    def __init__(self, app: ASGIApp, desk: Desk, listener: Listener) -> None:
        self._app = app
        self._desk = desk
        self._listener = listener
        self._board = Board(desk)
        self._policy = _content_policy(desk.settings.base_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        refusal = await self._refusal(scope)
        if refusal is None and scope["type"] == "websocket":
            await sockets.serve(self._app, scope, receive, send, partial(self._session_holds, scope))
        elif refusal is None:
            await self._app(scope, receive, self._with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, self._with_headers(send))

    async def _refusal(self, scope: Scope) -> Response | None:
        """Return what is answered to somebody who may not come in; None when they may."""
        path = scope["path"]
        if path in OPEN_TO_ALL or path.startswith(OPEN_FOLDERS):
            return None
        if path.startswith(SOCKET) and not comes_from_here(scope, self._desk):
            return PlainTextResponse("This is not a page of the console.", 403)
        agent = await self._signed_in(scope)
        if agent is None:
            return _please_sign_in(scope)
        if path.startswith(SOCKET) and not _page_is_of(scope, agent):
            return PlainTextResponse("This page belongs to somebody else.", 403)
        scope[ROOM] = Room(self._desk, self._listener, agent)
        scope[BOARD] = self._board
        return None

    async def _signed_in(self, scope: Scope) -> Agent | None:
        token = token_of(scope)
        if not token:
            return None
        async with self._desk.database.transaction() as session:
            return await agents.agent_of(session, self._desk, token)

    async def _session_holds(self, scope: Scope) -> bool:
        """Tell whether a socket's session has not ended; a database that is away for a moment ends none."""
        try:
            return await self._signed_in(scope) is not None
        except Exception:
            log.exception("a session could not be looked up")
            return True

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", self._policy)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["X-Frame-Options"] = "DENY"
                headers["Referrer-Policy"] = "same-origin"
            await send(message)

        return sending


def room_of(request: Request) -> Room:
    """Return what the guard has put into a request's scope."""
    room = request.scope[ROOM]
    assert isinstance(room, Room)
    return room


def board_of(request: Request) -> Board:
    """Return what all pages of this process read together."""
    board = request.scope[BOARD]
    assert isinstance(board, Board)
    return board


def token_of(scope: Scope) -> str:
    """Return the session's token out of the cookie; "" when there is none."""
    try:
        cookies = SimpleCookie(Headers(scope=scope).get("cookie", ""))
    except CookieError:
        return ""
    found = cookies.get(COOKIE)
    return found.value if found else ""


def comes_from_here(scope: Scope, desk: Desk) -> bool:
    """Tell whether a request was sent by a page of this console: its origin is the host that was asked, or ours.

    A browser names the origin with every form that is posted and every socket; whoever names none is no browser.
    """
    headers = Headers(scope=scope)
    origin = urlsplit(headers.get("origin", ""))
    ours = {headers.get("host", ""), urlsplit(desk.settings.console_address).netloc}
    if origin.netloc:
        return origin.netloc in ours
    # Long polling, NiceGUI's second way, sends no origin with a GET; the browser says here where it comes from.
    return headers.get("sec-fetch-site") == "same-origin"


def _page_is_of(scope: Scope, agent: Agent) -> bool:
    """Tell whether a socket's page was made for this agent; a page that is gone is NiceGUI's to refuse."""
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("client_id", [""])[0]
    client = Client.instances.get(asked)
    return client is None or agent_id_of(client) == agent.id


def may_use(scope: Scope, client: Client) -> bool:
    """Tell whether what comes over a socket may act on a page: both are the same agent's."""
    room = scope.get(ROOM)
    return isinstance(room, Room) and room.agent.id == agent_id_of(client)


def agent_id_of(client: Client) -> UUID | None:
    """Return for whom a page was made."""
    room = client.request.scope.get(ROOM)
    return room.agent.id if isinstance(room, Room) else None


def _please_sign_in(scope: Scope) -> Response:
    accepts = Headers(scope=scope).get("accept", "")
    if scope["type"] == "http" and scope["method"] == "GET" and "text/html" in accepts:
        query = scope["query_string"].decode("latin-1")
        wanted = scope["path"] + (f"?{query}" if query else "")
        target = "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted, safe='')}"
        return RedirectResponse(target, 303)
    return PlainTextResponse("Please sign in.", 401)


def _content_policy(pictures: str) -> str:
    """Name what a page may load. NiceGUI compiles its templates in the browser, hence inline scripts and eval."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            f"img-src 'self' data: blob: {pictures}",
            "font-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
