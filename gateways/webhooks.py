"""Posting events to the shop's own systems over HTTP."""

import asyncio
from collections.abc import Mapping
from typing import Protocol

import httpx

from kit import errors

SECONDS = 10.0
"""How long one delivery may take, from the connection to the answer's status."""


class Outgoing(Protocol):
    """An event as the desk gives it to us."""

    @property
    def url(self) -> str:
        """Where it goes."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """What names and signs it."""
        ...

    @property
    def body(self) -> bytes:
        """What it says."""
        ...


class HttpWebhooks:
    """Posts each event over a connection of its own; follows no redirect, and reads no more than the status."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds

    async def send(self, message: Outgoing) -> int:
        """Post an event; returns the HTTP status that came back.

        Raises:
            Unavailable: nothing came back in time, or the address leads nowhere.
        """
        headers = {"User-Agent": "returndesk", **message.headers}
        try:
            async with (
                asyncio.timeout(self._seconds),  # in all: the client's own limit is for each step
                httpx.AsyncClient(timeout=self._seconds, follow_redirects=False, trust_env=False) as client,
                client.stream("POST", message.url, content=message.body, headers=headers) as response,
            ):
                return response.status_code
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise errors.Unavailable(f"nothing came back: {type(error).__name__}") from error
