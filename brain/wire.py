"""What goes over the wire between desk and brain: the request checked and read, a customer's slash made harmless."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import encoder
from brain import turn

STATE_VERSION = 1
SLASH = "\u2215"  # looks like a slash to people and is none to Rasa
_SLASHES = "/\uff0f\u2044\u29f8"
VECTOR_SIZE = 384
MAXIMUM_TEXT = 20_000


class Malformed(Exception):
    """The request cannot be read; the message says where and why."""


@dataclass(frozen=True)
class Payload:
    """A button's meaning, from the desk: an intent and the entities that go with it."""

    intent: str
    entities: list[dict[str, Any]]


@dataclass(frozen=True)
class Request:
    """One turn as the desk sends it. Either `text` or `payload` is there; `state` is None at the first turn."""

    turn_id: str
    state: Mapping[str, Any] | None
    text: str | None
    payload: Payload | None
    raw_payload: str | None = None
    language: str | None = None
    channel: str = "desk"
    vectors: dict[str, turn.Vector] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)


def read(body: Any) -> Request:
    """Read a request; raises Malformed."""
    if not isinstance(body, dict):
        raise Malformed("the body must be a JSON object")
    text, raw_payload = _optional(body, "text", str), _optional(body, "payload", str)
    if (text is None) == (raw_payload is None):
        raise Malformed("exactly one of text and payload must be given")
    if text is not None and len(text) > MAXIMUM_TEXT:
        raise Malformed(f"text is longer than {MAXIMUM_TEXT} characters")
    turn_id = _optional(body, "turn_id", str)
    if not turn_id:
        raise Malformed("turn_id is missing")
    return Request(
        turn_id=turn_id,
        state=_state(body),
        text=None if text is None else harmless(text),
        payload=None if raw_payload is None else payload(raw_payload),
        raw_payload=raw_payload,
        language=_optional(body, "language", str),
        channel=_optional(body, "channel", str) or "desk",
        vectors=_vectors(_optional(body, "vectors", list) or []),
        metadata=_optional(body, "metadata", dict) or {},
    )


def harmless(text: str) -> str:
    """Return the text trimmed, its leading slashes replaced so that Rasa never reads a command in it."""
    start = 0
    while start < len(text) and (text[start].isspace() or unicodedata.category(text[start]) in ("Cf", "Cc")):
        start += 1
    text = text[start:].rstrip()
    end = 0
    while end < len(text) and text[end] in _SLASHES:
        end += 1
    return SLASH * end + text[end:]


def payload(text: str) -> Payload:
    """Read `/intent` or `/intent{"entity": value, ...}`; a list of values gives one entity each. Raises Malformed."""
    name, brace, rest = text.removeprefix("/").partition("{")
    if not text.startswith("/") or not name.isidentifier():
        raise Malformed("payload must look like /intent or /intent{...}")
    try:
        values = json.loads(brace + rest) if brace else {}
    except ValueError as error:
        raise Malformed(f"payload carries no valid JSON: {error}") from error
    entities = []
    for entity, value in values.items():
        entities += [{"entity": entity, "value": one} for one in (value if isinstance(value, list) else [value])]
    return Payload(name, entities)


def _optional(body: Mapping[str, Any], name: str, kind: type) -> Any:
    value = body.get(name)
    if value is not None and not isinstance(value, kind):
        raise Malformed(f"{name} must be of type {kind.__name__}")
    return value


def _state(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    state: Mapping[str, Any] | None = _optional(body, "state", dict)
    if state is None:
        return None
    if not isinstance(state.get("slots", {}), dict):
        raise Malformed("state.slots must be an object")
    for name in ("loop", "requested_slot"):
        _optional(state, name, str)
    return state


def _vectors(entries: list[Any]) -> dict[str, turn.Vector]:
    """Read the packed vectors by the text that they belong to, as Rasa will see it."""
    vectors = {}
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
            raise Malformed("each of vectors must be {text, vector}")
        try:
            vector = encoder.unpack(entry.get("vector") or "")
        except (ValueError, TypeError) as error:
            raise Malformed(f"vectors: {error}") from error
        if vector.shape != (VECTOR_SIZE,):
            raise Malformed(f"vectors: {vector.size} numbers, expected {VECTOR_SIZE}")
        vectors[harmless(entry["text"])] = vector
    return vectors
