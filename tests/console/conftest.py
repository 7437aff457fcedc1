"""A console process of its own for each module, and browsers in which somebody is signed in."""

import uuid
from collections.abc import Callable, Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import browser
from tests.conftest import address_of
from tests.console.floor import PASSWORD, Floor

__all__ = ["browser"]


@pytest.fixture(scope="module")
def floor(postgres_url: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    """A console on a fresh database."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
        with Floor(address_of(postgres_url, name), tmp_path_factory.mktemp("console")) as running:
            yield running
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


type Enter = Callable[..., Page]


@pytest.fixture
def enter(browser: Browser, floor: Floor) -> Iterator[Enter]:
    """Sign an agent in, in a browser of their own; an error in a page fails the test."""
    contexts, problems = [], []

    def sign_in(email: str, path: str = "/", **settings: object) -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{floor.url}{path}")
        page.fill("#email", email)
        page.fill("#password", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_selector(".frame")
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert not problems
