"""The left column: what this agent has, and what waits for somebody."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from casework import agents, handovers
from casework.handovers import Held, Waiting
from console import alarm, live, notices, words
from console.room import Room
from conversations.message import Author
from handoff import routing
from handoff.agent import Agent
from handoff.rules import HandoffRules
from handoff.ticket import Stage, Ticket

SHOWN = 100
"""Lines of the queue that are shown; of the others it says how many there are."""
LOOKED_THROUGH = 500
"""Lines that are looked through when only some are to be shown."""
PAUSE_SECONDS = 0.3
LONGEST_WORDS = 140
FILTERS = ("all", "mine", "team")
WEB = "web"
"""The channel that a customer can leave; on the others they are always reached."""

type Line = dict[str, Any]
type Open = Callable[[str], Awaitable[None]]
type Claimed = Callable[[UUID], Awaitable[None]]


class InboxList(Element, component="static/inbox.js"):
    """The lists as the browser draws them; it also lets the times tick, so that a waiting minute costs no message."""


class Inbox:
    """The lists, kept up to date; `on_open` gets a conversation's id, `on_claimed` one that this agent now has."""

    def __init__(self, room: Room, on_open: Open, on_claimed: Claimed) -> None:
        self._room = room
        self._on_open = on_open
        self._on_claimed = on_claimed
        self._filter = "all"
        self._list = InboxList()
        self._list.props["team"] = room.agent.team or ""
        self._list.props["available"] = True
        for name, handler in (
            ("open", self._opened),
            ("claim", self._claim),
            ("claim-next", self._claim_next),
            ("narrow", self._narrow),
        ):
            self._list.on(name, handler)
        self._watch = live.on_any_news(room, self.load, pause=PAUSE_SECONDS)

    def select(self, conversation_id: UUID | None) -> None:
        """Mark the conversation that is open."""
        self._list.props["selected"] = str(conversation_id) if conversation_id else ""
        self._list.update()

    async def load(self) -> None:
        """Read both lists anew; nothing is sent to the browser unless something has changed."""
        room, agent = self._room, self._room.agent
        limit = SHOWN if self._filter == "all" else LOOKED_THROUGH
        async with room.desk.database.transaction() as session:
            held = await handovers.held_by(session, room.desk, agent.name)
            queue = await handovers.queue(session, room.desk, limit)
            skills = routing.skills_of(await agents.everyone(session)) if self._filter == "mine" else frozenset()
        now = room.desk.clock.now()
        fitting = [line for line in queue.lines if fits(line.ticket, agent, self._filter, skills)]
        rules = room.desk.handoff
        mine = [held_line(one, rules) for one in held]
        self._put(
            {
                "mine": mine,
                "waiting": [waiting_line(one, rules) for one in fitting[:SHOWN]],
                "total": queue.total,
                "narrowed": self._filter,
                "more": _more(queue.total, len(queue.lines), len(fitting)),
            },
            now,
        )
        alarm.Bell.count(sum(1 for line in mine if line["since"]) + queue.total)

    async def claim_next(self) -> None:
        """Claim the most urgent one that fits this agent."""
        room = self._room
        async with room.desk.database.transaction() as session:
            ticket = await handovers.claim_next(session, room.desk, room.agent)
        if ticket is None:
            notices.say("Nobody is waiting whom you could take at the moment.")
            return
        self._watch.now()
        await self._on_claimed(ticket.conversation_id)

    def _put(self, lists: Line, now: datetime) -> None:
        props = self._list.props
        if any(props.get(name) != value for name, value in lists.items()):
            props.update(lists)
            props["now"] = words.milliseconds(now)
            self._list.update()

    async def _opened(self, event: GenericEventArguments) -> None:
        await notices.attempt(self._on_open(str(event.args)))

    async def _claim(self, event: GenericEventArguments) -> None:
        await notices.attempt(self._claim_one(UUID(str(event.args))))
        self._watch.now()

    async def _claim_one(self, conversation_id: UUID) -> None:
        room = self._room
        async with room.desk.database.transaction() as session:
            await handovers.claim(session, room.desk, conversation_id, room.agent.name)
        await self._on_claimed(conversation_id)

    async def _claim_next(self) -> None:
        await notices.attempt(self.claim_next())

    async def _narrow(self, event: GenericEventArguments) -> None:
        wanted = str(event.args)
        self._filter = wanted if wanted in FILTERS else "all"
        await notices.attempt(self.load())


def fits(ticket: Ticket, agent: Agent, narrowed: str, known_skills: frozenset[str]) -> bool:
    """Tell whether a line is to be shown: all, those of the agent's team, or those that could be given to the agent."""
    if narrowed == "team":
        return ticket.team is not None and ticket.team == agent.team
    return narrowed != "mine" or routing.fits(agent, ticket, known_skills)


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
        "words": last_words[:LONGEST_WORDS],
        "tags": words.tags(ticket),
    }


def mood_word(mood: float | None, rules: HandoffRules) -> str:
    """Say how upset a customer is: `Upset`, `Tense`, or nothing."""
    if mood is None or mood < rules.mood.offer:
        return ""
    return "Upset" if mood >= rules.mood.at_once else "Tense"


def _more(total: int, looked_through: int, fitting: int) -> str:
    """Say what is not shown; when only some lines were looked through, it does not pretend to know the others."""
    beyond = total - looked_through
    hidden = max(fitting - SHOWN, 0)
    if beyond <= 0 and hidden == 0:
        return ""
    if fitting == looked_through:
        return f"and {total - min(fitting, SHOWN):,} more"
    known = f"and {hidden:,} more that fit" if hidden else ""
    unknown = f"{beyond:,} further down were not looked through" if beyond > 0 else ""
    return "; ".join(part for part in (known, unknown) if part)
