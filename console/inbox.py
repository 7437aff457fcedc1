"""The left column: what this agent has, and what waits for somebody."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments
from sqlalchemy.ext.asyncio import AsyncSession

from casework import agents, handovers
from casework.desk import Desk
from casework.handovers import Held, Waiting
from console import alarm, claiming, live, moments, notices, words
from console.board import SHOWN, Board
from console.room import Room
from conversations.message import Author
from handoff import repository, routing
from handoff.agent import Agent
from handoff.rules import HandoffRules
from handoff.ticket import Stage, Ticket

PAUSE_SECONDS = 0.5
"""Between two readings of the queue."""
LATELY = timedelta(hours=12)
LONGEST_WORDS = 140
A_FILE = "A photo or a file"
"""What stands for a message without words."""
FILTERS = ("all", "mine", "team")
WEB = "web"
"""The channel that a customer can leave; on the others they are always reached."""

type Line = dict[str, Any]
type Open = Callable[[str], Awaitable[None]]
type Claimed = Callable[[UUID], Awaitable[None]]


class InboxList(Element, component="static/inbox.js"):
    """One list (`mine` or `waiting`) as the browser draws it; times tick there, so that a minute costs no message."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self.props["part"] = part

    def put(self, facts: Line, now: datetime) -> None:
        """Show other facts; nothing is sent unless something has changed."""
        if any(self.props.get(name) != value for name, value in facts.items()):
            self.props.update(facts)
            self.props["now"] = words.milliseconds(now)
            self.update()


class Inbox:
    """Both lists, kept up to date apart from each other: a customer's word to this agent waits for no long queue.

    `on_open` gets a conversation's id as the browser names it, `on_claimed` that of one that this agent now has.
    """

    def __init__(self, room: Room, board: Board, on_open: Open, on_claimed: Claimed) -> None:
        self._room = room
        self._board = board
        self._on_open = on_open
        self._on_claimed = on_claimed
        self._filter = "all"
        self._client = ui.context.client
        self._unanswered = self._waiting = 0
        self._mine, self._queue = InboxList("mine"), InboxList("waiting")
        self._queue.props["team"] = room.agent.team or ""
        self._mine.on("open", self._opened)
        for name, handler in (
            ("open", self._opened),
            ("claim", self._claim),
            ("claim-next", self._claim_next),
            ("narrow", self._narrow),
        ):
            self._queue.on(name, handler)
        self._watches = (
            live.on_any_news(room, self.load_mine),
            live.on_any_news(room, self.load_queue, pause=PAUSE_SECONDS),
        )

    def select(self, conversation_id: UUID | None) -> None:
        """Mark the conversation that is open."""
        for one in (self._mine, self._queue):
            one.props["selected"] = str(conversation_id) if conversation_id else ""
            one.update()

    async def load(self) -> None:
        """Read both lists anew."""
        await asyncio.gather(self.load_mine(), self.load_queue())

    async def load_mine(self) -> None:
        """Read anew what this agent has."""
        room = self._room
        async with room.desk.database.transaction() as session:
            held = await handovers.held_by(session, room.desk, room.agent.name)
        lines = [held_line(one, room.desk.handoff) for one in held]
        self._mine.put({"lines": lines, "total": len(lines)}, room.desk.clock.now())
        self._unanswered = sum(1 for line in lines if line["since"])
        self._count()

    async def load_queue(self) -> None:
        """Read anew what waits for somebody."""
        room = self._room
        queue = await (self._board.queue if self._filter == "all" else self._board.long_queue).get()
        async with room.desk.database.transaction() as session:
            calm = "" if queue.total else await _last_wait(session, room.desk)
            skills = routing.skills_of(await agents.everyone(session)) if self._filter == "mine" else frozenset()
        fitting = [line for line in queue.lines if fits(line.ticket, room.agent, self._filter, skills)]
        facts = {
            "lines": [waiting_line(one, room.desk.handoff) for one in fitting[:SHOWN]],
            "total": queue.total,
            "calm": calm,
            "narrowed": self._filter,
            "more": more(queue.total, len(queue.lines), len(fitting)),
        }
        self._queue.put(facts, room.desk.clock.now())
        self._waiting = queue.total
        self._count()

    def _count(self) -> None:
        alarm.count(self._client, self._unanswered + self._waiting)

    def _look_again(self) -> None:
        for watch in self._watches:
            watch.now()

    async def claim_next(self) -> None:
        """Claim the most urgent one that fits this agent."""
        room = self._room
        async with room.desk.database.transaction() as session:
            ticket = await handovers.claim_next(session, room.desk, room.agent)
        if ticket is None:
            notices.say("Nobody is waiting whom you could take at the moment.")
            return
        self._look_again()
        await self._on_claimed(ticket.conversation_id)

    async def _opened(self, event: GenericEventArguments) -> None:
        await notices.attempt(self._on_open(str(event.args)))

    async def _claim(self, event: GenericEventArguments) -> None:
        await notices.attempt(self._claim_one(UUID(str(event.args))))
        self._look_again()

    async def _claim_one(self, conversation_id: UUID) -> None:
        await claiming.claim(self._room, conversation_id)
        await self._on_claimed(conversation_id)

    async def _claim_next(self) -> None:
        await notices.attempt(self.claim_next())

    async def _narrow(self, event: GenericEventArguments) -> None:
        wanted = str(event.args)
        self._filter = wanted if wanted in FILTERS else "all"
        await notices.attempt(self.load_queue())


