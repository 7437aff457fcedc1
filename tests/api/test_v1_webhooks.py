"""`/webhooks` and what goes there: signed, tried again, given up, replayed."""

import json
from typing import Any
from uuid import UUID

import pytest

from casework import webhooks
from integrations import signatures
from kit import errors
from store import publishing
from tests.api.v1_shop import BASE, Api, bearer

pytestmark = pytest.mark.database

URL = "https://shop.example/hooks"


async def added(api: Api, *types: str) -> dict[str, Any]:
    """Add a webhook for events from now on; gives it with its secret."""
    await published(api)
    response = await api.post("/webhooks", {"url": URL, "types": list(types) or ["*"]})
    assert response.status_code == 201, response.text
    return dict(response.json())


async def published(api: Api) -> int:
    """Publish all that is not published."""
    count = 0
    while found := await webhooks.publish(api.desk):
        count += found
    return count


async def queued(api: Api) -> list[UUID]:
    """Return the deliveries for which a job waits, oldest first."""
    rows = await api.rows(
        "SELECT args->>'delivery_id' AS delivery FROM procrastinate_jobs WHERE task_name = 'webhook' ORDER BY id"
    )
    return [UUID(row.delivery) for row in rows]


async def one_event(api: Api) -> UUID:
    """Let one event happen and be published; gives its delivery."""
    await api.event("parcel.in_transit", {"rma": "RMA-1000-0032"})
    assert await published(api) == 1
    return (await queued(api))[-1]


async def test_an_event_goes_to_those_who_asked_for_it_once_and_signed(api: Api) -> None:
    hook = await added(api, "return.in_transit")
    await added(api, "order.cancelled")
    delivery = await one_event(api)
    await webhooks.deliver(api.desk, delivery)
    await webhooks.deliver(api.desk, delivery)

    assert await queued(api) == [delivery]
    (posted,) = api.sender.posted
    assert posted.url == URL
    assert signatures.check(posted.headers[signatures.HEADER], hook["secret"], posted.body, api.now) == "right"
    said = json.loads(posted.body)
    assert said["id"] == posted.headers[webhooks.EVENT_ID_HEADER]
    assert said["type"] == posted.headers[webhooks.EVENT_TYPE_HEADER] == "return.in_transit"
    assert said["actor"] == "warehouse"
    assert said["data"]["order"]["number"] == "H206006"
    assert said["data"]["return"]["parcel"] == "in_transit"


async def test_what_is_sent_names_nobody(api: Api) -> None:
    await added(api)
    delivery = await one_event(api)
    await webhooks.deliver(api.desk, delivery)

    text = api.sender.posted[0].body.decode()
    (customer,) = await api.rows(
        "SELECT c.* FROM customers c JOIN returns r ON r.customer_id = c.id WHERE rma = 'RMA-1000-0032'"
    )
    for personal in (customer.name_last, customer.email, customer.street):
        assert personal not in text


async def test_nobodys_words_and_no_gift_card_code_are_sent(api: Api) -> None:
    await added(api)
    detail = json.dumps({"note": "I was ill", "code": "GC-7310", "reason": "Maya lied", "amount": "12.00"})
    await api.run(
        "INSERT INTO events (subject, kind, customer_id, at, actor, detail) "
        "SELECT 'return', 'credited', id, now(), 'warehouse', CAST(:detail AS jsonb) FROM customers LIMIT 1",
        detail=detail,
    )
    await published(api)
    await webhooks.deliver(api.desk, (await queued(api))[-1])

    assert json.loads(api.sender.posted[0].body)["data"]["detail"] == {"amount": "12.00"}


async def test_what_became_of_a_delivery_is_known_for_thirty_days(api: Api) -> None:
    await added(api)
    await webhooks.deliver(api.desk, await one_event(api))
    api.wait(days=30)
    assert await webhooks.forget_old(api.desk) == 0
    api.wait(seconds=1)
    assert await webhooks.forget_old(api.desk) == 1


async def test_events_are_published_in_order_and_once_by_two_workers(api: Api) -> None:
    await added(api)
    body = await api.a_return()
    assert (await api.post("/returns", body)).status_code == 201
    async with api.desk.database.transaction() as session:
        held = await publishing.take(session, 100)
        assert await webhooks.publish(api.desk) == 0
    await published(api)

    assert [one.kind for one in held] == ["opened", "approved", "label_issued"]
    rows = await api.rows("SELECT event FROM webhook_deliveries ORDER BY event")
    assert [row.event for row in rows] == [one.sequence for one in held]


async def test_a_delivery_that_fails_is_tried_again_until_a_day_is_over(api: Api) -> None:
    hook = await added(api)
    delivery = await one_event(api)
    api.sender.answers = [500, "nothing came back", 301, *[503] * (webhooks.MOST_TRIES - 3)]
    for _ in range(webhooks.MOST_TRIES - 1):
        with pytest.raises(errors.Unavailable):
            await webhooks.deliver(api.desk, delivery)
    await webhooks.deliver(api.desk, delivery)

    (shown,) = (await api.get(f"/webhooks/{hook['id']}/deliveries")).json()["data"]
    assert (shown["state"], shown["attempts"], shown["status"]) == ("failed", webhooks.MOST_TRIES, 503)
    assert shown["problem"]
    waits = [webhooks.EXPONENTIAL_WAIT ** (attempt + 1) for attempt in range(webhooks.MOST_TRIES - 1)]
    assert 20 <= sum(waits) / 3600 <= 28


