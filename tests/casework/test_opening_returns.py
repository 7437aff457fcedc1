"""Opening a return: what is shown before the yes, what the yes does, and what it does not cover."""

import asyncio
import io
from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

import pypdf
import pytest

from casework import handovers, labels, returns
from casework.proposal import By, Moved, Refused
from casework.wanted import OpenReturn
from conversations import attachments
from conversations import errors as conversation_errors
from conversations.conversation import Owner
from conversations.message import Author
from handoff.ticket import Reason
from kit import errors
from store import records, repository, transfers
from store.decision import RequestLine
from store.returns import Method, Resolution
from store.returns import Reason as Why
from tests.casework.harbour import ANA, NOW, Harbour

pytest_plugins = ["tests.casework.harbour_fixtures"]
pytestmark = pytest.mark.database


@pytest.fixture
async def harbour(empty_harbour: Harbour) -> Harbour:
    """A customer who has proved nothing: that is the faces' matter."""
    return empty_harbour


async def wish(
    harbour: Harbour,
    number: str = "H204518",
    items: tuple[str, ...] = ("Wool Sweater",),
    resolution: Resolution = "refund",
    method: Method = "drop_off_qr",
    *,
    why: Why = "no_longer_needed",
    **more: object,
) -> OpenReturn:
    """One piece each of some items of an order."""
    order = await harbour.order(number)
    lines = await harbour.lines(number, *items, why=why)
    return OpenReturn(order.id, lines, resolution, method, **more)  # type: ignore[arg-type]


async def item_of(harbour: Harbour, number: str, name: str) -> UUID:
    """Return the id of an item."""
    return next(one.id for one in (await harbour.order(number)).items if one.name == name)


async def test_what_is_shown_names_items_amount_place_day_method_fee_and_last_day(harbour: Harbour) -> None:
    shown = await harbour.shown(await wish(harbour, method="printed_label"))

    assert shown.title == "Here is what I'll do for order #H204518:"
    assert shown.lines == (
        "Take back Wool Sweater (size M, grey)",
        (
            "Refund $58.05 (return shipping -$5.95) to Visa ending 4242: "
            "5-7 business days after we have checked the parcel"
        ),
        "You send it: Printed label ($5.95); the label works for 14 days, until 7 December 2026",
    )
    assert shown.needs_person is None
    assert await harbour.count("returns WHERE opened_at = '2026-11-23 18:00+00'") == 0


async def test_a_yes_opens_the_return_with_number_label_receipt_and_promise(harbour: Harbour) -> None:
    done = await harbour.says_yes(await wish(harbour))

    assert done.return_ is not None
    rma = done.return_.rma
    assert done.text == (
        f"Done. Your return number is {rma}. Your label is below; please send the parcel by 7 December 2026. "
        "Your refund of $64.00 goes out once we have checked the parcel."
    )
    assert done.label is not None
    assert done.label.name == f"Return label {rma}.pdf"
    assert done.return_.conversation_id == harbour.id
    assert await harbour.events(rma) == [("customer", "opened"), ("policy", "approved"), ("policy", "label_issued")]
    async with harbour.session() as session:
        assert done.return_.id in await records.receipts_of(session, [done.return_.id])
        (promise,) = await records.promises_of_return(session, done.return_.id)
    assert promise.amount == Decimal("64.00")


async def test_amounts_are_worked_out_line_by_line_with_discount_and_tax(harbour: Harbour) -> None:
    shown = await harbour.shown(await wish(harbour, "H207002", ("City Sneaker", "Stone Mug")))

    sneaker, mug, refund, _ = shown.lines
    assert "paid after $7.40 discount + $4.16 tax = $" in sneaker
    assert mug.startswith("Take back 1 × Stone Mug (slate): $")
    assert refund.startswith("Refund $")


async def test_several_payments_are_shown_as_parts_and_none_asks_for_a_person(harbour: Harbour) -> None:
    shown = await harbour.shown(await wish(harbour, "H207003", ("Day Backpack", "Steel Bottle")))

    assert any("in 2 parts, the way it was paid" in line for line in shown.lines)
    assert any(line.startswith("$40.00 to Gift card ending 9163") for line in shown.lines)
    assert shown.needs_person is None
    done = await harbour.says_yes(await wish(harbour, "H207003", ("Day Backpack", "Steel Bottle")))
    assert done.return_ is not None
    assert done.return_.refund_to is None


