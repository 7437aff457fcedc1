"""The console as an agent uses it: a page object for playwright's sync API; everything is read from the screen."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

TIMEOUT = 15_000  # milliseconds


class ConsolePage:
    """One browser page in which an agent is signed in."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.reply_box = page.locator(".rd-box textarea")
        self.transcript = page.locator(".rd-log")
        self.dialog = page.locator("dialog[open]").last
        self.side = page.locator(".rd-side")

    def sign_in(self, url: str, email: str, password: str) -> ConsolePage:
        """Open the console and sign in."""
        self.page.goto(url)
        self.page.fill("#email", email)
        self.page.fill("#password", password)
        self.page.click("button[type=submit]")
        expect(self.page.locator(".frame")).to_be_visible(timeout=TIMEOUT)
        return self

    def waiting_line(self, words: str) -> Locator:
        """Return the line of the queue that shows these words."""
        return self.page.locator("#queue .line, .queue .line, [data-list=queue] *").filter(has_text=words).first

    def claim_next(self) -> None:
        """Press the key that claims the next conversation, and wait until it is open."""
        expect(self.page.get_by_role("button", name="Claim next")).to_be_visible(timeout=TIMEOUT)
        self.page.keyboard.press("n")
        expect(self.page.get_by_role("button", name="Finish")).to_be_visible(timeout=TIMEOUT)

    def answer(self, text: str) -> None:
        """Write a reply and send it at once, without waiting for the seconds of undo."""
        self.reply_box.fill(text)
        self.reply_box.press("Control+Enter")
        self.page.get_by_role("button", name="Send now").click(timeout=TIMEOUT)
        self.reads(text)

    def reads(self, text: str) -> None:
        """Wait until a text stands in the transcript."""
        expect(self.transcript).to_contain_text(text, timeout=TIMEOUT)

    def open_tab(self, name: str) -> None:
        """Open a tab of the right column."""
        self.page.get_by_role("tab", name=name).click(timeout=TIMEOUT)

    def open_return(self, item: str, why: str) -> None:
        """Open a return for the customer although the policy refuses it."""
        self.page.get_by_role("button", name="Open a return for the customer").first.click(timeout=TIMEOUT)
        self.dialog.locator("label").filter(has_text=item).first.locator("input[type=checkbox]").check()
        self.dialog.locator("textarea").last.fill(why)
        self.dialog.get_by_role("button", name="Open the return").click(timeout=TIMEOUT)
        expect(self.page.locator("dialog[open]")).to_have_count(0, timeout=TIMEOUT)

    def hand_back(self, outcome: str, line: str) -> None:
        """Finish with an outcome and a line for the customer."""
        self.page.get_by_role("button", name="Finish").click(timeout=TIMEOUT)
        self.dialog.get_by_text(outcome, exact=True).click(timeout=TIMEOUT)
        self.dialog.locator("textarea").fill(line)
        self.dialog.get_by_role("button", name="Hand back").click(timeout=TIMEOUT)
        expect(self.page.locator("dialog[open]")).to_have_count(0, timeout=TIMEOUT)
