"""What an agent does to an order, a return and its parcel: on the same wishes, audited, told, clearly refused."""

from dataclasses import replace
from typing import Any

import pytest

from casework import order_desk
from casework.order_desk import OrderView
from casework.proposal import Refusal, Refused
from casework.wanted import CancelOrder, ChangeAddress, ChangeAddressOnFile, ChangeItems, ChangeReturn, OpenReturn
from conversations.message import Author
from handoff import errors as handoff_errors
from handoff.agent import Role
from kit import errors
from store.order import Address
from store.returns import Return
from tests.casework.harbour import ANA, Harbour

pytest_plugins = ["tests.casework.harbour_fixtures"]
pytestmark = pytest.mark.database

PINE_STREET = Address("12 Pine Street", "", "Tacoma", "WA", "98402")
LARGE = "wool-sweater-l-grey"


@pytest.fixture
async def harbour(empty_harbour: Harbour) -> Harbour:
    """Maya's conversation, which Ana has."""
    await empty_harbour.hire(ANA)
    await empty_harbour.prove(order_number="H204518", zip="97214")
    await empty_harbour.prove(order_number="H205120", zip="97214")
    await empty_harbour.hand_over()
    await empty_harbour.claim()
    return empty_harbour


async def audited(harbour: Harbour, act: str) -> list[dict[str, Any]]:
    """Return what the audit trail holds about an act."""
    return [detail for _, name, detail in await harbour.audited() if name == act]


async def told(harbour: Harbour) -> str:
    """Return the last words of the desk's."""
    return (await harbour.said(Author.SYSTEM))[-1].text


async def view(harbour: Harbour, number: str) -> OrderView:
    """Look at an order."""
    async with harbour.session() as session:
        return await order_desk.view(session, harbour.desk, await harbour.order(number))


async def sweater(harbour: Harbour) -> Return:
    """A return of the sweater."""
    return await harbour.opens("H204518", "Wool Sweater")


async def test_an_agent_opens_a_return_that_the_policy_allows(harbour: Harbour) -> None:
    order = await harbour.order("H204518")
    wish = OpenReturn(order.id, await harbour.lines("H204518", "Wool Sweater"), "refund", "drop_off_qr")
    done = await order_desk.open_return(harbour.desk, wish, ANA, harbour.id, "asked on the phone")

    assert done.told
    assert done.text.startswith(f"{ANA} has taken care of it. Your return number is {done.return_.rma}.")
    assert await told(harbour) == done.text
    assert await audited(harbour, "return_opened") == [{"rma": done.return_.rma, "reason": "asked on the phone"}]
    assert (await harbour.events(done.return_.rma))[0] == (ANA, "opened")


async def test_an_agent_reads_the_same_refusal_as_a_customer(harbour: Harbour) -> None:
    order = await harbour.order("H204518")
    lines = tuple(replace(line, quantity=5) for line in await harbour.lines("H204518", "Wool Sweater"))
    wish = OpenReturn(order.id, lines, "refund", "drop_off_qr")
    async with harbour.session() as session:
        shown = await order_desk.propose(session, harbour.desk, wish)
    assert isinstance(shown, Refusal)
    with pytest.raises(Refused) as raised:
        await order_desk.open_return(harbour.desk, wish, ANA, harbour.id)
    assert raised.value.refusal == shown


async def test_an_agent_changes_a_return_and_gives_more_time(harbour: Harbour) -> None:
    await harbour.set_stock(LARGE, 1)
    return_ = await sweater(harbour)
    wanted = {return_.lines[0].order_item_id: (LARGE,)}
    change = ChangeReturn(return_.rma, "exchange", "drop_off_qr", exchange_variants=wanted)
    changed = await order_desk.change_return(harbour.desk, change, ANA, harbour.id)
    extended = await order_desk.extend(harbour.desk, return_.rma, ANA, harbour.id)

    assert changed.return_.resolution == "exchange"
    assert "14 December 2026" in extended.text
    assert await audited(harbour, "return_changed") == await audited(harbour, "return_extended")
    with pytest.raises(Refused, match="was extended already"):
        await order_desk.extend(harbour.desk, return_.rma, ANA, harbour.id)


