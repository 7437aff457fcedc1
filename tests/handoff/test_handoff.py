"""The handoff as a receipted state machine: each step changes the owner, tells the customer once, calls agents once."""

import asyncio

import pytest

from conversations import errors as conversation_errors
from conversations import ownership
from conversations.conversation import Owner
from conversations.message import Author, Draft, State
from handoff import errors, repository, service
from handoff.agent import Role
from handoff.alerts import Kind
from handoff.ticket import ALLOWED_STAGES, Call, Outcome, Reason, Stage, check_move
from kit import errors as kit_errors
from kit import ids
from tests.handoff.conftest import RULES, Floor


async def test_a_handoff_puts_the_conversation_into_the_queue_and_tells_the_customer_at_once(floor: Floor) -> None:
    await floor.agent()
    ticket = await floor.hand_over()

    assert ticket.stage is Stage.QUEUED
    assert (await floor.conversation()).owner is Owner.QUEUE
    (line,) = await floor.told()
    assert line.startswith("I'm bringing in a person from our team. You are next.")
    assert "I can't say yet how long" in line
    assert [alert.kind for alert in await floor.called()] == [Kind.QUEUED]


async def test_what_is_said_first_stands_in_the_same_message(floor: Floor) -> None:
    await floor.agent()
    await floor.hand_over(Reason.POLICY, first="I've noted your return RMA-1000-0016.")

    (line,) = await floor.told()
    assert line.startswith("I've noted your return RMA-1000-0016.\n\nA person on our team decides this one")


async def test_a_second_request_keeps_the_handoff_and_says_nothing_twice(floor: Floor) -> None:
    await floor.agent()
    first = await floor.hand_over()
    again = await floor.hand_over(Reason.BOT_FAILED)

    assert again.id == first.id
    assert len(await floor.told()) == 1
    assert len(await floor.called()) == 1
    assert (await floor.conversation()).owner_counter == 1


async def test_messages_that_waited_for_the_bot_are_then_with_the_person(floor: Floor) -> None:
    await floor.writes("hello")
    await floor.hand_over()

    assert [m.state for m in await floor.talk.transcript() if m.author is Author.CUSTOMER] == [State.ANSWERED]


async def test_of_two_agents_who_claim_at_once_one_gets_it_and_the_other_hears_who(floor: Floor) -> None:
    await floor.agent("Ana")
    await floor.agent("Ben")
    await floor.hand_over()
    results = await asyncio.gather(floor.claim("Ana"), floor.claim("Ben"), return_exceptions=True)

    (lost,) = [result for result in results if isinstance(result, BaseException)]
    winner = (await floor.conversation()).agent_name
    assert isinstance(lost, errors.NothingToTake)
    assert str(lost) == f"{winner} has this conversation"
    assert [line for line in await floor.told() if "has joined" in line] == [
        f"{winner} has joined and is reading the conversation."
    ]


async def test_an_agent_answers_and_hands_back_and_the_bot_starts_afresh(floor: Floor) -> None:
    await floor.agent()
    await floor.hand_over()
    await floor.claim()
    await floor.answer("I've approved it.")
    async with floor.talk.database.transaction() as session:
        ending = (Outcome.WAITING_FOR_GOODS, "Please use the label above.")
        await service.hand_back(session, floor.situation, floor.talk.id, "Ana", ending)

    conversation, ticket = await floor.conversation(), await floor.ticket()
    assert (conversation.owner, conversation.agent_name, conversation.dialogue_state) == (Owner.BOT, None, None)
    assert conversation.owner_counter == 3
    assert (ticket.stage, ticket.outcome, ticket.note) == (Stage.RELEASED, ending[0], ending[1])
    assert (await floor.told())[-1] == (
        "Ana has left the conversation. We are now waiting for the goods to arrive. Please use the label above. "
        "I'm the assistant, back to help."
    )


async def test_nobody_but_the_one_who_has_it_answers(floor: Floor) -> None:
    await floor.hand_over()
    await floor.claim("Ana")

    with pytest.raises(errors.NotTheOwner, match="Ana has this conversation"):
        await floor.answer("Hello", "Ben")


async def test_any_human_message_takes_ownership_from_the_bot(floor: Floor) -> None:
    await floor.answer("Hello, this is Ana, I saw your question.")

    conversation, ticket = await floor.conversation(), await floor.ticket()
    assert (conversation.owner, conversation.agent_name) == (Owner.AGENT, "Ana")
    assert (ticket.reason, ticket.stage) == (Reason.TAKEN_OVER, Stage.CLAIMED)
    assert await floor.told() == ["Ana has joined and is reading the conversation."]


async def test_any_human_message_takes_a_waiting_conversation(floor: Floor) -> None:
    await floor.agent()
    await floor.hand_over()
    await floor.answer("Hello!")

    assert (await floor.ticket()).stage is Stage.CLAIMED
    assert (await floor.ticket()).reason is Reason.ASKED_FOR


