"""The demo shop's letter box: what the catcher kept can be read there, and can do nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api import demo_mail
from casework.ports import MailFile, OutgoingMail
from gateways import mail as gateway
from kit import errors
from kit.clock import FixedClock
from kit.settings import Settings
from returndesk import mail_catcher

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LETTER = OutgoingMail(
    to="maya.torres@example.com",
    subject="Your conversation with Harbour & Pine",
    text="Ana answered: it’s fine.\n\nContinue: https://desk.example/resume/abc.def-g_h. Bye",
    html="<p>the same in <b>HTML</b></p>",
    attachments=(),
    message_id="<one@desk.example>",
    sender_name="Harbour & Pine",
)


class Box:
    """A catcher on a free port, and the page that shows what it has caught."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.clock = FixedClock(NOW)

    async def send(self, letter: OutgoingMail) -> None:
        """Send an e-mail through the catcher."""
        server = gateway.Server("127.0.0.1", self.port, "returns@localhost", "none")
        await gateway.SmtpMail(server, self.clock).send(letter)

    def client(self, came_from: str = "127.0.0.1", host: str = "127.0.0.1", **settings: Any) -> httpx.AsyncClient:
        """Return a browser of the page, by default one on this machine."""
        application = FastAPI()
        application.include_router(demo_mail.router(Settings(_env_file=None, data_dir=self.folder.parent, **settings)))
        transport = httpx.ASGITransport(application, client=(came_from, 50_000))
        return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")

    async def page(self) -> str:
        """Read the page."""
        async with self.client() as client:
            response = await client.get("/demo/mail")
        assert response.status_code == 200
        assert "script-src 'self';" in response.headers["content-security-policy"]
        return response.text


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    """An empty letter box."""
    clock = FixedClock(NOW)
    server = await mail_catcher.start(tmp_path / "mail", 0, clock)
    async with server:
        opened = Box(tmp_path / "mail", server.sockets[0].getsockname()[1])
        opened.clock = clock
        yield opened


async def test_an_empty_box_says_how_to_get_an_email(box: Box) -> None:
    assert "Nothing has been caught yet" in await box.page()


async def test_a_caught_email_is_shown_with_its_link_and_the_newest_is_on_top(box: Box) -> None:
    await box.send(LETTER)
    box.clock.moment += timedelta(minutes=5)
    await box.send(replace(LETTER, subject="The second one"))
    page = await box.page()

    assert page.index("The second one") < page.index("Your conversation with Harbour &amp; Pine")
    assert "maya.torres@example.com" in page
    assert "23 November 2026, 12:05 UTC" in page
    assert "it’s fine" in page
    assert '<a href="https://desk.example/resume/abc.def-g_h" rel="noopener noreferrer">' in page


async def test_nothing_in_an_email_becomes_html(box: Box) -> None:
    evil = '<script>alert(1)</script> <img src=x> javascript:alert(1) https://x.example/"onclick=alert(1)'
    await box.send(replace(LETTER, subject=evil, text=evil, html=f"<p>{evil}</p>", sender_name="<b>evil</b>"))
    page = await box.page()

    for forbidden in ("<script", "<img", "<b>evil", 'href="javascript', '"onclick'):
        assert forbidden not in page, forbidden
    assert "&lt;script&gt;" in page


async def test_a_file_of_an_email_can_be_saved_and_runs_nowhere(box: Box) -> None:
    await box.send(replace(LETTER, attachments=(MailFile("Return label 1.pdf", "application/pdf", b"%PDF-1.4 x"),)))
    (path,) = box.folder.glob("*.eml")
    async with box.client() as client:
        found = await client.get(f"/demo/mail/{path.name}/0")
        missing = await client.get(f"/demo/mail/{path.name}/1")
        outside = await client.get("/demo/mail/..%2Fsecrets.eml/0")

    assert f'href="mail/{path.name}/0">Return label 1.pdf</a>' in await box.page()
    assert found.content == b"%PDF-1.4 x"
    assert found.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in found.headers["content-security-policy"]
    assert (missing.status_code, outside.status_code) == (404, 404)


async def test_what_was_caught_can_be_read_by_its_owner_alone(box: Box) -> None:
    await box.send(LETTER)
    (path,) = box.folder.iterdir()

    assert path.stat().st_mode & 0o077 == 0
    assert box.folder.stat().st_mode & 0o077 == 0


async def test_the_box_does_not_grow_for_ever(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_catcher, "MOST_KEPT", 2)
    for number in range(4):
        box.clock.moment += timedelta(minutes=1)
        await box.send(replace(LETTER, subject=f"Letter {number}"))
    page = await box.page()

    assert [f"Letter {number}" in page for number in range(4)] == [False, False, True, True]


@pytest.mark.parametrize("settings", [{"demo_shop": False}, {"smtp_host": "smtp.example"}])
async def test_there_is_no_letter_box_without_the_demo_shop_or_with_a_real_mail_server(
    box: Box, settings: dict[str, Any]
) -> None:
    await box.send(LETTER)
    async with box.client(**settings) as client:
        assert (await client.get("/demo/mail")).status_code == 404


@pytest.mark.parametrize(
    ("came_from", "host", "headers", "status"),
    [
        ("127.0.0.1", "localhost", {}, 200),
        ("::1", "[::1]", {}, 200),
        ("192.0.2.7", "127.0.0.1", {}, 404),
        ("127.0.0.1", "127.0.0.1", {"Origin": "https://elsewhere.example"}, 404),
        ("127.0.0.1", "elsewhere.example", {}, 404),
        ("127.0.0.1", "desk.shop.example", {}, 404),
    ],
)
async def test_the_letters_are_for_this_machine_alone_and_for_no_other_site_open_on_it(
    box: Box, came_from: str, host: str, headers: dict[str, str], status: int
) -> None:
    await box.send(replace(LETTER, attachments=(MailFile("Label.pdf", "application/pdf", b"%PDF-1.4 x"),)))
    (path,) = box.folder.glob("*.eml")
    async with box.client(came_from, host) as client:
        answers = [
            await client.get("/demo/mail", headers=headers),
            await client.get(f"/demo/mail/{path.name}/0", headers=headers),
        ]

    assert [answer.status_code for answer in answers] == [status, status]
    assert (status == 200) == ("maya.torres" in answers[0].text)


async def test_a_second_catcher_says_which_setting_to_change(box: Box) -> None:
    assert mail_catcher.is_ready(box.port)
    with pytest.raises(errors.Unavailable, match="RETURNDESK_MAIL_CATCHER_PORT"):
        await mail_catcher.start(box.folder, box.port, box.clock)
