"""What an act of an agent would come to is known before: the very words, and nothing of it stays."""

import pytest

from casework import order_desk, order_words
from casework.order_desk import Override
from casework.rehearsal import rehearse
from casework.wanted import CancelOrder, ChangeAddress
from conversations.message import Author
from handoff.ticket import Reason
from kit import errors
from store import repository
from store.decision import RequestLine
from store.order import Address
from tests.casework.harbour import ANA, Harbour

pytestmark = pytest.mark.database
pytest_plugins = ("tests.casework.harbour_fixtures",)
ELSEWHERE = Address("12 Pine Street", "", "Seattle", "WA", "98101", "US")


@pytest.fixture
async def harbour(empty_harbour: Harbour) -> Harbour:
    """A conversation with Jonas, who has proved an order, and which Ana has."""
    await empty_harbour.prove(order_number="H206001", zip="60614")
    await empty_harbour.opens("H206001", "Compact Camera")
    await empty_harbour.hand_over(Reason.POLICY)
    await empty_harbour.claim()
    return empty_harbour


async def test_the_words_that_were_shown_are_the_words_that_are_said_and_nothing_happens_before(
    harbour: Harbour,
) -> None:
    async with harbour.session() as session:
        order = await harbour.order("H206001")
        (waiting,) = await repository.returns_of_order(session, order.id)
    before = len(await harbour.said(Author.SYSTEM))

    seen = await rehearse(harbour.desk, ANA, lambda desk: order_desk.approve(desk, waiting.rma, ANA, harbour.id))

    assert (await harbour.stored(waiting.rma)).approval == "requested"
    assert len(await harbour.said(Author.SYSTEM)) == before
    assert harbour.carrier.ordered == []
    assert await harbour.audited() == []
    done = await order_desk.approve(harbour.desk, waiting.rma, ANA, harbour.id)
    assert (seen.here, seen.notice) == (done.text, "")


async def test_what_is_not_said_in_a_conversation_is_shown_as_the_notice_that_follows(harbour: Harbour) -> None:
    order = await harbour.order("H207007")
    wish = ChangeAddress(order.id, ELSEWHERE)

    seen = await rehearse(harbour.desk, ANA, lambda desk: order_desk.change_order(desk, wish, ANA, None))

    assert seen.here == ""
    assert seen.notice == "Your order #H207007 now goes to 12 Pine Street, Seattle, WA 98101, US."
    assert (await harbour.order("H207007")).address == order.address


async def test_what_would_stop_an_act_is_known_before(harbour: Harbour) -> None:
    order = await harbour.order("H206007")
    wish = CancelOrder(order.id, "no_longer_needed")

    with pytest.raises(errors.Conflict, match="already being packed"):
        await rehearse(harbour.desk, ANA, lambda desk: order_desk.change_order(desk, wish, ANA, None))


async def test_an_order_says_why_it_cannot_be_changed_and_who_changed_it(harbour: Harbour) -> None:
    async with harbour.session() as session:
        packed = await order_desk.view(session, harbour.desk, await harbour.order("H206007"))
    assert set(packed.refused) == {"open_return", "cancel", "change_address", "change_payment", "change_items"}
    assert "already being packed" in packed.refused["cancel"]
    pending = await harbour.order("H207007")
    await order_desk.change_order(harbour.desk, ChangeAddress(pending.id, ELSEWHERE), ANA, None, "She has moved")
    async with harbour.session() as session:
        changed = await order_desk.view(session, harbour.desk, pending)
    assert set(changed.refused) == {"open_return"}
    assert changed.timeline[-1].sentence == f"{ANA} changed the address of order #H207007: “She has moved”"


async def test_an_agent_names_a_second_choice_in_an_exchange_against_the_policy(harbour: Harbour) -> None:
    order = await harbour.order("H207005")
    (item,) = order.items
    async with harbour.session() as session:
        first, second, *_ = [
            one
            for one in await repository.variants_of_product(session, item.product_id)
            if one.id != item.variant_id and one.stock
        ]
    lines = (RequestLine(item.id, 1, "too_small"),)
    wanted = Override(
        "H207005", lines, "exchange", "drop_off_qr", None, "A gift", {item.id: first.id}, {item.id: second.id}
    )

    opened = (await order_desk.override(harbour.desk, wanted, ANA, None)).return_

    assert opened.lines[0].exchange_variant_id == first.id
    async with harbour.session() as session:
        (seen,) = (await order_desk.view(session, harbour.desk, order)).returns
    assert [one.sentence for one in seen.events if "reserved" in one.sentence] == [
        f"What {opened.rma} is exchanged for was reserved"
    ]
    assert order_words.standing(opened).startswith("Approved")
