"""The open conversation as an agent sees it, in a real browser."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy.ext.asyncio import AsyncSession

from casework import agents, handovers, identities, replies, returns
from casework.desk import Desk
from casework.proposal import By
from casework.wanted import OpenReturn
from conversations import outbox, repository, transcript
from conversations.message import Author, Draft, Message
from gateways.carrier import HouseCarrier
from handoff.agent import Role
from kit import events, ids
from store import repository as store
from store import seed
from store.decision import RequestLine
from store.identity import Evidence
from store.ports import LabelTicket
from tests.console.conftest import Enter
from tests.console.floor import Customer, Floor

HOSTILE = 'teapot <img src=x onerror="document.title=1"> {{ 7 * 7 }} ${x} `y`'
ANA = "Ana Lopes"


@pytest.fixture(scope="module", autouse=True)
def people(floor: Floor) -> None:
    """Three agents, and the demo shop's orders."""
    floor.agent(ANA)
    floor.agent("Ben Okafor")
    floor.agent("Sam Reyes", Role.SUPERVISOR)
    floor.run(lambda session, desk: seed.demo_shop(session, desk.book, desk.clock.now()))


@pytest.fixture
def mine(floor: Floor) -> UUID:
    """A conversation that Ana has claimed."""
    (waits,) = floor.wait_in_queue(Customer("My parcel arrived broken."))
    floor.claim(waits, ANA)
    return waits


@pytest.fixture
def desk(enter: Enter, mine: UUID) -> Page:
    """Ana's screen with that conversation open."""
    return shown(enter("ana@example.com", f"/c/{mine}"))


def shown(page: Page) -> Page:
    """Wait until the transcript stands there and the page follows the conversation."""
    expect(page.locator(".rd-row").first).to_be_visible()
    expect(page.locator(".rd-box").get_by_role("button", name="Note")).to_be_visible()
    return page


def box(page: Page) -> Locator:
    return page.locator(".rd-box textarea")


def said_in(floor: Floor, conversation_id: UUID) -> list[Message]:
    return floor.run(lambda session, desk: repository.transcript(session, conversation_id))


def agents_words(floor: Floor, conversation_id: UUID) -> list[str]:
    return [one.text for one in said_in(floor, conversation_id) if one.author is Author.AGENT]


def until(true: Callable[[], bool]) -> None:
    """Wait until something is so in the database."""
    for _ in range(100):
        if true():
            return
        time.sleep(0.05)
    pytest.fail("it did not become so within five seconds")


def let_due_replies_leave(floor: Floor, conversation_id: UUID) -> None:
    """Do what the worker does when the seconds of undo are over."""

    async def leave(session: AsyncSession, desk: Desk) -> None:
        for one in await replies.held_in(session, conversation_id):
            await replies.leave_when_due(session, desk, one.id)

    floor.run(leave)


def test_a_message_of_the_customers_appears_without_a_reload_and_stays_text(
    floor: Floor, mine: UUID, desk: Page
) -> None:
    floor.write(mine, HOSTILE)
    expect(desk.locator(".rd-words").last).to_have_text(HOSTILE)
    assert desk.locator(".rd-log img, .rd-brief img").count() == 0


def test_complaint_14_a_reply_that_did_not_see_the_newest_message_does_not_leave(
    floor: Floor, mine: UUID, desk: Page
) -> None:
    box(desk).fill("We send you another one.")
    box(desk).press("Control+Enter")
    expect(desk.locator(".rd-held")).to_contain_text("We send you another one.")
    floor.write(mine, "Wait, I want my money back instead")
    let_due_replies_leave(floor, mine)
    warning = desk.locator(".rd-held-stale")
    expect(warning).to_contain_text("I want my money back instead")
    assert agents_words(floor, mine) == []
    warning.get_by_role("button", name="Edit").click()
    expect(box(desk)).to_have_value("We send you another one.")
    expect(warning).to_have_count(0)


def test_after_reading_what_was_missed_the_agent_may_send_anyway(floor: Floor, mine: UUID, desk: Page) -> None:
    box(desk).fill("Here it is.")
    box(desk).press("Control+Enter")
    floor.write(mine, "One more thing")
    let_due_replies_leave(floor, mine)
    desk.locator(".rd-held-stale").get_by_role("button", name="Send anyway").click()
    expect(desk.locator(".rd-by-agent .rd-words")).to_have_text("Here it is.")
    assert agents_words(floor, mine) == ["Here it is."]


