"""The customer's side of a handoff in a real browser, on a real desk without worker and brain."""

import re
import threading
from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from conversations.message import Author, Choice, Draft
from tests.browser.running_desk import RunningDesk, running_desk
from tests.browser.widget_page import WidgetPage

pytestmark = [pytest.mark.browser, pytest.mark.database]

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc000000301010"
    "0c9fe92ef0000000049454e44ae426082"
)


@pytest.fixture
def desk(database_url: str) -> Iterator[RunningDesk]:
    """A running desk on a fresh database, with Ana at a desk."""
    with running_desk(database_url) as running:
        running.ana_is_there()
        yield running


@pytest.fixture
def page(browser: Browser, desk: RunningDesk) -> Iterator[Page]:
    """The shop's page in a browser that has never been there; an error in the page fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(desk.url)
    yield opened
    context.close()
    assert not problems


def rating() -> Draft:
    """The question how it was, as it is asked after a handoff."""
    buttons = tuple({"title": str(stars), "choice": Choice("rate", value=stars).to_json()} for stars in range(1, 6))
    return Draft("How was the help from Ana?", buttons=buttons, expects={"slot": "rating", "input": "choice"})


def begin(page: Page, desk: RunningDesk) -> tuple[WidgetPage, UUID]:
    """Open the chat; gives the widget and its conversation."""
    widget = WidgetPage(page).open()
    widget.wait_for_reply("assistant")
    return widget, desk.newest


def begin_waiting(page: Page, desk: RunningDesk) -> tuple[WidgetPage, UUID]:
    """Open the chat and wait for a person."""
    widget, conversation = begin(page, desk)
    desk.hand_over(conversation)
    widget.wait_until_waiting_for_person()
    return widget, conversation


def begin_with_ana(page: Page, desk: RunningDesk) -> tuple[WidgetPage, UUID]:
    """Open the chat and be answered by Ana."""
    widget, conversation = begin_waiting(page, desk)
    desk.claim(conversation)
    widget.wait_for_agent("Ana")
    return widget, conversation


# -- waiting


def waited_five_minutes(desk: RunningDesk, browser_pages: list[Page]) -> None:
    """Let three customers have waited five minutes each at the first place."""
    for opened in browser_pages:
        _, conversation = begin(opened, desk)
        desk.hand_over(conversation)
        desk.claim(conversation)
    desk.rows("UPDATE handoffs SET requested_at = claimed_at - interval '5 minutes' RETURNING id")


def test_place_and_expected_wait_stand_in_the_header_move_up_and_survive_a_reload(
    desk: RunningDesk, browser: Browser, page: Page
) -> None:
    others = [browser.new_context() for _ in range(3)]
    pages = [context.new_page() for context in others]
    for one in pages:
        one.goto(desk.url)
    waited_five_minutes(desk, pages)
    pages[0].context.clear_cookies()
    first, ahead = begin_again(pages[0], desk)
    desk.hand_over(ahead)
    widget, conversation = begin_waiting(page, desk)

    expect(widget.speaker).to_have_text("Waiting for a person, place 2, about 10 min")
    page.reload()
    widget = WidgetPage(page).open()
    expect(widget.speaker).to_have_text("Waiting for a person, place 2, about 10 min")
    desk.claim(ahead)
    expect(widget.speaker).to_have_text("Waiting for a person, place 1, about 5 min", timeout=10_000)
    desk.claim(conversation)
    expect(widget.speaker).to_have_text("Ana")
    first.wait_for_agent("Ana")
    for context in others:
        context.close()


def begin_again(page: Page, desk: RunningDesk) -> tuple[WidgetPage, UUID]:
    """Begin as somebody who was never there."""
    page.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.reload()
    return begin(page, desk)


def test_a_waiting_customer_can_go_back_at_any_time_and_the_button_goes_once_it_is_pressed(
    desk: RunningDesk, page: Page
) -> None:
    widget, conversation = begin_waiting(page, desk)
    assert widget.buttons() == ["Go back to the assistant"]
    widget.say("my parcel was wet, too")
    widget.wait_until_sent()
    desk.say(conversation, Draft("I've added that for them."), author=Author.SYSTEM)
    widget.wait_for_reply("added that")
    assert widget.buttons() == ["Go back to the assistant"]
    widget.press("Go back to the assistant")
    widget.wait_until_sent()

    assert widget.buttons() == []
    assert widget.messages("customer")[-1] == "Go back to the assistant"
    expect(widget.composer).to_be_focused()
    page.reload()
    again = WidgetPage(page).open()
    expect(again.log).to_contain_text("added that")
    assert again.buttons() == []
    assert again.log.get_by_role("button", name="Go back to the assistant").count() == 0


def test_the_way_back_goes_when_a_person_joins_and_does_not_return_with_the_bot(desk: RunningDesk, page: Page) -> None:
    widget, conversation = begin_with_ana(page, desk)
    assert widget.buttons() == []
    desk.back_to_the_bot(conversation, "Ana has left the conversation. I'm the assistant, back to help.")
    widget.wait_for_reply("back to help")

    expect(widget.speaker).to_have_text("Assistant")
    assert widget.buttons() == []


def test_photos_can_be_added_while_waiting_and_with_a_person(
    desk: RunningDesk, page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    picture = tmp_path_factory.mktemp("photos") / "wet.png"
    picture.write_bytes(PNG)
    widget, conversation = begin(page, desk)
    expect(widget.camera).to_be_hidden()
    desk.hand_over(conversation)
    widget.wait_until_waiting_for_person()
    widget.add_photo(picture)
    expect(widget.log.locator('[data-author="customer"] img')).to_have_count(1)
    desk.claim(conversation)
    widget.wait_for_agent("Ana")
    widget.add_photo(picture)
    expect(widget.log.locator('[data-author="customer"] img')).to_have_count(2)

    desk.back_to_the_bot(conversation, "Back to help.")
    expect(widget.camera).to_be_hidden()


def test_a_contact_is_asked_for_with_the_keyboard_for_it(desk: RunningDesk, page: Page) -> None:
    widget, conversation = begin_waiting(page, desk)
    asks = Draft("What e-mail address can they reach you at?", expects={"slot": "identity", "input": "email"})
    desk.say(conversation, asks, author=Author.SYSTEM)
    widget.wait_for_reply("What e-mail address")

    expect(widget.composer).to_have_attribute("inputmode", "email")
    assert widget.buttons() == ["Go back to the assistant"]


# -- with a person


def test_the_agents_typing_is_shown_with_their_name_until_their_message_comes(desk: RunningDesk, page: Page) -> None:
    widget, conversation = begin_with_ana(page, desk)
    expect(widget.typist).to_be_hidden()
    desk.agent_types(conversation)
    expect(widget.typist).to_have_text("Ana is typing")
    desk.say(conversation, Draft("Let me look."), author=Author.AGENT, agent="Ana")
    widget.wait_for_reply("Let me look.", "agent")
    desk.agent_types(conversation)
    expect(widget.typist).to_be_visible()

    expect(widget.typist).to_be_hidden(timeout=9_000)


def sent_types(page: Page) -> list[str]:
    """Collect what the widget says over sockets that are opened from now on."""
    told: list[str] = []

    def note(frame: str | bytes) -> None:
        found = re.search(r'"type":"(\w+)"', str(frame))
        told.append(found[1] if found else "?")

    page.on("websocket", lambda socket: socket.on("framesent", note))
    return told


def test_the_customers_typing_is_told_every_two_seconds_at_most_and_not_when_sending(
    desk: RunningDesk, page: Page
) -> None:
    told = sent_types(page)
    widget, _ = begin_with_ana(page, desk)
    widget.composer.press_sequentially("the box was open", delay=60)
    assert told.count("typing") == 1
    page.wait_for_timeout(2_000)
    widget.composer.press_sequentially(" and empty", delay=20)
    assert told.count("typing") == 2
    page.wait_for_timeout(2_000)
    widget.composer.press("Enter")
    widget.wait_until_sent()

    assert widget.messages("customer") == ["the box was open and empty"]
    assert told.count("typing") == 2


def test_nobody_is_told_of_typing_while_no_person_is_there(desk: RunningDesk, page: Page) -> None:
    told = sent_types(page)
    widget, conversation = begin(page, desk)
    widget.composer.press_sequentially("where is")
    desk.hand_over(conversation)
    widget.wait_until_waiting_for_person()
    widget.composer.press_sequentially(" my parcel")

    assert "seen" in told
    assert "typing" not in told


def test_each_message_of_a_person_has_their_name_and_files_are_shown(desk: RunningDesk, page: Page) -> None:
    widget, conversation = begin_with_ana(page, desk)
    picture = desk.file(conversation, "how to fold.png", PNG)
    paper = desk.file(conversation, "receipt.pdf", b"%PDF-1.4\n%%EOF")
    drafts = Draft("Fold it like this."), Draft("And your receipt.", attachments=(picture, paper))
    desk.say(conversation, *drafts, author=Author.AGENT, agent="Ana")
    widget.wait_for_reply("And your receipt.")
    desk.say(conversation, Draft("I go on from here."), author=Author.AGENT, agent="Ben")
    widget.wait_for_reply("I go on from here.")

    names = widget.log.locator('[data-author="agent"] > .name').all_text_contents()
    assert names == ["Ana: ", "Ana: ", "Ben: "]
    assert list(widget.attachments()) == ["how to fold.png", "receipt.pdf"]
    expect(widget.log.locator('a[data-attachment="how to fold.png"] img')).to_be_visible()
    link = widget.log.get_by_role("link", name="receipt.pdf")
    expect(link).to_be_visible()
    loaded = page.request.get(str(link.get_attribute("href")))
    assert loaded.body().startswith(b"%PDF-")


# -- after a person


def test_five_ratings_stand_in_one_row_on_a_small_phone_and_each_has_a_name(desk: RunningDesk, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(reduced_motion="reduce")  # what still slides in has no place yet
    widget, conversation = begin(page, desk)
    desk.say(conversation, rating(), author=Author.SYSTEM)
    widget.wait_for_reply("How was the help")
    stars = [widget.log.get_by_role("button", name=f"{stars} of 5", exact=True) for stars in range(1, 6)]
    boxes = [star.bounding_box() for star in stars]

    assert all(boxes)
    assert len({box["y"] for box in boxes if box}) == 1
    assert all(box["width"] >= 44 and box["height"] >= 36 and box["x"] + box["width"] <= 360 for box in boxes if box)
    stars[3].click()
    widget.wait_until_sent()
    assert widget.messages("customer") == ["4"]
    assert widget.log.locator(".rate:visible").count() == 0


def test_a_rating_is_reached_with_one_tab_and_given_by_keyboard(desk: RunningDesk, page: Page) -> None:
    widget, conversation = begin(page, desk)
    desk.say(conversation, rating(), author=Author.SYSTEM)
    widget.wait_for_reply("How was the help")
    widget.composer.focus()
    page.keyboard.press("Shift+Tab")
    expect(widget.log.get_by_role("button", name="5 of 5")).to_be_focused()
    page.keyboard.press("Enter")
    widget.wait_until_sent()

    assert widget.messages("customer") == ["5"]
    expect(widget.composer).to_be_focused()


def test_the_way_back_is_reached_with_one_tab_while_waiting(desk: RunningDesk, page: Page) -> None:
    widget, _ = begin_waiting(page, desk)
    widget.composer.focus()
    page.keyboard.press("Shift+Tab")

    expect(widget.log.get_by_role("button", name="Go back to the assistant")).to_be_focused()


def test_a_rating_that_is_passed_over_goes_with_the_next_answer(desk: RunningDesk, page: Page) -> None:
    widget, conversation = begin(page, desk)
    desk.say(conversation, rating(), author=Author.SYSTEM)
    widget.wait_for_reply("How was the help")
    widget.say("how long do refunds take?")
    widget.wait_until_sent()
    desk.say(conversation, Draft("Three days."), author=Author.BOT)
    widget.wait_for_reply("Three days.")

    assert widget.log.locator(".rate:visible").count() == 0


# -- heard, and never missed


def test_a_screen_reader_hears_each_new_message_with_its_author(desk: RunningDesk, page: Page) -> None:
    widget, conversation = begin_with_ana(page, desk)
    desk.say(conversation, Draft("One."), Draft("Two."), author=Author.AGENT, agent="Ana")
    widget.wait_for_reply("Two.")

    expect(widget.log).to_have_attribute("aria-live", "polite")
    heard = [" ".join(text.split()) for text in widget.log.locator(".message").all_text_contents()]
    assert heard[0].startswith("Assistant: ")
    assert any(text.startswith("Notice: ") and "Ana has joined" in text for text in heard)
    assert [text for text in heard if text.startswith(("Ana: One.", "Ana: Two."))] == heard[-2:]
    expect(widget.host.locator(".speaker")).to_have_attribute("role", "status")


def test_a_closed_chat_tells_politely_from_whom_something_came(desk: RunningDesk, page: Page) -> None:
    widget, conversation = begin_with_ana(page, desk)
    widget.close()
    desk.say(conversation, Draft("Are you there?"), author=Author.AGENT, agent="Ana")

    badge = widget.host.get_by_role("status").filter(has_text="unread")
    expect(badge).to_have_text("1 unread, from Ana")


def test_after_a_locked_phone_everything_missed_is_there_once(desk: RunningDesk, page: Page) -> None:
    asleep = threading.Event()

    def line(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        route.on_message(server.send)
        server.on_message(lambda frame: None if asleep.is_set() else route.send(frame))

    page.route_web_socket(re.compile("/ws"), line)
    page.reload()
    widget, conversation = begin_with_ana(page, desk)
    asleep.set()
    for text in ("First.", "Second.", "Third."):
        desk.say(conversation, Draft(text), author=Author.AGENT, agent="Ana")
    page.wait_for_timeout(300)
    assert widget.messages("agent") == []
    asleep.clear()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    widget.wait_for_reply("Third.")
    desk.say(conversation, Draft("Fourth."), author=Author.AGENT, agent="Ana")
    widget.wait_for_reply("Fourth.")

    assert widget.messages("agent") == ["First.", "Second.", "Third.", "Fourth."]
    assert widget.host.locator(".message[data-seq]").count() == len(
        set(widget.log.locator(".message").evaluate_all("all => all.map((one) => one.dataset.seq)"))
    )


def test_a_long_text_leaves_the_chat_in_its_place(desk: RunningDesk, page: Page) -> None:
    widget, conversation = begin_with_ana(page, desk)
    for number in range(12):
        desk.say(conversation, Draft(f"Step {number}."), author=Author.AGENT, agent="Ana")
    widget.wait_for_reply("Step 11.")
    widget.composer.fill("It is a long story. " * 190)

    expect(widget.host.locator(".counter")).to_have_text("3800 / 4000")
    assert widget.panel.evaluate("panel => panel.scrollTop") == 0
    assert widget.panel.evaluate("panel => panel.scrollHeight - panel.clientHeight") == 0
