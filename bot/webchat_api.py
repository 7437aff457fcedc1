"""The web chat API over HTTP and WebSocket: `/api/chat/v1`."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, WebSocket, WebSocketDisconnect
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from bot import limits
from bot.channels.webchat import WebChat
from bot.webchat_schema import (
    Accepted,
    ClientMessageId,
    MessageAccepted,
    Messages,
    NewMessage,
    NewSession,
    SessionOpened,
    Standing,
)
from casework import web_sessions
from conversations import attachments
from conversations.message import Message

PING_SECONDS = 25.0
PRESENT_SECONDS = 20.0
"""How often an open socket notes that the customer is there."""
TYPING_EVERY_SECONDS = 1.5
"""How often one socket may report typing; clients do it every two seconds, what comes sooner is passed over."""
LONGEST_WAIT_SECONDS = 30
SESSION_ENDED = "This session has ended. Begin a new one."
ATTACHMENTS_PER_MINUTE = 10
"""How many files one session may send in a minute; each of them also counts as a message."""
TOO_LARGE = "That file is larger than 10 MB. Could you send a smaller one, or a photo of it?"
OTHER_KIND = "I can take pictures (PNG, JPEG, GIF, WebP) and PDF files. Could you send it as one of those?"
NOT_A_FORM = "Please send one file as `file`, and a `client_message_id`, as multipart/form-data."
_CLOSED_UNAUTHORISED = 4401
_LARGEST_BODY = attachments.LARGEST_BYTES + 16 * 1024
"""Bytes of a whole upload: the file, and what a form puts around it."""
_CLIENT_MESSAGE_ID: TypeAdapter[str] = TypeAdapter(ClientMessageId)
_UPLOAD = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file", "client_message_id"],
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "client_message_id": {"type": "string", "minLength": 1, "maxLength": 64},
                },
            }
        }
    },
}

Caller = tuple[web_sessions.Session, UUID]
After = Annotated[int, Query(ge=0, lt=2**31)]
Wait = Annotated[int, Query(ge=0, le=LONGEST_WAIT_SECONDS)]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Guard:
    """Who may call: reads the session of a request, and keeps the rate limits."""

    chat: WebChat
    key: str
    new_sessions: limits.PerMinute
    new_messages: limits.PerMinute
    new_attachments: limits.PerMinute

    async def find(self, token: str) -> Caller | None:
        """Return the session of a token and its conversation."""
        session = web_sessions.read(token, self.key)
        conversation_id = await self.chat.conversation_id(session) if session else None
        return (session, conversation_id) if session and conversation_id else None

    async def current(self, authorization: Annotated[str, Header()] = "") -> Caller:
        """Return who calls; 401 when the token is forged or has ended."""
        scheme, _, token = authorization.partition(" ")
        found = await self.find(token) if scheme.lower() == "bearer" else None
        if found is None:
            raise HTTPException(401, SESSION_ENDED)
        return found


def router(chat: WebChat) -> APIRouter:
    """Build the endpoints over a channel."""
    settings = chat.desk.settings
    guard = Guard(
        chat,
        settings.secret_key.get_secret_value(),
        limits.PerMinute(settings.sessions_per_minute),
        limits.PerMinute(settings.messages_per_minute),
        limits.PerMinute(min(settings.messages_per_minute, ATTACHMENTS_PER_MINUTE)),
    )
    routes = APIRouter(prefix="/api/chat/v1", tags=["web chat"])
    _add_sessions(routes, guard)
    _add_sending(routes, guard)
    _add_attachments(routes, guard)
    _add_reading(routes, guard)
    _add_live(routes, guard)
    return routes


def _add_sessions(routes: APIRouter, guard: Guard) -> None:
    chat = guard.chat

    @routes.post("/sessions", status_code=201)
    async def begin_session(body: NewSession, request: Request) -> SessionOpened:
        """Begin a session: its token, and the bot's first words."""
        _limit(guard.new_sessions.wait_for(request.client.host if request.client else ""))
        session, token, ends = web_sessions.issue(guard.key, chat.desk.clock.now(), chat.desk.settings.session_days)
        first = await chat.begin(session, body.language, body.customer_token)
        return SessionOpened(
            session_id=session.id,
            token=token,
            expires_at=ends,
            shop_name=chat.desk.book.shop.name,
            messages=chat.shown(first),
        )


