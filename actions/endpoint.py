"""Where the brain calls its custom actions: one transaction per call, journalled, under the counter of the turn."""

import hmac
import json
import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rasa_sdk.executor import ActionExecutor
from sqlalchemy.exc import IntegrityError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from actions import registry
from actions.call import ROOM, DeskAction, Room
from actions.library import Library
from actions.likeness import Likeness
from casework.desk import Desk
from conversations import journal
from kit import db

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
        try:
            return await self._run(address, body, prepared)
        except IntegrityError:  # the same call was made at the same moment, by a worker that was thought dead
            known = await self._answered_before(address)
            if known is None:
                raise
            return known

    async def _answered_before(self, address: Address) -> dict[str, Any] | None:
        async with self._desk.database.look() as session:
            return await journal.replay(session, address.message_id, address.call_number)

    async def _run(self, address: Address, body: dict[str, Any], prepared: Any) -> dict[str, Any]:
        async with self._desk.database.transaction() as session:
            conversation, known = await journal.enter(
                session, address.conversation_id, address.message_id, address.call_number
            )
            if known is not None:
                return known
            if conversation.owner_counter != address.owner_counter:
                log.info("%s was not run: the conversation is at counter %d", address, conversation.owner_counter)
                return STALE
            db.remember(session)
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


def application(actions: Actions, token: str) -> Starlette:
    """Build the small application that listens for the brain on loopback.

    Plain Starlette and plain JSON: the layers and checks of FastAPI would cost as much as a short action.
    """

    async def call_action(request: Request) -> JSONResponse:
        """Run a custom action."""
        if not hmac.compare_digest(request.headers.get("x-returndesk-token", "").encode(), token.encode()):
            raise HTTPException(403, "This token is not the brain's.")
        try:
            body = json.loads(await request.body())
        except ValueError as error:
            raise HTTPException(422, "An action call is a JSON object.") from error
        return JSONResponse(await actions.call(body))

    async def health(_: Request) -> JSONResponse:
        """Tell that the worker is up."""
        return JSONResponse({"status": "ok"})

    return Starlette(routes=[Route("/actions", call_action, methods=["POST"]), Route("/health", health)])
