"""Each step of an order or return is told to the customer once, kindly, and with the shop's own numbers."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from casework import notice_texts, notices, reach
from conversations.conversation import Owner
from handoff import notes
from handoff import repository as handoffs
from handoff.ticket import Reason
from kit import ids
from store import order_changes, repository, service, transfers
from store.happenings import Act
from store.order import Address
from store.ports import LabelTicket
from store.returns import Return
from tests.casework.harbour import ANA, CountingCarrier
from tests.casework.post import HERE, LABEL, MAYA, PRIYA, Post
from tests.smtp_server import text_of

pytestmark = pytest.mark.database
pytest_plugins = ["tests.casework.post_fixtures"]


def by(post: Post, actor: str = "warehouse", **more: Any) -> Act:
    """Somebody does something now, and does not tell the customer."""
    return Act(actor, post.now, **more)


async def parcel(post: Post, rma: str, *states: Any) -> None:
    """Let a parcel come to one state after the other, in one moment."""
    async with post.session() as session:
        for state in states:
            await service.record_parcel(session, rma, state, by(post), post.desk.book)


async def settle(post: Post, rma: str) -> Return:
    """Let the warehouse settle a return."""
    async with post.session() as session:
        return await service.settle(session, rma, by(post), post.desk.book)


async def pay(post: Post) -> None:
    """Let the payment provider do all that is asked of it."""
    async with post.session() as session:
        for one in await transfers.due(session):
            await transfers.mark_sent(session, one, post.now)
            await transfers.succeed(session, one, "re_1", post.now)


async def open_return(post: Post, number: str, item: str, **more: Any) -> Return:
    """Let the shop's own system open a return, told to nobody."""
    rma = ids.new_rma_number()
    label = await CountingCarrier().issue_label(rma, "drop_off_qr")
    order = await post.order(number)
    values: dict[str, Any] = {"resolution": "refund", "refund_to": None, "exchange_variants": {}, **more}
    async with post.session() as session:
        return await service.open_return(
            session,
            order_id=order.id,
            lines=await post.lines(number, item),
            method="drop_off_qr",
            book=post.desk.book,
            act=by(post, "shop"),
            ticket=LabelTicket(rma, label.tracking_number, label.carrier_name),
            **values,
        )


async def told_about(post: Post, number: str) -> list[str]:
    """Sweep, and return all that the customer was told about an order so far."""
    await notices.tell_untold(post.desk)
    return [one.text for one in await post.notices(number)]


async def test_what_happened_at_one_moment_is_one_message(post: Post) -> None:
    await parcel(post, LABEL, "in_transit", "received", "inspected")

    (text,) = await told_about(post, "H206006")
    assert text.startswith(f"We have checked your parcel for return {LABEL}.")
    assert "has arrived" not in text
    assert await notices.tell_untold(post.desk) == 0


async def test_each_step_is_told_when_it_happens_and_once(post: Post) -> None:
    told = []
    for state in ("in_transit", "received", "inspected"):
        await parcel(post, LABEL, state)
        assert await notices.tell_untold(post.desk) == 1
        assert await notices.tell_untold(post.desk) == 0
        post.wait(hours=5)
    await settle(post, LABEL)
    told = await told_about(post, "H206006")

    return_ = await post.stored(LABEL)
    assert told[0] == f"Your parcel for return {LABEL} is on its way to us."
    assert told[1].startswith(f"Your parcel for return {LABEL} has arrived, and we check it now.")
    assert f"You get your store credit of ${return_.amount} by " in told[1]
    assert told[2].startswith(f"We have checked your parcel for return {LABEL}.")
    assert told[3] == f"You now have ${return_.amount} store credit for your return {LABEL}."
    assert len(told) == 4


async def test_a_refund_is_told_with_amount_and_place_when_the_money_has_left_and_not_before(post: Post) -> None:
    await parcel(post, HERE, "inspected")
    await told_about(post, "H203950")
    await settle(post, HERE)
    assert len(await told_about(post, "H203950")) == 1
    await pay(post)

    return_ = await post.stored(HERE)
    texts = await told_about(post, "H203950")
    assert texts[-1].startswith(f"We have refunded ${return_.amount} to Visa ending 4242 for your return {HERE}.")
    assert len(texts) == 2


async def test_what_somebody_told_already_is_not_told_again(post: Post) -> None:
    async with post.session() as session:
        act = Act(ANA, post.now, told=True)
        await service.record_parcel(session, HERE, "inspected", act, post.desk.book)

    assert await told_about(post, "H203950") == []


