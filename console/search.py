"""Search over all transcripts; a result opens the conversation at that very message."""

from collections.abc import Iterator
from datetime import datetime

from fastapi import Request
from nicegui import ui

from casework import search
from casework.search import Hit
from console import words
from console.markup import Tag
from console.moments import Wall
from console.shell import RECONNECT_SECONDS, Shell
from conversations.message import Author

MOST_HITS = 50
LONGEST_QUESTION = 200
_AUTHORS = {Author.CUSTOMER: "Customer", Author.BOT: "Assistant", Author.SYSTEM: "Notice"}
_HINT = 'An order number, an RMA, an e-mail address, words; "several words" in quotes stand together, -word leaves out.'


def register() -> None:
    """Put the page under its address."""

    @ui.page("/search", reconnect_timeout=RECONNECT_SECONDS)
    async def found(request: Request, q: str = "") -> None:
        await _build(Shell(request, "Search", here="search"), q.strip()[:LONGEST_QUESTION])


async def _build(shell: Shell, question: str) -> None:
    desk = shell.room.desk
    hits: list[Hit] = []
    if question:
        async with desk.database.transaction() as session:
            hits = await search.find(session, desk, question, MOST_HITS)
    with shell.body, Tag("main", "found"), Tag("div", "found-inner"):
        _form(question)
        Tag("p", "found-count", _summary(question, hits), {"role": "status"})
        if hits:
            wall = Wall(desk.book.shop.time_zone, desk.clock.now())
            with Tag("ol", "hits"):
                for hit in hits:
                    _hit(hit, wall)


def _form(question: str) -> None:
    with Tag("form", "found-form", attributes={"action": "/search", "role": "search"}):
        Tag(
            "input",
            "field",
            attributes={
                "name": "q",
                "type": "search",
                "value": question,
                "aria-label": "Search all conversations",
                "placeholder": "Words, an order number, an RMA or an e-mail address",
                "autofocus": None if question else "",
            },
        )
        Tag("button", "primary", "Search", {"type": "submit"})


def _summary(question: str, hits: list[Hit]) -> str:
    if not question:
        return _HINT
    if not hits:
        return f"Nothing was found for “{question}”. {_HINT}"
    if len(hits) == MOST_HITS:
        return f"The newest {MOST_HITS} messages that fit. One word more finds fewer."
    return "One message" if len(hits) == 1 else f"{len(hits)} messages, newest first"


def _hit(hit: Hit, wall: Wall) -> None:
    with Tag("li", "hit"):
        target = f"/c/{hit.conversation_id}?at={hit.seq}"
        with Tag("a", attributes={"href": target, "data-line": ""}):
            with Tag("span", "hit-top"):
                Tag("b", "", words.customer(hit.customer))
                Tag("span", "quiet small", _written_by(hit))
                Tag("time", "", _when(hit.at, wall), {"title": wall.full(hit.at), "datetime": hit.at.isoformat()})
            with Tag("p", "hit-text"):
                for text, is_match in pieces(hit.snippet, hit.marks):
                    Tag("mark" if is_match else "span", "", text)


def _written_by(hit: Hit) -> str:
    author = hit.agent_name or _AUTHORS.get(hit.author, "")
    return f"{author} · {words.channel(hit.channel)}"


def _when(at: datetime, wall: Wall) -> str:
    return wall.short(at)


def pieces(snippet: str, marks: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, bool]]:
    """Cut a snippet at its marks into (text, is a match); whatever the marks say, the text comes out whole."""
    position = 0
    for start, end in sorted(marks):
        begin, stop = max(start, position), min(end, len(snippet))
        if begin >= stop:
            continue
        if begin > position:
            yield snippet[position:begin], False
        yield snippet[begin:stop], True
        position = stop
    if position < len(snippet):
        yield snippet[position:], False
