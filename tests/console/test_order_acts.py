"""What an agent does to orders, returns and money beside the transcript: each act is shown before it is done."""

import re
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy.ext.asyncio import AsyncSession

from casework import identities, order_desk
from casework.desk import Desk
from casework.wanted import OpenReturn
from conversations import repository
from store import repository as store
from store import seed
from store.decision import RequestLine
from store.identity import Evidence
from tests.console.conftest import Enter
from tests.console.floor import Customer, Floor

ANA = "Ana Lopes"


@pytest.fixture(scope="module", autouse=True)
def people(floor: Floor) -> None:
    """Ana, and the demo shop's orders."""
    floor.agent(ANA)
    floor.run(lambda session, desk: seed.demo_shop(session, desk.book, desk.clock.now()))


def talk(floor: Floor, number: str, zip_code: str) -> UUID:
    """A conversation that Ana has, with a customer who has proved an order."""
    (waits,) = floor.wait_in_queue(Customer("About my order"))
    floor.claim(waits, ANA)

    async def prove(session: AsyncSession, desk: Desk) -> None:
        evidence = Evidence(order_number=number, zip=zip_code)
        await identities.prove(session, desk, await repository.lock(session, waits), evidence)

    floor.run(prove)
    return waits


def orders(enter: Enter, conversation_id: UUID) -> Page:
    """Ana's screen with the orders beside the transcript, called by their key."""
    page = enter("ana@example.com", f"/c/{conversation_id}")
    expect(page.locator(".rd-row").first).to_be_visible()
    page.keyboard.press("o")
    expect(page.locator("#rd-tab-orders")).to_be_focused()
    return page


def unfolded(page: Page, number: str) -> Locator:
    order = page.locator(".rd-order", has_text=number).first
    expect(order).to_be_visible()
    if not order.evaluate("order => order.open"):
        order.locator("summary").first.click()
    return order


def looked_up(page: Page, number: str) -> Locator:
    page.locator(".rd-look-up input").fill(number)
    page.locator(".rd-look-up input").press("Enter")
    expect(page.locator(".rd-looked-up")).to_be_visible()
    return page.locator(".rd-order", has_text=number).first


def audited(floor: Floor, act: str) -> list[dict[str, object]]:
    """What the audit trail keeps of an act of Ana's, newest first."""
    query = "SELECT detail FROM audit WHERE act = %s AND actor = %s ORDER BY at DESC"
    with psycopg.connect(floor.settings.database_url or "") as connection:
        return [row[0] for row in connection.execute(query, (act, ANA)).fetchall()]


def execute(floor: Floor, statement: str) -> None:
    with psycopg.connect(floor.settings.database_url or "") as connection:
        connection.execute(statement)


def done(page: Page) -> str:
    """Do what the dialog says, and return the words that it showed as the customer's."""
    told = page.locator(".rd-modal .rd-told p")
    expect(told).to_be_visible()
    words = told.inner_text()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".rd-modal")).to_have_count(0)
    return words


def was_read(page: Page, words: str) -> None:
    expect(page.locator(".rd-line", has_text=words)).to_be_visible()


def test_a_return_is_opened_with_what_it_gives_side_by_side_and_as_the_customer_was_shown(
    floor: Floor, enter: Enter
) -> None:
    page = orders(enter, talk(floor, "H207003", "02116"))
    unfolded(page, "H207003").get_by_role("button", name="Open a return").click()
    dialog = page.locator(".rd-modal")
    for name in ("Day Backpack", "Steel Bottle"):
        dialog.locator(".rd-pick", has_text=name).get_by_role("checkbox").check()
    dialog.locator(".rd-pick", has_text="Steel Bottle").get_by_label("Condition").select_option("opened")
    expect(dialog.locator(".rd-offer", has_text="Refund")).to_contain_text("$40.00 to Gift card ending 9163")
    dialog.locator(".rd-offer", has_text="Store credit").click()
    expect(dialog.locator(".rd-forecast")).to_contain_text("Give you $132.00 store credit")
    dialog.locator(".rd-offer", has_text="Refund").click()
    expect(dialog.locator(".rd-forecast")).to_contain_text("Refund $120.00 in 2 parts")
    expect(dialog.locator(".rd-told")).to_contain_text("Your refund of $120.00")
    words = done(page)
    card = page.locator(".rd-order", has_text="H207003").locator(".rd-return")
    expect(card).to_contain_text("No longer needed; No longer needed, opened, not used")
    rma = card.locator("header b").inner_text()
    was_read(page, words.replace("(its number)", rma))
    assert audited(floor, "return_opened")[0]["rma"] == rma


