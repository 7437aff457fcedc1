"""A person takes over: every step tells the customer once, calls agents once, and moves the counter with the owner."""

import asyncio

import pytest

from conversations import errors as conversation_errors
from conversations import ownership
from conversations.conversation import Owner
from conversations.message import Author, State
from handoff import errors
from handoff.agent import Role
from handoff.mood import Reading
from handoff.ticket import Outcome, Reason, Stage
from tests.casework.shift import (
    MONDAY_EVENING,
    RULES,
    SATURDAY,
    Shift,
    danger,
    threat,
    upset,
)

pytestmark = pytest.mark.database
pytest_plugins = ("tests.casework.shift_fixtures",)


# -- why a person comes


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.TAKEN_OVER])
async def test_every_reason_is_told_in_its_words_and_waits_with_its_priority(shift: Shift, reason: Reason) -> None:
    await shift.agent()
    customer = await shift.customer()
    async with customer.step() as step:
        ticket = await customer.asks_for_person(reason)

    (line,) = step.told
    assert line.startswith(RULES.reasons[reason].words)
    assert "You are next." in line
    assert (step.kinds, step.moved) == (["queued"], 1)
    assert (ticket.stage, ticket.priority) == (Stage.QUEUED, RULES.reasons[reason].priority)


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        (upset("third time"), Reason.MOOD),
        (threat("my lawyer"), Reason.LEGAL),
        (danger("burned my hand"), Reason.SAFETY),
    ],
    ids=["mood", "legal", "safety"],
)
async def test_words_that_call_for_a_person_bring_one_before_the_bot_is_asked(
    shift: Shift, reading: Reading, reason: Reason
) -> None:
    await shift.agent()
    customer = await shift.customer()
    shift.moods["listen"] = reading
    message = await customer.says("listen")

    ticket = await customer.ticket()
    assert (ticket.reason, await customer.owner(), shift.brain.asked) == (reason, Owner.QUEUE, [])
    assert ticket.trigger["seq"] == message.seq
    assert ticket.trigger["words"] == list(reading.words)
    assert f"“{reading.words[0]}”" in ticket.detail
    assert (await customer.stored(message)).state is State.ANSWERED


async def test_somebody_who_is_only_annoyed_is_answered_and_offered_a_person_once(shift: Shift) -> None:
    customer = await shift.customer()
    shift.moods["still nothing"] = upset("still nothing", score=0.7)
    await customer.says("still nothing")
    await customer.says("still nothing")

    offer = RULES.mood.offer_words
    assert await customer.heard(Author.BOT) == [offer, "Understood.", "Understood."]
    assert await customer.owner() is Owner.BOT


