"""The pictures of docs/agents.md: an afternoon at Harbour & Pine, played by the demo's two agents and five customers.

It plays once on a fresh demo shop: orders that were returned in it cannot be returned again. Nobody may be signed in
on the console, and people have to be there at the time of day (`shop.human_hours` of the policy).
"""

from dataclasses import dataclass

import pictures
from playwright.sync_api import Locator, Page, expect
from stage import DOOR, PATIENCE, SCREEN, TALL_SCREEN, Stage

from tests.browser.console_page import ConsolePage
from tests.browser.widget_page import WidgetPage

ANA, SAM = "ana@returndesk.example", "sam@returndesk.example"

ROBIN = "Hi, can I talk to a person? I was given something from your shop as a gift"
PRIYA = "Where is the refund for order H206003? My zip is 78704"
PRIYA_ASKS = "I want to talk to a person, my bank says that nothing came"
EVAN = "Can I speak to a human? I'd like to return something that I bought in your store in Astoria"
NOOR = "I want to talk to a person about a wedding list"
JONAS_CAMERA = "I'd like to return the camera from H206001, zip 60614. It's simply more than I need"
JONAS_PAN = "The pan from H206005 arrived with a scratch, zip 60614"
JONAS_ASKS = "I'd like to talk to a person first, is it still safe to use?"
MAYA = "I want to return the headphones from H204777, zip 97214"
MAYA_UPSET = "are you kidding me?! this is the third time I ask and NOBODY helps me"
SERUM = "Where is my order H206004? zip 78704"
SERUM_HURTS = "It came, but the face serum gave me a rash and I had to see a doctor"
OPEN_PARCEL = "I want to talk to a person, my parcel arrived open and half empty"
COURT_FIRST = "Where is the refund for my jacket? I have written twice"
COURT = "Either I have my money back by Friday or I'll see you in small claims court"

LINE = "Thank you for waiting, Jonas."
CATCH_UP_MS = 6_000
"""Pages look again by themselves after five seconds: what was moved into the past is announced to nobody."""
DESK_NUMBERS: tuple[pictures.Place, ...] = (
    (".column-left .inbox:first-child .list-head", 0.42, 0.5),
    (".column-left .inbox:last-child .list-head", 0.42, 0.5),
    (".rd-head-why", 0.98, 0.5),
    (".rd-head-acts", -0.06, 0.5),
    (".rd-mood", 1.2, 0.5),
    (".rd-called", 0.98, 0.5),
    (".rd-row:has(.rd-badge-note) .rd-words", 1.0, 0.0),
    (".rd-held", 0.0, 0.0),
    (".rd-tools", 0.5, 0.5),
    (".rd-tabs", 0.9, 0.5),
    (".rd-answered", 0.95, 0.0),
    (".availability", -0.12, 0.5),
)


@dataclass(frozen=True)
class Cast:
    """Who is on the stage when the queue has filled."""

    ana: ConsolePage
    sam: ConsolePage
    maya: WidgetPage
    jonas: WidgetPage


def take(stage: Stage) -> None:
    """Play the afternoon and take its pictures."""
    door(stage.visitor(), stage.console_url)
    a_call_back(stage)
    ana, sam = stage.agent(ANA), stage.agent(SAM)
    the_morning(stage, ana)
    cast = the_rush(stage, ana, sam)
    the_desk(cast)
    an_exception(cast.ana)
    the_queue(cast)
    the_order(cast.ana)
    the_supervisor(cast)
    everybody_goes_home(cast)


def door(page: Page, url: str) -> None:
    """The sign-in page."""
    page.set_viewport_size(DOOR)
    page.goto(url)
    page.fill("#email", ANA)
    pictures.both(page, "sign-in")
    page.context.close()


def a_call_back(stage: Stage) -> None:
    """With nobody at a desk, a customer leaves an address and goes."""
    robin = stage.customer()
    robin.say(ROBIN)
    robin.wait_for_reply("What e-mail address or phone number")
    robin.say("robin.fields@example.com")
    robin.wait_for_reply("You are on the list")
    robin.page.context.close()
    stage.earlier(ROBIN, 52, gone=True)


