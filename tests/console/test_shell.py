"""The frame of the console: the lists, the keys, alerts, theme, the supervisor's page, search."""

import re
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Page, expect

from casework import agents, handovers
from conversations import repository
from handoff.agent import Role
from handoff.ticket import Reason
from tests.console.conftest import Enter
from tests.console.floor import Customer, Floor

HOSTILE = 'teapot <img src=x onerror="document.title=1"> {{ 7 * 7 }} ${x} `y`'


@pytest.fixture(scope="module", autouse=True)
def people(floor: Floor) -> None:
    floor.agent("Ana Lopes", team="returns", languages=("en", "es"))
    floor.agent("Ben Okafor", team="warehouse")
    floor.agent("Sam Reyes", Role.SUPERVISOR)


@pytest.fixture(autouse=True)
def nobody_waits_from_before(floor: Floor) -> None:
    """Each test has its own customers."""
    with psycopg.connect(floor.settings.database_url or "") as connection:
        connection.execute("UPDATE handoffs SET stage = 'released'")
        connection.execute("UPDATE conversations SET owner = 'bot', agent_name = NULL")


def line(page: Page, conversation_id: UUID):
    return page.locator(f'.line:has(a[href="/c/{conversation_id}"])')


def ticket(floor: Floor, conversation_id: UUID):
    return floor.run(lambda session, desk: handovers.ticket_of(session, conversation_id))


def test_a_line_of_the_queue_says_why_who_where_and_since_when(floor: Floor, enter: Enter):
    (waits,) = floor.wait_in_queue(
        Customer("I wait for my money", Reason.COMPLAINT, 12, channel="whatsapp", mood=0.7, language="es")
    )
    shown = line(enter("ana@example.com"), waits)
    for words in ("Urgent", "Complaint", "Tense", "WhatsApp", "Spanish", "12 min", "I wait for my money"):
        expect(shown).to_contain_text(words)


def test_what_a_customer_writes_is_shown_as_text_whatever_it_is(floor: Floor, enter: Enter):
    (waits,) = floor.wait_in_queue(Customer(HOSTILE))
    page = enter("ana@example.com")
    expect(line(page, waits).locator(".line-words")).to_have_text(HOSTILE)
    assert page.locator(".inbox img").count() == 0
    page.goto(f"{floor.url}/search?q=teapot")
    expect(page.locator(".hit-text")).to_contain_text("{{ 7 * 7 }} ${x}")  # the search leaves tags out of a snippet
    assert page.locator(".hits img").count() == 0


def test_a_new_customer_appears_by_themselves_and_the_title_counts_them(floor: Floor, enter: Enter):
    page = enter("ana@example.com")
    expect(page.locator(".list-empty b")).to_have_text("Nobody is waiting.")
    (waits,) = floor.wait_in_queue(Customer())
    expect(line(page, waits)).to_be_visible(timeout=2_000)
    expect(page).to_have_title(re.compile(r"^\(1\) "))


def test_looking_at_a_waiting_conversation_does_not_claim_it(floor: Floor, enter: Enter):
    (waits,) = floor.wait_in_queue(Customer())
    page = enter("ana@example.com")
    line(page, waits).locator("a").click()
    expect(page).to_have_url(f"{floor.url}/c/{waits}")
    expect(page.locator("#centre")).to_contain_text("My parcel arrived broken.")
    assert ticket(floor, waits).waits


def test_claiming_a_line_moves_it_to_mine_and_opens_it(floor: Floor, enter: Enter):
    (waits,) = floor.wait_in_queue(Customer())
    page = enter("ana@example.com")
    line(page, waits).get_by_role("button", name="Claim").click()
    expect(page.locator("section[aria-labelledby=mine-title] .line")).to_have_count(1)
    expect(page).to_have_url(f"{floor.url}/c/{waits}")
    assert ticket(floor, waits).agent_name == "Ana Lopes"


