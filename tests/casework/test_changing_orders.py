"""Cancelling an order, and changing its address, payment and items, and the address on file."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import get_args
from uuid import UUID

import pytest

from casework import wishes
from casework.proposal import By, Refused
from casework.wanted import CancelOrder, ChangeAddress, ChangeAddressOnFile, ChangeItems, ChangePayment
from conversations import errors as conversation_errors
from kit import errors
from store import order_changes, transfers
from store.happenings import Act
from store.order import Address
from store.returns import Reason
from store.tables import PaymentMethodRow, VariantRow
from tests.casework.harbour import Harbour

pytest_plugins = ["tests.casework.harbour_fixtures"]
pytestmark = pytest.mark.database

PENDING, PACKED = "H207007", "H206007"
PINE_STREET = Address("12 Pine Street", "Apt 4", "Tacoma", "WA", "98402")
WHERE = "12 Pine Street, Apt 4, Tacoma, WA 98402, US"


@pytest.fixture
async def harbour(empty_harbour: Harbour) -> Harbour:
    """The shop."""
    return empty_harbour


async def cancel(harbour: Harbour, number: str = PENDING, reason: Reason = "no_longer_needed") -> CancelOrder:
    """Cancel an order."""
    return CancelOrder((await harbour.order(number)).id, reason)


async def elsewhere(harbour: Harbour, *, also_on_file: bool = False, number: str = PENDING) -> ChangeAddress:
    """Send an order to Pine Street."""
    return ChangeAddress((await harbour.order(number)).id, PINE_STREET, also_on_file)


async def hoodie(harbour: Harbour) -> UUID:
    """The item of the order that is there in other sizes."""
    return next(one.id for one in (await harbour.order(PENDING)).items if one.name == "Harbour Hoodie")


async def other_size(harbour: Harbour, variant_id: str = "harbour-hoodie-l-grey") -> ChangeItems:
    """Another size of the hoodie; a difference goes by the card."""
    card = (await harbour.methods(PENDING))["Visa ending 3007"]
    return ChangeItems((await harbour.order(PENDING)).id, {await hoodie(harbour): variant_id}, card.id)


async def test_cancelling_shows_what_goes_back_where_and_when(harbour: Harbour) -> None:
    order = await harbour.order(PENDING)
    shown = await harbour.shown(await cancel(harbour))
    done = await harbour.says_yes(await cancel(harbour), to=shown)

    assert shown.lines[0] == "Cancel order #H207007 (Harbour Hoodie (size M, grey), 2 × Steel Bottle (steel))"
    assert shown.lines[1] == f"Refund ${order.total} to Visa ending 3007: 5-7 business days"
    assert shown.lines[2] == "This can't be undone"
    assert done.text == (
        f"Done. Order #H207007 is cancelled. You get back ${order.total} to Visa ending 3007 (5-7 business days)."
    )
    assert done.order is not None
    assert done.order.state == "cancelled"


@pytest.mark.parametrize("reason", ["no_longer_needed", "ordered_by_mistake", "arrived_late", "better_price", "other"])
async def test_an_order_is_cancelled_for_each_reason_of_the_policy(harbour: Harbour, reason: Reason) -> None:
    assert reason in get_args(Reason)
    done = await harbour.says_yes(await cancel(harbour, reason=reason))
    assert done.order is not None
    assert done.order.state == "cancelled"


async def test_another_reason_is_refused(harbour: Harbour) -> None:
    refusal = await harbour.refused(await cancel(harbour, reason="too_small"))
    assert refusal.text == "Order #H207007 cannot be cancelled for this reason."
    assert refusal.rule_ids == ("cancel.pending",)


async def test_what_is_being_packed_cannot_be_cancelled_but_looked_up(harbour: Harbour) -> None:
    refusal = await harbour.refused(await cancel(harbour, PACKED))
    assert "already being packed" in refusal.text
    assert refusal.possible == ("order_status", "person")


async def test_what_was_packed_after_the_summary_is_not_cancelled(harbour: Harbour) -> None:
    asked = await cancel(harbour)
    shown = await harbour.shown(asked)
    async with harbour.session() as session:
        await order_changes.record_processing(session, asked.order_id, Act("warehouse", harbour.now))
    with pytest.raises(Refused, match="already being packed"):
        await harbour.says_yes(asked, to=shown)


async def test_two_cancellations_at_once_refund_once(harbour: Harbour) -> None:
    asked = await cancel(harbour)
    shown = await harbour.shown(asked)
    both = await asyncio.gather(*(harbour.says_yes(asked, to=shown, key="k") for _ in range(2)), return_exceptions=True)
    assert [type(one).__name__ for one in both] == ["Done", "Done"]
    async with harbour.session() as session:
        assert len(await transfers.of_order(session, asked.order_id)) == 1


async def test_a_new_address_is_shown_beside_the_old_one(harbour: Harbour) -> None:
    was = (await harbour.order(PENDING)).address.one_line()
    shown = await harbour.shown(await elsewhere(harbour))
    done = await harbour.says_yes(await elsewhere(harbour), to=shown)

    assert shown.lines == (f"Send order #H207007 to {WHERE} instead of {was}",)
    assert done.text == f"Done. Order #H207007 goes to {WHERE}."
    order = await harbour.order(PENDING)
    assert order.address == PINE_STREET
    assert order.customer.address != PINE_STREET


async def test_an_address_may_be_kept_on_file_with_the_same_yes(harbour: Harbour) -> None:
    asked = await elsewhere(harbour, also_on_file=True)
    for _ in range(2):
        done = await harbour.carries_out(asked, By("shop", None, key="k"))
    assert done.text.endswith("It is your address on file now, too.")
    assert (await harbour.order(PENDING)).customer.address == PINE_STREET
    assert await harbour.count("events WHERE kind = 'address_changed'") == 2


@pytest.mark.parametrize(
    ("part", "value", "fault"),
    [
        ("street", " ", "no street"),
        ("zip", "9840", "no zip code"),
        ("city", "", "no city"),
        ("region", "", "no region"),
    ],
)
async def test_what_is_no_address_is_not_taken(harbour: Harbour, part: str, value: str, fault: str) -> None:
    asked = await elsewhere(harbour)
    with pytest.raises(errors.BadInput, match=fault):
        await harbour.shown(replace(asked, address=replace(PINE_STREET, **{part: value})))


async def test_an_order_that_is_packed_keeps_its_address(harbour: Harbour) -> None:
    refusal = await harbour.refused(await elsewhere(harbour, number=PACKED))
    assert refusal.possible == ("order_status", "person")
    with pytest.raises(Refused):
        await harbour.carries_out(await elsewhere(harbour, number=PACKED), By("shop", None))


async def test_the_same_address_again_is_no_change(harbour: Harbour) -> None:
    order = await harbour.order(PENDING)
    refusal = await harbour.refused(ChangeAddress(order.id, order.address))
    assert refusal.text == "Order #H207007 goes to this address already."


async def test_a_gift_card_that_does_not_hold_enough_cannot_take_over(harbour: Harbour) -> None:
    order, methods = await harbour.order(PENDING), await harbour.methods(PENDING)
    refusal = await harbour.refused(ChangePayment(order.id, methods["Gift card ending 2048"].id))
    assert refusal.possible == ("other_method", "person")
    assert refusal.rule_ids


async def test_another_way_to_pay_charges_it_and_gives_back_what_was_paid(harbour: Harbour) -> None:
    order, methods = await harbour.order(PENDING), await harbour.methods(PENDING)
    gift_card = methods["Gift card ending 2048"]
    async with harbour.session() as session:
        row = await session.get(PaymentMethodRow, gift_card.id)
        assert row is not None
        row.balance = order.total
    asked = ChangePayment(order.id, gift_card.id)
    shown = await harbour.shown(asked)
    done = await harbour.says_yes(asked, to=shown)
    assert shown.lines == (
        f"Pay order #H207007 (${order.total}) with Gift card ending 2048",
        f"Then refund ${order.total} to Visa ending 3007: 5-7 business days",
    )
    assert done.text == "Done. Order #H207007 is paid with Gift card ending 2048. What you paid before goes back."
    assert (await harbour.methods(PENDING))["Gift card ending 2048"].balance == Decimal("0.00")
    async with harbour.session() as session:
        moved = await transfers.of_order(session, order.id)
    assert sorted((one.kind, one.state) for one in moved) == [("charge", "succeeded"), ("refund", "requested")]


async def test_the_method_that_paid_is_no_change(harbour: Harbour) -> None:
    order, methods = await harbour.order(PENDING), await harbour.methods(PENDING)
    refusal = await harbour.refused(ChangePayment(order.id, methods["Visa ending 3007"].id))
    assert refusal.text
    with pytest.raises(errors.NotFound):
        await harbour.shown(ChangePayment(order.id, "card_maya"))


async def test_another_size_is_swapped_in_stock(harbour: Harbour) -> None:
    await harbour.set_stock("harbour-hoodie-l-grey", 1)
    medium = await harbour.stock("harbour-hoodie-m-grey")
    shown = await harbour.shown(await other_size(harbour))
    done = await harbour.says_yes(await other_size(harbour), to=shown)

    assert shown.lines[0] == "Send 1 × Harbour Hoodie (size L, grey) instead of size M, grey; same price"
    assert "now holds 1 × Harbour Hoodie (size L, grey), 2 × Steel Bottle (steel)" in done.text
    assert await harbour.stock("harbour-hoodie-l-grey") == 0
    assert await harbour.stock("harbour-hoodie-m-grey") == medium + 1


async def test_a_size_that_sold_out_is_refused(harbour: Harbour) -> None:
    asked = await other_size(harbour)
    shown = await harbour.shown(asked)
    await harbour.set_stock("harbour-hoodie-l-grey", 0)
    with pytest.raises(Refused, match=r"Harbour Hoodie \(size L, grey\) has sold out"):
        await harbour.says_yes(asked, to=shown)
    assert (await harbour.refused(asked)).possible == ("other_variant", "cancel_order")


async def test_another_product_or_none_is_no_change_of_items(harbour: Harbour) -> None:
    asked = await other_size(harbour)
    with pytest.raises(errors.BadInput):
        await harbour.shown(replace(asked, variants={}))
    with pytest.raises(errors.BadInput):
        await harbour.shown(await other_size(harbour, "camp-mug-white"))


async def test_an_address_on_file_is_kept_and_orders_keep_theirs(harbour: Harbour) -> None:
    order = await harbour.order(PENDING)
    asked = ChangeAddressOnFile(order.customer.id, PINE_STREET)
    shown = await harbour.shown(asked)
    done = await harbour.says_yes(asked, to=shown, key="f")
    again = await harbour.says_yes(asked, to=shown, key="f")

    assert shown.lines[0] == f"Keep {WHERE} as your address for the next orders"
    assert done.text == again.text == f"Done. Your address on file is {WHERE}."
    now = await harbour.order(PENDING)
    assert (now.address, now.customer.address) == (order.address, PINE_STREET)


async def test_nothing_of_an_order_changes_once_the_conversation_has_changed_hands(harbour: Harbour) -> None:
    order = await harbour.order(PENDING)
    counter = (await harbour.get()).owner_counter
    await harbour.hand_over()
    for wish in (await cancel(harbour), await elsewhere(harbour), await other_size(harbour)):
        with pytest.raises(conversation_errors.OwnershipMoved):
            await harbour.says_yes(wish, counter=counter)
    assert await harbour.order(PENDING) == order


async def test_several_changes_follow_each_other(harbour: Harbour) -> None:
    await harbour.says_yes(await elsewhere(harbour))
    await harbour.says_yes(await other_size(harbour))
    done = await harbour.says_yes(await cancel(harbour))
    assert done.order is not None
    assert done.order.refunded == Decimal("0.00")
    async with harbour.session() as session:
        (moved,) = await transfers.of_order(session, done.order.id)
    assert moved.amount == done.order.total


async def test_an_unknown_order_is_not_found(harbour: Harbour) -> None:
    async with harbour.session() as session:
        with pytest.raises(errors.NotFound):
            await wishes.propose(session, harbour.desk, CancelOrder(harbour.id, "other"))


async def test_while_a_payment_is_under_way_no_other_way_to_pay_is_proposed(harbour: Harbour) -> None:
    order, methods = await harbour.order(PENDING), await harbour.methods(PENDING)
    hoodie = next(item for item in order.items if item.name == "Harbour Hoodie")
    async with harbour.session() as session:
        variant = await session.get(VariantRow, "harbour-hoodie-l-grey")
        row = await session.get(PaymentMethodRow, methods["Gift card ending 2048"].id)
        assert variant is not None
        assert row is not None
        variant.price, row.balance = hoodie.unit_price + 10, Decimal("500.00")
    dearer = ChangeItems(order.id, {hoodie.id: "harbour-hoodie-l-grey"}, methods["Visa ending 3007"].id)
    await harbour.says_yes(dearer, to=await harbour.shown(dearer))

    refusal = await harbour.refused(ChangePayment(order.id, methods["Gift card ending 2048"].id))
    assert refusal.text == "A payment for order #H207007 is under way; once it is done, this can be changed."
