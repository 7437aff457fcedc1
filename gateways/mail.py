"""E-mail over SMTP: builds the message as mail programs expect it, and puts every failure into our two kinds."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from ipaddress import ip_address
from typing import Literal, Protocol
from urllib.parse import urlsplit

import aiosmtplib

from kit import errors
from kit.clock import Clock, SystemClock
from kit.settings import Settings

SECONDS = 30.0
"""How long one command to the server may take."""
SECONDS_IN_ALL = 90.0
"""How long one e-mail may take; a server can be slow at each of its eight commands."""
LONGEST_ADDRESS = 254
"""Characters of an address (RFC 5321, section 4.5.3.1.3, less the two brackets)."""
LONGEST_NAME = 120
NO_ADDRESS = "this is not an e-mail address"
CATCHER_HOST = "127.0.0.1"

_ADDRESS = re.compile(r"""[^\s@<>"'(),;:\\\[\]]{1,64}@[^\s@<>"'(),;:\\\[\]]{1,190}""")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_PERMANENT = range(500, 600)


class OutgoingFile(Protocol):
    """A file as the desk gives it to us."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def media_type(self) -> str:
        """Its kind, such as `application/pdf`."""
        ...

    @property
    def data(self) -> bytes:
        """What is in it."""
        ...


class Outgoing(Protocol):
    """An e-mail as the desk gives it to us; `casework.ports.OutgoingMail` says what each part means."""

    @property
    def to(self) -> str:
        """The customer's address."""
        ...

    @property
    def subject(self) -> str:
        """The subject."""
        ...

    @property
    def text(self) -> str:
        """What it says, in plain text."""
        ...

    @property
    def html(self) -> str:
        """What it says, in HTML."""
        ...

    @property
    def attachments(self) -> Sequence[OutgoingFile]:
        """The files that go with it."""
        ...

    @property
    def message_id(self) -> str:
        """Its id, the same for each try."""
        ...

    @property
    def references(self) -> Sequence[str]:
        """The ids of earlier e-mails of the thread, oldest first."""
        ...

    @property
    def sender_name(self) -> str:
        """The name beside the sender's address."""
        ...


@dataclass(frozen=True)
class Server:
    """A mail server, how to reach it, and the address that it sends for."""

    host: str
    port: int
    sender: str
    security: Literal["none", "starttls", "tls"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)


class SmtpMail:
    """Sends e-mail through one server, over a connection of its own each time."""

    def __init__(self, server: Server, clock: Clock) -> None:
        self._server = server
        self._clock = clock

    async def send(self, message: Outgoing) -> None:
        """Hand an e-mail to the server.

        Raises:
            Unavailable: the server is not there or says "not now" (4xx); with its words.
            BadInput: the address is none, or the server refuses it or the e-mail for good (5xx); with its words.
        """
        server = self._server
        composed = compose(message, server.sender, self._clock)
        try:
            async with asyncio.timeout(SECONDS_IN_ALL):
                await aiosmtplib.send(
                    composed,
                    hostname=server.host,
                    port=server.port,
                    use_tls=server.security == "tls",
                    start_tls=server.security == "starttls",
                    username=server.user or None,
                    password=server.password or None,
                    local_hostname=server.sender.rpartition("@")[2],
                    timeout=SECONDS,
                )
        except TimeoutError as error:
            raise errors.Unavailable(str(error) or "the mail server did not answer in time") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _translated(error) from error


def from_settings(settings: Settings) -> SmtpMail | None:
    """Return the mail server of the settings, else the catcher of the demo shop; None when there is neither."""
    sender = settings.mail_from or f"returns@{domain_of(settings.base_url)}"
    if settings.smtp_host:
        password = settings.smtp_password.get_secret_value()
        server = Server(
            settings.smtp_host, settings.smtp_port, sender, settings.smtp_security, settings.smtp_user, password
        )
        return SmtpMail(server, SystemClock())
    if settings.demo_shop:
        return SmtpMail(Server(CATCHER_HOST, settings.mail_catcher_port, sender, "none"), SystemClock())
    return None


def domain_of(url: str) -> str:
    """Return the host of an address as the domain of a sender; an IP address is none, and becomes `localhost`."""
    host = urlsplit(url).hostname or "localhost"
    try:
        ip_address(host)
    except ValueError:
        return host
    return "localhost"


def compose(message: Outgoing, sender: str, clock: Clock) -> EmailMessage:
    """Build the message: text, HTML and files, with headers that nobody's name or words can break out of.

    Raises:
        BadInput: the address is none.
    """
    composed = EmailMessage(policy=SMTP)
    composed["From"] = Address(one_line(message.sender_name), addr_spec=ascii_domain(sender))
    composed["To"] = Address(addr_spec=ascii_domain(message.to))
    composed["Subject"] = one_line(message.subject)
    composed["Date"] = format_datetime(clock.now())
    composed["Message-ID"] = message.message_id
    # RFC 3834: tells out-of-office replies and mailing lists that no person waits for their answer.
    composed["Auto-Submitted"] = "auto-generated"
    if message.references:
        composed["In-Reply-To"] = message.references[-1]
        composed["References"] = " ".join(message.references)
    composed.set_content(message.text)
    composed.add_alternative(message.html, subtype="html")
    for file in message.attachments:
        kind, _, subtype = file.media_type.partition("/")
        composed.add_attachment(file.data, maintype=kind, subtype=subtype, filename=one_line(file.name))
    return composed


def ascii_domain(address: str) -> str:
    """Return an address with its domain as servers write it: `maya@bücher.example` has `xn--bcher-kva.example`.

    Raises:
        BadInput: it is no address.
    """
    if len(address) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise errors.BadInput(NO_ADDRESS)
    name, _, domain = address.rpartition("@")
    if not name.isascii():
        raise errors.BadInput("mail servers do not take accents or other scripts before the @ of an address")
    try:
        written = f"{name}@{domain.encode('idna').decode()}"
        Address(addr_spec=written)
    except (ValueError, IndexError) as error:  # the parser of the standard library runs off the end of some
        raise errors.BadInput(NO_ADDRESS) from error
    return written


def one_line(text: str) -> str:
    """Return a text as it may stand in a header: one line, nothing that cannot be seen, not too long."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:LONGEST_NAME]


def _translated(error: Exception) -> errors.HouseError:
    """Return what a failure means for the e-mail: never, or not now."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, aiosmtplib.SMTPResponseException):
        said = f"{error.code} {error.message}".strip()
        # A refused password is 5xx too, but says nothing about the e-mail: once the setting is right, it can leave.
        permanent = error.code in _PERMANENT and not isinstance(
            error, aiosmtplib.SMTPAuthenticationError | aiosmtplib.SMTPConnectError | aiosmtplib.SMTPHeloError
        )
        return errors.BadInput(said) if permanent else errors.Unavailable(said)
    return errors.Unavailable(str(error) or type(error).__name__)
