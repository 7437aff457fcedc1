"""The live channel of the web chat API: messages, owners, typing and presence over a real WebSocket."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import websockets

from bot import webchat_api
from conversations.message import Author, Draft, State
from kit import events
from kit.clock import SystemClock
from kit.events import Listener
from tests.bot.conftest import Socket, Visitor, in_state, until
from tests.bot.test_webchat_api import button, token

pytestmark = pytest.mark.database


async def test_a_socket_gets_messages_typing_and_who_has_the_conversation_as_they_happen(visitor: Visitor) -> None:
    async with visitor.socket(after=1) as socket:
        at_first = await socket.next("owner"), await socket.next("typing")
        await visitor.say("hello")
        said, typing = await socket.next("message"), await socket.next("typing")
        await visitor.site.say(visitor.conversation_id, Draft("Hello to you.", buttons=(button("Start a return"),)))
        answered = await socket.next("message")
        await visitor.site.answer_all(visitor.conversation_id)
        done = await socket.next("typing")

    assert at_first == (
        {
            "type": "owner",
            "owner": "bot",
            "agent_name": None,
            "queue_position": None,
            "expected_wait_minutes": None,
        },
        {"type": "typing", "author": "bot", "on": False},
    )
    assert (said["message"]["author"], typing["on"]) == ("customer", True)
    assert answered["message"]["text"] == "Hello to you."
    assert answered["message"]["buttons"][0]["title"] == "Start a return"
    assert done["on"] is False


async def test_a_socket_hears_that_a_person_is_coming_and_has_joined(visitor: Visitor) -> None:
    async with visitor.socket(after=1) as socket:
        await socket.next("owner")
        await visitor.site.hand_over(visitor.conversation_id)
        coming = await socket.next("message"), await socket.next("owner")
        await visitor.site.claim(visitor.conversation_id, "Ana")
        joined = await socket.next("message"), await socket.next("owner")

    assert coming[0]["message"]["author"] == "system"
    assert (coming[1]["owner"], coming[1]["queue_position"]) == ("queue", 1)
    assert "Ana has joined" in joined[0]["message"]["text"]
    assert (joined[1]["owner"], joined[1]["agent_name"]) == ("agent", "Ana")


async def test_a_socket_hears_that_the_agent_types_until_they_stop(visitor: Visitor) -> None:
    await visitor.site.hand_over(visitor.conversation_id)
    await visitor.site.claim(visitor.conversation_id, "Ana")
    async with visitor.socket() as socket:
        await socket.next("owner")
        await types(visitor, "agent")
        began = await typing_of_agent(socket)
        reading = await visitor.read()
        ended = await typing_of_agent(socket)

    assert (began, ended) == (True, False)
    assert (reading["agent_typing"], reading["typing"]) == (True, False)


async def test_an_agent_who_goes_on_typing_after_a_message_is_told_of_anew(visitor: Visitor) -> None:
    await visitor.site.hand_over(visitor.conversation_id)
    await visitor.site.claim(visitor.conversation_id, "Ana")
    async with visitor.socket() as socket:
        await socket.next("owner")
        await types(visitor, "agent")
        before = await typing_of_agent(socket)
        await visitor.site.say(visitor.conversation_id, Draft("One moment."), author=Author.AGENT)
        after = await typing_of_agent(socket)

    assert (before, after) == (True, True)


async def test_an_agents_typing_is_nothing_to_see_while_they_do_not_have_the_conversation(visitor: Visitor) -> None:
    async with visitor.socket() as socket:
        await socket.next("owner")
        await types(visitor, "agent")
        await visitor.site.say(visitor.conversation_id, Draft("Hello."))
        await socket.next("message")

        assert (await visitor.read())["agent_typing"] is False


async def test_the_customers_typing_is_announced_to_the_agent_and_to_nobody_else(visitor: Visitor) -> None:
    conversation_id = visitor.conversation_id
    listener = Listener(str(visitor.site.desk.settings.database_url))
    await listener.start()
    try:
        async with listener.news_of(conversation_id), visitor.socket() as socket:
            await socket.next("owner")
            await until(lambda: _hears(listener, visitor))
            await socket.send({"type": "typing"})
            await asyncio.sleep(0.4)
            with_the_bot = listener.is_typing(conversation_id, "customer")
            await visitor.site.hand_over(conversation_id)
            await visitor.site.claim(conversation_id, "Ana")
            await asyncio.sleep(webchat_api.TYPING_EVERY_SECONDS)
            await socket.send({"type": "typing"})
            await until(lambda: _types(listener, conversation_id))
    finally:
        await listener.stop()

    assert with_the_bot is False


async def _hears(listener: Listener, visitor: Visitor) -> bool:
    """Tell whether a listener has connected: what is announced before is lost."""
    await types(visitor, "nobody")
    return listener.is_typing(visitor.conversation_id, "nobody")


async def _types(listener: Listener, conversation_id: UUID) -> bool:
    return listener.is_typing(conversation_id, "customer")


async def types(visitor: Visitor, author: str) -> None:
    """Touch a key."""
    async with visitor.site.desk.database.transaction() as session:
        await events.announce_typing(session, visitor.conversation_id, author)


async def typing_of_agent(socket: Socket) -> bool:
    """Return the next thing that is said of the agent's typing."""
    while True:
        event = await socket.next("typing")
        if event["author"] == "agent":
            return bool(event["on"])


