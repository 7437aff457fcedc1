"""The web chat API's contract, over real HTTP and WebSocket on a real database, without worker and brain."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
import websockets

from bot import sessions, webchat_api
from bot.webchat_api import TYPING_EVERY_SECONDS
from casework import identities
from conversations.message import LONGEST_TEXT, Author, Choice, Draft, State
from kit import events
from kit.clock import SystemClock
from kit.events import Listener
from store import repository as store
from store import seed, showcase
from tests.bot.conftest import CUSTOMER_KEY, SECRET, OpenSite, Site, Socket, Visitor, in_state, until

pytestmark = pytest.mark.database

MESSAGES = "/api/chat/v1/messages"
MAYA = showcase.PEOPLE["maya"]


def button(title: str) -> dict[str, Any]:
    """A button as a draft holds it."""
    return {"title": title, "choice": Choice("start_return").to_json()}


# -- sessions


async def test_a_session_begins_with_a_welcome_and_buttons_whose_meaning_stays_inside(site: Site) -> None:
    opened = (await site.client.post("/api/chat/v1/sessions", json={})).json()

    (welcome,) = opened["messages"]
    assert opened["shop_name"] == "Harbour & Pine"
    assert (welcome["author"], welcome["seq"]) == ("bot", 1)
    assert "Harbour & Pine" in welcome["text"]
    assert "Talk to a person" in [shown["title"] for shown in welcome["buttons"]]
    assert all(set(shown) == {"title", "payload"} for shown in welcome["buttons"])
    assert "talk_to_human" not in str(opened)


async def test_two_sessions_are_two_conversations(site: Site) -> None:
    one, other = await site.visit(), await site.visit()
    await one.say("only for one")

    assert one.conversation_id != other.conversation_id
    assert "only for one" not in str(await other.read())


async def test_a_session_that_is_asked_for_wrongly_is_refused_with_a_reason(site: Site) -> None:
    wrong: list[Any] = [
        {"surprise": 1},
        {"language": "x" * 17},
        {"page_url": "x" * 2001},
        {"customer_token": 7},
        [],
        "a",
    ]
    for body in wrong:
        response = await site.client.post("/api/chat/v1/sessions", json=body)

        assert response.status_code == 422, body
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["detail"]
    assert await site.count("conversations") == 0


async def test_a_language_with_control_characters_begins_a_session(site: Site) -> None:
    visitor = await site.visit(language="en\x00")

    assert (await site.conversation(visitor.conversation_id)).language == "en"


# -- who may call


def token(key: str = SECRET, **claims: Any) -> str:
    """A session token with some of its claims changed."""
    now = datetime.now(UTC)
    usual = {"sub": "somebody", "aud": "webchat", "iat": now, "exp": now + timedelta(days=1)}
    return jwt.encode({**usual, **claims}, key, algorithm="HS256")


FORGED = {
    "nothing": "",
    "no token": "Bearer",
    "nonsense": "Bearer nonsense",
    "no text": "Bearer \xff\xfe",
    "another key": f"Bearer {token('a key that is not the key of this desk')}",
    "another purpose": f"Bearer {token(aud='label')}",
    "ended": f"Bearer {token(exp=datetime.now(UTC) - timedelta(seconds=5))}",
    "not signed": f"Bearer {jwt.encode({'sub': 'somebody', 'aud': 'webchat', 'exp': 2**40}, '', algorithm='none')}",
    "rightly signed, but for a session that is not kept": f"Bearer {token()}",
}


@pytest.mark.parametrize(
    ("method", "path"), [("GET", MESSAGES), ("POST", MESSAGES), ("POST", "/api/chat/v1/attachments")]
)
async def test_without_a_session_nothing_is_read_or_sent(site: Site, method: str, path: str) -> None:
    body = {"text": "hello", "client_message_id": "1"} if method == "POST" else None
    for why, authorization in FORGED.items():
        headers = [(b"authorization", authorization.encode("latin-1"))]
        response = await site.client.request(method, path, headers=headers, json=body)

        assert (response.status_code, response.json()["title"]) == (401, "Session ended"), why
    assert await site.count("messages") == 0


async def test_the_token_of_a_session_that_has_ended_is_refused(site: Site, visitor: Visitor) -> None:
    _, visitor.token, ends = sessions.issue(SECRET, SystemClock().now() - timedelta(days=31), 30)

    assert ends < SystemClock().now()
    assert (await visitor.post(text="hello")).status_code == 401


async def test_a_basic_authorization_with_a_right_token_is_none(visitor: Visitor) -> None:
    response = await visitor.site.client.get(MESSAGES, headers={"Authorization": f"Basic {visitor.token}"})

    assert response.status_code == 401


# -- sending


async def test_a_message_is_stored_and_its_turn_deferred_before_it_is_acknowledged(visitor: Visitor) -> None:
    accepted = await visitor.say("where is my refund?")

    stored = (await visitor.site.transcript(visitor.conversation_id))[-1]
    assert (str(stored.id), stored.seq) == (accepted["id"], accepted["seq"])
    assert (stored.text, stored.state) == ("where is my refund?", State.RECEIVED)
    assert await visitor.site.jobs_waiting() == [(str(visitor.conversation_id), accepted["id"])]


async def test_the_same_client_message_id_twice_is_one_message(visitor: Visitor) -> None:
    responses = await asyncio.gather(*(visitor.post(text="hello", client_message_id="one") for _ in range(5)))

    assert {response.status_code for response in responses} == {200}
    assert len({str(response.json()["accepted"]) for response in responses}) == 1
    assert len((await visitor.read(after=1))["messages"]) == 1
    assert len(await visitor.site.jobs_waiting()) == 1


async def test_the_same_client_message_id_of_two_sessions_is_two_messages(site: Site) -> None:
    one, other = await site.visit(), await site.visit()
    for visitor in (one, other):
        await visitor.post(text="hello", client_message_id="one")

    assert [len((await visitor.read(after=1))["messages"]) for visitor in (one, other)] == [1, 1]


@pytest.mark.parametrize("own_id", ["one", "a:b:c", "!#$~", "x" * 64])
async def test_a_client_finds_its_own_id_at_its_message(visitor: Visitor, own_id: str) -> None:
    await visitor.post(text="hello", client_message_id=own_id)

    assert (await visitor.read(after=1))["messages"][0]["client_message_id"] == own_id


SENT_WRONGLY: list[tuple[dict[str, Any], str]] = [
    ({"text": "x" * (LONGEST_TEXT + 1)}, "text"),
    ({"payload": "x" * 2001}, "payload"),
    ({"text": "hello", "payload": "abcdef"}, "either text or payload"),
    ({}, "either text or payload"),
    ({"text": 7}, "text"),
    ({"text": "hello", "surprise": 1}, "surprise"),
    ({"text": "hello", "client_message_id": ""}, "client_message_id"),
    ({"text": "hello", "client_message_id": "x" * 65}, "client_message_id"),
    ({"text": "hello", "client_message_id": "a\x00b"}, "client_message_id"),
    ({"text": "hello", "client_message_id": "\ud800"}, "client_message_id"),
    ({"text": "hello", "\ud800": 1}, "unicode"),
    ({"text": "\ud800"}, "text"),
]


async def test_what_is_sent_wrongly_is_refused_with_the_reason_and_not_kept(visitor: Visitor) -> None:
    for body, named in SENT_WRONGLY:
        response = await visitor.post(**body)

        assert response.status_code == 422, body
        assert named in response.json()["detail"], body
    assert len(await visitor.site.transcript(visitor.conversation_id)) == 1


async def test_what_is_no_json_is_refused(visitor: Visitor) -> None:
    response = await visitor.site.client.post(MESSAGES, headers=visitor.headers, content=b"\xff{not json")

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


async def test_the_longest_text_is_taken(visitor: Visitor) -> None:
    await visitor.say("x" * LONGEST_TEXT)

    assert len((await visitor.read(after=1))["messages"][0]["text"]) == LONGEST_TEXT


async def test_control_characters_are_dropped_and_the_rest_is_kept(visitor: Visitor) -> None:
    await visitor.say("a\x00b\x07\u202ec\r\n<b>d</b>")

    assert (await visitor.read(after=1))["messages"][0]["text"] == "abc\n<b>d</b>"


async def test_a_press_with_control_characters_is_taken_and_left_to_the_turn_to_judge(visitor: Visitor) -> None:
    response = await visitor.post(payload="abc\x00defghi")

    assert response.status_code == 200
    assert (await visitor.site.transcript(visitor.conversation_id))[-1].press == "abcdefghi"


async def test_an_unknown_address_and_a_wrong_method_are_problems_too(site: Site) -> None:
    responses = [await site.client.get("/nowhere"), await site.client.delete(MESSAGES)]

    assert [response.status_code for response in responses] == [404, 405]
    assert {response.headers["content-type"] for response in responses} == {"application/problem+json"}


# -- rate limits


async def test_too_many_messages_of_one_session_have_to_wait_and_others_do_not(open_site: OpenSite) -> None:
    async with open_site(messages_per_minute=3) as site:
        busy, calm = await site.visit(), await site.visit()
        statuses = [(await busy.post(text="hello")).status_code for _ in range(3)]
        refused = await busy.post(text="hello")

        assert statuses == [200, 200, 200]
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 61
        assert "wait" in refused.json()["detail"]
        assert (await calm.post(text="hello")).status_code == 200
        assert len(await site.transcript(busy.conversation_id)) == 4


async def test_too_many_sessions_of_one_address_have_to_wait(open_site: OpenSite) -> None:
    async with open_site(sessions_per_minute=2) as site:
        responses = [await site.client.post("/api/chat/v1/sessions", json={}) for _ in range(3)]

    assert [response.status_code for response in responses] == [201, 201, 429]
    assert int(responses[-1].headers["Retry-After"]) >= 1


async def test_a_shops_page_may_read_how_long_to_wait(site: Site) -> None:
    response = await site.client.get("/health", headers={"Origin": "https://shop.example"})

    assert response.headers["access-control-allow-origin"] == "*"
    assert "Retry-After" in response.headers["access-control-expose-headers"]


# -- reading


async def test_reading_gives_what_came_after_a_number_in_order(visitor: Visitor) -> None:
    for text in ("one", "two", "three"):
        await visitor.say(text)
    everything, rest = await visitor.read(), await visitor.read(after=2)

    assert [message["seq"] for message in everything["messages"]] == [1, 2, 3, 4]
    assert [message["text"] for message in rest["messages"]] == ["two", "three"]
    assert (rest["owner"], rest["agent_name"], rest["queue_position"]) == ("bot", None, None)


async def test_somebody_is_typing_until_everything_is_answered(visitor: Visitor) -> None:
    before = await visitor.read()
    await visitor.say("hello")
    during = await visitor.read()
    await visitor.site.answer_all(visitor.conversation_id)

    assert [standing["typing"] for standing in (before, during, await visitor.read())] == [False, True, False]


async def test_a_reading_that_is_asked_for_wrongly_is_refused(visitor: Visitor) -> None:
    for query in ("after=-1", "after=x", "after=2147483648", "wait=31", "wait=-1", "wait=soon"):
        response = await visitor.site.client.get(f"{MESSAGES}?{query}", headers=visitor.headers)

        assert response.status_code == 422, query
        assert query.split("=")[0] in response.json()["detail"]


async def test_a_reading_that_waits_returns_as_soon_as_there_is_something(visitor: Visitor) -> None:
    began = time.monotonic()
    waiting = asyncio.create_task(visitor.read(after=1, wait=30))
    await asyncio.sleep(0.2)
    still_waiting = not waiting.done()
    await visitor.site.say(visitor.conversation_id, Draft("Here I am."))

    assert still_waiting
    assert [message["text"] for message in (await waiting)["messages"]] == ["Here I am."]
    assert time.monotonic() - began < 4


async def test_a_reading_that_waits_in_vain_returns_empty(visitor: Visitor) -> None:
    began = time.monotonic()
    news = await visitor.read(after=1, wait=1)

    assert news["messages"] == []
    assert 0.9 < time.monotonic() - began < 4


async def test_a_message_that_waits_returns_with_what_was_said_once_it_is_answered(visitor: Visitor) -> None:
    waiting = asyncio.create_task(visitor.post(wait=30, text="hello"))
    await until(lambda: _has(visitor, 2))
    await visitor.site.say(visitor.conversation_id, Draft("Hello to you."))
    await visitor.site.answer_all(visitor.conversation_id)
    answer = (await waiting).json()

    assert answer["accepted"]["seq"] == 2
    assert [message["text"] for message in answer["messages"]] == ["Hello to you."]


async def test_what_was_read_counts_as_sent(visitor: Visitor) -> None:
    (message,) = await visitor.site.say(visitor.conversation_id, Draft("Hello."))
    assert message.state is State.QUEUED
    await visitor.read()

    assert await in_state(visitor.site, str(message.id), State.SENT)()


async def test_an_agents_words_carry_the_agents_name(visitor: Visitor) -> None:
    await visitor.site.hand_over(visitor.conversation_id)
    queued = await visitor.read()
    await visitor.site.claim(visitor.conversation_id, "Ana")
    taken = await visitor.read()

    assert (queued["owner"], queued["queue_position"]) == ("queue", 1)
    assert (taken["owner"], taken["agent_name"], taken["queue_position"]) == ("agent", "Ana", None)


async def _has(visitor: Visitor, count: int) -> bool:
    return len(await visitor.site.transcript(visitor.conversation_id)) >= count


# -- the live channel


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
            await asyncio.sleep(TYPING_EVERY_SECONDS)
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


# -- visitors whom the shop knows


def signed(key: str = CUSTOMER_KEY, algorithm: str = "HS256", **claims: Any) -> str:
    """What a shop signs for its visitor."""
    usual = {"email": MAYA.email, "exp": datetime.now(UTC) + timedelta(minutes=5)}
    told = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    return jwt.encode(told, key, algorithm=algorithm)


async def known_as(visitor: Visitor) -> Any:
    """Return the customer all of whose orders this conversation may change."""
    return identities.customer_of(await visitor.site.conversation(visitor.conversation_id), "write")


async def test_a_visitor_is_known_by_the_shops_own_word_only(site: Site) -> None:
    desk = site.desk
    async with desk.database.transaction() as session:
        await seed.demo_shop(session, desk.book, desk.clock.now())
        (maya,) = await store.find_customers(session, email=MAYA.email)
    worthless = {
        "another key": signed("a key that is not the key of this shop"),
        "our own key": signed(SECRET),
        "ended": signed(exp=datetime.now(UTC) - timedelta(seconds=5)),
        "without an end": signed(exp=None),
        "nobody": signed(email="nobody@example.com"),
        "no address": signed(email=None),
        "not signed": signed("", "none"),
        "nonsense": "nonsense",
    }

    assert await known_as(await site.visit(customer_token=signed())) == maya.id
    assert await known_as(await site.visit()) is None
    for why, one in worthless.items():
        assert await known_as(await site.visit(customer_token=one)) is None, why


async def test_without_a_key_no_customer_token_counts(open_site: OpenSite) -> None:
    async with open_site(customer_token_key="") as site:
        desk = site.desk
        async with desk.database.transaction() as session:
            await seed.demo_shop(session, desk.book, desk.clock.now())

        assert await known_as(await site.visit(customer_token=signed("x" * 32))) is None


async def test_what_a_button_means_stays_inside_when_the_transcript_is_read(visitor: Visitor) -> None:
    await visitor.site.say(visitor.conversation_id, Draft("What?", buttons=(button("Go"),)), author=Author.BOT)

    assert "start_return" not in str(await visitor.read())
