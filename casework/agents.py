"""Agents: who may answer customers, how they sign in, and whether they are there."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework.desk import Desk
from conversations import message
from handoff import agent as agent_rules
from handoff import agent_sessions, agents, passwords, repository
from handoff.agent import Agent, Role
from handoff.agents import Credentials
from kit import errors, events, ids

TOKEN_BYTES = 32
MOST_CONVERSATIONS = 100
"""The highest capacity that is taken seriously."""
LONGEST_BROWSER = 200
LONGEST_ADDRESS = 100
"""Characters that are kept of what a browser says of itself, and of a network address."""


@dataclass(frozen=True)
class NewAgent:
    """Who is to be added; `capacity` is how many conversations at once auto-assignment may give them."""

    email: str
    name: str
    password: str
    role: Role = Role.AGENT
    team: str | None = None
    languages: tuple[str, ...] = ("en",)
    skills: tuple[str, ...] = ()
    capacity: int = 6


@dataclass(frozen=True)
class SignedIn:
    """A session that has begun; `token` is for the browser's cookie and is kept nowhere else."""

    token: str
    agent: Agent
    expires_at: datetime


async def add(session: AsyncSession, desk: Desk, new: NewAgent, actor: str) -> Agent:
    """Add an agent.

    Raises:
        BadInput: the e-mail, name, password, team, a language, a skill or the capacity cannot be used; says why.
        Conflict: somebody has the e-mail or the name already, whatever its case.
    """
    added = _checked(desk, new)
    hashed = await asyncio.to_thread(passwords.hashed, new.password)  # before the session has touched the database
    if await agents.by_email(session, added.email):
        raise errors.Conflict(f"There is an agent with the e-mail {added.email} already.")
    namesake = await agents.by_name(session, added.name)
    if namesake:
        raise errors.Conflict(f"There is an agent called {namesake.name} already ({namesake.email}).")
    now = desk.clock.now()
    await agents.add(session, added, hashed, now)
    told = {"email": added.email, "name": added.name, "role": added.role, "team": added.team}
    await repository.audit(session, actor, "agent_added", None, told, now)
    await events.announce_agents(session)
    return added


async def sign_in(desk: Desk, email: str, password: str, address: str, browser: str) -> SignedIn:
    """Check a password and begin a session; `address` is where the try comes from, `browser` what is kept of it.

    It opens its own transactions, none of them while a password is being hashed. A try is counted before its password
    is looked at, so that many at once, or a process that dies, win nothing; the right password takes it back.

    Raises:
        WrongPassword: nobody has this e-mail, the password is another, or the agent is disabled.
        TooManyTries: after too many wrong ones with this e-mail or from this address; says for how long.
    """
    named = agent_rules.sign_in_name(email)
    try_id, known = await _begin_try(desk, named, message.clean(address[:LONGEST_ADDRESS]))
    stored = known.password_hash if known else passwords.NOBODYS
    if not await asyncio.to_thread(passwords.matches, stored, password) or known is None:
        raise agent_rules.WrongPassword
    hashed = await asyncio.to_thread(passwords.hashed, password) if passwords.is_outdated(stored) else stored
    async with desk.database.transaction() as session:
        await agent_sessions.forgive(session, try_id, named)
        return await _begin_session(session, desk, known, hashed, message.clean(browser[:LONGEST_BROWSER]))


async def agent_of(session: AsyncSession, desk: Desk, token: str) -> Agent | None:
    """Return who is signed in with a cookie; None when it is forged, has ended, or its agent is disabled."""
    return await agent_sessions.agent_of(session, _hash_of(token), desk.clock.now())


async def sign_out(session: AsyncSession, desk: Desk, token: str) -> None:
    """End the session of a cookie; safe to repeat."""
    agent_id = await agent_sessions.end(session, _hash_of(token))
    found = await agents.by_id(session, agent_id) if agent_id else None
    if found:
        await repository.audit(session, found.name, "signed_out", None, {}, desk.clock.now())


async def here(session: AsyncSession, desk: Desk, agent_id: UUID) -> None:
    """Note that a console page of this agent's is open (every 10 seconds); everybody hears of who comes back."""
    now = desk.clock.now()
    found = await agents.by_id(session, agent_id)
    if found is None or found.disabled:
        return
    await agents.mark_seen(session, agent_id, now)
    if found.available and not found.is_online(now):
        await events.announce_agents(session)


async def set_available(session: AsyncSession, desk: Desk, agent_id: UUID, available: bool) -> None:
    """Let an agent step away, or come back; who is away gets no new conversations and keeps those that they have.

    Raises:
        NotFound: there is no such agent, or they are disabled.
    """
    found = await _locked(session, agent_id)
    if found.available == available:
        return
    await agents.change(session, agent_id, available=available)
    act = "came_back" if available else "stepped_away"
    await repository.audit(session, found.name, act, None, {}, desk.clock.now())
    await events.announce_agents(session)


async def set_preferences(session: AsyncSession, desk: Desk, agent_id: UUID, preferences: dict[str, Any]) -> None:
    """Keep an agent's preferences, such as the theme; those that are not named stay, None removes one.

    Raises:
        NotFound: there is no such agent, or they are disabled.
    """
    found = await _locked(session, agent_id)
    kept = {name: value for name, value in (found.preferences | preferences).items() if value is not None}
    await agents.change(session, agent_id, preferences=kept)


