"""The head of the open conversation: who it is, how long they wait, why a person came, and what can be done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from casework.brief import Who
from casework.handovers import HERE_SECONDS
from console import words
from console.markup import Tag, button
from console.moments import Wall
from conversations.conversation import Conversation, Owner
from handoff.agent import Agent
from handoff.ticket import OUTCOME_TITLES, Ticket

PRIORITIES = {1: "Urgent", 2: "High", 3: "Normal"}
_ACTS = {
    "claim": ("Claim", "Take it out of the queue (c)"),
    "take_over": ("Take over", "Answer this customer yourself"),
    "transfer": ("Transfer", "Pass it on to a colleague or a team (t)"),
    "finish": ("Finish", "Hand back to the assistant with an outcome (f)"),
}


@dataclass(frozen=True)
class Clock:
    """A time that is to be kept, in words."""

    text: str
    late: bool


@dataclass(frozen=True)
class Head:
    """What stands in the head."""

    customer: str
    proof: str
    channel: str
    presence: str
    here: bool
    reason: str
    detail: str
    priority: int
    owner: str
    tags: tuple[str, ...]
    clock: Clock | None
    acts: tuple[str, ...]


def head_of(conversation: Conversation, ticket: Ticket | None, who: Who | None, agent: Agent, wall: Wall) -> Head:
    """Put the head of a conversation together, as this agent sees it now."""
    running = ticket if ticket and ticket.is_open else None
    here = _is_here(conversation, wall)
    return Head(
        customer=who.name if who else words.UNKNOWN_CUSTOMER,
        proof="" if who and who.proved != "nothing" else "not verified",
        channel=words.channel(conversation.channel),
        presence=_presence(conversation, here, wall),
        here=here,
        reason=words.reason(ticket) if ticket else "",
        detail=ticket.detail if ticket else "",
        priority=running.priority if running else 0,
        owner=_owner(conversation, ticket, agent, wall),
        tags=tuple(_tags(running)),
        clock=_next_clock(running, wall),
        acts=acts_of(conversation, ticket, agent),
    )


def acts_of(conversation: Conversation, ticket: Ticket | None, agent: Agent) -> tuple[str, ...]:
    """Return what this agent can do with a conversation as a whole."""
    if conversation.owner is Owner.QUEUE:
        return ("claim",) if ticket and ticket.waits else ()
    if conversation.owner is Owner.BOT:
        return ("take_over",)
    if conversation.agent_name == agent.name:
        return ("transfer", "finish")
    return ("take_over",) if agent.may_supervise else ()


def build(head: Head, act: Callable[[str], Awaitable[None]]) -> None:
    """Build the head into the present container; `act` gets the name of the act that was pressed."""
    with Tag("div", "rd-head-who"):
        with Tag("h1", "rd-name"):
            Tag("span", "", head.customer, {"dir": "auto"})
            if head.proof:
                Tag("span", "rd-badge", head.proof)
        with Tag("p", "rd-facts"):
            Tag("span", "", head.channel)
            if head.presence:
                Tag("span", "rd-presence rd-presence-here" if head.here else "rd-presence", head.presence)
            Tag("span", "", head.owner)
    with Tag("div", "rd-head-why"):
        if head.reason:
            with Tag("p", "rd-reason", attributes={"title": head.detail or None}):
                if head.priority:
                    Tag("span", f"rd-priority rd-priority-{head.priority}", PRIORITIES[head.priority])
                Tag("span", "", head.reason)
        with Tag("p", "rd-facts"):
            if head.clock:
                Tag("span", "rd-clock rd-clock-late" if head.clock.late else "rd-clock", head.clock.text)
            for tag in head.tags:
                Tag("span", "rd-badge", tag)
    with Tag("div", "rd-head-acts"):
        for name in head.acts:
            title, hint = _ACTS[name]
            main = name in ("claim", "finish")
            pressed = button("rd-button rd-main" if main else "rd-button", title)
            pressed.attributes({"title": hint, "data-act": name})
            pressed.on("click", lambda which=name: act(which), args=[])


def _is_here(conversation: Conversation, wall: Wall) -> bool:
    seen = conversation.customer_seen_at
    return seen is not None and wall.now - seen <= timedelta(seconds=HERE_SECONDS)


def _presence(conversation: Conversation, here: bool, wall: Wall) -> str:
    if here:
        return "here now"
    seen = conversation.customer_seen_at
    return f"left {wall.ago(seen)}" if seen else ""


def _owner(conversation: Conversation, ticket: Ticket | None, agent: Agent, wall: Wall) -> str:
    if conversation.owner is Owner.AGENT:
        return "with you" if conversation.agent_name == agent.name else f"with {conversation.agent_name}"
    if conversation.owner is Owner.QUEUE:
        since = f" since {wall.short(ticket.requested_at)}" if ticket and ticket.waits else ""
        return f"waits{since}"
    if ticket and ticket.outcome:
        by = f" by {ticket.agent_name}" if ticket.agent_name else ""
        return f"with the assistant, handed back{by}: {OUTCOME_TITLES[ticket.outcome].lower()}"
    return "with the assistant"


def _tags(ticket: Ticket | None) -> list[str]:
    if ticket is None:
        return []
    offline = ["also by e-mail"] if ticket.callback else []
    wanted = ["no address yet"] if ticket.contact_wanted else []
    return [*words.tags(ticket), *offline, *wanted]


def _next_clock(ticket: Ticket | None, wall: Wall) -> Clock | None:
    """The time that is to be kept next: until the first answer that one, then the one until it is solved."""
    if ticket is None:
        return None
    if ticket.first_response_due and ticket.first_response_at is None:
        return _clock("Answer", ticket.first_response_due, wall)
    return _clock("Solution", ticket.resolution_due, wall) if ticket.resolution_due else None


def _clock(what: str, due: datetime, wall: Wall) -> Clock:
    late = due < wall.now
    return Clock(f"{what} {wall.until(due)}" if late else f"{what} due {wall.until(due)}", late)
