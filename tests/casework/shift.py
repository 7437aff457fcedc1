"""A shift: the desk with a clock that moves, agents who come and go, and customers whom the turn loop answers."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import numpy as np
from pydantic import SecretStr
from sqlalchemy import text

import encoder
from bot import dialogue, turn
from bot.channels.webchat import WebChat
from casework import handovers, replies, sweeps
from casework import surveys as surveys_cases
from casework.desk import Desk
from conversations import attachments, inbox
from conversations import repository as conversations
from conversations.conversation import Conversation, Owner
from conversations.message import Author, Choice, Draft, Message, State
from conversations.outbox import Sender, send
from gateways.carrier import HouseCarrier
from handoff import agents, alerts, rules
from handoff import repository as handoffs
from handoff.agent import Agent, Role
from handoff.alerts import Alert
from handoff.held import HeldReply
from handoff.mood import CALM, Reading
from handoff.service import Reply
from handoff.surveys import Survey
from handoff.ticket import Call, Outcome, Reason, Ticket
from handoff.wait import Place
from kit import ids, jobs
from kit.clock import FixedClock
from kit.db import Database
from kit.events import Listener
from kit.settings import PROJECT_ROOT, Settings
from returndesk import web
from store import policy_file
from tests.bot import serving
from tests.bot.brain_stand_in import BrainStandIn

MONDAY = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
"""10:00 in the shop, which is open from 9:00 to 17:00, Monday to Friday."""
MONDAY_EVENING = MONDAY + timedelta(hours=9)
SATURDAY = MONDAY + timedelta(days=5)
RULES = rules.read(PROJECT_ROOT / "policy" / "handoff.yml")
TIMES = RULES.waiting
BOOK = policy_file.read(PROJECT_ROOT / "policy" / "harbour-and-pine.yml")
BACK = "Go back to the assistant"
EVERY_MOMENT = timedelta(seconds=1)
VECTOR = encoder.pack(np.full(384, 0.5, dtype=np.float32))
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class Shift:
    """The desk at one moment, who is at a desk, and how messages sound (calm, where a test says nothing)."""

    desk: Desk
    brain: BrainStandIn
    turns: turn.Turns
    moods: dict[str, Reading]
    there: dict[str, Agent] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.desk.clock.now()

    async def wait(self, **span: float) -> None:
        """Let time pass; whoever is at a desk stays there."""
        await self.stand_at(self.now + timedelta(**span))

    async def stand_at(self, moment: datetime) -> None:
        """Let it be some moment; whoever is at a desk stays there."""
        clock = self.desk.clock
        assert isinstance(clock, FixedClock)
        clock.moment = moment
        async with self.desk.database.transaction() as session:
            for agent in self.there.values():
                await agents.mark_seen(session, agent.id, moment)

    async def agent(self, name: str = "Ana", *, there: bool = True, role: Role = Role.AGENT, **more: object) -> Agent:
        """Add an agent, who is at a desk unless told otherwise."""
        values = {"team": None, "languages": ("en",), "skills": (), "capacity": 6, "available": True, **more}
        made = Agent(
            id=ids.new_id(),
            email=f"{name.lower()}@shop.example",
            name=name,
            role=role,
            seen_at=None,
            preferences={},
            disabled=False,
            **values,  # type: ignore[arg-type]
        )
        async with self.desk.database.transaction() as session:
            await agents.add(session, made, "not a hash", self.now)
        if there:
            await self.comes(made)
        return made

    async def comes(self, agent: Agent) -> None:
        """Let an agent sit down."""
        self.there[agent.name] = agent
        await self.wait()

    def leaves(self, agent: Agent) -> None:
        """Let an agent's page close; they count as there for some seconds more."""
        del self.there[agent.name]

    async def customer(self, channel: str = "web", language: str = "en") -> "Customer":
        """Let somebody open a conversation."""
        address = f"visitor-{next(self.numbers)}"
        async with self.desk.database.transaction() as session:
            opened = await inbox.open_conversation(session, channel, address, language, self.now)
        return Customer(self, opened.id, channel, address)

    async def waiting_customer(self, reason: Reason = Reason.ASKED_FOR, language: str = "en") -> "Customer":
        """Let somebody wait for a person."""
        customer = await self.customer(language=language)
        await customer.asks_for_person(reason)
        return customer

    async def sweep(self) -> None:
        """Let everything happen whose time has come."""
        await sweeps.advance_waiting(self.desk)
        await sweeps.bring_back(self.desk)
        await sweeps.assign(self.desk)
        await sweeps.give_back_from_the_gone(self.desk)
        await sweeps.let_replies_leave(self.desk)

    async def queue(self, limit: int = 100) -> handovers.Queue:
        """Look at the queue."""
        async with self.desk.database.transaction() as session:
            return await handovers.queue(session, self.desk, limit)

    async def claim_next(self, agent: Agent) -> UUID | None:
        """Let an agent take the next one."""
        async with self.desk.database.transaction() as session:
            ticket = await handovers.claim_next(session, self.desk, agent)
        return ticket.conversation_id if ticket else None

    @asynccontextmanager
    async def site(self) -> AsyncIterator[httpx.AsyncClient]:
        """Serve the web chat API on a real port."""
        bound = serving.listening_socket()
        listener = Listener(self.desk.database.url)
        async with (
            serving.serving(web.create(WebChat(self.desk, listener)), bound) as url,
            httpx.AsyncClient(base_url=url, timeout=10) as client,
        ):
            yield client

    def with_settings(self, **settings: object) -> "Shift":
        """Return the same shift where the shop has set something else."""
        changed = self.desk.settings.model_copy(update=settings)
        object.__setattr__(self.desk, "settings", changed)
        return self