def _add_sending(routes: APIRouter, guard: Guard) -> None:
    chat = guard.chat

    @routes.post("/messages")
    async def send_message(
        body: NewMessage, who: Annotated[Caller, Depends(guard.current)], wait: Wait = 0
    ) -> MessageAccepted:
        """Send a text or a press; with `wait`, returns once it is answered or after so many seconds."""
        session, conversation_id = who
        _limit(guard.new_messages.wait_for(session.id))
        accepted = await chat.accept(session, body)
        return await _acknowledged(chat, conversation_id, accepted.message, wait)


def _add_attachments(routes: APIRouter, guard: Guard) -> None:
    chat = guard.chat

    @routes.post("/attachments", openapi_extra={"requestBody": _UPLOAD})
    async def send_attachment(
        request: Request, who: Annotated[Caller, Depends(guard.current)], wait: Wait = 0
    ) -> MessageAccepted:
        """Send one picture (PNG, JPEG, GIF, WebP) or PDF of at most 10 MB as a message of its own.

        Its kind is read from its bytes: 415 when it is another one, 413 when the file is too large.
        """
        session, conversation_id = who
        _limit(guard.new_messages.wait_for(session.id) or guard.new_attachments.wait_for(session.id))
        client_message_id, file = await _uploaded(request)
        accepted = await chat.accept_file(session, client_message_id, file)
        return await _acknowledged(chat, conversation_id, accepted.message, wait)


async def _acknowledged(chat: WebChat, conversation_id: UUID, message: Message, wait: int) -> MessageAccepted:
    """Acknowledge a stored message; with `wait`, once it is answered or after so many seconds."""
    if wait:
        await chat.wait_until(conversation_id, lambda: chat.answered(message.id), wait)
    update = await chat.since(conversation_id, message.seq) if wait else None
    return MessageAccepted(
        accepted=Accepted(seq=message.seq, id=message.id), messages=update.messages if update else []
    )


async def _uploaded(request: Request) -> tuple[str, attachments.File]:
    """Read an upload; the body is never held beyond the size that is allowed."""
    content_type = request.headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/form-data"):
        raise HTTPException(415, NOT_A_FORM)
    if int(request.headers.get("content-length", "0")) > _LARGEST_BODY:
        raise HTTPException(413, TOO_LARGE)
    parser = MultiPartParser(request.headers, _limited(request), max_files=1, max_fields=1, max_part_size=1024)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise HTTPException(422, NOT_A_FORM) from error
    except ClientDisconnect as error:
        raise HTTPException(400, "The upload broke off. Please send the file again.") from error
    try:
        return await _checked(form)
    finally:
        await form.close()


async def _checked(form: FormData) -> tuple[str, attachments.File]:
    upload, client_message_id = form.get("file"), form.get("client_message_id")
    if not isinstance(upload, UploadFile):
        raise HTTPException(422, NOT_A_FORM)
    try:
        known_as = _CLIENT_MESSAGE_ID.validate_python(client_message_id)
    except ValidationError as error:
        raise HTTPException(422, f"client_message_id: {error.errors()[0]['msg']}") from error
    data = await upload.read()
    if not data:
        raise HTTPException(422, "That file is empty. Could you choose it again?")
    if len(data) > attachments.LARGEST_BYTES:
        raise HTTPException(413, TOO_LARGE)
    file = attachments.read(upload.filename or "", data)
    if file is None:
        raise HTTPException(415, OTHER_KIND)
    return known_as, file


async def _limited(request: Request) -> AsyncGenerator[bytes, None]:
    """Give the body piece by piece, and no more of it than is allowed: its announced length may be missing or wrong."""
    received = 0
    async for piece in request.stream():
        received += len(piece)
        if received > _LARGEST_BODY:
            raise HTTPException(413, TOO_LARGE)
        yield piece


def _add_reading(routes: APIRouter, guard: Guard) -> None:
    chat = guard.chat

    @routes.get("/messages")
    async def read_messages(
        who: Annotated[Caller, Depends(guard.current)],
        after: After = 0,
        wait: Wait = 0,
    ) -> Messages:
        """Return the messages after a number; with `wait`, holds the answer until there is one."""
        _, conversation_id = who
        if wait:
            await chat.present(conversation_id)
        update = await chat.since(conversation_id, after)
        if wait and not update.messages:

            async def something_new() -> bool:
                return bool((await chat.since(conversation_id, after)).messages)

            await chat.wait_until(conversation_id, something_new, wait)
            update = await chat.since(conversation_id, after)
        return update


