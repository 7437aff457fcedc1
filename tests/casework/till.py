"""A shop with one order and its customer's conversation, wired to a stand-in for Stripe: where money is tried."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from casework import agents, transfers
from casework.agents import NewAgent
from casework.desk import Desk
from conversations import repository as conversations
from conversations.conversation import Conversation
from conversations.message import Author
from handoff import repository as handoffs
from handoff import service
from handoff.agent import Role
from handoff.ticket import Call, Reason, Ticket
from kit import errors, ids
from kit.clock import FixedClock
from store import repository, tables
from store import transfers as books
from store.happenings import Act
from store.transfer import Transfer, TransferKind
from tests.stripe_server import StripeServer

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
"""A Monday at 10:00 in the shop."""
ANA = "Ana Lopes"


@dataclass
class Till:
    """A shop with one order of $120, paid with a card at Stripe and a gift card, and its customer's conversation."""

    desk: Desk
    stripe: StripeServer
    conversation_id: UUID
    order_id: UUID
    clock: FixedClock

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction."""
        async with self.desk.database.transaction() as session:
            yield session

    async def wants(
        self, amount: str = "89.00", kind: TransferKind = "refund", method: str = "card_maya", key: str = "order:1"
    ) -> UUID:
        """Request a transfer."""
        async with self.session() as session:
            asked = await books.request(
                session,
                key=key,
                kind=kind,
                order_id=self.order_id,
                return_id=None,
                payment_method_id=method,
                amount=Decimal(amount),
                currency="USD",
                act=Act("policy", NOW, told=True),
            )
        return asked.id

    async def get(self, transfer_id: UUID) -> Transfer:
        """Read a transfer."""
        async with self.session() as session:
            found = await books.by_id(session, transfer_id)
        assert found is not None
        return found

    async def refunded(self) -> list[tuple[Decimal, str]]:
        """Read what the books say was given back, and under which reference."""
        async with self.session() as session:
            order = await repository.order_by_id(session, self.order_id)
        assert order is not None
        return [(one.amount, one.reference) for one in order.payments if one.kind == "refund"]

    async def events(self) -> list[str]:
        """Read what happened to the order's money."""
        query = text("SELECT kind FROM events WHERE subject = 'transfer' ORDER BY sequence")
        async with self.session() as session:
            return list(await session.scalars(query))

    async def untold(self) -> list[str]:
        """Read what the customer is still to be told of."""
        query = text("SELECT kind FROM events WHERE told_at IS NULL ORDER BY sequence")
        async with self.session() as session:
            return list(await session.scalars(query))

    async def conversation(self) -> Conversation:
        """Read the conversation."""
        async with self.session() as session:
            return await conversations.get(session, self.conversation_id)

    async def told(self) -> list[str]:
        """Return what the desk has told the customer, whoever brings a person left out."""
        async with self.session() as session:
            said = await conversations.transcript(session, self.conversation_id)
        return [one.text for one in said if one.author is Author.SYSTEM and "About order" in one.text]

    async def ticket(self) -> Ticket | None:
        """Read the open handoff."""
        async with self.session() as session:
            return await handoffs.open_of(session, self.conversation_id)

    async def jobs(self) -> list[str]:
        """Return the transfers that have a job, once for each job."""
        query = text("SELECT args->>'transfer_id' FROM procrastinate_jobs WHERE task_name = 'transfer' ORDER BY id")
        async with self.session() as session:
            return list(await session.scalars(query))

    async def jobs_are(self, status: str) -> None:
        """Let all jobs of transfers have come so far."""
        async with self.session() as session:
            await session.execute(text(f"UPDATE procrastinate_jobs SET status = '{status}' WHERE task_name='transfer'"))

    async def audited(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Read what agents did with money."""
        query = text("SELECT actor, act, detail FROM audit WHERE act LIKE 'transfer%' ORDER BY id")
        async with self.session() as session:
            return [(row.actor, row.act, row.detail) for row in await session.execute(query)]

    async def hires(self, *names: str) -> None:
        """Add agents."""
        for name in names:
            new = NewAgent(f"{name[:3].lower()}@returndesk.example", name, "a long enough password", Role.AGENT)
            async with self.session() as session:
                await agents.add(session, self.desk, new, "test")

    async def claimed_by(self, name: str) -> None:
        """Give the conversation to an agent."""
        async with self.session() as session:
            if await handoffs.open_of(session, self.conversation_id) is None:
                call = Call(Reason.ASKED_FOR, "")
                await service.hand_over(session, self.desk.situation(), self.conversation_id, call)
            await service.claim(session, self.desk.situation(), self.conversation_id, name)

    async def tries(self, transfer_id: UUID) -> Transfer | None:
        """Run the job as often as a worker would."""
        for _ in range(transfers.MOST_TRIES - 1):
            with pytest.raises(errors.Unavailable):
                await transfers.send(self.desk, transfer_id)
        return await transfers.send(self.desk, transfer_id)


async def open_shop(session: AsyncSession) -> UUID:
    """Put the order into the books; returns its id."""
    customer = tables.CustomerRow(
        name_first="Maya", name_last="Torres", email="maya.torres@example.com", zip="97201", id=ids.new_id()
    )
    order = tables.OrderRow(
        id=ids.new_id(),
        number="H204518",
        customer_id=customer.id,
        state="delivered",
        placed_at=NOW - timedelta(days=12),
        delivered_at=NOW - timedelta(days=6),
    )
    session.add(customer)
    await session.flush()
    session.add(order)
    session.add(
        tables.PaymentMethodRow(
            id="card_maya", customer_id=customer.id, kind="card", label="Visa ending 4242", reference="pm_card"
        )
    )
    session.add(
        tables.PaymentMethodRow(
            id="gift_maya", customer_id=customer.id, kind="gift_card", label="Gift card ending 77", balance=Decimal(5)
        )
    )
    await session.flush()
    for method, amount, reference in (("card_maya", 100, "pi_paid"), ("gift_maya", 20, "")):
        paid = tables.PaymentRow(
            order_id=order.id, payment_method_id=method, kind="payment", amount=Decimal(amount), reference=reference
        )
        session.add(paid)
    return order.id
