"""What may still be changed of a return: the outcome, calling it off, more time, a new label."""

import asyncio
from dataclasses import replace

import pytest

from casework import done_words, status_words
from casework.proposal import By, Moved, Refused
from casework.wanted import CancelReturn, ChangeReturn, ExtendReturn, NewLabel, OpenReturn
from conversations import errors as conversation_errors
from kit import errors
from store import records, service
from store.happenings import Act
from store.returns import Return
from tests.casework.harbour import Harbour

pytest_plugins = ["tests.casework.harbour_fixtures"]
pytestmark = pytest.mark.database

LARGE = "wool-sweater-l-grey"


@pytest.fixture
async def harbour(empty_harbour: Harbour) -> Harbour:
    """The shop."""
    await empty_harbour.set_stock(LARGE, 2)
    return empty_harbour


async def sent(harbour: Harbour, rma: str) -> None:
    """Let the parcel leave."""
    async with harbour.session() as session:
        await service.record_parcel(session, rma, "in_transit", Act("warehouse", harbour.now), harbour.desk.book)


async def opened(harbour: Harbour) -> Return:
    """Open a return of the sweater for a refund."""
    return await harbour.opens("H204518", "Wool Sweater")


def exchange(return_: Return) -> ChangeReturn:
    """The larger sweater instead."""
    item = return_.lines[0].order_item_id
    return ChangeReturn(return_.rma, "exchange", "drop_off_qr", exchange_variants={item: (LARGE,)})


async def test_a_refund_becomes_an_exchange_with_stock_reserved_and_the_promise_replaced(harbour: Harbour) -> None:
    return_ = await opened(harbour)
    shown = await harbour.shown(exchange(return_))
    done = await harbour.says_yes(exchange(return_), to=shown)

    assert shown.title == f"Here is what I'll do with return {return_.rma}:"
    assert shown.lines[1].startswith("Send you 1 × Wool Sweater (size L, grey)")
    assert done.text.startswith(f"Done. {return_.rma} is changed. ")
    assert done.return_ is not None
    assert (done.return_.resolution, done.return_.approval) == ("exchange", "approved")
    assert await harbour.stock(LARGE) == 1
    async with harbour.session() as session:
        assert [one.kind for one in await records.promises_of_return(session, return_.id)] == ["exchange"]


async def test_the_last_piece_may_be_kept_in_an_exchange_that_is_changed(harbour: Harbour) -> None:
    return_ = await opened(harbour)
    await harbour.says_yes(exchange(return_))
    await harbour.set_stock(LARGE, 0)
    by_label = ChangeReturn(
        return_.rma, "exchange", "printed_label", exchange_variants=exchange(return_).exchange_variants
    )
    done = await harbour.says_yes(by_label)
    assert done.return_ is not None
    assert (done.return_.method, done.return_.lines[0].exchange_variant_id) == ("printed_label", LARGE)


async def test_a_return_that_was_sent_cannot_be_changed(harbour: Harbour) -> None:
    return_ = await opened(harbour)
    shown = await harbour.shown(exchange(return_))
    await sent(harbour, return_.rma)
    with pytest.raises(Refused, match="can't be changed any more"):
        await harbour.says_yes(exchange(return_), to=shown)
    assert (await harbour.refused(exchange(return_))).possible == ("return_status", "person")


async def test_a_change_with_one_key_happens_once(harbour: Harbour) -> None:
    return_ = await opened(harbour)
    shown = await harbour.shown(exchange(return_))
    both = await asyncio.gather(*(harbour.says_yes(exchange(return_), to=shown, key="m2") for _ in range(2)))
    assert both[0].text == both[1].text
    assert await harbour.stock(LARGE) == 1


async def test_calling_off_says_what_stops_and_frees_the_items(harbour: Harbour) -> None:
    return_ = await opened(harbour)
    shown = await harbour.shown(CancelReturn(return_.rma))
    done = await harbour.says_yes(CancelReturn(return_.rma), to=shown)

    assert shown.lines == (
        f"Call off {return_.rma} (Wool Sweater); its label stops working",
        "You keep the items",
        "Nothing is refunded",
    )
    assert done.text == f"Done. {return_.rma} is called off; please don't use its label. You keep the items."
    assert done.label is None
    await opened(harbour)


