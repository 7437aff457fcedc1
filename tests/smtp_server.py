"""A mail server for tests, on loopback: keeps what it takes, and refuses what a test tells it to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class MailServer:
    """What came in, and what the server is to say: once for each entry, then it takes everything."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    tries: int = 0
    say_to_address: list[str] = field(default_factory=list)
    say_to_message: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  (aiosmtpd calls these by their names)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse an address."""
        self.tries += 1
        if self.say_to_address:
            return self.say_to_address.pop(0)
        envelope.rcpt_tos.append(address)
        self.recipients.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take or refuse an e-mail."""
        if self.say_to_message:
            return self.say_to_message.pop(0)
        content = envelope.original_content or b""
        self.messages.append(message_from_bytes(content, EmailMessage, policy=policy.default))
        return "250 OK"

    def only(self) -> EmailMessage:
        """The one e-mail that came in."""
        assert len(self.messages) == 1, [str(message["Subject"]) for message in self.messages]
        return self.messages[0]


@asynccontextmanager
async def running() -> AsyncIterator[MailServer]:
    """Run a mail server for the length of a block."""
    loop = asyncio.get_running_loop()
    mails = MailServer()
    server = await loop.create_server(lambda: SMTP(mails, hostname="localhost", loop=loop), "127.0.0.1", 0)
    mails.port = server.sockets[0].getsockname()[1]
    async with server:
        yield mails


def text_of(message: EmailMessage) -> str:
    """Return an e-mail's plain text."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html_of(message: EmailMessage) -> str:
    """Return an e-mail's HTML."""
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())
