"""The turn loop on a real database, against a brain that a test can make answer, fail and be away."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest

import encoder
from bot import dialogue, texts, turn
from casework import handovers
from conversations import attachments, inbox
from conversations.buttons import Validity
from conversations.conversation import Owner
from conversations.message import SAY, Author, Choice, Draft, Message, State
from handoff.mood import Reading
from handoff.ticket import Reason
from tests.bot.brain_stand_in import BrainStandIn, reply
from tests.bot.conftest import House, until

pytestmark = pytest.mark.database

VECTOR = encoder.pack(np.full(384, 0.5, dtype=np.float32))
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class Talk:
    """One conversation, the turn loop that answers it, and the brain behind it."""

    house: House
    brain: BrainStandIn
    turns: turn.Turns
    id: UUID

    async def receive(
        self, text: str = "", press: str | None = None, files: tuple[attachments.File, ...] = ()
    ) -> Message:
        """Let a customer's message in, without answering it."""
        desk = self.house.desk
        inbound = inbox.Inbound("web", "visitor", str(uuid.uuid4()), text, press, files=files)
        async with desk.database.transaction() as session:
            return (await inbox.accept(session, inbound, desk.jobs, desk.clock.now(), timedelta(hours=24))).message

    async def say(self, text: str = "", press: str | None = None) -> Message:
        """Let a customer's message in and have it answered."""
        message = await self.receive(text, press)
        await self.turns.take(message.id)
        return message

    async def ask(self, *titles: str, choice: Choice | None = None) -> list[str]:
        """Have the bot ask something; returns the tokens of its buttons."""
        meaning = (choice or Choice("inform", "reason", "too_small")).to_json()
        buttons = tuple({"title": title, "choice": meaning} for title in titles)
        (message,) = await self.house.say(self.id, Draft("What is it?", buttons=buttons))
        return [button["payload"] for button in message.content["buttons"]]

    async def stored(self, message: Message) -> Message:
        """Read a message again."""
        return next(found for found in await self.house.transcript(self.id) if found.id == message.id)

    async def said(self, *authors: Author) -> list[str]:
        """Return what these have said, in order."""
        return [message.text for message in await self.house.transcript(self.id) if message.author in authors]

    async def bot_said(self) -> list[str]:
        """Return what the bot has said."""
        return await self.said(Author.BOT)

    async def desk_said(self) -> list[str]:
        """Return what the desk has said in its own name."""
        return await self.said(Author.SYSTEM)

    async def owner(self) -> Owner:
        """Return who has the conversation."""
        return (await self.house.conversation(self.id)).owner


@pytest.fixture
async def absent(empty_house: House) -> AsyncIterator[Talk]:
    """A conversation whose brain is not reachable yet."""
    desk, stand_in = empty_house.desk, BrainStandIn()
    brain = dialogue.Brain(stand_in.url, timeout_seconds=5)
    async with desk.database.transaction() as session:
        opened = await inbox.open_conversation(session, "web", "visitor", "en", desk.clock.now())
    yield Talk(empty_house, stand_in, turn.Turns(desk, brain, _hear), opened.id)
    await brain.close()
    stand_in.close()


@pytest.fixture
async def talk(absent: Talk) -> AsyncIterator[Talk]:
    """A conversation whose brain answers."""
    async with absent.brain.reachable():
        yield absent


async def _hear(text: str) -> turn.Heard:
    """Make of a text what the worker would; whoever is FURIOUS is very upset, whoever is annoyed a little."""
    score = 0.95 if "FURIOUS" in text else 0.7 if "annoyed" in text else 0.0
    answers = ({"question": "How long does a refund take?", "answer": "Five days."},)
    mood = Reading(score, ("FURIOUS",) if score > 0.9 else ())
    return turn.Heard([{"text": text, "vector": VECTOR}], mood, lambda: answers)


# -- answering once


async def test_a_reply_is_stored_once_with_the_new_state_and_how_the_message_was_understood(talk: Talk) -> None:
    talk.brain.script = [reply("Hello.", "How can I help?", state={"slots": {"order_id": "H204518"}})]
    message = await talk.say("hello")

    stored = await talk.stored(message)
    assert await talk.bot_said() == ["Hello.", "How can I help?"]
    assert (stored.state, stored.intent, stored.confidence) == (State.ANSWERED, "greet", 0.9)
    assert (await talk.house.conversation(talk.id)).dialogue_state == {"slots": {"order_id": "H204518"}}
    assert {m.reply_to for m in await talk.house.transcript(talk.id) if m.author is Author.BOT} == {message.id}


async def test_the_next_turn_begins_where_the_last_one_ended(talk: Talk) -> None:
    state = {"slots": {"order_id": "H204518"}}
    talk.brain.script = [reply("One.", state=state)]
    await talk.say("one")
    await talk.say("two")

    assert [asked["state"] for asked in talk.brain.asked] == [None, state]


