"""Search over all transcripts for agents: words, or exactly an order, a return, an e-mail address, a phone number."""

import re
import string
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
from store.returns import Return

_SHORTEST_PHONE = 10
"""Digits; shorter ones are order numbers or words."""
_LONGEST_SNIPPET = 200
_ABOUT = re.compile(r"\b(order|return|number|rma|no)\b")
_LETTER = re.compile(r"[A-Za-z]")
_RMA = re.compile(r"(?:rma)?[\s-]*(\d{4})[\s-]*(\d{4})")


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
    forms = _forms_of_rma(typed) or _forms_of_order(await _order_number(session, typed))
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


def _forms_of_rma(typed: str) -> list[str]:
    """Return the ways in which a return number stands in the full-text index, whoever wrote it; none if it is none.

    The check digit is not looked at: a slip in a number is best found as it was written.
    """
    found = _RMA.fullmatch(_ABOUT.sub("", typed.casefold()).strip(" #.:-"))
    if found is None:
        return []
    first, second = found[1], found[2]
    return [
        f"('-{first}' <-> '-{second}')",
        f"('{first}' <-> '{second}')",
        f"('{first}' <-> '-{second}')",
        f"('rma{first}' <-> '-{second}')",
        f"'{first}{second}'",
        f"'-{first}{second}'",
        f"'rma{first}{second}'",
    ]


def _forms_of_order(number: str | None) -> list[str]:
    """Return the ways in which an order number stands in the full-text index (`#H204518`, `H 204518`, `H-204518`)."""
    if number is None:
        return []
    digits = number.lstrip(string.ascii_uppercase)
    return [f"'{number.casefold()}'", f"'{digits}'", f"'-{digits}'"]


def _is_only(typed: str, number: str) -> bool:
    """Tell whether a text is a number and nothing else; words such as `order` around it do not count."""
    plain = re.sub(r"[^a-z0-9]", "", _ABOUT.sub("", typed.casefold()))
    return plain == number.casefold()


async def _by_customer(session: AsyncSession, typed: str) -> list[Conversation]:
    """Return the conversations with whom the text names: by an e-mail, a phone, an order or a return number."""
    contacts = _contacts(typed)
    customers = [person.id for contact in contacts for person in await repository.find_customers(session, **contact)]
    returns, order_ids = await _by_number(session, typed)
    proofs = [{"customer_id": str(one)} for one in customers] + [{"order_ids": [str(one)]} for one in order_ids]
    opened_in = await records.conversations_of_customers(session, customers) if customers else []
    opened_in += [one.conversation_id for one in returns if one.conversation_id]
    if not (proofs or contacts or opened_in):
        return []
    return [conversation for conversation, _ in await search.about(session, proofs, contacts, opened_in)]


def _contacts(typed: str) -> list[dict[str, str]]:
    email = email_in(typed)
    if email:
        return [{"email": email}]
    digits = len(re.sub(r"\D", "", typed))
    phone = identity.normalise_phone(typed) if digits >= _SHORTEST_PHONE and not _LETTER.search(typed) else None
    return [{"phone": phone}] if phone else []


async def _by_number(session: AsyncSession, typed: str) -> tuple[list[Return], list[UUID]]:
    """Return the returns and the order that a text is the number of."""
    named = await repository.find_return(session, typed) if _forms_of_rma(typed) else None
    if named:
        return [named], []
    number = await _order_number(session, typed)
    order = await repository.find_order(session, number) if number else None
    return (await repository.returns_of_order(session, order.id), [order.id]) if order else ([], [])


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
