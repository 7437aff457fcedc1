"""The handoff as a receipted state machine: each step changes the owner and tells the customer once."""

import asyncio
from uuid import UUID

import pytest

from conversations.conversation import Owner
from conversations.message import Author, Draft, State
from handoff import errors, repository, service, texts
from handoff.ticket import ALLOWED_STAGES, PRIORITY, Outcome, Reason, Stage, check_move
from kit import errors as kit_errors
from tests.conversations.conftest import NOW, Talk


async def hand_over(talk: Talk, reason: Reason = Reason.ASKED_FOR) -> None:
    """Ask for a person."""
    async with talk.database.transaction() as session:
        await service.hand_over(session, talk.id, reason, "The customer asked.", NOW)


async def claim(talk: Talk, agent: str) -> None:
    """Take the conversation."""
    async with talk.database.transaction() as session:
        await service.claim(session, talk.id, agent, NOW)


async def system_lines(talk: Talk) -> list[str]:
    """Return what the desk itself has said."""
    return [message.text for message in await talk.transcript() if message.author is Author.SYSTEM]


async def test_a_handoff_puts_the_conversation_into_the_queue_and_tells_the_customer_at_once(
    talk: Talk,
) -> None:
    await hand_over(talk)

    assert (await talk.get()).owner is Owner.QUEUE
    (line,) = await system_lines(talk)
    assert "person" in line
    assert "You are next" in line


async def test_a_second_request_keeps_the_handoff_and_says_nothing_twice(talk: Talk) -> None:
    await hand_over(talk)
    await hand_over(talk, Reason.BOT_FAILED)

    assert len(await system_lines(talk)) == 1
    assert (await talk.get()).owner_counter == 1


async def test_messages_that_waited_for_the_bot_are_then_with_the_person(talk: Talk) -> None:
    await talk.receive("hello")
    await hand_over(talk)

    assert [m.state for m in await talk.transcript() if m.author is Author.CUSTOMER] == [State.ANSWERED]


async def test_of_two_agents_who_claim_at_once_one_gets_it(talk: Talk) -> None:
    await hand_over(talk)
    results = await asyncio.gather(claim(talk, "Ana"), claim(talk, "Ben"), return_exceptions=True)

    assert [type(result) for result in results].count(errors.NothingToTake) == 1
    assert (await talk.get()).agent_name in {"Ana", "Ben"}
    assert len([line for line in await system_lines(talk) if "has joined" in line]) == 1


async def test_an_agent_answers_and_hands_back_and_the_bot_starts_afresh(talk: Talk) -> None:
    await hand_over(talk)
    await claim(talk, "Ana")
    async with talk.database.transaction() as session:
        await service.answer(session, talk.id, "Ana", "I've approved it.", NOW)
        await service.hand_back(session, talk.id, "Ana", (Outcome.APPROVED, "Your refund is on its way."), NOW)

    conversation = await talk.get()
    assert (conversation.owner, conversation.agent_name, conversation.dialogue_state) == (Owner.BOT, None, None)
    assert conversation.owner_counter == 3
    last = (await system_lines(talk))[-1]
    assert "Ana has left" in last
    assert "Your refund is on its way." in last
    assert "assistant" in last


async def test_nobody_but_the_owner_answers(talk: Talk) -> None:
    await hand_over(talk)
    await claim(talk, "Ana")

    with pytest.raises(errors.NotTheOwner, match="Ana has this conversation"):
        async with talk.database.transaction() as session:
            await service.answer(session, talk.id, "Ben", "Hello", NOW)


async def test_the_bot_is_silent_while_a_person_has_the_conversation(talk: Talk) -> None:
    await hand_over(talk)
    await claim(talk, "Ana")

    assert await talk.send(Draft("Let me help you with that."), counter=0) == []


async def test_the_queue_is_ordered_by_urgency_and_then_by_waiting(talk: Talk) -> None:
    async with talk.database.transaction() as session:
        for number, reason in enumerate((Reason.ASKED_FOR, Reason.COMPLAINT, Reason.ASKED_FOR)):
            await repository.add(session, UUID(int=number), reason, "", (PRIORITY[reason], NOW.replace(minute=number)))
        waiting = await repository.queued(session)

    assert [ticket.conversation_id.int for ticket in waiting] == [1, 0, 2]


async def test_what_a_person_does_is_in_the_audit_trail(talk: Talk) -> None:
    await hand_over(talk)
    await claim(talk, "Ana")
    async with talk.database.transaction() as session:
        await service.answer(session, talk.id, "Ana", "Hello", NOW)
        connection = await session.connection()
        acts = (await connection.exec_driver_sql("SELECT actor, act FROM audit ORDER BY id")).all()

    assert [tuple(act) for act in acts] == [("Ana", "claimed"), ("Ana", "answered")]


def test_a_handoff_that_has_ended_cannot_be_claimed() -> None:
    with pytest.raises(kit_errors.Conflict, match="released cannot become claimed"):
        check_move(Stage.RELEASED, Stage.CLAIMED)


def test_every_stage_can_end() -> None:
    ends = {stage for stage, following in ALLOWED_STAGES.items() if not following}
    reachable = {Stage.REQUESTED}
    for _ in Stage:
        reachable |= {following for stage in reachable for following in ALLOWED_STAGES[stage]}

    assert reachable == set(Stage)
    assert ends == {Stage.RELEASED, Stage.FAILED}


def test_every_reason_has_a_priority_and_words() -> None:
    assert set(PRIORITY) == set(Reason)
    for reason in Reason:
        assert "person" in texts.queued(reason, 1)