async def test_a_second_call_for_a_person_keeps_the_first_and_says_nothing(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    first = await customer.ticket()
    async with customer.step() as step:
        again = await customer.asks_for_person(Reason.COMPLAINT)

    assert (again, step.told, step.calls, step.moved) == (first, [], [], 0)


# -- what the customer hears, by the hour and by who is there


async def test_with_somebody_there_the_customer_hears_the_place_and_that_the_wait_is_not_known_yet(
    shift: Shift,
) -> None:
    await shift.agent()
    await shift.waiting_customer()
    second = await shift.waiting_customer()

    assert "You are number 2 in the queue. I can't say yet how long it will take." in (await second.told())[-1]
    place = await second.standing()
    assert place
    assert (place.place, place.minutes) == (2, None)


async def test_the_expected_wait_is_what_others_waited_today(shift: Shift) -> None:
    await shift.agent()
    for _ in range(3):
        before = await shift.waiting_customer()
        await shift.wait(minutes=4)
        await before.is_helped()
    customer = await shift.waiting_customer()

    assert "It takes about 4 minutes at the moment." in (await customer.told())[-1]


async def test_on_a_monday_at_noon_with_nobody_at_a_desk_an_address_is_asked_for(shift: Shift) -> None:
    await shift.agent(there=False)
    customer = await shift.waiting_customer()

    (line,) = await customer.told()
    assert "Nobody is at a desk at this very moment." in line
    assert "they answer as soon as somebody is at a desk again" in line
    assert (await customer.transcript())[-1].content["expects"] == {"slot": "identity", "input": "email"}


async def test_in_the_evening_agents_at_a_desk_change_nothing_and_the_customer_hears_when_people_answer(
    shift: Shift,
) -> None:
    await shift.agent()
    await shift.stand_at(MONDAY_EVENING)
    customer = await shift.waiting_customer()

    (line,) = await customer.told()
    assert "Our team is here Monday to Friday, 9:00" in line
    assert "they answer first thing tomorrow at 9:00 PST" in line
    ticket = await customer.ticket()
    assert (ticket.stage, ticket.contact_wanted) == (Stage.REQUESTED, True)


async def test_at_the_weekend_the_customer_hears_of_monday(shift: Shift) -> None:
    await shift.agent()
    await shift.stand_at(SATURDAY)
    customer = await shift.waiting_customer()

    assert "they answer first thing on Monday at 9:00 PST" in (await customer.told())[-1]


async def test_somebody_who_stepped_away_is_not_there(shift: Shift) -> None:
    await shift.agent(available=False)
    customer = await shift.waiting_customer()

    assert "Nobody is at a desk" in (await customer.told())[-1]


# -- claiming


async def test_a_claim_is_one_text_one_call_and_one_change_of_owner(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    async with customer.step() as step:
        ticket = await customer.is_claimed()

    assert step.told == ["Ana has joined and is reading the conversation."]
    assert (step.kinds, step.moved) == (["claimed"], 1)
    assert (ticket.stage, ticket.agent_name, (await customer.get()).agent_name) == (Stage.CLAIMED, "Ana", "Ana")
    assert await customer.audited() == [("Ana", "claimed")]


async def test_of_ten_agents_who_claim_at_once_one_gets_it_and_nine_hear_who(shift: Shift) -> None:
    customer = await shift.waiting_customer()
    claims = [customer.is_claimed(f"Agent {number}") for number in range(10)]
    results = await asyncio.gather(*claims, return_exceptions=True)

    holder = (await customer.get()).agent_name
    refused = [result for result in results if isinstance(result, errors.NothingToTake)]
    assert [str(one) for one in refused] == [f"{holder} has this conversation"] * 9
    assert sum("has joined" in line for line in await customer.told()) == 1


async def test_what_nobody_waits_with_cannot_be_claimed(shift: Shift) -> None:
    customer = await shift.customer()

    with pytest.raises(errors.NothingToTake, match="not waiting"):
        await customer.is_claimed()


async def test_the_next_one_is_the_most_urgent_and_among_those_the_one_who_waits_longest(shift: Shift) -> None:
    ana = await shift.agent()
    first = await shift.waiting_customer()
    angry = await shift.waiting_customer(Reason.MOOD)
    second = await shift.waiting_customer()

    assert [await shift.claim_next(ana) for _ in range(4)] == [angry.id, first.id, second.id, None]


async def test_agents_who_take_the_next_one_at_once_get_one_each_from_the_head_of_the_queue(shift: Shift) -> None:
    agents = [await shift.agent(f"Agent {number}") for number in range(5)]
    customers = [await shift.waiting_customer() for _ in range(8)]
    taken = await asyncio.gather(*(shift.claim_next(agent) for agent in agents))

    assert sorted(taken, key=str) == sorted((customer.id for customer in customers[:5]), key=str)


async def test_claiming_one_by_name_and_taking_the_next_at_once_never_block_each_other(shift: Shift) -> None:
    agents = [await shift.agent(f"Agent {number}") for number in range(4)]
    customers = [await shift.waiting_customer() for _ in range(6)]
    named = [customer.is_claimed(f"Clerk {place}") for place, customer in enumerate(customers)]
    results = await asyncio.gather(*named, *(shift.claim_next(agent) for agent in agents), return_exceptions=True)

    failures = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(failure, errors.NothingToTake) for failure in failures), failures
    assert {await customer.owner() for customer in customers} == {Owner.AGENT}


async def test_the_next_one_fits_the_agents_language_team_and_skills(shift: Shift) -> None:
    plain = await shift.agent("Ana")
    lawyer = await shift.agent("Lea", skills=("legal",))
    spanish = await shift.agent("Eva", languages=("es",))
    packer = await shift.agent("Pat", team="warehouse")
    in_spanish = await shift.waiting_customer(language="es")
    legal = await shift.waiting_customer(Reason.LEGAL)
    for_the_warehouse = await shift.waiting_customer()
    await for_the_warehouse.is_claimed("Ana")
    await for_the_warehouse.is_passed("team:warehouse")

    assert await shift.claim_next(plain) is None
    assert await shift.claim_next(spanish) == in_spanish.id
    assert await shift.claim_next(lawyer) == legal.id
    assert await shift.claim_next(packer) == for_the_warehouse.id


async def test_a_skill_that_nobody_has_holds_nobody_up(shift: Shift) -> None:
    ana = await shift.agent()
    legal = await shift.waiting_customer(Reason.LEGAL)

    assert await shift.claim_next(ana) == legal.id


async def test_the_queue_shows_the_most_urgent_first_with_what_was_said_and_who_is_here(shift: Shift) -> None:
    await shift.agent()
    shift.moods["where is it"] = upset("where is it")
    calm = await shift.waiting_customer()
    angry = await shift.customer("telegram")
    await angry.says("where is it")
    queue = await shift.queue()

    assert [line.ticket.conversation_id for line in queue.lines] == [angry.id, calm.id]
    first = queue.lines[0]
    assert (first.place, first.channel, first.last_words, first.mood) == (1, "telegram", "where is it", 0.95)
    assert (queue.total, queue.oldest) == (2, (await calm.ticket()).requested_at)
    assert (await shift.queue(limit=1)).total == 2


# -- answering, and a view that is not up to date


@pytest.mark.parametrize("owner", [Owner.BOT, Owner.QUEUE])
async def test_any_human_message_takes_ownership(shift: Shift, owner: Owner) -> None:
    await shift.agent()
    customer = await shift.waiting_customer() if owner is Owner.QUEUE else await shift.customer()
    await customer.is_answered("Hello, I'm Ana.")

    assert (await customer.owner(), (await customer.ticket()).stage) == (Owner.AGENT, Stage.CLAIMED)
    last = (await customer.transcript())[-1]
    assert (last.author, last.agent_name, last.text) == (Author.AGENT, "Ana", "Hello, I'm Ana.")
    assert await customer.bot_says("Let me help.", counter=0) == []


async def test_a_reply_that_missed_the_customers_newest_words_is_shown_them_first(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    seen = (await customer.transcript())[-1].seq
    newer = await customer.says("Wait, it was the green one.")
    with pytest.raises(errors.StaleView) as stale:
        await customer.is_answered("The blue one, then.", seen=seen)

    assert [message.text for message in stale.value.missed] == ["Wait, it was the green one."]
    assert await customer.heard(Author.AGENT) == []
    await customer.is_answered("The green one, then.", seen=newer.seq)
    assert await customer.heard(Author.AGENT) == ["The green one, then."]


async def test_a_reply_that_missed_a_colleagues_words_is_shown_them_first(shift: Shift) -> None:
    await shift.agent()
    sam = await shift.agent("Sam", role=Role.SUPERVISOR)
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    seen = (await customer.transcript())[-1].seq
    await customer.is_taken_over(sam)
    await customer.is_answered("We'll refund it.", "Sam")
    await customer.is_passed("agent:Ana", "Sam")
    with pytest.raises(errors.StaleView) as stale:
        await customer.is_answered("We can't refund it.", seen=seen)

    assert [message.text for message in stale.value.missed] == ["We'll refund it."]


async def test_what_the_desk_or_the_agent_themselves_said_since_is_no_reason_to_stop(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    seen = (await customer.transcript())[-1].seq
    await customer.is_claimed()  # the desk says that Ana has joined
    await customer.is_answered("Hello.", seen=seen)
    await customer.is_answered("One moment.", seen=seen)

    assert await customer.heard(Author.AGENT) == ["Hello.", "One moment."]


async def test_an_agent_reads_the_mood_and_suggested_answers_of_what_comes_in_while_a_person_has_it(
    shift: Shift,
) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    shift.moods["this is awful"] = upset("awful")
    message = await customer.says("this is awful")

    mood = (await customer.stored(message)).mood
    assert mood is not None
    assert (mood["score"], mood["words"], mood["answers"][0]["answer"]) == (0.95, ["awful"], "We do.")
    assert await customer.unanswered() == []


# -- handing back


@pytest.mark.parametrize("outcome", list(Outcome))
async def test_each_outcome_hands_back_with_one_sentence_and_the_bot_starts_afresh(
    shift: Shift, outcome: Outcome
) -> None:
    await shift.agent()
    customer = await shift.customer()
    await customer.says("hello")
    assert (await customer.get()).dialogue_state is not None
    await customer.asks_for_person()
    await customer.is_claimed()
    async with customer.step() as step:
        await customer.is_handed_back(outcome, "The parcel is on its way.")

    (line,) = step.told
    assert line.startswith("Ana has left the conversation.")
    assert RULES.outcomes[outcome] in line
    assert line.endswith("The parcel is on its way. I'm the assistant, back to help.")
    assert (step.kinds, step.moved) == (["released"], 1)
    conversation, ticket = await customer.get(), await customer.ticket()
    assert (conversation.owner, conversation.agent_name, conversation.dialogue_state) == (Owner.BOT, None, None)
    assert (ticket.stage, ticket.outcome, ticket.note) == (Stage.RELEASED, outcome, "The parcel is on its way.")


async def test_only_who_has_it_hands_it_back_and_only_once(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    with pytest.raises(errors.NotTheOwner):
        await customer.is_handed_back(name="Ben")
    await customer.is_handed_back()
    with pytest.raises(errors.NotTheOwner):
        await customer.is_handed_back()

    assert await customer.calls() == ["queued", "claimed", "released"]


async def test_what_was_said_to_the_agent_cannot_escalate_again_after_the_hand_back(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    shift.moods["I have had enough of this"] = upset("had enough")
    late = await customer.sends("I have had enough of this")  # its turn runs only after Ana has left
    await customer.is_answered("It is refunded.")
    await customer.is_handed_back(Outcome.APPROVED)
    await shift.turns.take(late.id)

    assert (await customer.owner(), len(await customer.tickets())) == (Owner.BOT, 1)
    assert (await customer.stored(late)).state is State.ANSWERED
    await customer.says("I have had enough of this")
    assert (await customer.owner(), len(await customer.tickets())) == (Owner.QUEUE, 2)


async def test_the_bot_begins_with_an_empty_state_and_answers_what_is_asked_after_the_hand_back(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.customer()
    await customer.says("hello")
    await customer.asks_for_person()
    await customer.is_helped()
    await customer.says("And how long do refunds take?")

    assert [asked["state"] is None for asked in shift.brain.asked] == [True, True]
    assert (await customer.heard(Author.BOT))[-1] == "Understood."


async def test_a_second_handoff_of_the_same_conversation_has_a_ticket_texts_and_calls_of_its_own(
    shift: Shift,
) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_helped()
    async with customer.step() as step:
        await customer.asks_for_person(Reason.COMPLAINT)

    assert (len(step.told), step.kinds, step.moved) == (1, ["queued"], 1)
    assert [ticket.stage for ticket in await customer.tickets()] == [Stage.QUEUED, Stage.RELEASED]


# -- what the bot found before a person came


async def test_what_was_computed_under_an_old_counter_is_dropped_at_the_door_and_changes_no_order(shift: Shift) -> None:
    customer = await shift.waiting_customer()
    said = await customer.bot_says("I have refunded you.", counter=0)

    assert (said, await customer.heard(Author.BOT)) == ([], [])
    with pytest.raises(conversation_errors.OwnershipMoved):
        async with shift.desk.database.transaction() as session:
            await ownership.hold(session, customer.id, 0)
