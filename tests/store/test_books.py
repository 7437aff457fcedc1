"""Whatever anybody does with a few orders, in whatever sequence, the books are right after each step.

Hypothesis plays customers, agents, the warehouse and the payment provider against a real PostgreSQL.
"""

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors, ids
from kit.db import Database
from store import exchange, order_changes, repository, service, tables, transfers
from store.decision import RequestLine
from store.happenings import Act
from store.order import Order, OrderItem
from store.ports import LabelTicket
from store.returns import Return
from store.transfer import UNDER_WAY
from tests.store import books, made

pytestmark = pytest.mark.database

Deed = Callable[[AsyncSession], Coroutine[Any, Any, Any]]
MANY = st.integers(min_value=0, max_value=1_000)
FEW = st.integers(min_value=0, max_value=3)
REASONS = st.sampled_from(["no_longer_needed", "too_small", "damaged", "wrong_item"])
RESOLUTIONS = st.sampled_from(["refund", "refund", "exchange", "store_credit"])
METHODS = st.sampled_from(["drop_off_qr", "printed_label"])
NOW = made.NOW


class Books(RuleBasedStateMachine):
    """What people may do, and what must hold whatever they do."""

    runner: asyncio.Runner
    database: Database

    @initialize()
    def open_shop(self) -> None:
        self.tiny = books.tiny_shop()
        self.books: books.Read | None = None
        self.again: Deed | None = None
        self.in_one(lambda session: books.fill(session, self.tiny))

    # --- what customers ask for

    @precondition(lambda self: self.returnable())
    @rule(which=MANY, line=MANY, reason=REASONS, resolution=RESOLUTIONS, method=METHODS, to=FEW)
    def open_return(self, which: int, line: int, reason: str, resolution: str, method: str, to: int) -> None:
        found = self.returnable()
        wanted, chosen = found[which % len(found)]
        gift = wanted.gift_code is not None and to == 3
        act = self.keyed("customer")
        asked: dict[str, Any] = {
            "order_id": wanted.id,
            "lines": [RequestLine(chosen.id, 1 + which % 3 % 2, reason)],  # type: ignore[arg-type]
            "resolution": resolution,
            "refund_to": self.destination(to) if resolution == "refund" else None,
            "exchange_variants": self.choices(chosen, line),
            "difference_to": None if gift else self.destination(to),
            "book": books.BOOK,
            "act": act,
            "ticket": ticket(),
            "gift": gift,
        }
        # Cheap things that are damaged are kept, which only the policy knows.
        for way in (method, "keep"):
            if self.attempt(lambda session, way=way: service.open_return(session, method=way, **asked)):  # type: ignore[misc]
                break

    @precondition(lambda self: self.some("is_open"))
    @rule(which=MANY, resolution=RESOLUTIONS, method=METHODS, line=MANY, to=FEW, label=st.booleans())
    def change_return(self, which: int, resolution: str, method: str, line: int, to: int, label: bool) -> None:
        rma, act = self.one_of("is_open", which), self.keyed("customer")
        everything = [one for whole in self.tiny.orders[:2] for one in whole.items]
        asked: dict[str, Any] = {
            "resolution": resolution,
            "method": method,
            "refund_to": self.destination(to) if resolution == "refund" else None,
            "exchange_variants": {one.id: self.choices(one, line)[one.id] for one in everything},
            "difference_to": self.destination(to),
            "ticket": ticket() if label else None,
        }
        self.attempt(lambda session: service.change_return(session, rma, act, books.BOOK, **asked))

    @precondition(lambda self: self.some("is_open"))
    @rule(which=MANY, what=st.sampled_from(["cancel", "extend", "label", "expire"]))
    def ask_about_a_return(self, which: int, what: str) -> None:
        rma, act = self.one_of("is_open", which), self.keyed("customer")
        deeds: dict[str, Deed] = {
            "cancel": lambda session: service.cancel_return(session, rma, act),
            "extend": lambda session: service.extend(session, rma, act, books.BOOK),
            "label": lambda session: service.reissue_label(session, rma, act, books.BOOK, ticket()),
            "expire": lambda session: service.expire_labels(session, NOW.replace(year=NOW.year + 1)),
        }
        self.attempt(deeds[what], replayed=what != "expire")

    @precondition(lambda self: self.in_state("pending"))
    @rule(which=MANY, what=st.sampled_from(["items", "payment", "items", "payment", "cancel"]), pick=MANY, by=FEW)
    def change_an_order(self, which: int, what: str, pick: int, by: int) -> None:
        wanted, act = self.order_in("pending", which=which), self.keyed("customer")
        method = self.tiny.methods[by % 3].id
        line = wanted.items[pick % len(wanted.items)]
        (variants,) = self.choices(line, pick).values()
        deeds: dict[str, Deed] = {
            "cancel": lambda s: order_changes.cancel_order(s, wanted.id, "no_longer_needed", act, books.BOOK),
            "payment": lambda s: order_changes.change_payment(s, wanted.id, method, act, books.BOOK),
            "items": lambda s: order_changes.change_items(
                s, wanted.id, {line.id: variants[0]}, method, act, books.BOOK
            ),
        }
        self.attempt(deeds[what])

    # --- what agents and the warehouse do

    @precondition(lambda self: self.some("waits"))
    @rule(which=MANY, yes=st.integers(min_value=0, max_value=3))
    def decide(self, which: int, yes: int) -> None:
        rma, act = self.one_of("waits", which), self.keyed("Ana")
        if yes:
            self.attempt(lambda session: service.approve(session, rma, act, books.BOOK, ticket()))
        else:
            self.attempt(lambda session: service.reject(session, rma, act))

    @precondition(lambda self: self.some("is_open"))
    @rule(which=MANY, parcel=st.sampled_from(["in_transit", "received", "inspected", "lost"]))
    def hear_of_a_parcel(self, which: int, parcel: str) -> None:
        rma, act = self.one_of("is_open", which), self.keyed("warehouse")
        self.attempt(lambda session: service.record_parcel(session, rma, parcel, act, books.BOOK))  # type: ignore[arg-type]

    @precondition(lambda self: self.some("is_open"))
    @rule(which=MANY)
    def bring_it_in_and_settle(self, which: int) -> None:
        rma, acts = self.one_of("is_open", which), [self.keyed("warehouse") for _ in range(3)]
        self.attempt(lambda session: service.record_parcel(session, rma, "received", acts[0], books.BOOK))
        self.attempt(lambda session: service.record_parcel(session, rma, "inspected", acts[1], books.BOOK))
        self.attempt(lambda session: service.settle(session, rma, acts[2], books.BOOK))

    @precondition(lambda self: self.some("may_settle"))
    @rule(which=MANY)
    def settle(self, which: int) -> None:
        rma, act = self.one_of("may_settle", which), self.keyed("policy")
        self.attempt(lambda session: service.settle(session, rma, act, books.BOOK))

    @precondition(lambda self: self.some("may_be_sent"))
    @rule(which=MANY)
    def send_the_exchange(self, which: int) -> None:
        rma, act = self.one_of("may_be_sent", which), self.keyed("warehouse")
        self.attempt(lambda session: service.send_exchange(session, rma, act, "HP1"))

    @precondition(lambda self: self.in_state("pending", "processed", "shipped"))
    @rule(which=MANY, step=st.sampled_from(["address", "process", "ship", "deliver"]))
    def send_an_order(self, which: int, step: str) -> None:
        wanted, act = self.order_in("pending", "processed", "shipped", which=which), self.keyed("shop")
        deeds: dict[str, Deed] = {
            "process": lambda s: order_changes.record_processing(s, wanted.id, act),
            "ship": lambda s: order_changes.record_shipment(s, wanted.id, "HPO1", "Harbour Post", act),
            "deliver": lambda s: order_changes.record_delivery(s, wanted.id, act),
            "address": lambda s: order_changes.change_address(s, wanted.id, made.MAYA.address, act, books.BOOK),
        }
        if which % 2 == 0:  # most stay with the shop, where something can happen to them
            self.attempt(deeds[step])

    # --- what the payment provider answers

    @precondition(lambda self: self.moving())
    @rule(which=MANY, answer=st.sampled_from(["succeed", "succeed", "sent", "put_back", "fail", "retry", "call_off"]))
    def hear_of_money(self, which: int, answer: str) -> None:
        moving, act = self.moving(), self.keyed("Ana")
        one = moving[which % len(moving)]
        deeds: dict[str, Deed] = {
            "sent": lambda s: transfers.mark_sent(s, one.id, NOW),
            "succeed": lambda s: transfers.succeed(s, one.id, f"re_{one.key}", NOW),
            "put_back": lambda s: transfers.put_back(s, one.id, "no answer", NOW),
            "fail": lambda s: transfers.fail(s, one.id, "card expired", NOW),
            "retry": lambda s: transfers.retry(s, one.id, act),
            "call_off": lambda s: transfers.call_off(s, one.id, act),
        }
        self.attempt(deeds[answer], replayed=answer in ("succeed", "retry", "call_off"))

    # --- the same again

    @precondition(lambda self: self.again is not None)
    @rule()
    def the_same_again_has_no_effect(self) -> None:
        before = self.in_one(self.everything)
        assert self.again is not None
        self.in_one(self.again)
        assert self.in_one(self.everything) == before
        self.again = None

    # --- what holds after each step

    @invariant()
    def the_books_are_right(self) -> None:
        if not hasattr(self, "tiny"):
            return
        found = self.books = self.in_one(self.read)
        found.check_stock(self.tiny)
        found.check_money(self.tiny)
        found.check_returns()
        found.check_promises()
        found.check_events()

    # --- helpers

    def in_one(self, work: Deed) -> Any:
        async def run() -> Any:
            async with self.database.transaction() as session:
                return await work(session)

        return self.runner.run(run())

    def attempt(self, work: Deed, replayed: bool = True) -> Any:
        """Try what may be refused; what was done can be asked for once more later."""
        try:
            done = self.in_one(work)
        except errors.HouseError:
            return None
        self.again = work if replayed else None
        return done

    def keyed(self, actor: str) -> Act:
        return Act(actor, NOW, key=f"{self.tiny.mark}-{uuid.uuid4().hex}")

    def some(self, kind: str) -> list[Return]:
        """Return the returns of a kind, as they stood after the last step."""
        if self.books is None:
            return []
        ready = {one.return_id for pieces in self.books.exchanges.values() for one in pieces if one.state == "ready"}
        kinds: dict[str, Callable[[Return], bool]] = {
            "is_open": lambda one: one.is_open,
            "waits": lambda one: one.approval == "requested",
            "may_settle": lambda one: one.is_open and one.parcel == "inspected",
            "may_be_sent": lambda one: one.id in ready,
        }
        return [one for one in self.books.returns if kinds[kind](one)]

    def one_of(self, kind: str, which: int) -> str:
        found = self.some(kind)
        return found[which % len(found)].rma

    def returnable(self) -> list[tuple[Order, OrderItem]]:
        """Return the lines of which something has not come back yet."""
        if self.books is None:
            return []
        back = self.books.coming_back()
        delivered = [one for one in self.books.orders if one.state == "delivered"]
        return [(one, line) for one in delivered for line in one.items if back[line.id] < line.quantity]

    def in_state(self, *states: str) -> list[Order]:
        return [one for one in self.books.orders if one.state in states] if self.books else []

    def order_in(self, *states: str, which: int) -> Order:
        found = self.in_state(*states)
        return found[which % len(found)]

    def moving(self) -> list[Any]:
        return [one for one in self.books.transfers if one.state in UNDER_WAY] if self.books else []

    def destination(self, which: int) -> str | None:
        card, _, gift = self.tiny.methods
        return [None, gift.id, card.id, card.id][which]

    def choices(self, line: OrderItem, start: int) -> dict[uuid.UUID, tuple[str, ...]]:
        names = [f"{line.product_id}_{number}" for number in (1, 2, 3) if "shoe" in line.product_id or number < 3]
        turned = names[start % len(names) :] + names[: start % len(names)]
        return {line.id: tuple(turned[:2])}

    async def all_transfers(self, session: AsyncSession) -> list[Any]:
        found: list[Any] = []
        for one in self.tiny.orders:
            found += await transfers.of_order(session, one.id)
        return found

    async def everything(self, session: AsyncSession) -> list[Any]:
        """Return all rows of this shop, to see whether any has changed."""
        customer = {"customer": self.tiny.customer.id, "like": f"%{self.tiny.mark}%"}
        of_order = "x JOIN orders o ON o.id = x.order_id WHERE o.customer_id = :customer ORDER BY 1"
        of_return = "x JOIN returns r ON r.id = x.return_id WHERE r.customer_id = :customer ORDER BY 1"
        queries = (
            "SELECT * FROM orders WHERE customer_id = :customer ORDER BY id",
            f"SELECT x.* FROM order_items {of_order}",
            "SELECT * FROM returns WHERE customer_id = :customer ORDER BY id",
            f"SELECT x.* FROM return_lines {of_return}",
            f"SELECT x.* FROM transfers {of_order}",
            f"SELECT x.* FROM payments {of_order}",
            f"SELECT x.* FROM exchanges {of_return}",
            f"SELECT x.* FROM promises {of_order}",
            "SELECT * FROM events WHERE customer_id = :customer ORDER BY sequence",
            "SELECT * FROM payment_methods WHERE customer_id = :customer ORDER BY id",
            "SELECT id, stock FROM variants WHERE id LIKE :like ORDER BY id",
        )
        return [[tuple(row) for row in await session.execute(text(query), customer)] for query in queries]

    async def read(self, session: AsyncSession) -> books.Read:
        customer = self.tiny.customer.id
        orders = await repository.orders_of_customer(session, customer)
        order_ids = [one.id for one in orders]
        returns = [one for order in orders for one in await repository.returns_of_order(session, order.id)]
        in_order = tables.PromiseRow.order_id.in_(order_ids)
        by_event = select(tables.EventRow).where(tables.EventRow.customer_id == customer)
        variants = select(tables.VariantRow).where(tables.VariantRow.id.contains(self.tiny.mark))
        methods = select(tables.PaymentMethodRow).where(tables.PaymentMethodRow.customer_id == customer)
        found = list(await session.scalars(by_event.order_by(tables.EventRow.sequence)))
        # In the sequence in which they came about, and not by ids: the same steps must find the same ones again.
        came = [event.detail.get("transfer") or str(event.return_id) for event in found]
        return books.Read(
            orders=sorted(orders, key=lambda one: one.number),
            returns=sorted(returns, key=lambda one: came.index(str(one.id))),
            transfers=sorted(await self.all_transfers(session), key=lambda one: came.index(str(one.id))),
            exchanges={one.id: await exchange.of_return(session, one.id) for one in returns},
            promises=list(await session.scalars(select(tables.PromiseRow).where(in_order))),
            events=found,
            stock={row.id: row.stock for row in await session.scalars(variants)},
            methods={row.id: row for row in await session.scalars(methods)},
        )


def ticket() -> LabelTicket:
    rma = ids.new_rma_number()
    return LabelTicket(rma, f"HP{rma[4:8]}{rma[9:]}", "Harbour Post")


def test_the_books_are_right_whatever_anybody_does(database_url: str) -> None:
    with asyncio.Runner() as runner:
        database = runner.run(_opened(database_url))
        machine = type("TheBooks", (Books,), {"runner": runner, "database": database})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=10,
                stateful_step_count=30,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate],
            ),
        )
        runner.run(database.dispose())


async def _opened(url: str) -> Database:
    return Database(url, pool_size=2)
