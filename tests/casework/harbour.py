"""The demo shop with one customer's conversation, and an agent who has it: where agents' use cases are tried."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from casework import agents, identities, returns, wishes
from casework.agents import NewAgent
from casework.desk import Desk
from casework.proposal import By, Done, Proposal, Refusal
from casework.wanted import OpenReturn, Wish
from conversations import dialogue, inbox, outbox, transcript
from conversations import repository as conversations
from conversations.conversation import Conversation
from conversations.message import Author, Choice, Draft, Message
from gateways.carrier import CarrierTicket, HouseCarrier
from handoff import rules, service
from handoff.agent import Role
from handoff.ticket import Call, Reason
from kit import ids, jobs
from kit.clock import FixedClock
from kit.db import Database
from kit.settings import PROJECT_ROOT, Settings
from store import policy_file, repository, stock
from store.decision import RequestLine
from store.identity import Evidence
from store.order import Order, PaymentMethod
from store.ports import LabelTicket
from store.returns import Reason as Why
from store.returns import Return

BOOK = policy_file.read(PROJECT_ROOT / "policy" / "harbour-and-pine.yml")
HANDOFF = rules.read(PROJECT_ROOT / "policy" / "handoff.yml")
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
"""A Monday at 10:00 in the shop."""
ANA = "Ana Lopes"


@dataclass
class CountingCarrier(HouseCarrier):
    """The harmless carrier, which also remembers what was ordered from it."""

    ordered: list[str] = field(default_factory=list)

    async def issue_label(self, rma: str, method: str) -> CarrierTicket:
        """Order a label."""
        self.ordered.append(rma)
        return await super().issue_label(rma, method)


@dataclass
class Harbour:
    """One conversation of one customer with the shop."""

    desk: Desk
    carrier: CountingCarrier
    id: UUID

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.desk.clock.now()

    def wait(self, **time: float) -> None:
        """Let time pass."""
        clock = cast("FixedClock", self.desk.clock)
        clock.moment += timedelta(**time)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction."""
        async with self.desk.database.transaction() as session:
            yield session

    async def get(self) -> Conversation:
        """Read the conversation."""
        async with self.session() as session:
            return await conversations.get(session, self.id)

    async def said(self, author: Author) -> list[Message]:
        """Return what somebody has said."""
        async with self.session() as session:
            return [one for one in await conversations.transcript(session, self.id) if one.author is author]

    async def another(self, address: str, channel: str = "web") -> "Harbour":
        """Open another conversation."""
        async with self.session() as session:
            opened = await inbox.open_conversation(session, channel, address, "en", self.now)
        return replace(self, id=opened.id)

    async def prove(self, **told: str) -> None:
        """Let the customer prove who they are."""
        async with self.session() as session:
            conversation = await conversations.lock(session, self.id)
            proof = await identities.prove(session, self.desk, conversation, Evidence(**told))
        assert proof.outcome == "proved"

    async def says(self, words: str, intent: str | None = None) -> Message:
        """Let the customer say something, understood in some way."""
        async with self.session() as session:
            conversation = await conversations.get(session, self.id)
            inbound = inbox.Inbound(conversation.channel, conversation.address, str(ids.new_id()), words)
            accepted = await inbox.accept(session, inbound, self.desk.jobs, self.now, timedelta(hours=24))
            await transcript.mark_answered(session, accepted.message, intent, 0.9)
        return accepted.message

    async def asks(self, words: str, slot: str | None = None, kind: str = "text", **more: Any) -> None:
        """Let the bot say something; with a slot it waits for an answer."""
        expects = {"slot": slot, "input": kind} if slot else None
        async with self.session() as session:
            conversation = await conversations.get(session, self.id)
            sender = outbox.Sender(Author.BOT, conversation.owner_counter)
            await outbox.send(session, self.id, [Draft(words, expects=expects, **more)], sender, self.now)

    async def remember(self, **slots: Any) -> None:
        """Put the dialogue where these slots are filled."""
        async with self.session() as session:
            state = {"version": 1, "slots": slots, "loop": "return_form", "requested_slot": None}
            await dialogue.keep(session, self.id, state)

    async def hand_over(self, reason: Reason = Reason.ASKED_FOR, detail: str = "", **trigger: Any) -> None:
        """Bring a person."""
        async with self.session() as session:
            await service.hand_over(session, self.desk.situation(), self.id, Call(reason, detail, trigger))

    async def claim(self, agent_name: str = ANA) -> None:
        """Give the conversation to an agent."""
        async with self.session() as session:
            await service.claim(session, self.desk.situation(), self.id, agent_name)

    async def hire(self, name: str, role: Role = Role.AGENT) -> None:
        """Add an agent."""
        email = f"{name.split()[0].lower()}@returndesk.example"
        async with self.session() as session:
            await agents.add(session, self.desk, NewAgent(email, name, "a long enough password", role), "test")

    async def order(self, number: str) -> Order:
        """Read an order."""
        async with self.session() as session:
            found = await repository.find_order(session, number)
        assert found is not None
        return found

    async def lines(self, number: str, *items: str, why: Why = "no_longer_needed") -> tuple[RequestLine, ...]:
        """Return one piece each of these items of an order."""
        order = await self.order(number)
        return tuple(RequestLine(one.id, 1, why) for one in order.items if one.name in items)

    async def opens(self, number: str, *items: str) -> Return:
        """Let the customer open a return here for a refund by drop-off."""
        order = await self.order(number)
        rma = ids.new_rma_number()
        ticket = await HouseCarrier().issue_label(rma, "drop_off_qr")
        wish = OpenReturn(order.id, await self.lines(number, *items), "refund", "drop_off_qr")
        label = LabelTicket(rma, ticket.tracking_number, ticket.carrier_name)
        async with self.session() as session:
            done = await returns.carry_out(session, self.desk, wish, By("customer", self.id, told=True), label)
        assert done.return_ is not None
        return done.return_

    async def shown(self, wish: Wish) -> Proposal:
        """Have shown what a wish would do."""
        async with self.session() as session:
            found = await wishes.propose(session, self.desk, wish)
        assert isinstance(found, Proposal), found
        return found

    async def refused(self, wish: Wish) -> Refusal:
        """Hear why a wish is not possible."""
        async with self.session() as session:
            found = await wishes.propose(session, self.desk, wish)
        assert isinstance(found, Refusal), found
        return found

    async def says_yes(self, wish: Wish, to: Proposal | None = None, **by: Any) -> Done:
        """Let the customer say yes, to what is shown now or to what was shown before."""
        mark = (to or await self.shown(wish)).mark
        return await self.carries_out(wish, By("customer", self.id, **{"mark": mark, "told": True, **by}))

    async def carries_out(self, wish: Wish, by: By) -> Done:
        """Carry a wish out for somebody, in a transaction of its own."""
        ticket = await wishes.prepare(self.desk, wish)
        async with self.session() as session:
            return await wishes.carry_out(session, self.desk, wish, by, ticket)

    async def count(self, table: str) -> int:
        """Return how many rows a table has."""
        async with self.session() as session:
            return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())

    async def stock(self, variant_id: str) -> int:
        """Return how many pieces of a variant can be sold."""
        async with self.session() as session:
            return (await repository.variants_by_ids(session, [variant_id]))[variant_id].stock

    async def set_stock(self, variant_id: str, pieces: int) -> None:
        """Count the shelf anew."""
        async with self.session() as session:
            await stock.set_stock(session, variant_id, pieces)

    async def methods(self, number: str) -> dict[str, PaymentMethod]:
        """Return the payment methods of an order's customer by their labels."""
        order = await self.order(number)
        async with self.session() as session:
            found = await repository.payment_methods_of(session, order.customer.id)
        return {one.label: one for one in found}

    async def stored(self, rma: str) -> Return:
        """Read a return."""
        async with self.session() as session:
            found = await repository.find_return(session, rma)
        assert found is not None
        return found

    async def events(self, rma: str) -> list[tuple[str, str]]:
        """Return who did what to a return."""
        async with self.session() as session:
            found = await repository.events_of(session, (await self.stored(rma)).id)
        return [(one.actor, one.kind) for one in found]

    async def audited(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Return what is in the audit trail about orders."""
        about = "^(return|label|order|address|exchange)_"
        query = text(f"SELECT actor, act, detail FROM audit WHERE act ~ '{about}' ORDER BY id")
        async with self.session() as session:
            return [(row.actor, row.act, row.detail) for row in await session.execute(query)]


@asynccontextmanager
async def open_harbour(database: Database) -> AsyncIterator[Harbour]:
    """Open a conversation in a database with the demo shop."""
    settings = Settings(secret_key=SecretStr("a key for tests, and for nothing else"))
    carrier = CountingCarrier()
    app = jobs.create_app(database.url)
    desk = Desk(database, jobs.Jobs(app), FixedClock(NOW), settings, BOOK, carrier, HANDOFF)
    async with app.open_async():
        async with database.transaction() as session:
            opened = await inbox.open_conversation(session, "web", "visitor", "en", NOW)
        yield Harbour(desk, carrier, opened.id)


def choice(title: str, slot: str, value: Any) -> dict[str, Any]:
    """A button as a draft holds it."""
    return {"title": title, "choice": Choice("inform", slot, value).to_json()}
