"""What an act will come to, said before it is done: line by line, and in the words that the customer will read."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from casework import order_desk, proposal, rehearsal
from casework.desk import Desk
from casework.proposal import Refusal
from casework.scenes import Done, OrderDone
from casework.wanted import OpenReturn, Wish
from console import words
from console.dialogs import Told, says
from console.markup import Tag
from console.room import Room
from kit import errors

HERE = "The customer will read"
NOTICE = "The customer will read, as a notice where they can be reached"
NOT_TOLD = "The customer is not told."
_PAUSE_SECONDS = 0.2
"""So long nothing is worked out while somebody types."""
_NUMBER_TO_COME = "(its number)"

type Act = Callable[[Desk], Awaitable[Done] | Awaitable[OrderDone]]


@dataclass(frozen=True)
class Plan:
    """What an agent is about to do: `act` does it with a desk; the wish behind it, if there is one, says it in lines.

    `overruled` are rules that are set aside for it.
    """

    act: Act
    wish: Wish | None = None
    overruled: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Outlook:
    """What will happen, or the `problem` that stops it; `here` and `notice` are the customer's words, where told."""

    lines: tuple[str, ...] = ()
    problem: str = ""
    here: str = ""
    notice: str = ""

    @property
    def told(self) -> str:
        """What the customer reads, wherever they do."""
        return self.here or self.notice

    @property
    def told_as(self) -> str:
        """Say where the customer reads it."""
        return HERE if self.here else NOTICE if self.notice else NOT_TOLD


async def look_ahead(room: Room, plan: Plan) -> Outlook:
    """Work out what a plan comes to now; nothing of it stays. Its problem is a sentence for an agent."""
    try:
        lines: tuple[str, ...] = ()
        if plan.wish:
            async with room.desk.database.transaction() as session:
                shown = await order_desk.propose(session, room.desk, plan.wish, plan.overruled)
            if isinstance(shown, Refusal):
                return Outlook(problem=proposal.refusal_in_words(shown))
            lines = shown.lines
        seen = await rehearsal.rehearse(room.desk, room.agent.name, plan.act)
    except errors.HouseError as error:
        return Outlook(problem=words.trouble(error))
    opened = seen.done.return_.rma if isinstance(plan.wish, OpenReturn) and isinstance(seen.done, Done) else ""
    here, notice = (text.replace(opened, _NUMBER_TO_COME) if opened else text for text in (seen.here, seen.notice))
    return Outlook(lines, "", here, notice)


class Forecast(Tag):
    """The part of a dialog that says what its choices come to; it keeps up with them."""

    def __init__(self, room: Room, hint: str) -> None:
        super().__init__("div", "rd-forecast", attributes={"aria-live": "polite"})
        self._room = room
        self._hint = hint
        self._turn = 0
        with self:
            Tag("h3", "rd-label", "What will happen (“you” is the customer)")
            self._lines = Tag("div", "rd-forecast-lines")
            self._told = Told("")
        self._draw(Outlook())

    async def show(self, plan: Plan | None, hint: str = "") -> None:
        """Say what a plan comes to; without one, `hint` says what is still to be chosen. The newest plan counts."""
        self._turn += 1
        turn = self._turn
        if plan is None:
            self._draw(Outlook(), hint)
            return
        await asyncio.sleep(_PAUSE_SECONDS)
        if turn != self._turn:
            return
        outlook = await look_ahead(self._room, plan)
        if turn == self._turn and not self.is_deleted:
            self._draw(outlook)

    def _draw(self, outlook: Outlook, hint: str = "") -> None:
        self._lines.clear()
        with self._lines:
            if outlook.problem:
                Tag("p", "rd-problem", outlook.problem, {"role": "alert"})
            elif outlook.lines:
                says(outlook.lines)
                if not outlook.told:
                    Tag("p", "rd-quiet", NOT_TOLD)
            else:
                Tag("p", "rd-quiet", hint or self._hint)
        self._told.show(outlook.told, outlook.told_as)
