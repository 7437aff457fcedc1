"""How an order, a return and its money stand, in the words that a customer reads."""

import pytest

from casework import statuses
from casework.statuses import OrderStatus, ReturnStatus
from casework.wanted import CancelOrder, OpenReturn
from store import service, transfers
from store.happenings import Act
from store.returns import Parcel
from tests.casework.harbour import Harbour

pytest_plugins = ["tests.casework.harbour_fixtures"]
pytestmark = pytest.mark.database


@pytest.fixture
async def harbour(empty_harbour: Harbour) -> Harbour:
    """The shop."""
    return empty_harbour


async def order_status(harbour: Harbour, number: str) -> OrderStatus:
    """Ask how an order stands."""
    order = await harbour.order(number)
    async with harbour.session() as session:
        return await statuses.order_status(session, harbour.desk, order)


async def status(harbour: Harbour, number: str) -> ReturnStatus:
    """Ask how the newest return of an order stands."""
    return (await order_status(harbour, number)).returns[0]


async def comes(harbour: Harbour, rma: str, *parcels: Parcel) -> None:
    """Let the parcel come."""
    for parcel in parcels:
        async with harbour.session() as session:
            await service.record_parcel(session, rma, parcel, Act("warehouse", harbour.now), harbour.desk.book)


async def test_a_return_that_is_to_be_sent_says_until_when_and_what_follows(harbour: Harbour) -> None:
    opened = await harbour.opens("H204518", "Wool Sweater")
    assert (await status(harbour, "H204518")).text == (
        f"Return {opened.rma}, opened on 23 November 2026: label ready, parcel not sent yet. "
        "Please send the parcel by 7 December 2026; your refund of $64.00 follows once we have checked it."
    )


async def test_a_return_that_waits_for_a_person_says_by_when_they_decide(harbour: Harbour) -> None:
    await harbour.opens("H206001", "Compact Camera")
    assert (await status(harbour, "H206001")).next == (
        "A person on our team decides about it by 25 November 2026; please don't send anything yet.",
    )


async def test_a_parcel_that_is_here_says_by_when_the_money_comes(harbour: Harbour) -> None:
    opened = await harbour.opens("H204518", "Wool Sweater")
    await comes(harbour, opened.rma, "received")
    stored = await harbour.stored(opened.rma)
    assert stored.refund_due_on is not None
    due = f"{stored.refund_due_on.day} December 2026"
    assert (await status(harbour, "H204518")).next == (f"Your refund of $64.00 follows once it is checked, by {due}.",)


async def test_money_on_its_way_says_where_it_goes_and_until_when(harbour: Harbour) -> None:
    opened = await harbour.opens("H204518", "Wool Sweater")
    await comes(harbour, opened.rma, "received", "inspected")
    async with harbour.session() as session:
        await service.settle(session, opened.rma, Act("warehouse", harbour.now), harbour.desk.book)
    (sentence,) = (await status(harbour, "H204518")).money
    assert sentence.startswith("$64.00 is on its way to Visa ending 4242; it is there by ")

    async with harbour.session() as session:
        (moved,) = await transfers.of_return(session, opened.id)
        await transfers.mark_sent(session, moved.id, harbour.now)
        await transfers.succeed(session, moved.id, "re_1", harbour.now)
    assert (await status(harbour, "H204518")).money == ("We sent $64.00 to Visa ending 4242 on 23 November 2026.",)


async def test_money_that_could_not_be_sent_is_told_as_it_is(harbour: Harbour) -> None:
    opened = await harbour.opens("H204518", "Wool Sweater")
    await comes(harbour, opened.rma, "received", "inspected")
    async with harbour.session() as session:
        await service.settle(session, opened.rma, Act("warehouse", harbour.now), harbour.desk.book)
        (moved,) = await transfers.of_return(session, opened.id)
        await transfers.mark_sent(session, moved.id, harbour.now)
        await transfers.fail(session, moved.id, "card closed", harbour.now)
    assert (await status(harbour, "H204518")).money == (
        "$64.00 could not be sent to Visa ending 4242 yet; a person on our team is looking into it.",
    )


async def test_an_exchange_is_followed_until_it_left(harbour: Harbour) -> None:
    await harbour.set_stock("wool-sweater-l-grey", 1)
    order = await harbour.order("H204518")
    (line,) = await harbour.lines("H204518", "Wool Sweater")
    wanted = {line.order_item_id: ("wool-sweater-l-grey",)}
    done = await harbour.says_yes(OpenReturn(order.id, (line,), "exchange", "drop_off_qr", exchange_variants=wanted))
    assert done.return_ is not None
    rma = done.return_.rma
    await comes(harbour, rma, "received", "inspected")
    async with harbour.session() as session:
        await service.settle(session, rma, Act("warehouse", harbour.now), harbour.desk.book)
    assert (await status(harbour, "H204518")).next == ("Your exchange is being packed; we tell you when it leaves.",)
    async with harbour.session() as session:
        await service.send_exchange(session, rma, Act("warehouse", harbour.now), "HP77")
    assert (await status(harbour, "H204518")).next == ("We sent you the exchange; tracking number HP77.",)


async def test_an_order_on_its_way_has_its_day_and_tracking_number(harbour: Harbour) -> None:
    text = (await order_status(harbour, "H206002")).text
    assert text.startswith("Order #H206002 is on its way to you, sent on 21 November 2026. Tracking number: ")


async def test_a_cancelled_order_says_what_comes_back_and_by_when(harbour: Harbour) -> None:
    order = await harbour.order("H205120")
    await harbour.says_yes(CancelOrder(order.id, "other"))
    found = await order_status(harbour, "H205120")
    assert found.text.startswith(f"Order #H205120 was cancelled. ${order.total} is on its way to Visa ending 4242; it")
    assert found.promises[0].amount == order.total


async def test_the_return_of_a_gift_is_seen_by_whoever_was_given_it_only(harbour: Harbour) -> None:
    order = await harbour.order("H207004")
    lines = await harbour.lines("H207004", "Linen Pillow")
    await harbour.prove(gift_code="GIFT-7Q4M-2X9K")
    done = await harbour.says_yes(OpenReturn(order.id, lines, "store_credit", "drop_off_qr", gift=True))
    payer = await harbour.another("the payer")
    await payer.prove(order_number="H207004", zip="98109")

    async with harbour.session() as session:
        given = await statuses.of_order(session, await harbour.get(), "H207004", gift=True)
        paid = await statuses.of_order(session, await payer.get(), "H207004")
    assert given is not None
    assert paid is not None
    assert [one.rma for one in given.returns] == [done.return_.rma if done.return_ else ""]
    assert paid.returns == ()
