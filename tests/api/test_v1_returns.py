"""`/returns` and `/decisions`: asking, opening, deciding, changing, and what can be read of it."""

from decimal import Decimal
from typing import Any

import pytest

from tests.api.v1_shop import Api

pytestmark = pytest.mark.database


async def opened(api: Api, **other: Any) -> dict[str, Any]:
    """Open a return; gives it as it stands."""
    response = await api.post("/returns", await api.a_return(**other))
    assert response.status_code == 201, response.text
    return dict(response.json()["return"])


async def waiting(api: Api) -> str:
    """Open a return that waits for a person; gives its number."""
    camera = await api.item_of("H206001")
    lines = [{"item_id": camera["id"], "quantity": 1, "reason": "no_longer_needed", "condition": "opened"}]
    response = await api.post(
        "/returns", {"order": "H206001", "lines": lines, "resolution": "refund", "method": "drop_off_qr"}
    )
    assert response.status_code == 201, response.text
    found = response.json()["return"]
    assert (found["approval"], found["label_url"]) == ("requested", None)
    assert found["needs_person"]
    return str(found["rma"])


async def test_what_would_happen_is_said_and_nothing_is_written(api: Api) -> None:
    before = await api.rows("SELECT count(*) FROM returns")
    events = await api.rows("SELECT count(*) FROM events")
    answer = (await api.post("/decisions", {"wish": "open_return", **await api.a_return()})).json()

    assert answer["allowed"]
    assert answer["proposal"]["lines"]
    assert {offer["resolution"] for offer in answer["decision"]["offers"]} >= {"refund", "exchange", "store_credit"}
    refund = next(offer for offer in answer["decision"]["offers"] if offer["resolution"] == "refund")
    worked_out = sum((Decimal(one["net"]["amount"]) for one in refund["worked_out"]), Decimal(0))
    assert worked_out + Decimal(refund["shipping"]["amount"]) == Decimal(refund["amount"]["amount"])
    assert await api.rows("SELECT count(*) FROM returns") == before
    assert await api.rows("SELECT count(*) FROM events") == events


async def test_options_stand_side_by_side_without_choosing_one(api: Api) -> None:
    wanted = await api.a_return()
    asked = {"wish": "return_options", "order": wanted["order"], "lines": wanted["lines"]}
    answer = (await api.post("/decisions", asked)).json()

    assert answer["proposal"] is None
    assert answer["decision"]["methods"]


async def test_a_refusal_names_its_rules_and_what_is_possible(api: Api) -> None:
    headphones = await api.item_of("H204777", "Headphones")
    lines = [{"item_id": headphones["id"], "reason": "no_longer_needed", "condition": "opened"}]
    wanted = {"order": "H204777", "lines": lines, "resolution": "refund", "method": "drop_off_qr"}
    asked = (await api.post("/decisions", {"wish": "open_return", **wanted})).json()
    done = await api.post("/returns", wanted)

    assert not asked["allowed"]
    assert asked["refusal"]["rule_ids"]
    assert done.status_code == 409
    assert done.json()["rule_ids"] == asked["refusal"]["rule_ids"]
    assert done.json()["detail"] == asked["refusal"]["text"]


@pytest.mark.parametrize(
    "wish",
    [
        {"wish": "cancel_return", "rma": "RMA-1000-0032"},
        {"wish": "extend_return", "rma": "RMA-1000-0032"},
        {"wish": "new_label", "rma": "RMA-1000-0032"},
        {"wish": "change_return", "rma": "RMA-1000-0032", "resolution": "refund", "method": "drop_off_qr"},
        {"wish": "cancel_order", "order": "H205120", "reason": "ordered_by_mistake"},
        {
            "wish": "change_address",
            "order": "H205120",
            "address": {"street": "7 Pier Road", "city": "Astoria", "region": "OR", "zip": "97103"},
        },
    ],
)
async def test_every_wish_can_be_asked_about(api: Api, wish: dict[str, Any]) -> None:
    answer = await api.post("/decisions", wish)

    assert answer.status_code == 200, answer.text
    assert answer.json()["allowed"], answer.text
    assert answer.json()["proposal"]["lines"]


async def test_a_return_is_opened_with_label_receipt_promise_and_events(api: Api) -> None:
    found = await opened(api)

    assert (found["approval"], found["parcel"]) == ("approved", "label_issued")
    assert "/labels/" in found["label_url"]
    assert [event["kind"] for event in found["events"]] == ["opened", "approved", "label_issued"]
    assert found["events"][0]["actor"] == "api:everything"
    assert found["promises"][0]["kind"] == "refund"
    assert found["amount"]["amount"] == found["promises"][0]["amount"]["amount"]
    (row,) = await api.rows("SELECT actor, act, detail FROM audit")
    assert (row.actor, row.act, row.detail["rma"]) == ("api:everything", "return_opened", found["rma"])


async def test_a_fault_in_a_wish_is_pointed_at_in_the_body_that_was_sent(api: Api) -> None:
    wanted = await api.a_return()
    wanted["lines"][0]["quantity"] = 0
    answer = await api.post("/decisions", {"wish": "open_return", **wanted})

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/lines/0/quantity"]


async def test_two_exchanges_for_one_item_are_refused(api: Api) -> None:
    wanted = await api.a_return(resolution="exchange")
    item = wanted["lines"][0]["item_id"]
    wanted["exchange"] = [{"item_id": item, "variant_ids": [f"wool-sweater-{size}-grey"]} for size in ("l", "s")]
    answer = await api.post("/returns", wanted)

    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (422, ["/exchange"])


