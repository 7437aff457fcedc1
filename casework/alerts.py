"""Calls for agents' attention."""

from sqlalchemy.ext.asyncio import AsyncSession

from handoff import alerts
from handoff.agent import Agent
from handoff.alerts import Alert


async def since(session: AsyncSession, agent: Agent, after_id: int) -> list[Alert]:
    """Return the calls after a number that are meant for an agent, oldest first."""
    return await alerts.since(session, agent, after_id)


async def newest_id(session: AsyncSession) -> int:
    """Return the number of the newest call; 0 when there was none."""
    return await alerts.newest_id(session)
