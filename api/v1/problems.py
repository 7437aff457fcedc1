"""Every error as a problem document (RFC 9457): what kind, which status, what is wrong, and where in the request."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from casework.proposal import Refused
from integrations import idempotency
from kit import errors

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its name in the `type`, its status, and what a caller can do about it."""

    name: str
    status: int
    title: str
    remedy: str


BAD_REQUEST = Kind("bad-request", 400, "Bad request", "The body cannot be read. Send JSON in UTF-8.")
UNAUTHORIZED = Kind(
    "unauthorized", 401, "Not signed in", "Send `Authorization: Bearer rd_...` with a key that is not disabled."
)
BAD_SIGNATURE = Kind(
    "bad-signature",
    401,
    "The signature is not right",
    "Sign the raw body with the sender's secret, now: a signature is good for five minutes.",
)
MISSING_SCOPE = Kind("missing-scope", 403, "The key may not do this", "Make a key with the scope that is named.")
NOT_ALLOWED = Kind("not-allowed", 403, "Not allowed", "A rule of the shop forbids it.")
NOT_FOUND = Kind("not-found", 404, "Not found", "Check the number or id.")
WRONG_METHOD = Kind("method-not-allowed", 405, "No such method here", "The header `Allow` names the methods.")
CONFLICT = Kind("conflict", 409, "It is not so any more", "Read the resource again; something has moved in between.")
REFUSED = Kind(
    "refused",
    409,
    "The policy or the state of the order does not allow it",
    "`rule_ids` are the rules, `instead` is what is possible. POST /decisions asks without doing anything.",
)
UNDER_WAY = Kind(
    "idempotency-key-under-way", 409, "The same request is being worked on", "Ask again in a moment, same key."
)
TOO_LARGE = Kind("too-large", 413, "Too large", "Send less than 1 MB.")
NOT_JSON = Kind("unsupported-media-type", 415, "Not JSON", "Send `Content-Type: application/json`.")
INVALID = Kind("invalid", 422, "The request is not valid", "`errors` says what is wrong, and where.")
KEY_REUSED = Kind(
    "idempotency-key-reused", 422, "The Idempotency-Key came with another request", "Take a new key for a new request."
)
TOO_MANY = Kind("too-many-requests", 429, "Too many requests", "Wait for the seconds of `Retry-After`.")
INTERNAL = Kind("internal", 500, "Something on our side went wrong", "Try again; the desk's log has the cause.")
UNAVAILABLE = Kind("unavailable", 503, "Not available at the moment", "Try again shortly.")

KINDS = (
    BAD_REQUEST, UNAUTHORIZED, BAD_SIGNATURE, MISSING_SCOPE, NOT_ALLOWED, NOT_FOUND, WRONG_METHOD, CONFLICT, REFUSED,
    UNDER_WAY, TOO_LARGE, NOT_JSON, INVALID, KEY_REUSED, TOO_MANY, INTERNAL, UNAVAILABLE,
)  # fmt: skip
_OF_STATUS = {kind.status: kind for kind in reversed(KINDS)}
_OF_ERROR: tuple[tuple[type[errors.HouseError], Kind], ...] = (
    (idempotency.KeyReused, KEY_REUSED),
    (idempotency.UnderWay, UNDER_WAY),
    (errors.NotFound, NOT_FOUND),
    (errors.NotAllowed, NOT_ALLOWED),
    (errors.Conflict, CONFLICT),
    (errors.BadInput, INVALID),
    (errors.Unavailable, UNAVAILABLE),
)

logger = logging.getLogger(__name__)


class Fault(BaseModel):
    """One thing that is wrong: `pointer` (RFC 6901) into the body, or the `parameter` that is meant."""

    detail: str
    pointer: str | None = Field(None, examples=["/lines/0/quantity"])
    parameter: str | None = Field(None, examples=["limit"])


class Problem(BaseModel):
    """Why a request failed (RFC 9457)."""

    type: str = Field(description="Leads to a description of this kind of problem.")
    title: str
    status: int
    detail: str = Field(description="What is wrong with this very request.")
    errors: list[Fault] | None = Field(None, description="Everything that is wrong with an invalid request.")
    rule_ids: list[str] | None = Field(None, description="The rules of the policy behind a refusal.")
    instead: list[str] | None = Field(None, description="What is possible instead of what was refused.")


