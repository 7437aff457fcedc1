"""Passing a conversation on, and taking it over: the customer hears who is there, and repeats nothing."""

import pytest

from handoff import errors
from handoff.agent import Role
from handoff.ticket import Reason, Stage
from kit import errors as kit_errors
from tests.casework.shift import Shift

pytestmark = pytest.mark.database
pytest_plugins = ("tests.casework.shift_fixtures",)


async def test_passing_to_a_colleague_is_one_text_and_calls_that_colleague_alone(shift: Shift) -> None:
    await shift.agent()
    await shift.agent("Ben")
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    async with customer.step() as step:
        await customer.is_passed("agent:Ben", line="She wants the blue one.")

    assert step.told == ["Ben has joined and takes over from Ana. You don't need to repeat anything."]
    assert [(str(alert.kind), alert.audience) for alert in step.calls] == [("passed_on", "agent:Ben")]
    assert (step.moved, (await customer.get()).agent_name) == (1, "Ben")
    assert ("Ana", "passed_on") in await customer.audited()
    with pytest.raises(errors.NotTheOwner):
        await customer.is_answered("One more thing", "Ana")


async def test_passing_to_a_team_puts_the_customer_back_into_the_queue_for_them(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    async with customer.step() as step:
        await customer.is_passed("team:warehouse")

    (line,) = step.told
    assert line.startswith("Ana is passing you on to a colleague. You don't need to repeat anything. You are next.")
    assert [(str(alert.kind), alert.audience) for alert in step.calls] == [("passed_on", "team:warehouse")]
    ticket = await customer.ticket()
    assert (ticket.team, ticket.stage, ticket.agent_name, step.moved) == ("warehouse", Stage.QUEUED, None, 1)


@pytest.mark.parametrize(
    ("to", "named"),
    [
        ("team:werehouse", "returns, warehouse, payments"),
        ("agent:Bem", "there are Ben"),
        ("agent:Ana", "there are Ben"),
        ("Ben", "returns, warehouse, payments"),
    ],
)
async def test_a_name_that_is_not_known_is_refused_with_those_that_are_and_nothing_changes(
    shift: Shift, to: str, named: str
) -> None:
    await shift.agent()
    await shift.agent("Ben")
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    async with customer.step() as step:
        with pytest.raises(kit_errors.NotFound, match=named):
            await customer.is_passed(to, line="for you")

    assert (step.told, step.calls, step.moved, (await customer.get()).agent_name) == ([], [], 0, "Ana")


async def test_a_supervisor_takes_over_from_an_agent_who_is_told_so(shift: Shift) -> None:
    await shift.agent()
    ben, sam = await shift.agent("Ben"), await shift.agent("Sam", role=Role.SUPERVISOR)
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    with pytest.raises(errors.NotTheOwner, match="a supervisor can take it over"):
        await customer.is_taken_over(ben)
    async with customer.step() as step:
        await customer.is_taken_over(sam)

    assert step.told == ["Sam has joined and takes over from Ana. You don't need to repeat anything."]
    (alert,) = step.calls
    assert (str(alert.kind), alert.audience) == ("taken_over", "agent:Ana")
    assert "Sam has taken a conversation over from you" in alert.text


async def test_taking_over_from_the_bot_opens_a_handoff_in_the_customers_language(shift: Shift) -> None:
    ana = await shift.agent()
    customer = await shift.customer(language="es-MX")
    async with customer.step() as step:
        ticket = await customer.is_taken_over(ana)

    assert (ticket.reason, ticket.language, ticket.stage) == (Reason.TAKEN_OVER, "es", Stage.CLAIMED)
    assert step.told == ["Ana has joined and is reading the conversation."]
    assert step.kinds == ["claimed"]
    assert ticket.first_response_due is not None


async def test_taking_over_what_is_ones_own_changes_nothing(shift: Shift) -> None:
    ana = await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_taken_over(ana)
    async with customer.step() as step:
        await customer.is_taken_over(ana)

    assert (step.told, step.calls, step.moved) == ([], [], 0)
