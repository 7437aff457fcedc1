"""Answers to the question how it was, as people give them: in words, corrected, declined, or with a new wish."""

import pytest

from conversations.message import Author
from tests.casework.shift import RULES, Customer, Shift

pytestmark = pytest.mark.database
pytest_plugins = ("tests.casework.shift_fixtures",)

TEXTS = RULES.texts


async def answers(shift: Shift, *words: str) -> Customer:
    """Let a customer be helped and answer the survey."""
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_helped()
    for said in words:
        await customer.says(said)
    return customer


async def kept(customer: Customer) -> tuple[int | None, str | None, str | None]:
    (survey,) = await customer.surveys()
    return survey.rating, survey.comment, survey.awaits


async def test_a_rating_with_its_comment_is_one_answer(shift: Shift) -> None:
    customer = await answers(shift, "5, she was very kind")

    assert await kept(customer) == (5, "she was very kind", None)
    assert (await customer.told())[-1] == TEXTS.survey_thanks


async def test_a_second_number_corrects_the_first(shift: Shift) -> None:
    customer = await answers(shift, "5", "actually 4")

    assert await kept(customer) == (4, None, "comment")


@pytest.mark.parametrize("words", ["no", "no thanks", "bye", "👍"])
async def test_who_has_nothing_to_add_leaves_no_comment(shift: Shift, words: str) -> None:
    customer = await answers(shift, "5", words)

    assert await kept(customer) == (5, None, None)
    assert (await customer.told())[-1] == TEXTS.survey_thanks


async def test_who_does_not_want_to_rate_is_left_alone(shift: Shift) -> None:
    customer = await answers(shift, "no thanks")

    assert await kept(customer) == (None, None, None)
    assert (await customer.told())[-1] == TEXTS.survey_skipped
    assert await customer.heard(Author.BOT) == []


async def test_who_was_not_helped_is_offered_a_person_again(shift: Shift) -> None:
    customer = await answers(shift, "1", "still not solved")

    assert await kept(customer) == (1, "still not solved", None)
    last = (await customer.transcript())[-1]
    assert last.text == TEXTS.survey_sorry
    assert [button["title"] for button in last.content["buttons"]] == ["Talk to a person"]


async def test_a_wish_beside_a_comment_goes_on_to_the_bot_and_the_comment_is_kept(shift: Shift) -> None:
    words = "it was ok. I also want to return another item"
    customer = await answers(shift, "3", words)

    assert await kept(customer) == (3, words, None)
    assert len(await customer.heard(Author.BOT)) == 1
