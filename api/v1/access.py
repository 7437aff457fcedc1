"""Who calls, what they may do and how often, and whether they have asked for the very same before."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from api.v1 import problems
from casework.desk import Desk
from integrations import idempotency, keys, limits
from integrations.keys import ApiKey

_BEARER = HTTPBearer(
    scheme_name="ApiKey",
    bearerFormat="rd_<prefix>_<secret>",
    description="A key of `returndesk keys add`. Each operation names the scope that it needs.",
    auto_error=False,
)
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
_Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[!-~]+$",
        description="Makes a repeated request safe: within 24 hours the same key and body get the same answer.",
        examples=["4c6f1b1e-return-H204518"],
    ),
]


@dataclass(frozen=True)
class Call:
    """A request that changes something: whose, and what makes it happen once (None: it happens each time)."""

    key: ApiKey
    once: idempotency.Request | None


class Guard:
    """Lets requests in: knows keys, checks scopes, keeps the rate."""

    def __init__(self, desk: Desk, per_minute: int) -> None:
        self._desk = desk
        self._rate = limits.Bucket(per_minute)

    async def reading(self, scopes: SecurityScopes, credentials: _Credentials) -> ApiKey:
        """Return the key that calls; ends the request without one, without the scope, or when it asks too often."""
        return await self.key_of(credentials.credentials if credentials else "", scopes.scopes)

    async def writing(
        self, request: Request, scopes: SecurityScopes, credentials: _Credentials, idempotency_key: _Key = None
    ) -> Call:
        """Return who wants to change something, and what makes it happen once."""
        key = await self.reading(scopes, credentials)
        if idempotency_key is None:
            return Call(key, None)
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        asked = idempotency.fingerprint(request.method, path, await request.body())
        return Call(key, idempotency.Request(key.id, idempotency_key, asked))

    async def key_of(self, token: str, scopes: list[str]) -> ApiKey:
        """Return the key of a token.

        Raises:
            Stop: it is none, may not do this, or has asked too often.
        """
        async with self._desk.database.transaction() as session:
            key = await keys.authenticate(session, token, self._desk.clock.now())
        if key is None:
            headers = {"WWW-Authenticate": "Bearer"}
            raise problems.Stop(problems.UNAUTHORIZED, "There is no such key, or it is disabled", headers)
        if wait := self.wait_for(str(key.id)):
            raise problems.too_many(wait)
        missing = [scope for scope in scopes if scope not in key.scopes]
        if missing:
            headers = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{" ".join(missing)}"'}
            raise problems.Stop(problems.MISSING_SCOPE, f"The key lacks the scope {', '.join(missing)}", headers)
        return key

    def wait_for(self, caller: str) -> float:
        """Count a request; returns the seconds to wait when it is one too many, else 0."""
        return self._rate.wait_for(caller)


def refuse_unknown_parameters(request: Request) -> None:
    """End a request with a query parameter that its operation does not know: a filter with a slip would find all."""
    known = {one.alias for one in request.scope["route"].dependant.query_params}
    given = request.query_params.multi_items()
    names = [name for name, _ in given]
    unknown = [
        problems.Fault(detail="unknown parameter", parameter=name) for name in dict.fromkeys(names) if name not in known
    ]
    twice = [
        problems.Fault(detail="given more than once", parameter=name)
        for name in dict.fromkeys(names)
        if name in known and names.count(name) > 1
    ]
    if unknown or twice:
        raise problems.invalid([*unknown, *twice])
