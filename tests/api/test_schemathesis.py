"""Whatever a caller sends: no error of ours, and every answer is one that the description names.

The application runs on a real port over the demo shop; half of the generated requests name orders and returns that
are there, so that they come further than the door.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from api.v1 import application
from integrations import keys
from kit import jobs
from kit.db import Database
from tests.api import v1_shop
from tests.bot import serving
from tests.kept import KeptDatabase

pytestmark = [pytest.mark.database, pytest.mark.timeout(300)]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
    ignored_auth,
]
LARGE = ("POST /orders", "POST /decisions", "POST /returns")
EXAMPLES = 6
"""Random requests for each operation, beside those that cover the borders of each field."""
RETURNS = ("RMA-1000-0016", "RMA-1000-0024", "RMA-1000-0032")
ORDERS = ("H204518", "H205120", "H206001", "H206002", "H206006", "H206007")


class Running:
    """The application on a port, in a thread with a loop of its own."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._socket: socket.socket = serving.listening_socket()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._stop: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self.address = serving.address_of(self._socket)
        self.token = ""

    def __enter__(self) -> "Running":
        self._thread.start()
        assert self._ready.wait(30), "the application did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        database, jobs_app = Database(self._url), jobs.create_app(self._url)
        async with jobs_app.open_async():
            desk = v1_shop.desk_of(database, jobs_app, v1_shop.PostedWebhooks())
            async with database.transaction() as session:
                _, self.token = await keys.add(session, "schemathesis", keys.SCOPES, desk.clock.now())
            parent = v1_shop.mounted(desk, requests_per_minute=1_000_000)
            async with serving.serving(parent, self._socket):
                self._ready.set()
                await self._stop.wait()
        await database.dispose()


@pytest.fixture(scope="module")
def running_api(v1_database: KeptDatabase) -> Iterator[Running]:
    """The application over a demo shop of its own."""
    with Running(v1_database.url) as running:
        yield running
    v1_database.put_back()


def described() -> Any:
    """Read how the API describes itself; nothing is connected to."""
    generation = {"max-examples": EXAMPLES, "deterministic": True, "no-shrink": True, "database": "none"}
    # Of the largest bodies the borders of each field alone would take most of a minute: random ones are enough.
    large = [{"include-name": name, "phases": {"coverage": {"enabled": False}}} for name in LARGE]
    config = schemathesis.Config.from_dict({"generation": generation, "operations": large})
    description = application(v1_shop.desk_of(None, None, None)).openapi()
    return schemathesis.openapi.from_dict(description, config=config)


schema = described()


@schema.parametrize()
def test_every_answer_is_one_that_is_described(case: schemathesis.Case, running_api: Running) -> None:
    name_what_is_there(case)
    address, headers = running_api.address + v1_shop.BASE, v1_shop.bearer(running_api.token)
    case.call_and_validate(base_url=address, headers=headers, checks=CHECKS)


def name_what_is_there(case: schemathesis.Case) -> None:
    """Let every second request be about an order or return that is there; which one depends on the request alone."""
    place = sum(repr((case.path_parameters, case.body, case.query)).encode())
    if place % 2:
        return
    known = {"number": ORDERS[place // 2 % len(ORDERS)], "rma": RETURNS[place // 2 % len(RETURNS)]}
    known["order"] = known["number"]
    for part in (case.path_parameters, case.body):
        if isinstance(part, dict):
            part.update({name: value for name, value in known.items() if name in part})
