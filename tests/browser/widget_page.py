"""The chat widget as a customer uses it: a page object for playwright's sync API.

Nothing here knows the API behind the widget; everything is read from what stands on the screen. Playwright's
locators look into the widget's open shadow root by themselves.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from playwright.sync_api import Locator, Page, expect

Author = Literal["customer", "bot", "agent", "system"]

REPLY_TIMEOUT = 15_000  # milliseconds


class WidgetPage:
    """One browser page with the widget on it. `timeout` (milliseconds) bounds every wait for a reply."""

    def __init__(self, page: Page, timeout: float = REPLY_TIMEOUT) -> None:
        self.page = page
        self.timeout = timeout
        self.host = page.locator("returndesk-chat")
        self.bubble = self.host.locator('button[aria-label="Open chat"]')
        self.panel = self.host.get_by_role("dialog")
        self.log = self.host.get_by_role("log")
        self.composer = self.host.locator('textarea[aria-label="Message"]')
        self.speaker = self.host.locator(".speaker")
        self.camera = self.panel.get_by_role("button", name="Add a photo")
        self.typist = self.host.locator(".scroller > .message > .name")

    # -- what a customer does

    def open(self) -> WidgetPage:
        """Open the chat (nothing happens when it is open already) and wait until the desk is connected."""
        expect(self.host).to_be_attached(timeout=self.timeout)
        if self.host.get_attribute("data-state") != "open":
            self.bubble.click()
        expect(self.host).to_have_attribute("data-state", "open")
        self.wait_until_online()
        return self

    def close(self) -> None:
        """Close the chat with the button in its header."""
        self.panel.get_by_role("button", name="Close chat").click()
        expect(self.host).to_have_attribute("data-state", "closed")

    def say(self, text: str) -> None:
        """Type a text and press Enter; line breaks are typed as Shift+Enter would."""
        self.composer.fill(text)
        self.composer.press("Enter")

    def press(self, title: str) -> None:
        """Press the live button or card with this title, waiting until it is there."""
        exact = re.compile(rf"^\s*{re.escape(title)}\s*$")
        by_text = self._live().locator("button.choice").filter(has_text=exact)
        by_card = self._live().locator("button.card").filter(has=self.page.locator(".head", has_text=exact))
        by_text.or_(by_card).first.click(timeout=self.timeout)

    def choose_items(self, wanted: dict[str, int]) -> None:
        """Tick each item by its title, set its quantity, and press Continue."""
        for title, quantity in wanted.items():
            row = self.host.locator(f'fieldset:enabled .pick[data-title="{title}"]')
            row.get_by_role("checkbox").check(timeout=self.timeout)
            for _ in range(quantity - 1):
                row.get_by_role("button", name=f"More: {title}").click(timeout=self.timeout)
        self.press("Continue")

    def ask_for_a_person(self) -> None:
        """Press "Talk to a person" in the header."""
        self.panel.locator("button.person").click()

    def add_photo(self, path: Path) -> None:
        """Choose a file for the photo button: there while the bot asks for one, while waiting, and with a person."""
        expect(self.camera).to_be_visible(timeout=self.timeout)
        self.host.locator('input[type="file"]').set_input_files(path)

    def rate(self, stars: int) -> None:
        """Press one of the five ratings that stand below the question after a handoff."""
        self._live().get_by_role("button", name=f"{stars} of 5", exact=True).click(timeout=self.timeout)

    # -- what a customer waits for

    def wait_until_online(self) -> None:
        """Wait until the widget and the desk talk to each other."""
        expect(self.host).to_have_attribute("data-connection", "online", timeout=self.timeout)

    def wait_until_sent(self) -> None:
        """Wait until no message of the customer's is "sending" or "not sent" any more."""
        expect(self.log.locator("[data-delivery]")).to_have_count(0, timeout=self.timeout)

    def wait_for_reply(self, contains: str, author: Author | None = None) -> str:
        """Wait until someone else's newest messages contain a text (any case), and return that whole message.

        Only what stands after the customer's last message counts, so an older reply cannot satisfy the wait.
        """
        found = self._after_last_own(author).filter(has_text=re.compile(re.escape(contains), re.IGNORECASE)).last
        expect(found).to_be_visible(timeout=self.timeout)
        return self.text_of(found)

    def wait_for_buttons(self, *titles: str) -> None:
        """Wait until all these buttons or cards can be pressed."""
        for title in titles:
            name = re.compile(rf"^\s*{re.escape(title)}")
            button = self._live().get_by_role("button", name=name).first
            expect(button).to_be_visible(timeout=self.timeout)

    def wait_until_waiting_for_person(self) -> None:
        """Wait until the customer is told that a person is coming."""
        expect(self.host).to_have_attribute("data-owner", "queue", timeout=self.timeout)

    def wait_for_agent(self, name: str) -> None:
        """Wait until this agent has joined."""
        expect(self.host).to_have_attribute("data-owner", "agent", timeout=self.timeout)
        expect(self.speaker).to_have_text(name, timeout=self.timeout)

    # -- what a customer sees

    def is_open(self) -> bool:
        """Whether the panel is open."""
        return self.host.get_attribute("data-state") == "open"

    def is_waiting_for_person(self) -> bool:
        """Whether the customer is in the queue."""
        return self.host.get_attribute("data-owner") == "queue"

    def talks_to(self) -> str:
        """Who is talking, as the header says it: "Assistant", "Ana", "Waiting for a person, place 2"."""
        return self.speaker.inner_text()

    def unread(self) -> int:
        """The number in the bubble's badge, 0 without a badge (9 also stands for more)."""
        badge = self.host.locator(".badge")
        return int(badge.get_attribute("data-count") or 0) if badge.is_visible() else 0

    def messages(self, author: Author | None = None) -> list[str]:
        """The texts of all messages, oldest first, of one author or of all."""
        return [self.text_of(node) for node in self._messages(author).all()]

    def last_reply(self) -> str:
        """The text of the newest message that is not the customer's, "" when there is none."""
        others = self.log.locator('.message[data-seq]:not([data-author="customer"])')
        return self.text_of(others.last) if others.count() else ""

    def cards(self) -> list[str]:
        """The titles of the cards of the newest message that has cards."""
        holders = self.log.locator(".message").filter(has=self.page.locator(".card"))
        return holders.last.locator(".card .head").all_inner_texts() if holders.count() else []

    def buttons(self) -> list[str]:
        """The titles of all buttons and cards that can be pressed now."""
        live = self._live().locator("button.choice, button.card")
        return [_first_line(text) for text in live.all_inner_texts()]

    def attachments(self) -> dict[str, str]:
        """All attachments, name to absolute address, oldest first; of two with one name the newer counts."""
        links = self.log.locator("a[data-attachment]").all()
        return {link.get_attribute("data-attachment") or "": link.get_attribute("href") or "" for link in links}

    def notice(self) -> str:
        """The notice above the input (the network is gone, a file is too large), "" without one."""
        bar = self.host.locator(".notice")
        return bar.inner_text() if bar.is_visible() else ""

    @staticmethod
    def text_of(message: Locator) -> str:
        """The words of one message without its time, name, buttons and cards."""
        text = message.locator("> .text")
        return text.inner_text() if text.count() else ""

    # -- inside

    def _messages(self, author: Author | None) -> Locator:
        return self.log.locator(f'.message[data-author="{author}"]' if author else ".message")

    def _after_last_own(self, author: Author | None) -> Locator:
        """Messages of others that no message of the customer's follows."""
        who = f'[data-author="{author}"]' if author else ':not([data-author="customer"])'
        return self.log.locator(f'.message{who}:not(:has(~ .message[data-author="customer"]))')

    def _live(self) -> Locator:
        return self.host.locator("fieldset:enabled")


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""