def test_what_came_in_below_the_fold_is_shown_before_the_reply_is_taken(floor: Floor, mine: UUID, desk: Page) -> None:
    for number in range(16):
        floor.write(mine, f"line {number}\nand\nmore")
    expect(desk.locator(".rd-words").last).to_contain_text("line 15")
    desk.locator(".rd-log").evaluate("log => { log.scrollTop = 0 }")
    floor.write(mine, "I do not want it any more")
    pill = desk.locator(".rd-pill")
    expect(pill).to_have_text("1 new message")
    box(desk).fill("It is on its way.")
    box(desk).press("Control+Enter")
    expect(desk.locator(".rd-held-stale")).to_contain_text("I do not want it any more")
    assert floor.run(lambda session, desk: replies.held_in(session, mine)) == []
    pill.click()
    expect(pill).to_be_hidden()


def test_a_reply_can_be_undone_and_comes_back_into_the_box(floor: Floor, mine: UUID, desk: Page) -> None:
    box(desk).fill("Too quick")
    box(desk).press("Control+Enter")
    expect(desk.locator(".rd-held")).to_contain_text("Leaves in")
    expect(box(desk)).to_have_value("")
    box(desk).press("Control+z")
    expect(box(desk)).to_have_value("Too quick")
    let_due_replies_leave(floor, mine)
    assert agents_words(floor, mine) == []


def test_send_now_does_not_wait_for_the_seconds_of_undo(floor: Floor, mine: UUID, desk: Page) -> None:
    box(desk).fill("At once")
    box(desk).press("Control+Enter")
    desk.get_by_role("button", name="Send now").click()
    expect(desk.locator(".rd-by-agent .rd-words")).to_have_text("At once")
    expect(desk.locator(".rd-held")).to_have_count(0)
    assert agents_words(floor, mine) == ["At once"]


def test_a_draft_survives_a_reload_and_is_gone_once_it_was_sent(desk: Page) -> None:
    box(desk).fill("half a sent")
    desk.reload()
    shown(desk)
    expect(box(desk)).to_have_value("half a sent")
    box(desk).press("Control+Enter")
    expect(desk.locator(".rd-held")).to_be_visible()
    desk.reload()
    shown(desk)
    expect(desk.locator(".rd-held")).to_contain_text("half a sent")
    expect(box(desk)).to_have_value("")


def test_a_note_is_for_us_only(floor: Floor, mine: UUID, desk: Page) -> None:
    box(desk).press("Alt+n")
    expect(desk.locator(".rd-box-note")).to_be_visible()
    box(desk).fill("Known fault of batch 7")
    box(desk).press("Control+Enter")
    note = desk.locator(".rd-by-note")
    expect(note).to_contain_text("Note, only for us")
    expect(note).to_contain_text("Known fault of batch 7")
    expect(desk.locator(".rd-box-note")).to_have_count(0)
    assert all("batch 7" not in one.text for one in said_in(floor, mine))


def test_a_canned_reply_is_called_by_a_slash_and_its_gaps_are_visited_one_after_the_other(desk: Page) -> None:
    box(desk).press_sequentially("/refund")
    options = desk.locator(".rd-canned [role=option]")
    expect(options).to_have_count(1)
    box(desk).press("Enter")
    expect(box(desk)).to_have_value(re.compile(r"^Your refund goes to \[refund_to\]"))
    selected = "area => area.value.slice(area.selectionStart, area.selectionEnd)"
    expect(options).to_have_count(0)
    desk.wait_for_function(f"() => ({selected})(document.querySelector('.rd-box textarea')) === '[refund_to]'")
    box(desk).press_sequentially("your card")
    expect(box(desk)).to_have_value(re.compile(r"^Your refund goes to your card\."))


