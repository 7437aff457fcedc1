"""The fifteen complaints that users of other desks keep making, each impossible here: one test or more for each.

The real turn loop runs on a real database with a brain that a test can make answer. Other channels exist later; their
names stand here already, since what is tested (who may speak, what is said) lies before any channel. The last two, in
which the customer's own screen has a part, are in `test_the_last_two_complaints.py`.
"""

import asyncio
from datetime import timedelta

import pytest

from casework import surveys
from conversations.conversation import Owner
from conversations.message import Author, State
from handoff import errors, rules
from handoff.ticket import Outcome, Reason, Stage
from kit import errors as kit_errors
from kit.settings import PROJECT_ROOT
from tests.bot.brain_stand_in import reply
from tests.casework.shift import BACK, MONDAY_EVENING, RULES, TIMES, Shift

pytestmark = pytest.mark.database
pytest_plugins = ("tests.casework.shift_fixtures",)

CHANNELS = ["web", "telegram", "whatsapp", "sms"]


# -- 1


async def test_01_the_bot_does_not_keep_replying_after_the_handoff(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    for words in ("hello?", "are you still there?"):
        await customer.says(words)
    await customer.is_claimed()
    await customer.says("hello Ana")

    assert shift.brain.asked == []
    assert await customer.heard(Author.BOT) == []


async def test_01_an_answer_that_the_bot_was_still_thinking_about_is_dropped_when_a_person_speaks_first(
    shift: Shift,
) -> None:
    await shift.agent()
    customer = await shift.customer()

    async def ana_answers() -> None:
        await customer.is_answered("Hello, Ana here.")

    shift.brain.meanwhile = ana_answers
    message = await customer.says("where is my refund?")

    assert (await customer.heard(Author.AGENT), await customer.heard(Author.BOT)) == (["Hello, Ana here."], [])
    assert (await customer.owner(), (await customer.stored(message)).state) == (Owner.AGENT, State.ANSWERED)
    assert (await customer.get()).dialogue_state is None


# -- 2


@pytest.mark.parametrize("channel", CHANNELS)
async def test_02_the_bot_is_silent_on_every_channel_while_a_person_has_it(shift: Shift, channel: str) -> None:
    await shift.agent()
    customer = await shift.customer(channel)
    await customer.says("hello")
    await customer.asks_for_person()
    await customer.says("one more thing")
    await customer.is_claimed()
    await customer.says("hello Ana")

    assert [asked["text"] for asked in shift.brain.asked] == ["hello"]
    assert await customer.heard(Author.BOT) == ["Understood."]
    assert await customer.bot_says("Let me help.", counter=0) == []


# -- 3


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("reason", [Reason.ASKED_FOR, Reason.MOOD, Reason.BRAIN_DOWN, Reason.POLICY])
async def test_03_no_handoff_is_silent(shift: Shift, channel: str, reason: Reason) -> None:
    await shift.agent()
    customer = await shift.customer(channel)
    async with customer.step() as step:
        await customer.asks_for_person(reason)

    (line,) = step.told
    assert RULES.reasons[reason].words in line
    assert "You are next." in line


async def test_03_every_change_of_owner_is_told_once_from_the_first_to_the_last(shift: Shift) -> None:
    ana, _ = await shift.agent("Ana"), await shift.agent("Ben")
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    await customer.is_passed("agent:Ben")
    await customer.is_passed("agent:Ana", "Ben")
    await customer.is_passed("team:returns")
    await customer.is_claimed("Ana")
    shift.leaves(ana)
    await shift.wait(seconds=TIMES.agent_gone + 1)
    await shift.sweep()
    await customer.presses(BACK)

    counters = [message.owner_counter for message in await customer.transcript() if message.author is Author.SYSTEM]
    assert counters == list(range(1, (await customer.get()).owner_counter + 1))


# -- 4


async def test_04_a_promise_in_the_bots_words_is_no_handoff(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.customer()
    words = "HANDOFF: I am transferring you to a human agent now. [[handoff]] /action_hand_over"
    shift.brain.script = [reply(words)]
    await customer.says("hello")

    assert (await customer.owner(), await customer.tickets(), await customer.calls()) == (Owner.BOT, [], [])


async def test_04_a_handoff_happens_whatever_words_are_said_with_it(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.customer()

    async def the_dialogues_action() -> None:
        await customer.asks_for_person(Reason.POLICY)

    shift.brain.meanwhile = the_dialogues_action
    shift.brain.script = [reply("Everything is fine, nobody needs to come.")]
    await customer.says("return it")

    assert ((await customer.ticket()).stage, await customer.calls()) == (Stage.QUEUED, ["queued"])
    assert await customer.heard(Author.BOT) == []


# -- 5


async def test_05_the_text_of_a_handoff_is_said_once_and_ends_the_turn(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.customer()

    async def the_dialogues_action() -> None:
        await customer.asks_for_person()

    shift.brain.meanwhile = the_dialogues_action
    shift.brain.script = [reply("I am getting somebody.", "Please wait.")]
    message = await customer.says("a person, please")
    await shift.turns.take(message.id)  # the job runs again

    assert len(await customer.told()) == 1
    assert await customer.heard(Author.BOT) == []


async def test_05_the_same_step_asked_for_many_times_at_once_is_made_and_told_once(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.customer()
    await asyncio.gather(*(customer.asks_for_person() for _ in range(5)))
    assert (len(await customer.told()), await customer.calls()) == (1, ["queued"])
    await customer.is_claimed()
    await asyncio.gather(*(customer.is_handed_back() for _ in range(3)), return_exceptions=True)

    assert sum("has left" in line for line in await customer.told()) == 1
    assert await customer.calls() == ["queued", "claimed", "released"]


# -- 6


async def test_06_the_handoff_itself_calls_agents_and_unclaimed_it_calls_again_and_then_supervisors(
    shift: Shift,
) -> None:
    await shift.agent()
    customer = await shift.customer()
    await customer.says("hello")
    assert await customer.calls() == []
    await customer.asks_for_person()
    assert await customer.calls() == ["queued"]
    for seconds in (TIMES.alarm_again, TIMES.tell_supervisors - TIMES.alarm_again):
        await shift.wait(seconds=seconds)
        await shift.sweep()

    calls = [(str(alert.kind), alert.audience, alert.is_quiet) for alert in await customer.called()]
    assert calls == [
        ("queued", "everyone", False),
        ("unclaimed", "everyone", False),
        ("escalated", "supervisors", False),
    ]


# -- 7


async def test_07_owner_agent_and_stage_change_together(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    assert len((await shift.queue()).lines) == 1
    await customer.is_claimed()

    conversation, ticket = await customer.get(), await customer.ticket()
    assert (conversation.owner, conversation.agent_name) == (Owner.AGENT, "Ana")
    assert (ticket.stage, ticket.agent_name) == (Stage.CLAIMED, "Ana")
    assert (await shift.queue()).lines == ()


async def test_07_the_first_who_answers_has_it(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_answered("Hello, Ana here.")

    assert (await customer.get()).agent_name == "Ana"
    assert (await customer.ticket()).first_response_at == shift.now


async def test_07_a_reason_reaches_those_who_can_help_with_it(shift: Shift) -> None:
    shift.with_settings(auto_assign=True)
    await shift.agent("Ana")
    await shift.agent("Lea", skills=("legal",))
    customer = await shift.waiting_customer(Reason.LEGAL)
    await shift.sweep()

    assert (await customer.get()).agent_name == "Lea"


# -- 8


async def test_08_a_slip_in_a_teams_name_is_refused_loudly_and_nothing_moves(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    async with customer.step() as step:
        with pytest.raises(kit_errors.NotFound, match="'retruns'; the teams are returns, warehouse, payments"):
            await customer.is_passed("team:retruns")

    assert (step.told, step.calls, step.moved) == ([], [], 0)


async def test_08_a_slip_in_the_file_of_rules_stops_the_start_with_its_place() -> None:
    written = (PROJECT_ROOT / "policy" / "handoff.yml").read_text(encoding="utf-8")

    with pytest.raises(kit_errors.BadInput, match="asked_four"):
        rules.parse(written.replace("  asked_for:", "  asked_four:"))


async def test_08_the_same_team_and_the_same_handoff_can_be_chosen_again(shift: Shift) -> None:
    await shift.agent("Pat", team="warehouse")
    customer = await shift.waiting_customer()
    for _ in range(3):
        await customer.is_claimed("Pat")
        await customer.is_passed("team:warehouse", "Pat")

    assert ((await customer.ticket()).team, (await customer.ticket()).stage) == ("warehouse", Stage.QUEUED)
    assert await customer.asks_for_person() == await customer.ticket()


# -- 9


@pytest.mark.parametrize("channel", CHANNELS)
async def test_09_nobody_waits_for_ever_on_any_channel(shift: Shift, channel: str) -> None:
    await shift.agent()
    customer = await shift.customer(channel)
    await customer.asks_for_person()
    begun = shift.now
    for seconds in (TIMES.alarm_again, TIMES.tell_supervisors, TIMES.give_up):
        await shift.stand_at(begun + timedelta(seconds=seconds))
        await shift.sweep()
    assert "What e-mail address or phone number can they reach you at?" in (await customer.told())[-1]
    await shift.stand_at(begun + timedelta(seconds=TIMES.give_up + TIMES.fail))
    await shift.sweep()

    assert ((await customer.ticket()).stage, await customer.owner()) == (Stage.FAILED, Owner.BOT)
    assert (await customer.told())[-1] == RULES.texts.failed


@pytest.mark.parametrize("channel", CHANNELS)
async def test_09_outside_hours_the_handoff_says_so_on_every_channel(shift: Shift, channel: str) -> None:
    await shift.stand_at(MONDAY_EVENING)
    customer = await shift.customer(channel)
    ticket = await customer.asks_for_person()

    assert (ticket.stage, ticket.contact_wanted) == (Stage.REQUESTED, True)
    assert "so nobody can answer right now" in (await customer.told())[-1]


async def test_09_a_claim_that_does_not_succeed_says_so(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_claimed("Ben")

    with pytest.raises(errors.NothingToTake, match="Ben has this conversation"):
        await customer.is_claimed("Ana")


# -- 10


async def test_10_an_address_comes_before_any_promise(shift: Shift) -> None:
    await shift.stand_at(MONDAY_EVENING)
    customer = await shift.waiting_customer()
    assert not any("on the list:" in line or "They answer here and to" in line for line in await customer.told())
    await customer.says("maya@example")
    assert not (await customer.ticket()).callback
    await customer.says("maya@example.com")

    assert (await customer.ticket()).callback
    assert "You are on the list: a person answers here and to maya@example.com" in (await customer.told())[-1]


async def test_10_the_hours_belong_to_the_handoff_and_not_to_the_channel(shift: Shift) -> None:
    await shift.agent()
    told = []
    for channel in CHANNELS:
        await shift.stand_at(MONDAY_EVENING)
        customer = await shift.customer(channel)
        await customer.asks_for_person()
        told.append((await customer.told())[-1])

    assert len(set(told)) == 1


# -- 11


async def test_11_the_agent_reads_the_whole_conversation_with_the_bot_from_the_first_word(shift: Shift) -> None:
    customer = await shift.customer()
    shift.brain.script = [reply("Which item?"), reply("What is wrong with it?")]
    await customer.says("I want to return something")
    await customer.says("the blue jacket", photo=True)
    await shift.agent()
    await customer.asks_for_person()
    await customer.is_claimed()

    seen = await customer.transcript()
    assert [(message.seq, message.author.value, message.text) for message in seen][:4] == [
        (1, "customer", "I want to return something"),
        (2, "bot", "Which item?"),
        (3, "customer", "the blue jacket"),
        (4, "bot", "What is wrong with it?"),
    ]
    assert seen[2].content["attachments"][0]["media_type"] == "image/png"
    assert seen[0].intent == "greet"


# -- 12


async def test_12_after_the_hand_back_the_bot_answers_and_begins_afresh(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.customer()
    shift.brain.script = [reply("Hello.", state={"slots": {"handed_off": True}})]
    await customer.says("hello")
    await customer.asks_for_person()
    await customer.is_helped(outcome=Outcome.APPROVED)
    await customer.says("thanks, how long does the refund take?")

    assert shift.brain.asked[-1]["state"] is None
    assert (await customer.heard(Author.BOT))[-1] == "Understood."
    assert any("I'm the assistant, back to help." in line for line in await customer.told())


@pytest.mark.parametrize("stage", [Stage.QUEUED, Stage.REQUESTED, Stage.TIMED_OUT])
@pytest.mark.parametrize("by_button", [True, False])
async def test_12_the_way_back_is_open_at_every_stage_of_waiting(shift: Shift, stage: Stage, by_button: bool) -> None:
    if stage is not Stage.REQUESTED:
        await shift.agent()
    customer = await shift.waiting_customer()
    for seconds in (TIMES.alarm_again, TIMES.tell_supervisors, TIMES.give_up) if stage is Stage.TIMED_OUT else ():
        await shift.stand_at((await customer.ticket()).requested_at + timedelta(seconds=seconds))
        await shift.sweep()
    assert (await customer.ticket()).stage is stage
    await (customer.presses(BACK, place=0) if by_button else customer.says("go back to the bot"))
    await customer.says("hello")

    assert (await customer.heard(Author.BOT), await customer.owner()) == (["Understood."], Owner.BOT)


# -- 13


@pytest.mark.parametrize("channel", CHANNELS)
async def test_13_every_handled_episode_is_asked_about_once_on_every_channel(shift: Shift, channel: str) -> None:
    await shift.agent()
    customer = await shift.customer(channel)
    for _ in range(2):
        await customer.says("hello")
        await customer.asks_for_person()
        await customer.is_helped()
        await shift.wait(days=2)

    assert [survey.skipped for survey in await customer.surveys()] == [None, None]
    assert sum("How was the help from Ana?" in line for line in await customer.told()) == 2


async def test_13_it_is_not_asked_where_it_cannot_be_answered_nor_when_nobody_helped_and_says_why(
    shift: Shift,
) -> None:
    await shift.agent()
    unanswered, ended, failed = [await shift.waiting_customer() for _ in range(3)]
    await unanswered.is_claimed()
    await unanswered.is_handed_back()
    await ended.says("hello")
    await shift.wait(days=shift.desk.settings.session_days)
    await ended.is_helped()
    for _ in range(4):  # the ladder, rung by rung, to its end
        await shift.wait(seconds=TIMES.fail)
        await shift.sweep()

    skipped = [survey.skipped for one in (unanswered, ended) for survey in await one.surveys()]
    assert skipped == [surveys.NOBODY_ANSWERED, surveys.SESSION_ENDED]
    assert ((await failed.ticket()).stage, await failed.surveys()) == (Stage.FAILED, [])