async def test_a_step_that_was_overtaken_is_not_told_as_if_it_were_so(post: Post) -> None:
    await parcel(post, LABEL, "in_transit")
    async with post.session() as session:
        await service.record_parcel(session, LABEL, "received", Act(ANA, post.now, told=True), post.desk.book)

    assert await told_about(post, "H206006") == []


async def test_a_return_that_the_shop_opened_is_told_with_its_label_in_the_chat_and_by_email(post: Post) -> None:
    await post.prove(order_number="H204518", email=MAYA)
    await post.says("hello")
    opened = await open_return(post, "H204518", "Camp Mug")
    (text,) = await told_about(post, "H204518")

    assert text.startswith(f"Your return {opened.rma} is approved. Its label is below; please send the parcel by ")
    (said,) = await post.told()
    (label,) = said.content["attachments"]
    assert label["name"] == f"Return label {opened.rma}.pdf"
    (mail,) = await post.unseen()
    assert str(mail["Subject"]) == f"Your return {opened.rma} is approved"
    assert [one.get_filename() for one in mail.iter_attachments()] == [f"Return label {opened.rma}.pdf"]


async def test_who_has_no_conversation_gets_the_label_and_a_way_to_answer_in_one_email(post: Post) -> None:
    opened = await open_return(post, "H204518", "Camp Mug")
    await told_about(post, "H204518")

    (mail,) = await post.unseen()
    assert str(mail["To"]) == MAYA
    assert str(mail["Subject"]) == f"Your return {opened.rma} is approved"
    assert "/resume/" in text_of(mail)
    own = await post.own("H204518")
    assert own is not None
    assert [one.text for one in await post.told(own.id)] == [one.text for one in await post.notices("H204518")]


async def test_a_request_that_waits_for_a_person_and_its_refusal_are_told_with_the_reason(post: Post) -> None:
    opened = await open_return(post, "H206001", "Compact Camera")
    first = await told_about(post, "H206001")
    post.wait(hours=2)
    async with post.session() as session:
        await service.reject(session, opened.rma, by(post, "shop", detail={"reason": "The lens is scratched."}))
    texts = await told_about(post, "H206001")

    assert "A person on our team looks at it" in first[0]
    assert "please don't send anything yet" in first[0]
    assert texts[1] == (
        f"A person on our team has looked at your return {opened.rma}, and it was not approved. "
        "The reason: The lens is scratched. Please don't send anything. "
        "If something about this isn't right, tell me here."
    )


async def test_a_lost_parcel_brings_a_person_after_the_customer_was_told(post: Post) -> None:
    await post.prove(order_number="H206006", email=PRIYA)
    await post.says("hello")
    await parcel(post, LABEL, "lost")
    await told_about(post, "H206006")

    words = [one.text for one in await post.told()]
    assert words[0] == f"The parcel for your return {LABEL} seems to be lost on its way to us. I'm sorry."
    assert len(words) == 2
    assert (await post.get()).owner is Owner.QUEUE
    async with post.session() as session:
        ticket = await handoffs.open_of(session, post.id)
    assert ticket is not None
    assert ticket.detail == f"The parcel of {LABEL} is lost on its way to us."


async def test_an_agent_who_has_the_conversation_keeps_it_and_finds_the_lost_parcel_in_a_note(post: Post) -> None:
    await post.prove(order_number="H206006", email=PRIYA)
    await post.says("hello")
    await post.hire(ANA)
    await post.hand_over(Reason.ASKED_FOR)
    await post.claim()
    await parcel(post, LABEL, "lost")
    await told_about(post, "H206006")

    assert (await post.get()).agent_name == ANA
    assert (await post.told())[-1].text.endswith("I'm sorry. A person on our team looks into it now.")
    async with post.session() as session:
        (note,) = await notes.of(session, post.id)
    assert LABEL in note.text


async def test_an_ended_label_is_told_with_the_offer_of_a_new_one(post: Post) -> None:
    await post.prove(order_number="H206006", email=PRIYA)
    await post.says("hello")
    post.wait(days=60)
    async with post.session() as session:
        assert LABEL in await service.expire_labels(session, post.now)
    (text,) = await told_about(post, "H206006")

    assert text.startswith(f"The label of your return {LABEL} has ended")
    (button,) = (await post.told())[-1].content["buttons"]
    assert button["title"] == "Send me a new label"


