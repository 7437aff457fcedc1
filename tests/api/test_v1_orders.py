"""`/orders` and `/customers`: finding, paging, reading, putting and changing."""

from typing import Any

import pytest

from tests.api.v1_shop import Api

pytestmark = pytest.mark.database

ELSEWHERE = {"street": "7 Pier Road", "city": "Astoria", "region": "OR", "zip": "97103"}


async def test_an_order_is_read_with_its_money_as_text_and_what_the_policy_says_to_each_item(api: Api) -> None:
    order = (await api.get("/orders/H204518")).json()

    assert order["state"] == "delivered"
    assert order["placed_at"].endswith("Z")
    assert order["customer"]["email"] == "maya.torres@example.com"
    assert order["total"]["currency"] == "USD"
    assert order["total"]["amount"].count(".") == 1
    mugs = next(item for item in order["items"] if "Mug" in item["name"])
    assert (mugs["quantity"], mugs["left_to_return"]) == (2, 2)
    assert mugs["verdict"]["eligible"]
    assert mugs["verdict"]["last_day"]


async def test_an_item_past_its_window_says_so_with_its_rule(api: Api) -> None:
    headphones = await api.item_of("H204777", "Headphones")

    assert not headphones["verdict"]["eligible"]
    assert headphones["verdict"]["rule_ids"]
    assert headphones["verdict"]["explanation"]


@pytest.mark.parametrize("number", ["H204518", "%23H204518", "h204518"])
async def test_a_number_is_understood_with_its_sign_and_in_small_letters(api: Api, number: str) -> None:
    assert (await api.get(f"/orders/{number}")).json()["number"] == "H204518"


async def test_an_order_that_is_not_there_is_a_problem(api: Api) -> None:
    response = await api.get("/orders/H999999")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"].endswith("/api/v1/problems#not-found")


async def test_filters_narrow_the_list_and_unknown_ones_are_refused(api: Api) -> None:
    mine = (await api.get("/orders", email="MAYA.torres@example.com", state="pending")).json()["data"]
    unknown = await api.get("/orders", emial="maya.torres@example.com")

    assert [order["number"] for order in mine] == ["H205120"]
    assert unknown.status_code == 422
    assert unknown.json()["errors"] == [{"detail": "unknown parameter", "parameter": "emial"}]


async def test_an_empty_filter_is_refused_and_does_not_find_everything(api: Api) -> None:
    assert (await api.get("/orders", email="")).status_code == 422


async def test_pages_together_hold_each_order_once_while_orders_are_added(api: Api) -> None:
    everything = [row.number for row in await api.rows("SELECT number FROM orders")]
    seen: list[str] = []
    page: dict[str, Any] = (await api.get("/orders", limit=100)).json()
    while True:
        seen += [order["number"] for order in page["data"]]
        if page["next"] is None:
            break
        await api.run(
            "INSERT INTO orders (id, number, customer_id, state, placed_at, address, currency)"
            " SELECT gen_random_uuid(), :number, customer_id, 'pending', :now, '{}', 'USD' FROM orders LIMIT 1",
            number=f"Z{len(seen):06}",
            now=api.now,
        )
        response = await api.client.get(page["next"], headers={"Authorization": f"Bearer {api.token}"})
        page = response.json()

    assert sorted(seen) == sorted(everything)


async def test_orders_without_a_day_come_last_and_are_paged_too(api: Api) -> None:
    await api.run("UPDATE orders SET placed_at = NULL WHERE number IN ('H204518', 'H204777', 'H205120')")
    seen, page = [], (await api.get("/orders", email="maya.torres@example.com", limit=1)).json()
    while page["next"]:
        seen.append(page["data"][0]["number"])
        page = (await api.client.get(page["next"], headers={"Authorization": f"Bearer {api.token}"})).json()
    seen.append(page["data"][0]["number"])

    assert seen[-3:] == ["H205120", "H204777", "H204518"]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("cursor", ["nonsense", "e30", "WzEsMl0", "W251bGwsICJcdTAwMDAiXQ"])
async def test_a_cursor_that_somebody_made_up_is_refused(api: Api, cursor: str) -> None:
    for path in ("/orders", "/returns"):
        response = await api.get(path, cursor=cursor)

        assert response.status_code == 422
        assert response.json()["errors"][0]["parameter"] == "cursor"


async def test_a_pending_order_is_cancelled_with_an_audit_row_and_cannot_be_cancelled_again(api: Api) -> None:
    first = await api.post("/orders/H205120/cancel", {"reason": "ordered_by_mistake"})
    second = await api.post("/orders/H205120/cancel", {"reason": "ordered_by_mistake"})

    assert first.status_code == 200, first.text
    assert first.json()["order"]["state"] == "cancelled"
    assert first.json()["summary"]
    assert second.status_code == 409
    assert second.json()["type"].endswith("#refused")
    audited = await api.rows("SELECT actor, act, detail FROM audit")
    assert [(row.actor, row.act, row.detail["order"]) for row in audited] == [
        ("api:everything", "order_cancelled", "H205120")
    ]


