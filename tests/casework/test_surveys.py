"""How it was: asked once for each episode that a person handled, where it can be answered, and kept with its words."""

from datetime import timedelta

import pytest

from casework import surveys
from conversations import repository as conversations
from conversations.conversation import Owner
from conversations.message import Author
from handoff.surveys import Survey
from handoff.ticket import Reason
from tests.casework.shift import BACK, RULES, TIMES, Customer, Shift, danger, upset

pytestmark = pytest.mark.database
pytest_plugins = ("tests.casework.shift_fixtures",)

TEXTS = RULES.texts
NO_COMMENT = "No, that's all"


async def handled(shift: Shift) -> Customer:
    """Somebody whom Ana has helped, and who is asked how it was."""
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.says("Where is my parcel?")
    await customer.is_helped()
    return customer


async def the_survey(customer: Customer) -> Survey:
    """Return the only survey."""
    (survey,) = await customer.surveys()
    return survey


# -- asking


async def test_after_a_handled_episode_the_customer_is_asked_once_with_five_buttons(shift: Shift) -> None:
    customer = await handled(shift)

    last = (await customer.transcript())[-1]
    assert last.text == "How was the help from Ana? 1 is poor, 5 is great."
    assert [button["title"] for button in last.content["buttons"]] == ["1", "2", "3", "4", "5"]
    assert last.content["expects"] == {"slot": "rating", "input": "choice"}
    survey = await the_survey(customer)
    assert (survey.agent_name, survey.awaits, survey.skipped, survey.rating) == ("Ana", "rating", None, None)


