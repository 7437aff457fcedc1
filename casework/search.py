"""Search over all transcripts for agents: words, or exactly an order, a return, an e-mail address, a phone number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import known
from casework.desk import Desk
from casework.spelling import email_in
from conversations import repository as conversations
from conversations import search
from conversations.conversation import Conversation
from conversations.message import Author
from conversations.search import Found
from store import identity, records, repository

_SHORTEST_PHONE = 10
"""Digits; shorter ones are order numbers or words."""
_LONGEST_SNIPPET = 200


@dataclass(frozen=True)
class Hit:
    """A message that was found, with its conversation's customer ("" unless proved) and channel.

    `marks` are the places (start, end) of the matched words in `snippet`; none when the conversation was found by its
    customer and not by its words.
    """

    conversation_id: UUID
    seq: int
    author: Author
    agent_name: str | None
    at: datetime
    snippet: str
    marks: tuple[tuple[int, int], ...]
    customer: str
    channel: str


async def find(session: AsyncSession, desk: Desk, text: str, limit: int = 50) -> list[Hit]:
    """Return what fits, newest first: messages with the words, and the conversations of whom the text names.

    Words as in a web search ("a phrase", or, -not); the last one may be unfinished. An order or return number and an
    e-mail address may be written in any way.
    """
    typed = " ".join(text.replace("\x00", " ").split())
    if not typed:
        return []
    forms = _forms(await _order_number(session, typed), repository.normalise_rma(typed), typed)
    found = await search.number(session, forms, limit) if forms else await search.words(session, typed, limit)
    seen = {one.conversation_id for one in found}
    others = [one for one in await _by_customer(session, typed) if one.id not in seen]
    last = await search.last_words(session, [one.id for one in others])
    found += [_shortened(words) for words in last.values()]
    found.sort(key=lambda one: (one.at, one.seq), reverse=True)
    return await _hits(session, found[:limit])


async def _order_number(session: AsyncSession, typed: str) -> str | None:
    """Return the order number that the text is, with its letter where the store knows it."""
    named = repository.normalise_order_number(typed)
    if named is None or not _is_only(typed, named):
        return None
    order = await repository.find_order(session, named)
    return order.number if order else named


def _forms(order_number: str | None, rma: str | None, typed: str) -> list[str]:
    """Return the ways in which a number stands in the full-text index, whoever wrote it (`H 204518`, `#H204518`)."""
    if rma and _is_only(typed, rma):
        first, second = rma.split("-")[1:]
        return [
            f"('-{first}' <-> '-{second}')",
            f"('{first}' <-> '{second}')",
            f"('{first}' <-> '-{second}')",
            f"('rma{first}' <-> '-{second}')",
            f"'{first}{second}'",
            f"'-{first}{second}'",
            f"'rma{first}{second}'",
        ]
    if order_number:
        digits = order_number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        return [f"'{order_number.casefold()}'", f"'{digits}'", f"'-{digits}'"]
    return []


def _is_only(typed: str, number: str) -> bool:
    """Tell whether a text is a number and nothing else; words such as `order` around it do not count."""
    plain = re.sub(r"\b(order|return|number|rma|no)\b|[^a-z0-9]", "", typed.casefold())
    bare = re.sub(r"[^a-z0-9]", "", number.casefold())
    return plain in {bare, bare.removeprefix("rma")}


async def _by_customer(session: AsyncSession, typed: str) -> list[Conversation]:
    """Return the conversations with the customer whom an e-mail, a phone, an order or a return number names."""
    email = email_in(typed)
    phone = identity.normalise_phone(typed) if len(re.sub(r"\D", "", typed)) >= _SHORTEST_PHONE else None
    customers: list[UUID] = []
    contacts: list[dict[str, str]] = []
    if email:
        customers += [person.id for person in await repository.find_customers(session, email=email)]
        contacts.append({"email": email})
    elif phone and not re.search(r"[a-z]", typed.casefold()):
        customers += [person.id for person in await repository.find_customers(session, phone=phone)]
        contacts.append({"phone": phone})
    opened_in = await records.conversations_of_customers(session, customers) if customers else []
    opened_in += await _by_number(session, typed)
    if not (customers or contacts or opened_in):
        return []
    return [conversation for conversation, _ in await search.about(session, customers, contacts, opened_in)]


async def _by_number(session: AsyncSession, typed: str) -> list[UUID]:
    """Return the conversations in which a return was opened that the text names, by itself or by its order."""
    rma = repository.normalise_rma(typed)
    number = repository.normalise_order_number(typed)
    if rma and _is_only(typed, rma):
        named = await repository.find_return(session, rma)
        found = [named] if named else []
    elif number and _is_only(typed, number):
        order = await repository.find_order(session, number)
        found = await repository.returns_of_order(session, order.id) if order else []
    else:
        return []
    return [one.conversation_id for one in found if one.conversation_id]


async def _hits(session: AsyncSession, found: Sequence[Found]) -> list[Hit]:
    talks = await conversations.by_ids(session, list({one.conversation_id for one in found}))
    names = await known.names_of(session, list(talks.values()))
    return [
        Hit(
            conversation_id=one.conversation_id,
            seq=one.seq,
            author=one.author,
            agent_name=one.agent_name,
            at=one.at,
            snippet=one.snippet,
            marks=one.marks,
            customer=names.get(one.conversation_id, ""),
            channel=talks[one.conversation_id].channel,
        )
        for one in found
    ]


def _shortened(found: Found) -> Found:
    plain = " ".join(found.snippet.split())
    short = plain if len(plain) <= _LONGEST_SNIPPET else f"{plain[: _LONGEST_SNIPPET - 1]}…"
    return Found(found.conversation_id, found.seq, found.author, found.agent_name, found.at, short, ())