@dataclass
class Customer:
    """One customer's conversation, seen from both sides."""

    shift: Shift
    id: UUID
    channel: str
    address: str

    # -- what the customer does

    async def sends(self, words: str = "", press: str | None = None, *, photo: bool = False) -> Message:
        """Send a message a moment later, which is stored and not yet answered."""
        shift = self.shift
        await shift.stand_at(shift.now + EVERY_MOMENT)
        file = attachments.read("photo.png", PNG) if photo else None
        number = str(next(shift.numbers))
        inbound = inbox.Inbound(self.channel, self.address, number, words, press, files=(file,) if file else ())
        async with shift.desk.database.transaction() as session:
            return (await inbox.accept(session, inbound, shift.desk.jobs, shift.now, timedelta(hours=24))).message

    async def says(self, words: str = "", *, photo: bool = False) -> Message:
        """Send a message and have it answered."""
        message = await self.sends(words, photo=photo)
        await self.shift.turns.take(message.id)
        return message

    async def presses(self, title: str, place: int = -1) -> Message:
        """Press a button by its title: the newest with that title, or another by its place."""
        shown = [
            button["payload"]
            for message in await self.transcript()
            for button in message.content.get("buttons") or ()
            if button["title"] == title
        ]
        message = await self.sends(press=shown[place])
        await self.shift.turns.take(message.id)
        return message

    async def asks_for_person(
        self, reason: Reason = Reason.ASKED_FOR, detail: str = "The customer asked.", **trigger: object
    ) -> Ticket:
        """Bring a person, as a rule or an action of the dialogue does."""
        await self.shift.stand_at(self.shift.now + EVERY_MOMENT)
        async with self.shift.desk.database.transaction() as session:
            return await handovers.hand_over(session, self.shift.desk, self.id, Call(reason, detail, trigger))

    # -- what agents do

    async def is_claimed(self, name: str = "Ana") -> Ticket:
        """Let an agent claim it."""
        async with self.shift.desk.database.transaction() as session:
            return await handovers.claim(session, self.shift.desk, self.id, name)

    async def is_taken_over(self, agent: Agent) -> Ticket:
        """Let an agent take it over."""
        async with self.shift.desk.database.transaction() as session:
            return await handovers.take_over(session, self.shift.desk, self.id, agent)

    async def is_answered(self, words: str = "I'm looking.", name: str = "Ana", seen: int | None = None) -> Message:
        """Let an agent answer."""
        async with self.shift.desk.database.transaction() as session:
            return await handovers.answer(session, self.shift.desk, Reply(self.id, name, words, seen))

    async def is_passed(self, to: str, name: str = "Ana", line: str = "") -> None:
        """Let an agent pass it on."""
        async with self.shift.desk.database.transaction() as session:
            await handovers.transfer(session, self.shift.desk, self.id, name, to, line)

    async def is_handed_back(self, outcome: Outcome = Outcome.INFORMED, line: str = "", name: str = "Ana") -> None:
        """Let an agent hand it back."""
        async with self.shift.desk.database.transaction() as session:
            await handovers.hand_back(session, self.shift.desk, self.id, name, (outcome, line))

    async def is_helped(self, agent: str = "Ana", outcome: Outcome = Outcome.INFORMED, line: str = "") -> None:
        """Let an agent claim, answer and hand back."""
        await self.is_claimed(agent)
        await self.is_answered(name=agent)
        await self.is_handed_back(outcome, line, agent)

    async def is_written(self, words: str, name: str = "Ana", seen: int | None = None) -> HeldReply:
        """Let an agent send a reply that can be undone for some seconds."""
        async with self.shift.desk.database.transaction() as session:
            return await replies.hold(session, self.shift.desk, Reply(self.id, name, words, seen))

    # -- what the bot does

    async def bot_says(self, words: str, *titles: str, counter: int | None = None) -> list[Message]:
        """Let the bot say something that it found under a counter, the present one unless told otherwise."""
        buttons = tuple({"title": title, "choice": Choice("inform").to_json()} for title in titles)
        async with self.shift.desk.database.transaction() as session:
            now = await conversations.lock(session, self.id)
            sender = Sender(Author.BOT, now.owner_counter if counter is None else counter)
            return await send(session, self.id, [Draft(words, buttons)], sender, self.shift.now)

    # -- what can be seen

    async def get(self) -> Conversation:
        """Read the conversation."""
        async with self.shift.desk.database.transaction() as session:
            return await conversations.get(session, self.id)

    async def owner(self) -> Owner:
        """Return who has it."""
        return (await self.get()).owner

    async def ticket(self) -> Ticket:
        """Read the open handoff, else the newest."""
        async with self.shift.desk.database.transaction() as session:
            found = await handovers.ticket_of(session, self.id)
        assert found is not None
        return found

    async def tickets(self) -> list[Ticket]:
        """Read all handoffs, newest first."""
        async with self.shift.desk.database.transaction() as session:
            return await handoffs.all_of(session, self.id)

    async def transcript(self) -> list[Message]:
        """Read everything that was said."""
        async with self.shift.desk.database.transaction() as session:
            return await conversations.transcript(session, self.id, limit=None)

    async def told(self) -> list[str]:
        """Return what the desk has said in its own name."""
        return [message.text for message in await self.transcript() if message.author is Author.SYSTEM]

    async def heard(self, author: Author) -> list[str]:
        """Return what somebody has said."""
        return [message.text for message in await self.transcript() if message.author is author]

    async def stored(self, message: Message) -> Message:
        """Read a message again."""
        return next(found for found in await self.transcript() if found.id == message.id)

    async def unanswered(self) -> list[Message]:
        """Return the customer's messages that nobody has taken."""
        return [message for message in await self.transcript() if message.state is State.RECEIVED]

    async def called(self) -> list[Alert]:
        """Return how agents were called."""
        async with self.shift.desk.database.transaction() as session:
            return await alerts.of(session, self.id)

    async def calls(self) -> list[str]:
        """Return the kinds of the calls."""
        return [str(alert.kind) for alert in await self.called()]

    async def audited(self) -> list[tuple[str, str]]:
        """Return who did what."""
        async with self.shift.desk.database.transaction() as session:
            return [(row.actor, row.act) for row in await handoffs.audit_of(session, self.id)]

    async def standing(self) -> Place | None:
        """Return the place in the queue."""
        async with self.shift.desk.database.transaction() as session:
            return await handovers.standing_of(session, self.shift.desk, self.id)

    async def surveys(self) -> list[Survey]:
        """Return the surveys."""
        async with self.shift.desk.database.transaction() as session:
            return await surveys_cases.of(session, self.id)

    async def held(self) -> list[HeldReply]:
        """Return the replies that have not left."""
        async with self.shift.desk.database.transaction() as session:
            return await replies.held_in(session, self.id)

    async def held_state(self, reply: HeldReply) -> str:
        """Return how a held reply went on."""
        async with self.shift.desk.database.transaction() as session:
            query = text("SELECT state FROM held_replies WHERE id = :id")
            return str(await session.scalar(query, {"id": reply.id}))

    def step(self) -> "Step":
        """Watch one step: what it says to the customer, whom it calls, how the counter moves."""
        return Step(self)