async def change_password(session: AsyncSession, desk: Desk, agent_id: UUID, password: str, actor: str) -> None:
    """Give an agent another password; all their sessions end.

    Raises:
        BadInput: the password cannot be used; says why.
        NotFound: there is no such agent, or they are disabled.
    """
    hashed = await asyncio.to_thread(passwords.hashed, password[: passwords.LONGEST])
    found = await _locked(session, agent_id)
    passwords.check(password, found.email, found.name)
    await agents.change(session, agent_id, password_hash=hashed)
    await agent_sessions.end_all(session, agent_id)
    await repository.audit(session, actor, "password_changed", None, {"name": found.name}, desk.clock.now())


async def disable(session: AsyncSession, desk: Desk, agent_id: UUID, actor: str) -> None:
    """Let an agent sign in no more and end all their sessions; the row stays, for the transcripts. Safe to repeat."""
    held = await agents.lock(session, agent_id)
    if held is None:
        return
    now = desk.clock.now()
    await agents.change(session, agent_id, disabled_at=now)
    await agent_sessions.end_all(session, agent_id)
    await repository.audit(session, actor, "agent_disabled", None, {"name": held.agent.name}, now)
    await events.announce_agents(session)


async def enable(session: AsyncSession, desk: Desk, agent_id: UUID, actor: str) -> None:
    """Let an agent who was disabled sign in again, with the password that they had. Safe to repeat.

    Raises:
        NotFound: there is no such agent.
    """
    found = await agents.by_id(session, agent_id)
    if found is None:
        raise errors.NotFound("There is no such agent.")
    if not found.disabled:
        return
    await agents.change(session, agent_id, disabled_at=None)
    await repository.audit(session, actor, "agent_enabled", None, {"name": found.name}, desk.clock.now())
    await events.announce_agents(session)


async def everyone(session: AsyncSession) -> list[Agent]:
    """Return all agents by name, disabled ones too."""
    return await agents.everyone(session)


async def with_email(session: AsyncSession, email: str) -> Agent:
    """Return the agent with an e-mail address.

    Raises:
        NotFound: nobody has it.
    """
    found = await agents.by_email(session, agent_rules.sign_in_name(email))
    if found is None:
        raise errors.NotFound(f"No agent has the e-mail {email}. `returndesk agents list` shows them all.")
    return found


async def has_password(desk: Desk, email: str, password: str) -> bool:
    """Tell whether an agent could sign in with a password; nothing is counted, so it is no door for strangers."""
    async with desk.database.transaction() as session:
        known = await agents.credentials_of(session, agent_rules.sign_in_name(email))
    return known is not None and await asyncio.to_thread(passwords.matches, known.password_hash, password)


def _checked(desk: Desk, new: NewAgent) -> Agent:
    email, name = agent_rules.checked_email(new.email), agent_rules.checked_name(new.name)
    passwords.check(new.password, email, name)
    if new.team is not None and new.team not in desk.handoff.teams:
        raise errors.BadInput(f"There is no team {new.team}; the teams are {', '.join(desk.handoff.teams)}.")
    if not 1 <= new.capacity <= MOST_CONVERSATIONS:
        raise errors.BadInput(f"An agent's capacity is 1 to {MOST_CONVERSATIONS} conversations.")
    return Agent(
        id=ids.new_id(),
        email=email,
        name=name,
        role=new.role,
        team=new.team,
        languages=agent_rules.checked_languages(new.languages),
        skills=agent_rules.checked_skills(new.skills),
        capacity=new.capacity,
        available=True,
        seen_at=None,
        preferences={},
        disabled=False,
    )


async def _begin_try(desk: Desk, email: str, address: str) -> tuple[int, Credentials | None]:
    async with desk.database.transaction() as session:
        await agent_sessions.queue_up(session, email, address)
        now = desk.clock.now()
        of_email, of_address = await agent_sessions.tries_of(session, email, address, now)
        of_office = agent_rules.wait_after(of_address, now, agent_rules.FREE_TRIES_OF_ADDRESS)
        wait = max(agent_rules.wait_after(of_email, now), of_office)
        if wait > 0:
            raise agent_rules.TooManyTries(wait)
        return await agent_sessions.note_try(session, email, address, now), await agents.credentials_of(session, email)


async def _begin_session(session: AsyncSession, desk: Desk, proved: Credentials, hashed: str, browser: str) -> SignedIn:
    """Write the session, unless the password was changed or the agent disabled since the password was looked at."""
    held = await agents.lock(session, proved.agent.id)
    if held is None or held.password_hash != proved.password_hash:
        raise agent_rules.WrongPassword
    if hashed != held.password_hash:
        await agents.change(session, held.agent.id, password_hash=hashed)
    now = desk.clock.now()
    await agent_sessions.sweep(session, now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    ends = now + timedelta(hours=desk.settings.agent_session_hours)
    await agent_sessions.start(session, held.agent.id, _hash_of(token), browser, (now, ends))
    await repository.audit(session, held.agent.name, "signed_in", None, {"browser": browser}, now)
    return SignedIn(token, held.agent, ends)


async def _locked(session: AsyncSession, agent_id: UUID) -> Agent:
    held = await agents.lock(session, agent_id)
    if held is None:
        raise errors.NotFound("There is no such agent, or they are disabled.")
    return held.agent


def _hash_of(token: str) -> str:
    # The token is 32 random bytes; a slow hash would guard nothing.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
