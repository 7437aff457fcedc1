"""`/events`: signed, taken once, and refused with a reason where they do not fit."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from integrations import signatures
from tests.api.v1_shop import BASE, WAREHOUSE_SECRET, Api, bearer

pytestmark = pytest.mark.database

RMA = "RMA-1000-0032"
"""The demo shop's return whose label has been issued and not been used."""


async def test_a_parcel_goes_its_way_and_the_return_is_settled(api: Api) -> None:
    for type_ in ("parcel.in_transit", "parcel.received", "parcel.inspected", "return.settle"):
        response = await api.event(type_, {"rma": RMA})
        assert response.status_code == 200, response.text

    found = (await api.get(f"/returns/{RMA}")).json()
    assert (found["parcel"], found["settlement"]) == ("inspected", "credited")
    assert [one["actor"] for one in found["events"] if one["kind"] == "received"] == ["warehouse"]


async def test_a_parcel_is_known_by_the_number_on_its_label(api: Api) -> None:
    number = (await api.get(f"/returns/{RMA}")).json()["tracking_number"]
    response = await api.event("parcel.in_transit", {"tracking_number": number})

    assert response.status_code == 200, response.text
    assert (await api.get(f"/returns/{RMA}")).json()["parcel"] == "in_transit"


async def test_an_order_is_shipped_and_delivered_when_the_carrier_says_so(api: Api) -> None:
    at = (api.now - timedelta(hours=3)).isoformat()
    data = {"order": "H206007", "tracking_number": "HP000777", "carrier": "Harbour Post"}
    shipped = await api.event("order.shipped", data)
    delivered = await api.event("order.delivered", {"order": "H206002"}, at=at)

    assert shipped.status_code == delivered.status_code == 200, shipped.text + delivered.text
    first, second = (await api.get("/orders/H206007")).json(), (await api.get("/orders/H206002")).json()
    assert (first["state"], first["tracking_numbers"]) == ("shipped", ["HP000777"])
    assert second["state"] == "delivered"
    assert second["delivered_at"] == at.replace("+00:00", "Z")


async def test_an_order_that_is_being_packed_can_no_longer_be_changed(api: Api) -> None:
    packed = await api.event("order.processed", {"order": "H205120"})

    assert packed.status_code == 200, packed.text
    assert (await api.get("/orders/H205120")).json()["state"] == "processed"
    cancelled = await api.post("/orders/H205120/cancel", {"reason": "ordered_by_mistake"})
    assert cancelled.status_code == 409, cancelled.text


async def test_an_exchange_is_sent_when_the_warehouse_says_so(api: Api) -> None:
    item = await api.item_of("H204518", "Sweater")
    other = await api.rows(
        "SELECT id FROM variants WHERE product_id = :product AND id <> :own AND stock > 0 AND price = :price",
        product=item["product_id"],
        own=item["variant_id"],
        price=item["unit_price"]["amount"],
    )
    exchange = [{"item_id": item["id"], "variant_ids": [other[0].id]}]
    made = await api.post("/returns", await api.a_return(resolution="exchange", exchange=exchange))
    assert made.status_code == 201, made.text
    rma = made.json()["return"]["rma"]
    for type_ in ("parcel.received", "parcel.inspected", "return.settle"):
        response = await api.event(type_, {"rma": rma})
        assert response.status_code == 200, response.text
    sent = await api.event("exchange.sent", {"rma": rma, "tracking_number": "HP000778"})

    assert sent.status_code == 200, sent.text
    (piece,) = (await api.get(f"/returns/{rma}")).json()["exchange"]
    assert (piece["state"], piece["tracking_number"]) == ("sent", "HP000778")


async def test_the_shelf_is_counted(api: Api) -> None:
    (variant,) = await api.rows("SELECT id FROM variants ORDER BY id LIMIT 1")
    response = await api.event("stock.changed", {"variant_id": variant.id, "stock": 41})

    assert response.status_code == 200, response.text
    assert await api.rows("SELECT stock FROM variants WHERE id = :id", id=variant.id) == [(41,)]


async def test_the_same_event_again_gets_the_same_answer_and_has_one_effect(api: Api) -> None:
    first = await api.event("parcel.received", {"rma": RMA}, "scan-1")
    api.wait(minutes=3)
    second = await api.event("parcel.received", {"rma": RMA}, "scan-1")

    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert len(await api.rows("SELECT 1 FROM events WHERE kind = 'received' AND key = 'event:warehouse:scan-1'")) == 1


