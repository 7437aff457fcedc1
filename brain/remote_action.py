"""How the brain calls the desk's custom actions.

Rasa's own way compiles its JSON schema at each call (16 ms), opens a connection for each call, sends the whole domain
and every event, and swallows what fails. This one does none of that: a failure is recorded with the turn before Rasa
sees it.
"""

import asyncio
import functools
import logging
from typing import Any

import aiohttp
import jsonschema
from rasa.core.actions import action
from rasa.shared.core import events
from rasa.shared.core.trackers import EventVerbosity
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from brain import turn

TIMEOUT_SECONDS = 20
KEEP_ALIVE_SECONDS = 4  # less than the desk's server keeps a connection (5 s), or a call meets a closed one
LISTENED_TO = ("rasa.core.processor", "rasa.core.tracker_store")


class ActionFailed(RasaException):
    """The desk did not answer an action call, or answered something that is no action's answer."""


class SwallowedFailures(logging.Handler):
    """Records with the turn what Rasa only tells its log: exceptions, the circuit breaker, a lost tracker."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Record one line of Rasa's log as a failure of the current turn."""
        cause = record.exc_info[1] if record.exc_info else None
        turn.failed(f"{record.getMessage()} {cause!r}" if cause else record.getMessage())


def install() -> None:
    """Make Rasa use `run` for every custom action, and listen to what it swallows. May be called twice."""
    action.RemoteAction.run = run
    for name in LISTENED_TO:
        logger = logging.getLogger(name)
        logger.disabled = False
        logger.setLevel(logging.WARNING)
        if not any(isinstance(handler, SwallowedFailures) for handler in logger.handlers):
            logger.addHandler(SwallowedFailures())


async def run(self: Any, output_channel: Any, nlg: Any, tracker: Any, domain: Any) -> list[events.Event]:
    """Call the desk for one custom action and return its messages and events (takes the place of RemoteAction.run).

    Raises ActionExecutionRejection when the desk rejects the form's turn (400), ActionFailed for everything else.
    """
    del domain  # the desk knows it
    name = self.name()
    try:
        answer = await _call(self.action_endpoint, body(name, tracker))
        _schema().validate(answer)
        messages = await self._utter_responses(answer.get("responses", []), output_channel, nlg, tracker)
        return [*messages, *events.deserialise_events(answer.get("events", []))]
    except action.ActionExecutionRejection:
        raise
    except Exception as error:
        turn.failed(f"action {name}: {error!r}")
        raise ActionFailed(f"action {name}: {error!r}") from error


def body(name: str, tracker: Any) -> dict[str, Any]:
    """Return what is sent: Rasa's call, with the turn's id and the call's number in it.

    Domain and events are left out: the desk knows the one, and the others are only the state told as a story.
    """
    current = turn.current()
    return {
        "next_action": name,
        "sender_id": tracker.sender_id,
        "turn_id": current.turn_id if current else tracker.sender_id,
        "call_number": current.next_call_number() if current else 0,
        "tracker": {**tracker.current_state(EventVerbosity.NONE), "events": []},
        "domain": {},
        "version": "3.6.21",
    }


@functools.cache
def _schema() -> Any:
    schema = action.RemoteAction.action_response_format_spec()
    compiled = jsonschema.validators.validator_for(schema)
    compiled.check_schema(schema)
    return compiled(schema)


_sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}


def _session() -> aiohttp.ClientSession:
    """Return the process's one session (one for each event loop, of which a server has one)."""
    loop = asyncio.get_running_loop()
    session = _sessions.get(loop)
    if session is None or session.closed:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        connector = aiohttp.TCPConnector(keepalive_timeout=KEEP_ALIVE_SECONDS)
        session = _sessions[loop] = aiohttp.ClientSession(timeout=timeout, connector=connector)
    return session


async def close() -> None:
    """Close the session of the running loop, at the end of the process."""
    session = _sessions.pop(asyncio.get_running_loop(), None)
    if session is not None:
        await session.close()


async def _call(endpoint: EndpointConfig | None, payload: dict[str, Any]) -> dict[str, Any]:
    if endpoint is None or not endpoint.url:
        raise ActionFailed("no address of the desk is configured")
    async with _session().post(endpoint.url, json=payload, headers=endpoint.headers) as response:
        if response.status == 400:
            refused = await response.json(content_type=None)
            raise action.ActionExecutionRejection(refused["action_name"], refused.get("error"))
        if response.status != 200:
            raise ActionFailed(f"the desk answered {response.status}")
        answer = await response.json(content_type=None)
    if not isinstance(answer, dict):
        raise ActionFailed("the desk's answer is not an object")
    return answer
