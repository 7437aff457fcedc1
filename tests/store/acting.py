"""What the tests of returns do with the demo shop: open, bring in, change, and look at what stands in the books."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from kit import ids
from kit.db import Database
from store import exchange, records, repository, service, tables
from store.decision import RequestLine
from store.happenings import Act
from store.order import Order
from store.policy_file import PolicyBook
from store.ports import LabelTicket
from store.returns import Return
from tests.store import made

BOOK = made.book()
CUSTOMER = Act("customer", made.NOW)
ANA = Act("Ana", made.NOW)
WAREHOUSE = Act("warehouse", made.NOW)
POLICY = Act("policy", made.NOW)

Deed = Callable[[AsyncSession], Awaitable[Any]]


async def the_order(shop: Database, number: str) -> Order:
    async with shop.transaction() as session:
        order = await repository.find_order(session, number)
    assert order is not None
    return order


def ticket() -> LabelTicket:
    rma = ids.new_rma_number()
    return LabelTicket(rma, f"HP{rma[4:8]}{rma[9:]}", "Harbour Post")


async def open_return(shop: Database, order: Order, item: str, reason: str = "too_small", **changes: Any) -> Return:
    found = next(one for one in order.items if one.name == item)
    quantity = changes.pop("quantity", 1)
    asked: dict[str, Any] = {
        "lines": [RequestLine(found.id, quantity, reason)],  # type: ignore[arg-type]
        "resolution": "refund",
        "method": "drop_off_qr",
        "refund_to": None,
        "exchange_variants": {found.id: changes.pop("variants", ())},
        "book": BOOK,
        "act": CUSTOMER,
        "ticket": ticket(),
    }
    async with shop.transaction() as session:
        return await service.open_return(session, order_id=order.id, **(asked | changes))


async def do(shop: Database, deed: Deed) -> Any:
    async with shop.transaction() as session:
        return await deed(session)


async def bring(shop: Database, opened: Return) -> Return:
    async with shop.transaction() as session:
        await service.record_parcel(session, opened.rma, "received", WAREHOUSE, BOOK)
        await service.record_parcel(session, opened.rma, "inspected", WAREHOUSE, BOOK)
        return await service.settle(session, opened.rma, POLICY, BOOK)


async def change(shop: Database, opened: Return, **changes: Any) -> Return:
    asked: dict[str, Any] = {
        "resolution": "refund", "method": "drop_off_qr", "refund_to": None, "exchange_variants": {},
    }  # fmt: skip
    act = changes.pop("act", CUSTOMER)
    async with shop.transaction() as session:
        return await service.change_return(session, opened.rma, act, BOOK, **(asked | changes))


async def stored(shop: Database, opened: Return) -> Return:
    async with shop.transaction() as session:
        found = await repository.return_by_id(session, opened.id)
    assert found is not None
    return found


async def stock(shop: Database, variant_id: str) -> int:
    async with shop.transaction() as session:
        return (await repository.variants_by_ids(session, [variant_id]))[variant_id].stock


async def set_variant(shop: Database, variant_id: str, **values: Any) -> None:
    async with shop.transaction() as session:
        row = await session.get(tables.VariantRow, variant_id)
        assert row is not None
        for name, value in values.items():
            setattr(row, name, value)


async def held(shop: Database, opened: Return) -> list[tuple[str, str]]:
    async with shop.transaction() as session:
        return [(one.variant_id, one.state) for one in await exchange.of_return(session, opened.id)]


async def promises(shop: Database, opened: Return) -> list[tuple[str, bool]]:
    async with shop.transaction() as session:
        return [(one.kind, one.kept_at is not None) for one in await records.promises_of_return(session, opened.id)]


async def events(shop: Database, opened: Return) -> list[tuple[str, str]]:
    async with shop.transaction() as session:
        return [(one.subject, one.kind) for one in await repository.events_of(session, opened.id)]


def with_rules(**changes: Any) -> PolicyBook:
    (version, *_) = BOOK.versions
    return replace(BOOK, versions=(version.model_copy(update={"rules": version.rules.model_copy(update=changes)}),))
