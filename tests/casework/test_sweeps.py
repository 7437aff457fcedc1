"""What happens by itself while people wait: alarms, timing out, people coming, assignment, agents who drop off."""

import asyncio
from datetime import timedelta

import pytest

from casework import sweeps
from conversations.conversation import Owner
from conversations.message import Author
from handoff import repository, service
from handoff.agent import Role
from handoff.ticket import Reason, Stage
from tests.casework.shift import BACK, MONDAY_EVENING, RULES, TIMES, Customer, Shift

pytestmark = pytest.mark.database
pytest_plugins = ("tests.casework.shift_fixtures",)

TUESDAY_AT_NINE = MONDAY_EVENING.replace(day=24, hour=17, minute=0)
TEXTS = RULES.texts


async def sweep_after(shift: Shift, **span: float) -> None:
    """Let time pass, and then everything happen whose time has come, twice: a sweep is safe to repeat."""
    await shift.wait(**span)
    await shift.sweep()
    await shift.sweep()


# -- the ladder of alarms


async def test_the_ladder_of_alarms_comes_at_the_times_of_the_rules_and_each_rung_once(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    begun = shift.now
    rungs = [
        (TIMES.alarm_again, "unclaimed", "everyone"),
        (TIMES.tell_supervisors, "escalated", "supervisors"),
        (TIMES.give_up, "timed_out", "everyone"),
    ]
    for seconds, kind, audience in rungs:
        await shift.stand_at(begun + timedelta(seconds=seconds - 1))
        async with customer.step() as early:
            await shift.sweep()
        async with customer.step() as step:
            await sweep_after(shift, seconds=1)

        assert early.calls == []
        assert [(str(alert.kind), alert.audience) for alert in step.calls] == [(kind, audience)]
        assert step.moved == 0
    assert len(await customer.told()) == 2  # that a person comes, and that nobody came in time


async def test_a_claim_stops_the_ladder(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    await sweep_after(shift, seconds=TIMES.give_up + 1)

    assert await customer.calls() == ["queued", "claimed"]


async def test_many_sweeps_at_once_make_each_step_once(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await shift.wait(seconds=TIMES.alarm_again)
    await asyncio.gather(*(sweeps.advance_waiting(shift.desk) for _ in range(5)))

    assert await customer.calls() == ["queued", "unclaimed"]


# -- nobody came in time


async def timed_out(shift: Shift) -> Customer:
    """Somebody for whom nobody came in time."""
    await shift.agent()
    customer = await shift.waiting_customer()
    for seconds in (TIMES.alarm_again, TIMES.tell_supervisors, TIMES.give_up):
        await shift.stand_at((await customer.ticket()).requested_at + timedelta(seconds=seconds))
        await shift.sweep()
    return customer


async def test_without_an_address_the_customer_is_told_and_asked_for_one_and_can_still_be_claimed(
    shift: Shift,
) -> None:
    customer = await timed_out(shift)

    line = (await customer.told())[-1]
    assert line.startswith(TEXTS.not_claimed)
    assert "What e-mail address or phone number" in line
    ticket = await customer.ticket()
    assert (ticket.stage, ticket.contact_wanted) == (Stage.TIMED_OUT, True)
    assert (await customer.is_claimed()).stage is Stage.CLAIMED


async def test_with_an_address_the_customer_hears_where_the_answer_comes_and_may_close_the_chat(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.says("maya@example.com")
    for seconds in (TIMES.alarm_again, TIMES.tell_supervisors, TIMES.give_up):
        await shift.stand_at((await customer.ticket()).requested_at + timedelta(seconds=seconds))
        await shift.sweep()

    assert "They answer here and to maya@example.com" in (await customer.told())[-1]
    ticket = await customer.ticket()
    assert (ticket.stage, ticket.callback, ticket.contact_wanted) == (Stage.TIMED_OUT, True, False)


async def test_an_address_after_timing_out_puts_the_customer_on_the_list(shift: Shift) -> None:
    customer = await timed_out(shift)
    async with customer.step() as step:
        await customer.says("maya@example.com")

    assert "You are on the list" in step.told[0]
    assert (step.kinds, (await customer.ticket()).stage) == (["contact"], Stage.QUEUED)


async def test_without_an_address_the_handoff_fails_in_the_end_and_the_bot_takes_it_back(shift: Shift) -> None:
    customer = await timed_out(shift)
    async with customer.step() as step:
        await sweep_after(shift, seconds=TIMES.fail)

    assert step.told == [TEXTS.failed]
    assert [(str(alert.kind), alert.audience) for alert in step.calls] == [("failed", "supervisors")]
    assert (step.moved, await customer.owner(), (await customer.ticket()).stage) == (1, Owner.BOT, Stage.FAILED)
    await customer.says("hello?")
    assert (await customer.heard(Author.BOT))[-1] == "Understood."


async def test_with_an_address_nothing_ever_fails(shift: Shift) -> None:
    customer = await timed_out(shift)
    await customer.says("maya@example.com")
    shift.there.clear()
    await sweep_after(shift, seconds=TIMES.fail * 3)

    assert (await customer.ticket()).stage is Stage.QUEUED
    assert await customer.owner() is Owner.QUEUE


# -- people come


async def test_who_left_an_address_comes_back_first_thing_in_the_morning_without_another_text(shift: Shift) -> None:
    await shift.agent()
    await shift.stand_at(MONDAY_EVENING)
    customer = await shift.waiting_customer()
    await customer.says("maya@example.com")
    async with customer.step() as night:
        await shift.stand_at(TUESDAY_AT_NINE - timedelta(seconds=1))
        await shift.sweep()
    async with customer.step() as morning:
        await sweep_after(shift, seconds=1)

    assert (night.calls, night.told) == ([], [])
    assert (morning.kinds, morning.told) == (["opened"], [])


async def test_a_callback_that_nobody_claims_rings_again_and_comes_back_the_next_morning(shift: Shift) -> None:
    await shift.agent()
    await shift.stand_at(MONDAY_EVENING)
    customer = await shift.waiting_customer()
    await customer.says("maya@example.com")
    await shift.stand_at(TUESDAY_AT_NINE)
    for seconds in (0, TIMES.alarm_again, TIMES.tell_supervisors):
        await shift.stand_at(TUESDAY_AT_NINE + timedelta(seconds=seconds))
        await shift.sweep()
    await shift.stand_at(TUESDAY_AT_NINE + timedelta(days=1))
    await shift.sweep()

    assert await customer.calls() == ["queued", "contact", "opened", "unclaimed", "escalated", "opened"]
    assert len(await customer.told()) == 2


async def test_who_waits_without_an_address_hears_that_people_are_here_and_waits_live(shift: Shift) -> None:
    customer = await shift.waiting_customer()
    async with customer.step() as step:
        await shift.agent()
        await sweep_after(shift, seconds=1)

    (line,) = step.told
    assert line.startswith("Our team is here now. You are next.")
    assert (step.kinds, step.moved) == (["opened"], 0)
    ticket = await customer.ticket()
    assert (ticket.stage, ticket.contact_wanted, ticket.callback) == (Stage.QUEUED, False, False)
    await customer.presses(BACK)
    assert await customer.owner() is Owner.BOT


async def test_nobody_comes_back_while_the_shop_is_closed(shift: Shift) -> None:
    await shift.stand_at(MONDAY_EVENING)
    customer = await shift.waiting_customer()
    await shift.agent()
    await sweep_after(shift, seconds=1)

    assert await customer.calls() == ["queued"]


# -- assignment


async def test_unless_the_shop_wants_it_nothing_is_assigned(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await sweep_after(shift, seconds=1)

    assert await customer.owner() is Owner.QUEUE


async def test_a_waiting_conversation_goes_to_the_least_busy_who_is_there(shift: Shift) -> None:
    shift.with_settings(auto_assign=True)
    await shift.agent("Ana")
    await shift.agent("Ben")
    away = await shift.agent("Cleo", there=False)
    busy = await shift.waiting_customer()
    await busy.is_claimed("Ana")
    customer = await shift.waiting_customer()
    async with customer.step() as step:
        await sweep_after(shift, seconds=1)

    assert ((await customer.get()).agent_name, step.kinds, step.moved) == ("Ben", ["claimed"], 1)
    assert away.name not in {(await one.get()).agent_name for one in (busy, customer)}


async def test_assignment_respects_language_skills_and_a_skill_that_nobody_has(shift: Shift) -> None:
    shift.with_settings(auto_assign=True)
    await shift.agent("Ana")
    await shift.agent("Eva", languages=("es",))
    await shift.agent("Lea", skills=("legal",), capacity=1)
    spanish = await shift.waiting_customer(language="es")
    french = await shift.waiting_customer(language="fr")
    legal = await shift.waiting_customer(Reason.LEGAL)
    unsafe = await shift.waiting_customer(Reason.SAFETY)  # nobody here has that skill
    await sweep_after(shift, seconds=1)

    names = [(await one.get()).agent_name for one in (spanish, french, legal, unsafe)]
    assert names == ["Eva", None, "Lea", "Ana"]


async def test_assignment_stops_at_each_agents_capacity_also_when_two_workers_assign_at_once(shift: Shift) -> None:
    shift.with_settings(auto_assign=True)
    await shift.agent("Ana", capacity=2)
    await shift.agent("Ben", capacity=1)
    customers = [await shift.waiting_customer() for _ in range(5)]
    await asyncio.gather(*(sweeps.assign(shift.desk) for _ in range(4)))

    names = [(await customer.get()).agent_name for customer in customers]
    assert sorted(str(name) for name in names) == ["Ana", "Ana", "Ben", "None", "None"]


async def test_a_worker_that_assigns_waits_for_what_another_is_just_giving_away(shift: Shift) -> None:
    shift.with_settings(auto_assign=True)
    await shift.agent("Ana", capacity=1)
    first, second = await shift.waiting_customer(), await shift.waiting_customer()
    async with shift.desk.database.transaction() as session:
        await repository.assign_alone(session)
        await service.claim(session, shift.desk.situation(), second.id, "Ana")
        other_worker = asyncio.create_task(sweeps.assign(shift.desk))
        await asyncio.sleep(0.5)
        assert not other_worker.done()
    await other_worker

    assert [(await one.get()).agent_name for one in (first, second)] == [None, "Ana"]


async def test_those_who_fit_nobody_do_not_hold_up_the_others(shift: Shift) -> None:
    shift.with_settings(auto_assign=True)
    await shift.agent()
    for _ in range(sweeps._MOST_AT_ONCE):
        await shift.waiting_customer(language="fr")
    customer = await shift.waiting_customer()
    await sweep_after(shift, seconds=1)

    assert (await customer.get()).agent_name == "Ana"


# -- an agent drops off


async def test_an_agent_who_drops_off_gives_back_only_those_who_wait_for_an_answer(shift: Shift) -> None:
    ana, _ = await shift.agent("Ana"), await shift.agent("Ben")
    unread, answered, asks_again = [await shift.waiting_customer() for _ in range(3)]
    for customer in (unread, answered, asks_again):
        await customer.is_claimed()
    await answered.is_answered("It is refunded.")
    await asks_again.is_answered("It is refunded.")
    await asks_again.says("And the postage?")
    shift.leaves(ana)
    async with asks_again.step() as step:
        await sweep_after(shift, seconds=TIMES.agent_gone + 1)

    owners = [await customer.owner() for customer in (unread, answered, asks_again)]
    assert owners == [Owner.QUEUE, Owner.AGENT, Owner.QUEUE]
    (line,) = step.told
    assert line.startswith("Ana had to leave, I'm sorry. Nothing is lost, and you don't need to repeat anything.")
    assert (step.kinds, step.moved) == (["agent_gone"], 1)


async def test_what_was_answered_comes_back_too_once_the_customer_writes_again(shift: Shift) -> None:
    ana, _ = await shift.agent("Ana"), await shift.agent("Ben")
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    await customer.is_answered("It is refunded.")
    shift.leaves(ana)
    await sweep_after(shift, seconds=TIMES.agent_gone + 1)
    await customer.says("Really?")
    await sweep_after(shift, seconds=1)

    assert await customer.calls() == ["queued", "claimed", "agent_gone"]


async def test_a_page_that_is_reloaded_loses_nothing(shift: Shift) -> None:
    ana = await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    shift.leaves(ana)
    await sweep_after(shift, seconds=TIMES.agent_gone - 1)
    await shift.comes(ana)
    await sweep_after(shift, seconds=TIMES.agent_gone + 1)

    assert (await customer.get()).agent_name == "Ana"


async def test_who_comes_back_to_the_queue_keeps_their_place_in_time(shift: Shift) -> None:
    ana, _ = await shift.agent("Ana"), await shift.agent("Ben")
    first = await shift.waiting_customer()
    await first.is_claimed()
    second = await shift.waiting_customer()
    shift.leaves(ana)
    await sweep_after(shift, seconds=TIMES.agent_gone + 1)

    assert [line.ticket.conversation_id for line in (await shift.queue()).lines] == [first.id, second.id]
    assert "You are next." in (await first.told())[-1]


async def test_a_dropped_conversation_with_nobody_else_there_asks_for_an_address(shift: Shift) -> None:
    ana = await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    shift.leaves(ana)
    async with customer.step() as step:
        await sweep_after(shift, seconds=TIMES.agent_gone + 1)

    (line,) = step.told
    assert "Ana had to leave" in line
    assert "What e-mail address or phone number" in line
    assert (await customer.ticket()).contact_wanted


async def test_what_a_supervisor_took_over_meanwhile_is_not_given_back(shift: Shift) -> None:
    ana = await shift.agent()
    sam = await shift.agent("Sam", role=Role.SUPERVISOR)
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    shift.leaves(ana)
    await shift.wait(seconds=TIMES.agent_gone + 1)
    async with shift.desk.database.transaction() as session:
        await service.take_over(session, shift.desk.situation(), customer.id, sam)
        sweep = asyncio.create_task(sweeps.give_back_from_the_gone(shift.desk))
        await asyncio.sleep(0.5)
        assert not sweep.done(), "it has seen that Ana is gone, and waits for the conversation"
    await sweep

    assert (await customer.get()).agent_name == "Sam"
    assert not any("had to leave" in line for line in await customer.told())


async def test_a_colleague_who_is_away_has_as_long_as_anybody_to_come(shift: Shift) -> None:
    await shift.agent("Ana")
    ben = await shift.agent("Ben", there=False)
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    await shift.wait(seconds=TIMES.agent_gone * 2)
    await customer.is_passed("agent:Ben")
    await sweep_after(shift, seconds=TIMES.agent_gone - 1)
    assert (await customer.get()).agent_name == ben.name
    await sweep_after(shift, seconds=2)

    assert await customer.owner() is Owner.QUEUE
