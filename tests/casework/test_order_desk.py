"""What an agent does to an order: allowed to few, done once, kept with its reason, and told to the customer."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from casework import order_desk
from casework.order_desk import Override
from conversations.message import Author
from handoff import errors as handoff_errors
from handoff.agent import Role
from handoff.ticket import Reason
from kit import errors
from store import records, service
from store.happenings import Act
from tests.casework.harbour import ANA, Harbour

pytestmark = pytest.mark.database
pytest_plugins = ("tests.casework.harbour_fixtures",)


@pytest.fixture
async def harbour(empty_harbour: Harbour) -> Harbour:
    """A conversation with Jonas, who has proved his order of a camera."""
    await empty_harbour.prove(order_number="H206001", zip="60614")
    return empty_harbour


@pytest.fixture
async def rma(harbour: Harbour) -> str:
    """The number of a return that waits for a person, in a conversation that Ana has."""
    opened = await harbour.opens("H206001", "Compact Camera")
    await harbour.hand_over(Reason.POLICY)
    await harbour.claim()
    assert opened.approval == "requested"
    return opened.rma


def an_override(lines: object, reason: str = "Was in hospital", **changes: object) -> Override:
    """A refund by drop-off."""
    values = {"order_number": "H204777", "resolution": "refund", "method": "drop_off_qr", "refund_to": None}
    return Override(lines=lines, reason=reason, **(values | changes))  # type: ignore[arg-type]


async def test_an_approval_gives_the_label_to_the_customer_and_is_in_the_audit_trail(
    harbour: Harbour, rma: str
) -> None:
    done = await order_desk.approve(harbour.desk, rma, ANA, harbour.id)

    assert (done.return_.approval, done.return_.parcel, done.told) == ("approved", "label_issued", True)
    (message,) = (await harbour.said(Author.SYSTEM))[-1:]
    assert message.text == done.text
    assert rma in message.text
    assert [file["media_type"] for file in message.content["attachments"]] == ["application/pdf"]
    assert await harbour.audited() == [(ANA, "return_approved", {"rma": rma})]


async def test_two_agents_who_approve_at_once_make_one_label_and_one_event(harbour: Harbour, rma: str) -> None:
    results = await asyncio.gather(
        order_desk.approve(harbour.desk, rma, ANA, harbour.id),
        order_desk.approve(harbour.desk, rma, "Ben", None),
        return_exceptions=True,
    )

    assert [type(one) for one in results].count(errors.Conflict) == 1
    kinds = [kind for _, kind in await harbour.events(rma)]
    assert (kinds.count("approved"), kinds.count("label_issued")) == (1, 1)
    assert len([one for one in await harbour.said(Author.SYSTEM) if rma in one.text]) <= 1


async def test_a_second_approval_is_told_who_was_first_and_when(harbour: Harbour, rma: str) -> None:
    await order_desk.approve(harbour.desk, rma, ANA, harbour.id)
    harbour.wait(minutes=5)

    with pytest.raises(errors.Conflict, match=f"{rma} was already approved by Ana Lopes at 10:00"):
        await order_desk.approve(harbour.desk, rma, ANA, harbour.id)
    harbour.wait(days=1)
    with pytest.raises(errors.Conflict, match="on 23 November 2026 at 10:00"):
        await order_desk.refuse(harbour.desk, rma, ANA, harbour.id, "Too old")


async def test_no_label_is_ordered_for_what_was_decided_already(harbour: Harbour, rma: str) -> None:
    await order_desk.refuse(harbour.desk, rma, ANA, harbour.id, "The serial number is another camera's")

    with pytest.raises(errors.Conflict, match="already refused by Ana Lopes"):
        await order_desk.approve(harbour.desk, rma, ANA, harbour.id)
    assert harbour.carrier.ordered == []


async def test_a_refusal_needs_a_reason_which_is_kept_and_told(harbour: Harbour, rma: str) -> None:
    with pytest.raises(errors.BadInput, match="why it is refused"):
        await order_desk.refuse(harbour.desk, rma, ANA, harbour.id, "  \n ")
    done = await order_desk.refuse(harbour.desk, rma, ANA, harbour.id, "The serial number is another camera's")

    assert done.return_.approval == "rejected"
    message = (await harbour.said(Author.SYSTEM))[-1]
    assert "The serial number is another camera's." in message.text
    assert message.content["attachments"] == []
    async with harbour.session() as session:
        order = await harbour.order("H206001")
        (seen,) = (await order_desk.view(session, harbour.desk, order)).returns
    assert seen.events[-1].sentence.endswith("refused return " + rma + ": “The serial number is another camera's”")


async def test_who_does_not_own_the_conversation_changes_nothing(harbour: Harbour, rma: str) -> None:
    await harbour.hire("Ben Okoro")

    with pytest.raises(handoff_errors.NotTheOwner, match="Ana Lopes has this conversation"):
        await order_desk.approve(harbour.desk, rma, "Ben Okoro", harbour.id)
    assert (await harbour.stored(rma)).approval == "requested"


async def test_a_supervisor_may_act_in_anybodys_conversation_and_does_not_speak_in_it(
    harbour: Harbour, rma: str
) -> None:
    await harbour.hire("Sam Reyes", Role.SUPERVISOR)
    done = await order_desk.approve(harbour.desk, rma, "Sam Reyes", harbour.id)

    assert done.return_.approval == "approved"
    assert (done.told, done.text) == (False, "")


async def test_an_agent_changes_no_order_of_another_customer_from_a_conversation(harbour: Harbour, rma: str) -> None:
    lines = await harbour.lines("H204777", "Wireless Headphones")

    with pytest.raises(errors.NotAllowed, match="does not belong to the customer"):
        await order_desk.override(harbour.desk, an_override(lines), ANA, harbour.id)
    done = await order_desk.override(harbour.desk, an_override(lines), ANA, None)
    assert done.return_.approval == "approved"


async def test_an_e_mail_alone_makes_nobody_the_customer_of_an_order(harbour: Harbour) -> None:
    other = await harbour.another("stranger")
    await other.prove(email="jonas.weber@example.com")
    opened = await harbour.opens("H206001", "Compact Camera")
    await other.hand_over()
    await other.claim()

    with pytest.raises(errors.NotAllowed, match="as far as they have proved"):
        await order_desk.approve(harbour.desk, opened.rma, ANA, other.id)


async def test_an_override_keeps_which_rules_were_set_aside_and_why(harbour: Harbour) -> None:
    maya = await harbour.another("maya")
    await maya.prove(order_number="H204777", zip="97214")
    await maya.hand_over()
    await maya.claim()
    lines = await maya.lines("H204777", "Wireless Headphones", "Merino Scarf")
    done = await order_desk.override(maya.desk, an_override(lines), ANA, maya.id)

    assert (done.return_.approval, done.return_.parcel) == ("approved", "label_issued")
    assert done.return_.rma in (await maya.said(Author.SYSTEM))[-1].text
    # The scarf is a final sale and past its window: both rules had to go, one after the other.
    aside = ["exclusion.final_sale", "window.electronics", "window.standard"]
    assert await maya.audited() == [
        (ANA, "return_overridden", {"rma": done.return_.rma, "reason": "Was in hospital", "overruled": aside})
    ]
    async with maya.session() as session:
        views = await order_desk.of_conversation(session, maya.desk, maya.id)
        receipts = await records.receipts_of(session, [done.return_.id])
    assert receipts[done.return_.id].overruled == tuple(aside)
    story = [entry.sentence for view in views if view.order.number == "H204777" for entry in view.timeline]
    opened = f"Ana Lopes opened return {done.return_.rma}: set aside {', '.join(aside)}; “Was in hospital”"
    assert opened in story


async def test_rules_about_money_stay_in_an_override(harbour: Harbour) -> None:
    lines = await harbour.lines("H204777", "Wireless Headphones")
    done = await order_desk.override(harbour.desk, an_override(lines), ANA, None)

    assert done.return_.amount == Decimal("116.10")  # 129.00 less 10% for restocking


async def test_an_override_above_the_limit_is_approved_by_the_agent_who_makes_it(harbour: Harbour) -> None:
    harbour.wait(days=40)
    lines = await harbour.lines("H206001", "Compact Camera")
    done = await order_desk.override(harbour.desk, an_override(lines, order_number="H206001"), ANA, None)

    assert (ANA, "approved") in await harbour.events(done.return_.rma)
    assert done.return_.parcel == "label_issued"


async def test_what_nobody_can_set_aside_stays_refused(harbour: Harbour) -> None:
    shipped = await harbour.lines("H206002", "Day Backpack")
    with pytest.raises(errors.Conflict, match="on its way to you"):
        await order_desk.override(harbour.desk, an_override(shipped, order_number="H206002"), ANA, None)
    with pytest.raises(errors.BadInput, match="at least one item"):
        await order_desk.override(harbour.desk, an_override(()), ANA, None)
    with pytest.raises(errors.BadInput, match="why the policy is set aside"):
        await order_desk.override(harbour.desk, an_override(shipped, reason=" "), ANA, None)
    mugs = await harbour.lines("H206005", "Stone Mug")
    for choice, kind, words in (
        ({"refund_to": "card_maya"}, errors.Conflict, "Choose where the money goes: Gift card"),
        ({"method": "pigeon_post"}, errors.BadInput, "no return by pigeon post"),
    ):
        with pytest.raises(kind, match=words):
            await order_desk.override(harbour.desk, an_override(mugs, order_number="H206005", **choice), ANA, None)
    assert harbour.carrier.ordered == []


async def test_a_second_click_on_an_override_opens_no_second_return(harbour: Harbour) -> None:
    lines = await harbour.lines("H206005", "Stone Mug")
    wanted = an_override(lines, order_number="H206005")
    results = await asyncio.gather(
        order_desk.override(harbour.desk, wanted, ANA, None),
        order_desk.override(harbour.desk, wanted, ANA, None),
        return_exceptions=True,
    )

    conflicts = [one for one in results if isinstance(one, errors.Conflict)]
    assert [str(one).partition(" ")[2] for one in conflicts] == ["was opened for exactly this at 10:00"]


async def test_a_return_is_called_off_with_a_reason_until_it_was_sent(harbour: Harbour) -> None:
    opened = await harbour.opens("H206005", "Stone Mug")
    async with harbour.session() as session:
        await service.record_parcel(session, opened.rma, "in_transit", Act("warehouse", harbour.now), harbour.desk.book)
    with pytest.raises(errors.Conflict, match="cannot be called off any more: approved · on its way to us"):
        await order_desk.cancel_return(harbour.desk, opened.rma, ANA, None, "Customer asked")

    other = await harbour.opens("H206005", "Iron Pan")
    done = await order_desk.cancel_return(harbour.desk, other.rma, ANA, None, "Customer asked")
    assert done.return_.approval == "cancelled"
    with pytest.raises(errors.Conflict, match="already called off by Ana Lopes"):
        await order_desk.cancel_return(harbour.desk, other.rma, ANA, None, "Customer asked")


async def test_a_new_label_works_from_now_and_a_second_click_makes_no_second_one(harbour: Harbour) -> None:
    opened = await harbour.opens("H206005", "Stone Mug")
    harbour.wait(days=3)
    done = await order_desk.reissue_label(harbour.desk, opened.rma, ANA, None)

    assert done.return_.label_expires_at == (opened.label_expires_at or harbour.now) + timedelta(days=3)
    with pytest.raises(errors.Conflict, match="already got a new label from Ana Lopes at 10:00"):
        await order_desk.reissue_label(harbour.desk, opened.rma, ANA, None)
    harbour.wait(hours=1)
    await order_desk.reissue_label(harbour.desk, opened.rma, ANA, None)


async def test_the_label_of_a_return_that_waits_comes_with_its_approval(harbour: Harbour, rma: str) -> None:
    with pytest.raises(errors.Conflict, match="its label comes with the approval"):
        await order_desk.reissue_label(harbour.desk, rma, ANA, harbour.id)


@pytest.mark.parametrize(
    "written", ["#H206005", "h 206005", "Order H-206005, please", "206005", "JONAS.Weber @example.com", "{rma}"]
)
async def test_an_order_is_found_however_it_is_written(harbour: Harbour, written: str) -> None:
    opened = await harbour.opens("H206005", "Stone Mug")
    text = written.format(rma=opened.rma.lower().replace("-", " "))
    async with harbour.session() as session:
        found = await order_desk.find(session, harbour.desk, text)

    assert found is not None
    assert found.order.customer.name == "Jonas Weber"
    assert "@" in text or found.order.number == "H206005"


async def test_nothing_is_found_under_what_names_nothing(harbour: Harbour) -> None:
    async with harbour.session() as session:
        for text in ("", "hello", "nobody@example.com", "RMA-1111-1111", "H999999"):
            assert await order_desk.find(session, harbour.desk, text) is None


async def test_an_order_shows_verdicts_with_rules_what_can_be_done_and_its_whole_story(
    harbour: Harbour, rma: str
) -> None:
    async with harbour.session() as session:
        views = await order_desk.of_conversation(session, harbour.desk, harbour.id)
        old = await order_desk.find(session, harbour.desk, "H204777")

    camera = next(view for view in views if view.order.number == "H206001")
    assert {view.order.customer.name for view in views} == {"Jonas Weber"}
    (item,) = camera.items
    assert (item.left_to_return, item.verdict.eligible) == (0, False)
    assert camera.returns[0].acts == ("approve", "refuse", "cancel")
    moments = [entry.at for entry in camera.timeline]
    assert moments == sorted(moments)
    assert [entry.sentence for entry in camera.timeline][-1] == f"The customer opened return {rma}"

    assert old is not None
    late = next(item for item in old.items if item.item.name == "Wireless Headphones")
    assert (late.verdict.eligible, late.verdict.rule_ids) == (False, ("window.electronics",))
    assert late.if_faulty.eligible
    assert late.last_day_if_faulty is not None
    assert late.last_day is not None
    assert late.last_day < late.last_day_if_faulty


async def test_orders_of_somebody_who_has_proved_nothing_are_not_shown(harbour: Harbour) -> None:
    stranger = await harbour.another("stranger")
    await stranger.prove(email="maya.torres@example.com")
    async with harbour.session() as session:
        assert await order_desk.of_conversation(session, harbour.desk, stranger.id) == ()


async def test_while_the_bot_has_the_conversation_the_customer_is_told_there(harbour: Harbour) -> None:
    opened = await harbour.opens("H206005", "Stone Mug")
    done = await order_desk.cancel_return(harbour.desk, opened.rma, ANA, None, "You asked us on the phone")

    assert done.told
    assert (await harbour.said(Author.SYSTEM))[-1].text == done.text
