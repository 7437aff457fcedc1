"""The application of `/api/v1`: resources, documentation, problems, limits."""

from typing import Any, override

from fastapi import Depends, FastAPI
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.v1 import access, customers, decisions, events, orders, paging, problems, returns, webhooks
from casework.desk import Desk

REQUESTS_PER_MINUTE = 600
"""For each key, in each process."""
LARGEST_BODY = 1024 * 1024
"""Bytes."""
DESCRIPTION = """
Orders, customers and returns of the shop, for its own systems. docs/api.md shows each step with examples.

- **Keys**: `returndesk keys add NAME --scope orders:read` prints one, once. Send it as `Authorization: Bearer rd_...`.
- **Errors** are problem documents (RFC 9457); `errors` of an invalid request points at each fault.
- **Once**: a POST with an `Idempotency-Key` that is sent again within 24 hours gets the stored answer, with the header
  `Idempotency-Replayed: true`.
- **Pages**: lists are newest first; `next` is the address of the next page. Unknown parameters are refused.
- **Moments** are ISO 8601 in UTC, **money** is a string with its currency.
- **Limits**: 600 requests per minute and key (429 with `Retry-After`), bodies of 1 MB.
"""
TAGS = [
    {"name": "orders", "description": "What was sold, with the policy's verdict on each item now."},
    {"name": "customers", "description": "Who ordered."},
    {"name": "returns", "description": "What comes back: opening, deciding, changing, and its receipt."},
    {"name": "decisions", "description": "Ask what would happen; nothing is written."},
    {"name": "events", "description": "What the shop and the warehouse tell us."},
    {"name": "webhooks", "description": "What we tell the shop."},
]
_EVERYWHERE = problems.described(
    problems.BAD_REQUEST,
    problems.UNAUTHORIZED,
    problems.MISSING_SCOPE,
    problems.TOO_LARGE,
    problems.INVALID,
    problems.TOO_MANY,
    problems.UNAVAILABLE,
)


class _Api(FastAPI):
    """Adds to the description what the routes cannot say: problems and events."""

    @override
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            schema = super().openapi()
            kept = schema["components"]["schemas"]
            problem = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            kept.update(problem.pop("$defs"))
            kept["Problem"] = problem
            kept.update(events.schemas())
        return super().openapi()


class _Limited:
    """Reads no body that is larger than allowed: its announced length may be missing or wrong."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > LARGEST_BODY:
                raise HTTPException(problems.TOO_LARGE.status, problems.TOO_LARGE.remedy)
            return message

        await self._app(scope, limited if scope["type"] == "http" else receive, send)


def application(desk: Desk, requests_per_minute: int = REQUESTS_PER_MINUTE) -> FastAPI:
    """Build the application over a desk."""
    api = _Api(
        title="returndesk",
        version="1",
        summary="Orders, returns and refunds of the shop.",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        redoc_url=None,
        dependencies=[Depends(access.refuse_unknown_parameters)],
        responses=_EVERYWHERE,
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
    )
    api.add_middleware(_Limited)
    problems.answer_errors(api, f"{desk.settings.base_url}{paging.BASE}")
    guard = access.Guard(desk, requests_per_minute)
    for resource in (orders, customers, returns, decisions, events, webhooks):
        api.include_router(resource.router(desk, guard))
    return api