async def test_a_turn_that_is_run_twice_answers_once(talk: Talk) -> None:
    message = await talk.say("hello")
    await talk.turns.take(message.id)

    assert await talk.bot_said() == ["Understood."]
    assert len(talk.brain.asked) == 1


async def test_a_turn_that_runs_twice_at_the_same_time_answers_once(talk: Talk) -> None:
    message = await talk.receive("hello")
    both_asked = asyncio.Barrier(2)

    async def wait_for_the_other() -> None:
        await both_asked.wait()

    talk.brain.meanwhile = wait_for_the_other
    await asyncio.gather(talk.turns.take(message.id), talk.turns.take(message.id))

    assert await talk.bot_said() == ["Understood."]


async def test_a_turn_that_is_killed_while_the_brain_thinks_is_answered_when_it_runs_again(talk: Talk) -> None:
    message = await talk.receive("hello")
    await _killed_while_thinking(talk, message)
    assert await talk.bot_said() == []
    await talk.turns.take(message.id)

    assert await talk.bot_said() == ["Understood."]
    assert talk.brain.asked[0]["turn_id"] != talk.brain.asked[1]["turn_id"]
    assert talk.brain.asked[0]["metadata"]["message_id"] == talk.brain.asked[1]["metadata"]["message_id"]


async def test_a_turn_of_a_message_that_does_not_exist_does_nothing(talk: Talk) -> None:
    await talk.turns.take(UUID(int=1))

    assert talk.brain.asked == []


async def test_a_state_that_the_brain_had_to_give_up_is_told_first(talk: Talk) -> None:
    talk.brain.script = [reply("What can I do for you?", state_reset=True)]
    await talk.say("hello")

    assert await talk.bot_said() == [texts.STATE_LOST, "What can I do for you?"]


# -- what the brain is given


async def test_a_text_is_given_as_text_with_the_encoders_vector_and_a_slash_is_no_command(talk: Talk) -> None:
    await talk.say("/affirm")

    (asked,) = talk.brain.asked
    assert (asked["text"], asked["payload"]) == ("/affirm", None)
    assert asked["vectors"] == [{"text": "/affirm", "vector": VECTOR}]
    assert (asked["language"], asked["channel"]) == ("en", "web")
    assert asked["metadata"]["owner_counter"] == 0


async def test_a_live_button_is_given_as_its_meaning_and_stands_in_the_transcript_by_its_title(talk: Talk) -> None:
    (token,) = await talk.ask("Too small")
    message = await talk.say(press=token)

    (asked,) = talk.brain.asked
    assert (asked["text"], asked["payload"], asked["vectors"]) == (None, "/inform", [])
    assert asked["metadata"]["choices"] == [Choice("inform", "reason", "too_small").to_json()]
    assert (await talk.stored(message)).text == "Too small"


async def test_a_button_that_speaks_for_the_customer_is_given_as_the_sentence(talk: Talk) -> None:
    (token,) = await talk.ask("Windows", choice=Choice(SAY, value="How long may I return shoes?"))
    await talk.say(press=token)

    (asked,) = talk.brain.asked
    assert (asked["text"], asked["payload"]) == ("How long may I return shoes?", None)


# -- buttons


async def test_a_used_button_is_answered_by_the_desk(talk: Talk) -> None:
    (token,) = await talk.ask("Too small")
    await talk.say(press=token)
    again = await talk.say(press=token)

    assert await talk.desk_said() == [texts.BUTTON[Validity.USED]]
    assert len(talk.brain.asked) == 1
    assert (await talk.stored(again)).state is State.ANSWERED


async def test_an_old_button_is_answered_by_the_desk_and_the_newest_stay_live(talk: Talk) -> None:
    (old,) = await talk.ask("Too small")
    (newest,) = await talk.ask("Too large")
    await talk.say(press=old)
    assert (await talk.desk_said(), talk.brain.asked) == ([texts.BUTTON[Validity.OLD]], [])
    await talk.say(press=newest)

    assert await talk.desk_said() == [texts.BUTTON[Validity.OLD]]
    assert len(talk.brain.asked) == 1


@pytest.mark.parametrize("forged", ["abcdefghjk", "/affirm", '/inform{"confirm": "yes"}', "abc"])
async def test_an_unknown_button_is_answered_by_the_desk(talk: Talk, forged: str) -> None:
    await talk.ask("Too small")
    await talk.say(press=forged)

    assert (await talk.desk_said(), talk.brain.asked) == ([texts.BUTTON[Validity.UNKNOWN]], [])


