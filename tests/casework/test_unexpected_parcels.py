"""A parcel arrives for a return that was called off: the goods are here, so a person looks, and the customer knows."""

import uuid
from typing import Literal

import pytest

from casework import shop_events
from casework.proposal import By
from casework.wanted import CancelReturn
from handoff import repository as handoffs
from handoff.ticket import Reason
from store import service
from store.happenings import Act
from tests.casework.post import LABEL, Post

pytest_plugins = ["tests.casework.harbour_fixtures", "tests.casework.post_fixtures"]
pytestmark = pytest.mark.database


async def arrives(post: Post, kind: Literal["parcel.received", "parcel.in_transit"] = "parcel.received") -> str:
    """Let the warehouse tell of the parcel; returns why that was refused."""
    data = shop_events.AboutParcel(rma=LABEL)
    event = shop_events.ParcelMoved(id=str(uuid.uuid4()), type=kind, data=data)
    return (await shop_events.take(post.desk, "warehouse", event)).problem


async def test_a_parcel_for_a_return_that_was_called_off_brings_a_person_and_is_told_once(post: Post) -> None:
    await post.carries_out(CancelReturn(LABEL), By("api:shop", None, told=True))
    assert "no parcel is expected" in await arrives(post)
    await arrives(post)
    own = await post.own("H206006")
    assert own is not None
    async with post.session() as session:
        ticket = await handoffs.open_of(session, own.id)
    assert ticket is not None
    assert ticket.reason is Reason.POLICY
    assert f"A parcel has arrived for {LABEL}, which is cancelled" in ticket.detail
    said = [one.text for one in await post.told(own.id)]
    news = f"A parcel for your return {LABEL} has arrived. The return was called off."
    assert sum(one.startswith(news) for one in said) == 1


async def test_a_parcel_that_comes_after_its_label_has_expired_is_taken_in(post: Post) -> None:
    post.wait(days=40)
    async with post.session() as session:
        assert LABEL in await service.expire_labels(session, post.now)
    assert await arrives(post) == ""
    assert (await post.stored(LABEL)).parcel == "received"
    assert await post.own("H206006") is None


async def test_a_parcel_that_is_only_on_its_way_brings_nobody(post: Post) -> None:
    async with post.session() as session:
        await service.cancel_return(session, LABEL, Act("customer", post.now, told=True))
    assert "no parcel is expected" in await arrives(post, "parcel.in_transit")
    assert await post.own("H206006") is None
