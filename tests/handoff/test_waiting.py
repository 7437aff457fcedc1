"""While a customer waits: they are told the truth at once, nobody is forgotten, and they can change their mind."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations import repository as conversations
from conversations.conversation import Owner
from handoff import repository, service, waiting
from handoff.alerts import Kind
from handoff.rules import Waiting
from handoff.ticket import Call, Reason, Stage
from handoff.waiting import Step
from kit import ids
from tests.handoff.conftest import RULES, Floor

TIMES = RULES.waiting


async def advance(floor: Floor) -> Step:
    """Let the sweep look at the conversation."""
    async with floor.talk.database.transaction() as session:
        return await waiting.advance(session, floor.situation, floor.talk.id)


async def give_address(floor: Floor, **found: str) -> None:
    """Let the customer name an address."""
    async with floor.talk.database.transaction() as session:
        contact = {**found, "from": "customer"}
        await waiting.note_contact(session, floor.situation, await floor.conversation(), contact)


async def test_with_nobody_there_the_customer_is_told_at_once_and_asked_for_an_address(floor: Floor) -> None:
    ticket = await floor.hand_over()

    assert (ticket.stage, ticket.contact_wanted) == (Stage.REQUESTED, True)
    (line,) = await floor.told()
    assert "Nobody is at a desk at this very moment. What e-mail address or phone number" in line
    last = (await floor.talk.transcript())[-1]
    assert last.content["expects"] == {"slot": "identity", "input": "email"}


async def test_outside_business_hours_the_customer_hears_the_hours_and_when_somebody_answers(floor: Floor) -> None:
    await floor.agent()
    floor.later(hours=7)  # 19:00 in Los Angeles
    await floor.hand_over()

    (line,) = await floor.told()
    assert "Our team is here Monday to Friday, 9:00-17:00, so nobody can answer right now." in line
    assert "they answer first thing tomorrow at 9:00 PST" in line


async def test_an_address_puts_the_customer_on_the_list_and_only_then_is_anything_promised(floor: Floor) -> None:
    await floor.hand_over()
    await give_address(floor, email="maya@example.com")

    ticket = await floor.ticket()
    assert (ticket.stage, ticket.callback, ticket.contact_wanted) == (Stage.QUEUED, True, False)
    assert "You are on the list: a person answers here and to maya@example.com" in (await floor.told())[-1]


async def test_a_known_address_is_not_asked_for_and_is_shown_masked_when_the_customer_did_not_say_it(
    floor: Floor,
) -> None:
    async with floor.talk.database.transaction() as session:
        contact = {"email": "maya.torres@example.com", "from": "order"}
        await conversations.set_contact(session, floor.talk.id, contact)
    ticket = await floor.hand_over()

    (line,) = await floor.told()
    assert (ticket.stage, ticket.callback) == (Stage.QUEUED, True)
    assert "They answer here and to m…s@example.com" in line
    assert "What e-mail" not in line


async def test_nobody_claims_agents_are_called_again_then_supervisors_then_the_customer_is_told(floor: Floor) -> None:
    await floor.agent()
    await floor.hand_over()
    assert await advance(floor) is Step.NOTHING

    floor.later(seconds=TIMES.alarm_again)
    assert await advance(floor) is Step.ALARM_AGAIN
    floor.later(seconds=TIMES.tell_supervisors - TIMES.alarm_again)
    assert await advance(floor) is Step.TELL_SUPERVISORS
    assert len(await floor.told()) == 1
    floor.later(seconds=TIMES.give_up - TIMES.tell_supervisors)
    assert await advance(floor) is Step.GIVE_UP

    ticket = await floor.ticket()
    assert (ticket.stage, ticket.contact_wanted) == (Stage.TIMED_OUT, True)
    assert (await floor.told())[-1].startswith("I'm sorry, everybody is still busy")
    calls = [(alert.kind, alert.audience) for alert in await floor.called()]
    assert calls == [
        (Kind.QUEUED, "everyone"),
        (Kind.UNCLAIMED, "everyone"),
        (Kind.ESCALATED, "supervisors"),
        (Kind.TIMED_OUT, "everyone"),
    ]


async def test_a_handoff_that_timed_out_can_still_be_claimed(floor: Floor) -> None:
    await floor.agent()
    await floor.hand_over()
    for seconds in (TIMES.alarm_again, TIMES.tell_supervisors, TIMES.give_up):
        floor.later(seconds=seconds)
        await advance(floor)
    await floor.claim()

    assert (await floor.ticket()).stage is Stage.CLAIMED


async def test_without_an_address_it_fails_in_the_end_and_the_customer_is_told(floor: Floor) -> None:
    await floor.hand_over()
    floor.later(seconds=TIMES.fail)
    assert await advance(floor) is Step.FAIL

    assert (await floor.ticket()).stage is Stage.FAILED
    assert (await floor.conversation()).owner is Owner.BOT
    assert (await floor.told())[-1].startswith("Nobody could answer you in time")
    assert (await floor.called())[-1].audience == "supervisors"


async def test_who_left_an_address_never_fails(floor: Floor) -> None:
    await floor.hand_over()
    await give_address(floor, phone="+15035550142")
    floor.later(days=3)

    assert await advance(floor) is Step.NOTHING
    assert (await floor.ticket()).stage is Stage.QUEUED


async def test_when_people_come_who_waited_without_an_address_is_told_and_waits_live(floor: Floor) -> None:
    await floor.hand_over()
    await floor.agent()
    async with floor.talk.database.transaction() as session:
        assert await waiting.people_are_here(session, floor.situation, floor.talk.id)
        assert not await waiting.people_are_here(session, floor.situation, floor.talk.id)

    assert (await floor.ticket()).stage is Stage.QUEUED
    assert (await floor.told())[-1].startswith("Our team is here now. You are next.")
    assert (await floor.called())[-1].kind is Kind.OPENED


async def test_when_people_come_who_left_an_address_comes_back_first_thing_without_another_text(floor: Floor) -> None:
    await floor.hand_over()
    await give_address(floor, email="maya@example.com")
    said = len(await floor.told())
    await floor.agent()
    async with floor.talk.database.transaction() as session:
        assert await waiting.people_are_here(session, floor.situation, floor.talk.id)

    assert len(await floor.told()) == said
    assert (await floor.called())[-1].kind is Kind.OPENED
    assert (await floor.ticket()).callback


async def test_a_waiting_customer_can_go_back_to_the_assistant(floor: Floor) -> None:
    await floor.agent()
    await floor.hand_over()
    async with floor.talk.database.transaction() as session:
        await waiting.withdraw(session, floor.situation, floor.talk.id)
        await waiting.withdraw(session, floor.situation, floor.talk.id)

    assert (await floor.conversation()).owner is Owner.BOT
    assert (await floor.ticket()).stage is Stage.RELEASED
    assert len(await floor.told()) == 2


async def test_an_agent_who_drops_off_gives_the_conversation_back_with_its_place_in_time(floor: Floor) -> None:
    await floor.agent("Ben")
    asked = (await floor.hand_over()).requested_at
    await floor.claim("Ana")
    floor.later(seconds=5)
    async with floor.talk.database.transaction() as session:
        assert await service.give_back(session, floor.situation, floor.talk.id)

    ticket = await floor.ticket()
    assert (ticket.stage, ticket.agent_name, ticket.requested_at) == (Stage.QUEUED, None, asked)
    assert (await floor.told())[-1].startswith("Ana had to leave, I'm sorry. Nothing is lost")
    assert (await floor.called())[-1].kind is Kind.AGENT_GONE


async def test_an_agent_who_drops_off_with_nobody_else_there_leaves_no_customer_waiting_for_nothing(
    floor: Floor,
) -> None:
    await floor.hand_over()
    await floor.claim("Ana")
    async with floor.talk.database.transaction() as session:
        await service.give_back(session, floor.situation, floor.talk.id)

    ticket = await floor.ticket()
    assert (ticket.stage, ticket.contact_wanted) == (Stage.TIMED_OUT, True)
    assert "What e-mail address or phone number" in (await floor.told())[-1]


@given(st.integers(1, 100), st.integers(1, 100), st.integers(1, 100), st.integers(1, 100))
def test_the_ladder_takes_exactly_the_times_of_the_rules(one: int, two: int, three: int, four: int) -> None:
    rules = Waiting(alarm_again=one, tell_supervisors=one + two, give_up=one + two + three, fail=9999, agent_gone=four)
    start = Floor.now
    alarm = start.replace(microsecond=0)
    supervisors = waiting.next_time(Step.ALARM_AGAIN, alarm, rules)
    assert supervisors is not None
    assert (supervisors - alarm).total_seconds() == two
    gives_up = waiting.next_time(Step.TELL_SUPERVISORS, supervisors, rules)
    assert gives_up is not None
    assert (gives_up - supervisors).total_seconds() == three


@pytest.mark.parametrize("after", [Step.GIVE_UP, Step.FAIL, Step.NOTHING])
def test_after_the_last_step_nothing_is_timed(after: Step) -> None:
    assert waiting.next_time(after, Floor.now, TIMES) is None


async def test_the_wait_that_is_told_is_never_shorter_than_what_those_ahead_have_waited(floor: Floor) -> None:
    await floor.agent()
    async with floor.talk.database.transaction() as session:
        for minutes in (50, 40, 30):
            begun = floor.now - timedelta(minutes=minutes)
            done = {"stage": Stage.RELEASED, "claimed_at": begun + timedelta(seconds=30), "place_at_start": 1}
            await repository.add(session, ids.new_id(), Call(Reason.ASKED_FOR, ""), begun, priority=3, **done)
        waits = {"priority": 1, "stage": Stage.QUEUED}
        long_ago = floor.now - timedelta(minutes=28)
        await repository.add(session, ids.new_id(), Call(Reason.MOOD, ""), long_ago, **waits)
    await floor.hand_over()

    assert "You are number 2 in the queue. It takes about 28 minutes at the moment." in (await floor.told())[0]
