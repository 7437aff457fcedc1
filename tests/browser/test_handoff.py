"""A person takes over, from both sides of the desk: the customer's widget and the agents' console in real browsers."""

import email
import re
import time
from collections.abc import Callable, Iterator
from email.message import Message
from email.policy import default

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.console_page import ConsolePage
from tests.browser.widget_page import WidgetPage
from tests.running import RunningHouse

ANA, SAM = "ana@returndesk.example", "sam@returndesk.example"
PATIENCE = 40_000  # milliseconds; the shared house's rules give up after twenty seconds

Open = Callable[[], Page]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open a page in a browser of its own; an error in a page fails the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def opened() -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not problems


@pytest.fixture
def nobody(house: RunningHouse) -> RunningHouse:
    """The house with nobody at a desk and nobody in the queue."""
    house.rows("UPDATE agents SET seen_at = NULL, available = true RETURNING id")
    house.rows(
        """
        WITH ended AS (
            UPDATE handoffs SET stage = 'released', next_step_at = NULL
            WHERE stage NOT IN ('released', 'failed') RETURNING conversation_id
        )
        UPDATE conversations SET owner = 'bot', agent_name = NULL, owner_counter = owner_counter + 1
        WHERE owner <> 'bot' RETURNING id
        """
    )
    return house


def agent(house: RunningHouse, page: Page, who: str) -> ConsolePage:
    """Sign an agent in."""
    return ConsolePage(page).sign_in(house.console_url, who, house.passwords()[who])


def customer(house: RunningHouse, page: Page) -> WidgetPage:
    """Open the chat as a customer."""
    page.goto(house.url)
    return WidgetPage(page, timeout=PATIENCE).open()


def mails_to(house: RunningHouse, address: str) -> list[Message]:
    """Return the e-mails that were caught for an address, oldest first."""
    caught = [
        email.message_from_bytes(path.read_bytes(), policy=default)
        for path in sorted((house.data_dir / "mail").glob("*.eml"))
    ]
    return [mail for mail in caught if mail["To"] == address]


def mail_with(house: RunningHouse, address: str, words: str) -> str:
    """Wait for an e-mail that contains these words; returns its text."""
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        for mail in mails_to(house, address):
            body = mail.get_body(("plain",))  # type: ignore[attr-defined]
            text = str(body.get_content())
            if words in text:
                return text
        time.sleep(0.3)
    raise AssertionError(f"no e-mail to {address} says {words!r}")


def test_an_upset_customer_gets_a_person_who_decides_and_hands_back_and_the_bot_goes_on(
    nobody: RunningHouse, open_page: Open
) -> None:
    ana = agent(nobody, open_page(), ANA)
    widget = customer(nobody, open_page())
    widget.say("I want to return the headphones from H204777, zip 97214")
    widget.press("No longer needed")
    widget.wait_for_reply("return window")
    widget.say("are you kidding me?! this is the third time I ask and NOBODY helps me")
    widget.wait_for_reply("I'm sorry this has been so frustrating")
    widget.wait_for_reply("You are next")

    expect(ana.page.locator("body")).to_contain_text("Upset", timeout=PATIENCE)
    ana.claim_next()
    widget.wait_for_agent("Ana Lopes")
    ana.reads("This is why you were called")
    expect(ana.page.locator("body")).to_contain_text("window.electronics")

    ana.answer("Hello, I'm sorry. I've read everything and I'm opening this return for you.")
    widget.wait_for_reply("I'm opening this return for you", author="agent")
    widget.say("thank you, finally")
    ana.reads("thank you, finally")

    ana.open_tab("Orders")
    ana.open_return("Wireless Headphones", "Asked three times; a gesture.")
    approved = widget.wait_for_reply("RMA-")
    rma = re.findall(r"RMA-\d{4}-\d{4}", approved)[0]
    query = "SELECT approval, parcel FROM returns WHERE rma = %s"
    assert nobody.rows(query, rma) == [("approved", "label_issued")]
    assert any(rma in name for name in widget.attachments())

    ana.hand_back("Approved", "Please use the label above.")
    widget.wait_for_reply("Ana Lopes has left the conversation. Please use the label above.")
    widget.rate(5)
    widget.wait_for_reply("tell us in a message")
    widget.say("Ana was quick and kind")
    widget.wait_for_reply("that helps us")
    assert nobody.rows("SELECT rating, comment FROM surveys ORDER BY at DESC LIMIT 1") == [
        (5, "Ana was quick and kind")
    ]
    widget.say("how long do refunds take?")
    widget.wait_for_reply("business days", author="bot")
    acts = [act for (act,) in nobody.rows("SELECT act FROM audit WHERE detail->>'rma' = %s", rma)]
    assert acts == ["return_overridden"]