def test_what_the_policy_refuses_is_opened_for_a_reason_that_only_we_keep(floor: Floor, enter: Enter) -> None:
    page = orders(enter, talk(floor, "H207006", "02116"))
    unfolded(page, "H207006").get_by_role("button", name="Open a return").click()
    dialog = page.locator(".rd-modal")
    dialog.locator(".rd-pick", has_text="Blanket with Your Name").get_by_role("checkbox").check()
    expect(dialog.locator(".rd-needs")).to_contain_text("set aside for this return: exclusion.made_to_order")
    expect(dialog.locator(".rd-told")).to_contain_text("Ana Lopes has opened return (its number) for you")
    page.keyboard.press("Control+Enter")
    expect(dialog.locator(".rd-modal-foot")).to_contain_text("Write why the policy is set aside")
    dialog.get_by_label("Why you set them aside").fill("Our mistake in the name")
    words = done(page)
    assert "mistake" not in words
    card = page.locator(".rd-order", has_text="H207006").locator(".rd-return")
    expect(card).to_contain_text("Approved")
    rma = card.locator("header b").inner_text()
    was_read(page, words.replace("(its number)", rma))
    kept = audited(floor, "return_overridden")[0]
    assert (kept["reason"], kept["overruled"]) == ("Our mistake in the name", ["exclusion.made_to_order"])


def test_an_exchange_names_what_is_in_stock_and_a_second_choice(floor: Floor, enter: Enter) -> None:
    page = orders(enter, talk(floor, "H207005", "02116"))
    unfolded(page, "H207005").get_by_role("button", name="Open a return").click()
    dialog = page.locator(".rd-modal")
    dialog.locator(".rd-offer", has_text="Exchange").click()
    first, second = dialog.get_by_label("Harbour Hoodie: instead"), dialog.get_by_label("If that sells out")
    expect(first).to_contain_text("in stock")
    expect(first).not_to_contain_text("size L, navy")
    second.select_option(index=2)
    expect(dialog.locator(".rd-forecast")).to_contain_text("If that has just sold out")
    done(page)
    card = page.locator(".rd-order", has_text="H207005").locator(".rd-return")
    expect(card).to_contain_text("Exchange")
    expect(card).to_contain_text("Label issued, not sent yet")


def test_a_return_that_was_not_sent_is_changed_and_gets_more_time(floor: Floor, enter: Enter) -> None:
    page = orders(enter, talk(floor, "H206006", "78704"))
    unfolded(page, "H206006")
    card = page.locator(".rd-return", has_text="RMA-1000-0032")
    card.get_by_role("button", name="More time").click()
    expect(page.locator(".rd-modal .rd-says")).to_contain_text("This can be done once")
    words = done(page)
    was_read(page, words)
    expect(card).to_contain_text("extended")
    expect(card.get_by_role("button", name="More time")).to_have_count(0)
    card.get_by_role("button", name="Change…").click()
    dialog = page.locator(".rd-modal")
    expect(dialog.locator(".rd-offer", has_text="Store credit").get_by_role("radio")).to_be_checked()
    expect(dialog.locator(".rd-forecast")).to_contain_text("Choose what is to change.")
    dialog.locator(".rd-offer", has_text="Refund").click()
    dialog.get_by_label("How it comes back").select_option("store")
    expect(dialog.locator(".rd-forecast")).to_contain_text("You bring it")
    words = done(page)
    was_read(page, words)
    expect(card).to_contain_text("Refund to Visa ending 1881")
    card.locator(".rd-history summary").click()
    expect(card.locator(".rd-history")).to_contain_text("Ana Lopes changed return RMA-1000-0032")
    assert [audited(floor, act)[0]["rma"] for act in ("return_extended", "return_changed")] == ["RMA-1000-0032"] * 2