def test_who_comes_second_is_told_who_was_faster(floor: Floor, enter: Enter):
    (waits,) = floor.wait_in_queue(Customer())
    page = enter("ana@example.com")
    line(page, waits).get_by_role("button").evaluate("button => { window.claim = button }")
    floor.claim(waits, "Ben Okafor")
    page.evaluate("window.claim.click()")  # by somebody whose screen is a moment behind
    expect(page.locator(".say.bad")).to_contain_text("Ben Okafor")
    assert ticket(floor, waits).agent_name == "Ben Okafor"


def test_the_key_n_claims_the_most_urgent_that_fits_and_says_when_there_is_none(floor: Floor, enter: Enter):
    calm, urgent = floor.wait_in_queue(Customer(minutes_ago=30), Customer(reason=Reason.SAFETY, minutes_ago=1))
    page = enter("ana@example.com")
    expect(line(page, calm)).to_be_visible()
    page.keyboard.press("n")
    expect(page).to_have_url(f"{floor.url}/c/{urgent}")
    page.locator("h2").first.click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    expect(page).to_have_url(f"{floor.url}/c/{calm}")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    expect(page.locator(".say")).to_contain_text("Nobody is waiting")


def test_the_lists_are_walked_opened_and_left_with_keys_alone(floor: Floor, enter: Enter):
    first, second = floor.wait_in_queue(Customer(minutes_ago=9), Customer(minutes_ago=3))
    page = enter("ana@example.com")
    expect(line(page, second)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{floor.url}/c/{second}")
    page.go_back()
    expect(page.locator(".nothing")).to_be_visible()
    page.go_forward()
    expect(page.locator("#centre")).to_contain_text("My parcel arrived broken.")
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page).to_have_url(f"{floor.url}/")
    line(page, first).locator("a").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{floor.url}/c/{first}")
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{floor.url}/")


def test_keys_do_nothing_while_somebody_writes(floor: Floor, enter: Enter):
    (waits,) = floor.wait_in_queue(Customer())
    page = enter("ana@example.com")
    expect(line(page, waits)).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.locator(".bar-search input")).to_be_focused()
    page.keyboard.type("n?gq")
    expect(page.locator(".bar-search input")).to_have_value("n?gq")
    assert not page.locator("#keys[open]").count()
    assert ticket(floor, waits).waits


def test_a_question_mark_shows_every_key_and_escape_closes_the_sheet(enter: Enter):
    page = enter("ana@example.com")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    for words in ("Claim the next one that waits", "Search all conversations", "Canned replies"):
        expect(page.locator("#keys")).to_contain_text(words)
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_an_unread_word_of_a_customer_is_marked_until_it_was_opened(floor: Floor, enter: Enter):
    quiet, talks = floor.wait_in_queue(Customer(), Customer("Hello?"))
    floor.claim(quiet, "Ana Lopes")
    floor.claim(talks, "Ana Lopes")
    page = enter("ana@example.com")
    expect(line(page, talks).locator(".dot")).to_be_visible()
    line(page, talks).locator("a").click()
    expect(line(page, talks).locator(".dot")).to_have_count(0)
    line(page, quiet).locator("a").click()
    expect(line(page, quiet).locator(".dot")).to_have_count(0)
    expect(line(page, talks).locator(".dot")).to_have_count(0)
    floor.write(talks, "Are you there?")
    expect(line(page, talks).locator(".dot")).to_be_visible(timeout=2_000)


def test_only_a_hundred_lines_are_drawn_and_the_rest_is_counted(floor: Floor, enter: Enter):
    (first,) = floor.wait_in_queue(Customer())
    floor.crowd(first, 102)
    page = enter("ana@example.com")
    expect(page.locator(".line.queued")).to_have_count(100)
    expect(page.locator(".list-more")).to_have_text("and 3 more")


def test_the_queue_can_be_narrowed_to_what_fits(floor: Floor, enter: Enter):
    english, french = floor.wait_in_queue(Customer(), Customer(language="fr"))
    page = enter("ben@example.com")
    expect(line(page, french)).to_be_visible()
    page.get_by_role("button", name="Fits me").click()
    expect(line(page, french)).to_have_count(0)
    expect(line(page, english)).to_be_visible()
    page.get_by_role("button", name="Team").click()
    expect(page.locator(".list-empty").last).to_have_text("Nothing waits for your team.")