async def test_an_agent_cancels_an_order(harbour: Harbour) -> None:
    order = await harbour.order("H205120")
    done = await order_desk.change_order(harbour.desk, CancelOrder(order.id, "other"), ANA, harbour.id, "asked twice")

    assert done.order is not None
    assert done.order.state == "cancelled"
    assert done.text.startswith(f"{ANA} has taken care of it. Order #H205120 is cancelled. You get back $")
    assert await audited(harbour, "order_cancelled") == [{"order": "H205120", "reason": "asked twice"}]
    with pytest.raises(Refused, match="has already been cancelled"):
        await order_desk.change_order(harbour.desk, CancelOrder(order.id, "other"), ANA, harbour.id)


async def test_an_agent_changes_address_items_and_the_address_on_file(harbour: Harbour) -> None:
    order = await harbour.order("H205120")
    card = (await harbour.methods("H205120"))["Visa ending 4242"]
    jacket = next(item for item in order.items if item.name == "Rain Jacket")
    await harbour.set_stock("rain-jacket-l-yellow", 1)
    await order_desk.change_order(harbour.desk, ChangeAddress(order.id, PINE_STREET), ANA, harbour.id)
    items = ChangeItems(order.id, {jacket.id: "rain-jacket-l-yellow"}, card.id)
    await order_desk.change_order(harbour.desk, items, ANA, harbour.id)
    kept = await order_desk.change_order(
        harbour.desk, ChangeAddressOnFile(order.customer.id, PINE_STREET), ANA, harbour.id
    )

    now = await harbour.order("H205120")
    assert (now.address, now.customer.address) == (PINE_STREET, PINE_STREET)
    assert now.items[0].options["size"] == "L"
    assert kept.order is None
    for act in ("order_address_changed", "order_items_changed", "address_on_file_changed"):
        assert len(await audited(harbour, act)) == 1


async def test_the_parcel_is_followed_from_its_arrival_to_the_money(harbour: Harbour) -> None:
    rma = (await sweater(harbour)).rma
    with pytest.raises(errors.Conflict, match="cannot be noted as checked"):
        await order_desk.record_parcel(harbour.desk, rma, "inspected", ANA, harbour.id)
    arrived = await order_desk.record_parcel(harbour.desk, rma, "received", ANA, harbour.id)
    with pytest.raises(errors.Conflict, match="cannot be settled"):
        await order_desk.settle(harbour.desk, rma, ANA, harbour.id)
    await order_desk.record_parcel(harbour.desk, rma, "inspected", ANA, harbour.id)
    settled = await order_desk.settle(harbour.desk, rma, ANA, harbour.id)
    with pytest.raises(errors.Conflict, match="on its way already"):
        await order_desk.settle(harbour.desk, rma, ANA, harbour.id)

    assert arrived.text.startswith(f"The parcel of your return {rma} has arrived, and we check it now.")
    assert "$64.00 is on its way to Visa ending 4242" in settled.text
    assert (await view(harbour, "H204518")).transfers[0].place == "Visa ending 4242"
    assert [name for _, name, _ in await harbour.audited()] == ["return_received", "return_inspected", "return_settled"]


async def test_a_parcel_can_be_lost(harbour: Harbour) -> None:
    rma = (await sweater(harbour)).rma
    done = await order_desk.record_parcel(harbour.desk, rma, "lost", ANA, harbour.id, "No scan for a week")
    assert done.return_.parcel == "lost"
    assert await audited(harbour, "return_lost") == [{"rma": rma, "reason": "No scan for a week"}]


