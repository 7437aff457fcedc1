"""Taking over, passing on and handing back: each dialog shows the words that the customer will read."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import brief, decisions, handovers, replies
from console import dialogs
from console.dialogs import Choice, Field, Foot, Modal, Question, Selection, Told, says
from console.markup import Tag
from console.room import Room
from conversations.conversation import Conversation, Owner
from handoff import agents, texts
from handoff.agent import Agent
from handoff.ticket import OUTCOME_TITLES, Outcome
from kit import errors
from store import repository as store
from store.returns import Return

_ELSEWHERE = "waits too, from an earlier conversation, and is not decided by this. Decide it beside its order."
_PLACE = re.compile(r"\s*\{place\}")


def take_over(room: Room, conversation: Conversation, changed: Callable[[], None]) -> None:
    """Ask before a conversation is taken from the assistant or from a colleague; call it within a page."""
    holder = conversation.agent_name if conversation.owner is Owner.AGENT else None
    text = texts.joined(room.desk.handoff, room.agent.name, holder)
    lines = (
        [f"{holder} has this conversation now and loses it to you."]
        if holder
        else ["The assistant is silent from now on, until you hand back."]
    )

    async def act(_: str) -> None:
        async with room.desk.database.transaction() as session:
            await handovers.take_over(session, room.desk, conversation.id, room.agent)
        changed()

    dialogs.ask(Question("Take this conversation over?", lines, "Take over", told=lambda _: text), act)


async def transfer(
    room: Room, conversation: Conversation, changed: Callable[[], None], leaving: Callable[[bool], None]
) -> None:
    """Ask to whom a conversation goes; call it within a page.

    `leaving` is told True before the agent lets it go, and False when that could not be done.
    """
    async with room.desk.database.transaction() as session:
        titles = await _colleagues_and_teams(session, room)
    with Modal("Pass this conversation on") as modal:
        if not titles:
            says(["There is nobody else, and no team to pass it to."])
            return
        to = Selection("To", titles)
        line = Field("A line for your colleague", "A note in the transcript. The customer never sees it.", lines=2)
        told = Told(_passed_text(room, to.value))
        to.on_change(lambda: told.show(_passed_text(room, to.value)))

        async def act() -> None:
            await _let_replies_leave(room, conversation.id)
            leaving(True)
            try:
                async with room.desk.database.transaction() as session:
                    await handovers.transfer(session, room.desk, conversation.id, room.agent.name, to.value, line.value)
            except BaseException:
                leaving(False)
                raise
            changed()

        Foot(modal, "Pass it on", act)


async def finish(room: Room, conversation_id: UUID, changed: Callable[[], None]) -> None:
    """Ask with what outcome a conversation is handed back; says which returns are decided by it."""
    waiting, elsewhere = await _undecided(room, conversation_id)
    with Modal("Finish and hand back") as modal:
        titles = {outcome.value: title for outcome, title in OUTCOME_TITLES.items()}
        # Where an outcome decides a return, nobody decides by not having chosen.
        outcome = Choice("Outcome", titles, "" if waiting else Outcome.INFORMED.value)
        decides = says([])
        line = Field("A line for the customer", "The assistant says it when it takes over. May be empty.", lines=2)
        told = Told("")

        def show() -> None:
            show_words()
            decides.clear()
            with decides:
                for sentence in decided_lines(_chosen(outcome), waiting, elsewhere):
                    Tag("li", "", sentence)

        def show_words() -> None:
            chosen = _chosen(outcome)
            told.show(ending_text(room, chosen, line.value, waiting) if chosen else "")

        outcome.on_change(show)
        line.on_change(show_words)
        show()

        async def act() -> None:
            chosen = _chosen(outcome)
            if chosen is None:
                raise errors.BadInput("Choose an outcome: a return waits for your decision")
            await _let_replies_leave(room, conversation_id)
            ending = (chosen, line.value.strip())
            await handovers.finish(room.desk, conversation_id, room.agent.name, ending)
            changed()

        Foot(modal, "Hand back", act)


async def _undecided(room: Room, conversation_id: UUID) -> tuple[list[Return], list[str]]:
    """Return what waits for a person in a conversation, and the numbers of the customer's others that wait."""
    async with room.desk.database.transaction() as session:
        found = await store.returns_of_conversation(session, conversation_id)
        case = await brief.of(session, room.desk, conversation_id)
    waiting = [one for one in found if one.approval == "requested"]
    here = {one.rma for one in waiting}
    return waiting, [rma for rma in case.waiting_decision if rma not in here]