async def test_the_card_for_a_returned_gift_is_read_by_who_may_write_returns_and_by_nobody_else(api: Api) -> None:
    wanted = await api.a_return(resolution="store_credit", gift=True)
    rma = (await api.post("/returns", wanted)).json()["return"]["rma"]
    assert (await api.get(f"/returns/{rma}/gift-card")).status_code == 404
    for step in ("parcel.received", "parcel.inspected", "return.settle"):
        assert (await api.event(step, {"rma": rma})).status_code == 200
    (card,) = await api.rows("SELECT bearer_code FROM payment_methods WHERE bearer_code IS NOT NULL")

    assert (await api.get(f"/returns/{rma}/gift-card")).json() == {"rma": rma, "code": card.bearer_code}
    assert card.bearer_code not in (await api.get(f"/returns/{rma}")).text
    reader = await api.key("reader", "returns:read")
    assert (await api.get(f"/returns/{rma}/gift-card", token=reader)).status_code == 403


async def test_the_customer_is_told_later_by_a_notice(api: Api) -> None:
    found = await opened(api)
    untold = await api.rows(
        "SELECT kind FROM events e JOIN returns r ON r.id = e.return_id WHERE rma = :rma AND told_at IS NULL",
        rma=found["rma"],
    )

    assert untold


async def test_a_return_is_read_and_listed_by_its_states(api: Api) -> None:
    read = (await api.get("/returns/RMA-1000-0032")).json()
    mine = (await api.get("/returns", order="H206006")).json()["data"]
    labelled = (await api.get("/returns", parcel="label_issued", limit=100)).json()["data"]

    assert read["order"] == "H206006"
    assert read["lines"][0]["name"]
    assert [one["rma"] for one in mine] == ["RMA-1000-0032"]
    assert {one["parcel"] for one in labelled} == {"label_issued"}
    assert (await api.get("/returns", order="H999999")).json() == {"data": [], "next": None}


async def test_pages_of_returns_hold_each_once_while_returns_are_opened(api: Api) -> None:
    everything = {row.rma for row in await api.rows("SELECT rma FROM returns")}
    page = (await api.get("/returns", limit=50)).json()
    seen = [one["rma"] for one in page["data"]]
    await opened(api)
    while page["next"]:
        page = (await api.client.get(page["next"], headers={"Authorization": f"Bearer {api.token}"})).json()
        seen += [one["rma"] for one in page["data"]]

    assert len(seen) == len(set(seen))
    assert set(seen) == everything


async def test_a_person_is_asked_and_the_api_approves(api: Api) -> None:
    rma = await waiting(api)
    approved = await api.post(f"/returns/{rma}/approve", {"note": "checked in the warehouse"})
    again = await api.post(f"/returns/{rma}/approve")

    assert approved.status_code == 200, approved.text
    assert approved.json()["return"]["approval"] == "approved"
    assert approved.json()["return"]["label_url"]
    assert again.status_code == 409
    assert "already approved" in again.json()["detail"]


async def test_a_rejection_needs_a_reason_that_is_kept(api: Api) -> None:
    rma = await waiting(api)
    without = await api.post(f"/returns/{rma}/reject", {"reason": " "})
    rejected = await api.post(f"/returns/{rma}/reject", {"reason": "The serial number is another one."})

    assert without.status_code == 422
    assert rejected.json()["return"]["approval"] == "rejected"
    assert rejected.json()["return"]["events"][-1]["detail"]["reason"] == "The serial number is another one."


async def test_a_return_that_was_not_sent_is_changed_extended_labelled_and_called_off(api: Api) -> None:
    rma = (await opened(api))["rma"]
    changed = await api.post(f"/returns/{rma}/change", {"resolution": "store_credit", "method": "drop_off_qr"})
    extended = await api.post(f"/returns/{rma}/extend")
    twice = await api.post(f"/returns/{rma}/extend")
    api.wait(minutes=5)
    labelled = await api.post(f"/returns/{rma}/label")
    cancelled = await api.post(f"/returns/{rma}/cancel", {"note": "keeps it"})

    assert changed.json()["return"]["resolution"] == "store_credit", changed.text
    assert extended.json()["return"]["label_expires_at"] > changed.json()["return"]["label_expires_at"]
    assert twice.status_code == 409
    assert labelled.status_code == 200, labelled.text
    assert cancelled.json()["return"]["approval"] == "cancelled"
    acts = [row.act for row in await api.rows("SELECT act FROM audit ORDER BY id")]
    assert acts == ["return_opened", "return_changed", "return_extended", "label_reissued", "return_cancelled"]


async def test_the_receipt_is_replayed_to_the_same_answer(api: Api) -> None:
    rma = (await opened(api))["rma"]
    receipt = (await api.get(f"/returns/{rma}/receipt")).json()

    assert receipt["same"] is True
    assert receipt["replayed"] == receipt["outcome"]
    assert receipt["rule_ids"]
    assert "maya.torres" not in str(receipt)


@pytest.mark.parametrize("act", ["approve", "cancel", "change", "extend", "label", "reject"])
async def test_what_is_asked_of_a_return_that_is_not_there_is_not_found(api: Api, act: str) -> None:
    bodies = {"reject": {"reason": "no"}, "change": {"resolution": "refund", "method": "drop_off_qr"}}
    response = await api.post(f"/returns/RMA-0000-0000/{act}", bodies.get(act, {}))

    assert response.status_code == 404, response.text
