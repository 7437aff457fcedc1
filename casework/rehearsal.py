"""An act tried out before it is done: all of it happens in the books, is read, and is taken back.

So an agent sees the customer's words exactly as they will stand, whoever writes them, and hears at once what would
stop the act. No label is ordered, no job is left behind, and nobody is told anything.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from casework import notices
from casework.desk import Desk
from casework.scenes import Done, OrderDone
from kit.clock import FixedClock
from kit.db import Database
from store import notices as untold_events

MOST_UNTOLD = 200
"""Among so many of the oldest events that nobody was told of yet, those of the act are looked for."""

type Act[Result: Done | OrderDone] = Callable[[Desk], Awaitable[Result]]


@dataclass(frozen=True)
class Rehearsed[Result: Done | OrderDone]:
    """What an act would come to, and what the customer would read.

    `here` is what they read in their conversation as the act is done; `notice` is what they are told a little later
    where they can be reached, by the sweep of notices. Both are "" when it is not so.
    """

    done: Result
    here: str
    notice: str


@dataclass(frozen=True)
class _PaperTicket:
    tracking_number: str
    carrier_name: str


class _PaperCarrier:
    """Gives tickets of paper: a rehearsal orders nothing."""

    async def issue_label(self, rma: str, method: str) -> _PaperTicket:
        return _PaperTicket(f"{method}-{rma}", "nobody")


class _Curtain(Exception):
    """Ends each transaction of a rehearsal."""


class _Rehearsing(Database):
    """The house's database, each transaction of which is rolled back as it ends."""

    def __init__(self, house: Database, before_the_end: Callable[[AsyncSession], Awaitable[None]]) -> None:
        self._house = house
        self._before_the_end = before_the_end

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        try:
            async with self._house.transaction() as session:
                yield session
                await self._before_the_end(session)
                raise _Curtain
        except _Curtain:
            return


async def rehearse[Result: Done | OrderDone](desk: Desk, agent_name: str, act: Act[Result]) -> Rehearsed[Result]:
    """Try an act of an agent out; `act` does it with the desk that it is given. Raises whatever the act raises."""
    clock = FixedClock(desk.clock.now())
    would_follow: list[str] = []

    async def listen(session: AsyncSession) -> None:
        await session.flush()
        happened = [one for one in await untold_events.untold(session, MOST_UNTOLD) if one.at == clock.now()]
        about = {one.about for one in happened if one.actor == agent_name}
        would_follow.extend([await notices.words_about(session, desk, one) for one in about])

    stage = replace(desk, database=_Rehearsing(desk.database, listen), clock=clock, carrier=_PaperCarrier())
    done = await act(stage)
    return Rehearsed(done, done.text if done.told else "", "" if done.told else " ".join(filter(None, would_follow)))
