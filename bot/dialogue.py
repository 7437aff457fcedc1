"""The brain's client: one turn is `(dialogue state, message) -> (replies, new state)`; no HTTP gets out of here."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from kit import errors


class BrainUnreachable(errors.Unavailable):
    """The brain does not answer: it is starting, restarting or gone."""


class TurnFailed(errors.Unavailable):
    """The brain answered that this turn failed."""


@dataclass(frozen=True)
class TurnRequest:
    """What one turn is computed from. `turn_id` is new for each attempt; `vectors` are the encoder's, packed."""

    turn_id: str
    state: dict[str, Any] | None
    text: str | None
    payload: str | None
    language: str
    channel: str
    vectors: list[dict[str, str]]
    metadata: dict[str, Any]


@dataclass(frozen=True)
class TurnReply:
    """What one turn comes to."""

    messages: list[dict[str, Any]]
    state: dict[str, Any]
    intent: str | None = None
    confidence: float | None = None
    state_reset: bool = False
    wants: list[dict[str, Any]] = field(default_factory=list)


class Brain:
    """The brain behind an address; any brain serves any conversation."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(timeout_seconds, connect=2.0))

    async def turn(self, request: TurnRequest) -> TurnReply:
        """Have one turn computed.

        Raises:
            BrainUnreachable: nobody answers at the address, or not in time.
            TurnFailed: the brain says that it could not compute this turn.
        """
        try:
            response = await self._client.post("/webhooks/desk/webhook", json=request.__dict__)
            response.raise_for_status()
            return _read(response.json())
        except httpx.HTTPStatusError as error:
            raise TurnFailed(f"{error.response.status_code}: {error.response.text[:300]}") from error
        except httpx.TransportError as error:
            raise BrainUnreachable(f"{type(error).__name__}: {error}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise TurnFailed(f"the brain's answer cannot be read: {error}") from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _read(data: dict[str, Any]) -> TurnReply:
    intent = data.get("intent") or {}
    return TurnReply(
        messages=list(data["messages"]),
        state=dict(data["state"]),
        intent=intent.get("name"),
        confidence=intent.get("confidence"),
        state_reset=bool(data.get("state_reset")),
        wants=list(data.get("wants") or []),
    )