@dataclass
class Step:
    """What has happened to a conversation since the block began; complete once the block has ended."""

    customer: Customer
    told: list[str] = field(default_factory=list)
    calls: list[Alert] = field(default_factory=list)
    moved: int = 0

    async def __aenter__(self) -> "Step":
        """Remember how it stands."""
        self._said, self._called = len(await self.customer.told()), len(await self.customer.called())
        self._counter = (await self.customer.get()).owner_counter
        return self

    async def __aexit__(self, *_: object) -> None:
        """Look at what has changed."""
        self.told = (await self.customer.told())[self._said :]
        self.calls = (await self.customer.called())[self._called :]
        self.moved = (await self.customer.get()).owner_counter - self._counter

    @property
    def kinds(self) -> list[str]:
        """Return the kinds of the calls."""
        return [str(alert.kind) for alert in self.calls]


@asynccontextmanager
async def open_shift(database: Database, moment: datetime = MONDAY) -> AsyncIterator[Shift]:
    """Open the desk on a database, with a brain that answers."""
    settings = Settings(
        _env_file=None, DATABASE_URL=database.url, secret_key=SecretStr("a key for tests, and for nothing else at all")
    )
    app, stand_in, moods = jobs.create_app(database.url), BrainStandIn(), dict[str, Reading]()
    brain = dialogue.Brain(stand_in.url, timeout_seconds=5)
    desk = Desk(database, jobs.Jobs(app), FixedClock(moment), settings, BOOK, HouseCarrier(), RULES)
    async with app.open_async(), stand_in.reachable():
        yield Shift(desk, stand_in, turn.Turns(desk, brain, _hear_with(moods)), moods)
    await brain.close()


def _hear_with(moods: dict[str, Reading]) -> turn.Hear:
    async def hear(words: str) -> turn.Heard:
        answers = ({"question": "Do you ship abroad?", "answer": "We do.", "score": 0.9},)
        return turn.Heard([{"text": words, "vector": VECTOR}], moods.get(words, CALM), lambda: answers)

    return hear


def upset(*words: str, score: float = 0.95) -> Reading:
    """A reading of somebody who is upset."""
    return Reading(score, words, "mood.head", "mood")


def threat(*words: str) -> Reading:
    """A reading of a legal threat."""
    return Reading(0.5, words, "legal.threat", "legal")


def danger(*words: str) -> Reading:
    """A reading of a danger to somebody."""
    return Reading(0.3, words, "safety.injury", "safety")