async def test_an_open_socket_and_a_reading_that_waits_keep_the_customer_present(visitor: Visitor) -> None:
    conversation_id = visitor.conversation_id
    await visitor.read()
    at_first = (await visitor.site.conversation(conversation_id)).customer_seen_at
    began = SystemClock().now()
    async with visitor.socket() as socket:
        await socket.next("owner")
        await until(lambda: _seen_after(visitor, began))
    began = SystemClock().now()
    await visitor.read(after=1, wait=1)

    assert at_first is None
    assert await _seen_after(visitor, began)


async def _seen_after(visitor: Visitor, moment: datetime) -> bool:
    seen_at = (await visitor.site.conversation(visitor.conversation_id)).customer_seen_at
    return seen_at is not None and seen_at >= moment


async def test_an_open_socket_notes_again_and_again_that_the_customer_is_there(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webchat_api, "PRESENT_SECONDS", 0.05)
    async with visitor.socket() as socket:
        await socket.next("owner")
        later = SystemClock().now() + timedelta(seconds=0.2)
        await until(lambda: _seen_after(visitor, later))


async def test_a_new_socket_catches_up_with_what_came_after_a_number(visitor: Visitor) -> None:
    for text in ("one", "two", "three"):
        await visitor.site.say(visitor.conversation_id, Draft(text))
    async with visitor.socket(after=2) as socket:
        caught_up = [(await socket.next("message"))["message"]["text"] for _ in range(2)]

    assert caught_up == ["two", "three"]


async def test_what_the_customer_has_seen_counts_as_delivered(visitor: Visitor) -> None:
    seen, unseen = await visitor.site.say(visitor.conversation_id, Draft("one"), Draft("two"))
    async with visitor.socket() as socket:
        await socket.send({"type": "seen", "seq": seen.seq})
        await until(in_state(visitor.site, str(seen.id), State.DELIVERED))

    assert not await in_state(visitor.site, str(unseen.id), State.DELIVERED)()


async def test_nonsense_from_a_client_does_not_end_its_socket(visitor: Visitor) -> None:
    async with visitor.socket(after=1) as socket:
        await socket.connection.send("{not json")
        await socket.connection.send(b"\x00\xff")
        strange: list[Any] = ["text", 7, None, [], {"type": "seen"}, {"type": "seen", "seq": "1"}]
        for event in (
            *strange,
            {"type": "seen", "seq": -1},
            {"type": "seen", "seq": 2**80},
            {"type": "typing", "on": 7},
        ):
            await socket.send(event)
        await visitor.site.say(visitor.conversation_id, Draft("Still here."))

        assert (await socket.next("message"))["message"]["text"] == "Still here."


@pytest.mark.parametrize(
    "wrong",
    ["", "nonsense", token("a key that is not the key of this desk"), token()],
    ids=["nothing", "nonsense", "another key", "not kept"],
)
async def test_a_socket_without_a_session_is_closed_with_its_own_code(visitor: Visitor, wrong: str) -> None:
    visitor.token = wrong
    async with visitor.socket() as socket:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.connection.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


@pytest.mark.parametrize("after", [-1, 2**31])
async def test_a_socket_after_an_impossible_number_is_refused(visitor: Visitor, after: int) -> None:
    with pytest.raises(websockets.InvalidStatus):
        async with visitor.socket(after=after):
            pass
