"""The demo shop with a mail server: where it is tried what customers are told, in the chat and by e-mail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import text

from casework import mails, order_conversation
from conversations import repository as conversations
from conversations.conversation import Conversation
from conversations.message import Author, Message
from gateways import mail as gateway
from kit.settings import Settings
from store import notices
from store.notices import Notice
from store.order import Order
from store.returns import Return
from tests import smtp_server
from tests.casework.harbour import Harbour
from tests.smtp_server import MailServer

LABEL = "RMA-1000-0032"
"""Priya's return of the boots of H206006; its label was never used."""
HERE = "RMA-1000-0016"
"""Maya's return of the jacket of H203950; the parcel is here."""
MAYA, PRIYA = "maya.torres@example.com", "priya.shah@example.com"


@dataclass
class Post(Harbour):
    """The shop, one visitor's conversation, and a mail server."""

    server: MailServer

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        """Ask the database."""
        async with self.session() as session:
            return list(await session.execute(text(sql), values))

    async def notices(self, number: str) -> list[Notice]:
        """Return what was told about an order."""
        order = await self.order(number)
        async with self.session() as session:
            return await notices.of_order(session, order.id)

    async def own(self, number: str) -> Conversation | None:
        """Return an order's own conversation."""
        order = await self.order(number)
        async with self.session() as session:
            return await conversations.find(session, "web", order_conversation.address_of(order.id))

    async def told(self, conversation_id: UUID | None = None) -> list[Message]:
        """Return what the desk itself has said in a conversation."""
        async with self.session() as session:
            found = await conversations.transcript(session, conversation_id or self.id)
        return [one for one in found if one.author is Author.SYSTEM]

    async def deliver(self) -> list[EmailMessage]:
        """Let all e-mails leave; returns what has left so far."""
        for job in await self.rows("SELECT args FROM procrastinate_jobs WHERE task_name = 'mail' ORDER BY id"):
            await mails.deliver(self.desk, UUID(job.args["mail_id"]))
        return self.server.messages

    async def unseen(self) -> list[EmailMessage]:
        """Let a minute pass in which nobody fetches anything, and the e-mails leave."""
        self.wait(minutes=1)
        query = (
            "SELECT DISTINCT args ->> 'conversation_id' AS id FROM procrastinate_jobs WHERE task_name = 'mail_unseen'"
        )
        for job in await self.rows(query):
            await mails.send_unseen(self.desk, UUID(job.id))
        return await self.deliver()

    async def both(self, rma: str) -> tuple[Order, Return]:
        """Read a return and its order."""
        return_ = await self.stored(rma)
        (row,) = await self.rows("SELECT number FROM orders WHERE id = :id", id=return_.order_id)
        return await self.order(row.number), return_


@asynccontextmanager
async def open_post(harbour: Harbour) -> AsyncIterator[Post]:
    """Give a harbour a mail server."""
    settings = Settings(
        secret_key=SecretStr("a key for tests, and for nothing else"), public_url="https://desk.shop.example"
    )
    async with smtp_server.running() as server:
        away = gateway.Server("127.0.0.1", server.port, "returns@shop.example", "none")
        desk = replace(harbour.desk, settings=settings, mail=gateway.SmtpMail(away, harbour.desk.clock))
        yield Post(desk, harbour.carrier, harbour.id, server)
