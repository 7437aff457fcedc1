"""Questions in a conversation: answered, asked back or admitted; and what was not answered is kept."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from actions import answers, texts
from actions.call import Call, Room
from actions.library import Library
from actions.likeness import Likeness
from conversations import repository as conversations
from conversations.message import Choice
from encoder import Encoder
from faq import content
from faq.shelf import Shelf
from kit import ids
from kit.settings import PROJECT_ROOT
from store import facts
from tests.casework.harbour import Harbour

pytestmark = pytest.mark.database
pytest_plugins = ["tests.casework.harbour_fixtures"]


class Desk:
    """Asks questions in one customer's conversation."""

    def __init__(self, harbour: Harbour, library: Library, alike: Likeness) -> None:
        self._harbour, self._library, self._alike = harbour, library, alike

    async def ask(self, question: str, *choices: Choice, form: str | None = None) -> list[dict[str, Any]]:
        """Ask, and return what the bot said."""
        async with self._harbour.session() as session:
            conversation = await conversations.lock(session, self._harbour.id)
            room = Room(self._harbour.desk, self._library, session, conversation, ids.new_id(), self._alike)
            call = Call(room, question, "ask_policy", 0.9, (), (), choices, {}, form, None, None)
            await answers.answer(call, question, None)
        return call.said

    async def failed(self) -> list[tuple[str, str, str | None]]:
        """Return what was kept: text, outcome, and what was chosen."""
        query = "SELECT text, outcome, chosen, conversation_id FROM failed_questions ORDER BY asked_at, text"
        async with self._harbour.session() as session:
            rows = (await session.execute(text(query))).all()
        assert {UUID(str(row.conversation_id)) for row in rows} <= {self._harbour.id}
        return [(row.text, row.outcome, row.chosen) for row in rows]


@pytest.fixture(scope="module")
def model() -> Encoder:
    return Encoder()


@pytest.fixture
def desk(empty_harbour: Harbour, model: Encoder) -> Desk:
    book, now = empty_harbour.desk.book, empty_harbour.desk.clock.now()
    known = set(facts.of(book.in_force(now), now))
    cache = PROJECT_ROOT / "var" / "faq-vectors"
    library = Library(Shelf(content.FOLDER, model.encode, variables=known, cache=cache), book)
    return Desk(empty_harbour, library, Likeness(model.encode))


async def test_a_question_is_answered_with_the_policys_numbers_and_nothing_is_kept(desk: Desk) -> None:
    (said,) = await desk.ask("how long do I have to send something back?")
    assert "30 days" in said["text"]
    assert [button["title"] for button in said["buttons"]] == ["Start a return"]
    assert await desk.failed() == []


async def test_two_questions_of_one_message_are_both_answered_in_order(desk: Desk) -> None:
    window, shipping = await desk.ask("how long do I have and who pays shipping?")
    assert "30 days" in window["text"]
    assert "We pay for damaged, faulty, wrong or incomplete items" in shipping["text"]
    assert window["buttons"] == shipping["buttons"] == []


async def test_inside_a_form_the_answer_has_no_buttons_for_the_form_asks_next(desk: Desk) -> None:
    (said,) = await desk.ask("who pays for return shipping?", form="return_form")
    assert said["buttons"] == []


async def test_what_has_no_answer_is_admitted_and_kept_without_the_person(desk: Desk) -> None:
    (said,) = await desk.ask("I'm Maya Torres (maya@example.com), does the kettle need descaling?")
    assert said["text"] == texts.NO_ANSWER
    assert await desk.failed() == [("I'm <name> (<e-mail>), does the kettle need descaling?", "none", None)]


async def test_what_the_customer_meant_is_kept_with_what_was_asked_back(desk: Desk) -> None:
    (said,) = await desk.ask("is there a fee")
    assert said["text"] == texts.DID_YOU_MEAN
    choice = Choice.from_json(said["buttons"][0]["choice"])
    (answered,) = await desk.ask("", choice)
    assert answered["text"] not in (texts.DID_YOU_MEAN, texts.NO_ANSWER)
    assert await desk.failed() == [("is there a fee", "did_you_mean", str(choice.value))]


async def test_a_button_of_an_answer_that_is_gone_leads_to_a_person(desk: Desk) -> None:
    (said,) = await desk.ask("", Choice("ask_policy", "topic", "no-such-topic"))
    assert said["text"] == texts.NO_ANSWER