def test_new_work_is_called_out_once_although_two_tabs_are_open(floor: Floor, enter: Enter):
    first = enter("ana@example.com")
    second = first.context.new_page()
    second.goto(floor.url)
    second.wait_for_selector(".inbox")
    second.wait_for_timeout(1_000)
    (waits,) = floor.wait_in_queue(Customer(reason=Reason.COMPLAINT))
    for page in (first, second):
        expect(line(page, waits)).to_be_visible(timeout=3_000)
    first.wait_for_timeout(800)
    assert first.locator(".say.work").count() + second.locator(".say.work").count() == 1
    told = first if first.locator(".say.work").count() else second
    expect(told.locator(".say.work")).to_contain_text("Complaint")
    told.locator(".say.work a").click()
    expect(told).to_have_url(f"{floor.url}/c/{waits}")


def test_a_call_goes_from_the_screen_when_a_colleague_has_taken_the_conversation(floor: Floor, enter: Enter):
    page = enter("ana@example.com")
    page.wait_for_timeout(1_000)
    first, second = floor.wait_in_queue(Customer(reason=Reason.COMPLAINT), Customer())
    expect(line(page, second)).to_be_visible(timeout=3_000)
    expect(page.locator(".say.work").first).to_be_visible()
    floor.claim(first, "Ben Okafor")
    expect(page.locator(".says")).not_to_contain_text("Complaint", timeout=3_000)
    floor.claim(second, "Ana Lopes")
    expect(page.locator(".say.work")).to_have_count(0, timeout=3_000)


def test_who_passes_a_conversation_to_their_own_team_is_not_called_for_it(floor: Floor, enter: Enter):
    (waits,) = floor.wait_in_queue(Customer())
    floor.claim(waits, "Ana Lopes")
    page = enter("ana@example.com", f"/c/{waits}")
    expect(page.locator("[data-act=transfer]")).to_be_visible()
    page.locator("[data-act=transfer]").click()
    page.locator(".rd-modal select").select_option("team:returns")
    page.locator(".rd-modal").get_by_role("button", name="Pass it on").click()
    expect(line(page, waits).locator(".fact", has_text="returns team")).to_be_visible()
    page.wait_for_timeout(800)
    assert page.locator(".say").all_inner_texts() == []


def test_the_bell_goes_from_sound_to_notices_to_silence_and_back(enter: Enter):
    page = enter("ana@example.com", permissions=["notifications"])
    bell = page.locator(".bar-sound")
    for state in ("sound", "sound and desktop notices", "off", "sound"):
        expect(bell).to_have_attribute("title", f"New work: {state}. Press to change.")
        bell.click()


def test_sound_can_be_switched_off_while_the_browsers_question_is_not_answered(enter: Enter):
    page = enter("ben@example.com")
    page.evaluate("() => { Object.defineProperty(Notification, 'permission', { get: () => 'default' }) }")
    page.evaluate("() => { Notification.requestPermission = () => new Promise(() => {}) }")
    page.locator(".bar-sound").click()
    expect(page.locator(".say").last).to_contain_text("Your browser asks")
    page.locator(".bar-sound").click()
    expect(page.locator(".bar-sound")).to_have_attribute("title", "New work: off. Press to change.")


def test_the_switch_says_away_everywhere_and_is_kept(floor: Floor, enter: Enter):
    page = enter("ben@example.com")
    switch = page.get_by_role("switch")
    expect(switch).to_have_attribute("aria-checked", "true")
    switch.click()
    expect(switch).to_have_text("Away")
    page.reload()
    expect(page.get_by_role("switch")).to_have_text("Away")
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.get_by_role("switch")).to_have_text("Available")


def test_an_open_page_makes_its_agent_online(floor: Floor, enter: Enter):
    page = enter("ben@example.com")

    async def online(session, desk):
        return [one.name for one in await agents.everyone(session) if one.is_online(desk.clock.now())]

    for _ in range(50):
        if "Ben Okafor" in floor.run(online):
            return
        page.wait_for_timeout(200)
    pytest.fail("Ben's page is open, and he does not count as online")


