"""Whatever happens in whatever order: one open handoff at most, an owner that fits it, and one text for each change."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.conversation import Owner
from conversations.message import Author
from handoff import errors
from handoff.agent import Agent, Role
from handoff.ticket import Stage
from kit import errors as kit_errors
from kit.db import Database
from tests.casework.shift import BACK, TIMES, Customer, Shift, open_shift

pytestmark = pytest.mark.database

STEPS = st.sampled_from(
    ["ask", "claim", "answer", "pass", "team", "take_over", "hand_back", "gone", "words", "button", "wait", "address"]
)
LEFT_ALONE = (errors.NothingToTake, errors.NotTheOwner, kit_errors.Conflict, IndexError)
OWNER_OF = {
    Stage.REQUESTED: Owner.QUEUE,
    Stage.QUEUED: Owner.QUEUE,
    Stage.TIMED_OUT: Owner.QUEUE,
    Stage.CLAIMED: Owner.AGENT,
    Stage.RELEASED: Owner.BOT,
    Stage.FAILED: Owner.BOT,
}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=4, max_size=14), there=st.booleans())
def test_any_sequence_of_steps_keeps_one_open_ticket_its_owner_and_one_text_for_each_change(
    database_url: str, steps: list[str], there: bool
) -> None:
    asyncio.run(_walk(database_url, steps, there))


async def _walk(database_url: str, steps: list[str], there: bool) -> None:
    database = Database(database_url)
    async with open_shift(database) as shift:
        number = await _agents_so_far(shift)
        sam = await shift.agent(f"Sam {number}", role=Role.SUPERVISOR, there=there)
        ana = await shift.agent(f"Ana {number}", there=there)
        shift.numbers = itertools.count(number * 1000 + 1)
        customer = await shift.customer()
        for name in steps:
            await _one_step(shift, customer, name, (ana, sam))
    await database.dispose()


async def _one_step(shift: Shift, customer: Customer, name: str, people: tuple[Agent, Agent]) -> None:
    ana, sam = people
    before, said = await customer.get(), len(await customer.transcript())
    possible: dict[str, Callable[[], Awaitable[object]]] = {
        "ask": customer.asks_for_person,
        "claim": lambda: customer.is_claimed(ana.name),
        "answer": lambda: customer.is_answered(name=ana.name),
        "pass": lambda: customer.is_passed(f"agent:{sam.name}", ana.name),
        "team": lambda: customer.is_passed("team:returns", ana.name),
        "take_over": lambda: customer.is_taken_over(sam),
        "hand_back": lambda: customer.is_handed_back(name=before.agent_name or ana.name),
        "words": lambda: customer.says("never mind"),
        "button": lambda: customer.presses(BACK),
        "address": lambda: customer.says("maya@example.com"),
        "gone": lambda: _everybody_leaves(shift),
        "wait": lambda: shift.wait(seconds=TIMES.alarm_again),
    }
    with suppress(*LEFT_ALONE):
        await possible[name]()
    await shift.sweep()
    await _check_invariants(customer, before.owner_counter, said)


async def _everybody_leaves(shift: Shift) -> None:
    shift.there.clear()
    await shift.wait(seconds=TIMES.agent_gone + 1)


async def _check_invariants(customer: Customer, counter_before: int, said_before: int) -> None:
    tickets, now = await customer.tickets(), await customer.get()
    still_open = [ticket for ticket in tickets if ticket.is_open]
    assert len(still_open) <= 1
    assert now.owner is OWNER_OF[(still_open or tickets)[0].stage if tickets else Stage.RELEASED]
    assert (now.agent_name is not None) == (now.owner is Owner.AGENT)
    assert not still_open or still_open[0].agent_name == now.agent_name
    new = [message for message in await customer.transcript() if message.seq > said_before]
    texts = [m for m in new if m.author is Author.SYSTEM and m.owner_counter > counter_before]
    moves = now.owner_counter - counter_before
    surveys = [m for m in texts if (m.content.get("expects") or {}).get("slot") == "rating"]
    assert len(texts) - len(surveys) <= max(moves, 0)
    assert moves == 0 or texts


async def _agents_so_far(shift: Shift) -> int:
    async with shift.desk.database.transaction() as session:
        connection = await session.connection()
        return int((await connection.exec_driver_sql("SELECT count(*) FROM agents")).scalar_one())