async def test_store_credit_shows_its_bonus(harbour: Harbour) -> None:
    shown = await harbour.shown(await wish(harbour, resolution="store_credit"))
    assert any(line.startswith("Give you $70.40 store credit (bonus +$6.40)") for line in shown.lines)
    done = await harbour.says_yes(await wish(harbour, resolution="store_credit"))
    assert "Your store credit of $70.40 comes once we have checked the parcel" in done.text


async def test_only_some_pieces_come_back_and_the_rest_can_follow(harbour: Harbour) -> None:
    mug = await item_of(harbour, "H204518", "Camp Mug")
    order = await harbour.order("H204518")
    one = OpenReturn(order.id, (RequestLine(mug, 1, "no_longer_needed"),), "refund", "drop_off_qr")
    await harbour.says_yes(one)
    await harbour.says_yes(one)

    refusal = await harbour.refused(one)
    assert refusal.text == "The Camp Mug is already part of a return."
    assert refusal.possible == ("return_status", "other_items", "person")
    assert refusal.rule_ids == ("quantity.left",)


async def test_returns_of_several_orders_do_not_touch_each_other(harbour: Harbour) -> None:
    first = await harbour.says_yes(await wish(harbour, "H206005", ("Stone Mug",)))
    second = await harbour.says_yes(await wish(harbour, "H204518", ("Wool Sweater",)))
    assert first.return_ is not None
    assert second.return_ is not None
    assert first.return_.order_id != second.return_.order_id


async def test_a_return_in_a_store_is_brought_and_not_sent(harbour: Harbour) -> None:
    asked = await wish(harbour, method="store")
    assert (await harbour.shown(asked)).lines[-1].startswith("You bring it: Return in a store (free); the code for it")
    assert "Please bring it to one of our stores by 7 December 2026" in (await harbour.says_yes(asked)).text


async def test_a_damaged_item_of_little_worth_is_kept_and_its_money_leaves_at_once(harbour: Harbour) -> None:
    asked = await wish(harbour, "H204518", ("Camp Mug",), method="keep", why="damaged")
    shown = await harbour.shown(asked)
    done = await harbour.says_yes(asked, to=shown)

    assert shown.lines[0] == "Keep 1 × Camp Mug (white)"
    assert shown.lines[-1] == "You send nothing back"
    assert done.label is None
    assert done.return_ is not None
    assert "You don't need to send anything back. Your refund of $14.00 is on its way" in done.text
    async with harbour.session() as session:
        (moved,) = await transfers.of_return(session, done.return_.id)
    assert (moved.amount, moved.state) == (Decimal("14.00"), "requested")


async def test_what_is_kept_cannot_be_sent(harbour: Harbour) -> None:
    refusal = await harbour.refused(await wish(harbour, "H204518", ("Camp Mug",), why="damaged"))
    assert refusal.text == "That way isn't possible for this. Keep it, nothing to send."


async def test_a_photo_is_asked_for_before_anything_is_done(harbour: Harbour) -> None:
    asked = await wish(harbour, "H206001", ("Compact Camera",), why="damaged")
    refusal = await harbour.refused(asked)
    assert refusal.text == "For this we need a photo of the Compact Camera."
    assert refusal.instead == ("Send a photo of it and we can go on.", "A person on our team can have a look.")

    async with harbour.session() as session:
        photo = attachments.File("camera.png", "image/png", b"a picture", uuid4())
        await attachments.keep_for(session, harbour.id, photo, NOW)
    with_photo = replace(asked, lines=tuple(replace(line, photos=(photo.id,)) for line in asked.lines))
    assert (await harbour.shown(with_photo)).lines


async def test_a_photo_that_nobody_has_sent_is_none(harbour: Harbour) -> None:
    asked = await wish(harbour, "H206001", ("Compact Camera",), why="damaged")
    made_up = replace(asked, lines=tuple(replace(line, photos=(uuid4(),)) for line in asked.lines))
    with pytest.raises(errors.BadInput, match="is not known"):
        await harbour.shown(made_up)


