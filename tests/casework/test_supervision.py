"""What a supervisor sees: who waits, who works on what, and whether customers are answered in time."""

from datetime import datetime, timedelta

import pytest

from casework import supervision
from handoff.agent import Role
from handoff.ticket import Reason
from tests.casework.shift import MONDAY, MONDAY_EVENING, RULES, SATURDAY, Shift

pytestmark = pytest.mark.database
pytest_plugins = ("tests.casework.shift_fixtures",)


async def overview(shift: Shift) -> supervision.Overview:
    """Look at the floor."""
    async with shift.desk.database.transaction() as session:
        return await supervision.overview(session, shift.desk)


async def test_an_empty_floor_has_no_numbers_and_no_guesses(shift: Shift) -> None:
    seen = await overview(shift)

    assert (seen.waiting, seen.oldest, seen.by_priority, seen.agents, seen.watched) == (0, None, {}, (), ())
    assert (seen.median_first_response_seconds, seen.median_resolution_seconds, seen.csat) == (None, None, None)


async def test_who_waits_is_counted_by_priority_with_the_oldest(shift: Shift) -> None:
    await shift.agent()
    first = await shift.waiting_customer()
    await shift.waiting_customer()
    await shift.waiting_customer(Reason.MOOD)
    claimed = await shift.waiting_customer()
    await claimed.is_claimed()
    seen = await overview(shift)

    assert (seen.waiting, seen.by_priority, seen.oldest) == (3, {1: 1, 3: 2}, (await first.ticket()).requested_at)
    assert len(seen.watched) == 4


async def test_each_agent_shows_what_they_have_and_who_waits_for_them(shift: Shift) -> None:
    await shift.agent("Ana")
    await shift.agent("Ben", there=False)
    answered, waits = await shift.waiting_customer(), await shift.waiting_customer()
    for customer in (answered, waits):
        await customer.is_claimed()
        await customer.is_answered()
    await waits.says("And the postage?")
    seen = await overview(shift)

    ana, ben = seen.agents
    assert (ana.agent.name, ana.online, ana.conversations, ana.waiting_for_answer) == ("Ana", True, 2, 1)
    assert (ben.agent.name, ben.online, ben.conversations) == ("Ben", False, 0)


async def test_what_was_handled_today_has_its_medians_and_its_ratings(shift: Shift) -> None:
    await shift.agent("Ana")
    await shift.agent("Ben")
    for minutes, name, rating in ((2, "Ana", "4"), (4, "Ana", "5"), (9, "Ben", "1")):
        customer = await shift.waiting_customer()
        await shift.wait(minutes=minutes)
        await customer.is_claimed(name)
        await customer.is_answered(name=name)
        await shift.wait(minutes=1)
        await customer.is_handed_back(name=name)
        await customer.presses(rating)
    seen = await overview(shift)

    assert (seen.median_first_response_seconds, seen.median_resolution_seconds) == (240, 300)
    assert (seen.handled_today, seen.csat_answers) == (3, 3)
    assert seen.csat == pytest.approx(10 / 3)
    assert [(load.handled_today, load.csat) for load in seen.agents] == [(2, 4.5), (1, 1)]


async def test_a_first_answer_counts_today_although_the_work_goes_on(shift: Shift) -> None:
    await shift.agent("Ana")
    customer = await shift.waiting_customer()
    await shift.wait(minutes=3)
    await customer.is_claimed("Ana")
    await customer.is_answered(name="Ana")
    seen = await overview(shift)

    assert (seen.median_first_response_seconds, seen.median_resolution_seconds, seen.handled_today) == (180, None, 0)


async def test_today_begins_at_midnight_in_the_shop(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_helped()
    await customer.presses("5")
    await shift.stand_at(MONDAY.replace(hour=7) + timedelta(days=1))  # 23:00 of the same day in Los Angeles
    assert (await overview(shift)).handled_today == 1
    await shift.wait(hours=1)
    seen = await overview(shift)

    assert (seen.handled_today, seen.csat_answers) == (0, 0)


async def test_who_went_back_to_the_assistant_was_handled_by_nobody(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.says("never mind")
    seen = await overview(shift)

    assert (seen.handled_today, seen.median_resolution_seconds, seen.watched) == (0, None, ())


async def test_a_first_response_that_is_late_is_a_breach_and_stays_one_after_the_answer(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer(Reason.MOOD)
    minutes = RULES.targets[1].first_response
    await shift.wait(minutes=minutes)
    assert (await overview(shift)).breaches == 0
    await shift.wait(seconds=1)
    late = await overview(shift)
    await customer.is_claimed()
    await customer.is_answered()
    answered = await overview(shift)

    assert [seen.breaches for seen in (late, answered)] == [1, 1]
    (line,) = answered.watched
    assert (line.first_response.breached, line.first_response.done_at, line.resolution.breached) == (
        True,
        shift.now,
        False,
    )


async def test_an_answer_in_time_stops_the_first_clock_and_the_second_one_runs_on(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer(Reason.MOOD)
    await customer.is_claimed()
    await customer.is_answered()
    await shift.wait(minutes=RULES.targets[1].resolution, seconds=1)
    (line,) = (await overview(shift)).watched

    assert (line.first_response.breached, line.resolution.breached, line.breached) == (False, True, True)


async def test_what_breached_stands_first(shift: Shift) -> None:
    await shift.agent()
    late = await shift.waiting_customer()
    await shift.wait(minutes=RULES.targets[3].first_response, seconds=1)
    urgent = await shift.waiting_customer(Reason.SAFETY)
    watched = (await overview(shift)).watched

    assert [line.ticket.conversation_id for line in watched] == [late.id, urgent.id]


@pytest.mark.parametrize("moment", [MONDAY_EVENING, SATURDAY])
async def test_the_clocks_run_in_business_time_only(shift: Shift, moment: datetime) -> None:
    await shift.stand_at(moment)
    customer = await shift.waiting_customer()
    await customer.says("maya@example.com")
    ticket = await customer.ticket()
    assert ticket.first_response_due
    await shift.stand_at(ticket.first_response_due)
    local = ticket.first_response_due.astimezone(shift.desk.hours.zone)

    assert f"{local:%H:%M}" == f"09:{RULES.targets[3].first_response:02}"
    assert (await overview(shift)).breaches == 0


async def test_a_supervisor_sees_what_was_said_without_taking_it(shift: Shift) -> None:
    await shift.agent()
    await shift.agent("Sam", role=Role.SUPERVISOR)
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    await customer.says("The blue one, please.")
    (line,) = (await overview(shift)).watched

    assert (line.last_words, line.channel) == ("The blue one, please.", "web")
    assert (await customer.get()).agent_name == "Ana"