def test_a_return_above_the_limit_is_approved_with_the_hand_back_and_the_label_comes_with_it(
    nobody: RunningHouse, open_page: Open
) -> None:
    dear = nobody.dear()
    ana = agent(nobody, open_page(), ANA)
    widget = customer(nobody, open_page())
    widget.say(f"I'd like to return something from order {dear.number}, zip {dear.zip}")
    if len(dear.items) > 1 or any(count > 1 for count in dear.items.values()):
        widget.choose_items(dear.items)
    widget.press("No longer needed")
    widget.press("Refund")
    widget.wait_for_reply("How would you like to send it back")
    widget.press(next(title for title in widget.buttons() if title.startswith("Printed label")))
    widget.press("Yes, go ahead")
    widget.wait_for_reply("Because of the amount, a person on our team decides this one")
    rma = re.findall(r"RMA-\d{4}-\d{4}", widget.last_reply())[0]

    ana.claim_next()
    ana.hand_back("Approved", "Take your time.")

    widget.wait_for_reply(f"Return {rma} is approved, and its label is right here. Take your time.")
    assert any(rma in name for name in widget.attachments())
    assert rma in mail_with(nobody, dear.email, "approved")
    query = "SELECT approval, parcel FROM returns WHERE rma = %s"
    assert nobody.rows(query, rma) == [("approved", "label_issued")]


def test_with_nobody_there_the_customer_leaves_an_address_and_the_answer_comes_by_e_mail(
    nobody: RunningHouse, open_page: Open
) -> None:
    widget = customer(nobody, open_page())
    widget.say("I want to talk to a person")
    widget.wait_for_reply("Nobody is at a desk at this very moment. What e-mail address or phone number")
    widget.say("it's robin.fields@example.com")
    widget.wait_for_reply("a person answers here and to robin.fields@example.com")
    widget.page.context.close()

    ana = agent(nobody, open_page(), ANA)
    expect(ana.page.locator("body")).to_contain_text("Call back", timeout=PATIENCE)
    ana.claim_next()
    ana.answer("Hello, this is Ana. Your parcel is insured, don't worry.")
    written = mail_with(nobody, "robin.fields@example.com", "Your parcel is insured, don't worry.")
    (link,) = set(re.findall(r"http://\S+/resume/[\w.-]+", written))

    page = open_page()
    page.goto(link)
    resumed = WidgetPage(page, timeout=PATIENCE)
    expect(resumed.log).to_contain_text("Your parcel is insured", timeout=PATIENCE)
    resumed.say("thank you Ana")
    ana.reads("thank you Ana")


def test_an_agent_who_drops_off_gives_back_who_waited_and_nobody_waits_for_nothing(
    nobody: RunningHouse, open_page: Open
) -> None:
    sam = agent(nobody, open_page(), SAM)
    ana = agent(nobody, open_page(), ANA)
    widget = customer(nobody, open_page())
    widget.say("I want to talk to a person")
    widget.wait_until_waiting_for_person()
    ana.claim_next()
    widget.wait_for_agent("Ana Lopes")
    widget.say("are you there?")
    ana.reads("are you there?")
    ana.page.context.close()

    widget.wait_for_reply("Ana Lopes had to leave, I'm sorry.")
    expect(sam.page.locator("body")).to_contain_text("Ana Lopes has dropped off", timeout=PATIENCE)
    expect(sam.page.locator("body")).to_contain_text("Waiting too long", timeout=PATIENCE)
    widget.wait_for_reply("everybody is still busy with other customers")
    widget.press("Go back to the assistant")
    widget.wait_for_reply("You are back with me, the assistant.")
    widget.say("how long do refunds take?")
    widget.wait_for_reply("business days", author="bot")


def test_a_supervisor_listens_in_and_takes_over(nobody: RunningHouse, open_page: Open) -> None:
    ana = agent(nobody, open_page(), ANA)
    widget = customer(nobody, open_page())
    widget.say("I want to talk to a person")
    widget.wait_until_waiting_for_person()
    ana.claim_next()
    widget.wait_for_agent("Ana Lopes")
    address = ana.page.url
    sam = agent(nobody, open_page(), SAM)
    sam.page.goto(address)
    sam.reads("I want to talk to a person")
    widget.say("one more thing")
    sam.reads("one more thing")
    sam.page.get_by_role("button", name="Take over").first.click()
    sam.dialog.get_by_role("button", name="Take over").click()

    widget.wait_for_reply("Sam Reyes has joined and takes over from Ana Lopes.")
    expect(ana.page.locator("body")).to_contain_text("Sam Reyes", timeout=PATIENCE)
    sam.answer("Hello, Sam here.")
    widget.wait_for_reply("Hello, Sam here.", author="agent")
