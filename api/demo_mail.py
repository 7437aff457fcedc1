"""The demo shop's letter box: what the mail catcher has kept, for whoever tries the desk on their own machine."""

import asyncio
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from api.resume import security_headers
from kit.settings import Settings

MOST_SHOWN = 50
_NAME = re.compile(r"[0-9A-Za-z.-]+\.eml")
_LINK = re.compile(r"(https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]}])")


@dataclass(frozen=True)
class Caught:
    """An e-mail as it is shown: its plain text, never its HTML."""

    name: str
    sender: str
    to: str
    subject: str
    date: str
    text: str
    files: tuple[str, ...]


def router(settings: Settings) -> APIRouter:
    """Build the page; without the demo shop, or with a real mail server, there is none."""
    routes = APIRouter(include_in_schema=False, dependencies=[Depends(_only_from_here)])
    if not settings.demo_shop or settings.smtp_host:
        return routes
    folder = settings.data_dir / "mail"

    @routes.get("/demo/mail")
    async def letter_box() -> HTMLResponse:
        """List what was caught, newest first."""
        caught = await asyncio.to_thread(_newest, folder)
        return HTMLResponse(_page(caught), headers=security_headers(settings.base_url))

    @routes.get("/demo/mail/{name}/{number}")
    async def file(name: str, number: int) -> Response:
        """Save a file that came with an e-mail."""
        found = await asyncio.to_thread(_file, folder, name, number)
        if found is None:
            raise HTTPException(404, "There is no such file in the letter box.")
        filename, data = found
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
            **security_headers(settings.base_url),
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        return Response(data, media_type="application/octet-stream", headers=headers)

    return routes


def _only_from_here(request: Request) -> None:
    """Let in who sits at this machine: the letters hold links that open customers' conversations.

    A page of another site, open in a browser at this machine, is kept out too: a script that reads names its origin,
    and a site that lets its own name lead to this machine asks for that name. So does a proxy in front of us.
    """
    came_from = request.client.host if request.client else ""
    asked = request.url.hostname or ""
    is_here = _is_loopback(came_from) and (asked == "localhost" or _is_loopback(asked))
    if not is_here or "origin" in request.headers:
        raise HTTPException(404, "Not Found")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.removeprefix("::ffff:")).is_loopback
    except ValueError:
        return False


def _newest(folder: Path) -> list[Caught]:
    paths = sorted(folder.glob("*.eml"), reverse=True)[:MOST_SHOWN]
    return [_caught(path.name, read) for path in paths if (read := _read(path))]


def _read(path: Path) -> EmailMessage | None:
    try:
        return message_from_bytes(path.read_bytes(), EmailMessage, policy=policy.default)
    except OSError:  # the catcher has thrown it away meanwhile
        return None


def _caught(name: str, message: EmailMessage) -> Caught:
    body = message.get_body(("plain",))
    sent = message["Date"].datetime if message["Date"] else None
    return Caught(
        name=name,
        sender=str(message["From"] or ""),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or "(no subject)"),
        date=f"{sent:%d %B %Y, %H:%M} UTC" if sent else "",
        text=str(body.get_content()) if body else "",
        files=tuple(part.get_filename() or "file" for part in message.iter_attachments()),
    )


def _file(folder: Path, name: str, number: int) -> tuple[str, bytes] | None:
    message = _read(folder / name) if _NAME.fullmatch(name) else None
    parts = list(message.iter_attachments()) if message else []
    if not 0 <= number < len(parts):
        return None
    data = parts[number].get_payload(decode=True)
    return (parts[number].get_filename() or "file", data) if isinstance(data, bytes) else None


def _page(caught: list[Caught]) -> str:
    letters = "\n".join(_letter(one) for one in caught)
    empty = "<p>Nothing has been caught yet. Leave an e-mail address in the chat, close it, and wait for an answer.</p>"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Letter box of the demo shop</title>
<link rel="stylesheet" href="../resume-page/page.css">
</head>
<body>
<main class="wide">
<h1>Letter box</h1>
<p class="quiet">E-mails of the demo shop end here instead of leaving this machine. The newest is on top.</p>
{letters or empty}
</main>
</body>
</html>
"""


def _letter(one: Caught) -> str:
    files = "".join(
        f'<li><a href="mail/{quote(one.name)}/{number}">{escape(file)}</a></li>'
        for number, file in enumerate(one.files)
    )
    listed = f'<ul class="files">{files}</ul>' if files else ""
    return f"""<article>
<h2>{escape(one.subject)}</h2>
<p class="quiet">From {escape(one.sender)} to {escape(one.to)} · {escape(one.date)}</p>
<pre>{_with_links(one.text)}</pre>
{listed}
</article>"""


def _with_links(text: str) -> str:
    """Return a text as HTML in which nothing but web addresses is more than text."""
    pieces = _LINK.split(text)
    return "".join(
        f'<a href="{escape(piece)}" rel="noopener noreferrer">{escape(piece)}</a>' if odd % 2 else escape(piece)
        for odd, piece in enumerate(pieces)
    )
