"""`/events`: what the shop and the warehouse tell us, signed over the raw body."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.security import APIKeyHeader
from pydantic import Field, TypeAdapter, ValidationError

from api.v1 import problems
from api.v1.access import Guard
from api.v1.schema import Moment, Shown
from casework import shop_events
from casework.desk import Desk
from integrations import signatures
from integrations.inbound import InboundEvent

_EVENT: TypeAdapter[shop_events.AnyEvent] = TypeAdapter(shop_events.Event)
_SIGNATURE = APIKeyHeader(
    name=signatures.HEADER,
    scheme_name="Signature",
    description="`t=<unix>,v1=<hex>`: HMAC-SHA256 of `<unix>.<raw body>` with the sender's secret, five minutes good.",
    auto_error=False,
)
_EXAMPLE = {
    "id": "scan-8812",
    "type": "parcel.received",
    "at": "2026-11-23T18:00:00Z",
    "data": {"rma": "RMA-1000-0032"},
}
_BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Event"}, "example": _EXAMPLE}},
}


class EventTaken(Shown):
    """An event that was taken, now or before."""

    id: str = Field(examples=["scan-8812"])
    type: str = Field(examples=["parcel.received"])
    received_at: Moment


def router(desk: Desk, guard: Guard) -> APIRouter:
    """Build the endpoint over a desk."""
    routes = APIRouter(prefix="/events", tags=["events"])

    @routes.post(
        "/{sender}",
        summary="Tell what happened",
        openapi_extra={"requestBody": _BODY, "security": [{"ApiKey": ["events:write"]}]},
        responses=problems.described(
            problems.BAD_SIGNATURE, problems.NOT_FOUND, problems.CONFLICT, problems.NOT_JSON, problems.TOO_LARGE
        ),
    )
    async def take_event(
        request: Request,
        sender: Annotated[str, Path(pattern="^[a-z][a-z0-9_-]{0,39}$", examples=["warehouse"])],
        signature: Annotated[str | None, Depends(_SIGNATURE)],
    ) -> EventTaken:
        """One event of one sender, whose secret stands in the setting RETURNDESK_EVENT_SECRETS.

        A system that cannot sign may send a key with the scope `events:write` instead. The same `id` again gets the
        same answer and has no further effect. What does not fit the state of things is refused for good (409, with the
        reason); what names something unknown (404) may come again.
        """
        body = await request.body()
        await _check_sender(desk, guard, request, sender, signature, body)
        taken = await shop_events.take(desk, sender, _read(request, body))
        return _answer(taken)

    return routes


def schemas() -> dict[str, Any]:
    """Return the JSON schemas of events, by name."""
    whole = TypeAdapter(shop_events.Event).json_schema(ref_template="#/components/schemas/{model}")
    return {**whole.pop("$defs"), "Event": whole}


async def _check_sender(
    desk: Desk, guard: Guard, request: Request, sender: str, signature: str | None, body: bytes
) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if signature is None and scheme.lower() == "bearer":
        await guard.key_of(token.strip(), ["events:write"])
        return
    secret = desk.settings.event_secrets.get(sender)
    # An unknown sender is checked like a known one, so that nobody learns who is one.
    known = secret.get_secret_value() if secret else ""
    verdict = signatures.check(signature or "", known, body, desk.clock.now())
    if not known or verdict == "wrong":
        raise problems.Stop(problems.BAD_SIGNATURE, "The signature is missing or wrong, or nobody sends by this name")
    if verdict == "old":
        raise problems.Stop(problems.BAD_SIGNATURE, "The signature is more than five minutes from now")
    if wait := guard.wait_for(f"sender:{sender}"):
        raise problems.too_many(wait)


def _read(request: Request, body: bytes) -> shop_events.AnyEvent:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise problems.Stop(problems.NOT_JSON, problems.NOT_JSON.remedy)
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise problems.invalid([problems.Fault(detail="the body is not JSON", pointer="")]) from error
    try:
        return _EVENT.validate_python(content)
    except ValidationError as error:
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise problems.invalid(problems.faults_of(found, content)) from error


def _answer(taken: InboundEvent) -> EventTaken:
    if taken.state == "refused":
        raise problems.Stop(problems.CONFLICT, taken.problem)
    return EventTaken(id=taken.event_id, type=taken.type, received_at=taken.received_at)
