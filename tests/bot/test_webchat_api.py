"""The web chat API's contract, over real HTTP and WebSocket on a real database, without worker and brain."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from casework import identities, web_sessions
from conversations.message import LONGEST_TEXT, Author, Choice, Draft, State
from kit.clock import SystemClock
from store import repository as store
from store import seed, showcase
from tests.bot.conftest import CUSTOMER_KEY, SECRET, OpenSite, Site, Visitor, in_state, until

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
    _, visitor.token, ends = web_sessions.issue(SECRET, SystemClock().now() - timedelta(days=31), 30)

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
