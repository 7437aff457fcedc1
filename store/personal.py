"""A customer's personal data in the store: all of it as plain values, and taking it out so that the sums stay.

What was sold, paid and returned, for how much and when, are the shop's books and stay; who it was does not. Gift
returns are those of whoever was given the items, so they are left out of what is told to who paid.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import phonenumbers
from sqlalchemy import ColumnElement, Table, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store import identity
from store.order import Customer
from store.tables import (
    CustomerRow,
    DecisionRow,
    EventRow,
    ExchangeRow,
    FulfilmentRow,
    IdentityAttemptRow,
    NoticeRow,
    OrderItemRow,
    OrderRow,
    PaymentMethodRow,
    PaymentRow,
    PromiseRow,
    ReturnLineRow,
    ReturnRow,
    TransferRow,
)

ERASED_HOST = "erased.invalid"
"""Host of the address that stands for an erased customer's; nobody can ever have it (RFC 2606)."""
ERASED = "(erased)"
_KEPT_DETAILS = frozenset({
    "amount", "transfer", "of", "version", "difference", "attempt", "overruled", "gift", "method", "variants",
})  # fmt: skip
"""What stays of an event's detail: amounts and rules; never anybody's words, codes or tracking numbers."""
_KEPT_OF_ADDRESSES = ("region", "country")
"""What stays of an order's address, because taxes depend on it."""
_LABELS = {"card": "Card", "paypal": "PayPal", "gift_card": "Gift card", "store_credit": "Store credit"}
_SHORTEST_STREET = 6

Row = dict[str, Any]


@dataclass(frozen=True)
class Traces:
    """What identifies a customer in other people's words: found by `search`, replaced where `exact` agrees."""

    search: str
    exact: re.Pattern[str]

    def without(self, text: str) -> str:
        """Return a text in which nothing identifies the customer any more."""
        return self.exact.sub(ERASED, text)


def is_erased(customer: Customer) -> bool:
    """Tell whether a customer's personal data has been erased."""
    return customer.email.endswith(f"@{ERASED_HOST}")


def traces(email: str, customers: Iterable[Customer]) -> Traces:
    """Return what to look for: the e-mail, and the phone, full name and street of each customer, however written."""
    people = list(customers)
    loose = [re.escape(identity.normalise_email(email))]
    loose += [_digits(one.phone) for one in people if one.phone]
    names = [(one.name_first, one.name_last) for one in people]
    loose += [
        _spaced(*pair) for first, last in names if first and last for pair in ((first, last), (last + ",", first))
    ]
    loose += [_spaced(*one.address.street.split()) for one in people if len(one.address.street) >= _SHORTEST_STREET]
    found = "|".join(loose)
    return Traces(f"({found})", re.compile(rf"(?<!\w)(?:{found})(?!\w)", re.IGNORECASE))


async def customers_with(session: AsyncSession, email: str) -> list[UUID]:
    """Return the ids of all customers with an e-mail address, held until the transaction ends."""
    query = select(CustomerRow.id).where(CustomerRow.email == identity.normalise_email(email))
    return list(await session.scalars(query.order_by(CustomerRow.id).with_for_update()))


async def conversations_of(session: AsyncSession, customer_ids: Sequence[UUID]) -> set[UUID]:
    """Return the conversations in which their returns were opened, or in which they were told or promised something."""
    mine = select(OrderRow.id).where(OrderRow.customer_id.in_(customer_ids))
    gifts = select(ReturnRow.id).where(ReturnRow.order_id.in_(mine), ReturnRow.gift)
    found: set[UUID] = set()
    query = select(ReturnRow.conversation_id).where(ReturnRow.order_id.in_(mine), ~ReturnRow.gift)
    found |= {one for one in await session.scalars(query) if one}
    for row in (PromiseRow, NoticeRow):
        not_a_gift = or_(row.return_id.is_(None), row.return_id.not_in(gifts))
        query = select(row.conversation_id).where(row.order_id.in_(mine), not_a_gift)
        found |= {one for one in await session.scalars(query) if one}
    return found


