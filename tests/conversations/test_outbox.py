"""The one door: what was computed under an old counter does not leave."""

import pytest

from conversations import buttons, errors, ownership
from conversations.buttons import Validity
from conversations.conversation import Owner
from conversations.message import Author, Draft
from kit import errors as kit_errors
from tests.conversations.conftest import NOW, Talk, button


async def press(talk: Talk, token: str) -> buttons.Press:
    """Press a button as the turn does."""
    conversation = await talk.get()
    async with talk.database.transaction() as session:
        return await buttons.read(session, conversation, token, NOW)


async def test_a_reply_computed_under_the_present_counter_leaves(talk: Talk) -> None:
    (message,) = await talk.send(Draft("Hello."))

    assert message.text == "Hello."


async def test_a_reply_computed_before_a_handoff_is_dropped(talk: Talk) -> None:
    async with talk.database.transaction() as session:
        await ownership.move(session, talk.id, Owner.QUEUE)

    assert await talk.send(Draft("I can do that."), counter=0) == []
    assert await talk.transcript() == []


async def test_a_change_to_an_order_computed_before_a_handoff_is_refused(talk: Talk) -> None:
    async with talk.database.transaction() as session:
        await ownership.move(session, talk.id, Owner.QUEUE)

    with pytest.raises(errors.OwnershipMoved):
        async with talk.database.transaction() as session:
            await ownership.hold(session, talk.id, 0)


async def test_the_counter_moves_with_every_change_of_owner_and_coming_back_does_not_revive_old_replies(
    talk: Talk,
) -> None:
    for owner in (Owner.QUEUE, Owner.AGENT, Owner.BOT):
        async with talk.database.transaction() as session:
            await ownership.move(session, talk.id, owner, "Ana")

    assert (await talk.get()).owner_counter == 3
    assert await talk.send(Draft("late"), counter=0) == []


async def test_the_bot_cannot_be_given_to_itself(talk: Talk) -> None:
    with pytest.raises(kit_errors.Conflict):
        async with talk.database.transaction() as session:
            await ownership.move(session, talk.id, Owner.BOT)


async def test_a_button_of_the_newest_reply_is_live_once(talk: Talk) -> None:
    (message,) = await talk.send(Draft("What?", buttons=(button("Start a return"),)))
    token = message.content["buttons"][0]["payload"]

    first, second = await press(talk, token), await press(talk, token)
    assert (first.validity, first.choices[0].intent, first.title) == (Validity.LIVE, "start_return", "Start a return")
    assert second.validity is Validity.USED


async def test_a_button_of_an_earlier_question_is_old(talk: Talk) -> None:
    (message,) = await talk.send(Draft("What?", buttons=(button("Start a return"),)))
    await talk.send(Draft("And now?", buttons=(button("Yes"),)))

    assert (await press(talk, message.content["buttons"][0]["payload"])).validity is Validity.OLD


async def test_a_system_line_in_between_leaves_the_buttons_live(talk: Talk) -> None:
    (message,) = await talk.send(Draft("What?", buttons=(button("Start a return"),)))
    await talk.send(Draft("Sorry, one moment."), author=Author.SYSTEM)

    assert (await press(talk, message.content["buttons"][0]["payload"])).validity is Validity.LIVE


async def test_a_change_of_owner_ends_all_buttons(talk: Talk) -> None:
    (message,) = await talk.send(Draft("What?", buttons=(button("Start a return"),)))
    async with talk.database.transaction() as session:
        await ownership.move(session, talk.id, Owner.QUEUE)

    assert (await press(talk, message.content["buttons"][0]["payload"])).validity is Validity.OLD


@pytest.mark.parametrize("forged", ["aaaaaaaaaa", "/affirm", "", "' OR 1=1 --", "aaaaaaaaaa*2 bbbbbbbbbb*1", "x*9999"])
async def test_a_forged_button_is_unknown(talk: Talk, forged: str) -> None:
    await talk.send(Draft("What?", buttons=(button("Start a return"),)))

    assert (await press(talk, forged)).validity is Validity.UNKNOWN


async def test_several_cards_are_pressed_at_once_with_how_many_of_each(talk: Talk) -> None:
    cards = tuple({**button(title, "inform"), "kind": "item"} for title in ("Mug", "Shoes"))
    (message,) = await talk.send(Draft("Which?", cards=cards))
    mug, shoes = (card["payload"] for card in message.content["cards"])

    pressed = await press(talk, f"{mug}*2 {shoes}*1")
    assert [choice.quantity for choice in pressed.choices] == [2, 1]
    assert pressed.title == "2 × Mug, Shoes"


async def test_what_a_button_means_never_reaches_the_client(talk: Talk) -> None:
    (message,) = await talk.send(Draft("What?", buttons=(button("Start a return"),)))

    assert set(message.content["buttons"][0]) == {"title", "payload"}
    assert "start_return" not in str(message.content)