def the_morning(stage: Stage, ana: ConsolePage) -> None:
    """Three customers who were helped earlier today: the medians, the ratings and the expected wait come from them."""
    for words, before, minutes, waited, worked, stars in (
        (PRIYA_ASKS, PRIYA, 108, 2.5, 11, 5),
        (EVAN, "", 66, 4, 7, 4),
        (NOOR, "", 31, 3, 9, 5),
    ):
        customer = stage.customer()
        if before:
            customer.say(before)
            customer.wait_for_reply("refund")
        customer.say(words)
        customer.wait_until_waiting_for_person()
        claim(ana, words)
        ana.answer("Hello, this is Ana. I've read everything above and I'm looking into it now.")
        ana.hand_back("Information given", "You have my answer by e-mail as well.")
        customer.rate(stars)
        customer.wait_for_reply("tell us in a message")
        customer.press("No, that's all")
        customer.wait_for_reply("that helps us")
        customer.page.context.close()
        stage.earlier(words, minutes, waited, worked)


def the_rush(stage: Stage, ana: ConsolePage, sam: ConsolePage) -> Cast:
    """The queue fills."""
    a_dear_return(stage)
    upset = stage.customer()
    upset.say(COURT_FIRST)
    upset.wait_for_reply("order")
    upset.say(COURT)
    upset.wait_until_waiting_for_person()
    upset.page.context.close()
    stage.earlier(COURT, 6.2, gone=True)
    serum = stage.customer()
    serum.say(SERUM)
    serum.wait_for_reply("deliver")
    serum.say(SERUM_HURTS)
    serum.wait_until_waiting_for_person()
    stage.earlier(SERUM_HURTS, 3)
    claim(sam, SERUM_HURTS)
    sam.answer("Hello Priya, this is Sam. I'm sorry. Please stop using the serum; I'm writing to our safety team now.")
    for_the_warehouse(stage, ana)
    jonas = stage.customer()
    jonas.say(JONAS_PAN)
    jonas.wait_for_reply("What would you like")
    jonas.say(JONAS_ASKS)
    jonas.wait_until_waiting_for_person()
    stage.earlier(JONAS_PAN, 2)
    maya = an_upset_customer(stage)
    return Cast(ana, sam, maya, jonas)


def a_dear_return(stage: Stage) -> None:
    """A return above the limit, which a person decides."""
    jonas = stage.customer()
    jonas.say(JONAS_CAMERA)
    for title in ("No longer needed", "Refund"):
        jonas.press(title)
    jonas.wait_for_reply("How would you like to send it back")
    jonas.press(next(title for title in jonas.buttons() if title.startswith("Printed label")))
    jonas.press("Yes, go ahead")
    jonas.wait_until_waiting_for_person()
    jonas.page.context.close()
    stage.earlier(JONAS_CAMERA, 5, gone=True)


def for_the_warehouse(stage: Stage, ana: ConsolePage) -> None:
    """A conversation that is passed to a team."""
    visitor = stage.customer()
    visitor.say(OPEN_PARCEL)
    visitor.wait_until_waiting_for_person()
    claim(ana, OPEN_PARCEL)
    ana.page.get_by_role("button", name="Transfer").click()
    ana.dialog.locator("select").select_option("team:warehouse")
    ana.dialog.locator("textarea").fill("Could you look up what the parcel weighed when it left us?")
    ana.dialog.get_by_role("button", name="Pass it on").click()
    expect(ana.page.locator("dialog[open]")).to_have_count(0, timeout=PATIENCE)
    visitor.page.context.close()
    stage.earlier(OPEN_PARCEL, 4, gone=True)


def an_upset_customer(stage: Stage) -> WidgetPage:
    """Maya, whose headphones are past their window."""
    maya = stage.customer()
    maya.say(MAYA)
    maya.press("No longer needed")
    maya.wait_for_reply("return window")
    maya.say(MAYA_UPSET)
    maya.wait_until_waiting_for_person()
    stage.earlier(MAYA_UPSET, 1)
    return maya