def _chosen(outcome: Choice) -> Outcome | None:
    return Outcome(outcome.value) if outcome.value else None


def decided_lines(outcome: Outcome | None, waiting: Sequence[Return], elsewhere: Sequence[str] = ()) -> list[str]:
    """Say what an outcome does to the returns that wait for a person; it leaves those of other conversations alone."""
    return [_decided(outcome, waiting, elsewhere), *(f"{rma}: {_ELSEWHERE}" for rma in elsewhere)]


def _decided(outcome: Outcome | None, waiting: Sequence[Return], elsewhere: Sequence[str]) -> str:
    names = ", ".join(one.rma for one in waiting)
    if not waiting:
        here = "of this conversation " if elsewhere else ""
        return f"No return {here}waits for a decision; none is changed."
    if outcome is None:
        return f"{names}: {'wait' if len(waiting) > 1 else 'waits'} for your decision. Choose how it ends."
    if outcome is Outcome.APPROVED:
        return f"{names}: approved, and the customer gets the label."
    if outcome is Outcome.REFUSED:
        return f"{names}: refused. What you write below is all that the customer reads as a reason."
    return f"{names}: still {'wait' if len(waiting) > 1 else 'waits'} for a decision after you have left."


def ending_text(room: Room, outcome: Outcome, line: str, waiting: Sequence[Return]) -> str:
    """Return what the customer will read at the end; labels go with it as files."""
    decided: list[Return] = []
    if outcome is Outcome.APPROVED:
        decided = [replace(one, approval="approved") for one in waiting]
    elif outcome is Outcome.REFUSED:
        decided = [replace(one, approval="rejected") for one in waiting]
    whole = " ".join(part for part in (decisions.in_words(decided), line.strip()) if part)
    return texts.handed_back(room.desk.handoff, room.agent.name, (outcome, whole))


async def _let_replies_leave(room: Room, conversation_id: UUID) -> None:
    """Send what the agent has written and what is still held, before the conversation goes out of their hands.

    Raises:
        Conflict: one of these was written without seeing the newest message; the agent has to look at it first.
    """
    async with room.desk.database.transaction() as session:
        waiting = await replies.held_in(session, conversation_id)
        own = [one for one in waiting if one.agent_name == room.agent.name]
        left = [await replies.send_now(session, room.desk, one.id, room.agent.name) for one in own]
    if None in left:
        raise errors.Conflict("Your last reply has not left: something came in before it. Look at it first")


def _passed_text(room: Room, to: str) -> str:
    kind, _, name = to.partition(":")
    if kind == "agent":
        return texts.joined(room.desk.handoff, name, room.agent.name)
    template = _PLACE.sub(" (Their place in the queue.)", room.desk.handoff.texts.passed_to_team)
    return texts.with_name(template, room.agent.name)


async def _colleagues_and_teams(session: AsyncSession, room: Room) -> dict[str, str]:
    """Return to whom a conversation can be passed: who is there first, then the teams, and who is away last."""
    now = room.desk.clock.now()
    loads = await agents.loads(session)
    others = [one for one in await agents.everyone(session) if not one.disabled and one.name != room.agent.name]
    others.sort(key=lambda one: (loads.get(one.name, 0), one.name))
    here = {_value(one): f"{one.name}, {loads.get(one.name, 0)} open" for one in others if one.is_online(now)}
    away = {_value(one): f"{one.name} (not here)" for one in others if not one.is_online(now)}
    teams = {f"team:{name}": f"Team {name} (back into the queue)" for name in room.desk.handoff.teams}
    return here | teams | away


def _value(agent: Agent) -> str:
    return f"agent:{agent.name}"