async def test_what_the_bot_computed_before_a_person_came_neither_leaves_nor_changes_an_order(floor: Floor) -> None:
    await floor.hand_over()
    await floor.claim()

    assert await floor.talk.send(Draft("Let me help you with that."), counter=0) == []
    with pytest.raises(conversation_errors.OwnershipMoved):
        async with floor.talk.database.transaction() as session:
            await ownership.hold(session, floor.talk.id, 0)


async def test_an_agent_cannot_take_from_a_colleague_but_a_supervisor_can(floor: Floor) -> None:
    ben, sam = await floor.agent("Ben"), await floor.agent("Sam", role=Role.SUPERVISOR)
    await floor.hand_over()
    await floor.claim("Ana")
    with pytest.raises(errors.NotTheOwner, match="a supervisor can take it over"):
        async with floor.talk.database.transaction() as session:
            await service.take_over(session, floor.situation, floor.talk.id, ben)
    async with floor.talk.database.transaction() as session:
        await service.take_over(session, floor.situation, floor.talk.id, sam)

    assert (await floor.conversation()).agent_name == "Sam"
    assert (await floor.told())[-1] == "Sam has joined and takes over from Ana. You don't need to repeat anything."


async def test_a_conversation_passed_to_a_colleague_is_theirs_and_they_alone_are_called(floor: Floor) -> None:
    await floor.hand_over()
    await floor.claim("Ana")
    async with floor.talk.database.transaction() as session:
        await service.pass_to_agent(session, floor.situation, floor.talk.id, "Ana", "Ben")

    assert (await floor.conversation()).agent_name == "Ben"
    last = (await floor.called())[-1]
    assert (last.kind, last.audience) == (Kind.PASSED_ON, "agent:Ben")


async def test_a_conversation_passed_to_a_team_waits_again_and_the_team_is_called(floor: Floor) -> None:
    await floor.agent("Ana")
    await floor.hand_over()
    await floor.claim("Ana")
    async with floor.talk.database.transaction() as session:
        await service.pass_to_team(session, floor.situation, floor.talk.id, "Ana", "warehouse")

    ticket = await floor.ticket()
    assert (ticket.stage, ticket.team, ticket.agent_name) == (Stage.QUEUED, "warehouse", None)
    assert (await floor.told())[-1].startswith("Ana is passing you on to a colleague.")
    assert (await floor.called())[-1].audience == "team:warehouse"


async def test_a_reply_written_before_the_newest_message_was_seen_is_refused_with_what_was_missed(floor: Floor) -> None:
    await floor.hand_over()
    await floor.claim()
    seen = (await floor.conversation()).last_seq
    await floor.writes("wait, I meant the blue one")

    with pytest.raises(errors.StaleView) as stale:
        await floor.answer("I'll refund the red one.", seen=seen)

    assert [message.text for message in stale.value.missed] == ["wait, I meant the blue one"]
    await floor.answer("The blue one, then.", seen=(await floor.conversation()).last_seq)


async def test_the_queue_is_ordered_by_urgency_and_then_by_waiting(floor: Floor) -> None:
    async with floor.talk.database.transaction() as session:
        for number, reason in enumerate((Reason.ASKED_FOR, Reason.MOOD, Reason.ASKED_FOR)):
            values = {"priority": RULES.priority_of(reason), "stage": Stage.QUEUED}
            call = Call(reason, str(number))
            moment = floor.now.replace(minute=number)
            await repository.add(session, ids.new_id(), call, moment, **values)
        waiting = await repository.waiting(session)

    assert [ticket.detail for ticket in waiting] == ["1", "0", "2"]


async def test_what_a_person_does_is_in_the_audit_trail(floor: Floor) -> None:
    await floor.hand_over()
    await floor.claim("Ana")
    await floor.answer("Hello")

    assert await floor.audited() == [("Ana", "claimed"), ("Ana", "answered")]


async def test_the_first_answer_stops_the_first_response_clock_once(floor: Floor) -> None:
    await floor.hand_over()
    await floor.claim()
    floor.later(minutes=3)
    await floor.answer("Hello")
    floor.later(minutes=3)
    await floor.answer("Still here")

    ticket = await floor.ticket()
    assert ticket.first_response_at == ticket.requested_at.replace(minute=3)
    assert ticket.first_response_due == ticket.requested_at.replace(minute=RULES.targets[3].first_response)


def test_a_handoff_that_has_ended_cannot_be_claimed() -> None:
    with pytest.raises(kit_errors.Conflict, match="released cannot become claimed"):
        check_move(Stage.RELEASED, Stage.CLAIMED)


def test_every_stage_can_be_reached_and_can_end() -> None:
    ends = {stage for stage, following in ALLOWED_STAGES.items() if not following}
    reachable = {Stage.REQUESTED}
    for _ in Stage:
        reachable |= {following for stage in reachable for following in ALLOWED_STAGES[stage]}

    assert reachable == set(Stage)
    assert ends == {Stage.RELEASED, Stage.FAILED}
