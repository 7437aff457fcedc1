"""`/webhooks`: where the shop is told of events, and what became of each."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response, Security
from pydantic import AfterValidator, ConfigDict, Field, HttpUrl
from sqlalchemy.ext.asyncio import AsyncSession

from api.v1 import paging, problems, writing
from api.v1.access import Call, Guard
from api.v1.paging import Cursor, Limit, Page
from api.v1.schema import Body, Moment, Shown
from casework import webhooks as cases
from casework.desk import Desk
from integrations import webhooks
from integrations.keys import ApiKey
from integrations.webhooks import Delivery, DeliveryState, Webhook

_TYPE = r"^(\*|(return|order|transfer|exchange|customer)\.[a-z_]{1,60})$"


def _plain(url: HttpUrl) -> HttpUrl:
    if url.username or url.password:
        raise ValueError("an address with a name or password in it is not taken; the signature proves who sends")
    return url


class WebhookBody(Body):
    """Where events go, and which."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"url": "https://shop.example/hooks/returndesk", "types": ["return.approved"]}]}
    )
    url: Annotated[HttpUrl, AfterValidator(_plain)] = Field(
        description="http or https. The local network is allowed: the desk may stand beside the shop's systems."
    )
    types: Annotated[list[Annotated[str, Field(pattern=_TYPE)]], Field(min_length=1, max_length=100)] = Field(
        description="Types such as `return.approved`; `*` for all."
    )


class WebhookShown(Shown):
    """A webhook without its secret."""

    id: UUID
    url: str
    types: list[str]
    created_at: Moment


class WebhookMade(WebhookShown):
    """A new webhook with its secret, which is shown this once."""

    secret: str = Field(examples=["whsec_..."])


class DeliveryShown(Shown):
    """One event on its way to a webhook."""

    id: UUID
    event: str = Field(examples=["evt_1024"])
    type: str = Field(examples=["return.approved"])
    state: DeliveryState
    attempts: int
    status: int | None = Field(description="The last HTTP status that came back.")
    problem: str
    created_at: Moment
    delivered_at: Moment | None
    payload: dict[str, Any]


def router(desk: Desk, guard: Guard) -> APIRouter:
    """Build the endpoints over a desk."""
    routes = APIRouter(prefix="/webhooks", tags=["webhooks"])
    _add_webhooks(routes, desk, guard)
    _add_deliveries(routes, desk, guard)
    return routes


def _add_webhooks(routes: APIRouter, desk: Desk, guard: Guard) -> None:
    @routes.get("", summary="List webhooks")
    async def list_webhooks(
        _: Annotated[ApiKey, Security(guard.reading, scopes=["webhooks:write"])],
    ) -> Page[WebhookShown]:
        """All webhooks, oldest first; there are never so many that they need pages."""
        async with desk.database.transaction() as session:
            found = await webhooks.everything(session)
        return Page(data=[WebhookShown(**_head(one)) for one in found], next=None)

    @routes.post(
        "",
        summary="Add a webhook",
        response_model=WebhookMade,
        status_code=201,
        responses=problems.described(problems.CONFLICT, problems.UNDER_WAY),
    )
    async def add_webhook(
        body: WebhookBody, call: Annotated[Call, Security(guard.writing, scopes=["webhooks:write"])]
    ) -> Response:
        """From now on, events of these types are posted there, signed with the secret that this answer shows once."""

        async def work(session: AsyncSession) -> WebhookMade:
            types = list(dict.fromkeys(body.types))
            made = await webhooks.add(session, str(body.url), types, desk.clock.now())
            await writing.audit(session, desk, call, "webhook_added", {"webhook": str(made.id), "types": types})
            return WebhookMade(**_head(made), secret=made.secret)

        return await writing.once(desk, call, work, status=201, location=f"{paging.BASE}/webhooks/{{shown.id}}")

    @routes.get("/{webhook_id}", summary="Read a webhook", responses=problems.described(problems.NOT_FOUND))
    async def read_webhook(
        webhook_id: UUID, _: Annotated[ApiKey, Security(guard.reading, scopes=["webhooks:write"])]
    ) -> WebhookShown:
        """A webhook without its secret."""
        async with desk.database.transaction() as session:
            return WebhookShown(**_head(await webhooks.get(session, webhook_id)))

    @routes.delete(
        "/{webhook_id}",
        summary="Delete a webhook",
        status_code=204,
        response_class=Response,
        responses=problems.described(problems.NOT_FOUND),
    )
    async def delete_webhook(
        webhook_id: UUID, call: Annotated[Call, Security(guard.writing, scopes=["webhooks:write"])]
    ) -> Response:
        """Nothing goes there any more, what is under way neither."""

        async def work(session: AsyncSession) -> None:
            await webhooks.remove(session, webhook_id, desk.clock.now())
            await writing.audit(session, desk, call, "webhook_deleted", {"webhook": str(webhook_id)})

        return await writing.once(desk, call, work, status=204)


def _add_deliveries(routes: APIRouter, desk: Desk, guard: Guard) -> None:
    @routes.get("/{webhook_id}/deliveries", summary="List deliveries", responses=problems.described(problems.NOT_FOUND))
    async def list_deliveries(
        request: Request,
        webhook_id: UUID,
        _: Annotated[ApiKey, Security(guard.reading, scopes=["webhooks:write"])],
        limit: Limit = paging.USUAL,
        cursor: Cursor = None,
    ) -> Page[DeliveryShown]:
        """What went to a webhook, or is to go there, newest first."""
        before = paging.begin_by_id(cursor)
        async with desk.database.transaction() as session:
            await webhooks.get(session, webhook_id)
            found = await webhooks.deliveries(session, webhook_id, limit + 1, before)
        last = found[limit - 1] if len(found) > limit else None
        place = (last.created_at, str(last.id)) if last else None
        return paging.page(desk, request, [_delivery(one) for one in found], limit, place)

    @routes.post(
        "/{webhook_id}/deliveries/{delivery_id}/replay",
        summary="Send a delivery again",
        response_model=DeliveryShown,
        status_code=202,
        responses=problems.described(problems.NOT_FOUND, problems.UNDER_WAY),
    )
    async def replay_delivery(
        webhook_id: UUID, delivery_id: UUID, call: Annotated[Call, Security(guard.writing, scopes=["webhooks:write"])]
    ) -> Response:
        """Sends an event again, with the same id and payload and a signature of now, whatever became of it before."""

        async def work(session: AsyncSession) -> DeliveryShown:
            again = await cases.replay(session, desk, webhook_id, delivery_id)
            await writing.audit(session, desk, call, "webhook_replayed", {"delivery": str(delivery_id)})
            return _delivery(again)

        return await writing.once(desk, call, work, status=202)


def _head(found: Webhook) -> dict[str, Any]:
    return {"id": found.id, "url": found.url, "types": list(found.types), "created_at": found.created_at}


def _delivery(found: Delivery) -> DeliveryShown:
    return DeliveryShown(
        id=found.id,
        event=str(found.payload["id"]),
        type=found.type,
        state=found.state,
        attempts=found.attempts,
        status=found.status,
        problem=found.problem,
        created_at=found.created_at,
        delivered_at=found.delivered_at,
        payload=found.payload,
    )