async def test_a_press_is_kept_so_that_a_second_run_sees_the_same_choice(talk: Talk) -> None:
    (token,) = await talk.ask("Too small")
    message = await talk.receive(press=token)
    await _killed_while_thinking(talk, message)
    await talk.turns.take(message.id)

    first, second = (asked["metadata"]["choices"] for asked in talk.brain.asked)
    assert first == second == [Choice("inform", "reason", "too_small").to_json()]
    assert (await talk.desk_said(), await talk.bot_said()) == ([], ["What is it?", "Understood."])


# -- mood


async def test_somebody_who_is_very_upset_gets_a_person_at_once_and_the_agent_sees_why(talk: Talk) -> None:
    message = await talk.say("I am FURIOUS")

    (waiting,) = await _queue(talk)
    assert waiting.ticket.reason is Reason.MOOD
    trigger = {"seq": message.seq, "words": ["FURIOUS"], "rule": "", "escalation": "mood.at_once", "score": 0.95}
    assert waiting.ticket.trigger == trigger
    assert talk.brain.asked == []
    assert (await talk.stored(message)).mood == {
        "score": 0.95,
        "words": ["FURIOUS"],
        "rule": "",
        "reason": None,
        "answers": [],
    }


async def test_somebody_who_is_annoyed_is_offered_a_person_once_and_answered(talk: Talk) -> None:
    await talk.say("I'm annoyed")
    await talk.say("still annoyed")

    offer = talk.house.desk.handoff.mood.offer_words
    assert await talk.bot_said() == [offer, "Understood.", "Understood."]


async def test_somebody_calm_is_just_answered(talk: Talk) -> None:
    await talk.say("hello")

    assert await talk.bot_said() == ["Understood."]


async def test_whoever_asks_the_same_for_the_third_time_is_offered_a_person(talk: Talk) -> None:
    for _ in range(3):
        message = await talk.say("where is my refund for the boots")

    offer = talk.house.desk.handoff.mood.offer_words
    assert await talk.bot_said() == ["Understood.", "Understood.", offer, "Understood."]
    assert ((await talk.stored(message)).mood or {})["rule"] == "mood.same_want"


async def test_what_was_said_before_a_person_helped_cannot_call_one_again(talk: Talk) -> None:
    await talk.say("I am FURIOUS")
    await talk.house.claim(talk.id)
    await talk.house.hand_back(talk.id)
    await talk.say("thanks")

    assert await _queue(talk) == []
    assert (await talk.bot_said())[-1] == "Understood."


async def test_a_message_to_a_person_comes_with_answers_that_they_could_use(talk: Talk) -> None:
    await talk.house.hand_over(talk.id)
    await talk.house.claim(talk.id)
    message = await talk.say("how long does it take?")

    mood = (await talk.stored(message)).mood
    assert mood is not None
    assert mood["answers"] == [{"question": "How long does a refund take?", "answer": "Five days."}]


# -- changes of owner


async def test_a_reply_that_was_computed_before_a_handoff_is_dropped(talk: Talk) -> None:
    async def hand_over() -> None:
        await talk.house.hand_over(talk.id)

    talk.brain.meanwhile = hand_over
    message = await talk.say("hello")

    assert await talk.bot_said() == []
    assert len(await talk.desk_said()) == 1
    assert (await talk.house.conversation(talk.id)).dialogue_state is None
    assert (await talk.stored(message)).state is State.ANSWERED


async def test_while_a_customer_waits_the_bot_is_silent_and_the_desk_says_once_that_it_was_added(talk: Talk) -> None:
    await _given_to(talk, Owner.QUEUE)
    before = len(await talk.desk_said())
    await talk.say("are you there?")
    message = await talk.say("it is the blue one")

    assert talk.brain.asked == []
    assert (await talk.bot_said(), len(await talk.desk_said())) == ([], before + 1)
    assert (await talk.stored(message)).state is State.ANSWERED


async def test_while_a_person_has_the_conversation_nothing_is_asked_and_nothing_said(talk: Talk) -> None:
    await _given_to(talk, Owner.AGENT)
    before = len(await talk.desk_said())
    message = await talk.say("are you there?")

    assert talk.brain.asked == []
    assert (await talk.bot_said(), len(await talk.desk_said())) == ([], before)
    assert (await talk.stored(message)).state is State.ANSWERED


# -- trouble


async def test_a_brain_that_fails_twice_brings_a_person_and_the_customer_is_told_once_before(talk: Talk) -> None:
    talk.brain.script = [500, 500]
    message = await talk.say("hello")

    told, handed_over = await talk.desk_said()
    assert told == texts.TROUBLE
    assert "person" in handed_over
    assert len(talk.brain.asked) == 2
    assert await talk.owner() is Owner.QUEUE
    assert [line.ticket.reason for line in await _queue(talk)] == [Reason.BRAIN_DOWN]
    assert (await talk.stored(message)).state is State.ANSWERED


