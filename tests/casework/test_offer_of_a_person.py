"""The offer of a person to somebody who is upset: a yes brings one, and nobody is thanked for sarcasm."""

import pytest

from conversations.conversation import Owner
from conversations.message import Author
from handoff.ticket import Reason
from tests.bot.brain_stand_in import reply
from tests.casework.shift import RULES, Customer, Shift, upset

pytestmark = pytest.mark.database
pytest_plugins = ("tests.casework.shift_fixtures",)

OFFER = RULES.mood.offer_words
STILL = "still nothing"


async def offered(shift: Shift, **answer: object) -> Customer:
    """Let somebody annoyed be answered and offered a person."""
    await shift.agent()
    customer = await shift.customer()
    shift.moods[STILL] = upset(STILL, score=0.7)
    shift.brain.script.append(reply("Your refund is on its way.", **answer))
    await customer.says(STILL)
    return customer


@pytest.mark.parametrize("words", ["yes", "Yes, please!", "sure", "ok", "I’d like that", "yes I would"])
async def test_a_yes_to_the_offer_brings_a_person(shift: Shift, words: str) -> None:
    customer = await offered(shift)
    await customer.says(words)

    assert await customer.owner() is Owner.QUEUE
    ticket = await customer.ticket()
    assert (ticket.reason, ticket.trigger["rule"]) == (Reason.MOOD, "mood.offer")


@pytest.mark.parametrize("words", ["no", "thanks", "yes it is damaged", "ok, where is it?"])
async def test_other_words_after_the_offer_are_the_bots(shift: Shift, words: str) -> None:
    customer = await offered(shift)
    await customer.says(words)

    assert await customer.owner() is Owner.BOT
    assert (await customer.heard(Author.BOT))[-1] == "Understood."


async def test_a_yes_belongs_to_the_question_that_stands_after_the_offer(shift: Shift) -> None:
    question = {"custom": {"text": "Shall I go ahead?", "expects": {"slot": "confirm", "input": "yes_no"}}}
    customer = await offered(shift, messages=[question])
    last = (await customer.transcript())[-1]
    assert (last.content.get("expects") or {}).get("input") == "yes_no"
    await customer.says("yes")

    assert await customer.owner() is Owner.BOT


async def test_a_yes_later_on_accepts_nothing(shift: Shift) -> None:
    customer = await offered(shift)
    await customer.says("where is my parcel")
    await customer.says("yes")

    assert await customer.owner() is Owner.BOT


async def test_nobody_is_thanked_for_sarcasm(shift: Shift) -> None:
    customer = await offered(shift, intent={"name": "thank", "confidence": 0.9})

    assert await customer.heard(Author.BOT) == [OFFER]