def test_a_parcel_is_checked_and_paid_and_money_that_failed_is_tried_again_or_called_off(
    floor: Floor, enter: Enter
) -> None:
    page = orders(enter, talk(floor, "H203950", "97214"))
    unfolded(page, "H203950")
    card = page.locator(".rd-return", has_text="RMA-1000-0016")
    expect(card.locator(".rd-promised")).to_contain_text("due ")
    for name in ("Parcel checked", "Pay the refund"):
        card.get_by_role("button", name=name).click()
        words = done(page)
        was_read(page, words)
    expect(card.locator(".rd-transfer")).to_contain_text("Waits for the payment provider")
    failed = "UPDATE transfers SET state = 'failed', attempts = 8, problem = 'The card was closed' WHERE state <> 'x'"
    execute(floor, "UPDATE promises SET due_at = now() - interval '3 days' WHERE kept_at IS NULL")
    execute(floor, failed)
    page.reload()
    page.locator("#rd-tab-orders").click()
    unfolded(page, "H203950")
    expect(card.locator(".rd-promised-late")).to_contain_text("late, was due")
    expect(card.locator(".rd-transfer")).to_contain_text("The card was closed")
    card.get_by_role("button", name="Try again").click()
    page.locator(".rd-modal").get_by_role("button", name="Try again").click()
    expect(card.locator(".rd-transfer")).to_contain_text("Waits for the payment provider")
    assert audited(floor, "transfer_retried")[0]["amount"] == "128.00"
    card.get_by_role("button", name="Call off").click()
    page.locator(".rd-modal textarea").fill("Paid by cheque")
    page.keyboard.press("Control+Enter")
    expect(card.locator(".rd-transfer")).to_contain_text("Called off")
    assert audited(floor, "transfer_called_off")[0]["reason"] == "Paid by cheque"
    card.locator(".rd-history summary").click()
    expect(card.locator(".rd-history")).to_contain_text("Ana Lopes had the refund of $128.00 tried again")
    card.get_by_role("button", name="The decision in words").click()
    expect(page.locator(".rd-modal")).to_contain_text("The same question gets the same answer.")


def test_an_exchange_leaves_under_its_tracking_number(floor: Floor, enter: Enter) -> None:
    where = talk(floor, "H207001", "98109")

    async def to_be_sent(session: AsyncSession, desk: Desk) -> str:
        order = await store.find_order(session, "H207001")
        assert order
        item = order.items[0]
        variants = await store.variants_of_product(session, item.product_id)
        other = next(one for one in variants if one.id != item.variant_id and one.stock)
        lines = (RequestLine(item.id, 1, "other"),)
        wish = OpenReturn(order.id, lines, "exchange", "drop_off_qr", exchange_variants={item.id: (other.id,)})
        rma = (await order_desk.open_return(desk, wish, ANA, where)).return_.rma
        await order_desk.record_parcel(desk, rma, "received", ANA, where)
        await order_desk.record_parcel(desk, rma, "inspected", ANA, where)
        return rma

    rma = floor.run(to_be_sent)
    page = orders(enter, where)
    unfolded(page, "H207001")
    card = page.locator(".rd-return", has_text=rma)
    card.get_by_role("button", name="Have it packed").click()
    done(page)
    expect(card).to_contain_text("Exchange to be sent")
    card.get_by_role("button", name="Send the exchange").click()
    page.get_by_label("Tracking number").fill("1Z 999 AA1")
    expect(page.locator(".rd-modal .rd-told")).to_contain_text("its tracking number is 1Z 999 AA1.")
    words = done(page)
    was_read(page, words)
    expect(card).to_contain_text("Exchange sent")
    assert audited(floor, "exchange_sent")[0]["rma"] == rma


