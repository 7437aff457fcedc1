"""Serves an application on a real port of this machine, inside the test's own event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

from returndesk import web


class Server(uvicorn.Server):
    """A server that leaves the test run's signals alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listening_socket(port: int = 0) -> socket.socket:
    """Return a socket on a port, a free one where none is named."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


def address_of(bound: socket.socket) -> str:
    """Return the address under which a socket is reached."""
    return f"http://127.0.0.1:{bound.getsockname()[1]}"


@asynccontextmanager
async def serving(application: FastAPI, bound: socket.socket) -> AsyncIterator[str]:
    """Serve for the length of a block; gives the address."""
    server = Server(web.server_config(application, "127.0.0.1", 0, "warning"))
    task = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started:
        assert not task.done(), "the server did not start"
        await asyncio.sleep(0.01)
    try:
        yield address_of(bound)
    finally:
        server.should_exit = True
        await task
