"""The step that asks for an address takes one that is pointed at, and asks which where several fit."""

from dataclasses import asdict
from typing import Any, cast

import pytest

import encoder
from actions.address_step import AddressStep
from actions.call import Call, Room
from actions.library import Library
from actions.likeness import Likeness
from casework.wanted import ChangeAddress
from conversations import repository as conversations
from conversations.message import Choice
from kit import ids
from store.order import Address
from tests.casework.harbour import Harbour

pytest_plugins = ["tests.casework.harbour_fixtures"]

OAK = Address("12 Oak Street", "", "Salem", "OR", "97301", "US")
ELM = Address("9 Elm Street", "Apt 4", "Boise", "ID", "83702", "US")


@pytest.fixture(scope="session")
def alike() -> Likeness:
    """The sentence encoder."""
    return Likeness(encoder.Encoder().encode)


async def filled(harbour: Harbour, alike: Likeness, text: str, *choices: Choice, **slots: Any) -> Call:
    """Fill the step, and ask where nothing was found; a message in the form answers the question for the address."""
    step = AddressStep()
    async with harbour.session() as session:
        conversation = await conversations.lock(session, harbour.id)
        room = Room(harbour.desk, cast("Library", None), session, conversation, ids.new_id(), alike)
        known = {"order": "H205120", "change": "address", "want": "change_address", **slots}
        asked = "address" if text or choices else None
        call = Call(room, text, "", 0.9, (), (), choices, known, "change_order_form" if asked else None, asked, None)
        await step.fill(call)
        if call.slots.get("address") is None:
            await step.ask(call)
    return call


@pytest.fixture
async def maya(empty_harbour: Harbour) -> Harbour:
    """Maya, whose pending order goes elsewhere than her other orders."""
    await empty_harbour.prove(order_number="H205120", email="maya.torres@example.com")
    await empty_harbour.prove(order_number="H204518", email="maya.torres@example.com")
    order = await empty_harbour.order("H205120")
    await empty_harbour.says_yes(ChangeAddress(order.id, OAK))
    return empty_harbour


async def test_the_default_address_is_the_one_on_file(maya: Harbour, alike: Likeness) -> None:
    on_file = (await maya.order("H205120")).customer.address

    call = await filled(maya, alike, "my default address please")

    assert call.slots["address"] == asdict(on_file)


async def test_a_want_that_points_at_an_address_is_not_asked_again(maya: Harbour, alike: Likeness) -> None:
    said = {"text": "change the address of my order to my home in Portland"}

    call = await filled(maya, alike, "", noted=said)

    assert call.slots["address"]["city"] == "Portland"
    assert call.said == []


async def test_an_address_that_is_written_out_is_read_as_before(maya: Harbour, alike: Likeness) -> None:
    call = await filled(maya, alike, "9 Elm Street, Apt 4, Boise, ID 83702")

    assert call.slots["address"] == asdict(ELM)


async def test_of_several_that_fit_one_is_asked_for_and_taken_by_button_place_or_city(
    maya: Harbour, alike: Likeness
) -> None:
    shown = [{"title": "One", "address": asdict(OAK)}, {"title": "Two", "address": asdict(ELM)}]
    read = {"either": shown}

    by_place = await filled(maya, alike, "the second", address_read=read)
    by_city = await filled(maya, alike, "the one in Boise", address_read=read)
    by_button = await filled(maya, alike, "", Choice("inform", "address", asdict(ELM)), address_read=read)

    assert [one.slots["address"]["city"] for one in (by_place, by_city, by_button)] == ["Boise"] * 3


async def test_what_waits_for_the_same_address_gets_it_too(maya: Harbour, alike: Likeness) -> None:
    said = {"text": "send all my pending orders to my default address"}
    waiting = {"intent": "change_address", "noted": said, "evidence": {"order_number": "H204518"}}
    other = {"intent": "cancel_order", "noted": {"text": "cancel it"}, "evidence": {}}

    call = await filled(maya, alike, "", noted=said, agenda=[waiting, other])

    assert call.slots["agenda"][0]["noted"]["address"] == call.slots["address"]
    assert "address" not in call.slots["agenda"][1]["noted"]


async def test_nothing_said_asks_for_the_address(maya: Harbour, alike: Likeness) -> None:
    call = await filled(maya, alike, "", noted={"text": "change the address of my order"})

    assert call.slots.get("address") is None
    assert "What is the new address?" in call.said[0]["text"]