def test_the_theme_is_kept_with_the_agent(enter: Enter):
    page = enter("ana@example.com")
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "auto")
    page.locator(".bar-theme").click()
    page.locator(".bar-theme").click()
    expect(root).to_have_attribute("data-theme", "dark")
    page.wait_for_timeout(300)
    page.reload()
    expect(root).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(228, 232, 229)"


def test_the_supervisors_page_is_kindly_refused_to_others(floor: Floor, enter: Enter):
    page = enter("ana@example.com")
    answer = page.goto(f"{floor.url}/supervisor")
    assert answer
    assert answer.status == 403
    expect(page.locator("h1")).to_have_text("For supervisors")


def test_a_supervisor_sees_the_floor_and_takes_over_after_a_question(floor: Floor, enter: Enter):
    waits, held = floor.wait_in_queue(Customer(minutes_ago=7), Customer("Still broken", Reason.COMPLAINT))
    floor.claim(held, "Ana Lopes")
    page = enter("sam@example.com", "/supervisor")
    row = page.locator(f'tr:has(a[href="/c/{held}"])')
    expect(row).to_contain_text("Ana Lopes")
    expect(page.locator(".figure").first).to_contain_text("1")
    expect(page.locator(".people")).to_contain_text("1/6")
    row.get_by_role("button").click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Ana Lopes has it now")
    expect(dialog).to_contain_text("Sam Reyes has joined")
    assert ticket(floor, held).agent_name == "Ana Lopes"
    dialog.get_by_role("button", name="Take over").click()
    expect(page).to_have_url(f"{floor.url}/c/{held}")
    assert ticket(floor, held).agent_name == "Sam Reyes"
    assert ticket(floor, waits).waits


def test_the_supervisors_page_follows_what_happens(floor: Floor, enter: Enter):
    page = enter("sam@example.com", "/supervisor")
    expect(page.locator(".tickets tbody tr")).to_have_count(0)
    (waits,) = floor.wait_in_queue(Customer())
    expect(page.locator(".tickets tbody tr")).to_contain_text("Waiting", timeout=4_000)
    floor.claim(waits, "Ben Okafor")
    expect(page.locator(".tickets tbody tr")).to_contain_text("Ben Okafor", timeout=4_000)


def test_a_search_marks_the_words_and_opens_the_message(floor: Floor, enter: Enter):
    (waits,) = floor.wait_in_queue(Customer("The turquoise kettle leaks", earlier=("hello",)))
    page = enter("ana@example.com")
    page.keyboard.press("Control+k")
    page.keyboard.type("turquoise kettle")
    page.keyboard.press("Enter")
    expect(page.locator(".hit mark").first).to_have_text("turquoise")
    page.locator(".hit a").click()
    expect(page).to_have_url(f"{floor.url}/c/{waits}?at=2")
    expect(page.locator("#centre")).to_contain_text("The turquoise kettle leaks")


def test_a_conversation_that_does_not_exist_is_said_in_words(floor: Floor, enter: Enter):
    page = enter("ana@example.com", "/c/00000000-0000-4000-8000-000000000001")
    expect(page.locator("#centre h2")).to_have_text("There is no such conversation")
    page.goto(f"{floor.url}/c/nonsense")
    expect(page.locator("#centre h2")).to_have_text("There is no such conversation")


def test_a_page_shows_the_truth_again_after_the_console_was_restarted(floor: Floor, enter: Enter):
    page = enter("ana@example.com")
    expect(page.locator(".list-empty b")).to_be_visible()
    floor.stop()
    (waits,) = floor.wait_in_queue(Customer("Written while nobody served"))
    floor.start()
    expect(line(page, waits)).to_be_visible(timeout=25_000)


def test_the_customers_presence_is_kept_apart_from_the_queue(floor: Floor, enter: Enter):
    here, gone = floor.wait_in_queue(Customer(), Customer(is_here=False))
    page = enter("ana@example.com")
    expect(line(page, here)).not_to_contain_text("Left")
    expect(line(page, gone)).to_contain_text("Left")
    assert floor.run(lambda session, desk: repository.get(session, here)).id == here
