"""One customer's data: all of it handed out, or taken out for good so that the books still balance.

Erasing takes out what belongs to the customer, table by table, and then looks through every text of every table for
what identifies them: an address that was typed into somebody else's conversation is found as well, and so is what a
table holds that did not exist when this was written.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, ColumnElement, String, Table, Text, and_, cast, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from casework.desk import Desk
from conversations import personal as talks
from faq import repository as questions
from handoff import personal as people
from handoff import repository as handoffs
from integrations import personal as others
from kit import errors
from kit.db import Base
from store import identity, personal, repository
from store.order import Customer
from store.personal import Traces

FORMAT = "returndesk.customer"
VERSION = 1
"""Of the exported document; it moves when something in it is named anew or goes away."""
_NOBODYS = frozenset({
    "agents", "agent_sessions", "sign_in_attempts", "api_keys", "webhooks", "policy_versions", "products", "variants",
    "customers", "orders",
})  # fmt: skip
"""Tables without words about customers; customers and orders are erased by their ids, for others may live there too."""
_AGENTS = frozenset({"agent_name", "actor"})
"""Columns that name people who work here; a customer may have the same name."""


@dataclass(frozen=True)
class Erased:
    """How much is without a name now."""

    customers: int
    orders: int
    conversations: int
    messages: int


@dataclass(frozen=True)
class _Found:
    email: str
    customers: tuple[Customer, ...]
    conversation_ids: tuple[UUID, ...]

    @property
    def ids(self) -> list[UUID]:
        return [one.id for one in self.customers]


async def export(session: AsyncSession, desk: Desk, email: str) -> dict[str, Any]:
    """Return all data of whoever has an e-mail address, as values that JSON can hold (docs/privacy.md).

    Conversations are those that are surely theirs: where they proved who they are, had a return opened, left this
    address, or were written to. An address that was only typed shows nobody else's words.

    Raises:
        NotFound: nobody has this address here.
    """
    found = await _find(session, email)
    told = await talks.export(session, found.conversation_ids)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "shop": desk.book.shop.name,
        "exported_at": desk.clock.now(),
        "email": found.email,
        "customers": await personal.export(session, found.ids),
        "conversations": [{**one, **await people.export(session, one["id"])} for one in told],
        "mails": await talks.mails_to(session, [found.email]),
    }
    plain = _plain(document)
    assert isinstance(plain, dict)
    return plain


async def open_business(session: AsyncSession, email: str) -> list[str]:
    """Return what is still open with whoever has an e-mail address, in words.

    Raises:
        NotFound: nobody has this address here.
    """
    return await personal.open_business(session, (await _find(session, email)).ids)


async def erase(session: AsyncSession, desk: Desk, email: str, actor: str, *, force: bool = False) -> Erased:
    """Take out all that says who somebody is, end their conversations, and write down that it was done, not of whom.

    Orders, returns and payments stay with their amounts and days. It cannot be undone.

    Raises:
        NotFound: nobody has this address here.
        Conflict: a return, a refund or an order is still open, and `force` is not set; the message names all of them.
    """
    found = await _find(session, email)
    await talks.hold(session, found.conversation_ids)
    await personal.customers_with(session, found.email)  # held
    open_ = await personal.open_business(session, found.ids)
    if open_ and not force:
        raise errors.Conflict(f"Something is still open with this customer: {'; '.join(open_)}. Nothing was erased.")
    now = desk.clock.now()
    traces = personal.traces(found.email, found.customers)
    messages = await talks.erase(session, found.conversation_ids, [found.email], now)
    await people.erase(session, found.conversation_ids, now)
    await questions.erase(session, found.conversation_ids)
    orders = sum([await personal.erase(session, one.id, now) for one in found.customers])
    await others.erase(session, traces.search)
    await _erase_traces(session, traces)
    done = Erased(len(found.customers), orders, len(found.conversation_ids), messages)
    await handoffs.audit(session, actor, "customer_erased", None, {**done.__dict__, "forced": bool(open_)}, now)
    return done


async def _find(session: AsyncSession, email: str) -> _Found:
    wanted = identity.normalise_email(email)
    customer_ids = await personal.customers_with(session, wanted) if "@" in wanted else []
    customers = [await repository.customer_by_id(session, one) for one in customer_ids]
    known = [one for one in customers if one and not personal.is_erased(one)]
    contacts = [{"email": wanted}] + [{"phone": one.phone} for one in known if one.phone]
    told = await personal.conversations_of(session, [one.id for one in known])
    theirs = await talks.theirs(session, [one.id for one in known], contacts, told)
    if not known and not theirs:
        raise errors.NotFound(f"Nobody here has the address {wanted}.")
    return _Found(wanted, tuple(known), tuple(theirs))


async def _erase_traces(session: AsyncSession, traces: Traces) -> None:
    """Replace what identifies the customer in every text of every table."""
    for table in Base.metadata.sorted_tables:
        columns = list(_texts(table)) if table.name not in _NOBODYS else []
        for column in columns:
            found = cast(column, Text).op("~*")(traces.search)
            rows = await session.execute(select(*table.primary_key, column).where(found))
            for row in rows.all():
                *key, value = row
                clean = _without(value, traces)
                if clean != value:
                    await session.execute(update(table).where(_is(table, key)).values({column.name: clean}))


def _texts(table: Table) -> Iterator[Column[Any]]:
    for column in table.columns:
        is_text = isinstance(column.type, (String, JSONB)) or (
            isinstance(column.type, ARRAY) and isinstance(column.type.item_type, String)
        )
        if is_text and not column.primary_key and column.name not in _AGENTS:
            yield column


def _is(table: Table, key: Sequence[Any]) -> ColumnElement[bool]:
    return and_(*(column == value for column, value in zip(table.primary_key, key, strict=True)))


def _without(value: Any, traces: Traces) -> Any:
    if isinstance(value, str):
        return traces.without(value)
    if isinstance(value, list):
        return [_without(one, traces) for one in value]
    if isinstance(value, dict):
        return {traces.without(name): _without(one, traces) for name, one in value.items()}
    return value


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: amounts and ids as text, moments in ISO 8601, files in base64."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(one) for one in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value
