"""The answers to requests that carried an Idempotency-Key: the same request again gets the same answer, for a day.

An answer is kept in the very transaction that did the work, so that there is never one without the other.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from integrations.tables import IdempotencyRow
from kit import errors

KEPT = timedelta(hours=24)


class KeyReused(errors.BadInput):
    """The key came before with another request."""


class UnderWay(errors.Conflict):
    """The same request is being worked on at this moment."""


@dataclass(frozen=True)
class Request:
    """A request that is done once: whose key, the key, and the fingerprint of what is asked."""

    api_key_id: UUID
    key: str
    fingerprint: str


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def fingerprint(method: str, target: str, body: bytes) -> str:
    """Return the SHA-256 of what is asked: method, path with query, raw body."""
    head = f"{method} {target}\n".encode()
    return hashlib.sha256(head + body).hexdigest()


async def find(session: AsyncSession, request: Request, now: datetime) -> Answer | None:
    """Return what was answered to the same request before; raises KeyReused when the key came with another one."""
    row = await session.get(IdempotencyRow, (request.api_key_id, request.key), populate_existing=True)
    if row is None or row.created_at <= now - KEPT:
        return None
    if row.request != request.fingerprint:
        raise KeyReused("this Idempotency-Key came before with another request; take a new key for a new request")
    return Answer(row.status, row.body, row.headers)


async def hold(session: AsyncSession, request: Request) -> None:
    """Hold the key until the transaction ends; raises UnderWay when another transaction holds it."""
    name = func.hashtextextended(f"idempotency:{request.api_key_id}:{request.key}", 0)
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(name))):
        raise UnderWay("the same Idempotency-Key is being worked on; ask again in a moment for its answer")


async def keep(session: AsyncSession, request: Request, answer: Answer, now: datetime) -> None:
    """Keep an answer; one that is older than a day makes place."""
    await session.merge(
        IdempotencyRow(
            api_key_id=request.api_key_id,
            key=request.key,
            request=request.fingerprint,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            created_at=now,
        )
    )
    await session.flush()


async def forget(session: AsyncSession, now: datetime) -> int:
    """Delete the answers that are older than a day; returns how many."""
    result = await session.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at <= now - KEPT))
    return cast("CursorResult[Any]", result).rowcount