async def test_what_the_policy_refuses_is_refused_kindly_with_what_is_possible(harbour: Harbour) -> None:
    asked = await wish(harbour, "H204777", ("Merino Scarf",))
    refusal = await harbour.refused(asked)
    assert "final-sale" in refusal.text
    assert refusal.possible == ("faulty", "other_items", "person")

    with pytest.raises(Refused, match="final-sale") as raised:
        await harbour.carries_out(asked, By("shop", None))
    assert raised.value.refusal == refusal


async def test_an_order_that_was_not_sent_can_be_cancelled_instead(harbour: Harbour) -> None:
    refusal = await harbour.refused(await wish(harbour, "H205120", ("Rain Jacket",)))
    assert refusal.instead[0] == "You can cancel the order instead."


async def test_an_unknown_place_for_the_money_is_refused_with_those_there_are(harbour: Harbour) -> None:
    refusal = await harbour.refused(await wish(harbour, refund_to="gift_card_of_somebody"))
    assert refusal.text == "The money for this can go to Visa ending 4242; please choose one of them."


async def test_a_yes_without_its_mark_is_no_yes(harbour: Harbour) -> None:
    with pytest.raises(errors.NotAllowed):
        await harbour.carries_out(await wish(harbour), By("customer", harbour.id))


async def test_a_yes_to_something_else_changes_nothing(harbour: Harbour) -> None:
    sweater = await harbour.shown(await wish(harbour))
    before = await harbour.count("returns")
    with pytest.raises(Moved) as raised:
        await harbour.says_yes(await wish(harbour, resolution="store_credit"), to=sweater)
    assert raised.value.proposal.lines[1].startswith("Give you $70.40 store credit")
    assert await harbour.count("returns") == before


async def test_a_yes_that_comes_days_later_is_asked_again_for_the_day_has_moved(harbour: Harbour) -> None:
    asked = await wish(harbour)
    shown = await harbour.shown(asked)
    harbour.wait(days=2)
    with pytest.raises(Moved):
        await harbour.says_yes(asked, to=shown)


async def test_the_same_key_twice_opens_one_return_and_says_the_same(harbour: Harbour) -> None:
    asked = await wish(harbour)
    shown = await harbour.shown(asked)
    first = await harbour.says_yes(asked, to=shown, key="m1")
    second = await harbour.says_yes(asked, to=shown, key="m1")

    assert (first.text, first.return_) == (second.text, second.return_)
    assert len(await harbour.events(first.return_.rma if first.return_ else "")) == 3


async def test_two_yes_at_once_with_one_key_open_one_return(harbour: Harbour) -> None:
    asked = await wish(harbour)
    shown = await harbour.shown(asked)
    before = await harbour.count("returns")
    both = await asyncio.gather(*(harbour.says_yes(asked, to=shown, key="m1") for _ in range(2)))
    assert both[0].return_ == both[1].return_
    assert await harbour.count("returns") == before + 1


async def test_of_two_yes_at_once_for_the_last_piece_one_is_refused(harbour: Harbour) -> None:
    asked = await wish(harbour)
    shown = await harbour.shown(asked)
    other = await harbour.another("another browser")
    both = await asyncio.gather(
        harbour.says_yes(asked, to=shown), other.says_yes(asked, to=shown), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in both) == ["Done", "Refused"]


async def test_nothing_is_written_once_the_conversation_has_changed_hands(harbour: Harbour) -> None:
    asked = await wish(harbour)
    shown = await harbour.shown(asked)
    counter = (await harbour.get()).owner_counter
    await harbour.hand_over()
    before = await harbour.count("returns")
    with pytest.raises(conversation_errors.OwnershipMoved):
        await harbour.says_yes(asked, to=shown, counter=counter)
    assert await harbour.count("returns") == before


async def test_what_a_person_decides_goes_to_one_and_the_customer_is_told_in_the_same_step(harbour: Harbour) -> None:
    asked = await wish(harbour, "H206001", ("Compact Camera",))
    shown = await harbour.shown(asked)
    done = await harbour.says_yes(asked, to=shown, first="All right.", trigger={"seq": 1})

    assert shown.needs_person == "One of our people approves returns above $300.00."
    assert shown.lines[-1] == f"{shown.needs_person} You have an answer by 25 November 2026"
    assert done.handed_over
    assert done.label is None
    assert (await harbour.get()).owner is Owner.QUEUE
    (line,) = await harbour.said(Author.SYSTEM)
    assert line.text.startswith(f"All right.\n\n{done.text}\n\n")
    async with harbour.session() as session:
        ticket = await handovers.ticket_of(session, harbour.id)
    assert ticket is not None
    assert (ticket.reason, ticket.trigger) == (Reason.HIGH_VALUE, {"seq": 1})


