"""How long a claim takes while few and while very many wait: prints medians in milliseconds and their ratio.

On an embedded PostgreSQL of its own (or `DATABASE_URL`, where it makes and drops a database), with rows made inside it.
The same work is measured in turn at both sizes, so that what else the machine does falls on both. Budgets: a claim
below 30 ms, and at 100,000 waiting below 1.5 times what it takes at 100. Run `python -m benchmarks.handoff`: about a
minute.
"""

import asyncio
import os
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from casework import handovers
from casework.desk import Desk
from gateways.carrier import HouseCarrier
from handoff import agents, rules
from handoff.agent import Agent, Role
from kit import ids, jobs
from kit.clock import SystemClock
from kit.db import Database
from kit.settings import PROJECT_ROOT, Settings
from returndesk import embedded
from returndesk.database import migrate
from store import policy_file

FEW, MANY = 100, 100_000
ROUNDS = 40
"""Each piece of work is done so often at each size; the queue loses two conversations a round and keeps its size."""
CLAIM_BUDGET_MS, RATIO_BUDGET = 30.0, 1.5

_ROWS = (
    """INSERT INTO conversations (id, channel, address, language, owner, owner_counter, claims, contact, step, last_seq,
           episode_id, created_at, last_message_at)
       SELECT md5('c' || n)::uuid, 'web', 'visitor ' || n, 'en', 'queue', 1, '{}', '{}', -1, 1, md5('e' || n)::uuid,
           now(), now()
       FROM generate_series(1, %(many)s) AS n""",
    """INSERT INTO episodes (id, conversation_id, started_at)
       SELECT md5('e' || n)::uuid, md5('c' || n)::uuid, now() FROM generate_series(1, %(many)s) AS n""",
    """INSERT INTO messages (id, conversation_id, episode_id, seq, author, text, content, choices, state, channel,
           owner_counter, created_at)
       SELECT md5('m' || n)::uuid, md5('c' || n)::uuid, md5('e' || n)::uuid, 1, 'customer', 'I need a person', '{}',
           '[]', 'answered', 'web', 0, now()
       FROM generate_series(1, %(many)s) AS n""",
    """INSERT INTO handoffs (id, conversation_id, reason, detail, priority, stage, requested_at, place_at_start)
       SELECT md5('h' || n)::uuid, md5('c' || n)::uuid, 'asked_for', 'benchmark', 1 + n %% 3, 'queued',
           now() - n * interval '1 second', n
       FROM generate_series(1, %(many)s) AS n""",
    "ANALYZE",
)
_MORE = text("""
    WITH numbered AS (SELECT CAST(:n AS int) AS n), made AS (
        INSERT INTO conversations (id, channel, address, language, owner, owner_counter, claims, contact, step,
            last_seq, episode_id, created_at, last_message_at)
        SELECT md5('c' || n)::uuid, 'web', 'visitor ' || n, 'en', 'queue', 1, '{}', '{}', -1, 0, md5('e' || n)::uuid,
            now(), now() FROM numbered RETURNING id, episode_id
    ), begun AS (INSERT INTO episodes (id, conversation_id, started_at) SELECT episode_id, id, now() FROM made)
    INSERT INTO handoffs (id, conversation_id, reason, detail, priority, stage, requested_at, place_at_start)
    SELECT gen_random_uuid(), id, 'asked_for', 'benchmark', 3, 'queued', now(), 1 FROM made
""")


