"""The brief says what is known and nothing else, whatever of it is there."""

from typing import Any

import pytest

from casework import brief, known, past
from casework.asked import Answered
from casework.brief import Brief
from conversations import attachments, dialogue, inbox
from conversations import repository as conversations
from conversations.conversation import Owner
from conversations.errors import ConversationNotFound
from handoff import service
from handoff.ticket import Outcome, Reason
from kit import ids
from tests.casework.harbour import ANA, Harbour

pytestmark = pytest.mark.database
pytest_plugins = ("tests.casework.harbour_fixtures",)


async def the_brief(harbour: Harbour) -> Brief:
    """Read it."""
    async with harbour.session() as session:
        return await brief.of(session, harbour.desk, harbour.id)


async def half_a_return(harbour: Harbour, **more: Any) -> None:
    """Maya has proved an order, chosen two items and said why."""
    await harbour.prove(order_number="H204518", zip="97214")
    order = await harbour.order("H204518")
    items = [{"item": str(one.id), "quantity": one.quantity} for one in order.items if one.name != "Wool Sweater"]
    told = {"order_number": "H204518", "zip": "97214", "email": None}
    slots = {"want": "start_return", "evidence": told, "identity": True, "order": "H204518", "items": items}
    await harbour.remember(**(slots | {"quantity": 3, "reason": "too_small"} | more))


async def test_a_conversation_in_which_nothing_was_said_has_an_empty_brief(empty_harbour: Harbour) -> None:
    assert await the_brief(empty_harbour) == Brief(None, (), (), (), "", "", None, (), ())


async def test_there_is_no_brief_of_a_conversation_that_is_not_there(empty_harbour: Harbour) -> None:
    async with empty_harbour.session() as session:
        with pytest.raises(ConversationNotFound):
            await brief.of(session, empty_harbour.desk, ids.new_id())


async def test_it_names_the_customer_and_what_they_have_proved(empty_harbour: Harbour) -> None:
    await empty_harbour.prove(email="maya.torres@example.com")
    assert (found := (await the_brief(empty_harbour)).customer) is not None
    assert (found.name, found.proved) == ("Maya Torres", "nothing")

    await empty_harbour.prove(order_number="H204518", zip="97214")
    assert (found := (await the_brief(empty_harbour)).customer) is not None
    assert (found.email, found.phone, found.proved) == ("maya.torres@example.com", "+15035550142", "order")
    assert (found.order_count, found.return_count) == (4, 1)

    await empty_harbour.prove(email="maya.torres@example.com", zip="97214")
    assert (found := (await the_brief(empty_harbour)).customer) is not None
    assert found.proved == "customer"


async def test_it_lists_the_lines_with_the_policys_verdict_and_rule(empty_harbour: Harbour) -> None:
    await half_a_return(empty_harbour)
    runner, mugs = (await the_brief(empty_harbour)).lines

    assert (runner.order_number, runner.item_name, runner.options) == ("#H204518", "Trail Runner", "size 9, blue")
    assert (runner.quantity, runner.reason, runner.eligible) == (1, "Too small", True)
    assert runner.verdict.startswith("The Trail Runner can be returned until ")
    assert "window.shoes" in runner.rule_ids
    assert (mugs.item_name, mugs.quantity, mugs.rma) == ("Camp Mug", 2, None)


async def test_a_refused_line_says_so_with_its_rule(empty_harbour: Harbour) -> None:
    await empty_harbour.prove(order_number="H204777", zip="97214")
    order = await empty_harbour.order("H204777")
    (scarf,) = (one for one in order.items if one.name == "Merino Scarf")
    await empty_harbour.remember(order="H204777", items=[{"item": str(scarf.id), "quantity": None}])
    (line,) = (await the_brief(empty_harbour)).lines

    assert (line.eligible, line.rule_ids, line.reason) == (False, ("exclusion.final_sale",), "")
    assert line.verdict.endswith("(If it has no fault.)")


async def test_it_lists_what_was_answered_so_that_nobody_asks_again(empty_harbour: Harbour) -> None:
    await half_a_return(
        empty_harbour,
        comment="They pinch",
        resolution="refund",
        refund_to="card_maya",
        return_method="drop_off_qr",
        agenda=[{"intent": "order_status", "noted": {}, "evidence": {}}],
    )

    assert (await the_brief(empty_harbour)).answered == (
        Answered("What they want", "A return"),
        Answered("What they want", "Where their order is"),
        Answered("Order number", "H204518"),
        Answered("Zip code", "97214"),
        Answered("Which order", "#H204518"),
        Answered("Which items", "Trail Runner (size 9, blue), 2 × Camp Mug (white)"),
        Answered("Why it comes back", "Too small"),
        Answered("In their own words", "“They pinch”"),
        Answered("What they would like instead", "Refund"),
        Answered("How to send it back", "Drop-off with a QR code"),
        Answered("Where the money goes", "Visa ending 4242"),
    )