async def test_an_order_on_its_way_and_there_is_told_once_each(post: Post) -> None:
    order = await post.order("H206007")
    async with post.session() as session:
        await order_changes.record_shipment(session, order.id, "HP777", "Harbour Post", by(post))
    first = await told_about(post, "H206007")
    async with post.session() as session:
        await order_changes.record_delivery(session, order.id, by(post))
    texts = await told_about(post, "H206007")

    assert first == ["Your order #H206007 is on its way. Its tracking number is HP777 (Harbour Post)."]
    assert texts[1].startswith("Your order #H206007 has been delivered.")
    assert len(texts) == 2


async def test_a_cancelled_order_is_told_with_what_comes_back_and_later_that_it_has(post: Post) -> None:
    order = await post.order("H205120")
    async with post.session() as session:
        await order_changes.cancel_order(session, order.id, "no_longer_needed", by(post, "shop"), post.desk.book)
    first = await told_about(post, "H205120")
    await pay(post)
    texts = await told_about(post, "H205120")

    assert first == [f"Your order #H205120 is cancelled. You get back ${order.total} to Visa ending 4242."]
    assert texts[1] == f"We have refunded ${order.total} to Visa ending 4242 for your order #H205120."


async def test_a_changed_address_is_told_for_the_order_and_for_the_address_on_file(post: Post) -> None:
    order = await post.order("H205120")
    address = Address("1 Pine Street", "", "Portland", "OR", "97201", "US")
    async with post.session() as session:
        await order_changes.change_address(session, order.id, address, by(post, "shop"), post.desk.book)
        await order_changes.change_customer_address(session, order.customer.id, address, by(post, "shop"))
    await notices.tell_untold(post.desk)

    told = [row.text for row in await post.rows("SELECT text FROM notices ORDER BY text")]
    assert told == [
        "The address that we have on file for you was changed. If you didn't ask for that, please tell me here.",
        "Your order #H205120 now goes to 1 Pine Street, Portland, OR 97201, US.",
    ]


async def test_of_an_order_that_was_changed_and_then_cancelled_only_the_end_is_told(post: Post) -> None:
    order = await post.order("H205120")
    address = Address("1 Pine Street", "", "Portland", "OR", "97201", "US")
    async with post.session() as session:
        await order_changes.change_address(session, order.id, address, by(post, "shop"), post.desk.book)
        await order_changes.cancel_order(session, order.id, "no_longer_needed", by(post, "shop"), post.desk.book)

    assert await told_about(post, "H205120") == [
        f"Your order #H205120 is cancelled. You get back ${order.total} to Visa ending 4242."
    ]


async def test_what_happens_inside_the_shop_is_told_to_nobody(post: Post) -> None:
    order = await post.order("H205120")
    async with post.session() as session:
        await order_changes.record_processing(session, order.id, by(post))

    assert await told_about(post, "H205120") == []
    assert await post.rows("SELECT 1 FROM events WHERE told_at IS NULL") == []
    assert await post.own("H205120") is None


async def test_whoever_returns_a_gift_gets_the_cards_code_and_who_paid_hears_nothing(post: Post) -> None:
    await post.prove(order_number="H206006", email=PRIYA)
    await post.says("hello")
    giftee = await post.another("giftee")
    await giftee.says("I was given boots")
    await post.rows(
        "UPDATE returns SET gift = true, conversation_id = :id, opened_at = :now WHERE rma = :rma RETURNING 1",
        id=giftee.id, now=post.now, rma=LABEL,
    )  # fmt: skip
    await parcel(post, LABEL, "received", "inspected")
    await settle(post, LABEL)
    await notices.tell_untold(post.desk)

    (card,) = await post.rows("SELECT bearer_code FROM payment_methods WHERE bearer_code IS NOT NULL")
    (said,) = await post.told(giftee.id)
    assert f"code {card.bearer_code}" in said.text
    assert "Visa" not in said.text
    assert await post.told() == []
    assert await post.unseen() == []


async def test_an_exchange_is_told_with_what_comes_and_its_tracking_number(post: Post) -> None:
    order = await post.order("H204518")
    item = next(one for one in order.items if one.name == "Camp Mug")
    async with post.session() as session:
        variants = await repository.variants_of_product(session, item.product_id)
    other = next(one for one in variants if one.id != item.variant_id and one.stock and one.price == item.unit_price)
    opened = await open_return(
        post, "H204518", "Camp Mug", resolution="exchange", exchange_variants={item.id: (other.id,)}
    )
    await parcel(post, opened.rma, "received", "inspected")
    await settle(post, opened.rma)
    first = await told_about(post, "H204518")
    async with post.session() as session:
        await service.send_exchange(session, opened.rma, by(post), "HP999")
    texts = await told_about(post, "H204518")

    assert f"is ready and leaves soon: 1 × Camp Mug ({other.options_text})." in first[-1]
    assert texts[-1] == (
        f"Your exchange for return {opened.rma} is on its way: 1 × Camp Mug ({other.options_text}). "
        "Its tracking number is HP999."
    )