class Stop(Exception):
    """Ends a request with a problem."""

    def __init__(
        self, kind: Kind, detail: str, headers: Mapping[str, str] | None = None, faults: Sequence[Fault] = ()
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.faults = list(faults)


def too_many(seconds: float) -> Stop:
    """Return the end of a request that came too soon."""
    wait = math.ceil(seconds)
    return Stop(TOO_MANY, f"This key has asked too often; wait {wait} s", {"Retry-After": str(wait)})


def invalid(faults: Sequence[Fault]) -> Stop:
    """Return the end of a request that is not valid."""
    where = (one.pointer if one.pointer is not None else one.parameter for one in faults)
    return Stop(
        INVALID, "; ".join(f"{place}: {one.detail}" for place, one in zip(where, faults, strict=True)), {}, faults
    )


def faults_of(found: Sequence[Any], body: Any) -> list[Fault]:
    """Return what pydantic found as faults; `body` is what it looked at, where a kind (`wish`, `type`) may have led."""
    led = [body.get("wish"), body.get("type")] if isinstance(body, dict) else []
    kinds = {kind for kind in led if isinstance(kind, str)}
    return [_fault(tuple(one["loc"]), str(one["msg"]), kinds) for one in found]


def answer_errors(application: FastAPI, base: str) -> None:
    """Answer every error of an application with a problem; nothing of ours shows through. `base` is its address."""
    answers = _Answers(base)
    for kind, handler in (
        (Stop, answers.stopped),
        (HTTPException, answers.by_framework),
        (RequestValidationError, answers.not_valid),
        (Refused, answers.refused),
        (errors.HouseError, answers.ours),
        (OperationalError, answers.no_database),
        (Exception, answers.unexpected),
    ):
        application.add_exception_handler(kind, handler)

    @application.get("/problems", include_in_schema=False)
    async def listed() -> HTMLResponse:
        return HTMLResponse(_page())


@dataclass(frozen=True)
class _Answers:
    """Makes a problem of each error; `base` is the address of the API."""

    base: str

    async def stopped(self, _: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Stop)
        return self._answer(error.kind, error.detail, error.headers, errors=error.faults or None)

    async def by_framework(self, _: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        kind = _OF_STATUS.get(error.status_code, BAD_REQUEST if error.status_code < 500 else INTERNAL)
        return self._answer(kind, str(error.detail), error.headers)

    async def not_valid(self, _: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        ended = invalid(faults_of(error.errors(), error.body))
        return self._answer(ended.kind, ended.detail, errors=ended.faults)

    async def refused(self, _: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Refused)
        refusal = error.refusal
        return self._answer(REFUSED, refusal.text, rule_ids=list(refusal.rule_ids), instead=list(refusal.instead))

    async def ours(self, _: Request, error: Exception) -> JSONResponse:
        kind = next((kind for type_, kind in _OF_ERROR if isinstance(error, type_)), INTERNAL)
        return self._answer(kind, str(error) if kind is not INTERNAL else INTERNAL.remedy)

    async def no_database(self, _: Request, error: Exception) -> JSONResponse:
        logger.warning("the database does not answer: %s", type(error).__name__)
        return self._answer(UNAVAILABLE, "The database does not answer at the moment", {"Retry-After": "2"})

    async def unexpected(self, _: Request, error: Exception) -> JSONResponse:
        logger.exception("unexpected error", exc_info=error)
        return self._answer(INTERNAL, INTERNAL.remedy)

    def _answer(self, kind: Kind, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> JSONResponse:
        type_ = f"{self.base}/problems#{kind.name}"
        problem = Problem(type=type_, title=kind.title, status=kind.status, detail=_writable(detail), **more)
        body = problem.model_dump(mode="json", exclude_none=True)
        return JSONResponse(body, kind.status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def described(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """Return these problems as an operation's responses in OpenAPI."""
    found: dict[int | str, dict[str, Any]] = {}
    for status in sorted({kind.status for kind in kinds}):
        titles = " · ".join(f"`{kind.name}`: {kind.title}" for kind in kinds if kind.status == status)
        schema = {"$ref": "#/components/schemas/Problem"}
        found[status] = {"description": titles, "content": {MEDIA_TYPE: {"schema": schema}}}
    return found


def _fault(location: tuple[Any, ...], message: str, kinds: set[str]) -> Fault:
    part, *places = location or ("body",)
    if part != "body":
        return Fault(detail=message, parameter=_writable(str(places[0] if places else part)))
    if places and (places[0] in kinds or (len(places) == 1 and isinstance(places[0], int) and "JSON" in message)):
        places = places[1:]  # the kind that was looked at, or a number of characters, is no place in the body
    steps = (str(place).replace("~", "~0").replace("/", "~1") for place in places)
    return Fault(detail=message, pointer=_writable("".join(f"/{step}" for step in steps)))


def _writable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # a fault may quote a name that a client made up


def _page() -> str:
    entries = "\n".join(
        f'<h2 id="{kind.name}">{kind.name}</h2>\n<p>{kind.status}: {escape(kind.title)}. {escape(kind.remedy)}</p>'
        for kind in KINDS
    )
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Problems of the returndesk API</title>\n'
        f"<h1>Problems of the returndesk API</h1>\n{entries}\n</html>\n"
    )
