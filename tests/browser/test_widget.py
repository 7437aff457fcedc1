"""The whole job in a real browser: from hello to the downloaded label, and a person who answers."""

import re
from io import BytesIO

import httpx
import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from returndesk.web import WIDGET
from tests.browser.widget_page import WidgetPage
from tests.running import RunningHouse

pytestmark = [pytest.mark.first, pytest.mark.browser, pytest.mark.bot]


def test_from_hello_to_the_label_and_on_to_a_person(house: RunningHouse, page: Page) -> None:
    widget = WidgetPage(page).open()
    rma = start_a_return(widget)
    assert house.rows("SELECT approval, parcel FROM returns WHERE rma = %s", rma) == [("approved", "label_issued")]
    check_the_label(widget, rma)
    ask_for_the_refund(widget, rma)
    ask_a_question_in_the_middle_of_a_second_return(widget)
    talk_to_a_person(house, widget)


def start_a_return(widget: WidgetPage) -> str:
    """Return one mug by buttons and by typing; gives the return number."""
    widget.say("hello")
    widget.wait_for_reply("Hello")
    widget.say("I'd like to send something back")
    widget.wait_for_reply("order number")
    widget.say("#H204518, zip 97214")
    widget.wait_for_reply("Which items")
    widget.choose_items({"Camp Mug": 1})
    widget.wait_for_reply("Why is it coming back")
    widget.press("Does not work")
    widget.wait_for_reply("What would you like")
    widget.press("Refund")
    widget.wait_for_reply("How would you like to send it back")
    widget.press("Printed label (free)")
    widget.wait_for_reply("Shall I go ahead")
    widget.press("Yes, go ahead")
    done = widget.wait_for_reply("Your return number is")
    found = re.search(r"RMA-\d{4}-\d{4}", done)
    assert found, done
    return found[0]


def check_the_label(widget: WidgetPage, rma: str) -> None:
    """Download the label as the customer does and read it."""
    link = next(iter(widget.attachments().values()))
    text = PdfReader(BytesIO(httpx.get(link).raise_for_status().content)).pages[0].extract_text()
    assert rma in text
    assert "Harbour & Pine" in text
    assert "Maya Torres" in text
    assert "Camp Mug" in text


def ask_for_the_refund(widget: WidgetPage, rma: str) -> None:
    """The state of the refund is told without asking again who it is."""
    widget.say("and where is my refund?")
    widget.wait_for_reply(rma)
    assert "$14.00" in widget.wait_for_reply(rma)


def ask_a_question_in_the_middle_of_a_second_return(widget: WidgetPage) -> None:
    """The question is answered, and the return goes on where it was."""
    widget.say("I also want to return the sweater from H204518")
    widget.wait_for_reply("Why is it coming back")
    widget.say("what if I lost the original box?")
    widget.wait_for_reply("box")
    widget.wait_for_reply("Why is it coming back")


def talk_to_a_person(house: RunningHouse, widget: WidgetPage) -> None:
    """A person is asked for, answers from the command line, is seen, and hands back."""
    widget.say("I want to talk to a person")
    widget.wait_until_waiting_for_person()
    query = "SELECT id::text FROM conversations WHERE owner = 'queue' ORDER BY last_message_at DESC LIMIT 1"
    conversation = str(house.rows(query)[0][0])
    answered = house.command("answer", conversation, "Hello Maya, Ana here. The sweater is fine without its box.")
    assert answered.returncode == 0, answered.stderr
    widget.wait_for_agent("Ana")
    widget.wait_for_reply("fine without its box")
    assert house.command("answer", conversation, "All settled.", "--hand-back", "informed").returncode == 0
    widget.wait_for_reply("I'm the assistant")


def test_the_conversation_is_the_same_after_a_reload_and_on_the_next_page(house: RunningHouse, page: Page) -> None:
    widget = WidgetPage(page).open()
    widget.say("do I pay for return shipping?")
    widget.wait_for_reply("$5.95")
    page.reload()
    again = WidgetPage(page).open()
    expect(again.log).to_contain_text("do I pay for return shipping?")
    page.goto(f"{house.url}/shop/product.html")
    next_page = WidgetPage(page).open()
    expect(next_page.log).to_contain_text("$5.95")


def test_what_a_customer_writes_is_never_rendered_as_markup(page: Page) -> None:
    widget = WidgetPage(page).open()
    widget.say("<img src=x onerror=\"document.title='hacked'\"><b>bold</b>")
    expect(widget.log).to_contain_text("<b>bold</b>")

    assert page.title() != "hacked"
    assert widget.log.locator("img[src='x']").count() == 0


def test_everything_works_by_keyboard_on_a_phone(house: RunningHouse, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 780})
    page.goto(house.url)
    widget = WidgetPage(page)
    widget.bubble.focus()
    page.keyboard.press("Enter")
    expect(widget.composer).to_be_focused()
    page.keyboard.type("how long do refunds take?")
    page.keyboard.press("Enter")
    widget.wait_for_reply("business days")
    page.keyboard.press("Escape")
    expect(widget.bubble).to_be_focused()


def test_the_widget_is_small() -> None:
    assert (WIDGET / "returndesk.js").stat().st_size < 40_000


def test_messages_that_came_while_offline_are_caught_up(house: RunningHouse, page: Page) -> None:
    widget = WidgetPage(page).open()
    widget.say("I want to talk to a person")
    widget.wait_until_waiting_for_person()
    page.context.set_offline(True)
    query = "SELECT id::text FROM conversations WHERE owner = 'queue' ORDER BY last_message_at DESC LIMIT 1"
    assert house.command("answer", str(house.rows(query)[0][0]), "You were away for a moment.").returncode == 0
    page.context.set_offline(False)

    widget.wait_for_reply("You were away for a moment.")