@dataclass
class Floor:
    """A desk with so many waiting customers, one agent, and what was measured in milliseconds."""

    desk: Desk
    size: int
    agent: Agent
    measured: dict[str, list[float]] = field(default_factory=dict)
    added: int = 0

    async def time(self, name: str, work: Callable[[AsyncSession], Awaitable[object]]) -> None:
        """Measure a piece of work with its transaction, from opening to commit."""
        begun = time.perf_counter()
        async with self.desk.database.transaction() as session:
            await work(session)
        self.measured.setdefault(name, []).append((time.perf_counter() - begun) * 1000)

    async def round(self) -> None:
        """Do each piece of work once, somewhere in the middle of the queue where a place is named."""
        desk, chosen = self.desk, await self._somebody_waiting()
        await self.time("claim", lambda session: handovers.claim(session, desk, chosen, self.agent.name))
        await self.time("claim_next", lambda session: handovers.claim_next(session, desk, self.agent))
        other = await self._somebody_waiting()
        await self.time("standing_of", lambda session: handovers.standing_of(session, desk, other))
        await self.time("queue, first 100", lambda session: handovers.queue(session, desk, 100))
        await self._refill()

    async def _somebody_waiting(self) -> UUID:
        query = text("""
            SELECT conversation_id FROM handoffs WHERE stage = 'queued' ORDER BY priority, requested_at
            OFFSET :half LIMIT 1
        """)
        async with self.desk.database.transaction() as session:
            found = await session.scalar(query, {"half": self.size // 2})
        assert isinstance(found, UUID)
        return found

    async def _refill(self) -> None:
        async with self.desk.database.transaction() as session:
            for _ in range(2):
                self.added += 1
                await session.execute(_MORE, {"n": self.size + self.added})


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory(prefix="returndesk-benchmark-") as folder, _server(Path(folder)) as url:
        few, many = asyncio.run(_measure(url))
    print(f"{'':18} {FEW:>12,} {MANY:>12,}   ratio   (median ms of {ROUNDS})")
    for name in few:
        print(f"{name:18} {median(few[name]):12.1f} {median(many[name]):12.1f} {_ratio(few, many, name):7.2f}")
    worst, ratio = median(many["claim"]), _ratio(few, many, "claim")
    held = "held" if worst <= CLAIM_BUDGET_MS and ratio < RATIO_BUDGET else "MISSED"
    print(f"claim: {worst:.1f} ms of {CLAIM_BUDGET_MS:.0f}, ratio {ratio:.2f} of {RATIO_BUDGET}: {held}")


def _ratio(few: dict[str, list[float]], many: dict[str, list[float]], name: str) -> float:
    return median(many[name]) / median(few[name])


async def _measure(url: str) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Measure both sizes in turn, after one round each that is not counted."""
    async with AsyncExitStack() as stack:
        floors = [await _opened(stack, url, size) for size in (FEW, MANY)]
        for number in range(ROUNDS + 1):
            for floor in floors if number % 2 else reversed(floors):
                await floor.round()
            if number == 0:
                for floor in floors:
                    floor.measured.clear()
    return floors[0].measured, floors[1].measured


async def _opened(stack: AsyncExitStack, url: str, size: int) -> Floor:
    database_url = stack.enter_context(_filled(url, size))
    database = Database(database_url)
    stack.push_async_callback(database.dispose)
    app = jobs.create_app(database_url)
    await stack.enter_async_context(app.open_async())
    settings = Settings(_env_file=None, DATABASE_URL=database_url)
    book = policy_file.read(PROJECT_ROOT / "policy" / "harbour-and-pine.yml")
    handoff_rules = rules.read(PROJECT_ROOT / "policy" / "handoff.yml")
    desk = Desk(database, jobs.Jobs(app), SystemClock(), settings, book, HouseCarrier(), handoff_rules)
    agent = Agent(
        ids.new_id(), "ana@shop.example", "Ana", Role.AGENT, None, ("en",), (), 10_000, True, None, {}, disabled=False
    )
    async with database.transaction() as session:
        await agents.add(session, agent, "not a hash", desk.clock.now())
        await agents.mark_seen(session, agent.id, desk.clock.now())
    return Floor(desk, size, agent)


@contextmanager
def _filled(url: str, size: int) -> Iterator[str]:
    """Make a database with so many waiting conversations."""
    name = f"benchmark_{uuid.uuid4().hex[:12]}"
    head, question, query = url.partition("?")
    address = f"{head.rsplit('/', 1)[0]}/{name}{question}{query}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        migrate(address)
        with psycopg.connect(address, autocommit=True) as own:
            for statement in _ROWS:
                own.execute(statement, {"many": size} if "%(" in statement else None)
        yield address
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
    main()