async def test_an_exchange_is_sent_with_its_tracking_number(harbour: Harbour) -> None:
    await harbour.set_stock(LARGE, 1)
    return_ = await sweater(harbour)
    wanted = {return_.lines[0].order_item_id: (LARGE,)}
    change = ChangeReturn(return_.rma, "exchange", "drop_off_qr", exchange_variants=wanted)
    await order_desk.change_return(harbour.desk, change, ANA, harbour.id)
    with pytest.raises(errors.Conflict, match="No exchange of"):
        await order_desk.send_exchange(harbour.desk, return_.rma, "HP1", ANA, harbour.id)
    for parcel in ("received", "inspected"):
        await order_desk.record_parcel(harbour.desk, return_.rma, parcel, ANA, harbour.id)
    await order_desk.settle(harbour.desk, return_.rma, ANA, harbour.id)
    done = await order_desk.send_exchange(harbour.desk, return_.rma, "HP1", ANA, harbour.id)

    assert done.text == f"{ANA} has sent you the exchange for {return_.rma}; its tracking number is HP1."
    with pytest.raises(errors.Conflict, match="was sent already"):
        await order_desk.send_exchange(harbour.desk, return_.rma, "HP1", ANA, harbour.id)


async def test_nobody_acts_on_an_order_of_another_customer_from_a_conversation(harbour: Harbour) -> None:
    order = await harbour.order("H207007")
    with pytest.raises(errors.NotAllowed):
        await order_desk.change_order(harbour.desk, CancelOrder(order.id, "other"), ANA, harbour.id)
    assert (await harbour.order("H207007")).state == "pending"


async def test_nobody_acts_in_a_conversation_that_a_colleague_has(harbour: Harbour) -> None:
    await harbour.hire("Ben Ortiz", Role.AGENT)
    order = await harbour.order("H205120")
    with pytest.raises(handoff_errors.NotTheOwner):
        await order_desk.change_order(harbour.desk, CancelOrder(order.id, "other"), "Ben Ortiz", harbour.id)


async def test_what_cannot_be_told_where_the_customer_is_goes_out_as_a_notice(harbour: Harbour) -> None:
    order = await harbour.order("H207007")
    done = await order_desk.change_order(harbour.desk, CancelOrder(order.id, "other"), ANA, None)
    assert not done.told
    assert await harbour.count(f"events WHERE order_id = '{order.id}' AND kind = 'cancelled' AND told_at IS NULL") == 1


async def test_what_is_told_by_the_agent_is_no_notice(harbour: Harbour) -> None:
    order = await harbour.order("H205120")
    await order_desk.change_order(harbour.desk, CancelOrder(order.id, "other"), ANA, harbour.id)
    assert await harbour.count(f"events WHERE order_id = '{order.id}' AND kind = 'cancelled' AND told_at IS NULL") == 0


async def test_the_view_says_what_can_be_done_now(harbour: Harbour) -> None:
    rma = (await sweater(harbour)).rma
    (return_,) = (await view(harbour, "H204518")).returns
    assert return_.possible == ("cancel", "new_label", "change", "extend", "in_transit", "receive", "lost")
    await order_desk.record_parcel(harbour.desk, rma, "received", ANA, harbour.id)
    (return_,) = (await view(harbour, "H204518")).returns
    assert return_.possible == ("inspect",)
    assert return_.status.next[0].startswith("Your refund of $64.00 follows once it is checked")


async def test_the_view_of_a_pending_order_has_its_changes_and_then_its_receipts(harbour: Harbour) -> None:
    before = await view(harbour, "H205120")
    assert before.possible == ("cancel", "change_address", "change_payment", "change_items", "change_on_file")
    await order_desk.change_order(harbour.desk, CancelOrder(before.order.id, "other"), ANA, harbour.id)
    after = await view(harbour, "H205120")

    assert after.possible == ("change_on_file",)
    assert [one.rule_ids[0] for one in after.receipts] == ["cancel.pending"]
    assert [one.transfer.kind for one in after.transfers] == ["refund"]
    assert after.transfers[0].acts == ("call_off",)
    assert [one.amount for one in after.promises] == [before.order.total]