async def test_what_the_shop_opens_and_a_person_decides_reaches_one_too(harbour: Harbour) -> None:
    done = await harbour.carries_out(await wish(harbour, "H206001", ("Compact Camera",)), By("shop", None, key="k1"))

    assert done.handed_over
    assert done.return_ is not None
    assert done.return_.conversation_id is not None
    async with harbour.session() as session:
        ticket = await handovers.ticket_of(session, done.return_.conversation_id)
    assert ticket is not None
    assert ticket.waits


async def test_an_agent_who_opens_it_is_the_person_who_decides(harbour: Harbour) -> None:
    done = await harbour.carries_out(
        await wish(harbour, "H206001", ("Compact Camera",)), By(ANA, None, decides=True, told=True)
    )
    assert not done.handed_over
    assert done.return_ is not None
    assert (done.return_.approval, done.return_.parcel) == ("approved", "label_issued")


async def test_what_nobody_has_told_yet_is_left_to_the_notices(harbour: Harbour) -> None:
    done = await harbour.carries_out(await wish(harbour), By("shop", None))
    assert done.return_ is not None
    untold = f"events WHERE told_at IS NULL AND return_id = '{done.return_.id}'"
    assert await harbour.count(untold) == 3


async def test_refund_exchange_and_credit_stand_side_by_side_and_nothing_is_written(harbour: Harbour) -> None:
    order = await harbour.order("H204518")
    before = await harbour.count("events")
    async with harbour.session() as session:
        decision = await returns.what_if(session, harbour.desk, order, await harbour.lines("H204518", "Wool Sweater"))
    assert {one.resolution: one.amount for one in decision.offers} == {
        "refund": Decimal("64.00"),
        "exchange": Decimal("64.00"),
        "store_credit": Decimal("70.40"),
    }
    assert await harbour.count("events") == before


async def test_a_started_request_freezes_the_window_and_is_noted_once(harbour: Harbour) -> None:
    order = await harbour.order("H204518")
    for _ in range(2):
        async with harbour.session() as session:
            await returns.note_started(session, harbour.desk, order)
    assert await harbour.count(f"events WHERE kind = 'return.started' AND order_id = '{order.id}'") == 1
    async with harbour.session() as session:
        past = await repository.past_of(session, order, harbour.now, harbour.desk.book)
    assert past.started_at == harbour.now


async def gift(harbour: Harbour, resolution: Resolution = "store_credit") -> OpenReturn:
    """A pillow of Rosa's order, by whoever was given it."""
    return await wish(harbour, "H207004", ("Linen Pillow",), resolution, gift=True)


async def test_whoever_returns_a_gift_hears_nothing_of_who_paid_what(harbour: Harbour) -> None:
    shown = await harbour.shown(await gift(harbour))
    done = await harbour.says_yes(await gift(harbour))

    said = "\n".join([shown.title, *shown.lines, done.text])
    assert "gift card" in said
    assert not any(word in said for word in ("Visa", "3007", "Rosa", "Lindgren", "H207004", " paid"))
    assert done.return_ is not None
    assert done.return_.gift


async def test_a_gift_is_not_refunded_to_who_paid(harbour: Harbour) -> None:
    refusal = await harbour.refused(await gift(harbour, "refund"))
    assert refusal.text == "A refund isn't possible for this."
    assert "store_credit" in refusal.possible


async def test_the_label_of_a_gift_does_not_name_who_paid(harbour: Harbour) -> None:

    done = await harbour.says_yes(await gift(harbour))
    assert done.return_ is not None
    async with harbour.session() as session:
        document = await labels.render(session, harbour.desk, done.return_.rma)
    assert document is not None
    words = pypdf.PdfReader(io.BytesIO(document)).pages[0].extract_text()
    assert done.return_.rma in words
    assert "Lindgren" not in words
