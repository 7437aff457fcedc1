"""What the use cases need from others; adapters stand in `gateways`."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class MailFile:
    """A file that goes with an e-mail."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class OutgoingMail:
    """An e-mail that is to leave, in plain text and in HTML that says the same.

    `message_id` (`<...@...>`) stays the same when a sending is tried again; `references` are the ids of the
    conversation's earlier e-mails, oldest first, so that they are shown as one thread.
    """

    to: str
    subject: str
    text: str
    html: str
    attachments: tuple[MailFile, ...]
    message_id: str
    references: tuple[str, ...] = ()
    sender_name: str = ""


class Mail(Protocol):
    """A way to send e-mail."""

    async def send(self, message: OutgoingMail) -> None:
        """Hand an e-mail to the mail server.

        Raises:
            Unavailable: it could not be handed over now and may be tried again; with the server's words.
            BadInput: the server refuses the address or the e-mail for good; with the server's words.
        """
        ...


@dataclass(frozen=True)
class OutgoingWebhook:
    """An event that is to be posted to an address of the shop, with the headers that name and sign it."""

    url: str
    headers: dict[str, str]
    body: bytes = field(repr=False)


class WebhookSender(Protocol):
    """A way to post events to the shop's own systems."""

    async def send(self, message: OutgoingWebhook) -> int:
        """Post an event; returns the HTTP status that came back, whatever it is (a redirect is not followed).

        Raises:
            Unavailable: nothing came back; the message says why.
        """
        ...