async def test_an_order_that_is_packed_is_not_cancelled(api: Api) -> None:
    response = await api.post("/orders/H206007/cancel", {"reason": "ordered_by_mistake"})

    assert response.status_code == 409
    assert response.json()["rule_ids"]


async def test_the_address_of_a_pending_order_is_changed(api: Api) -> None:
    response = await api.post("/orders/H205120/address", {"address": ELSEWHERE})

    assert response.status_code == 200, response.text
    assert response.json()["order"]["address"]["city"] == "Astoria"
    assert [row.kind for row in await api.rows("SELECT kind FROM events WHERE actor = 'api:everything'")]


async def test_another_variant_and_another_payment_are_asked_of_a_pending_order(api: Api) -> None:
    order = (await api.get("/orders/H205120")).json()
    jacket = next(item for item in order["items"] if "Jacket" in item["name"])
    method = order["payments"][0]["payment_method_id"]
    others = await api.rows(
        "SELECT id FROM variants WHERE product_id = :product AND id <> :own AND stock > 0 AND price = :price",
        product=jacket["product_id"],
        own=jacket["variant_id"],
        price=jacket["unit_price"]["amount"],
    )
    changed = await api.post(
        "/orders/H205120/items",
        {"items": [{"item_id": jacket["id"], "variant_id": others[0].id}], "payment_method_id": method},
    )
    same = await api.post("/orders/H205120/payment-method", {"payment_method_id": method})

    assert changed.status_code == 200, changed.text
    assert others[0].id in [item["variant_id"] for item in changed.json()["order"]["items"]]
    assert same.status_code == 409


async def test_two_variants_for_one_item_are_refused(api: Api) -> None:
    order = (await api.get("/orders/H205120")).json()
    item, method = order["items"][0], order["payments"][0]["payment_method_id"]
    wanted = [{"item_id": item["id"], "variant_id": one} for one in ("rain-jacket-m-navy", "rain-jacket-s-navy")]
    answer = await api.post("/orders/H205120/items", {"items": wanted, "payment_method_id": method})

    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (422, ["/items"])
    assert (await api.get("/orders/H205120")).json()["items"][0]["variant_id"] == item["variant_id"]


async def test_an_order_is_put_in_our_own_format_and_twice_changes_nothing(api: Api) -> None:
    method = {"kind": "card", "label": "Visa ending 4417"}
    body = {
        "number": "#N300001",
        "state": "delivered",
        "placed_at": "2026-06-01T10:00:00Z",
        "shipped_at": "2026-06-02T10:00:00Z",
        "delivered_at": "2026-06-04T10:00:00Z",
        "customer": {"first_name": "Nia", "last_name": "Okafor", "email": "nia@example.com"},
        "items": [{"product_id": "tent", "name": "Two-Person Tent", "unit_price": "189.00", "quantity": 1}],
        "payments": [{"method": method, "amount": "189.00", "at": "2026-06-01T10:00:00Z"}],
    }
    first, second = await api.post("/orders", body), await api.post("/orders", body)

    assert first.status_code == 200, first.text
    assert first.json()["outcome"] == "created"
    assert second.json()["outcome"] == "unchanged"
    assert (await api.get("/orders/N300001")).json()["total"]["amount"] == "189.00"


async def test_faults_of_a_body_are_pointed_at_and_say_nothing_of_what_was_sent(api: Api) -> None:
    body = {"address": {**ELSEWHERE, "zip": "", "planet": "Mars"}, "also_on_file": "somebody@example.com"}
    response = await api.post("/orders/H205120/address", body)

    assert response.status_code == 422
    assert {one["pointer"] for one in response.json()["errors"]} == {
        "/address/zip",
        "/address/planet",
        "/also_on_file",
    }
    assert "somebody@example.com" not in response.text


async def test_a_customer_is_found_by_email_and_gets_another_address_on_file(api: Api) -> None:
    (found,) = (await api.get("/customers", email="Maya.Torres@example.com")).json()["data"]
    path = f"/api/v1/customers/{found['id']}/address"
    headers = {"Authorization": f"Bearer {api.token}"}
    changed = await api.client.patch(path, json=ELSEWHERE, headers=headers)

    assert changed.status_code == 200, changed.text
    assert changed.json()["customer"]["address"]["zip"] == "97103"
    read = (await api.get(f"/customers/{found['id']}")).json()
    assert read["address"]["street"] == "7 Pier Road"
    assert read["payment_methods"][0]["kind"] == "card"
    assert read["orders"] >= 4
