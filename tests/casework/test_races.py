"""An order is changed from one side while somebody is busy in its customer's conversation on the other."""

import asyncio
from dataclasses import replace

import pytest

from casework import wishes
from casework.proposal import By
from casework.wanted import CancelReturn, ChangeAddress, ExtendReturn, OpenReturn
from conversations import repository as conversations
from kit import ids
from store.order import Address
from tests.casework.post import LABEL, Post

pytest_plugins = ["tests.casework.harbour_fixtures", "tests.casework.post_fixtures"]
pytestmark = pytest.mark.database
SHOP = By("api:shop", None)


async def test_the_shop_changes_an_order_while_its_customer_is_busy_in_the_orders_own_conversation(post: Post) -> None:
    """Else the customer's yes, which holds the conversation and waits for the order, would wait in a circle."""
    await post.carries_out(ExtendReturn(LABEL), SHOP)
    own = await post.own("H206006")
    assert own is not None
    async with post.session() as customers:
        await conversations.lock(customers, own.id)
        await asyncio.wait_for(post.carries_out(CancelReturn(LABEL), SHOP), 5)
    assert (await post.stored(LABEL)).approval == "cancelled"


async def test_the_shop_changes_a_return_while_its_customer_is_busy_in_the_conversation_that_it_came_from(
    post: Post,
) -> None:
    await post.prove(order_number="H204518", email="maya.torres@example.com")
    opened = await post.opens("H204518", "Wool Sweater")
    async with post.session() as customers:
        await conversations.lock(customers, post.id)
        await asyncio.wait_for(post.carries_out(CancelReturn(opened.rma), SHOP), 5)
    assert (await post.stored(opened.rma)).approval == "cancelled"


async def test_the_label_of_a_new_return_is_ordered_under_a_number_that_no_return_has(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = [LABEL, LABEL, "RMA-7654-3214"]
    monkeypatch.setattr(ids, "new_rma_number", lambda: drawn.pop(0))
    order = await post.order("H204518")
    wish = OpenReturn(order.id, await post.lines("H204518", "Wool Sweater"), "refund", "drop_off_qr")
    ticket = await wishes.prepare(post.desk, wish)
    assert ticket is not None
    assert (ticket.rma, post.carrier.ordered) == ("RMA-7654-3214", ["RMA-7654-3214"])


async def test_one_key_for_changes_of_two_orders_at_once_does_one_of_them_and_says_so(post: Post) -> None:
    pending, other = await post.order("H205120"), await post.order("H207007")
    by = replace(SHOP, key="the-same")
    wanted = [
        ChangeAddress(one.id, Address("12 Pine Street", "", "Astoria", "OR", "97103")) for one in (pending, other)
    ]
    done = await asyncio.gather(*(post.carries_out(wish, by) for wish in wanted), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "Done"]
