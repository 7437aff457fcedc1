"""Reads and writes agents' browser sessions, and the wrong passwords that somebody has tried."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.agent import Agent
from handoff.agents import to_agent
from handoff.tables import AgentRow, AgentSessionRow, SignInAttemptRow

TRIES_KEPT = timedelta(days=1)


async def start(
    session: AsyncSession, agent_id: UUID, token_hash: str, browser: str, lifetime: tuple[datetime, datetime]
) -> None:
    """Write a session; `lifetime` is its beginning and its end."""
    begins, ends = lifetime
    session.add(
        AgentSessionRow(token_hash=token_hash, agent_id=agent_id, created_at=begins, expires_at=ends, browser=browser)
    )
    await session.flush()


async def agent_of(session: AsyncSession, token_hash: str, now: datetime) -> Agent | None:
    """Return whose session this is; None when it has ended or its agent is disabled."""
    query = (
        select(AgentRow)
        .join(AgentSessionRow, AgentSessionRow.agent_id == AgentRow.id)
        .where(
            AgentSessionRow.token_hash == token_hash,
            AgentSessionRow.expires_at > now,
            AgentRow.disabled_at.is_(None),
        )
    )
    row = await session.scalar(query)
    return to_agent(row) if row else None


async def end(session: AsyncSession, token_hash: str) -> UUID | None:
    """End a session; returns whose it was, None when there was none."""
    query = delete(AgentSessionRow).where(AgentSessionRow.token_hash == token_hash).returning(AgentSessionRow.agent_id)
    return await session.scalar(query)


async def end_all(session: AsyncSession, agent_id: UUID) -> None:
    """End all sessions of an agent."""
    await session.execute(delete(AgentSessionRow).where(AgentSessionRow.agent_id == agent_id))


async def sweep(session: AsyncSession, now: datetime) -> None:
    """Remove sessions that have ended, and tries that count no more."""
    await session.execute(delete(AgentSessionRow).where(AgentSessionRow.expires_at <= now))
    await session.execute(delete(SignInAttemptRow).where(SignInAttemptRow.at < now - TRIES_KEPT))


async def queue_up(session: AsyncSession, email: str, address: str) -> None:
    """Let tries with one e-mail, and those from one address, pass one by one until this transaction ends.

    Otherwise a hundred tries at once would all see that there had been none before.
    """
    for key in sorted((f"sign-in e-mail {email}", f"sign-in address {address}")):
        await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


async def tries_of(
    session: AsyncSession, email: str, address: str, now: datetime
) -> tuple[list[datetime], list[datetime]]:
    """Return when wrong passwords were tried, with this e-mail and from this address."""
    since = SignInAttemptRow.at >= now - TRIES_KEPT
    of_email = await session.scalars(select(SignInAttemptRow.at).where(SignInAttemptRow.email == email, since))
    of_address = await session.scalars(select(SignInAttemptRow.at).where(SignInAttemptRow.address == address, since))
    return list(of_email), list(of_address)


async def note_try(session: AsyncSession, email: str, address: str, now: datetime) -> int:
    """Count a try before its password is looked at; returns the number under which it is forgiven."""
    row = SignInAttemptRow(email=email, address=address, at=now)
    session.add(row)
    await session.flush()
    return row.id


async def forgive(session: AsyncSession, try_id: int, email: str) -> None:
    """Take back a try that was right, and forget the e-mail's wrong ones; the address's still count."""
    await session.execute(delete(SignInAttemptRow).where(SignInAttemptRow.id == try_id))
    await session.execute(update(SignInAttemptRow).where(SignInAttemptRow.email == email).values(email=""))
