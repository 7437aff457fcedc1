"""Agents and money that has not moved: tried again, or called off, by whoever may, once."""

import asyncio
from uuid import UUID

import pytest

from casework import transfers
from handoff.errors import NotTheOwner
from kit import errors, ids
from tests.casework.till import ANA, Till

pytest_plugins = ["tests.casework.till_fixtures"]

DECLINED = "(card_declined, insufficient_funds)"


async def refused(till: Till) -> UUID:
    """Have a charge refused, which an agent then has on the desk."""
    till.stripe.saved_card(declines="insufficient_funds")
    wish = await till.wants("12.50", "charge", key="items:1")
    await transfers.send(till.desk, wish)
    await till.hires(ANA)
    await till.claimed_by(ANA)
    return wish


async def test_an_agent_has_a_failed_transfer_tried_again(till: Till) -> None:
    wish = await refused(till)
    till.stripe.saved_card()

    again = await transfers.retry_transfer(till.desk, wish, ANA, till.conversation_id)
    assert (again.state, again.attempts) == ("requested", 0)
    assert await till.jobs() == [str(wish)]

    done = await transfers.send(till.desk, wish)
    assert done is not None
    assert done.state == "succeeded"
    assert len([one for one in till.stripe.payments.values() if one.amount == 1250 and one.status == "succeeded"]) == 1
    assert [(actor, act) for actor, act, _ in await till.audited()] == [(ANA, "transfer_retried")]


async def test_one_that_fails_again_is_told_again_and_stays_with_the_agent(till: Till) -> None:
    wish = await refused(till)
    await transfers.retry_transfer(till.desk, wish, ANA, till.conversation_id)
    failed = await transfers.send(till.desk, wish)

    assert failed is not None
    assert DECLINED in failed.problem
    assert len(await till.told()) == 2
    assert (await till.conversation()).agent_name == ANA


async def test_an_agent_calls_a_failed_transfer_off_with_a_reason(till: Till) -> None:
    wish = await refused(till)
    gone = await transfers.call_off_transfer(till.desk, wish, ANA, "paid in the store", till.conversation_id)

    assert gone.state == "cancelled"
    ((actor, act, detail),) = await till.audited()
    assert (actor, act, detail["reason"]) == (ANA, "transfer_called_off", "paid in the store")
    await transfers.send(till.desk, wish)
    assert (await till.get(wish)).state == "cancelled"
    with pytest.raises(errors.Conflict, match="was called off"):
        await transfers.retry_transfer(till.desk, wish, ANA, till.conversation_id)


async def test_what_has_not_been_asked_yet_can_be_called_off(till: Till) -> None:
    wish = await till.wants()
    await transfers.call_off_transfer(till.desk, wish, ANA, "the wrong card")
    await transfers.send(till.desk, wish)
    assert not till.stripe.requests


async def test_what_may_have_moved_already_cannot_be_called_off(till: Till) -> None:
    wish = await till.wants()
    till.stripe.trouble = ["lost"]
    with pytest.raises(errors.Unavailable):
        await transfers.send(till.desk, wish)

    with pytest.raises(errors.Conflict, match="wait until"):
        await transfers.call_off_transfer(till.desk, wish, ANA, "no longer wanted")
    await transfers.send(till.desk, wish)
    with pytest.raises(errors.Conflict, match="has gone through"):
        await transfers.call_off_transfer(till.desk, wish, ANA, "no longer wanted")
    with pytest.raises(errors.Conflict, match="has gone through"):
        await transfers.retry_transfer(till.desk, wish, ANA)


async def test_two_agents_at_once_have_it_tried_again_once(till: Till) -> None:
    wish = await refused(till)
    await till.hires("Ben Ito")
    answers = await asyncio.gather(
        *(transfers.retry_transfer(till.desk, wish, name) for name in (ANA, "Ben Ito")), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in answers) == ["Conflict", "Transfer"]
    assert len(await till.audited()) == len(await till.jobs()) == 1


async def test_only_who_has_the_conversation_moves_its_money(till: Till) -> None:
    wish = await refused(till)
    await till.hires("Ben Ito")
    with pytest.raises(NotTheOwner):
        await transfers.retry_transfer(till.desk, wish, "Ben Ito", till.conversation_id)
    with pytest.raises(NotTheOwner):
        await transfers.call_off_transfer(till.desk, wish, "Ben Ito", "why not", till.conversation_id)
    with pytest.raises(errors.BadInput, match="why the money does not move"):
        await transfers.call_off_transfer(till.desk, wish, ANA, "  ", till.conversation_id)
    with pytest.raises(errors.NotFound):
        await transfers.retry_transfer(till.desk, ids.new_id(), ANA)
    assert await till.audited() == []
