"""Keys, scopes, the rate, and asking for the same thing twice."""

import asyncio

import httpx
import pytest
from sqlalchemy import text

from casework import webhooks
from integrations import idempotency, keys
from tests.api.v1_shop import BASE, Api, bearer, mounted

pytestmark = pytest.mark.database


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer rd_abcdefgh_" + "x" * 43},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic cmQ6cmQ="},
    ],
)
async def test_nobody_comes_in_without_a_key(api: Api, header: dict[str, str]) -> None:
    response = await api.client.get(f"{BASE}/orders", headers=header)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["type"].endswith("#unauthorized")


async def test_a_right_prefix_with_a_wrong_secret_is_refused(api: Api) -> None:
    wrong = api.token[:-1] + ("A" if api.token[-1] != "A" else "B")

    assert (await api.get("/orders", token=wrong)).status_code == 401


async def test_a_key_does_what_its_scopes_say_and_nothing_else(api: Api) -> None:
    reader = await api.key("reader", "orders:read")

    assert (await api.get("/orders", token=reader)).status_code == 200
    for path in ("/returns", "/webhooks", "/customers?email=maya"):
        refused = await api.get(path, token=reader)
        assert refused.status_code == 403, path
        assert "insufficient_scope" in refused.headers["www-authenticate"]
    writing = await api.post("/orders/H205120/cancel", {"reason": "other"}, token=reader)
    assert writing.status_code == 403
    assert "orders:write" in writing.json()["detail"]


async def test_a_disabled_key_opens_nothing_any_more(api: Api) -> None:
    token = await api.key("old")
    async with api.desk.database.transaction() as session:
        await keys.disable(session, "old", api.now)

    assert (await api.get("/orders", token=token)).status_code == 401


async def test_another_key_sees_the_same_shop(api: Api) -> None:
    other = await api.key("other", "orders:read")

    assert (await api.get("/orders/H204518", token=other)).json() == (await api.get("/orders/H204518")).json()


async def test_too_many_requests_are_told_how_long_to_wait(api: Api) -> None:
    transport = httpx.ASGITransport(mounted(api.desk, requests_per_minute=2))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
        answers = [await client.get(f"{BASE}/orders", headers=bearer(api.token)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 30


async def test_the_same_key_and_body_get_the_stored_answer_and_one_effect(api: Api) -> None:
    body = await api.a_return()
    first = await api.post("/returns", body, once="a-1")
    second = await api.post("/returns", body, once="a-1")

    assert first.status_code == second.status_code == 201, first.text
    assert first.content == second.content
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert first.headers["location"] == second.headers["location"]
    assert len(await api.rows("SELECT 1 FROM audit WHERE act = 'return_opened'")) == 1


async def test_the_same_key_with_another_body_is_refused(api: Api) -> None:
    await api.post("/returns", await api.a_return(), once="b-1")
    other = await api.post("/returns", await api.a_return(comment="another"), once="b-1")

    assert other.status_code == 422
    assert other.json()["type"].endswith("#idempotency-key-reused")


async def test_keys_of_two_callers_have_nothing_to_do_with_each_other(api: Api) -> None:
    other = await api.key("other")
    await api.post("/returns", await api.a_return(), once="c-1")
    cancelled = await api.post("/orders/H205120/cancel", {"reason": "ordered_by_mistake"}, once="c-1", token=other)

    assert cancelled.status_code == 200, cancelled.text


async def test_a_refusal_is_not_stored_so_that_it_can_be_asked_again(api: Api) -> None:
    refused = await api.post("/orders/H206007/cancel", {"reason": "ordered_by_mistake"}, once="d-1")
    await api.run("UPDATE orders SET state = 'pending' WHERE number = 'H206007'")
    again = await api.post("/orders/H206007/cancel", {"reason": "ordered_by_mistake"}, once="d-1")

    assert refused.status_code == 409
    assert again.status_code == 200, again.text


async def test_of_the_same_request_at_the_same_moment_one_works_and_the_others_hear_of_it(api: Api) -> None:
    body = await api.a_return()
    answers = await asyncio.gather(*(api.post("/returns", body, once="e-1") for _ in range(6)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in done}) == 1
    assert len([answer for answer in done if "idempotency-replayed" not in answer.headers]) == 1
    assert (
        len(await api.rows("SELECT 1 FROM returns r JOIN orders o ON o.id = r.order_id WHERE number = 'H204518'")) == 1
    )


async def test_a_request_that_is_being_worked_on_is_answered_with_a_conflict(api: Api) -> None:
    body = await api.a_return()
    async with api.desk.database.transaction() as session:
        await session.execute(text("SELECT 1 FROM orders WHERE number = 'H204518' FOR UPDATE"))
        first = asyncio.create_task(api.post("/returns", body, once="f-1"))
        held = (
            "SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
            "WHERE locktype = 'advisory' AND datname = current_database()"
        )
        while not await api.rows(held):  # noqa: ASYNC110  (what is waited for happens in the database)
            await asyncio.sleep(0.01)
        second = await api.post("/returns", body, once="f-1")

    assert second.status_code == 409
    assert second.json()["type"].endswith("#idempotency-key-under-way")
    assert (await first).status_code == 201


async def test_stored_answers_are_forgotten_after_a_day(api: Api) -> None:
    await api.post("/returns", await api.a_return(), once="g-1")
    api.wait(hours=23)
    assert await webhooks.forget_old(api.desk) == 0
    api.wait(hours=1)
    assert await webhooks.forget_old(api.desk) == 1
    assert idempotency.KEPT.total_seconds() == 24 * 3600


@pytest.mark.parametrize("body", [b"{", b"", b"[" * 100_000, b"\xff", b'{"reason": "\\ud800"}', b"null", b'"text"'])
async def test_a_body_that_is_none_is_a_problem_and_no_error_of_ours(api: Api, body: bytes) -> None:
    headers = {**bearer(api.token), "Content-Type": "application/json"}
    response = await api.client.post(f"{BASE}/orders/H205120/cancel", content=body, headers=headers)

    assert response.status_code in (400, 422), response.text
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_body_that_is_too_large_is_not_read(api: Api) -> None:
    headers = {**bearer(api.token), "Content-Type": "application/json"}
    response = await api.client.post(f"{BASE}/orders", content=b" " * (1024 * 1024 + 1), headers=headers)

    assert response.status_code == 413
    assert response.json()["type"].endswith("#too-large")


async def test_what_went_wrong_in_our_house_stays_there(api: Api) -> None:
    await api.run("ALTER TABLE orders RENAME COLUMN number TO numero")
    try:
        response = await api.get("/orders/H204518")
    finally:
        await api.run("ALTER TABLE orders RENAME COLUMN numero TO number")

    assert response.status_code == 500
    assert response.json()["type"].endswith("#internal")
    assert "numero" not in response.text


async def test_every_kind_of_problem_is_described_where_its_type_leads(api: Api) -> None:
    kind = (await api.get("/orders/H999999")).json()["type"]
    address, _, name = kind.partition("#")

    assert f'id="{name}"' in (await api.client.get(address)).text
