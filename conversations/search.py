"""Search over all transcripts: words by PostgreSQL's full-text index, conversations by who they are with.

Words are written as in a web search: all of them, "a phrase", or, -not; the last word may be unfinished. A search that
names nothing to look for (only -words, only words such as "the") finds nothing, since it would have to read everything.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, cast, false, func, literal, literal_column, or_, select
from sqlalchemy.dialects.postgresql import TSQUERY, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from conversations import repository
from conversations.conversation import Conversation
from conversations.message import Author
from conversations.tables import ConversationRow, MessageRow

LONGEST = 200
"""Characters of a search; what stands behind them is not looked at."""
MOST_ABOUT = 100
"""How many conversations with one customer are looked at, newest first."""

_ENGLISH: ColumnElement[Any] = literal_column("'english'::regconfig")
# Control characters, which no stored message has: a customer cannot write a mark.
_MARK, _UNMARK = "\x02", "\x03"
_OPENING = "\x04"
"""Stands for "<" while PostgreSQL cuts a snippet: it would leave out what it takes for a tag."""
_SNIPPET = f"StartSel={_MARK},StopSel={_UNMARK},MaxWords=32,MinWords=14,ShortWord=0"
_PART = re.compile(r'-?"[^"]*"|\S+')
_LAST_WORD = re.compile(r"\w{2,}")


@dataclass(frozen=True)
class Found:
    """A message that was found: `marks` are the places (start, end) of the matched words in `snippet`."""

    conversation_id: UUID
    seq: int
    author: Author
    agent_name: str | None
    at: datetime
    snippet: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Query:
    """What is looked for: each part is one side of an `or`, with the unfinished last word of the last part."""

    parts: tuple[str, ...]
    unfinished: str = ""


def read(text: str) -> Query:
    """Read what was typed; the last word is unfinished unless it is quoted, negated, or `or`."""
    parts = _PART.findall(text[:LONGEST])
    odd = text.count('"') % 2 == 1
    last = parts[-1] if parts else ""
    unfinished = "" if odd or not _LAST_WORD.fullmatch(last) or last.casefold() == "or" else last
    sides: list[list[str]] = [[]]
    for part in parts[:-1] if unfinished else parts:
        if part.casefold() == "or":
            sides.append([])
        else:
            sides[-1].append(part)
    return Query(tuple(" ".join(side) for side in sides), unfinished)


def in_words(query: Query) -> ColumnElement[Any]:
    """Return a query as PostgreSQL's own."""
    sides: list[ColumnElement[Any]] = [func.websearch_to_tsquery(_ENGLISH, side, type_=TSQUERY) for side in query.parts]
    if query.unfinished:
        unfinished = func.to_tsquery(_ENGLISH, f"{query.unfinished}:*", type_=TSQUERY)
        sides[-1] = sides[-1].op("&&")(unfinished) if query.parts[-1] else unfinished
    whole = sides[0]
    for side in sides[1:]:
        whole = whole.op("||")(side)
    return whole


async def words(session: AsyncSession, text: str, limit: int) -> list[Found]:
    """Return the messages that a search fits, newest first."""
    query = cast(in_words(read(text)), TSQUERY)
    fixed = (await session.execute(select(cast(query, Text), func.querytree(query)))).one()
    if fixed[1] in ("", "T"):  # nothing that the index could look for
        return []
    return await _found(session, fixed[0], limit)


async def number(session: AsyncSession, forms: Sequence[str], limit: int) -> list[Found]:
    """Return the messages that name a number in one of its written forms, newest first.

    A form is a query as PostgreSQL writes it, such as `('-4829' <-> '-1563')`.
    """
    return await _found(session, " | ".join(forms), limit) if forms else []


def statement(query: str, limit: int) -> Select[Any]:
    """Return the statement that finds messages by a query as PostgreSQL writes it (`'refund' & 'mug'`)."""
    wanted = cast(literal(query), TSQUERY)
    fits = func.to_tsvector(_ENGLISH, MessageRow.text).op("@@")(wanted)
    newest = (
        select(MessageRow)
        .where(fits)
        .order_by(MessageRow.created_at.desc(), MessageRow.seq.desc())
        .limit(limit)
        .subquery()
    )
    text = func.replace(newest.c.text, "<", _OPENING)
    snippet = func.ts_headline(_ENGLISH, text, wanted, _SNIPPET, type_=Text)
    columns = (newest.c.conversation_id, newest.c.seq, newest.c.author, newest.c.agent_name, newest.c.created_at)
    return select(*columns, snippet.label("snippet")).order_by(newest.c.created_at.desc(), newest.c.seq.desc())


async def about(
    session: AsyncSession,
    proofs: Sequence[dict[str, Any]],
    contacts: Sequence[dict[str, str]],
    known: Sequence[UUID] = (),
) -> list[tuple[Conversation, datetime]]:
    """Return the conversations in which one of these holds, newest first, each with the moment when it began.

    Something was proved (`{"customer_id": …}`, `{"order_ids": […]}`, as claims are kept), one of the contacts was left
    (`{"email": …}`), or the conversation's id is `known` from elsewhere.
    """
    fits: list[ColumnElement[bool]] = [ConversationRow.id.in_(known)] if known else []
    # Containment, so that an index over the column serves both.
    fits += [ConversationRow.claims.contains({"proved": [proof]}) for proof in proofs]
    fits += [ConversationRow.contact.contains(contact) for contact in contacts]
    query = (
        select(ConversationRow)
        .where(or_(false(), *fits))
        .order_by(ConversationRow.last_message_at.desc())
        .limit(MOST_ABOUT)
    )
    return [(repository.to_conversation(row), row.created_at) for row in await session.scalars(query)]


async def last_words(session: AsyncSession, conversation_ids: Sequence[UUID]) -> dict[UUID, Found]:
    """Return what the customer of each conversation said last; conversations without any words are left out."""
    query = (
        select(MessageRow)
        .where(
            and_(
                MessageRow.conversation_id.in_(conversation_ids),
                MessageRow.author == Author.CUSTOMER,
                MessageRow.text != "",
            )
        )
        .ext(distinct_on(MessageRow.conversation_id))
        .order_by(MessageRow.conversation_id, MessageRow.seq.desc())
    )
    rows = await session.scalars(query)
    return {
        row.conversation_id: Found(row.conversation_id, row.seq, Author.CUSTOMER, None, row.created_at, row.text, ())
        for row in rows
    }


def read_marks(marked: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Take the marks out of a snippet; returns the plain text, and where the marked words stand in it."""
    plain = ""
    places: list[tuple[int, int]] = []
    for piece in marked.replace(_OPENING, "<").split(_MARK):
        word, closed, rest = piece.partition(_UNMARK)
        if closed:
            places.append((len(plain), len(plain) + len(word)))
        plain += word + rest
    return plain, tuple(places)


async def _found(session: AsyncSession, query: str, limit: int) -> list[Found]:
    rows = await session.execute(statement(query, limit))
    return [
        Found(
            row.conversation_id, row.seq, Author(row.author), row.agent_name, row.created_at, *read_marks(row.snippet)
        )
        for row in rows
    ]
