"""How long the store takes with a thousand and with a million orders: prints medians, 95th percentiles and their ratio.

On an embedded PostgreSQL of its own in a temporary folder (or `DATABASE_URL`, as a superuser: it makes and drops
databases), with rows made inside it. The same work is measured in turn at both sizes, so that what else the machine
does falls on both. Budgets: look-ups at a million below 1.5 times what they take at a thousand, `decide()` below 1 ms,
importing 1000 orders below 5 s. Run `python -m benchmarks.store`: some minutes and 4 GB of disk, which it gives back.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

import psycopg
from sqlalchemy.ext.asyncio import AsyncSession

from actions.pointing import goods, likeness
from kit import ids
from kit.clock import FixedClock
from kit.db import Database
from kit.settings import PROJECT_ROOT
from returndesk import embedded
from returndesk.database import migrate
from store import catalogue, importing, policy, policy_file, repository, retail, service
from store.decision import Past, RequestLine
from store.happenings import Act
from store.order import Order, PaymentMethod
from store.ports import LabelTicket

FEW, MANY = 1_000, 1_000_000
ROUNDS, WARM_UP = 300, 30
"""Each piece of work is done so often at each size, after rounds that are not counted."""
RATIO_BUDGET, DECIDE_BUDGET_MS, IMPORT_BUDGET_SECONDS = 1.5, 1.0, 5.0
LOOK_UPS = (
    "order by number",
    "order by number, no letter",
    "orders by e-mail",
    "customer by phone",
    "customer by name and zip",
    "return by RMA",
)
SHORT = 6
NOW = datetime(2026, 6, 1, 18, tzinfo=UTC)
LINES = 2
RETURN_EVERY = 20
ORDERS_OF_A_CUSTOMER = 2


def main() -> int:
    """Measure and print the tables; the exit code is 1 when a budget is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--many", type=int, default=MANY, help="orders of the larger shop, at most a million")
    parser.add_argument("--retail", type=Path, help="also import this file of the retail data set's shape")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="returndesk-benchmark-") as folder, _server(Path(folder)) as url:
        imported = _imports(url, Path(folder), chosen.retail)
        few, many = asyncio.run(_measure(url, chosen.many))
    return _print(few, many, chosen.many, imported)


def _print(few: "Shop", many: "Shop", size: int, imported: list[tuple[str, float]]) -> int:
    print(f"\n{'median (95th percentile) in ms':<28}{FEW:>20,}{size:>20,}   ratio")
    broken = []
    for name, times in few.measured.items():
        ratio = median(many.measured[name]) / median(times)
        print(f"{name:<28}{_both(times):>20}{_both(many.measured[name]):>20}{ratio:>8.2f}")
        if name in LOOK_UPS and ratio >= RATIO_BUDGET:
            broken.append(f"{name}: ratio {ratio:.2f} of {RATIO_BUDGET}")
    slowest = max(median(shop.measured["decide()"]) for shop in (few, many))
    if slowest >= DECIDE_BUDGET_MS:
        broken.append(f"decide(): {slowest:.2f} ms of {DECIDE_BUDGET_MS}")
    print()
    for name, seconds in imported:
        print(f"{name:<48}{seconds:>8.2f} s")
        if seconds >= IMPORT_BUDGET_SECONDS:
            broken.append(f"{name}: {seconds:.1f} s of {IMPORT_BUDGET_SECONDS}")
    print("\n" + ("MISSED: " + "; ".join(broken) if broken else "all budgets held"))
    return 1 if broken else 0


def _both(times: list[float]) -> str:
    return f"{median(times):.2f} ({quantiles(times, n=20)[-1]:.2f})"


