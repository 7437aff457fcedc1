"""Where the brain calls its custom actions: one transaction per call, journalled, under the counter of the turn."""

import hmac
import json
import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from rasa_sdk.executor import ActionExecutor

from actions import registry
from actions.call import ROOM, DeskAction, Room
from actions.library import Library
from actions.likeness import Likeness
from casework.desk import Desk
from conversations import errors, journal, ownership

log = logging.getLogger(__name__)

STALE: dict[str, Any] = {"events": [], "responses": [{"custom": {"stale": True}}]}
"""The answer to a call of a turn that has lost its conversation: nothing is done, and the door drops the reply."""


@dataclass(frozen=True)
class Address:
    """Which call of which turn this is; a retried turn has the same message and call numbers."""

    action: str
    message_id: UUID
    conversation_id: UUID
    owner_counter: int
    call_number: int


class Actions:
    """Runs custom actions for the brain."""

    def __init__(self, desk: Desk, library: Library, alike: Likeness) -> None:
        self._desk = desk
        self._library = library
        self._alike = alike
        self._actions = registry.actions()
        self._executor: ActionExecutor = registry.executor(self._actions)

    async def call(self, body: dict[str, Any]) -> dict[str, Any]:
        """Run one call, or answer it as it was answered before."""
        address = _address(body)
        action, prepared = self._actions[address.action], None
        if type(action).prepare is not DeskAction.prepare:  # what talks to others is never done a second time
            known = await self._answered_before(address)
            if known is not None:
                return known
            prepared = await action.prepare(body["tracker"]["slots"], address.message_id, self._desk)
        return await self._run(address, body, prepared)

    async def _answered_before(self, address: Address) -> dict[str, Any] | None:
        async with self._desk.database.transaction() as session:
            return await journal.replay(session, address.message_id, address.call_number)

    async def _run(self, address: Address, body: dict[str, Any], prepared: Any) -> dict[str, Any]:
        async with self._desk.database.transaction() as session:
            try:
                conversation = await ownership.hold(session, address.conversation_id, address.owner_counter)
            except errors.OwnershipMoved as moved:
                known = await journal.replay(session, address.message_id, address.call_number)
                if known is None:
                    log.info("%s was not run: %s", address.action, moved)
                return known or STALE
            known = await journal.replay(session, address.message_id, address.call_number)
            if known is not None:
                return known
            room = Room(self._desk, self._library, session, conversation, address.message_id, self._alike, prepared)
            entered = ROOM.set(room)
            try:
                result = await self._executor.run({**body, "domain": {}})
            finally:
                ROOM.reset(entered)
            response: dict[str, Any] = result.model_dump() if result else {"events": [], "responses": []}
            now = self._desk.clock.now()
            await journal.record(session, address.message_id, address.call_number, address.action, response, now)
            return response


def _address(body: dict[str, Any]) -> Address:
    metadata = body["tracker"]["latest_message"]["metadata"]
    return Address(
        action=str(body["next_action"]),
        message_id=UUID(metadata["message_id"]),
        conversation_id=UUID(metadata["conversation_id"]),
        owner_counter=int(metadata["owner_counter"]),
        call_number=int(body["call_number"]),
    )


def application(actions: Actions, token: str) -> FastAPI:
    """Build the small application that listens for the brain on loopback."""
    app = FastAPI(openapi_url=None)

    @app.post("/actions")
    async def call_action(request: Request) -> JSONResponse:
        """Run a custom action. Read and written as plain JSON: FastAPI's own checks cost more than most actions."""
        if not hmac.compare_digest(request.headers.get("x-returndesk-token", "").encode(), token.encode()):
            raise HTTPException(403, "This token is not the brain's.")
        try:
            body = json.loads(await request.body())
        except ValueError as error:
            raise HTTPException(422, "An action call is a JSON object.") from error
        return JSONResponse(await actions.call(body))

    @app.get("/health")
    async def health() -> dict[str, str]:
        """Tell that the worker is up."""
        return {"status": "ok"}

    return app