async def test_calling_off_twice_at_once_happens_once(harbour: Harbour) -> None:
    return_ = await opened(harbour)
    shown = await harbour.shown(CancelReturn(return_.rma))
    both = await asyncio.gather(
        *(harbour.says_yes(CancelReturn(return_.rma), to=shown) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in both) == ["Done", "Refused"]


async def test_what_is_on_its_way_cannot_be_called_off(harbour: Harbour) -> None:
    return_ = await opened(harbour)
    await sent(harbour, return_.rma)
    refusal = await harbour.refused(CancelReturn(return_.rma))
    assert refusal.text == f"{return_.rma} can't be called off any more: parcel on its way to us."


async def test_what_is_called_off_already_is_told_so(harbour: Harbour) -> None:
    return_ = await opened(harbour)
    await harbour.says_yes(CancelReturn(return_.rma))
    assert (await harbour.refused(CancelReturn(return_.rma))).text == f"{return_.rma} is called off already."


async def test_a_return_whose_money_is_on_its_way_is_neither_called_off_nor_changed(harbour: Harbour) -> None:
    order = await harbour.order("H204518")
    mug = await harbour.lines("H204518", "Camp Mug", why="damaged")
    done = await harbour.says_yes(OpenReturn(order.id, mug, "refund", "keep"))
    assert done.return_ is not None
    rma = done.return_.rma
    for wish in (CancelReturn(rma), ChangeReturn(rma, "store_credit", "keep")):
        refusal = await harbour.refused(wish)
        assert "any more: approved, money under way." in refusal.text
        assert refusal.possible == ("return_status", "person")


async def test_more_time_is_given_once(harbour: Harbour) -> None:
    return_ = await opened(harbour)
    shown = await harbour.shown(ExtendReturn(return_.rma))
    done = await harbour.says_yes(ExtendReturn(return_.rma), to=shown)

    assert shown.lines[0] == (
        f"You can send the parcel of {return_.rma} until 14 December 2026 instead of 7 December 2026; "
        "the label works as long"
    )
    assert (
        done.text == f"Done. You can send the parcel of {return_.rma} until 14 December 2026; the label works as long."
    )
    refusal = await harbour.refused(ExtendReturn(return_.rma))
    assert refusal.text == f"The time for {return_.rma} was extended already; it is 14 December 2026."
    assert refusal.rule_ids == ("label.extension",)


async def test_a_return_to_a_store_and_a_gifts_are_spoken_of_as_what_they_are(harbour: Harbour) -> None:
    return_ = await opened(harbour)
    to_store, gift = replace(return_, method="store"), replace(return_, settlement="credited", gift=True)
    assert status_words.state(to_store) == "not brought to a store yet"
    assert done_words.extended(to_store).startswith(f"Done. You can bring the items of {return_.rma} to a store until ")
    assert status_words.state(gift) == "gift card sent"


async def test_a_parcel_on_its_way_needs_no_more_time(harbour: Harbour) -> None:
    return_ = await opened(harbour)
    await sent(harbour, return_.rma)
    assert "can't be extended" in (await harbour.refused(ExtendReturn(return_.rma))).text


async def test_a_new_label_works_from_now(harbour: Harbour) -> None:
    return_ = await opened(harbour)
    harbour.wait(days=20)
    async with harbour.session() as session:
        await service.expire_labels(session, harbour.now)
    assert (await harbour.refused(ExtendReturn(return_.rma))).possible == ("new_label", "person")
    shown = await harbour.shown(NewLabel(return_.rma))
    done = await harbour.says_yes(NewLabel(return_.rma), to=shown)

    assert shown.lines[0] == f"Make a new label for {return_.rma}, which works until 27 December 2026"
    assert done.text == f"Here is a new label for {return_.rma}; please use this one. It works until 27 December 2026."
    assert done.label is not None


async def test_what_was_extended_keeps_its_day_with_a_new_label_and_with_a_change(harbour: Harbour) -> None:
    return_ = await opened(harbour)
    await harbour.says_yes(ExtendReturn(return_.rma), to=await harbour.shown(ExtendReturn(return_.rma)))
    for wish, line in (
        (NewLabel(return_.rma), f"Make a new label for {return_.rma}, which works until 14 December 2026"),
        (
            exchange(return_),
            "You send it: Drop-off with a QR code (free); the label works for 21 days, until 14 December 2026",
        ),
    ):
        shown = await harbour.shown(wish)
        done = await harbour.says_yes(wish, to=shown)
        assert line in shown.lines
        assert "14 December 2026" in done.text


async def test_a_return_that_waits_for_a_person_has_no_label_yet(harbour: Harbour) -> None:
    waiting = await harbour.opens("H206001", "Compact Camera")
    refusal = await harbour.refused(NewLabel(waiting.rma))
    assert refusal.text == f"{waiting.rma} waits for a decision; its label comes with the approval."


async def test_a_yes_to_an_older_summary_changes_nothing(harbour: Harbour) -> None:
    return_ = await opened(harbour)
    shown = await harbour.shown(NewLabel(return_.rma))
    harbour.wait(days=1)
    with pytest.raises(Moved):
        await harbour.says_yes(NewLabel(return_.rma), to=shown)


async def test_nothing_changes_once_the_conversation_has_changed_hands(harbour: Harbour) -> None:
    return_ = await opened(harbour)
    counter = (await harbour.get()).owner_counter
    await harbour.hand_over()
    for wish in (CancelReturn(return_.rma), ExtendReturn(return_.rma), NewLabel(return_.rma), exchange(return_)):
        with pytest.raises(conversation_errors.OwnershipMoved):
            await harbour.says_yes(wish, counter=counter)
    assert await harbour.stored(return_.rma) == return_


async def test_an_unknown_return_is_not_found(harbour: Harbour) -> None:
    for wish in (CancelReturn("RMA-0000-0000"), ExtendReturn("nonsense"), NewLabel("RMA-0000-0000")):
        with pytest.raises(errors.NotFound):
            await harbour.shown(wish)
        with pytest.raises(errors.NotFound):
            await harbour.carries_out(wish, By("shop", None))
