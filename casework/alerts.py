"""Calls for agents' attention."""

from sqlalchemy.ext.asyncio import AsyncSession

from handoff import alerts
from handoff.agent import Agent
from handoff.alerts import Alert, Kind


async def since(session: AsyncSession, agent: Agent, after_id: int) -> list[Alert]:
    """Return the calls after a number that are meant for an agent, oldest first; not about what they did themselves."""
    found = await alerts.since(session, agent, after_id)
    return [alert for alert in found if not _is_own(alert, agent)]


def _is_own(alert: Alert, agent: Agent) -> bool:
    """Tell whether a call says what the agent has just done: whoever passes to their own team is of that team."""
    return alert.kind is Kind.PASSED_ON and alert.text.startswith(f"{agent.name} ")


async def newest_id(session: AsyncSession) -> int:
    """Return the number of the newest call; 0 when there was none."""
    return await alerts.newest_id(session)
