"""The way back into a conversation: the right link opens one conversation, for a while, and nothing else does."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import FileResponse
from playwright.async_api import Page, async_playwright, expect

from api import resume
from bot import webchat_api
from bot.channels.webchat import WebChat
from casework import links, web_sessions
from casework.desk import Desk
from conversations import inbox, outbox, repository
from conversations.message import Author, Draft
from gateways.carrier import HouseCarrier
from handoff import rules as handoff_rules
from kit import jobs
from kit.clock import FixedClock, SystemClock
from kit.db import Database
from kit.events import Listener
from kit.settings import PROJECT_ROOT, Settings
from store import policy_file
from tests import chromium
from tests.bot import serving

pytestmark = pytest.mark.database

KEY = "a key of at least thirty-two characters"
ADDRESS = "0f5e7a0e-6f1f-4b53-9d0e-3c5f1f6f7a11"


@dataclass
class Desktop:
    """A browser without JavaScript, the desk, and a conversation of its web chat."""

    desk: Desk
    client: httpx.AsyncClient
    conversation_id: UUID

    def link(self, conversation_id: UUID | None = None, days_ago: float = 0) -> str:
        """Return a link as it was made so many days ago."""
        clock = FixedClock(self.desk.clock.now() - timedelta(days=days_ago))
        made = replace(self.desk, clock=clock)
        return urlsplit(links.to_resume(made, conversation_id or self.conversation_id)).path

    async def another(self, channel: str) -> UUID:
        """Open a conversation of another channel."""
        async with self.desk.database.transaction() as session:
            opened = await inbox.open_conversation(session, channel, "someone", "en", self.desk.clock.now())
        return opened.id


@pytest.fixture
async def desktop(database: Database, database_url: str) -> AsyncIterator[Desktop]:
    """The page on a desk with one conversation."""
    settings = Settings(_env_file=None, DATABASE_URL=database_url, secret_key=KEY, public_url="https://desk.example")
    jobs_app = jobs.create_app(database_url)
    async with jobs_app.open_async():
        desk = Desk(
            database=database,
            jobs=jobs.Jobs(jobs_app),
            clock=SystemClock(),
            settings=settings,
            book=policy_file.read(settings.policy),
            carrier=HouseCarrier(),
            handoff=handoff_rules.read(settings.handoff),
        )
        async with database.transaction() as session:
            opened = await inbox.open_conversation(session, "web", ADDRESS, "en", desk.clock.now())
        application = FastAPI()
        application.include_router(resume.router(desk))
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="https://desk.example") as client:
            yield Desktop(desk, client, opened.id)


def handed_over(page: str) -> dict[str, str]:
    """Return what a page hands to its script."""
    return {name: unescape(value) for name, value in re.findall(r'data-(\w+)="([^"]*)"', page)}


async def test_a_fresh_link_gives_the_browser_a_session_of_that_same_conversation(desktop: Desktop) -> None:
    response = await desktop.client.get(desktop.link(days_ago=6.9))
    given = handed_over(response.text)

    assert response.status_code == 200
    assert web_sessions.read(given["token"], KEY) == web_sessions.Session(ADDRESS)
    assert given["session"] == ADDRESS
    assert given["shop"] == "Harbour & Pine"


async def test_a_link_that_has_ended_leads_to_a_kind_page_without_a_way_in(desktop: Desktop) -> None:
    response = await desktop.client.get(desktop.link(days_ago=7.01))

    assert response.status_code == 403
    assert resume.ENDED in response.text
    assert "Nothing that was" in response.text
    assert handed_over(response.text) == {}


async def test_forged_links_links_for_something_else_and_unknown_conversations_all_look_the_same(
    desktop: Desktop,
) -> None:
    desk = desktop.desk
    ended = (await desktop.client.get(desktop.link(days_ago=8))).text
    good = desktop.link().removeprefix("/resume/")
    head, payload, signature = good.split(".")
    _, session_token, _ = web_sessions.issue(KEY, datetime.now(UTC), 30)
    other_key = Settings(_env_file=None, secret_key="another key of at least thirty-two characters")
    tokens = {
        "nonsense": "nonsense",
        "another signature": f"{head}.{payload}.{signature[:-6]}AAAAAA",
        "no signature": f"{head}.{payload}.",
        "another key": links.to_resume(replace(desk, settings=other_key), desktop.conversation_id).rsplit("/", 1)[1],
        "a label": links.to_label(desk, "RMA-1000-0032").rsplit("/", 1)[1].removesuffix(".pdf"),
        "an attachment": links.to_attachment(desk, desktop.conversation_id).rsplit("/", 1)[1],
        "a session": session_token,
        "nobody's conversation": desktop.link(uuid4()).removeprefix("/resume/"),
        "another channel": desktop.link(await desktop.another("telegram")).removeprefix("/resume/"),
    }
    for what, token in tokens.items():
        response = await desktop.client.get(f"/resume/{token}")

        assert response.status_code == 403, what
        assert response.text == ended, what


async def test_a_link_to_resume_opens_no_label_no_attachment_and_no_session(desktop: Desktop) -> None:
    token = desktop.link().removeprefix("/resume/")

    assert links.rma_of(desktop.desk, token) is None
    assert links.attachment_of(desktop.desk, token) is None
    assert web_sessions.read(token, KEY) is None


async def test_the_page_keeps_its_address_and_its_scripts_to_itself(desktop: Desktop) -> None:
    for path in (desktop.link(), "/resume/nonsense"):
        headers = (await desktop.client.get(path)).headers

        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "private, no-store"
        assert headers["x-robots-tag"] == "noindex"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "script-src 'self';" in headers["content-security-policy"]
        assert "wss://desk.example" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


async def test_what_the_page_loads_is_there(desktop: Desktop) -> None:
    page = (await desktop.client.get(desktop.link())).text
    named = set(re.findall(r'(?:src|href)="\.\.(/resume-page/[\w.]+)"', page))

    assert named == {"/resume-page/resume.js", "/resume-page/page.css"}
    for path in named:
        assert (await desktop.client.get(path)).status_code == 200
    assert "<script>" not in page
    assert "style=" not in page


@asynccontextmanager
async def live(desktop: Desktop, database_url: str) -> AsyncIterator[Desktop]:
    """Serve the page beside the widget and the web chat on a real port."""
    bound = serving.listening_socket()
    settings = desktop.desk.settings.model_copy(update={"public_url": serving.address_of(bound)})
    desk = replace(desktop.desk, settings=settings)
    listener = Listener(database_url)
    application = FastAPI()
    application.include_router(resume.router(desk))
    application.include_router(webchat_api.router(WebChat(desk, listener)))

    @application.get("/widget/returndesk.js")
    async def widget() -> FileResponse:
        return FileResponse(PROJECT_ROOT / "bot" / "widget" / "returndesk.js", media_type="text/javascript")

    await listener.start()
    try:
        async with serving.serving(application, bound):
            yield replace(desktop, desk=desk)
    finally:
        await listener.stop()


@asynccontextmanager
async def browser() -> AsyncIterator[Page]:
    """Open a browser window."""
    program = chromium.program()
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=chromium.ARGUMENTS)
        yield await opened.new_page()
        await opened.close()


async def say(desk: Desk, conversation_id: UUID, text: str) -> None:
    """Say something as an agent."""
    async with desk.database.transaction() as session:
        conversation = await repository.lock(session, conversation_id)
        sender = outbox.Sender(Author.AGENT, conversation.owner_counter, "Ana")
        await outbox.send(session, conversation_id, [Draft(text)], sender, desk.clock.now())


@pytest.mark.browser
async def test_a_browser_that_follows_the_link_goes_on_in_that_conversation_whatever_it_had_before(
    desktop: Desktop, database_url: str
) -> None:
    async with live(desktop, database_url) as served, browser() as page:
        other = await served.another("web")
        await say(served.desk, other, "Words of another conversation")
        await page.goto(links.to_resume(served.desk, other))
        await expect(page.get_by_text("Words of another conversation")).to_be_visible()

        await say(served.desk, served.conversation_id, "The answer to your question")
        await page.goto(links.to_resume(served.desk, served.conversation_id))
        await expect(page.get_by_text("The answer to your question")).to_be_visible()
        await expect(page.get_by_text("Words of another conversation")).to_have_count(0)
        await page.get_by_role("textbox").fill("Thank you, that helps")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Thank you, that helps")).to_be_visible()

        async def arrived() -> list[str]:
            async with served.desk.database.transaction() as session:
                found = await repository.transcript(session, served.conversation_id)
            return [message.text for message in found if message.author is Author.CUSTOMER]

        await expect(page.get_by_text("sending")).to_have_count(0)
        assert await arrived() == ["Thank you, that helps"]
