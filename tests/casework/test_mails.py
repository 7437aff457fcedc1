"""E-mail as the second way to a customer: what leaves, to whom, how often, and what does not."""

import re
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest

from casework import links, mails
from conversations import attachments, ownership
from conversations.conversation import Owner
from conversations.mails import MailState
from conversations.message import Author
from kit import errors
from tests.casework.conftest import CONTACT, NOW, OWN_ADDRESS, Absent
from tests.smtp_server import html_of, text_of

pytestmark = pytest.mark.database


def resume_link(message: EmailMessage) -> str:
    """Return the link back into the conversation."""
    (link,) = set(re.findall(r"https://desk\.shop\.example/resume/[\w.-]+", text_of(message)))
    return link


async def test_an_answer_that_nobody_fetched_goes_by_email_with_a_link_that_resumes_the_conversation(
    absent: Absent,
) -> None:
    await absent.contact()
    await absent.say("I've sent you a new mug.\nIt leaves today.")
    await absent.send_unseen()

    sent = absent.server.only()
    text = text_of(sent)
    assert absent.server.recipients == [CONTACT]
    assert sent["Subject"] == "Your conversation with Harbour & Pine"
    assert "Ana from Harbour & Pine answered you" in text
    assert "Ana, 23 November 2026 at 10:00 PST:" in text
    assert "I've sent you a new mug." in text
    assert "until 30 November 2026" in text
    assert "keep it to yourself" in text
    token = urlsplit(resume_link(sent)).path.removeprefix("/resume/")
    assert links.conversation_to_resume(absent.desk, token) == absent.id
    assert resume_link(sent) in html_of(sent)
    (row,) = await absent.rows()
    assert (row.state, row.attempts, row.sent_at) == (MailState.SENT, 1, NOW)


async def test_that_somebody_has_joined_is_no_occasion_for_an_email_of_its_own(absent: Absent) -> None:
    await absent.contact()
    async with absent.desk.database.transaction() as session:
        await ownership.move(session, absent.id, Owner.QUEUE)
        await ownership.move(session, absent.id, Owner.AGENT, "Ana")
    await absent.say("Ana has joined and is reading the conversation.", Author.SYSTEM)
    await absent.send_unseen()
    assert await absent.rows() == []

    await absent.say("The answer")
    await absent.send_unseen()
    assert "The answer" in text_of(absent.server.only())


async def test_neither_the_rest_of_the_transcript_nor_the_customers_own_words_leave(absent: Absent) -> None:
    await absent.contact()
    await absent.say("Read long ago", Author.BOT)
    await absent.fetch()
    await absent.say("The answer")
    await absent.send_unseen()

    text = text_of(absent.server.only())
    assert "The answer" in text
    for other in ("Read long ago", "my mug is broken", "How can I help"):
        assert other not in text


async def test_nothing_leaves_when_the_customer_has_come_back_meanwhile(absent: Absent) -> None:
    await absent.contact()
    await absent.say("The answer")
    await absent.fetch()
    await absent.send_unseen()

    assert absent.server.messages == []
    assert await absent.rows() == []


async def test_several_unseen_messages_are_one_email_in_their_order_and_each_leaves_once(absent: Absent) -> None:
    await absent.contact()
    for text in ("First words", "Second words"):
        await absent.say(text)
    await absent.say("Ana has left the conversation.", Author.SYSTEM)
    for _ in range(3):  # one job for each message
        await absent.send_unseen()
    first = text_of(absent.server.only())
    await absent.say("Later words")
    await absent.send_unseen()

    assert first.index("First words") < first.index("Second words") < first.index("Ana has left")
    assert "First words" not in text_of(absent.server.messages[1])
    assert len(absent.server.messages) == 2
    assert [row.seqs for row in await absent.rows()] == [(3, 4, 5), (6,)]


async def test_later_emails_of_a_conversation_stand_in_the_thread_of_the_first(absent: Absent) -> None:
    await absent.contact()
    for text in ("One", "Two", "Three"):
        await absent.say(text)
        await absent.send_unseen()

    first, second, third = absent.server.messages
    assert first["In-Reply-To"] is None
    assert second["In-Reply-To"] == first["Message-ID"]
    assert third["In-Reply-To"] == second["Message-ID"]
    assert third["References"].split() == [first["Message-ID"], second["Message-ID"]]
    assert len({message["Subject"] for message in absent.server.messages}) == 1


async def test_the_look_whether_something_was_fetched_waits_under_a_lock_of_its_own(absent: Absent) -> None:
    await absent.say("The answer")
    await absent.say("Read me", Author.SYSTEM)
    await absent.say("The bot's own words", Author.BOT)

    waiting = await absent.jobs(mails.UNSEEN_TASK)
    assert len(waiting) == 2
    for job in waiting:
        assert job["lock"] == f"mail_unseen:{absent.id}"
        assert job["args"] == {"conversation_id": str(absent.id)}
        assert job["scheduled_at"] == NOW + timedelta(seconds=60)


async def test_a_desk_without_a_mail_server_writes_and_promises_nothing(shopper: Absent) -> None:
    shopper.desk = replace(shopper.desk, mail=None)
    await shopper.contact()
    await shopper.say("The answer")
    await shopper.send_unseen()

    assert not mails.can_write(shopper.desk)
    assert await shopper.rows() == []
    assert await shopper.jobs(mails.UNSEEN_TASK) == []