async def test_an_exchange_names_what_it_is_exchanged_for(empty_harbour: Harbour) -> None:
    order = await empty_harbour.order("H204518")
    await half_a_return(
        empty_harbour, resolution="exchange", chosen_variants={str(order.items[0].id): "trail-runner-10-blue"}
    )

    answered = (await the_brief(empty_harbour)).answered
    assert Answered("What to exchange it for", "Trail Runner (size 10, blue)") in answered


@pytest.mark.parametrize(
    "slots",
    [
        {"items": "the shoes", "order": 7, "reason": ["x"], "evidence": "me", "agenda": {"a": 1}, "want": []},
        {"items": [{"item": "no id"}, None, {"quantity": 2}], "order": "H204518", "variant": {"x": None}},
        {"items": [{"item": str(ids.new_id()), "quantity": "many"}], "order": "H204518", "refund_to": 5},
        {"order": "H999999", "reason": "unheard of", "resolution": "gold", "return_method": {}, "chosen_variants": []},
        {"evidence": {"order_number": "H204518"}, "want": "start_return"},
    ],
)
async def test_slots_that_cannot_be_read_are_taken_for_nothing(empty_harbour: Harbour, slots: dict[str, Any]) -> None:
    await empty_harbour.remember(**slots)
    found = await the_brief(empty_harbour)

    assert found.lines == ()
    assert all(entry.answer and "[" not in entry.answer for entry in found.answered)


async def test_a_state_of_another_shape_is_taken_for_nothing(empty_harbour: Harbour) -> None:
    for state in ({"slots": "none"}, {"slots": None}, {}):
        async with empty_harbour.session() as session:
            await dialogue.keep(session, empty_harbour.id, state)
        assert (await the_brief(empty_harbour)).answered == ()


async def test_after_a_hand_back_the_transcript_tells_what_was_answered(empty_harbour: Harbour) -> None:
    await empty_harbour.asks("Which order is it about?", "order")
    await empty_harbour.says("H204518")
    await empty_harbour.asks("Why is it coming back?", "reason", "choice")
    await empty_harbour.says("Is there a fee?", "ask_policy")
    await empty_harbour.asks("There is none.\nWhy is it coming back?", "reason", "choice")
    await empty_harbour.says("They are too small", "inform")

    assert (await the_brief(empty_harbour)).answered == (
        Answered("Which order", "H204518"),
        Answered("Why it comes back", "They are too small"),
    )


async def test_an_answer_that_was_not_taken_is_not_called_answered(empty_harbour: Harbour) -> None:
    await empty_harbour.asks("Which order is it about?", "order")
    await empty_harbour.says("the blue one", "inform")
    await empty_harbour.asks("Sorry, which order is it about?", "order")

    found = await the_brief(empty_harbour)
    assert found.answered == ()
    assert found.open_question == "Sorry, which order is it about?"


async def test_the_open_question_is_what_was_asked_and_not_answered(empty_harbour: Harbour) -> None:
    await empty_harbour.says("I want to return my shoes", "start_return")
    assert (await the_brief(empty_harbour)).open_question == "I want to return my shoes"

    await empty_harbour.asks("Here is what I'll do:\n• Take back Trail Runner\nShall I go ahead?", "confirm", "yes_no")
    assert (await the_brief(empty_harbour)).open_question == "Shall I go ahead?"
    await empty_harbour.says("let me talk to a person", "talk_to_human")
    assert (await the_brief(empty_harbour)).open_question == "Shall I go ahead?"
    await empty_harbour.says("my refund has not come", "inform")
    assert (await the_brief(empty_harbour)).open_question == "my refund has not come"


async def test_a_photo_without_words_leaves_the_brief_readable(empty_harbour: Harbour) -> None:
    await empty_harbour.asks("Could you send a photo?", "photo", "photo")
    file = attachments.read("shoe.png", b"\x89PNG\r\n\x1a\n")
    assert file is not None
    async with empty_harbour.session() as session:
        inbound = inbox.Inbound("web", "visitor", "m1", files=(file,))
        idle = empty_harbour.now - empty_harbour.now
        await inbox.accept(session, inbound, empty_harbour.desk.jobs, empty_harbour.now, idle)

    assert (await the_brief(empty_harbour)).answered == (Answered("A photo", "a file"),)


async def test_it_says_why_a_person_came_and_which_words_did_it(empty_harbour: Harbour) -> None:
    said = await empty_harbour.says("this is a DISGRACE")
    trigger = {"seq": said.seq, "words": ["a DISGRACE"], "rule": "mood.shouting", "escalation": "mood.at_once"}
    await empty_harbour.hand_over(Reason.MOOD, "The customer is very upset.", **trigger)
    found = await the_brief(empty_harbour)

    assert found.why == "Upset: The customer is very upset."
    assert found.trigger == brief.Trigger(said.seq, ("a DISGRACE",), "mood.shouting", "mood.at_once")


async def test_a_handoff_without_a_message_behind_it_has_no_trigger(empty_harbour: Harbour) -> None:
    await empty_harbour.hand_over(Reason.BRAIN_DOWN)
    found = await the_brief(empty_harbour)

    assert (found.why, found.trigger) == ("Bot is down.", None)