async def open_business(session: AsyncSession, customer_ids: Sequence[UUID]) -> list[str]:
    """Return what is still open with these customers, in words: returns, money on its way, orders to be sent."""
    mine = select(OrderRow.id).where(OrderRow.customer_id.in_(customer_ids))
    returns = select(ReturnRow.rma).where(
        ReturnRow.order_id.in_(mine), ReturnRow.approval.in_(("requested", "approved")), ReturnRow.settlement == "open"
    )
    waiting = select(TransferRow, OrderRow.number).join(OrderRow, OrderRow.id == TransferRow.order_id)
    waiting = waiting.where(TransferRow.order_id.in_(mine), TransferRow.state.in_(("requested", "sent", "failed")))
    orders = select(OrderRow.number, OrderRow.state).where(
        OrderRow.customer_id.in_(customer_ids), OrderRow.state.in_(("pending", "processed", "shipped"))
    )
    found = [f"return {rma} is open" for rma in await session.scalars(returns.order_by(ReturnRow.rma))]
    found += [
        f"a {row.kind} for order #{number} is {row.state}"
        for row, number in await session.execute(waiting.order_by(TransferRow.requested_at))
    ]
    found += [f"order #{row.number} is {row.state}" for row in await session.execute(orders.order_by(OrderRow.number))]
    return found


async def export(session: AsyncSession, customer_ids: Sequence[UUID]) -> list[Row]:
    """Return all that the store knows of customers, each with their orders and what belongs to them."""
    found = []
    for person in await _values(session, CustomerRow, CustomerRow.id.in_(customer_ids)):
        mine = PaymentMethodRow.customer_id == person["id"]
        methods = await _values(session, PaymentMethodRow, mine & PaymentMethodRow.bearer_code.is_(None))
        orders = await _values(session, OrderRow, OrderRow.customer_id == person["id"])
        own = await _values(session, EventRow, (EventRow.customer_id == person["id"]) & EventRow.order_id.is_(None))
        kept = ("id", "kind", "label", "balance")
        found.append(
            {
                "profile": person,
                "payment_methods": [{name: one[name] for name in kept} for one in methods],
                "orders": [await _order(session, one) for one in orders],
                "events": own,
            }
        )
    return found


async def erase(session: AsyncSession, customer_id: UUID, now: datetime) -> int:
    """Take out who a customer was; orders, amounts and days stay. Returns how many orders are without a name now."""
    person = await session.get(CustomerRow, customer_id, populate_existing=True)
    assert person is not None
    orders = (await session.execute(select(OrderRow).where(OrderRow.customer_id == customer_id))).scalars().all()
    order_ids = [one.id for one in orders]
    returns = (await session.execute(select(ReturnRow).where(ReturnRow.order_id.in_(order_ids)))).scalars().all()
    methods = (await session.execute(_own_methods(customer_id))).scalars().all()
    labels = {method.label: _LABELS[method.kind] for method in methods if method.label not in _LABELS.values()}
    await _erase_profile(session, person, now)
    for method in methods:
        method.label, method.reference = _LABELS[method.kind], ""
    for order in orders:
        order.address = {name: order.address[name] for name in _KEPT_OF_ADDRESSES if order.address.get(name)}
    await session.flush()
    await _erase_traffic(session, order_ids, returns)
    await _erase_words(session, customer_id, order_ids, labels)
    numbers = [one.number for one in orders] + [one.rma for one in returns]
    await session.execute(delete(IdentityAttemptRow).where(IdentityAttemptRow.number.in_(numbers)))
    return len(orders)


async def _erase_profile(session: AsyncSession, person: CustomerRow, now: datetime) -> None:
    person.name_first, person.name_last = "Erased", "customer"
    person.email, person.phone, person.reference = f"erased-{person.id.hex}@{ERASED_HOST}", None, None
    person.street = person.extra = person.city = person.region = person.zip = ""
    person.erased_at = now