def the_desk(cast: Cast) -> None:
    """Ana helps Maya."""
    ana, maya = cast.ana, cast.maya
    claim(ana, MAYA_UPSET)
    maya.wait_for_agent("Ana Lopes")
    ana.answer("Hello Maya, I'm sorry. I've read everything above.")
    maya.wait_for_reply("I've read everything above")
    maya.say("thank you. I tried them on once, that is all")
    ana.reads("that is all")
    note(ana, "Sam agrees: we set the window aside, this once.")
    pictures.both(maya.page, "widget-joined")
    ana.open_tab("Brief")

    def a_reply_that_can_be_undone() -> None:
        if ana.page.get_by_role("button", name="Undo").count():
            ana.page.get_by_role("button", name="Undo").click()
        expect(ana.page.get_by_role("button", name="Undo")).to_have_count(0, timeout=PATIENCE)
        ana.reply_box.fill("Then we'll take them back, Maya. I'm opening the return for you right now.")
        ana.reply_box.press("Control+Enter")
        expect(ana.page.get_by_role("button", name="Undo")).to_be_visible(timeout=PATIENCE)

    ana.page.set_viewport_size(TALL_SCREEN)
    pictures.both(ana.page, "desk", DESK_NUMBERS, a_reply_that_can_be_undone)
    ana.page.set_viewport_size(SCREEN)
    ana.reads("I'm opening the return for you right now")


def an_exception(ana: ConsolePage) -> None:
    """The dialog in which an agent opens a return that the policy refuses."""
    ana.open_tab("Orders")
    ana.page.get_by_role("button", name="Open a return for the customer").first.click(timeout=PATIENCE)
    ana.dialog.locator("label").filter(has_text="Wireless Headphones").first.click()
    ana.dialog.locator("textarea").last.fill("Asked three times and nobody answered; Sam agrees.")
    expect(ana.dialog).to_contain_text("set aside", timeout=PATIENCE)
    pictures.both(ana.page, "exception")
    ana.page.keyboard.press("Escape")
    expect(ana.page.locator("dialog[open]")).to_have_count(0, timeout=PATIENCE)
    ana.open_tab("Brief")


def the_queue(cast: Cast) -> None:
    """The queue with a conversation that is read before it is claimed, and what waiting looks like on a phone."""
    ana, page = cast.ana, cast.ana.page
    cast.maya.say("thank you so much, Ana")
    line(ana, COURT).locator("a").click()
    ana.reads(COURT)
    page.wait_for_timeout(CATCH_UP_MS)
    pictures.both(page, "queue")
    cast.jonas.wait_for_reply("You are number")
    pictures.both(cast.jonas.page, "widget-waiting")


def the_order(ana: ConsolePage) -> None:
    """A return that waits for a decision, and the dialog that hands back with it."""
    claim(ana, "Above the limit")
    ana.open_tab("Orders")
    expect(ana.page.get_by_role("button", name="Approve")).to_be_visible(timeout=PATIENCE)
    pictures.both(ana.page, "order")
    ana.page.get_by_role("button", name="Finish").click()
    ana.dialog.get_by_text("Approved", exact=True).click()
    ana.dialog.locator("textarea").fill(LINE)
    expect(ana.dialog.locator(".rd-told")).to_contain_text(LINE, timeout=PATIENCE)
    pictures.both(ana.page, "finish")
    ana.page.keyboard.press("Escape")


def the_supervisor(cast: Cast) -> None:
    """The floor at a glance."""
    page = cast.sam.page
    page.get_by_role("link", name="Supervisor").click()
    expect(page.locator(".watch")).to_be_visible(timeout=PATIENCE)
    pictures.both(page, "supervisor")


def everybody_goes_home(cast: Cast) -> None:
    """Close what is open."""
    for page in (cast.ana.page, cast.sam.page, cast.maya.page, cast.jonas.page):
        page.context.close()


def line(agent: ConsolePage, words: str) -> Locator:
    """Return the line of the queue that shows these words."""
    return agent.page.locator("li.queued").filter(has_text=words)


def claim(agent: ConsolePage, words: str) -> None:
    """Claim the conversation whose line shows these words, and wait until it is open."""
    found = line(agent, words)
    found.hover(timeout=PATIENCE)
    found.get_by_role("button", name="Claim").click(timeout=PATIENCE)
    expect(agent.page.get_by_role("button", name="Finish")).to_be_visible(timeout=PATIENCE)


def note(agent: ConsolePage, text: str) -> None:
    """Write a note for colleagues."""
    agent.reply_box.press("Alt+n")
    agent.reply_box.fill(text)
    agent.page.get_by_role("button", name="Save note").click(timeout=PATIENCE)
    agent.reads(text)
