"""Posting over HTTP, against servers that answer, redirect, hang or are not there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from casework.ports import OutgoingWebhook
from gateways.webhooks import HttpWebhooks
from kit import errors

type Handler = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(handle: Handler) -> AsyncIterator[str]:
    """Serve one raw HTTP conversation per connection; gives the address."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await handle(head + await reader.readexactly(length), writer)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"


def answering(status: str, seen: list[bytes]) -> Handler:
    async def handle(request: bytes, writer: asyncio.StreamWriter) -> None:
        seen.append(request)
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()

    return handle


async def test_body_and_headers_arrive_as_they_are() -> None:
    seen: list[bytes] = []
    async with listening(answering("204 No Content", seen)) as url:
        status = await HttpWebhooks().send(OutgoingWebhook(url, {"Returndesk-Event-Id": "evt_1"}, b'{"a": "\xc3\xa9"}'))

    assert status == 204
    assert seen[0].startswith(b"POST /hook HTTP/1.1")
    assert b"Returndesk-Event-Id: evt_1" in seen[0]
    assert seen[0].endswith(b'{"a": "\xc3\xa9"}')


async def test_a_redirect_is_not_followed() -> None:
    seen: list[bytes] = []
    async with listening(answering("307 Temporary Redirect\r\nLocation: /elsewhere", seen)) as url:
        assert await HttpWebhooks().send(OutgoingWebhook(url, {}, b"{}")) == 307

    assert len(seen) == 1


async def test_who_does_not_answer_in_time_is_unavailable() -> None:
    async def hang(_: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    async with listening(hang) as url:
        with pytest.raises(errors.Unavailable):
            await HttpWebhooks(seconds=0.1).send(OutgoingWebhook(url, {}, b"{}"))


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://no.such.host.invalid/", "http://[", "http://a b/"])
async def test_who_is_not_there_is_unavailable(url: str) -> None:
    with pytest.raises(errors.Unavailable):
        await HttpWebhooks().send(OutgoingWebhook(url, {}, b"{}"))
