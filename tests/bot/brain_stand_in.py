"""A brain that says what a test wants, behind a real port; it refuses what the real one would refuse."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from brain import wire
from tests.bot import serving

INTENT = {"name": "greet", "confidence": 0.9}
Meanwhile = Callable[[], Awaitable[None]]


def reply(*texts: str, **more: Any) -> dict[str, Any]:
    """Return an answer of the brain's contract."""
    said = [{"text": text} for text in texts]
    return {"messages": said, "state": {"slots": {}, "turns": 1}, "intent": INTENT, **more}


class BrainStandIn:
    """Answers in the order of `script` (a status is a failure), then always "Understood."; notes what it was asked."""

    def __init__(self) -> None:
        self.script: list[dict[str, Any] | int] = []
        self.asked: list[dict[str, Any]] = []
        self.meanwhile: Meanwhile | None = None
        self._socket = serving.listening_socket()
        self.url = serving.address_of(self._socket)

    @asynccontextmanager
    async def reachable(self) -> AsyncIterator[None]:
        """Listen for the length of a block; before, connections to the address are refused."""
        async with serving.serving(self._application(), self._socket):
            yield

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()

    def _application(self) -> FastAPI:
        application = FastAPI()

        @application.post("/webhooks/desk/webhook")
        async def webhook(request: Request) -> Response:
            return await self._answer(await request.json())

        return application

    async def _answer(self, body: dict[str, Any]) -> Response:
        try:
            wire.read(body)
        except wire.Malformed as error:
            return JSONResponse({"error": "malformed request", "detail": str(error)}, 400)
        self.asked.append(body)
        if self.meanwhile:
            await self.meanwhile()
        answer = self.script.pop(0) if self.script else reply("Understood.")
        return JSONResponse({"error": "turn broke"}, answer) if isinstance(answer, int) else JSONResponse(answer)