def fits(ticket: Ticket, agent: Agent, narrowed: str, known_skills: frozenset[str]) -> bool:
    """Tell whether a line is to be shown: all, those of the agent's team, or those that could be given to the agent."""
    if narrowed == "team":
        return ticket.team is not None and ticket.team == agent.team
    return narrowed != "mine" or routing.fits(agent, ticket, known_skills)


async def _last_wait(session: AsyncSession, desk: Desk) -> str:
    """Say how long the customer had waited who was taken last, when that was lately."""
    past = await repository.past_waits(session, desk.clock.now() - LATELY, limit=1)
    return f"The last customer waited {moments.lasting(past[0].seconds)}." if past else ""


def waiting_line(waiting: Waiting, rules: HandoffRules) -> Line:
    """Return what the browser shows of a conversation that waits; times in milliseconds."""
    ticket = waiting.ticket
    line = _line(ticket, waiting.customer, waiting.channel, waiting.last_words, rules, waiting.mood)
    due = ticket.first_response_due
    since = waiting.waiting_since
    return line | {
        "place": waiting.place,
        "since": words.milliseconds(since),
        "near": words.milliseconds(nearing(since, due)),
        "due": words.milliseconds(due),
        "here": waiting.customer_here,
        "badges": badges(ticket, has_left=waiting.channel == WEB and not waiting.customer_here),
    }


def held_line(held: Held, rules: HandoffRules) -> Line:
    """Return what the browser shows of a conversation that an agent has; times in milliseconds."""
    ticket, since = held.ticket, held.unanswered_since
    line = _line(ticket, held.customer, held.channel, held.last_words, rules, held.mood)
    due = answer_due(ticket, since, rules)
    return line | {
        "author": "" if held.last_author is Author.CUSTOMER else _AUTHORS.get(held.last_author, ""),
        "since": words.milliseconds(since),
        "near": words.milliseconds(nearing(since, due)),
        "due": words.milliseconds(due),
        "here": held.customer_here,
        "badges": badges(ticket, has_left=held.channel == WEB and not held.customer_here),
    }


_AUTHORS = {Author.AGENT: "You", Author.BOT: "Assistant", Author.SYSTEM: "Notice"}


def answer_due(ticket: Ticket, since: datetime | None, rules: HandoffRules) -> datetime | None:
    """Return until when the customer should have an answer: the first by its target, later ones in the same time."""
    if since is None:
        return None
    if ticket.first_response_at is None and ticket.first_response_due is not None:
        return ticket.first_response_due
    target = rules.targets.get(ticket.priority)
    return since + timedelta(minutes=target.first_response) if target else None


def nearing(since: datetime | None, due: datetime | None) -> datetime | None:
    """Return from when on a due time counts as near: its last quarter."""
    return due - (due - since) / 4 if since and due and due > since else due


def badges(ticket: Ticket, *, has_left: bool) -> list[str]:
    """Return what an agent should know before claiming, in words: gone, to be reached elsewhere, passed over."""
    found = []
    if ticket.contact_wanted:
        found.append("Left, no address" if has_left else "No address yet")
    elif ticket.callback:
        found.append("Call back")
    elif has_left:
        found.append("Left the chat")
    if ticket.stage is Stage.TIMED_OUT:
        found.append("Nobody came in time")
    return found


def _line(
    ticket: Ticket, customer: str, channel: str, last_words: str, rules: HandoffRules, mood: float | None
) -> Line:
    return {
        "id": str(ticket.conversation_id),
        "customer": words.customer(customer),
        "known": bool(customer),
        "channel": words.channel(channel),
        "reason": words.reason(ticket),
        "priority": ticket.priority,
        "mood": mood_word(mood, rules),
        "words": last_words[:LONGEST_WORDS] or A_FILE,
        "tags": words.tags(ticket),
    }


def mood_word(mood: float | None, rules: HandoffRules) -> str:
    """Say how upset a customer is: `Upset`, `Tense`, or nothing."""
    if mood is None or mood < rules.mood.offer:
        return ""
    return "Upset" if mood >= rules.mood.at_once else "Tense"


def more(total: int, looked_through: int, fitting: int) -> str:
    """Say what is not shown; where only some lines were looked through, it does not pretend to know the others."""
    beyond = total - looked_through
    hidden = max(fitting - SHOWN, 0)
    if beyond <= 0 and hidden == 0:
        return ""
    if fitting == looked_through:
        return f"and {total - min(fitting, SHOWN):,} more"
    known = f"and {hidden:,} more that fit" if hidden else ""
    unknown = f"{beyond:,} further down were not looked through" if beyond > 0 else ""
    return "; ".join(part for part in (known, unknown) if part)
