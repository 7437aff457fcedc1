"""Calls for agents' attention: one for each step of a handoff, kept, so that a page that reconnects hears it too."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.agent import Agent
from handoff.tables import AlertRow
from handoff.ticket import REASON_TITLES, Ticket

EVERYONE = "everyone"
SUPERVISORS = "supervisors"


class Kind(StrEnum):
    """What happened."""

    QUEUED = "queued"
    OPENED = "opened"
    UNCLAIMED = "unclaimed"
    ESCALATED = "escalated"
    TIMED_OUT = "timed_out"
    CONTACT = "contact"
    CLAIMED = "claimed"
    PASSED_ON = "passed_on"
    TAKEN_OVER = "taken_over"
    AGENT_GONE = "agent_gone"
    WITHDRAWN = "withdrawn"
    RELEASED = "released"
    FAILED = "failed"


QUIET = frozenset({Kind.CLAIMED, Kind.RELEASED, Kind.WITHDRAWN, Kind.CONTACT})
"""Kinds that the console shows without a sound: nobody has to do anything."""

_WORDS = {
    Kind.QUEUED: "New in the queue: {reason}",
    Kind.OPENED: "Waits since we were away: {reason}",
    Kind.UNCLAIMED: "Still waiting, nobody has claimed it: {reason}",
    Kind.ESCALATED: "Waiting too long: {reason}",
    Kind.TIMED_OUT: "Nobody came in time: {reason}",
    Kind.CONTACT: "The customer left an address: {reason}",
    Kind.CLAIMED: "{agent} has claimed it: {reason}",
    Kind.PASSED_ON: "{agent} passes on a conversation: {reason}",
    Kind.TAKEN_OVER: "{agent} has taken a conversation over from you: {reason}",
    Kind.AGENT_GONE: "{agent} has dropped off; the customer waits again: {reason}",
    Kind.WITHDRAWN: "The customer went back to the assistant: {reason}",
    Kind.RELEASED: "{agent} has handed it back: {reason}",
    Kind.FAILED: "The handoff failed, nobody could be reached: {reason}",
}


@dataclass(frozen=True)
class Alert:
    """One call. `audience` is `everyone`, `supervisors`, `team:NAME` or `agent:NAME`."""

    id: int
    conversation_id: UUID
    kind: Kind
    audience: str
    text: str
    at: datetime

    @property
    def is_quiet(self) -> bool:
        """Whether it is shown without a sound."""
        return self.kind in QUIET


@dataclass(frozen=True)
class Moment:
    """When a step happened: by the clock, and by the counter of ownership."""

    now: datetime
    counter: int


async def call(
    session: AsyncSession, ticket: Ticket, kind: Kind, moment: Moment, audience: str = "", agent_name: str = ""
) -> None:
    """Call agents; the same step of the same handoff under the same owner calls once a day."""
    text = _WORDS[kind].format(reason=REASON_TITLES[ticket.reason], agent=agent_name)
    await session.execute(
        insert(AlertRow)
        .values(
            key=f"{ticket.id}:{kind}:{moment.counter}:{moment.now:%Y-%m-%d}",
            conversation_id=ticket.conversation_id,
            kind=kind,
            audience=audience or (f"team:{ticket.team}" if ticket.team else EVERYONE),
            text=text,
            at=moment.now,
        )
        .on_conflict_do_nothing(index_elements=["key"])
    )


async def since(session: AsyncSession, agent: Agent, after_id: int, limit: int = 50) -> list[Alert]:
    """Return the calls after a number that are meant for an agent, oldest first."""
    meant = [AlertRow.audience == EVERYONE, AlertRow.audience == f"agent:{agent.name}"]
    if agent.team:
        meant.append(AlertRow.audience == f"team:{agent.team}")
    if agent.may_supervise:
        meant.append(AlertRow.audience == SUPERVISORS)
    query = select(AlertRow).where(AlertRow.id > after_id, or_(*meant)).order_by(AlertRow.id).limit(limit)
    return [to_alert(row) for row in await session.scalars(query)]


async def newest_id(session: AsyncSession) -> int:
    """Return the number of the newest call; 0 when there was none."""
    return int(await session.scalar(select(func.max(AlertRow.id))) or 0)


async def of(session: AsyncSession, conversation_id: UUID) -> list[Alert]:
    """Return every call about a conversation, oldest first."""
    query = select(AlertRow).where(AlertRow.conversation_id == conversation_id).order_by(AlertRow.id)
    return [to_alert(row) for row in await session.scalars(query)]


def to_alert(row: AlertRow) -> Alert:
    """Return the frozen value of a row."""
    return Alert(row.id, row.conversation_id, Kind(row.kind), row.audience, row.text, row.at)
