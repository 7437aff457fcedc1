"""A real Chromium on the running house."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests import chromium
from tests.running import RunningHouse


@pytest.fixture(scope="module")  # its event loop must end before tests that bring their own
def browser() -> Iterator[Browser]:
    """Chromium; with CI=true a missing one fails, on a laptop it skips with a notice."""
    program = chromium.program()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=chromium.ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, house: RunningHouse) -> Iterator[Page]:
    """The demo shop's page in a browser that has never been there; an error in the page fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 860}, accept_downloads=True)
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(house.url)
    yield opened
    context.close()
    assert not problems