def test_what_is_meant_as_a_note_becomes_one_wherever_the_cursor_is(floor: Floor, mine: UUID, desk: Page) -> None:
    box(desk).fill("On my way.")
    box(desk).press("Control+Enter")
    desk.get_by_role("button", name="Send now").click()
    expect(box(desk)).to_be_focused()
    desk.evaluate("document.activeElement.blur()")
    desk.keyboard.press("Alt+n")
    expect(desk.locator(".rd-box-note")).to_be_visible()
    box(desk).fill("He sounds tired.")
    box(desk).press("Control+Enter")
    expect(desk.locator(".rd-by-note")).to_contain_text("He sounds tired.")
    assert agents_words(floor, mine) == ["On my way."]


def test_many_suggested_answers_push_nothing_off_the_screen(floor: Floor, mine: UUID, enter: Enter) -> None:
    newest = said_in(floor, mine)[0]
    question = "What happens when something quite long was asked and nobody knows how to shorten it?"
    answers = [{"question": f"{one}. {question}", "answer": "So.", "score": 0.9} for one in range(4)]
    floor.run(lambda session, desk: transcript.set_mood(session, newest, {"score": 0.1, "answers": answers}))
    page = shown(enter("ana@example.com", f"/c/{mine}"))
    expect(page.locator(".rd-suggestion")).to_have_count(4)
    for width in (1440, 1024):
        page.set_viewport_size({"width": width, "height": 800})
        centre = page.locator("#centre").bounding_box()
        send = page.locator(".rd-box").get_by_role("button", name="Send", exact=True).bounding_box()
        assert centre
        assert send
        assert send["x"] + send["width"] <= centre["x"] + centre["width"]


def test_a_canned_reply_is_found_although_its_name_was_typed_with_a_slip(desk: Page) -> None:
    box(desk).press_sequentially("/aproved")
    expect(desk.locator(".rd-canned [role=option]").first).to_contain_text("Approved")
    box(desk).press("Enter")
    expect(box(desk)).to_have_value(re.compile("^Good news, "))


def test_a_canned_reply_that_nobody_has_written_is_said_to_be_missing(desk: Page) -> None:
    box(desk).press_sequentially("/xylophone")
    expect(desk.locator(".rd-none")).to_have_text("No canned reply is called “xylophone”.")