async def test_what_waits_for_a_decision_and_what_was_promised_stand_in_it(empty_harbour: Harbour) -> None:
    await empty_harbour.prove(order_number="H206001", zip="60614")
    opened = await empty_harbour.opens("H206001", "Compact Camera")
    found = await the_brief(empty_harbour)

    assert found.waiting_decision == (opened.rma,)
    (return_,) = found.returns
    assert (return_.approval, return_.parcel, return_.settlement) == (
        "Waits for a decision",
        "No label yet",
        "Not paid yet",
    )
    assert return_.needs_person == "One of our people approves returns above $300.00."
    (line,) = found.lines
    assert (line.rma, line.item_name, line.rule_ids[0]) == (opened.rma, "Compact Camera", "window.electronics")
    assert line.verdict.startswith("The Compact Camera can be returned until ")
    decision, promise = found.promised
    assert (promise.order_number, promise.amount, promise.due_at) == ("#H206001", opened.amount, None)
    assert promise.text.endswith("; only if the return is approved")
    assert decision.text == "A decision by one of our people by 25 November 2026"


async def test_a_return_that_waits_from_an_earlier_conversation_is_not_forgotten(empty_harbour: Harbour) -> None:
    opened = await empty_harbour.opens("H206001", "Compact Camera")
    later = await empty_harbour.another("another browser")
    assert (await the_brief(later)).waiting_decision == ()
    await later.prove(order_number="H206001", zip="60614")
    found = await the_brief(later)

    assert (found.waiting_decision, found.returns) == ((opened.rma,), ())


async def test_a_promise_past_its_day_is_marked_late(empty_harbour: Harbour) -> None:
    await empty_harbour.prove(order_number="H203950", zip="97214")
    empty_harbour.wait(days=60)

    assert [one.late for one in (await the_brief(empty_harbour)).promised] == [True]


async def test_what_is_in_a_return_already_is_not_listed_twice(empty_harbour: Harbour) -> None:
    await half_a_return(empty_harbour)
    opened = await empty_harbour.opens("H204518", "Trail Runner")

    assert [(line.item_name, line.rma) for line in (await the_brief(empty_harbour)).lines] == [
        ("Camp Mug", None),
        ("Trail Runner", opened.rma),
    ]


async def test_past_conversations_are_those_of_the_same_customer(empty_harbour: Harbour) -> None:
    earlier = await empty_harbour.another("maya's phone")
    await earlier.prove(order_number="H204777", zip="97214")
    await earlier.says("my headphones broke")
    await earlier.hand_over(Reason.COMPLAINT)
    await earlier.claim()
    async with earlier.session() as session:
        ending = (Outcome.INFORMED, "Told about the warranty.")
        await service.hand_back(session, earlier.desk.situation(), earlier.id, ANA, ending)
    opened_in = await empty_harbour.another("maya's tablet")
    await opened_in.opens("H204518", "Wool Sweater")
    left_address = await empty_harbour.another("nobody yet")
    async with left_address.session() as session:
        await conversations.set_contact(session, left_address.id, {"email": "maya.torres@example.com"})
    stranger = await empty_harbour.another("jonas")
    await stranger.prove(order_number="H206001", zip="60614")
    asked_about_her = await empty_harbour.another("somebody")
    await asked_about_her.says("what did maya.torres@example.com order?")

    await empty_harbour.prove(order_number="H204518", zip="97214")
    async with empty_harbour.session() as session:
        found = await past.of(session, empty_harbour.desk, empty_harbour.id)
        assert await past.of(session, empty_harbour.desk, asked_about_her.id) == []

    assert {one.conversation_id for one in found} == {earlier.id, opened_in.id, left_address.id}
    (talk,) = (one for one in found if one.conversation_id == earlier.id)
    assert (talk.channel, talk.started, talk.last_words) == ("web", empty_harbour.now, "my headphones broke")
    assert (talk.reasons, talk.outcome, talk.outcome_line) == (
        ("Complaint",),
        "Information given",
        "Told about the warranty.",
    )
    assert talk.agent_name == ANA
    assert (await earlier.get()).owner is Owner.BOT


async def test_who_has_a_gifts_code_is_not_taken_for_the_customer_who_paid(empty_harbour: Harbour) -> None:
    giver, receiver = await empty_harbour.another("giver"), await empty_harbour.another("receiver")
    await giver.says("where is my pillow?")
    await giver.prove(order_number="H207004", zip="98109")
    await receiver.says("I was given a pillow")
    await receiver.prove(gift_code="GIFT-7Q4M-2X9K")

    found = await the_brief(receiver)
    assert found.customer is not None
    assert (found.customer.name, found.customer.proved, found.customer.email) == ("Receiver of a gift", "gift", "")
    async with empty_harbour.session() as session:
        assert await past.of(session, empty_harbour.desk, receiver.id) == []
        assert await past.of(session, empty_harbour.desk, giver.id) == []
        both = [await conversations.get(session, one.id) for one in (giver, receiver)]
        assert await known.names_of(session, both) == {giver.id: "Rosa Lindgren"}
        (order,) = await known.orders_of(session, await known.of(session, both[1]))
    assert order.number == "H207004"
