"""A stage on a running desk: customers and agents in browsers of their own, and the time of day at which it plays."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from playwright.sync_api import Browser, Page, ViewportSize

from kit import settings as configuration
from kit.settings import Settings
from returndesk import embedded
from returndesk.agents import DEMO_FILE
from tests.browser.console_page import ConsolePage
from tests.browser.widget_page import WidgetPage

SCREEN: ViewportSize = {"width": 1280, "height": 800}
TALL_SCREEN: ViewportSize = {"width": 1280, "height": 900}
DOOR: ViewportSize = {"width": 760, "height": 560}
PHONE: ViewportSize = {"width": 390, "height": 780}
SCALE = 1.5
PATIENCE = 40_000  # milliseconds

_EARLIER = (
    "UPDATE messages SET created_at = created_at - %(by)s WHERE conversation_id = %(id)s",
    "UPDATE notes SET at = at - %(by)s WHERE conversation_id = %(id)s",
    "UPDATE surveys SET at = at - %(by)s, answered_at = answered_at - %(by)s WHERE conversation_id = %(id)s",
    """UPDATE handoffs SET requested_at = requested_at - %(by)s - %(waited)s, claimed_at = claimed_at - %(by)s,
       first_response_at = first_response_at - %(by)s, released_at = released_at - %(by)s + %(worked)s,
       first_response_due = first_response_due - %(by)s - %(waited)s,
       resolution_due = resolution_due - %(by)s - %(waited)s WHERE conversation_id = %(id)s""",
    """UPDATE conversations SET created_at = created_at - %(by)s, last_message_at = last_message_at - %(by)s,
       customer_seen_at = customer_seen_at - %(unseen)s WHERE id = %(id)s""",
)
"""A picture of a working day cannot wait for it: what was just played is moved to an earlier hour."""


@dataclass(frozen=True)
class Stage:
    """Where the play is given."""

    browser: Browser
    shop_url: str
    console_url: str
    passwords: dict[str, str]
    database_url: str

    def customer(self) -> WidgetPage:
        """Open the chat on a phone that has never been there."""
        page = self._page(PHONE)
        page.goto(self.shop_url)
        return WidgetPage(page, timeout=PATIENCE).open()

    def visitor(self) -> Page:
        """Return a page of the console's size that nobody is signed in on."""
        return self._page(SCREEN)

    def agent(self, email: str) -> ConsolePage:
        """Sign a demo agent in."""
        return ConsolePage(self.visitor()).sign_in(self.console_url, email, self.passwords[email])

    def conversation(self, words: str) -> UUID:
        """Return the newest conversation in which a customer has said this."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            query = "SELECT conversation_id FROM messages WHERE text = %s AND author = 'customer' ORDER BY id DESC"
            row = connection.execute(query, (words,)).fetchone()
        assert row is not None, f"nobody has said {words!r}"
        return UUID(str(row[0]))

    def earlier(
        self, words: str, minutes: float, waited: float = 0.0, worked: float = 0.0, *, gone: bool = False
    ) -> None:
        """Move the conversation in which this was said into the past; `gone` tells that the customer has left it.

        `waited`: so many minutes more between the call for a person and the claim; `worked`: between claim and end.
        """
        values: dict[str, Any] = {
            "id": self.conversation(words),
            "by": timedelta(minutes=minutes),
            "waited": timedelta(minutes=waited),
            "worked": timedelta(minutes=worked),
            "unseen": timedelta(minutes=minutes if gone else 0),
        }
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            for update in _EARLIER:
                connection.execute(update.encode(), values)

    def _page(self, size: ViewportSize) -> Page:
        context = self.browser.new_context(viewport=size, device_scale_factor=SCALE, locale="en-US")
        return context.new_page()


@contextmanager
def on(browser: Browser, shop_url: str, console_url: str) -> Iterator[Stage]:
    """Open the stage over the desk that runs with the present settings."""
    settings = configuration.load()
    passwords = json.loads((settings.data_dir / DEMO_FILE).read_text(encoding="utf-8"))
    with _database(settings) as database_url:
        yield Stage(browser, shop_url, console_url, passwords, database_url)


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    if settings.database_url:
        yield settings.database_url
        return
    with embedded.running(settings.data_dir) as url:
        yield url