def test_a_file_that_cannot_be_sent_is_refused_in_words(desk: Page, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    desk.locator(".rd-box input[type=file]").set_input_files(tmp_path / "notes.txt")
    expect(desk.locator(".rd-attached")).to_contain_text("Pictures (PNG, JPEG, GIF, WebP) and PDF files can be sent.")
    expect(desk.locator(".rd-box").get_by_role("button", name="Send", exact=True)).to_be_disabled()


def test_reading_along_needs_no_claim_and_the_box_says_why_it_is_shut(floor: Floor, enter: Enter) -> None:
    (waits,) = floor.wait_in_queue(Customer("Hello?"))
    page = shown(enter("ana@example.com", f"/c/{waits}"))
    expect(page.locator(".rd-shut")).to_contain_text("This customer waits for a person.")
    expect(box(page)).to_be_hidden()
    page.locator(".rd-shut").get_by_role("button", name="Claim").click()
    expect(box(page)).to_be_focused()
    expect(page.locator(".rd-line").last).to_contain_text("Ana Lopes has joined")


def test_the_loser_of_two_who_claim_is_told_who_was_faster(floor: Floor, enter: Enter) -> None:
    page = shown(enter("ana@example.com", f"/c/{(waits := floor.wait_in_queue(Customer('Hello?'))[0])}"))
    page.context.set_offline(True)
    floor.claim(waits, "Ben Okafor")
    page.locator("[data-act=claim]").click()
    page.context.set_offline(False)
    noticed = 60_000  # a browser may notice a dead connection only when a ping of its stays unanswered
    expect(page.locator(".rd-shut")).to_contain_text("Ben Okafor has this conversation.", timeout=noticed)


def test_losing_a_conversation_is_said_at_once_and_closes_the_box(floor: Floor, mine: UUID, desk: Page) -> None:
    async def take(session: AsyncSession, of: Desk) -> None:
        sam = next(one for one in await agents.everyone(session) if one.name == "Sam Reyes")
        await handovers.take_over(session, of, mine, sam)

    box(desk).fill("I was just wri")
    floor.run(take)
    expect(desk.locator(".rd-shut")).to_contain_text("Sam Reyes has this conversation.")
    expect(desk.get_by_text("Sam Reyes has taken this conversation over.")).to_be_visible()
    expect(desk.locator("[data-act=finish]")).to_have_count(0)


def test_a_reply_that_could_not_leave_any_more_is_not_lost(floor: Floor, mine: UUID, desk: Page) -> None:
    async def take(session: AsyncSession, of: Desk) -> None:
        sam = next(one for one in await agents.everyone(session) if one.name == "Sam Reyes")
        await handovers.take_over(session, of, mine, sam)

    box(desk).fill("Nearly there")
    box(desk).press("Control+Enter")
    expect(desk.locator(".rd-held")).to_be_visible()
    floor.run(take)
    let_due_replies_leave(floor, mine)
    expect(desk.locator(".rd-box .rd-problem")).to_contain_text("This reply did not leave")
    expect(desk.locator(".rd-box .rd-problem")).to_contain_text("Nearly there")
    expect(box(desk)).to_have_value("Nearly there")
    assert agents_words(floor, mine) == []


def test_a_held_reply_leaves_before_the_conversation_is_handed_back(floor: Floor, mine: UUID, desk: Page) -> None:
    box(desk).fill("It leaves tomorrow.")
    box(desk).press("Control+Enter")
    expect(desk.locator(".rd-held")).to_be_visible()
    desk.locator("[data-act=finish]").click()
    desk.locator(".rd-modal").get_by_role("button", name="Hand back").click()
    expect(desk.locator(".rd-shut")).to_contain_text("The assistant has this conversation.")
    assert agents_words(floor, mine) == ["It leaves tomorrow."]


def test_a_supervisor_takes_over_with_the_words_that_the_customer_then_reads(
    floor: Floor, mine: UUID, enter: Enter
) -> None:
    page = shown(enter("sam@example.com", f"/c/{mine}"))
    page.locator("[data-act=take_over]").click()
    told = page.locator(".rd-told p").inner_text()
    page.locator(".rd-modal .rd-main").click()
    expect(page.locator(".rd-line").last).to_contain_text(told)
    until(lambda: said_in(floor, mine)[-1].text == told)


def test_handing_back_shows_before_what_the_customer_reads_after(floor: Floor, mine: UUID, desk: Page) -> None:
    desk.locator("[data-act=finish]").click()
    dialog = desk.locator(".rd-modal")
    expect(dialog).to_contain_text("No return waits for a decision; none is changed.")
    expect(dialog.locator("input:checked")).to_be_focused()
    dialog.locator("textarea").fill("The new one leaves tomorrow.")
    told = dialog.locator(".rd-told p")
    expect(told).to_contain_text("The new one leaves tomorrow.")
    words = told.inner_text()
    dialog.get_by_role("button", name="Hand back").click()
    until(lambda: any(one.text == words for one in said_in(floor, mine)))
    expect(desk.locator(".rd-shut")).to_contain_text("The assistant has this conversation.")


def test_a_dialog_opens_although_its_button_was_drawn_anew_meanwhile(floor: Floor, mine: UUID, desk: Page) -> None:
    with psycopg.connect(floor.settings.database_url or "") as busy:
        busy.execute("LOCK TABLE returns IN ACCESS EXCLUSIVE MODE")  # what waits for a decision is read slowly
        desk.locator("[data-act=finish]").click()
        with psycopg.connect(floor.settings.database_url or "") as other:
            other.execute("UPDATE handoffs SET first_response_at = now() WHERE conversation_id = %s", (mine,))
        floor.write(mine, "And?")
        expect(desk.locator(".rd-head")).to_contain_text("Solution due")
    expect(desk.locator(".rd-modal")).to_contain_text("Finish and hand back")


def test_passing_on_tells_the_colleague_in_a_note_and_the_customer_in_a_sentence(
    floor: Floor, mine: UUID, desk: Page
) -> None:
    desk.locator("[data-act=transfer]").click()
    dialog = desk.locator(".rd-modal")
    dialog.locator("select").select_option("agent:Ben Okafor")
    expect(dialog.locator(".rd-told")).to_contain_text("Ben Okafor has joined and takes over from Ana Lopes")
    dialog.locator("textarea").fill("Please look into the stock.")
    dialog.get_by_role("button", name="Pass it on").click()
    expect(desk.locator(".rd-by-note")).to_contain_text("Please look into the stock.")
    expect(desk.locator(".rd-shut")).to_contain_text("Ben Okafor has this conversation.")


@pytest.fixture
def asked_for(floor: Floor, mine: UUID) -> str:
    """The number of a return of a camera that waits for a person."""

    async def open_it(session: AsyncSession, desk: Desk) -> str:
        evidence = Evidence(order_number="H206001", zip="60614")
        await identities.prove(session, desk, await repository.lock(session, mine), evidence)
        order = await store.find_order(session, "H206001")
        assert order
        rma = ids.new_rma_number()
        made = await HouseCarrier().issue_label(rma, "drop_off_qr")
        lines = (RequestLine(order.items[0].id, 1, "no_longer_needed"),)
        wish = OpenReturn(order.id, lines, "refund", "drop_off_qr")
        label = LabelTicket(rma, made.tracking_number, made.carrier_name)
        done = await returns.carry_out(session, desk, wish, By("customer", mine, told=True), label)
        assert done.text.startswith(f"I've noted your return as {rma}. ")
        return rma

    with psycopg.connect(floor.settings.database_url or "") as connection:
        connection.execute("UPDATE returns SET approval = 'cancelled' WHERE approval = 'requested'")
    return floor.run(open_it)


def test_what_waits_for_a_person_is_refused_beside_the_transcript_with_a_reason(
    floor: Floor, mine: UUID, asked_for: str, enter: Enter
) -> None:
    page = shown(enter("ana@example.com", f"/c/{mine}"))
    expect(page.locator(".rd-decide")).to_contain_text(asked_for)
    page.locator(".rd-decide").get_by_role("button", name="Decide").click()
    page.locator(".rd-return-waits").get_by_role("button", name="Refuse").click()
    dialog = page.locator(".rd-modal")
    dialog.locator(".rd-danger").click()
    expect(dialog.locator(".rd-problem")).to_contain_text("Write why it is refused")
    dialog.locator("textarea").fill("It was used for a month")
    expect(dialog.locator(".rd-told")).to_contain_text("It was used for a month.")
    words = dialog.locator(".rd-told p").inner_text()
    dialog.locator(".rd-danger").click()
    expect(page.locator(".rd-line").last).to_contain_text(words)
    expect(page.locator(".rd-return", has_text=asked_for)).to_contain_text("Refused")
    assert said_in(floor, mine)[-1].text == words


def test_nothing_is_decided_for_a_return_that_waits_until_an_outcome_was_chosen(
    floor: Floor, mine: UUID, asked_for: str, enter: Enter
) -> None:
    page = shown(enter("ana@example.com", f"/c/{mine}"))
    page.locator("[data-act=finish]").click()
    dialog = page.locator(".rd-modal")
    expect(dialog).to_contain_text(f"{asked_for}: waits for your decision")
    assert dialog.locator("input:checked").count() == 0
    dialog.locator("textarea").fill("All is well.")
    dialog.get_by_role("button", name="Hand back").click()
    expect(dialog.locator(".rd-problem")).to_contain_text("Choose an outcome")
    assert said_in(floor, mine)[-1].author is not Author.SYSTEM or "All is well" not in said_in(floor, mine)[-1].text
    dialog.locator("label").filter(has_text="Waiting for").click()
    expect(dialog).to_contain_text(f"{asked_for}: still waits for a decision")
    expect(dialog.locator(".rd-told")).to_contain_text("All is well.")


def test_only_what_is_ticked_comes_into_a_return_that_an_agent_opens(floor: Floor, mine: UUID, enter: Enter) -> None:
    async def prove(session: AsyncSession, desk: Desk) -> None:
        evidence = Evidence(order_number="H206005", zip="60614")
        await identities.prove(session, desk, await repository.lock(session, mine), evidence)

    floor.run(prove)
    page = shown(enter("ana@example.com", f"/c/{mine}"))
    page.locator("#rd-tab-orders").click()
    order = page.locator(".rd-order", has_text="H206005")
    order.locator("summary").first.click()
    order.get_by_role("button", name="Open a return").click()
    dialog = page.locator(".rd-modal")
    expect(dialog).to_contain_text("Choose what comes back.")
    expect(dialog.get_by_label("What the customer gets")).to_have_count(0)
    dialog.locator("label").filter(has_text="Stone Mug").click()
    dialog.get_by_label("Pieces").last.select_option("3")
    expect(dialog.get_by_label("What the customer gets")).to_contain_text("$54.00")
    dialog.get_by_label("Pieces").select_option("1")
    expect(dialog.get_by_label("What the customer gets")).to_contain_text("$18.00")


def test_a_dialog_stays_while_the_order_behind_it_changes(
    floor: Floor, mine: UUID, asked_for: str, enter: Enter
) -> None:
    page = shown(enter("ana@example.com", f"/c/{mine}"))
    page.locator("#rd-tab-orders").click()
    page.locator(".rd-return-waits").get_by_role("button", name="Refuse").click()
    page.locator(".rd-modal textarea").fill("I was about to write")
    with psycopg.connect(floor.settings.database_url or "") as connection:
        connection.execute("UPDATE returns SET needs_person = 'It is dear.' WHERE rma = %s", (asked_for,))
    floor.write(mine, "Is it decided?")
    expect(page.locator(".rd-needs")).to_contain_text("It is dear.")
    expect(page.locator(".rd-modal textarea")).to_have_value("I was about to write")


def test_an_order_is_looked_up_however_its_number_is_written(desk: Page) -> None:
    desk.locator("#rd-tab-orders").click()
    field = desk.locator(".rd-look-up input")
    field.fill("# h 204518")
    field.press("Enter")
    expect(desk.locator(".rd-order summary").first).to_contain_text("#H204518")
    field.fill("h999999")
    field.press("Enter")
    expect(desk.locator(".rd-look-up [role=alert]")).to_have_text("There is no order under “h999999”.")


def test_the_customers_typing_is_seen_and_the_agents_is_announced(floor: Floor, mine: UUID, desk: Page) -> None:
    floor.run(lambda session, desk: events.announce_typing(session, mine, "customer"))
    expect(desk.locator(".rd-typing")).to_have_text("Customer is writing…")
    floor.write(mine, "Here I am")
    expect(desk.locator(".rd-words").last).to_have_text("Here I am")
    desk.wait_for_timeout(500)  # the desk still knows of the typing; the words have come
    expect(desk.locator(".rd-typing")).to_have_text("", timeout=1)
    with psycopg.connect(floor.settings.database_url or "", autocommit=True) as listening:
        listening.execute("LISTEN conversation_typing")
        box(desk).press_sequentially("Hel")
        heard = [notice.payload for notice in listening.notifies(timeout=3, stop_after=1)]
    assert heard == [f"{mine}:agent"]


def test_a_long_transcript_opens_at_its_end_and_is_there_from_the_first_word(floor: Floor, enter: Enter) -> None:
    (waits,) = floor.wait_in_queue(Customer("the first word", minutes_ago=60))

    async def talk(session: AsyncSession, desk: Desk) -> None:
        owner = await repository.get(session, waits)
        drafts = [Draft(f"line {number} of a long talk") for number in range(500)]
        sender = outbox.Sender(Author.BOT, owner.owner_counter)
        await outbox.send(session, waits, drafts, sender, desk.clock.now())

    floor.run(talk, timedelta(minutes=30))
    page = shown(enter("ana@example.com", f"/c/{waits}"))
    expect(page.locator(".rd-words").last).to_have_text("line 499 of a long talk")
    expect(page.locator(".rd-words").last).to_be_in_viewport()
    expect(page.locator(".rd-words").first).to_have_text("the first word")
    assert page.locator(".rd-row").count() >= 501


def test_a_search_result_opens_at_its_message(floor: Floor, enter: Enter) -> None:
    (waits,) = floor.wait_in_queue(Customer("the first word", earlier=tuple(f"line {one}\n\n\n" for one in range(30))))
    page = shown(enter("ana@example.com", f"/c/{waits}?at=2"))
    expect(page.locator('.rd-row[data-seq="2"]')).to_be_in_viewport()
