"""Where a customer is told something that happened while they were away, and what their answer finds there."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from api import resume
from casework import identities, links, mails, order_conversation, reach
from conversations import dialogue, inbox, ownership, topics, transcript
from conversations import repository as conversations
from conversations.conversation import Owner
from conversations.message import State
from handoff.ticket import Reason
from kit import errors, ids
from tests.casework.harbour import ANA
from tests.casework.post import HERE, LABEL, MAYA, PRIYA, Post
from tests.smtp_server import text_of

pytestmark = pytest.mark.database
pytest_plugins = ["tests.casework.post_fixtures"]


async def tell(
    post: Post, number: str, words: str = "Your order is on its way.", key: str | None = "k", **more: Any
) -> UUID | None:
    """Tell something about an order."""
    order = await post.order(number)
    async with post.session() as session:
        return await reach.tell(session, post.desk, order, None, words, key=key, **more)


async def tell_of(
    post: Post, rma: str, words: str = "Your parcel is here.", key: str | None = "k", **more: Any
) -> UUID | None:
    """Tell something about a return."""
    order, return_ = await post.both(rma)
    async with post.session() as session:
        return await reach.tell(session, post.desk, order, return_, words, key=key, **more)


async def opened_in(post: Post, rma: str, conversation_id: UUID) -> None:
    """Let a return of the demo shop be one that was opened in a conversation."""
    query = "UPDATE returns SET conversation_id = :id, opened_at = :now WHERE rma = :rma RETURNING 1"
    await post.rows(query, id=conversation_id, now=post.now, rma=rma)


def token_of(mail: EmailMessage) -> str:
    """Return the token of the link back into the conversation."""
    (link,) = set(re.findall(r"https://desk\.shop\.example/resume/[\w.-]+", text_of(mail)))
    return str(urlsplit(link).path).removeprefix("/resume/")


async def test_it_is_told_in_the_conversation_in_which_the_order_was_proved(post: Post) -> None:
    await post.prove(order_number="H204518", email=MAYA)
    await post.says("where is it?")

    assert await tell(post, "H204518") == post.id
    (said,) = await post.told()
    assert (said.text, said.state) == ("Your order is on its way.", State.QUEUED)
    assert await post.own("H204518") is None


async def test_of_several_conversations_it_is_the_one_in_which_the_customer_wrote_last(post: Post) -> None:
    second = await post.another("elsewhere")
    for one in (post, second):
        await one.prove(order_number="H204518", email=MAYA)
        await one.says("hello")
        post.wait(minutes=5)
    await post.says("and another thing")

    assert await tell(post, "H204518") == post.id


async def test_a_return_is_told_of_where_it_was_opened(post: Post) -> None:
    await opened_in(post, LABEL, post.id)
    await post.says("thank you")

    assert await tell_of(post, LABEL) == post.id


async def test_where_a_new_episode_has_begun_since_and_nothing_is_proved_somebody_else_may_sit(post: Post) -> None:
    await post.prove(order_number="H206006", email=PRIYA)
    await post.says("return the boots")
    await opened_in(post, LABEL, post.id)
    post.wait(days=3)
    await post.says("hello, do you sell lamps?")

    told_in = await tell_of(post, LABEL)
    assert told_in != post.id
    assert await post.told() == []
    assert [str(mail["To"]) for mail in await post.deliver()] == [PRIYA]


async def test_on_a_channel_that_is_one_persons_own_they_are_told_there_however_late(post: Post) -> None:
    phone = await post.another("+15125550119", channel="sms")
    await phone.says("return the boots")
    await opened_in(post, LABEL, phone.id)
    post.wait(days=30)
    await phone.says("hello")

    assert await tell_of(post, LABEL) == phone.id


async def test_an_email_address_alone_proves_too_little_to_be_told_there(post: Post) -> None:
    await post.prove(email=MAYA)
    await post.says("what about my refund?")

    assert await tell(post, "H204518") != post.id


async def test_who_has_no_conversation_gets_one_and_an_email_at_once_whose_link_opens_it(post: Post) -> None:
    told_in = await tell(post, "H204518")

    own = await post.own("H204518")
    assert own is not None
    assert told_in == own.id
    (mail,) = await post.deliver()
    assert str(mail["To"]) == MAYA
    assert str(mail["Subject"]) == "News about your order #H204518"
    assert "Hello Maya," in text_of(mail)
    assert "There is news about your order #H204518:" in text_of(mail)
    assert "Your order is on its way." in text_of(mail)
    assert links.conversation_to_resume(post.desk, token_of(mail)) == own.id
    assert await post.unseen() == [mail]


async def test_later_news_of_the_same_order_comes_to_the_same_conversation(post: Post) -> None:
    first = await tell(post, "H204518", key="one")
    second = await tell(post, "H204518", "It is there.", key="two")

    assert first == second
    assert len(await post.deliver()) == 2


async def test_the_same_key_is_told_once_and_names_the_same_conversation_again(post: Post) -> None:
    first = await tell(post, "H204518", key="shipped")
    again = await tell(post, "H204518", "other words", key="shipped")

    assert first == again
    assert first is not None
    assert [one.text for one in await post.told(first)] == ["Your order is on its way."]
    assert [one.key for one in await post.notices("H204518")] == ["shipped"]


async def test_what_is_rolled_back_was_not_told(post: Post) -> None:
    order = await post.order("H204518")
    with suppress(RuntimeError):
        async with post.session() as session:
            await reach.tell(session, post.desk, order, None, "Your order is on its way.", key="k")
            raise RuntimeError
    assert await post.notices("H204518") == []
    assert await post.own("H204518") is None

    assert await tell(post, "H204518") is not None
    assert len(await post.deliver()) == 1


@pytest.mark.parametrize("owner", [Owner.BOT, Owner.QUEUE, Owner.AGENT])
async def test_whoever_has_the_conversation_the_customer_is_told_and_nobody_loses_it(post: Post, owner: Owner) -> None:
    await post.prove(order_number="H204518", email=MAYA)
    await post.says("hello")
    if owner is not Owner.BOT:
        await post.hire(ANA)
        await post.hand_over(Reason.ASKED_FOR)
    if owner is Owner.AGENT:
        await post.claim()
    before = await post.get()

    assert await tell(post, "H204518") == post.id
    after = await post.get()
    assert (after.owner, after.owner_counter, after.agent_name) == (owner, before.owner_counter, before.agent_name)
    assert (await post.told())[-1].text == "Your order is on its way."
    mail = (await post.unseen())[-1]
    assert "Your order is on its way." in text_of(mail)


async def test_what_was_fetched_in_time_is_not_mailed(post: Post) -> None:
    await post.prove(order_number="H204518", email=MAYA)
    await post.says("hello")
    await tell(post, "H204518")
    async with post.session() as session:
        await transcript.mark_shown(session, post.id, 100, State.SENT)

    assert await post.unseen() == []


async def test_what_nobody_fetched_goes_by_email_to_the_address_on_the_order(post: Post) -> None:
    await opened_in(post, LABEL, post.id)
    await post.says("thank you")
    await tell_of(post, LABEL)

    (mail,) = await post.unseen()
    assert str(mail["To"]) == PRIYA
    assert links.conversation_to_resume(post.desk, token_of(mail)) == post.id


async def test_a_customer_without_an_email_is_told_in_the_orders_own_conversation_and_nowhere_else(post: Post) -> None:
    await post.rows("UPDATE customers SET email = '' WHERE email = :email RETURNING 1", email=MAYA)

    assert await tell(post, "H204518") is not None
    assert await post.deliver() == []


async def test_of_a_gifts_return_only_who_returns_it_is_told(post: Post) -> None:
    await post.prove(order_number="H206006", email=PRIYA)
    await post.says("hello")
    giftee = await post.another("giftee")
    await giftee.says("I was given boots")
    await opened_in(post, LABEL, giftee.id)
    await post.rows("UPDATE returns SET gift = true WHERE rma = :rma RETURNING 1", rma=LABEL)

    assert await tell_of(post, LABEL) == giftee.id
    assert await post.told() == []
    assert await post.unseen() == []


async def test_a_gifts_return_without_a_conversation_tells_nobody_rather_than_who_paid(post: Post) -> None:
    await post.rows("UPDATE returns SET gift = true WHERE rma = :rma RETURNING 1", rma=LABEL)
    order, return_ = await post.both(LABEL)

    assert await tell_of(post, LABEL) is None
    assert await post.deliver() == []
    (notice,) = await post.notices(order.number)
    assert notice.conversation_id is None
    async with post.session() as session:
        with pytest.raises(errors.NotFound):
            await reach.conversation_for(session, post.desk, order, return_)


async def test_the_answer_finds_the_return_without_its_number(post: Post) -> None:
    await post.prove(order_number="H203950", email=MAYA)
    await post.says("hello")
    await tell_of(post, HERE)

    known = await post.get()
    assert known.dialogue_state is not None
    assert known.dialogue_state["loop"] is None
    assert known.dialogue_state["slots"]["evidence"]["rma"] == HERE


async def test_news_replaces_an_order_that_was_spoken_of_before_and_keeps_contact_details(post: Post) -> None:
    await post.says("hello")
    await opened_in(post, LABEL, post.id)
    slots = {"evidence": {"order_number": "H204518", "rma": None, "email": PRIYA}}
    async with post.session() as session:
        await dialogue.keep(session, post.id, {"version": 1, "slots": slots, "loop": None, "requested_slot": None})
    await tell_of(post, LABEL)

    evidence = (await post.get()).dialogue_state["slots"]["evidence"]  # type: ignore[index]
    assert evidence == {"order_number": None, "rma": LABEL, "email": PRIYA}


async def test_a_question_that_is_being_asked_stays_as_it_is(post: Post) -> None:
    await post.prove(order_number="H204518", email=MAYA)
    await post.says("I want to return the mug")
    await post.remember(order="H204777", evidence={"order_number": "H204777"})
    before = (await post.get()).dialogue_state
    await post.asks("Which one?", "items", "choice")
    asked = (await post.get()).step
    await tell(post, "H204518", offer=("Wait longer", "please wait longer with H204518"))

    after = await post.get()
    assert after.dialogue_state == before
    assert after.step == asked
    (button,) = (await post.told())[-1].content["buttons"]
    assert button["title"] == "Wait longer"


async def test_the_answer_after_days_still_finds_the_order_but_proves_nothing(post: Post) -> None:
    await post.prove(order_number="H204518", email=MAYA)
    await post.says("hello")
    await tell(post, "H204518")
    post.wait(days=2)
    await post.says("when do I get it?")

    later = await post.get()
    assert later.dialogue_state is not None
    assert later.dialogue_state["slots"]["evidence"]["order_number"] == "H204518"
    assert identities.claims_of(later) == ()


async def test_news_that_came_while_the_bot_was_answering_is_not_forgotten_with_that_answer(post: Post) -> None:
    await post.prove(order_number="H204518", email=MAYA)
    asked = await post.says("hello")
    await tell(post, "H204518")
    async with post.session() as session:
        await transcript.mark_answered(session, asked)
        await dialogue.keep(session, post.id, {"version": 1, "slots": {}, "loop": None, "requested_slot": None})

    known = (await post.get()).dialogue_state
    assert known is not None
    assert known["slots"]["evidence"]["order_number"] == "H204518"


async def test_a_customer_who_turns_to_another_order_has_ended_the_topic(post: Post) -> None:
    await post.prove(order_number="H204518", email=MAYA)
    await tell(post, "H204518")
    await post.says("and where is H204777?")
    slots = {"evidence": {"order_number": "H204777"}}
    async with post.session() as session:
        await dialogue.keep(session, post.id, {"version": 1, "slots": slots, "loop": None, "requested_slot": None})

    assert topics.of(await post.get()) is None


async def test_after_a_person_the_assistant_still_knows_what_was_told(post: Post) -> None:
    await post.hire(ANA)
    await opened_in(post, LABEL, post.id)
    await post.says("hello")
    await post.hand_over(Reason.ASKED_FOR)
    await tell_of(post, LABEL)
    async with post.session() as session:
        await ownership.move(session, post.id, Owner.BOT)

    known = (await post.get()).dialogue_state
    assert known is not None
    assert known["slots"]["evidence"]["rma"] == LABEL


async def test_the_emails_link_proves_the_address_on_the_order_for_what_is_written_next(post: Post) -> None:
    await tell(post, "H204518")
    (mail,) = await post.deliver()
    own = await post.own("H204518")
    assert own is not None
    order = await post.order("H204518")
    post.wait(days=3)
    async with post.session() as session:
        proves = links.order_proved_by(post.desk, token_of(mail))
        assert proves == order.id
        await order_conversation.renew(session, post.desk, own.id, order)
    post.wait(minutes=2)
    async with post.session() as session:
        inbound = inbox.Inbound("web", own.address, str(ids.new_id()), "when do I get it?")
        await inbox.accept(session, inbound, post.desk.jobs, post.now, timedelta(hours=24))
        written = await conversations.get(session, own.id)

    assert written.episode_id != own.episode_id
    assert identities.may(written, "write", order)
    assert written.dialogue_state is not None
    assert written.dialogue_state["slots"]["evidence"]["order_number"] == "H204518"


async def test_what_the_link_proved_long_ago_proves_nothing_today(post: Post) -> None:
    await post.prove(order_number="H204518", email=MAYA)
    await post.says("hello")
    order = await post.order("H204518")
    post.wait(days=2)
    async with post.session() as session:
        await order_conversation.renew(session, post.desk, post.id, order)
    post.wait(days=2)
    await post.says("hello again")

    assert identities.claims_of(await post.get()) == ()


async def test_a_link_to_an_address_that_the_customer_typed_proves_no_order(post: Post) -> None:
    await post.prove(order_number="H204518", email=MAYA)
    await post.says("hello")
    async with post.session() as session:
        await conversations.set_contact(session, post.id, {"email": "somebody@example.org"})
    await tell(post, "H204518")

    (mail,) = await post.unseen()
    assert str(mail["To"]) == "somebody@example.org"
    assert links.order_proved_by(post.desk, token_of(mail)) is None


async def test_a_desk_without_a_mail_server_tells_in_the_conversation_alone(post: Post) -> None:
    post.desk = replace(post.desk, mail=None)
    assert await tell(post, "H204518") is not None
    assert await post.rows("SELECT 1 FROM mails") == []
    assert not mails.can_write(post.desk)


async def test_the_pages_script_opens_the_link_and_what_only_reads_the_page_proves_nothing(post: Post) -> None:
    await tell(post, "H204518")
    (mail,) = await post.deliver()
    own = await post.own("H204518")
    assert own is not None
    order = await post.order("H204518")
    post.wait(days=3)
    application = FastAPI()
    application.include_router(resume.router(post.desk))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="https://desk.test") as client:
        page = await client.get(f"/resume/{token_of(mail)}")
        async with post.session() as session:
            assert "renewed_at" not in (await conversations.get(session, own.id)).claims
        opened = await client.post(f"/resume/{token_of(mail)}")
        forged = await client.post("/resume/nonsense")

    assert (page.status_code, opened.status_code, forged.status_code) == (200, 204, 403)
    async with post.session() as session:
        known = await conversations.get(session, own.id)
    assert identities.may(known, "write", order)
    assert "renewed_at" in known.claims
