"""Webhooks: where the shop is told of events, and the deliveries that go there."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from integrations.tables import WebhookDeliveryRow, WebhookRow
from kit import errors, ids

EVERYTHING = "*"
MOST_WEBHOOKS = 20
DeliveryState = Literal["queued", "delivered", "failed"]


@dataclass(frozen=True)
class Webhook:
    """An address that is told of events of some types (`*`: of all); its secret signs what goes there."""

    id: UUID
    url: str
    secret: str
    types: tuple[str, ...]
    created_at: datetime
    disabled_at: datetime | None = None

    def wants(self, type_: str) -> bool:
        """Tell whether events of a type go there."""
        return EVERYTHING in self.types or type_ in self.types


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one webhook; `status` is the last HTTP status, `problem` what went wrong last."""

    id: UUID
    webhook_id: UUID
    event: int
    type: str
    payload: dict[str, Any]
    state: DeliveryState
    attempts: int
    status: int | None
    problem: str
    created_at: datetime
    delivered_at: datetime | None


async def add(session: AsyncSession, url: str, types: Sequence[str], now: datetime) -> Webhook:
    """Add a webhook with a secret of its own; raises Conflict when there are too many."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("webhooks"))))
    if len(await everything(session)) >= MOST_WEBHOOKS:
        raise errors.Conflict(f"there are {MOST_WEBHOOKS} webhooks already; delete one that is not needed")
    row = WebhookRow(
        id=ids.new_id(), url=url, secret=f"whsec_{secrets.token_urlsafe(32)}", types=list(types), created_at=now
    )
    session.add(row)
    await session.flush()
    return _webhook(row)


async def everything(session: AsyncSession) -> list[Webhook]:
    """Return the webhooks that are in use, oldest first."""
    in_use = select(WebhookRow).where(WebhookRow.disabled_at.is_(None))
    return [_webhook(row) for row in await session.scalars(in_use.order_by(WebhookRow.created_at, WebhookRow.id))]


async def get(session: AsyncSession, webhook_id: UUID) -> Webhook:
    """Return a webhook that is in use; raises NotFound."""
    found = await session.get(WebhookRow, webhook_id, populate_existing=True)
    if found is None or found.disabled_at is not None:
        raise errors.NotFound(f"there is no webhook {webhook_id}")
    return _webhook(found)


async def remove(session: AsyncSession, webhook_id: UUID, now: datetime) -> None:
    """Send nothing there any more; what was delivered stays on record. Raises NotFound."""
    await get(session, webhook_id)
    query = update(WebhookRow).where(WebhookRow.id == webhook_id, WebhookRow.disabled_at.is_(None))
    await session.execute(query.values(disabled_at=now))


async def enqueue(
    session: AsyncSession, webhook_id: UUID, event: int, type_: str, payload: dict[str, Any], now: datetime
) -> UUID | None:
    """Write down that an event is to go to a webhook; None when it was written down before."""
    values = {
        "id": ids.new_id(),
        "webhook_id": webhook_id,
        "event": event,
        "type": type_,
        "payload": payload,
        "state": "queued",
        "attempts": 0,
        "problem": "",
        "created_at": now,
    }
    statement = insert(WebhookDeliveryRow).values(values)
    statement = statement.on_conflict_do_nothing(index_elements=["webhook_id", "event"])
    return cast("UUID | None", await session.scalar(statement.returning(WebhookDeliveryRow.id)))


async def delivery(session: AsyncSession, delivery_id: UUID) -> tuple[Delivery, Webhook] | None:
    """Return a delivery and its webhook, in use or not; None when there is no such delivery."""
    query = select(WebhookDeliveryRow, WebhookRow).join(WebhookRow, WebhookRow.id == WebhookDeliveryRow.webhook_id)
    found = (await session.execute(query.where(WebhookDeliveryRow.id == delivery_id))).one_or_none()
    return (_delivery(found[0]), _webhook(found[1])) if found else None


async def deliveries(
    session: AsyncSession, webhook_id: UUID, limit: int, before: tuple[datetime, UUID] | None
) -> list[Delivery]:
    """Return deliveries of a webhook, newest first, those before a moment and id."""
    query = select(WebhookDeliveryRow).where(WebhookDeliveryRow.webhook_id == webhook_id)
    place = tuple_(WebhookDeliveryRow.created_at, WebhookDeliveryRow.id)
    if before is not None:
        query = query.where(place < tuple_(*before))
    query = query.order_by(WebhookDeliveryRow.created_at.desc(), WebhookDeliveryRow.id.desc()).limit(limit)
    return [_delivery(row) for row in await session.scalars(query)]


async def note_delivered(session: AsyncSession, delivery_id: UUID, status: int, now: datetime) -> None:
    """Note that a delivery has arrived."""
    await _note(session, delivery_id, state="delivered", status=status, problem="", delivered_at=now)


async def note_failure(
    session: AsyncSession, delivery_id: UUID, status: int | None, problem: str, for_good: bool
) -> None:
    """Note that a try has failed, and whether it was the last one."""
    state = "failed" if for_good else "queued"
    await _note(session, delivery_id, state=state, status=status, problem=problem)


async def is_failing(session: AsyncSession, webhook_id: UUID) -> bool:
    """Tell whether something that goes there was tried and has not arrived yet."""
    tried = select(WebhookDeliveryRow.id).where(
        WebhookDeliveryRow.webhook_id == webhook_id,
        WebhookDeliveryRow.state == "queued",
        WebhookDeliveryRow.attempts > 0,
    )
    return await session.scalar(tried.limit(1)) is not None


async def send_again(session: AsyncSession, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    """Put a delivery back to its beginning, whatever became of it; raises NotFound."""
    row = await session.get(WebhookDeliveryRow, delivery_id, with_for_update=True, populate_existing=True)
    if row is None or row.webhook_id != webhook_id:
        raise errors.NotFound(f"there is no delivery {delivery_id} to this webhook")
    row.state, row.attempts, row.status, row.problem, row.delivered_at = "queued", 0, None, "", None
    await session.flush()
    return _delivery(row)


async def forget(session: AsyncSession, before: datetime) -> int:
    """Delete what has arrived or was given up before a moment; returns how many."""
    old = (WebhookDeliveryRow.state != "queued", WebhookDeliveryRow.created_at < before)
    result = await session.execute(delete(WebhookDeliveryRow).where(*old))
    return cast("CursorResult[Any]", result).rowcount


async def _note(session: AsyncSession, delivery_id: UUID, **values: Any) -> None:
    still_queued = (WebhookDeliveryRow.id == delivery_id, WebhookDeliveryRow.state == "queued")
    tried = {"attempts": WebhookDeliveryRow.attempts + 1, **values}
    await session.execute(update(WebhookDeliveryRow).where(*still_queued).values(tried))


def _webhook(row: WebhookRow) -> Webhook:
    return Webhook(row.id, row.url, row.secret, tuple(row.types), row.created_at, row.disabled_at)


def _delivery(row: WebhookDeliveryRow) -> Delivery:
    return Delivery(
        row.id,
        row.webhook_id,
        row.event,
        row.type,
        row.payload,
        cast("DeliveryState", row.state),
        row.attempts,
        row.status,
        row.problem,
        row.created_at,
        row.delivered_at,
    )