async def test_it_is_asked_on_every_channel(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.customer("sms")
    await customer.asks_for_person()
    await customer.is_helped()

    assert (await the_survey(customer)).skipped is None


async def test_it_is_not_asked_when_nobody_has_answered_and_the_reason_is_kept(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    await customer.is_handed_back()

    assert (await the_survey(customer)).skipped == surveys.NOBODY_ANSWERED
    assert "How was the help" not in " ".join(await customer.told())


async def test_it_is_not_asked_twice_in_one_episode_and_the_reason_is_kept(shift: Shift) -> None:
    customer = await handled(shift)
    await customer.asks_for_person()
    await customer.is_helped()

    assert [survey.skipped for survey in await customer.surveys()] == [None, surveys.ALREADY_ASKED]
    assert " ".join(await customer.told()).count("How was the help") == 1


async def test_it_is_asked_again_in_the_next_episode(shift: Shift) -> None:
    customer = await handled(shift)
    await shift.wait(days=2)
    await customer.says("hello again")
    await customer.asks_for_person()
    await customer.is_helped()

    assert [survey.skipped for survey in await customer.surveys()] == [None, None]


async def test_it_is_not_asked_when_the_session_has_ended_since_the_customer_was_last_here(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.says("Where is my parcel?")
    await shift.wait(days=shift.desk.settings.session_days)
    await customer.is_helped()

    assert (await the_survey(customer)).skipped == surveys.SESSION_ENDED
    assert "How was the help" not in " ".join(await customer.told())


async def test_it_is_asked_when_the_customer_has_looked_in_since(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.says("Where is my parcel?")
    await shift.wait(days=shift.desk.settings.session_days)
    async with shift.desk.database.transaction() as session:
        await conversations.mark_present(session, customer.id, shift.now - timedelta(days=1))
    await customer.is_helped()

    assert (await the_survey(customer)).skipped is None


async def test_it_is_not_asked_after_going_back_to_the_assistant_nor_after_a_handoff_that_failed(shift: Shift) -> None:
    went_back = await shift.waiting_customer()
    await went_back.presses(BACK)
    failed = await shift.waiting_customer()
    await shift.wait(seconds=TIMES.fail)
    await shift.sweep()

    assert await failed.owner() is Owner.BOT
    assert [await went_back.surveys(), await failed.surveys()] == [[], []]


# -- the rating


@pytest.mark.parametrize("rating", [1, 5])
async def test_a_rating_by_button_is_kept_and_a_comment_is_asked_for(shift: Shift, rating: int) -> None:
    customer = await handled(shift)
    await customer.presses(str(rating))

    survey = await the_survey(customer)
    assert (survey.rating, survey.awaits, survey.answered_at) == (rating, "comment", shift.now)
    last = (await customer.transcript())[-1]
    assert (last.text, last.content["expects"]) == (TEXTS.survey_comment, {"slot": "comment", "input": "text"})
    assert (shift.brain.asked, await customer.unanswered()) == ([], [])


@pytest.mark.parametrize(("words", "rating"), [("4", 4), ("four stars", 4), ("5/5", 5), ("a 3", 3)])
async def test_a_rating_in_words_is_kept(shift: Shift, words: str, rating: int) -> None:
    customer = await handled(shift)
    await customer.says(words)

    assert (await the_survey(customer)).rating == rating
    assert shift.brain.asked == []


async def test_other_words_go_to_the_bot_and_the_buttons_stay_good(shift: Shift) -> None:
    customer = await handled(shift)
    await customer.says("How long do refunds take?")
    assert (await customer.heard(Author.BOT), (await the_survey(customer)).rating) == (["Understood."], None)
    await customer.presses("5")

    assert (await the_survey(customer)).rating == 5


async def test_a_number_that_answers_the_bot_is_no_rating(shift: Shift) -> None:
    customer = await handled(shift)
    await customer.bot_says("How many pieces?")
    await customer.says("2")

    assert (await the_survey(customer)).rating is None
    assert shift.brain.asked[-1]["text"] == "2"


@pytest.mark.parametrize("second", ["4", "5"])
async def test_a_second_press_is_thanked_for_and_changes_nothing(shift: Shift, second: str) -> None:
    customer = await handled(shift)
    await customer.presses("4")
    await customer.presses(second)

    assert (await the_survey(customer)).rating == 4
    assert (await customer.told())[-1] == TEXTS.survey_known


# -- the comment


async def test_a_comment_is_kept_and_ends_it(shift: Shift) -> None:
    customer = await handled(shift)
    await customer.presses("4")
    await customer.says("It was slow, but Ana was friendly.")
    await customer.says("hello")

    survey = await the_survey(customer)
    assert (survey.comment, survey.awaits) == ("It was slow, but Ana was friendly.", None)
    assert (await customer.told())[-1] == TEXTS.survey_thanks
    assert [asked["text"] for asked in shift.brain.asked] == ["hello"]


async def test_no_comment_ends_it_too(shift: Shift) -> None:
    customer = await handled(shift)
    await customer.presses("5")
    await customer.presses(NO_COMMENT)

    survey = await the_survey(customer)
    assert (survey.rating, survey.comment, survey.awaits) == (5, None, None)
    assert (await customer.told())[-1] == TEXTS.survey_thanks


@pytest.mark.parametrize("request_", ["I want to return another one", "Where is order #H204518?"])
async def test_a_new_request_instead_of_a_comment_is_answered_by_the_bot(shift: Shift, request_: str) -> None:
    customer = await handled(shift)
    await customer.presses("5")
    await customer.says(request_)

    survey = await the_survey(customer)
    assert (survey.rating, survey.comment, survey.awaits) == (5, None, None)
    assert [asked["text"] for asked in shift.brain.asked] == [request_]


async def test_a_danger_in_place_of_a_comment_brings_a_person(shift: Shift) -> None:
    customer = await handled(shift)
    await customer.presses("1")
    shift.moods["The heater was on fire."] = danger("on fire")
    await customer.says("The heater was on fire.")

    assert (await customer.ticket()).reason is Reason.SAFETY
    assert await customer.owner() is Owner.QUEUE


async def test_anger_in_a_comment_is_a_comment_and_brings_nobody(shift: Shift) -> None:
    customer = await handled(shift)
    await customer.presses("1")
    shift.moods["That was a bad joke."] = upset("bad joke")
    await customer.says("That was a bad joke.")

    assert (await the_survey(customer)).comment == "That was a bad joke."
    assert await customer.owner() is Owner.BOT