async def test_two_workers_at_once_tell_once(post: Post) -> None:
    await post.prove(order_number="H203950", email=MAYA)
    await post.says("hello")
    await parcel(post, HERE, "inspected")
    await parcel(post, LABEL, "in_transit")
    counts = await asyncio.gather(*(notices.tell_untold(post.desk) for _ in range(4)))

    assert sum(counts) == 2
    assert len(await post.told()) == 1
    assert len(await post.notices("H206006")) == 1
    assert len(await post.deliver()) == 1


async def test_what_could_not_be_told_is_told_later_and_holds_up_nobody_else(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await parcel(post, HERE, "inspected")
    await parcel(post, LABEL, "in_transit")
    tell = reach.tell

    async def killed(session: AsyncSession, desk: Any, order: Any, *rest: Any, **more: Any) -> Any:
        await tell(session, desk, order, *rest, **more)
        if order.number == "H203950":
            raise RuntimeError("killed after telling, before the transaction ended")

    monkeypatch.setattr(reach, "tell", killed)
    assert await notices.tell_untold(post.desk) == 1
    assert await post.notices("H203950") == []
    monkeypatch.undo()
    assert await notices.tell_untold(post.desk) == 1
    assert len(await post.notices("H203950")) == 1
    assert len(await post.deliver()) == 2


async def test_a_deadline_that_is_near_is_told_once_with_the_offer_of_more_time(post: Post) -> None:
    await post.prove(order_number="H206006", email=PRIYA)
    await post.says("hello")
    return_ = await post.stored(LABEL)
    assert return_.label_expires_at is not None
    post.wait(seconds=(return_.label_expires_at - post.now).total_seconds() - 4 * 86400)
    await notices.tell_deadlines(post.desk)
    assert await post.notices("H206006") == []
    post.wait(days=1, seconds=60)

    assert await notices.tell_deadlines(post.desk) > 0
    assert await notices.tell_deadlines(post.desk) == 0
    (said,) = await post.told()
    until = f"{return_.label_expires_at.day} {return_.label_expires_at:%B %Y}"
    assert said.text == (
        f"A reminder about your return {LABEL}: please send your parcel by {until}. "
        "If you need longer, just say so and you get 7 more days."
    )
    (button,) = said.content["buttons"]
    assert button["title"] == "Give me more time"


async def test_a_deadline_that_was_moved_is_another_one_and_is_not_offered_again(post: Post) -> None:
    return_ = await post.stored(LABEL)
    assert return_.label_expires_at is not None
    post.wait(seconds=(return_.label_expires_at - post.now).total_seconds() - 86400)
    await notices.tell_deadlines(post.desk)
    assert len(await post.notices("H206006")) == 1
    async with post.session() as session:
        await service.extend(session, LABEL, Act("customer", post.now, told=True), post.desk.book)
    assert await notices.tell_deadlines(post.desk) == 0
    moved = await post.stored(LABEL)
    assert moved.label_expires_at is not None
    post.wait(seconds=(moved.label_expires_at - post.now).total_seconds() - 86400)

    await notices.tell_deadlines(post.desk)
    first, second = await post.notices("H206006")
    assert "longer" in first.text
    assert "longer" not in second.text


async def test_nobody_is_reminded_of_a_parcel_that_is_on_its_way(post: Post) -> None:
    return_ = await post.stored(LABEL)
    assert return_.label_expires_at is not None
    await parcel(post, LABEL, "in_transit")
    post.wait(seconds=(return_.label_expires_at - post.now).total_seconds() - 3600)

    await notices.tell_deadlines(post.desk)
    assert await post.notices("H206006") == []


def test_no_sentence_of_bad_news_shouts() -> None:
    for kind in ("refund", "store_credit", "exchange", "decision", "charge"):
        text = notice_texts.late(kind, "$45.00 to Visa ending 4242", "20 November 2026", "your return RMA-1000-0016")
        assert "!" not in text
        assert "I'm sorry" in text
