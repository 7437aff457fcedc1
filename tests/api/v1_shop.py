"""The REST API over the demo shop in a real PostgreSQL, with a clock that stands still and keys for every scope."""

import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text

from api.v1 import application
from casework.desk import Desk
from casework.ports import OutgoingWebhook
from gateways.carrier import HouseCarrier
from handoff import rules
from integrations import keys, signatures
from kit import errors, jobs
from kit.clock import FixedClock
from kit.settings import PROJECT_ROOT, Settings
from store import seed
from tests.conftest import copied
from tests.kept import KeptDatabase
from tests.store import made

WAREHOUSE_SECRET = "what only the warehouse and we know"
BASE = "/api/v1"


@dataclass
class PostedWebhooks:
    """A sender that keeps what it would have posted, and answers as it is told."""

    answers: list[int | str] = field(default_factory=list)
    posted: list[OutgoingWebhook] = field(default_factory=list)

    async def send(self, message: OutgoingWebhook) -> int:
        """Keep it; a text among the answers is a failure of the connection."""
        self.posted.append(message)
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, str):
            raise errors.Unavailable(answer)
        return answer


@dataclass
class Api:
    """The API, its desk, and a client with a key for everything."""

    desk: Desk
    client: httpx.AsyncClient
    sender: PostedWebhooks
    token: str

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.desk.clock.now()

    def wait(self, **time: float) -> None:
        """Let time pass."""
        clock = cast("FixedClock", self.desk.clock)
        clock.moment += timedelta(**time)

    async def key(self, name: str, *scopes: str) -> str:
        """Make a key; returns its token."""
        async with self.desk.database.transaction() as session:
            _, token = await keys.add(session, name, scopes or keys.SCOPES, self.now)
        return token

    async def get(self, path: str, token: str | None = None, **params: Any) -> httpx.Response:
        """Read something."""
        return await self.client.get(f"{BASE}{path}", params=params, headers=bearer(token or self.token))

    async def post(
        self, path: str, body: Any = None, *, once: str | None = None, token: str | None = None
    ) -> httpx.Response:
        """Change something, with an Idempotency-Key where one is given."""
        headers = {**bearer(token or self.token), **({"Idempotency-Key": once} if once else {})}
        return await self.client.post(f"{BASE}{path}", json={} if body is None else body, headers=headers)

    async def event(
        self, type_: str, data: dict[str, Any], id_: str = "", sender: str = "warehouse", **more: Any
    ) -> httpx.Response:
        """Tell what happened, signed as it should be."""
        body = json.dumps({"id": id_ or str(uuid.uuid4()), "type": type_, "data": data, **more}).encode()
        return await self.signed(body, signatures.sign(WAREHOUSE_SECRET, body, self.now), sender)

    async def signed(self, body: bytes, signature: str, sender: str = "warehouse") -> httpx.Response:
        """Post a body with a signature, right or wrong."""
        headers = {"Content-Type": "application/json", signatures.HEADER: signature}
        return await self.client.post(f"{BASE}/events/{sender}", content=body, headers=headers)

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """Read rows."""
        async with self.desk.database.transaction() as session:
            return list((await session.execute(text(query), values)).all())

    async def run(self, statement: str, **values: Any) -> None:
        """Change rows."""
        async with self.desk.database.transaction() as session:
            await session.execute(text(statement), values)

    async def item_of(self, number: str, name: str = "") -> dict[str, Any]:
        """Return an item of an order: the first one, or the one of that name."""
        order = (await self.get(f"/orders/{number}")).json()
        return next(item for item in order["items"] if name in item["name"])

    async def a_return(self, **other: Any) -> dict[str, Any]:
        """Return the body of a return that the policy approves."""
        item = await self.item_of("H204518", "Sweater")
        lines = [{"item_id": item["id"], "quantity": 1, "reason": "too_small", "condition": "opened"}]
        return {
            "order": "H204518",
            "lines": lines,
            "resolution": "refund",
            "method": "drop_off_qr",
            **other,
        }


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a key."""
    return {"Authorization": f"Bearer {token}"}


def mounted(desk: Desk, **limits: int) -> FastAPI:
    """Mount the API as the web process does."""
    parent = FastAPI()
    parent.mount(BASE, application(desk, **limits))
    return parent


@pytest.fixture(scope="session")
async def v1_database(postgres_url: str, migrated_template: str) -> AsyncIterator[KeptDatabase]:
    """A database with the demo shop, put back to that after each test."""
    book = made.book()
    async with copied(postgres_url, migrated_template, lambda session: seed.demo_shop(session, book, made.NOW)) as kept:
        yield kept


@pytest.fixture
async def api(v1_database: KeptDatabase) -> AsyncIterator[Api]:
    """The API over a demo shop as it begins."""
    jobs_app = jobs.create_app(v1_database.url)
    sender = PostedWebhooks()
    async with jobs_app.open_async():
        desk = desk_of(v1_database.database, jobs_app, sender)
        transport = httpx.ASGITransport(mounted(desk), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=desk.settings.base_url) as client:
            opened = Api(desk, client, sender, "")
            opened.token = await opened.key("everything")
            yield opened
    v1_database.put_back()


def desk_of(database: Any, jobs_app: Any, sender: Any) -> Desk:
    """Put a desk together whose clock stands still."""
    settings = Settings(
        _env_file=None,
        secret_key=SecretStr("a key for tests, and for nothing else"),
        event_secrets={"warehouse": SecretStr(WAREHOUSE_SECRET)},
    )
    return Desk(
        database=database,
        jobs=jobs.Jobs(jobs_app),
        clock=FixedClock(made.NOW),
        settings=settings,
        book=made.book(),
        carrier=HouseCarrier(),
        handoff=rules.read(PROJECT_ROOT / "policy" / "handoff.yml"),
        webhook_sender=sender,
    )