@dataclass
class Shop:
    """A database with so many orders, and what was measured in milliseconds."""

    database: Database
    size: int
    book: policy_file.PolicyBook
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    measured: dict[str, list[float]] = field(default_factory=dict)
    opened: int = 0

    async def time(self, name: str, work: Callable[[AsyncSession], Awaitable[object]]) -> None:
        """Measure a piece of work with its transaction, from opening to commit; it has to find something."""
        begun = time.perf_counter()
        async with self.database.transaction() as session:
            found = await work(session)
        self.measured.setdefault(name, []).append((time.perf_counter() - begun) * 1000)
        if not found:
            raise LookupError(f"{name} found nothing")

    async def round(self) -> None:
        """Do each piece of work once, on orders and customers picked at random."""
        number, digits = _number(self._any()), _number(self._any())[1:]
        typed = self.chance.choice((f"#{number}", number.lower(), f"order # {number[0]} {number[1:]}"))
        await self.time("order by number", lambda session: repository.find_order(session, typed))
        await self.time("order by number, no letter", lambda session: repository.find_order(session, digits))
        person = self._any() // ORDERS_OF_A_CUSTOMER
        await self.time("orders by e-mail", lambda session: _orders_by_email(session, _email(person)))
        await self.time("customer by phone", lambda s: repository.find_customers(s, phone=_phone(person)))
        await self.time(
            "customer by name and zip",
            lambda session: repository.find_customers(session, name=" ".join(_name(person)), zip=_zip(person)),
        )
        rma = _rma(self._any() // RETURN_EVERY)
        await self.time("return by RMA", lambda session: repository.find_return(session, rma))
        await self._item_and_decision()
        await self._new_return()

    def _any(self) -> int:
        return self.chance.randrange(self.size)

    async def _item_and_decision(self) -> None:
        order, methods = await self._order(self._any())
        said = f"I'd like to send back the {_with_a_slip(order.items[0].name)} please"
        begun = time.perf_counter()
        picked = goods.point(said, order.items, likeness.none)
        self._keep("items named in an order", begun)
        if not picked.pieces and not picked.unsure:
            raise LookupError("no item was found by its name")
        lines = [RequestLine(item.id, 1, "too_small") for item in order.items]
        rules = self.book.in_force(order.placed_at)
        begun = time.perf_counter()
        policy.decide(order, lines, rules, NOW, Past(), methods)
        self._keep("decide()", begun)

    async def _new_return(self) -> None:
        """Open a return of an order that has none yet: every order is picked once."""
        place, self.opened = self.opened, self.opened + 1
        steps = self.size // RETURN_EVERY  # every twentieth order has a return: take the ones beside it
        order, _ = await self._order(place % steps * RETURN_EVERY + 1 + place // steps)
        # Not a number drawn at random, which may be one of the returns that are there.
        ticket = LabelTicket(_rma(place, 9), f"HP{self.chance.randrange(10**9):09}", "Harbour Post")
        lines = [RequestLine(order.items[0].id, 1, "too_small")]
        await self.time(
            "open a return",
            lambda session: service.open_return(
                session,
                order_id=order.id,
                lines=lines,
                resolution="store_credit",
                method="drop_off_qr",
                refund_to=None,
                exchange_variants={},
                book=self.book,
                act=Act("customer", NOW),
                ticket=ticket,
            ),
        )

    async def _order(self, place: int) -> tuple[Order, list[PaymentMethod]]:
        async with self.database.transaction() as session:
            order = await repository.find_order(session, _number(place))
            assert order is not None
            return order, await repository.payment_methods_of(session, order.customer.id)

    def _keep(self, name: str, begun: float) -> None:
        self.measured.setdefault(name, []).append((time.perf_counter() - begun) * 1000)


async def _orders_by_email(session: AsyncSession, email: str) -> object:
    (customer,) = await repository.find_customers(session, email=email)
    return await repository.orders_of_customer(session, customer.id)


async def _measure(url: str, many: int) -> tuple[Shop, Shop]:
    """Measure both sizes in turn."""
    book = policy_file.read(PROJECT_ROOT / "policy" / "harbour-and-pine.yml")
    async with AsyncExitStack() as stack:
        shops = []
        for size in (FEW, many):
            database = Database(stack.enter_context(_filled(url, size)))
            stack.push_async_callback(database.dispose)
            shops.append(Shop(database, size, book))
        for number in range(WARM_UP + ROUNDS):
            for shop in shops if number % 2 else reversed(shops):
                await shop.round()
        for shop in shops:
            shop.measured = {name: times[WARM_UP:] for name, times in shop.measured.items()}
    return shops[0], shops[1]


def _number(place: int) -> str:
    return f"H{place:06}"


def _email(person: int) -> str:
    return f"customer{person}@example.com"


def _phone(person: int) -> str:
    return f"+1503{person:07}"


def _zip(person: int) -> str:
    return f"{97000 + person % 900}"


def _name(person: int) -> tuple[str, str]:
    """First and last name; every thousandth person has the same one."""
    return f"Ada {person % 10}", f"Number {person // 10 % 1000}"


def _rma(place: int, first: int = 3) -> str:
    digits = f"{first}{place:06}"
    return f"RMA-{digits[:4]}-{digits[4:]}{ids.luhn_digit(digits)}"


def _with_a_slip(name: str) -> str:
    """Leave a letter out of the longest word, as people do, where that is still forgiven."""
    longest = max(name.split(), key=len)
    slip = longest[:3] + longest[4:] if len(longest) > SHORT else longest
    return name.replace(longest, slip)


_PREPARED = f"""
    SET synchronous_commit = off; SET session_replication_role = replica;
    CREATE TEMP TABLE shelf AS
        SELECT row_number() OVER (ORDER BY v.id) - 1 AS n, v.id, v.product_id, v.options, v.price, p.name
        FROM variants v JOIN products p ON p.id = v.product_id
        WHERE p.category IN ('shoes', 'outdoor', 'kitchen') AND p.tags = '{{}}';
    CREATE TEMP TABLE bought AS
        SELECT o AS place, line, (o * 7 + line * 31) %% (SELECT count(*) FROM shelf) AS n
        FROM generate_series(0, %(size)s - 1) AS o, generate_series(0, {LINES} - 1) AS line;
"""
_ROWS = (
    """INSERT INTO customers (id, name_first, name_last, email, phone, street, extra, city, region, zip, country, tier)
       SELECT md5('c' || n)::uuid, 'Ada ' || n %% 10, 'Number ' || n / 10 %% 1000, 'customer' || n || '@example.com',
           '+1503' || lpad(n::text, 7, '0'), '12 Alder Street', '', 'Portland', 'OR', 97000 + n %% 900, 'US', 'standard'
       FROM generate_series(0, %(people)s - 1) AS n""",
    """INSERT INTO payment_methods (id, customer_id, kind, label)
       SELECT 'card-' || n, md5('c' || n)::uuid, 'card', 'Visa ending 4417'
       FROM generate_series(0, %(people)s - 1) AS n""",
    """INSERT INTO orders (id, number, customer_id, state, placed_at, shipped_at, delivered_at, address, currency)
       SELECT md5('o' || n)::uuid, 'H' || lpad(n::text, 6, '0'), md5('c' || n / %(each)s)::uuid, 'delivered',
           at - interval '12 days', at - interval '10 days', at - interval '7 days',
           '{"street": "12 Alder Street", "city": "Portland", "region": "OR", "zip": "97205"}', 'USD'
       FROM (SELECT n, %(now)s - n %% 80000 * interval '1 second' AS at FROM generate_series(0, %(size)s - 1) AS n)""",
    """INSERT INTO order_items (id, order_id, position, product_id, variant_id, name, options, unit_price, quantity,
           final_sale)
       SELECT md5('i' || place || '/' || line)::uuid, md5('o' || place)::uuid, line, product_id, id, name, options,
           price, 1, false
       FROM bought JOIN shelf USING (n)""",
    """INSERT INTO payments (id, order_id, payment_method_id, kind, amount, at)
       SELECT md5('p' || place)::uuid, md5('o' || place)::uuid, 'card-' || place / %(each)s, 'payment', sum(price),
           %(now)s - interval '12 days'
       FROM bought JOIN shelf USING (n) GROUP BY place""",
    """INSERT INTO fulfilments (id, order_id, tracking_number, carrier, item_ids)
       SELECT md5('f' || n)::uuid, md5('o' || n)::uuid, 'HPO' || n, 'Harbour Post', '{}'
       FROM generate_series(0, %(size)s - 1) AS n""",
    """INSERT INTO returns (id, rma, order_id, customer_id, approval, parcel, settlement, resolution, method, amount,
           fee, price_difference, currency, opened_at)
       SELECT md5('r' || n)::uuid, rma, md5('o' || n * %(every)s)::uuid, md5('c' || n * %(every)s / %(each)s)::uuid,
           'approved', 'label_issued', 'open', 'refund', 'drop_off_qr', 50, 0, 0, 'USD', %(now)s - interval '1 day'
       FROM numbered""",
    """INSERT INTO return_lines (id, return_id, order_item_id, position, quantity, reason, resolution, amount, rule_ids)
       SELECT md5('l' || n)::uuid, md5('r' || n)::uuid, md5('i' || n * %(every)s || '/0')::uuid, 0, 1, 'too_small',
           'refund', 50, '{}'
       FROM numbered""",
)


def _fill(url: str, size: int) -> None:
    """Make a shop with so many orders; rules that hold by the way it is made are not checked row by row."""
    values = {"size": size, "people": size // ORDERS_OF_A_CUSTOMER, "each": ORDERS_OF_A_CUSTOMER, "now": NOW}
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        for product in catalogue.PRODUCTS:
            row = (product.id, product.name, product.category, list(product.tags), product.picture)
            cursor.execute("INSERT INTO products (id, name, category, tags, picture) VALUES (%s, %s, %s, %s, %s)", row)
            for variant, options, price in product.variants():
                variant_row = (variant, product.id, json.dumps(options), price, 1000)
                cursor.execute("INSERT INTO variants VALUES (%s, %s, %s, %s, %s)", variant_row)
        psycopg.ClientCursor(connection).execute(_PREPARED, values)
        cursor.execute("CREATE TEMP TABLE numbered (n int, rma text)")
        with cursor.copy("COPY numbered FROM STDIN") as copy:
            for place in range(size // RETURN_EVERY):
                copy.write_row((place, _rma(place)))
        for statement in _ROWS:
            psycopg.ClientCursor(connection).execute(statement, {**values, "every": RETURN_EVERY})
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def _imports(url: str, folder: Path, retail_file: Path | None) -> list[tuple[str, float]]:
    """Measure how long a thousand orders take from a file, in seconds, in an empty shop each."""
    found = []
    for kind in ("json", "csv"):
        path = folder / f"orders.{kind}"
        path.write_text(_as_json(1000) if kind == "json" else _as_csv(1000), encoding="utf-8")
        found.append((f"import of 1000 orders, {kind.upper()}", _import_seconds(url, path)))
    if retail_file is not None:
        found.append(("import of the retail data set", _import_seconds(url, retail_file, is_retail=True)))
    return found


def _import_seconds(url: str, path: Path, *, is_retail: bool = False) -> float:
    async def work(address: str) -> float:
        database = Database(address)
        begun = time.perf_counter()
        if is_retail:
            async with database.transaction() as session:
                await retail.load(session, retail.read(path))
        else:
            job = importing.Job(path, "csv" if path.suffix == ".csv" else "json", "stop", "USD")
            report = await importing.run(database, FixedClock(NOW), job)
            assert report.counts == {("order", "created"): 1000}, report
        seconds = time.perf_counter() - begun
        await database.dispose()
        return seconds

    with _made(url) as address:
        return asyncio.run(work(address))


def _as_json(count: int) -> str:
    return json.dumps({"orders": [_imported(place) for place in range(count)]}, indent=1)


def _imported(place: int) -> dict[str, object]:
    first, last = _name(place // ORDERS_OF_A_CUSTOMER)
    person = {"first_name": first, "last_name": last, "email": _email(place // ORDERS_OF_A_CUSTOMER)}
    items = [
        {"product_id": f"p{place * (line + 3) % 50}", "name": "Thing", "unit_price": "20.00"} for line in range(LINES)
    ]
    payment = {"method": {"kind": "card", "label": "Visa ending 4417"}, "amount": "40.00"}
    moments = {"placed_at": "2026-05-20T10:00:00Z", "delivered_at": "2026-05-25T10:00:00Z"}
    return {
        "number": f"#{_number(place)}", "customer": person, "state": "delivered", **moments, "items": items,
        "payments": [payment], "parcels": [{"tracking_number": f"HPO{place}"}],
    }  # fmt: skip


def _as_csv(count: int) -> str:
    head = "order_number,state,placed_at,delivered_at,customer_first_name,customer_last_name,customer_email,product_id,"
    lines = [head + "product_name,unit_price,payment_method,payment_label,payment_amount,tracking_number"]
    for place in range(count):
        first, last = _name(place // ORDERS_OF_A_CUSTOMER)
        for line in range(LINES):
            order = f"#{_number(place)},delivered,2026-05-20T10:00:00Z,2026-05-25T10:00:00Z,{first},{last}"
            item = f"{_email(place // ORDERS_OF_A_CUSTOMER)},p{place * (line + 3) % 50},Thing,20.00"
            lines.append(f"{order},{item},card,Visa ending 4417,40.00,HPO{place}")
    return "\n".join(lines) + "\n"


@contextmanager
def _filled(url: str, size: int) -> Iterator[str]:
    """Make a database with so many orders."""
    with _made(url) as address:
        begun = time.perf_counter()
        _fill(address, size)
        print(f"{size:,} orders made in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
        yield address


@contextmanager
def _made(url: str) -> Iterator[str]:
    """Make an empty, migrated database."""
    name = f"benchmark_{uuid.uuid4().hex[:12]}"
    head, question, query = url.partition("?")
    address = f"{head.rsplit('/', 1)[0]}/{name}{question}{query}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        migrate(address)
        yield address
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    configured = os.environ.get("DATABASE_URL")
    if configured:
        yield configured
        return
    with embedded.running(folder) as url:
        yield url


if __name__ == "__main__":
    sys.exit(main())
