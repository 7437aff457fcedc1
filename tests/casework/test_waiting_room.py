"""What a customer hears while they wait, as the turn loop tells it: only what belongs to waiting, and the truth."""

import pytest

from casework import waiting_words
from conversations import repository as conversations
from conversations.conversation import Owner
from conversations.message import Author, State
from handoff.ticket import Stage
from tests.casework.shift import BACK, MONDAY_EVENING, RULES, Customer, Shift, upset

pytestmark = pytest.mark.database
pytest_plugins = ("tests.casework.shift_fixtures",)

TEXTS = RULES.texts


async def without_anybody(shift: Shift) -> Customer:
    """Somebody who was asked for an address, since nobody is there."""
    return await shift.waiting_customer()


async def contact_of(customer: Customer) -> dict[str, str]:
    """Return where else the customer can be reached."""
    return (await customer.get()).contact


# -- adding words and photos


async def test_the_first_words_are_added_with_a_word_of_thanks_and_more_are_added_in_silence(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.says("It is the blue one.")
    await customer.says("And it has a dent.")

    assert (await customer.told())[1:] == [TEXTS.added]
    assert shift.brain.asked == []
    assert await customer.unanswered() == []
    assert await customer.owner() is Owner.QUEUE


async def test_a_photo_is_added_for_the_person(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    message = await customer.says(photo=True)

    assert (await customer.told())[1:] == [TEXTS.added]
    stored = await customer.stored(message)
    assert [one["media_type"] for one in stored.content["attachments"]] == ["image/png"]
    assert stored.state is State.ANSWERED


async def test_anger_while_waiting_is_kept_for_the_person_and_brings_no_second_one(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    shift.moods["hurry up"] = upset("hurry up")
    message = await customer.says("hurry up")

    mood = (await customer.stored(message)).mood
    assert mood is not None
    assert mood["score"] == 0.95
    assert len(await customer.tickets()) == 1


async def test_a_message_of_the_customer_does_not_reset_their_place(shift: Shift) -> None:
    await shift.agent()
    first, second = await shift.waiting_customer(), await shift.waiting_customer()
    await first.says("still here")
    places = [await first.standing(), await second.standing()]

    assert [place.place for place in places if place] == [1, 2]


async def test_what_comes_in_while_a_person_has_it_goes_to_the_screen_and_nothing_is_said(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    async with customer.step() as step:
        await customer.says("Are you there?")
        await customer.says("never mind")

    assert (step.told, step.calls, step.moved, await customer.unanswered()) == ([], [], 0, [])


# -- going back to the assistant


@pytest.mark.parametrize(
    "words",
    ["never mind", "Never mind!", "go back to the assistant", "Back to the bot, please", "I dont need a person"],
)
async def test_the_customer_can_go_back_in_words(shift: Shift, words: str) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    async with customer.step() as step:
        await customer.says(words)

    assert step.told == [TEXTS.back_to_bot]
    assert (step.kinds, step.moved, await customer.owner()) == (["withdrawn"], 1, Owner.BOT)
    ticket = await customer.ticket()
    assert (ticket.stage, ticket.agent_name, ticket.outcome) == (Stage.RELEASED, None, None)


@pytest.mark.parametrize("words", ["I don't mind waiting", "the bot sent me here", "don't forget it is blue", "back"])
def test_other_words_are_for_the_person(words: str) -> None:
    assert not waiting_words.wants_the_bot(words)


async def test_the_customer_can_go_back_by_button_and_the_bot_answers_again(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    async with customer.step() as step:
        await customer.presses(BACK)
    await customer.says("How long do refunds take?")

    assert (step.told, step.kinds, step.moved) == ([TEXTS.back_to_bot], ["withdrawn"], 1)
    assert await customer.heard(Author.BOT) == ["Understood."]


async def test_the_button_of_an_earlier_text_still_leads_back(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.says("It is the blue one.")  # the answer shows the button again
    await customer.presses(BACK, place=0)

    assert (await customer.owner(), (await customer.told())[-1]) == (Owner.BOT, TEXTS.back_to_bot)


async def test_two_presses_go_back_once(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.presses(BACK)
    async with customer.step() as step:
        await customer.presses(BACK)

    assert (step.calls, step.moved, await customer.owner()) == ([], 0, Owner.BOT)
    assert TEXTS.back_to_bot not in step.told


async def test_a_button_of_the_bots_that_is_pressed_while_waiting_changes_nothing(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.customer()
    await customer.bot_says("What is wrong with it?", "Too small")
    await customer.asks_for_person()
    await customer.presses("Too small")

    assert (await customer.owner(), shift.brain.asked) == (Owner.QUEUE, [])
    assert (await customer.transcript())[-2].text == "Too small"


async def test_once_an_agent_has_it_the_button_leads_nowhere(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    await customer.presses(BACK)

    assert (await customer.owner(), (await customer.get()).agent_name) == (Owner.AGENT, "Ana")


# -- an address, asked for before anything is promised


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("maya@example.com", "maya@example.com"),
        ("It's Maya.Torres@Example.com, thanks", "maya.torres@example.com"),
        ("call me at (503) 325-0142", "+15033250142"),
    ],
)
async def test_an_address_puts_the_customer_on_the_list_once(shift: Shift, words: str, address: str) -> None:
    customer = await without_anybody(shift)
    async with customer.step() as step:
        await customer.says(words)

    (line,) = step.told
    assert line.startswith(f"Thank you. You are on the list: a person answers here and to {address}")
    assert (step.kinds, step.moved) == (["contact"], 0)
    ticket = await customer.ticket()
    assert (ticket.stage, ticket.callback, ticket.contact_wanted) == (Stage.QUEUED, True, False)


@pytest.mark.parametrize("nonsense", ["maya@", "my email is maya at example", "12345", "just call me"])
async def test_nonsense_promises_nothing_and_says_what_is_still_needed(shift: Shift, nonsense: str) -> None:
    customer = await without_anybody(shift)
    async with customer.step() as step:
        await customer.says(nonsense)

    assert (step.told, step.calls) == ([TEXTS.not_an_address], [])
    assert (await customer.transcript())[-1].content["expects"] == {"slot": "identity", "input": "email"}
    assert (await customer.ticket()).contact_wanted
    assert await contact_of(customer) == {}


async def test_the_same_is_said_again_only_for_what_was_meant_as_an_address(shift: Shift) -> None:
    customer = await without_anybody(shift)
    await customer.says("It is about the blue one.")
    await customer.says("I really need it by Friday.")
    async with customer.step() as step:
        await customer.says("maya@example")

    assert step.told == [TEXTS.not_an_address]
    assert (await customer.told()).count(TEXTS.not_an_address) == 2


async def test_a_second_address_is_noted_too_and_is_the_one_that_is_told(shift: Shift) -> None:
    customer = await without_anybody(shift)
    await customer.says("maya@example.com")
    await customer.says("no, maya@example.org")

    assert "to maya@example.org" in (await customer.told())[-1]
    assert (await contact_of(customer))["email"] == "maya@example.org"
    assert await customer.calls() == ["queued", "contact"]


async def test_an_address_that_is_sent_while_somebody_is_coming_is_kept_and_promises_nothing(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.says("maya@example.com")

    assert (await customer.told())[1:] == [TEXTS.added]
    assert (await contact_of(customer))["email"] == "maya@example.com"
    assert (await customer.ticket()).callback is False


async def test_an_address_from_the_order_is_never_shown_in_full_not_even_after_a_phone_number(shift: Shift) -> None:
    customer = await shift.customer()
    async with shift.desk.database.transaction() as session:
        contact = {"email": "maya.torres@example.com", "from": "order"}
        await conversations.set_contact(session, customer.id, contact)
    await shift.stand_at(MONDAY_EVENING)
    await customer.asks_for_person()
    await customer.says("call me at (503) 325-0142")
    await customer.presses(BACK)
    await customer.asks_for_person()

    told = await customer.told()
    assert "to m…s@example.com" in told[0]
    assert "to +15033250142" in told[-1]
    assert not any("maya.torres@example.com" in line for line in told)


async def test_who_is_on_the_list_may_still_go_back_and_is_asked_for_nothing_the_next_time(shift: Shift) -> None:
    customer = await without_anybody(shift)
    await customer.says("maya@example.com")
    await customer.presses(BACK)
    async with customer.step() as step:
        await customer.asks_for_person()

    (line,) = step.told
    assert "They answer here and to maya@example.com" in line
    assert (await customer.ticket()).callback


async def test_on_another_channel_the_same_is_said(shift: Shift) -> None:
    customer = await shift.customer("sms")
    await customer.asks_for_person()
    await customer.says("maya@example.com")

    assert "What e-mail address or phone number" in (await customer.told())[0]
    assert "You are on the list" in (await customer.told())[1]
