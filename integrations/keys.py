"""API keys: who may call the API, and for what. A key is shown once; only its SHA-256 is kept."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast, get_args
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from integrations.tables import ApiKeyRow
from kit import errors, ids

Scope = Literal[
    "orders:read",
    "orders:write",
    "customers:read",
    "customers:write",
    "returns:read",
    "returns:write",
    "decisions:read",
    "events:write",
    "webhooks:write",
]

SCOPES: tuple[Scope, ...] = get_args(Scope)
LONGEST_NAME = 60
"""Characters."""
_PREFIX_LENGTH = 8
_SECRET_BYTES = 32
_TOKEN = re.compile(r"rd_([0-9a-z]{8})_[0-9A-Za-z_-]{43}", re.ASCII)
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z ._-]*", re.ASCII)
_USED_EVERY = timedelta(minutes=1)
"""`used_at` is written at most so often, so that reading costs no write."""


@dataclass(frozen=True)
class ApiKey:
    """A key as it stands: its name, what it may do, and when it was last used (to the minute)."""

    id: UUID
    name: str
    prefix: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    used_at: datetime | None = None
    disabled_at: datetime | None = None

    @property
    def actor(self) -> str:
        """Whom events and the audit trail name for what is done with the key."""
        return f"api:{self.name}"


async def add(session: AsyncSession, name: str, scopes: Sequence[str], now: datetime) -> tuple[ApiKey, str]:
    """Make a key; returns it and the token, which nobody can read again later.

    Raises:
        BadInput: the name cannot be used, or a scope is none; the message says what is allowed.
        Conflict: a key of that name is there already, disabled or not.
    """
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise errors.BadInput(f"A key's name has letters, digits, spaces and ._- only, at most {LONGEST_NAME} of them")
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise errors.BadInput(f"{', '.join(unknown) or 'No scope'}: choose from {', '.join(SCOPES)}")
    if await session.scalar(select(ApiKeyRow.id).where(ApiKeyRow.name == name)) is not None:
        raise errors.Conflict(f"There is a key named {name} already; take another name")
    prefix = ids.new_token(_PREFIX_LENGTH)
    token = f"rd_{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    allowed = [scope for scope in SCOPES if scope in scopes]
    row = ApiKeyRow(name=name, prefix=prefix, digest=_digest(token), scopes=allowed, created_at=now)
    session.add(row)
    await session.flush()
    return _key(row), token


async def everyone(session: AsyncSession) -> list[ApiKey]:
    """Return all keys by name, disabled ones too."""
    return [_key(row) for row in await session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.name))]


async def disable(session: AsyncSession, name: str, now: datetime) -> ApiKey:
    """Let a key do nothing any more, at once; raises NotFound."""
    row = await session.scalar(select(ApiKeyRow).where(ApiKeyRow.name == name).with_for_update())
    if row is None:
        raise errors.NotFound(f"There is no key named {name}")
    row.disabled_at = row.disabled_at or now
    await session.flush()
    return _key(row)


async def authenticate(session: AsyncSession, token: str, now: datetime) -> ApiKey | None:
    """Return the key of a token and note that it was used; None for a wrong token or a disabled key."""
    shape = _TOKEN.fullmatch(token)
    if shape is None:
        return None
    digest = _digest(token)
    for row in await session.scalars(select(ApiKeyRow).where(ApiKeyRow.prefix == shape[1])):
        if hmac.compare_digest(row.digest, digest) and row.disabled_at is None:
            await _note_use(session, row, now)
            return _key(row)
    return None


async def _note_use(session: AsyncSession, row: ApiKeyRow, now: datetime) -> None:
    if row.used_at is None or now - row.used_at >= _USED_EVERY:
        await session.execute(update(ApiKeyRow).where(ApiKeyRow.id == row.id).values(used_at=now))


def _digest(token: str) -> str:
    # A token carries 256 random bits, so that a slow hash would protect nothing that this one does not.
    return hashlib.sha256(token.encode()).hexdigest()


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        row.id,
        row.name,
        row.prefix,
        tuple(cast("Scope", scope) for scope in row.scopes),
        row.created_at,
        row.used_at,
        row.disabled_at,
    )
