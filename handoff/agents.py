"""Reads and writes agents."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.agent import ONLINE_SECONDS, Agent, Role
from handoff.tables import AgentRow, TicketRow
from handoff.ticket import Stage
from kit import errors


@dataclass(frozen=True)
class Credentials:
    """An agent, and what is stored of their password; both leave the domain for no screen."""

    agent: Agent
    password_hash: str


async def add(session: AsyncSession, agent: Agent, password_hash: str, now: datetime) -> None:
    """Write a new agent.

    Raises:
        Conflict: somebody else has the e-mail or the name.
    """
    row = AgentRow(
        id=agent.id,
        email=agent.email,
        name=agent.name,
        password_hash=password_hash,
        role=agent.role,
        team=agent.team,
        languages=list(agent.languages),
        skills=list(agent.skills),
        capacity=agent.capacity,
        available=agent.available,
        preferences=agent.preferences,
        created_at=now,
    )
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise errors.Conflict("An agent with this e-mail or name was added at this very moment.") from error


async def by_email(session: AsyncSession, email: str) -> Agent | None:
    """Return the agent with an e-mail address, whatever its case."""
    row = await session.scalar(select(AgentRow).where(func.lower(AgentRow.email) == email.lower()))
    return to_agent(row) if row else None


async def by_name(session: AsyncSession, name: str) -> Agent | None:
    """Return the agent with a name, whatever its case."""
    # The database's lower() knows accents only under some locales; agents are few.
    return next((agent for agent in await everyone(session) if agent.name.casefold() == name.casefold()), None)


async def by_id(session: AsyncSession, agent_id: UUID) -> Agent | None:
    """Return an agent."""
    row = await session.get(AgentRow, agent_id, populate_existing=True)
    return to_agent(row) if row else None


async def everyone(session: AsyncSession) -> list[Agent]:
    """Return all agents by name, disabled ones too."""
    rows = await session.scalars(select(AgentRow).order_by(func.lower(AgentRow.name)))
    return [to_agent(row) for row in rows]


async def online(session: AsyncSession, now: datetime) -> list[Agent]:
    """Return the agents to whom conversations may be given, by name."""
    query = select(AgentRow).where(
        AgentRow.available,
        AgentRow.disabled_at.is_(None),
        AgentRow.seen_at >= now - timedelta(seconds=ONLINE_SECONDS),
    )
    return [to_agent(row) for row in await session.scalars(query.order_by(func.lower(AgentRow.name)))]


async def known_skills(session: AsyncSession) -> frozenset[str]:
    """Return every skill that at least one agent who is not disabled has."""
    query = select(func.unnest(AgentRow.skills)).where(AgentRow.disabled_at.is_(None)).distinct()
    return frozenset(await session.scalars(query))


async def loads(session: AsyncSession) -> dict[str, int]:
    """Return how many conversations each agent has, by name; who has none is not in it."""
    query = select(TicketRow.agent_name, func.count()).where(TicketRow.stage == Stage.CLAIMED)
    found = await session.execute(query.group_by(TicketRow.agent_name))
    return {name: count for name, count in found if name is not None}


async def credentials_of(session: AsyncSession, email: str) -> Credentials | None:
    """Return an agent who is not disabled, with what is stored of their password; `email` in its stored form."""
    query = select(AgentRow).where(func.lower(AgentRow.email) == email, AgentRow.disabled_at.is_(None))
    row = await session.scalar(query)
    return Credentials(to_agent(row), row.password_hash) if row else None


async def lock(session: AsyncSession, agent_id: UUID) -> Credentials | None:
    """Return an agent who is not disabled, locked until the transaction ends."""
    query = select(AgentRow).where(AgentRow.id == agent_id, AgentRow.disabled_at.is_(None)).with_for_update()
    row = await session.scalar(query, execution_options={"populate_existing": True})
    return Credentials(to_agent(row), row.password_hash) if row else None


async def mark_seen(session: AsyncSession, agent_id: UUID, now: datetime) -> None:
    """Note that a console page of an agent's is open."""
    await session.execute(
        update(AgentRow).where(AgentRow.id == agent_id, AgentRow.disabled_at.is_(None)).values(seen_at=now)
    )


async def change(session: AsyncSession, agent_id: UUID, **values: Any) -> None:
    """Write new values to an agent."""
    await session.execute(update(AgentRow).where(AgentRow.id == agent_id).values(**values))


def to_agent(row: AgentRow) -> Agent:
    """Return the frozen value of a row."""
    return Agent(
        id=row.id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        team=row.team,
        languages=tuple(row.languages),
        skills=tuple(row.skills),
        capacity=row.capacity,
        available=row.available,
        seen_at=row.seen_at,
        preferences=dict(row.preferences),
        disabled=row.disabled_at is not None,
    )
