"""The supervisor's page: who waits and for how long, who is there with how much, and whether the targets are kept."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from casework import handovers
from casework.supervision import AgentLoad, Clock, Overview, Watched
from console import alarm, guard, inbox, live, templates, words
from console.dialogs import Question, ask
from console.shell import RECONNECT_SECONDS, Shell
from handoff import texts
from handoff.ticket import Stage

PAUSE_SECONDS = 1.0
LONGEST_WORDS = 160
NOT_FOR_YOU = "This page shows how everybody is doing, and is for supervisors. Your conversations are on the desk."

type Facts = dict[str, Any]


class Watchtower(Element, component="static/supervisor.js"):
    """The page as the browser draws it; the clocks tick there."""


def register() -> None:
    """Put the page under its address."""

    @ui.page("/supervisor", reconnect_timeout=RECONNECT_SECONDS)
    async def supervisor(request: Request) -> Response | None:
        if not guard.room_of(request).agent.may_supervise:
            page = templates.render("words.html", heading="For supervisors", words=NOT_FOR_YOU)
            return HTMLResponse(page, 403)
        await SupervisorPage(Shell(request, "Supervisor", here="supervisor")).load()
        return None


class SupervisorPage:
    """One open supervisor's page."""

    def __init__(self, shell: Shell) -> None:
        self._room = shell.room
        self._board = shell.board
        self._client = ui.context.client
        with shell.body:
            self._tower = Watchtower()
        self._tower.on("take", self._ask)
        self._watch = live.on_any_news(self._room, self.load, pause=PAUSE_SECONDS)

    async def load(self) -> None:
        """Read the whole picture anew; nothing is sent unless something has changed."""
        desk = self._room.desk
        overview = await self._board.overview.get()
        facts = picture(overview, self._room.agent.name)
        if any(self._tower.props.get(name) != value for name, value in facts.items()):
            self._tower.props.update(facts | {"now": words.milliseconds(desk.clock.now())})
            self._tower.update()
        alarm.count(self._client, overview.waiting)

    def _ask(self, event: GenericEventArguments) -> None:
        """Say what taking over means, before it is done."""
        wanted = event.args if isinstance(event.args, dict) else {}
        conversation_id, holder = UUID(str(wanted.get("id"))), str(wanted.get("holder") or "")
        told = texts.joined(self._room.desk.handoff, self._room.agent.name, holder or None)
        question = Question("Take this conversation over?", [consequences(holder)], "Take over", told=lambda _: told)
        with self._client.content:
            ask(question, lambda _: self._take_over(conversation_id))

    async def _take_over(self, conversation_id: UUID) -> None:
        room = self._room
        async with room.desk.database.transaction() as session:
            await handovers.take_over(session, room.desk, conversation_id, room.agent)
        ui.navigate.to(f"/c/{conversation_id}")


def consequences(holder: str) -> str:
    """Say what happens when a conversation is taken over."""
    return f"{holder} has it now, and can only read along from then on." if holder else "It leaves the queue."


def picture(overview: Overview, viewer: str) -> Facts:
    """Return everything that the page shows; times in milliseconds, lengths in words."""
    return {
        "waiting": overview.waiting,
        "oldest": words.milliseconds(overview.oldest),
        "breaches": overview.breaches,
        "figures": [
            ["First response today", *_median(overview.median_first_response_seconds)],
            ["Resolution today", *_median(overview.median_resolution_seconds)],
            ["Handled today", f"{overview.handled_today:,}", ""],
            ["CSAT", _score(overview.csat), f"of 5, {overview.csat_answers:,} answers" if overview.csat else ""],
        ],
        "priorities": [
            [title, style, overview.by_priority.get(number, 0)]
            for number, title, style in ((1, "Urgent", "urgent"), (2, "High", "high"), (3, "Normal", ""))
        ],
        "agents": [agent_row(load) for load in overview.agents],
        "tickets": [ticket_row(watched, viewer) for watched in overview.watched],
    }


def agent_row(load: AgentLoad) -> Facts:
    """Return what is shown of an agent."""
    agent = load.agent
    return {
        "name": agent.name,
        "about": " · ".join(part for part in (agent.team or "", ", ".join(agent.skills)) if part),
        "presence": "Online" if load.online else ("Away" if not agent.available else "Offline"),
        "online": load.online,
        "conversations": load.conversations,
        "capacity": agent.capacity,
        "unanswered": load.waiting_for_answer,
        "handled": load.handled_today,
        "csat": _score(load.csat),
    }


def ticket_row(watched: Watched, viewer: str) -> Facts:
    """Return what is shown of an open ticket; those with a missed target are marked."""
    ticket = watched.ticket
    return {
        "id": str(ticket.conversation_id),
        "customer": words.customer(watched.customer),
        "channel": words.channel(watched.channel),
        "words": watched.last_words[:LONGEST_WORDS] or inbox.A_FILE,
        "reason": words.reason(ticket),
        "priority": ticket.priority,
        "holder": ticket.agent_name if ticket.stage is Stage.CLAIMED else "",
        "mine": ticket.stage is Stage.CLAIMED and ticket.agent_name == viewer,
        "waits": ticket.waits,
        "badges": [*words.tags(ticket), *inbox.badges(ticket, has_left=False)],
        "since": words.milliseconds(ticket.requested_at),
        "first": clock(watched.first_response, words.milliseconds(ticket.requested_at)),
        "whole": clock(watched.resolution, words.milliseconds(ticket.requested_at)),
        "breached": watched.first_response.breached or watched.resolution.breached,
    }


def clock(one: Clock, started: int | None) -> Facts:
    """Return a target as the browser counts it; `near` is the last quarter of the time."""
    due = words.milliseconds(one.due)
    near = due - (due - started) // 4 if due and started and due > started else due
    return {"due": due, "near": near, "done": words.milliseconds(one.done_at), "breached": one.breached}


def _median(seconds: float | None) -> tuple[str, str]:
    return ("–", "") if seconds is None else (words.span(seconds), "median")


def _score(csat: float | None) -> str:
    return "–" if csat is None else f"{csat:.1f}"
