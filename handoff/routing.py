"""Whom a waiting conversation goes to when the desk assigns it: the least busy agent who fits; pure."""

from collections.abc import Iterable, Mapping

from handoff.agent import Agent
from handoff.ticket import Ticket


def fits(agent: Agent, ticket: Ticket, known_skills: frozenset[str] = frozenset()) -> bool:
    """Tell whether an agent can take a conversation: its team, its language, and the skills that somebody here has.

    `known_skills` are those that at least one agent has; one that nobody has cannot hold a conversation up.
    """
    if ticket.team and agent.team != ticket.team:
        return False
    if agent.languages and ticket.language not in agent.languages:
        return False
    return set(ticket.skills) & known_skills <= set(agent.skills)


def skills_of(agents: Iterable[Agent]) -> frozenset[str]:
    """Return every skill that at least one of these agents has."""
    return frozenset(skill for agent in agents if not agent.disabled for skill in agent.skills)


def least_busy(
    agents: Iterable[Agent], loads: Mapping[str, int], ticket: Ticket, known_skills: frozenset[str]
) -> Agent | None:
    """Return the agent with the fewest conversations who fits and has room (names settle a tie), or None."""
    free = [
        agent for agent in agents if fits(agent, ticket, known_skills) and loads.get(agent.name, 0) < agent.capacity
    ]
    return min(free, key=lambda agent: (loads.get(agent.name, 0), agent.name), default=None)