def test_an_order_is_cancelled_for_a_reason_after_it_was_said_what_goes_back(floor: Floor, enter: Enter) -> None:
    page = orders(enter, talk(floor, "H205120", "97214"))
    order = unfolded(page, "H205120")
    order.get_by_role("button", name="Cancel the order").click()
    dialog = page.locator(".rd-modal")
    dialog.get_by_text("Ordered by mistake").click()
    expect(dialog.locator(".rd-forecast")).to_contain_text("Refund $144.00 to Visa ending 4242")
    words = done(page)
    was_read(page, words)
    expect(order.locator("summary").first).to_contain_text("Cancelled")
    expect(order.locator(".rd-transfer")).to_contain_text("Waits for the payment provider")
    assert audited(floor, "order_cancelled")[0]["order"] == "H205120"


def test_address_items_and_payment_of_a_pending_order_are_changed(floor: Floor, enter: Enter) -> None:
    page = orders(enter, talk(floor, "H207007", "98109"))
    order, dialog = unfolded(page, "H207007"), page.locator(".rd-modal")
    order.get_by_role("button", name="Address…").click()
    expect(dialog.locator(".rd-forecast")).to_contain_text("This is where it goes now.")
    dialog.get_by_label("Zip code").fill("9")
    expect(dialog.locator(".rd-forecast [role=alert]")).to_contain_text("9 is no zip code of the United States.")
    dialog.get_by_label("Street and number").fill("12 Pine Street")
    dialog.get_by_label("Zip code").fill("98101")
    dialog.get_by_text("Keep it as the customer's address on file too").click()
    expect(dialog.locator(".rd-told")).to_contain_text(re.compile("12 Pine Street.*It is your address on file"))
    words = done(page)
    was_read(page, words)
    expect(order).to_contain_text("Goes to 12 Pine Street")
    order.get_by_role("button", name="Items…").click()
    dialog.get_by_label("Harbour Hoodie").select_option(index=1)
    expect(dialog.locator(".rd-forecast")).to_contain_text("instead of size M, grey; same price")
    done(page)
    expect(order.locator(".rd-item").first).to_contain_text("size L, grey")
    order.get_by_role("button", name="Payment…").click()
    expect(dialog.locator(".rd-forecast")).to_contain_text(re.compile("Gift card ending 2048"))
    page.keyboard.press("Escape")
    order.get_by_text("Everything that happened to #H207007").click()
    expect(order.locator(".rd-history").last).to_contain_text("Ana Lopes changed the address of order #H207007")
    assert [len(audited(floor, f"order_{what}_changed")) for what in ("address", "items")] == [1, 1]


def test_why_something_is_not_possible_is_a_press_away_and_who_is_not_here_reads_a_notice(
    floor: Floor, enter: Enter
) -> None:
    page = orders(enter, talk(floor, "H204518", "97214"))
    order = looked_up(page, "H206007")
    expect(order.get_by_role("button", name="Cancel the order")).to_have_count(0)
    order.get_by_text("Not possible: return, cancel").click()
    expect(order.locator(".rd-why-not")).to_contain_text("is already being packed, so it cannot be cancelled")
    order.get_by_role("button", name="Address on file").click()
    dialog = page.locator(".rd-modal")
    dialog.get_by_label("Street and number").fill("1 Harbour Street")
    expect(dialog.locator(".rd-told")).to_contain_text("as a notice where they can be reached")
    expect(dialog.locator(".rd-told")).to_contain_text("The address that we have on file for you was changed.")
    done(page)
    assert len(audited(floor, "address_on_file_changed")) == 1
