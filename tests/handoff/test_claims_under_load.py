"""Fifty agents, two thousand waiting customers, all at once: each customer gets one person, and hears of one person."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from casework import handovers
from casework.desk import Desk
from handoff import agents, errors
from handoff.agent import Agent, Role
from kit import ids
from kit.db import Database
from tests.casework.shift import MONDAY, open_shift

pytestmark = pytest.mark.database

CUSTOMERS = 2_000
AGENTS = 50
BY_HAND = 10
"""So many of them pick lines from the list instead of taking what is next, and so want the same ones."""
PATIENCE = 180.0
"""Seconds; it takes about twenty on two cores that do nothing else."""
POOL = 20
"""Half of the pool's connections; as many again open when all agents claim at once."""

_CONVERSATIONS = text("""
    INSERT INTO conversations (id, channel, address, language, owner, owner_counter, claims, contact, step, last_seq,
        episode_id, created_at, last_message_at)
    SELECT md5('c' || n)::uuid, 'web', 'visitor ' || n, 'en', 'queue', 1, '{}', '{}', -1, 0, md5('e' || n)::uuid,
        :now, :now
    FROM generate_series(1, :many) AS n
""")
_EPISODES = text("""
    INSERT INTO episodes (id, conversation_id, started_at)
    SELECT md5('e' || n)::uuid, md5('c' || n)::uuid, :now FROM generate_series(1, :many) AS n
""")
_HANDOFFS = text("""
    INSERT INTO handoffs (id, conversation_id, reason, detail, priority, stage, requested_at, place_at_start)
    SELECT md5('h' || n)::uuid, md5('c' || n)::uuid, 'asked_for', 'a test', 1 + n % 3, 'queued',
        CAST(:now AS timestamptz) + n * interval '1 second', n
    FROM generate_series(1, :many) AS n
""")


@pytest.fixture
async def desk(database: Database, database_url: str) -> AsyncIterator[Desk]:
    """A desk with a pool of its own, and a long queue."""
    pool = Database(database_url, pool_size=POOL)
    async with open_shift(database) as shift:
        async with pool.transaction() as session:
            for statement in (_CONVERSATIONS, _EPISODES, _HANDOFFS):
                await session.execute(statement, {"many": CUSTOMERS, "now": MONDAY})
        yield replace(shift.desk, database=pool)
    await pool.dispose()


async def test_fifty_agents_who_claim_two_thousand_conversations_at_once_get_each_of_them_once(desk: Desk) -> None:
    people = [await _hired(desk, f"Agent {number:02}") for number in range(AGENTS)]
    waiting = await _column(desk, "SELECT conversation_id FROM handoffs")
    by_hand = [_claims_by_hand(desk, agent) for agent in people[:BY_HAND]]
    workers = by_hand + [_takes_the_next(desk, agent) for agent in people[BY_HAND:]]
    async with asyncio.timeout(PATIENCE):
        taken = await asyncio.gather(*workers)

    assert sorted(one for own in taken for one in own) == sorted(waiting)
    for agent, own in zip(people, taken, strict=True):
        mine = await _column(desk, f"SELECT conversation_id FROM handoffs WHERE agent_name = '{agent.name}'")
        assert sorted(mine) == sorted(own)
    await _check_that_each_was_told_once(desk)


async def _check_that_each_was_told_once(desk: Desk) -> None:
    once = Counter({1: CUSTOMERS})
    for counted in (
        "SELECT count(*) FROM messages WHERE text LIKE '% has joined and is reading%' GROUP BY conversation_id",
        "SELECT count(*) FROM messages GROUP BY conversation_id",
        "SELECT count(*) FROM alerts WHERE kind = 'claimed' GROUP BY conversation_id",
        "SELECT count(*) FROM audit WHERE act = 'claimed' GROUP BY conversation_id",
    ):
        assert Counter(await _column(desk, counted)) == once, counted
    same = """
        SELECT count(*) FROM conversations c JOIN handoffs h ON h.conversation_id = c.id
        JOIN messages m ON m.conversation_id = c.id JOIN audit a ON a.conversation_id = c.id
        WHERE c.owner = 'agent' AND c.owner_counter = 2 AND h.stage = 'claimed' AND c.agent_name = h.agent_name
        AND a.actor = h.agent_name AND m.text LIKE h.agent_name || ' has joined%'
    """
    assert await _column(desk, same) == [CUSTOMERS]


async def _takes_the_next(desk: Desk, agent: Agent) -> list[UUID]:
    taken: list[UUID] = []
    while True:
        async with desk.database.transaction() as session:
            ticket = await handovers.claim_next(session, desk, agent)
        if ticket is None:
            return taken
        taken.append(ticket.conversation_id)


async def _claims_by_hand(desk: Desk, agent: Agent) -> list[UUID]:
    """Claim line by line what stands on a screen that others see too, and look again when it has been worked off."""
    taken: list[UUID] = []
    page = "SELECT conversation_id FROM handoffs WHERE stage = 'queued' ORDER BY priority, requested_at LIMIT 10"
    while shown := await _column(desk, page):
        for conversation_id in shown:
            try:
                async with desk.database.transaction() as session:
                    await handovers.claim(session, desk, conversation_id, agent.name)
            except errors.NothingToTake:
                continue
            taken.append(conversation_id)
    return taken


async def _hired(desk: Desk, name: str) -> Agent:
    email = f"{name.replace(' ', '.').lower()}@shop.example"
    agent = Agent(ids.new_id(), email, name, Role.AGENT, None, ("en",), (), 100, True, MONDAY, {}, disabled=False)
    async with desk.database.transaction() as session:
        await agents.add(session, agent, "not a hash", MONDAY)
        await agents.mark_seen(session, agent.id, MONDAY)
    return agent


async def _column(desk: Desk, query: str) -> list[Any]:
    async with desk.database.transaction() as session:
        return list(await session.scalars(text(query)))