async def test_without_an_address_nothing_leaves(shopper: Absent) -> None:
    await shopper.prove("general")
    await shopper.say("The answer")
    await shopper.send_unseen()

    assert await shopper.rows() == []


@pytest.mark.parametrize("level", ["look", "write"])
async def test_a_customer_who_left_no_address_is_written_to_at_their_own_once_it_is_proved(
    shopper: Absent, level: str
) -> None:
    await shopper.prove(level)
    await shopper.say("The answer")
    await shopper.send_unseen()

    assert shopper.server.recipients == [OWN_ADDRESS]
    assert text_of(shopper.server.only()).startswith("Hello Maya,")


async def test_the_address_that_the_customer_gave_goes_first_and_is_not_greeted_by_name(shopper: Absent) -> None:
    await shopper.prove()
    await shopper.contact()
    await shopper.say("The answer")
    await shopper.send_unseen()

    assert shopper.server.recipients == [CONTACT]
    assert text_of(shopper.server.only()).startswith("Hello,")


async def test_a_contact_that_is_no_address_is_no_way_to_the_customer(absent: Absent) -> None:
    await absent.contact("maya@example.com\r\nBcc: thief@evil.example")
    await absent.say("The answer")
    await absent.send_unseen()

    assert await absent.rows() == []


async def test_what_people_write_stands_in_the_email_as_text(absent: Absent) -> None:
    await absent.contact()
    await absent.say('<img src=x onerror="alert(1)"> & see https://shop.example/care?a=1&b=2')
    await absent.send_unseen()

    html = html_of(absent.server.only())
    assert "<img" not in html
    assert "&lt;img src=x" in html
    assert 'href="https://shop.example/care?a=1&amp;b=2"' in html


async def test_files_of_the_agent_come_along(absent: Absent) -> None:
    await absent.contact()
    photo = attachments.read("how to pack.png", b"\x89PNG\r\n\x1a\n and so on")
    assert photo is not None
    message = await absent.say("This is how", files=(photo.described(),))
    async with absent.desk.database.transaction() as session:
        await attachments.keep(session, message, [photo], NOW)
    await absent.send_unseen()

    sent = absent.server.only()
    (file,) = sent.iter_attachments()
    assert (file.get_filename(), file.get_payload(decode=True)) == ("how to pack.png", photo.data)
    assert "[how to pack.png]" in text_of(sent)


async def test_a_sending_that_fails_for_now_is_tried_again_under_the_same_id(absent: Absent) -> None:
    await absent.contact()
    await absent.say("The answer")
    await mails.send_unseen(absent.desk, absent.id)
    absent.server.say_to_address = ["450 4.2.0 Greylisted"]
    with pytest.raises(errors.Unavailable, match="Greylisted"):
        await absent.deliver_all()
    (waiting,) = await absent.rows()
    await absent.deliver_all()
    (sent,) = await absent.rows()

    assert (waiting.state, waiting.attempts, waiting.error) == (MailState.QUEUED, 1, "450 4.2.0 Greylisted")
    assert (sent.state, sent.attempts, sent.error) == (MailState.SENT, 2, None)
    assert absent.server.only()["Message-ID"] == f"<{sent.id}@desk.shop.example>"


async def test_after_the_last_try_the_email_has_failed_with_the_reason(absent: Absent) -> None:
    await absent.contact()
    await absent.say("The answer")
    await mails.send_unseen(absent.desk, absent.id)
    absent.server.say_to_address = ["450 4.2.0 Greylisted"] * mails.MOST_TRIES
    for _ in range(mails.MOST_TRIES - 1):
        with pytest.raises(errors.Unavailable):
            await absent.deliver_all()
    outcome = await absent.deliver_all()
    (row,) = await absent.rows()

    assert outcome == [MailState.FAILED]
    assert (row.state, row.attempts, row.error) == (MailState.FAILED, mails.MOST_TRIES, "450 4.2.0 Greylisted")
    assert await absent.deliver_all() == [MailState.FAILED]
    assert absent.server.tries == mails.MOST_TRIES


async def test_an_address_that_is_refused_for_good_is_not_tried_again(absent: Absent) -> None:
    await absent.contact()
    await absent.say("The answer")
    await mails.send_unseen(absent.desk, absent.id)
    absent.server.say_to_address = ["550 5.1.1 No such user here"]

    assert await absent.deliver_all() == [MailState.FAILED]
    assert await absent.deliver_all() == [MailState.FAILED]
    assert [(row.attempts, row.error) for row in await absent.rows()] == [(1, "550 5.1.1 No such user here")]
    assert absent.server.tries == 1


async def test_what_failed_to_arrive_goes_along_with_the_next_answer(absent: Absent) -> None:
    await absent.contact("gone@example.org")
    await absent.say("The answer")
    await mails.send_unseen(absent.desk, absent.id)
    absent.server.say_to_address = ["550 5.1.1 No such user here"]
    await absent.deliver_all()
    await absent.contact()
    await absent.say("And one more thing")
    await absent.send_unseen()

    assert "The answer" in text_of(absent.server.only())
    assert "And one more thing" in text_of(absent.server.only())


async def test_an_email_that_has_left_does_not_leave_again_when_its_job_runs_again(absent: Absent) -> None:
    await absent.contact()
    await absent.say("The answer")
    await absent.send_unseen()

    assert await absent.deliver_all() == [MailState.SENT]
    assert len(absent.server.messages) == 1
