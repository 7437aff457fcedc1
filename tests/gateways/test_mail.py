"""E-mail over SMTP, against a real server on loopback: the headers, the failures, and what nobody can smuggle in."""

import asyncio
import socket
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest

from casework.ports import MailFile, OutgoingMail
from gateways import mail
from kit import errors
from kit.clock import FixedClock
from kit.settings import Settings
from tests import smtp_server

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CLOCK = FixedClock(NOW)
ANSWER = OutgoingMail(
    to="maya.torres@example.com",
    subject="Your conversation with Harbour & Pine",
    text="Hello Maya,\n\nAna answered: it’s fine.\n",
    html="<p>Hello Maya,</p><p>Ana answered: it’s fine.</p>",
    attachments=(),
    message_id="<7b0c1a52-8f0e-4a57-9a39-0b7a3f6f3f10@shop.example>",
    sender_name="Harbour & Pine",
)


def through(port: int, **server: Any) -> mail.SmtpMail:
    """Return the gateway to a server on loopback."""
    given = {"sender": "returns@shop.example", "security": "none", **server}
    return mail.SmtpMail(mail.Server("127.0.0.1", port, **given), CLOCK)


def composed(message: OutgoingMail) -> EmailMessage:
    """Return an e-mail as it would leave."""
    return mail.compose(message, "returns@shop.example", CLOCK)


async def test_an_email_arrives_with_the_headers_that_mail_programs_expect() -> None:
    label = MailFile("Return label RMA-4829-1563.pdf", "application/pdf", b"%PDF-1.4 \x00\xff label")
    thread = ("<one@shop.example>", "<two@shop.example>")
    async with smtp_server.running() as server:
        await through(server.port).send(replace(ANSWER, attachments=(label,), references=thread))

    received = server.only()
    (sender,) = received["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Harbour & Pine", "returns@shop.example")
    assert server.recipients == ["maya.torres@example.com"]
    assert received["Subject"] == ANSWER.subject
    assert received["Message-ID"] == ANSWER.message_id
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Date"].datetime == NOW
    assert received["In-Reply-To"] == "<two@shop.example>"
    assert received["References"].split() == list(thread)
    assert smtp_server.text_of(received).replace("\r\n", "\n") == ANSWER.text
    assert "it’s fine" in smtp_server.html_of(received)
    (attached,) = received.iter_attachments()
    assert attached.get_filename() == label.name
    assert attached.get_payload(decode=True) == label.data


@pytest.mark.parametrize("smuggled", ["\r\nBcc: thief@evil.example", "\nBcc: thief@evil.example", "\x0b\u2028Bcc: x"])
def test_no_name_and_no_subject_adds_a_header(smuggled: str) -> None:
    file = MailFile(f"photo{smuggled}.png", "image/png", b"\x89PNG")
    message = composed(replace(ANSWER, sender_name=f"Ana{smuggled}", subject=f"Hello{smuggled}", attachments=(file,)))
    head = message.as_bytes(policy=policy.SMTP).split(b"\r\n\r\n", 1)[0].decode()

    assert message["Bcc"] is None
    assert not [line for line in head.splitlines() if line.lower().startswith("bcc")]
    assert "thief@evil.example" not in str(message["To"])


@pytest.mark.parametrize(
    "address",
    [
        "maya@example.com\r\nBcc: thief@evil.example",
        "maya@example.com, thief@evil.example",
        "Maya <maya@example.com>",
        "maya.example.com",
        "maya@",
        "@example.com",
        "maya@exa mple.com",
        "maya@example..com",
        ".maya@example.com",
        f"maya@{'a' * 64}.com",
        f"{'m' * 300}@example.com",
        "",
    ],
)
def test_what_is_no_address_is_refused_before_anything_is_sent(address: str) -> None:
    with pytest.raises(errors.BadInput, match="not an e-mail address"):
        composed(replace(ANSWER, to=address))


def test_a_domain_in_another_script_is_written_as_servers_know_it() -> None:
    assert str(composed(replace(ANSWER, to="maya@bücher.example"))["To"]) == "maya@xn--bcher-kva.example"


def test_a_name_in_another_script_is_refused_in_words() -> None:
    with pytest.raises(errors.BadInput, match="before the @"):
        composed(replace(ANSWER, to="jürgen@example.com"))


@pytest.mark.parametrize(
    ("told", "kind", "said"),
    [
        ({"say_to_address": ["550 5.1.1 No such user here"]}, errors.BadInput, "550 5.1.1 No such user here"),
        ({"say_to_message": ["552 5.3.4 Too large"]}, errors.BadInput, "552 5.3.4 Too large"),
        ({"say_to_address": ["450 4.2.0 Greylisted"]}, errors.Unavailable, "450 4.2.0 Greylisted"),
        ({"say_to_message": ["451 4.3.0 Try again"]}, errors.Unavailable, "451 4.3.0 Try again"),
    ],
)
async def test_for_good_and_not_now_are_told_apart_with_the_servers_words(
    told: dict[str, list[str]], kind: type[errors.HouseError], said: str
) -> None:
    async with smtp_server.running() as server:
        for what, replies in told.items():
            setattr(server, what, replies)
        with pytest.raises(kind) as refused:
            await through(server.port).send(ANSWER)

    assert str(refused.value) == said
    assert not server.messages


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(errors.Unavailable):
            await through(unused.getsockname()[1]).send(ANSWER)


async def test_a_server_that_takes_the_call_and_says_nothing_is_given_up_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mail, "SECONDS_IN_ALL", 0.2)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        with pytest.raises(errors.Unavailable, match="did not answer in time"):
            await through(server.sockets[0].getsockname()[1]).send(ANSWER)


async def test_a_server_without_encryption_gets_nothing_when_encryption_is_set() -> None:
    async with smtp_server.running() as server:
        with pytest.raises(errors.Unavailable):
            await through(server.port, security="starttls").send(ANSWER)

    assert not server.messages


async def test_a_server_that_takes_no_password_is_a_wrong_setting_and_tried_again() -> None:
    async with smtp_server.running() as server:
        with pytest.raises(errors.Unavailable):
            await through(server.port, user="shop", password="wrong").send(ANSWER)

    assert not server.messages


def test_the_settings_choose_the_server_the_catcher_or_nothing() -> None:
    def chosen(**settings: Any) -> mail.SmtpMail | None:
        return mail.from_settings(Settings(_env_file=None, **settings))

    real = chosen(smtp_host="smtp.shop.example", public_url="https://desk.shop.example", demo_shop=True)
    catcher = chosen(demo_shop=True, mail_catcher_port=8125)

    assert real is not None
    assert catcher is not None
    assert (real._server.host, real._server.security) == ("smtp.shop.example", "starttls")
    assert real._server.sender == "returns@desk.shop.example"
    assert (catcher._server.host, catcher._server.port) == ("127.0.0.1", 8125)
    assert catcher._server.sender == "returns@localhost"
    assert chosen(demo_shop=False) is None


def test_the_password_of_the_mail_server_shows_in_no_log_line() -> None:
    assert "secret" not in repr(mail.Server("h", 1, "a@b", "none", "user", "secret"))
