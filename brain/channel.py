"""The one door of the brain: POST /webhooks/desk/webhook takes a turn, GET /webhooks/desk/health says how it is.

Rasa's REST channel answers 200 with whatever was collected when something broke. This one answers an error whenever
anything failed, so that the desk can try again from the same state.
"""

import logging
import resource
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from brain import remote_action, state, turn, wants, wire

logger = logging.getLogger(__name__)

Handle = Callable[[UserMessage], Awaitable[Any]]


class TurnFailed(Exception):
    """The turn has no answer that may be shown; the message says what failed."""


class DeskChannel(InputChannel):
    """Rasa's input channel for the desk (credentials.yml names it)."""

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, which is part of its address."""
        return "desk"

    def blueprint(self, on_new_message: Handle) -> Blueprint:
        """Return the channel's routes."""
        remote_action.install()
        routes = Blueprint("desk_webhook", "brain.channel")

        @routes.get("/health")
        async def health(request: Request) -> HTTPResponse:
            agent = _agent(request)
            if agent is None:
                return _error(503, "not ready", "no model is loaded")
            return json({"status": "ok", "model": agent.processor.model_filename, "rss_mb": memory_in_mb()})

        @routes.post("/webhook")
        async def webhook(request: Request) -> HTTPResponse:
            return await _answer(request, on_new_message)

        return routes


async def _answer(request: Request, on_new_message: Handle) -> HTTPResponse:
    """Work one turn and translate whatever happened into a status."""
    agent = _agent(request)
    if agent is None:
        return _error(503, "not ready", "no model is loaded")
    try:
        body = request.json
    except Exception as error:  # noqa: BLE001  (Sanic raises its own kind, which an app without its handlers hides)
        return _error(400, "malformed request", str(error))
    try:
        asked = wire.read(body)
        if asked.payload and asked.payload.intent not in agent.processor.domain.intents:
            raise wire.Malformed(f"payload: there is no intent {asked.payload.intent}")
        return json(await work(asked, agent, on_new_message))
    except wire.Malformed as error:
        return _error(400, "malformed request", str(error))
    except TurnFailed as error:
        logger.error("turn failed: %s", error)
        return _error(502, "turn failed", str(error))
    except Exception as error:
        logger.exception("turn broke")
        return _error(500, "turn broke", repr(error))


async def work(asked: wire.Request, agent: Agent, on_new_message: Handle) -> dict[str, Any]:
    """Return the answer to one turn; raises TurnFailed when an action failed or nothing was said."""
    known, was_reset = state.read(asked.state, agent.processor.domain)
    output = CollectingOutputChannel()
    with turn.running(turn.Turn(asked.turn_id, known, asked.vectors)) as current:
        await on_new_message(_message(asked, output))
    if current.failures:
        raise TurnFailed("; ".join(current.failures))
    if not output.messages:
        raise TurnFailed("empty reply")
    answer = {
        "messages": [_without_recipient(message) for message in output.messages],
        "state": state.write(current.tracker),
        "expects": current.tracker.get_slot("requested_slot") if current.tracker.active_loop_name else None,
        **_understood(current.tracker),
    }
    return {**answer, "state_reset": True} if was_reset else answer


def memory_in_mb() -> int:
    """Return how much memory the process holds now (its peak where the system does not tell)."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() // 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (2**20 if sys.platform == "darwin" else 2**10)


def _message(asked: wire.Request, output: CollectingOutputChannel) -> UserMessage:
    parse_data = None
    if asked.payload:
        intent = {"name": asked.payload.intent, "confidence": 1.0}
        parse_data = {
            "text": asked.raw_payload,
            "intent": intent,
            "intent_ranking": [intent],
            "entities": asked.payload.entities,
            "wants": wants.single(asked.payload.intent, 1.0, "", asked.payload.entities),
        }
    return UserMessage(
        text=asked.raw_payload if asked.payload else asked.text,
        output_channel=output,
        sender_id=asked.turn_id,
        parse_data=parse_data,
        input_channel=asked.channel,
        message_id=asked.turn_id,
        metadata=asked.metadata,
    )


def _understood(tracker: DialogueStateTracker) -> dict[str, Any]:
    """Return how the message was read. Rasa's fallback empties the latest message, so the event itself is asked."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            read: dict[str, Any] = dict(event.parse_data)
            intent = read.get("intent") or {}
            return {
                "intent": {"name": intent.get("name"), "confidence": intent.get("confidence", 0.0)},
                "entities": read.get("entities", []),
                "wants": read.get("wants", []),
            }
    return {"intent": {"name": None, "confidence": 0.0}, "entities": [], "wants": []}


def _without_recipient(message: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in message.items() if name != "recipient_id"}


def _agent(request: Request) -> Agent | None:
    agent = getattr(request.app.ctx, "agent", None)
    return agent if agent is not None and agent.is_ready() else None


def _error(status: int, error: str, detail: str) -> HTTPResponse:
    return json({"error": error, "detail": detail}, status=status)
