"""The way back into a conversation: the page behind the link of an e-mail."""

from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

from casework import links, order_conversation, web_sessions
from casework.desk import Desk
from conversations import repository
from conversations.conversation import Conversation
from kit import errors

PAGE = Path(__file__).parent / "resume_page"
ENDED = "This link has ended"
"""Title of the page that an ended, forged or unknown link leads to: all three look the same."""


def router(desk: Desk) -> APIRouter:
    """Build the page, and the script and style that it loads."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/resume/{token}")
    async def resume(token: str) -> HTMLResponse:
        """Open the conversation of a link in this browser."""
        conversation = await _found(desk, token)
        if conversation is None:
            return _page(desk, _ended(desk), status=403)
        return _page(desk, _open(desk, conversation), kind="beside")

    @routes.post("/resume/{token}")
    async def opened(token: str) -> Response:
        """Take the link for opened by a person: their e-mail address is proved for the order that it was about.

        The page's script does this, since what opens links to look for viruses runs none.
        """
        conversation = await _found(desk, token)
        if conversation is None:
            return Response(status_code=403)
        await order_conversation.opened(desk, conversation.id, links.order_proved_by(desk, token))
        return Response(status_code=204)

    @routes.get("/resume-page/resume.js")
    async def script() -> FileResponse:
        return FileResponse(PAGE / "resume.js", media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    @routes.get("/resume-page/page.css")
    async def style() -> FileResponse:
        return FileResponse(PAGE / "page.css", media_type="text/css", headers={"Cache-Control": "no-cache"})

    return routes


def security_headers(base_url: str) -> dict[str, str]:
    """Return what keeps a page of ours to itself: own scripts only, no frame around it, its address told to nobody."""
    parts = urlsplit(base_url)
    socket = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        f"connect-src 'self' {socket}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Cache-Control": "private, no-store",
    }


async def _found(desk: Desk, token: str) -> Conversation | None:
    conversation_id = links.conversation_to_resume(desk, token)
    if conversation_id is None:
        return None
    async with desk.database.transaction() as session:
        try:
            conversation = await repository.get(session, conversation_id)
        except errors.NotFound:
            return None
    return conversation if conversation.channel == web_sessions.CHANNEL else None


def _open(desk: Desk, conversation: Conversation) -> str:
    """Write the page that hands the browser a new token for the conversation's own session."""
    session = web_sessions.Session(conversation.address)
    key = desk.settings.secret_key.get_secret_value()
    token, _ = web_sessions.token_for(session, key, desk.clock.now(), desk.settings.session_days)
    given = {"token": token, "session": session.id, "shop": desk.book.shop.name, "widget": "../widget/returndesk.js"}
    data = " ".join(f'data-{name}="{escape(value)}"' for name, value in given.items())
    return f"""
<h1>Welcome back</h1>
<p>Your conversation with us is open in the chat on this page. Everything that was said is still there, and you can
go on where you left it.</p>
<p><button type="button" id="open">Open the chat</button></p>
<p class="notice" id="blocked" hidden>Your browser keeps this page from remembering your conversation. Please allow
storage for this page, or open the link in another browser.</p>
<p class="notice" id="unreachable" hidden>The chat could not be loaded. Please try again in a moment.</p>
<noscript><p class="notice">The chat needs JavaScript. Please allow it for this page.</p></noscript>
<p class="quiet">The link that brought you here is yours alone: whoever has it can read this conversation.</p>
<script src="../resume-page/resume.js" {data}></script>"""


def _ended(desk: Desk) -> str:
    front = f"{desk.settings.base_url}/"
    shop = f'<p><a class="button" href="{escape(front)}">Go to the shop</a></p>' if desk.settings.demo_shop else ""
    return f"""
<h1>{ENDED}</h1>
<p>Links back into a conversation work for a few days only, so that nobody else can use them later. Nothing that was
said is lost.</p>
<p>Please write to us in the chat of the shop. If it was about a return, have its number at hand, and we go on from
there.</p>
{shop}"""


def _page(desk: Desk, body: str, status: int = 200, kind: str = "alone") -> HTMLResponse:
    shop = escape(desk.book.shop.name)
    html = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<title>{shop}</title>
<link rel="stylesheet" href="../resume-page/page.css">
</head>
<body>
<main class="{kind}">
<p class="shop">{shop}</p>
{body}
</main>
</body>
</html>
"""
    return HTMLResponse(html, status, headers=security_headers(desk.settings.base_url))
