"""The fourteenth and fifteenth complaint: messages that are missed, and customers who hear of none.

The customer's side is the real web chat API on a real port, and a real browser.
"""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, async_playwright, expect
from sqlalchemy import text

from casework import replies
from conversations import repository
from conversations.message import Author
from handoff import errors
from kit.clock import SystemClock
from tests import chromium
from tests.casework.shift import Customer, Shift

pytestmark = pytest.mark.database
pytest_plugins = ("tests.casework.shift_fixtures",)


def last_monday() -> datetime:
    """Return ten in the shop's morning of a Monday that is over: tokens are dated by the desk's clock, and read now."""
    day = SystemClock().now().replace(hour=18, minute=0, second=0, microsecond=0)
    return day - timedelta(days=7 + day.weekday())


# -- 14


async def test_14_a_client_that_was_away_gets_everything_after_the_last_number_it_knows(shift: Shift) -> None:
    await shift.stand_at(last_monday())
    await shift.agent()
    async with shift.site() as site:
        customer, headers = await _visits(shift, site)
        before = await _read(site, headers)
        await customer.asks_for_person()
        await customer.is_claimed()
        for number in range(30):
            await customer.is_answered(f"Part {number}")
        await shift.wait(days=2)  # longer than any window of time
        after = await _read(site, headers, before["messages"][-1]["seq"])

    seqs = [message["seq"] for message in before["messages"] + after["messages"]]
    assert seqs == list(range(1, len(seqs) + 1))
    assert [message["text"] for message in after["messages"]][-30:] == [f"Part {number}" for number in range(30)]
    assert (after["owner"], after["agent_name"]) == ("agent", "Ana")


async def test_14_a_reply_on_a_stale_view_is_refused_by_the_server(shift: Shift) -> None:
    await shift.stand_at(last_monday())
    await shift.agent()
    async with shift.site() as site:
        customer, headers = await _visits(shift, site)
        await customer.asks_for_person()
        await customer.is_claimed()
        seen = (await customer.transcript())[-1].seq
        body = {"text": "It was the green one.", "client_message_id": "late"}
        assert (await site.post("/api/chat/v1/messages", json=body, headers=headers)).status_code == 200

        with pytest.raises(errors.StaleView) as stale:
            await customer.is_answered("The blue one, then.", seen=seen)

    assert [message.text for message in stale.value.missed] == ["It was the green one."]
    assert await customer.heard(Author.AGENT) == []


async def test_14_two_agents_cannot_both_answer(shift: Shift) -> None:
    await shift.agent("Ana")
    await shift.agent("Ben")
    customer = await shift.waiting_customer()
    both = (customer.is_answered("Hello, Ana here.", "Ana"), customer.is_answered("Hello, Ben here.", "Ben"))
    results = await asyncio.gather(*both, return_exceptions=True)

    assert [type(result) for result in results].count(errors.NotTheOwner) == 1
    assert len(await customer.heard(Author.AGENT)) == 1


async def test_14_the_same_message_sent_again_after_a_lost_answer_is_one(shift: Shift) -> None:
    await shift.stand_at(last_monday())
    async with shift.site() as site:
        customer, headers = await _visits(shift, site)
        body = {"text": "hello", "client_message_id": str(uuid.uuid4())}
        first, second = [await site.post("/api/chat/v1/messages", json=body, headers=headers) for _ in range(2)]

    assert first.json()["accepted"] == second.json()["accepted"]
    assert await customer.heard(Author.CUSTOMER) == ["hello"]


async def test_14_a_reply_survives_a_worker_that_dies_in_the_seconds_in_which_it_can_be_undone(shift: Shift) -> None:
    await shift.agent()
    customer = await shift.waiting_customer()
    await customer.is_claimed()
    held = await customer.is_written("Your refund is on its way.")
    await shift.stand_at(held.due_at + timedelta(seconds=6))
    await shift.sweep()
    async with shift.desk.database.transaction() as session:
        assert await replies.leave_when_due(session, shift.desk, held.id) is None

    assert await customer.heard(Author.AGENT) == ["Your refund is on its way."]


# -- 15 (every other part of the widget with a keyboard alone: tests/browser)


async def test_15_a_screen_reader_hears_each_new_message_with_its_author_and_choices_are_one_tab_away(
    shift: Shift,
) -> None:
    await shift.stand_at(last_monday())
    await shift.agent()
    async with shift.site() as site, _browser() as browser:
        page = await browser.new_page()
        await page.goto(str(site.base_url))
        widget = page.locator("returndesk-chat")
        await widget.locator('button[aria-label="Open chat"]').press("Enter")
        composer, log = widget.get_by_label("Message", exact=True), widget.get_by_role("log")
        await composer.fill("I need a person")
        await composer.press("Enter")
        customer = await _who_wrote(shift, "I need a person")
        await customer.asks_for_person()
        await customer.is_helped(line="Your refund is on its way.")

        await expect(log).to_have_attribute("aria-live", "polite")
        await expect(log).to_have_attribute("aria-relevant", re.compile("additions"))
        answer = log.locator(".message", has_text="I'm looking.")
        await expect(answer).to_be_visible()
        assert "Ana" in await answer.inner_text()
        await expect(log.get_by_role("button", name="5 of 5")).to_be_visible()
        await composer.focus()
        await page.keyboard.press("Shift+Tab")
        await expect(log.get_by_role("button", name="5 of 5")).to_be_focused()


# -- the customer's side of the web chat


async def _visits(shift: Shift, site: httpx.AsyncClient) -> tuple[Customer, dict[str, str]]:
    """Open the chat in a browser; returns the conversation as the desk sees it, and what proves the session."""
    response = await site.post("/api/chat/v1/sessions", json={})
    assert response.status_code == 201, response.text
    opened = response.json()
    async with shift.desk.database.transaction() as session:
        found = await repository.find(session, "web", opened["session_id"])
    assert found is not None
    return Customer(shift, found.id, "web", found.address), {"Authorization": f"Bearer {opened['token']}"}


async def _read(site: httpx.AsyncClient, headers: dict[str, str], after: int = 0) -> dict[str, Any]:
    response = await site.get("/api/chat/v1/messages", params={"after": after}, headers=headers)
    assert response.status_code == 200, response.text
    return dict(response.json())


async def _who_wrote(shift: Shift, words: str) -> Customer:
    """Return the conversation in which a customer has written something, once it has arrived."""
    query = text("SELECT conversation_id FROM messages WHERE author = 'customer' AND text = :words")
    async with asyncio.timeout(20):
        while True:
            async with shift.desk.database.transaction() as session:
                found = await session.scalar(query, {"words": words})
                if found:
                    return Customer(shift, found, "web", (await repository.get(session, found)).address)
            await asyncio.sleep(0.05)


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    program = chromium.program()
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=chromium.ARGUMENTS)
        yield opened
        await opened.close()