def _add_live(routes: APIRouter, guard: Guard) -> None:
    @routes.websocket("/ws")
    async def live(socket: WebSocket, token: str = "", after: After = 0) -> None:
        """Push messages, typing and who has the conversation, as they happen.

        The desk sends `message`, `owner` (with the place in the queue and the expected wait), `typing` (of the `bot` or
        of the `agent`, `on` or not) and `ping`; a client sends `seen` with a `seq`, and `typing` while it is typed.
        """
        found = await guard.find(token)
        await socket.accept()
        if found is None:
            await socket.close(_CLOSED_UNAUTHORISED, SESSION_ENDED)
            return
        await _serve(socket, guard.chat, found[1], after)


def _limit(wait_seconds: float) -> None:
    if wait_seconds:
        raise HTTPException(
            429,
            "That was a lot at once. Please wait a moment and try again.",
            headers={"Retry-After": str(int(wait_seconds) + 1)},
        )


async def _serve(socket: WebSocket, chat: WebChat, conversation_id: UUID, after: int) -> None:
    """Run what belongs to one socket until one part of it ends; a handler must keep reading to see it close."""
    tasks = [
        asyncio.create_task(_push(socket, chat, conversation_id, after)),
        asyncio.create_task(_read(socket, chat, conversation_id)),
        asyncio.create_task(_ping(socket)),
        asyncio.create_task(_stay_present(chat, conversation_id)),
    ]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        error = task.exception()
        if error and not isinstance(error, WebSocketDisconnect | RuntimeError):
            log.error("a web chat socket of %s ended: %r", conversation_id, error)
    with suppress(RuntimeError, WebSocketDisconnect):  # the client may be gone already
        await socket.close()


async def _push(socket: WebSocket, chat: WebChat, conversation_id: UUID, after: int) -> None:
    before: Standing | None = None
    async for update in chat.watch(conversation_id, after):
        for message in update.messages:
            await socket.send_json({"type": "message", "message": message.model_dump(mode="json")})
        for event in _changes(before, update):
            await socket.send_json(event)
        before = update


def _changes(before: Standing | None, now: Messages) -> list[dict[str, Any]]:
    """Return the events that lead from one standing to the next; whoever stops typing stops before another begins."""
    events: list[dict[str, Any]] = []
    if before is None or _facts(before) != _facts(now):
        events.append({"type": "owner", **_facts(now)})
    if before is None or before.typing != now.typing:
        events.append({"type": "typing", "author": "bot", "on": now.typing})
    # A client takes an agent's message for the end of the typing: whoever goes on to type is told of anew.
    goes_on = now.agent_typing and any(message.author == "agent" for message in now.messages)
    if goes_on or (before is not None and before.agent_typing) != now.agent_typing:
        events.append({"type": "typing", "author": "agent", "on": now.agent_typing})
    return sorted(events, key=lambda event: bool(event.get("on")))


def _facts(standing: Standing) -> dict[str, Any]:
    return standing.model_dump(include={"owner", "agent_name", "queue_position", "expected_wait_minutes"})


async def _read(socket: WebSocket, chat: WebChat, conversation_id: UUID) -> None:
    typed = -TYPING_EVERY_SECONDS
    while True:
        try:
            event = await socket.receive_json()
        except (ValueError, KeyError, TypeError):
            continue  # not JSON, or no text at all: a client's mistake that hurts nobody
        kind = event.get("type") if isinstance(event, dict) else None
        seq = event.get("seq") if kind == "seen" else None
        if isinstance(seq, int) and 0 <= seq < 2**31:
            await chat.seen(conversation_id, seq)
        if kind == "typing" and time.monotonic() - typed >= TYPING_EVERY_SECONDS:
            typed = time.monotonic()
            await chat.typing(conversation_id)


async def _stay_present(chat: WebChat, conversation_id: UUID) -> None:
    while True:
        await chat.present(conversation_id)
        await asyncio.sleep(PRESENT_SECONDS)


async def _ping(socket: WebSocket) -> None:
    while True:
        await asyncio.sleep(PING_SECONDS)
        await socket.send_json({"type": "ping"})