async def test_deliveries_to_an_address_that_does_not_answer_wait_behind_all_others(api: Api) -> None:
    await added(api, "return.in_transit", "return.received")
    first = await one_event(api)
    api.sender.answers.append(500)
    with pytest.raises(errors.Unavailable):
        await webhooks.deliver(api.desk, first)
    api.wait(seconds=1)  # so that the second one is told after the first
    await added(api, "return.received")
    await api.event("parcel.received", {"rma": "RMA-1000-0032"})
    await published(api)
    *_, failing, healthy = await queued(api)

    posted = len(api.sender.posted)
    await webhooks.deliver(api.desk, failing)
    assert len(api.sender.posted) == posted
    jobs = await api.rows("SELECT args, priority FROM procrastinate_jobs WHERE task_name = 'webhook' ORDER BY id")
    assert (jobs[-1].args, jobs[-1].priority) == ({"delivery_id": str(failing), "patient": True}, webhooks.LAST)
    await webhooks.deliver(api.desk, healthy)
    await webhooks.deliver(api.desk, failing, patient=True)
    assert len(api.sender.posted) == posted + 2


async def test_a_delivery_that_arrives_late_has_a_signature_of_then(api: Api) -> None:
    hook = await added(api)
    delivery = await one_event(api)
    api.sender.answers = [500]
    with pytest.raises(errors.Unavailable):
        await webhooks.deliver(api.desk, delivery)
    api.wait(hours=2)
    await webhooks.deliver(api.desk, delivery)

    first, second = api.sender.posted
    assert first.body == second.body
    assert signatures.check(second.headers[signatures.HEADER], hook["secret"], second.body, api.now) == "right"
    (shown,) = (await api.get(f"/webhooks/{hook['id']}/deliveries")).json()["data"]
    assert (shown["state"], shown["attempts"]) == ("delivered", 2)


async def test_no_transaction_is_open_while_a_webhook_is_posted(api: Api) -> None:
    await added(api)
    delivery = await one_event(api)
    open_ones: list[Any] = []

    class Looking:
        async def send(self, message: Any) -> int:
            open_ones.extend(
                await api.rows(
                    "SELECT query FROM pg_stat_activity WHERE datname = current_database() "
                    "AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
                )
            )
            return 200

    object.__setattr__(api.desk, "webhook_sender", Looking())
    await webhooks.deliver(api.desk, delivery)

    assert open_ones == []
    assert await api.rows("SELECT 1 FROM webhook_deliveries WHERE state = 'delivered'")


async def test_a_delivery_is_replayed_with_the_same_id_and_body(api: Api) -> None:
    hook = await added(api)
    delivery = await one_event(api)
    await webhooks.deliver(api.desk, delivery)
    again = await api.post(f"/webhooks/{hook['id']}/deliveries/{delivery}/replay", once="r-1")
    assert (await api.post(f"/webhooks/{hook['id']}/deliveries/{delivery}/replay", once="r-1")).json() == again.json()
    await webhooks.deliver(api.desk, delivery)

    assert again.status_code == 202
    assert again.json()["state"] == "queued"
    assert await queued(api) == [delivery, delivery]
    first, second = api.sender.posted
    assert first.body == second.body


async def test_a_deleted_webhook_gets_nothing_any_more(api: Api) -> None:
    hook = await added(api)
    delivery = await one_event(api)
    deleted = await api.client.delete(f"{BASE}/webhooks/{hook['id']}", headers=bearer(api.token))
    await webhooks.deliver(api.desk, delivery)
    await api.event("parcel.received", {"rma": "RMA-1000-0032"})
    await published(api)

    assert deleted.status_code == 204
    assert api.sender.posted == []
    assert (await api.get(f"/webhooks/{hook['id']}")).status_code == 404
    assert len(await queued(api)) == 1


async def test_the_secret_is_shown_once(api: Api) -> None:
    hook = await added(api)
    listed = await api.get("/webhooks")
    read = await api.get(f"/webhooks/{hook['id']}")

    assert hook["secret"].startswith("whsec_")
    assert hook["secret"] not in listed.text + read.text


@pytest.mark.parametrize(
    "url", ["ftp://shop.example", "shop.example", "https://ana:secret@shop.example", "", "http://"]
)
async def test_an_address_that_cannot_be_posted_to_is_refused(api: Api, url: str) -> None:
    assert (await api.post("/webhooks", {"url": url, "types": ["*"]})).status_code == 422


@pytest.mark.parametrize("types", [[], ["returns"], ["return.*"], ["agent.online"]])
async def test_types_that_nothing_has_are_refused(api: Api, types: list[str]) -> None:
    assert (await api.post("/webhooks", {"url": URL, "types": types})).status_code == 422


async def test_deliveries_are_paged_newest_first(api: Api) -> None:
    hook = await added(api)
    for type_ in ("parcel.in_transit", "parcel.received", "parcel.inspected"):
        api.wait(seconds=1)
        await api.event(type_, {"rma": "RMA-1000-0032"})
        await published(api)
    first = (await api.get(f"/webhooks/{hook['id']}/deliveries", limit=2)).json()
    second = (await api.client.get(first["next"], headers=bearer(api.token))).json()

    types = [one["type"] for one in [*first["data"], *second["data"]]]
    assert types == ["return.inspected", "return.received", "return.in_transit"]
    assert second["next"] is None
