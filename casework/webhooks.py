"""Webhooks out: each event goes to the shop's systems that asked for it, signed, until it has arrived or a day is over.

`publish` turns events into deliveries, each with a job of its own; `deliver` posts one, with no transaction open.
What arrives twice has the same id.
"""

import json
import logging
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework.desk import Desk
from casework.ports import OutgoingWebhook
from integrations import idempotency, signatures, webhooks
from integrations.webhooks import Delivery, Webhook
from kit import errors
from store import publishing
from store.publishing import Unpublished

DELIVERY_TASK = "webhook"
"""Name of the job that posts one event to one webhook; it takes `delivery_id`."""
MOST_TRIES = 9
EXPONENTIAL_WAIT = 4
"""Seconds, to the power of the try: 4, 16, 64 … 65,536, so that the last try is a day after the first."""
MOST_AT_ONCE = 100
LAST = -1
"""Priority of what goes to an address that did not answer lately: it waits behind what goes elsewhere."""
EVENT_ID_HEADER = "Returndesk-Event-Id"
EVENT_TYPE_HEADER = "Returndesk-Event-Type"
_ARRIVED = range(200, 300)
_KEPT = timedelta(days=30)
"""How long it is known what became of a delivery."""
_TOLD_DETAILS = frozenset({
    "amount", "attempt", "carrier", "difference", "gift", "method", "of", "overruled", "tracking_number", "transfer",
    "variants", "version",
})  # fmt: skip
"""What is told of an event's detail: numbers and rules; never anybody's words, and no code that is worth money."""

log = logging.getLogger(__name__)


async def publish(desk: Desk) -> int:
    """Turn the events that are not published into deliveries, oldest first; returns how many events were published."""
    async with desk.database.transaction() as session:
        found = await publishing.take(session, MOST_AT_ONCE)
        if not found:
            return 0
        wanting = await webhooks.everything(session)
        for event in found:
            type_ = f"{event.subject}.{event.kind}"
            for webhook in wanting:
                if webhook.wants(type_):
                    await _enqueue(session, desk, webhook, event)
        await publishing.mark(session, [event.sequence for event in found], desk.clock.now())
    return len(found)


async def deliver(desk: Desk, delivery_id: UUID, *, patient: bool = False) -> None:
    """Post one event to one webhook; safe to repeat.

    Where something else has just not arrived, this one goes last once and is then `patient`: an address that hangs
    would take the time of all others.

    Raises:
        Unavailable: it has not arrived, and is to be tried again.
    """
    async with desk.database.transaction() as session:
        found = await webhooks.delivery(session, delivery_id)
        if found is None or found[0].state != "queued":
            return
        delivery, webhook = found
        if webhook.disabled_at is not None:
            await webhooks.note_failure(session, delivery.id, None, "the webhook was deleted", for_good=True)
            return
        if not patient and delivery.attempts == 0 and await webhooks.is_failing(session, webhook.id):
            await desk.jobs.defer(
                session, DELIVERY_TASK, lock=None, priority=LAST, delivery_id=str(delivery.id), patient=True
            )
            return
    if desk.webhook_sender is None:
        raise errors.Unavailable("this process sends no webhooks")
    status, problem = await _post(desk, _outgoing(desk, delivery, webhook))
    if problem:
        await _note_failure(desk, delivery, status, problem)
        return
    assert status is not None
    async with desk.database.transaction() as session:
        await webhooks.note_delivered(session, delivery.id, status, desk.clock.now())


async def replay(session: AsyncSession, desk: Desk, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    """Send a delivery again from its beginning, whatever became of it; raises NotFound."""
    await webhooks.get(session, webhook_id)
    again = await webhooks.send_again(session, webhook_id, delivery_id)
    await _defer(session, desk, again.id)
    return again


async def forget_old(desk: Desk) -> int:
    """Delete the API's stored answers after a day, and what is known of deliveries after thirty (a sweep); returns how
    many rows.
    """
    now = desk.clock.now()
    async with desk.database.transaction() as session:
        answers = await idempotency.forget(session, now)
        return answers + await webhooks.forget(session, now - _KEPT)


def payload_of(event: Unpublished) -> dict[str, Any]:
    """Return an event as it is sent: ids and states, and no name or address of anybody."""
    about = {"customer_id": str(event.customer_id), "order": event.order, "return": event.return_}
    detail = {name: value for name, value in event.detail.items() if name in _TOLD_DETAILS}
    return {
        "id": f"evt_{event.sequence}",
        "type": f"{event.subject}.{event.kind}",
        "at": event.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "actor": event.actor,
        "data": {**{name: value for name, value in about.items() if value}, "detail": detail},
    }


async def _enqueue(session: AsyncSession, desk: Desk, webhook: Webhook, event: Unpublished) -> None:
    payload, now = payload_of(event), desk.clock.now()
    delivery_id = await webhooks.enqueue(session, webhook.id, event.sequence, payload["type"], payload, now)
    if delivery_id is not None:
        await _defer(session, desk, delivery_id)


async def _defer(session: AsyncSession, desk: Desk, delivery_id: UUID) -> None:
    # No lock: a try that waits for its hour would hold up a replay.
    await desk.jobs.defer(session, DELIVERY_TASK, lock=None, delivery_id=str(delivery_id))


def _outgoing(desk: Desk, delivery: Delivery, webhook: Webhook) -> OutgoingWebhook:
    body = json.dumps(delivery.payload, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        EVENT_ID_HEADER: str(delivery.payload["id"]),
        EVENT_TYPE_HEADER: delivery.type,
        signatures.HEADER: signatures.sign(webhook.secret, body, desk.clock.now()),
    }
    return OutgoingWebhook(webhook.url, headers, body)


async def _post(desk: Desk, outgoing: OutgoingWebhook) -> tuple[int | None, str]:
    """Return the status that came back, and what is wrong with it; no transaction is open here."""
    assert desk.webhook_sender is not None
    try:
        status = await desk.webhook_sender.send(outgoing)
    except errors.Unavailable as error:
        return None, str(error)
    return status, "" if status in _ARRIVED else f"the answer was {status}"


async def _note_failure(desk: Desk, delivery: Delivery, status: int | None, problem: str) -> None:
    last = delivery.attempts + 1 >= MOST_TRIES
    async with desk.database.transaction() as session:
        await webhooks.note_failure(session, delivery.id, status, problem, for_good=last)
    if not last:
        raise errors.Unavailable(f"delivery {delivery.id}: {problem}")
    log.warning("event %s was not delivered to webhook %s: %s", delivery.event, delivery.webhook_id, problem)