async def _erase_traffic(session: AsyncSession, order_ids: Sequence[UUID], returns: Sequence[ReturnRow]) -> None:
    """Take out tracking numbers (they lead to an address), photos, and what a provider said."""
    ids = [one.id for one in returns]
    parcels = update(FulfilmentRow).where(FulfilmentRow.order_id.in_(order_ids))
    await session.execute(parcels.values(tracking_number=ERASED))
    await session.execute(update(ReturnRow).where(ReturnRow.id.in_(ids)).values(tracking_number=None))
    await session.execute(update(ExchangeRow).where(ExchangeRow.return_id.in_(ids)).values(tracking_number=None))
    photos = update(ReturnLineRow).where(ReturnLineRow.return_id.in_(ids), ReturnLineRow.photos != [])
    await session.execute(photos.values(photos=[]))
    problems = update(TransferRow).where(TransferRow.order_id.in_(order_ids), TransferRow.problem != "")
    await session.execute(problems.values(problem=ERASED))


async def _erase_words(
    session: AsyncSession, customer_id: UUID, order_ids: Sequence[UUID], labels: dict[str, str]
) -> None:
    """Take words out of events, notices, promises and receipts; a receipt still replays to its answer."""
    for event in await session.scalars(select(EventRow).where(EventRow.customer_id == customer_id)):
        event.detail = {name: value for name, value in event.detail.items() if name in _KEPT_DETAILS}
    await session.execute(update(NoticeRow).where(NoticeRow.order_id.in_(order_ids)).values(text=ERASED))
    for promise in await session.scalars(select(PromiseRow).where(PromiseRow.order_id.in_(order_ids))):
        promise.text = _renamed(promise.text, labels)
    for decision in await session.scalars(select(DecisionRow).where(DecisionRow.order_id.in_(order_ids))):
        decision.inputs, decision.outcome = _renamed(decision.inputs, labels), _renamed(decision.outcome, labels)
    await session.flush()


def _own_methods(customer_id: UUID) -> Any:
    """Return the query for a customer's own payment methods; a gift card with a bearer's code is the bearer's."""
    return select(PaymentMethodRow).where(
        PaymentMethodRow.customer_id == customer_id, PaymentMethodRow.bearer_code.is_(None)
    )


def _renamed(value: Any, labels: dict[str, str]) -> Any:
    """Return a value in which the labels of payment methods stand for nobody's."""
    if isinstance(value, str):
        for label, general in labels.items():
            value = value.replace(label, general)
        return value
    if isinstance(value, list):
        return [_renamed(one, labels) for one in value]
    if isinstance(value, dict):
        return {name: _renamed(one, labels) for name, one in value.items()}
    return value


async def _order(session: AsyncSession, order: Row) -> Row:
    returns = await _values(session, ReturnRow, (ReturnRow.order_id == order["id"]) & ~ReturnRow.gift)
    hidden = select(ReturnRow.id).where(ReturnRow.order_id == order["id"], ReturnRow.gift)
    for one in returns:
        one["lines"] = await _values(session, ReturnLineRow, ReturnLineRow.return_id == one["id"])
        one["exchanges"] = await _values(session, ExchangeRow, ExchangeRow.return_id == one["id"])
    more: Row = {
        "items": await _values(session, OrderItemRow, OrderItemRow.order_id == order["id"]),
        "fulfilments": await _values(session, FulfilmentRow, FulfilmentRow.order_id == order["id"]),
        "returns": returns,
    }
    tables: dict[str, Any] = {
        "payments": PaymentRow,
        "transfers": TransferRow,
        "events": EventRow,
        "decisions": DecisionRow,
        "promises": PromiseRow,
        "notices": NoticeRow,
    }
    for name, row in tables.items():
        visible = or_(row.return_id.is_(None), row.return_id.not_in(hidden))
        more[name] = await _values(session, row, (row.order_id == order["id"]) & visible)
    return {**order, **more}


async def _values(session: AsyncSession, row: Any, condition: ColumnElement[bool]) -> list[Row]:
    """Return rows as plain values, in the order of their keys."""
    table: Table = row.__table__
    query = select(table).where(condition).order_by(*table.primary_key)
    return [dict(found) for found in (await session.execute(query)).mappings()]


def _digits(phone: str) -> str:
    """Return how a phone number may be written: with or without its country, with anything between the digits."""
    try:
        parsed = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return re.escape(phone)
    between = r"[\s().-]*"
    national = between.join(str(parsed.national_number))
    return rf"(?:\+?{parsed.country_code}{between})?\(?{national}"


def _spaced(*words: str) -> str:
    return r"\s+".join(re.escape(word) for word in words)