async def test_a_brain_that_fails_once_is_asked_again(talk: Talk) -> None:
    talk.brain.script = [502, reply("Hello.")]
    await talk.say("hello")

    assert (await talk.desk_said(), await talk.bot_said()) == ([texts.TROUBLE], ["Hello."])
    assert await talk.owner() is Owner.BOT


async def test_an_empty_reply_counts_as_a_failure(talk: Talk) -> None:
    talk.brain.script = [reply(), reply("Hello.")]
    await talk.say("hello")

    assert await talk.bot_said() == ["Hello."]
    assert len(talk.brain.asked) == 2


@pytest.mark.parametrize("answer", [{}, {"messages": [{"text": "Hello."}]}, {"messages": 7, "state": {}}])
async def test_an_answer_that_cannot_be_read_counts_as_a_failure(talk: Talk, answer: dict[str, Any]) -> None:
    talk.brain.script = [answer, reply("Hello.")]
    await talk.say("hello")

    assert await talk.bot_said() == ["Hello."]


async def test_a_brain_that_is_away_for_a_moment_is_waited_for(absent: Talk) -> None:
    async def told() -> bool:
        return await absent.desk_said() == [texts.TROUBLE]

    message = await absent.receive("hello")
    taking = asyncio.create_task(absent.turns.take(message.id))
    await until(told)
    async with absent.brain.reachable():
        await taking

    assert (await absent.desk_said(), await absent.bot_said()) == ([texts.TROUBLE], ["Understood."])
    assert await absent.owner() is Owner.BOT


async def test_a_brain_that_stays_away_brings_a_person(absent: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "PATIENCE_SECONDS", 1.0)
    await absent.say("hello")

    assert (await absent.desk_said())[0] == texts.TROUBLE
    assert await absent.owner() is Owner.QUEUE


async def test_a_brain_that_fails_after_the_conversation_changed_hands_says_and_changes_nothing(talk: Talk) -> None:
    async def give_to_ana() -> None:
        talk.brain.meanwhile = None
        await _given_to(talk, Owner.AGENT)

    talk.brain.script = [500, 500]
    talk.brain.meanwhile = give_to_ana
    await talk.say("hello")

    assert texts.TROUBLE not in await talk.desk_said()
    assert await talk.owner() is Owner.AGENT
    assert await _queue(talk) == []
    assert len(talk.brain.asked) == 1


# -- what the desk answers by itself


async def test_an_empty_message_is_answered_by_the_desk(talk: Talk) -> None:
    await talk.say("\x00")

    assert (await talk.desk_said(), talk.brain.asked) == ([texts.EMPTY], [])


async def test_a_file_alone_is_thanked_for_by_the_desk_and_the_question_stays_open(talk: Talk) -> None:
    (token,) = await talk.ask("Too small")
    message = await _sends_a_file(talk)
    await talk.turns.take(message.id)
    assert (await talk.desk_said(), talk.brain.asked) == ([texts.KEPT], [])
    assert (await talk.stored(message)).state is State.ANSWERED
    await talk.say(press=token)

    assert await talk.desk_said() == [texts.KEPT]
    assert talk.brain.asked[0]["payload"] == "/inform"


async def test_a_file_for_a_person_is_kept_without_a_word(talk: Talk) -> None:
    await _given_to(talk, Owner.AGENT)
    before = await talk.desk_said()
    message = await _sends_a_file(talk)
    await talk.turns.take(message.id)

    assert (await talk.desk_said(), await talk.bot_said()) == (before, [])
    assert (await talk.stored(message)).state is State.ANSWERED


async def test_words_that_come_with_a_file_are_answered_by_the_brain(talk: Talk) -> None:
    message = await _sends_a_file(talk, "it arrived like this")
    await talk.turns.take(message.id)

    assert (await talk.desk_said(), await talk.bot_said()) == ([], ["Understood."])
    assert talk.brain.asked[0]["text"] == "it arrived like this"


async def _sends_a_file(talk: Talk, text: str = "") -> Message:
    file = attachments.read("photo.png", PNG)
    assert file is not None
    return await talk.receive(text, files=(file,))


async def _given_to(talk: Talk, owner: Owner) -> None:
    await talk.house.hand_over(talk.id)
    if owner is Owner.AGENT:
        await talk.house.claim(talk.id)


async def _queue(talk: Talk) -> list[handovers.Waiting]:
    async with talk.house.desk.database.transaction() as session:
        return list((await handovers.queue(session, talk.house.desk)).lines)


async def _killed_while_thinking(talk: Talk, message: Message) -> None:
    """Run a turn until the brain has been asked, and end it there as a worker's death does."""
    thinking = asyncio.Event()

    async def think() -> None:
        talk.brain.meanwhile = None
        thinking.set()
        await asyncio.sleep(0.1)

    talk.brain.meanwhile = think
    taking = asyncio.create_task(talk.turns.take(message.id))
    await thinking.wait()
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