async def test_the_same_event_at_the_same_moment_has_one_effect(api: Api) -> None:
    answers = await asyncio.gather(*(api.event("parcel.received", {"rma": RMA}, "scan-2") for _ in range(5)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(await api.rows("SELECT 1 FROM inbound_events")) == 1
    assert len(await api.rows("SELECT 1 FROM events WHERE key = 'event:warehouse:scan-2'")) == 1


async def test_the_id_of_one_event_is_not_taken_for_another(api: Api) -> None:
    await api.event("parcel.in_transit", {"rma": RMA}, "scan-3")
    other = await api.event("parcel.received", {"rma": RMA}, "scan-3")

    assert other.status_code == 409
    assert (await api.get(f"/returns/{RMA}")).json()["parcel"] == "in_transit"


async def test_what_does_not_fit_now_is_refused_for_good_and_kept_with_its_reason(api: Api) -> None:
    early = await api.event("return.settle", {"rma": RMA}, "early")
    for type_ in ("parcel.received", "parcel.inspected"):
        await api.event(type_, {"rma": RMA})
    again = await api.event("return.settle", {"rma": RMA}, "early")
    new = await api.event("return.settle", {"rma": RMA}, "in time")

    assert early.status_code == again.status_code == 409
    assert early.json()["detail"] == again.json()["detail"]
    assert new.status_code == 200, new.text
    ((state, problem),) = await api.rows("SELECT state, problem FROM inbound_events WHERE event_id = 'early'")
    assert state == "refused"
    assert problem == early.json()["detail"]


async def test_what_names_something_unknown_may_come_again_once_it_is_known(api: Api) -> None:
    unknown = await api.event("order.delivered", {"order": "H999999"}, "soon")
    await api.run("UPDATE orders SET number = 'H999999' WHERE number = 'H206002'")
    known = await api.event("order.delivered", {"order": "H999999"}, "soon")

    assert unknown.status_code == 404
    assert known.status_code == 200, known.text


@pytest.mark.parametrize(
    ("event", "pointer"),
    [
        ({"id": "1", "type": "parcel.eaten", "data": {"rma": RMA}}, ""),
        ({"id": "1", "type": "parcel.received", "data": {}}, "/data"),
        ({"id": "1", "type": "parcel.received", "data": {"rma": RMA, "mood": 1}}, "/data/mood"),
        ({"id": "", "type": "parcel.received", "data": {"rma": RMA}}, "/id"),
    ],
)
async def test_an_unknown_or_broken_event_says_what_is_wrong_with_it(api: Api, event: Any, pointer: str) -> None:
    body = json.dumps(event).encode()
    response = await api.signed(body, signatures.sign(WAREHOUSE_SECRET, body, api.now))

    assert response.status_code == 422
    assert [one["pointer"] for one in response.json()["errors"]] == [pointer]
    assert await api.rows("SELECT 1 FROM inbound_events") == []


async def test_a_signature_of_another_secret_body_or_moment_is_refused(api: Api) -> None:
    body = json.dumps({"id": "1", "type": "parcel.received", "data": {"rma": RMA}}).encode()
    right = signatures.sign(WAREHOUSE_SECRET, body, api.now)
    moment, _, mac = right.partition(",")
    wrong = {
        "none": "",
        "nonsense": "t=now,v1=yes",
        "another secret": signatures.sign("guessed", body, api.now),
        "another body": signatures.sign(WAREHOUSE_SECRET, body + b" ", api.now),
        "another moment": f"t={int(moment[2:]) + 1},{mac}",
        "an empty secret": signatures.sign("", body, api.now),
        "old": signatures.sign(WAREHOUSE_SECRET, body, api.now - timedelta(minutes=5, seconds=2)),
        "from the future": signatures.sign(WAREHOUSE_SECRET, body, api.now + timedelta(minutes=5, seconds=2)),
    }
    for name, signature in wrong.items():
        response = await api.signed(body, signature)
        assert response.status_code == 401, name
        assert response.json()["type"].endswith("#bad-signature")
    assert (await api.signed(body, signatures.sign("", body, api.now), sender="stranger")).status_code == 401

    assert (await api.signed(body, right)).status_code == 200


async def test_a_message_that_somebody_caught_is_of_no_use_later(api: Api) -> None:
    body = json.dumps({"id": "1", "type": "parcel.received", "data": {"rma": RMA}}).encode()
    caught = signatures.sign(WAREHOUSE_SECRET, body, api.now)
    assert (await api.signed(body, caught)).status_code == 200
    api.wait(minutes=6)

    assert (await api.signed(body, caught)).status_code == 401


async def test_a_system_that_cannot_sign_uses_a_key_with_the_scope(api: Api) -> None:
    body = {"id": "1", "type": "parcel.received", "data": {"rma": RMA}}
    scanner = await api.key("scanner", "events:write")
    reader = await api.key("reader", "orders:read")

    assert (await api.client.post(f"{BASE}/events/scanner", json=body, headers=bearer(reader))).status_code == 403
    assert (await api.client.post(f"{BASE}/events/scanner", json=body, headers=bearer(scanner))).status_code == 200


async def test_an_event_from_the_future_is_not_believed(api: Api) -> None:
    later = (api.now + timedelta(days=1)).isoformat()

    assert (await api.event("order.delivered", {"order": "H206002"}, at=later)).status_code == 422
