"""E-mail as the second way to a customer: what leaves, to whom, how often, and what does not."""

import io
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pypdf
import pytest

from casework import links, mails
from casework.desk import Desk
from conversations import attachments, inbox, outbox, transcript
from conversations import mails as stored
from conversations import repository as conversations
from conversations.mails import MailState, StoredMail
from conversations.message import Author, Draft, Message, State
from gateways import mail as gateway
from gateways.carrier import HouseCarrier
from handoff import rules as handoff_rules
from kit import errors, ids, jobs
from kit.clock import FixedClock
from kit.db import Database
from kit.settings import Settings
from store import policy_file, repository, seed, service
from store.decision import RequestLine
from store.identity import Claim
from store.ports import LabelTicket
from store.returns import Return
from tests import smtp_server
from tests.smtp_server import MailServer, html_of, text_of

pytestmark = pytest.mark.database

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
CONTACT = "maya.at.work@example.org"
ORDER = "H204518"
OWN_ADDRESS = "maya.torres@example.com"


@dataclass
class Absent:
    """A conversation whose customer has closed the chat, and a mail server."""

    desk: Desk
    server: MailServer
    clock: FixedClock
    id: UUID

    async def contact(self, address: str = CONTACT) -> None:
        """Leave an e-mail address."""
        async with self.desk.database.transaction() as session:
            await conversations.set_contact(session, self.id, {"email": address})

    async def prove(self, level: Any = "write") -> None:
        """Prove to be the customer of the demo shop's order."""
        async with self.desk.database.transaction() as session:
            order = await repository.find_order(session, ORDER)
            assert order is not None
            claim = Claim(level, order.customer.id, (order.id,))
            await conversations.set_claims(session, self.id, {"proved": [claim.to_json()], "wrong": 0})

    async def write(self, text: str) -> None:
        """Say something as the customer."""
        async with self.desk.database.transaction() as session:
            inbound = inbox.Inbound("web", "visitor", f"m{text}", text)
            await inbox.accept(session, inbound, self.desk.jobs, self.desk.clock.now(), timedelta(hours=24))

    async def say(self, text: str, author: Author = Author.AGENT, files: tuple[dict[str, str], ...] = ()) -> Message:
        """Say something to the customer, as the desk's answers do."""
        async with self.desk.database.transaction() as session:
            conversation = await conversations.lock(session, self.id)
            agent_name = "Ana" if author is Author.AGENT else None
            sender = outbox.Sender(author, conversation.owner_counter, agent_name)
            draft = Draft(text, attachments=files)
            (message,) = await outbox.send(session, self.id, [draft], sender, self.desk.clock.now())
            await mails.on_message(session, self.desk, message)
        return message

    async def fetch(self) -> None:
        """Come back to the chat, which fetches everything."""
        async with self.desk.database.transaction() as session:
            newest = (await conversations.transcript(session, self.id))[-1].seq
            await transcript.mark_shown(session, self.id, newest, State.SENT)

    async def rows(self) -> list[StoredMail]:
        """Read the e-mails of the conversation."""
        async with self.desk.database.transaction() as session:
            return await stored.of_conversation(session, self.id)

    async def jobs(self, task: str) -> list[dict[str, Any]]:
        """Return the jobs of a kind that wait, with lock, arguments and moment."""
        async with self.desk.database.transaction() as session:
            connection = await session.connection()
            found = await connection.exec_driver_sql(
                "SELECT lock, args, scheduled_at FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", (task,)
            )
            return [dict(row._mapping) for row in found]

    async def deliver_all(self) -> list[MailState | None]:
        """Run the jobs that send e-mails."""
        return [
            await mails.deliver(self.desk, UUID(job["args"]["mail_id"])) for job in await self.jobs(mails.MAIL_TASK)
        ]

    async def send_unseen(self) -> None:
        """Run the job that looks for what was not fetched, and what follows from it; a minute later it is over."""
        await mails.send_unseen(self.desk, self.id)
        await self.deliver_all()
        self.clock.moment += timedelta(minutes=1)


@pytest.fixture
async def absent(database: Database, database_url: str) -> AsyncIterator[Absent]:
    """A visitor who has said something and closed the chat, and a mail server."""
    settings = Settings(
        _env_file=None,
        DATABASE_URL=database_url,
        secret_key="a key of at least thirty-two characters",
        public_url="https://desk.shop.example",
    )
    jobs_app = jobs.create_app(database_url)
    clock = FixedClock(NOW)
    async with jobs_app.open_async(), smtp_server.running() as server:
        smtp = gateway.SmtpMail(gateway.Server("127.0.0.1", server.port, "returns@shop.example", "none"), clock)
        desk = Desk(
            database=database,
            jobs=jobs.Jobs(jobs_app),
            clock=clock,
            settings=settings,
            book=policy_file.read(settings.policy),
            carrier=HouseCarrier(),
            handoff=handoff_rules.read(settings.handoff),
            mail=smtp,
        )
        async with database.transaction() as session:
            opened = await inbox.open_conversation(session, "web", "visitor", "en", NOW)
            sender = outbox.Sender(Author.BOT, 0)
            await outbox.send(session, opened.id, [Draft("Hello! How can I help?")], sender, NOW)
        visitor = Absent(desk, server, clock, opened.id)
        await visitor.write("my mug is broken")
        yield visitor


@pytest.fixture
async def shopper(absent: Absent) -> Absent:
    """The same, where the demo shop has orders."""
    async with absent.desk.database.transaction() as session:
        await seed.demo_shop(session, absent.desk.book, NOW)
    return absent


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
    await confirm(shopper, await returned(shopper))

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


async def returned(absent: Absent, *, needs_person: bool = False) -> Return:
    """Open a return of the demo shop's order in the conversation."""
    desk, book = absent.desk, absent.desk.book
    if needs_person:
        strict = [
            version.model_copy(update={"rules": version.rules.model_copy(update={"approval_limit": Decimal(1)})})
            for version in book.versions
        ]
        book = replace(book, versions=tuple(strict))
    async with desk.database.transaction() as session:
        order = await repository.find_order(session, ORDER)
        assert order is not None
        chosen = next(item for item in order.items if "Mug" in item.name)
        return await service.open_return(
            session,
            order_id=order.id,
            lines=[RequestLine(chosen.id, 1, "no_longer_needed")],
            resolution="refund",
            method="printed_label",
            refund_to=None,
            exchange_variants={},
            book=book,
            now=NOW,
            actor="customer",
            conversation_id=absent.id,
            ticket=LabelTicket(ids.new_rma_number(), "HP4829156304", "Harbour Post"),
        )


async def confirm(absent: Absent, return_: Return) -> None:
    """Write the confirmation and send it."""
    async with absent.desk.database.transaction() as session:
        await mails.confirm_return(session, absent.desk, return_.rma)
    await absent.deliver_all()


async def test_a_return_is_confirmed_with_its_facts_and_its_label(shopper: Absent) -> None:
    await shopper.prove()
    opened = await returned(shopper)
    await confirm(shopper, opened)

    sent = shopper.server.only()
    text = text_of(sent)
    assert shopper.server.recipients == [OWN_ADDRESS]
    assert sent["Subject"] == f"Your return {opened.rma} is approved"
    assert "Order: #H204518" in text
    assert "Items: 1 × Camp Mug" in text
    assert f"Refund: ${opened.amount}" in text
    assert re.search(r"Goes to: \w+", text)
    assert re.search(r"When: .*after we have checked the parcel", text)
    assert opened.label_expires_at is not None
    assert f"Send it by: {opened.label_expires_at.day} December 2026" in text
    assert "1. Pack the items." in text
    assert "/resume/" in text
    (label,) = sent.iter_attachments()
    assert label.get_filename() == f"Return label {opened.rma}.pdf"
    document = pypdf.PdfReader(io.BytesIO(label.get_payload(decode=True)))
    assert opened.rma in document.pages[0].extract_text()


async def test_each_state_of_a_return_is_confirmed_once(shopper: Absent) -> None:
    await shopper.prove()
    opened = await returned(shopper)
    for _ in range(3):
        await confirm(shopper, opened)
    async with shopper.desk.database.transaction() as session:
        await service.cancel_return(session, opened.rma, "customer", NOW)
    for _ in range(2):
        await confirm(shopper, opened)

    assert [message["Subject"] for message in shopper.server.messages] == [
        f"Your return {opened.rma} is approved",
        f"Your return {opened.rma} is called off",
    ]
    assert "Please don't send anything." in text_of(shopper.server.messages[1])
    assert not list(shopper.server.messages[1].iter_attachments())


async def test_a_return_that_waits_for_a_person_says_so_and_its_refusal_says_why(shopper: Absent) -> None:
    await shopper.prove()
    opened = await returned(shopper, needs_person=True)
    await confirm(shopper, opened)
    async with shopper.desk.database.transaction() as session:
        await service.reject(session, opened.rma, "Ana", NOW, "The mug was used over a fire.")
    await confirm(shopper, opened)

    waiting, refused = shopper.server.messages
    assert "a person is looking at it" in waiting["Subject"]
    assert "please don't send anything yet" in text_of(waiting)
    assert not list(waiting.iter_attachments())
    assert "was not approved" in text_of(refused)
    assert "The reason: The mug was used over a fire." in text_of(refused)
    assert "$" not in text_of(refused)


async def test_a_return_of_a_conversation_that_has_forgotten_its_customer_is_confirmed_without_a_way_in(
    shopper: Absent,
) -> None:
    opened = await returned(shopper)
    await confirm(shopper, opened)

    assert shopper.server.recipients == [OWN_ADDRESS]
    assert "/resume/" not in text_of(shopper.server.only())


async def test_an_unknown_return_cannot_be_confirmed(absent: Absent) -> None:
    async with absent.desk.database.transaction() as session:
        with pytest.raises(errors.NotFound):
            await mails.confirm_return(session, absent.desk, "RMA-0000-0000")


async def test_nothing_is_sent_for_what_was_rolled_back(shopper: Absent) -> None:
    await shopper.prove()
    opened = await returned(shopper)
    with suppress(RuntimeError):
        async with shopper.desk.database.transaction() as session:
            await mails.confirm_return(session, shopper.desk, opened.rma)
            raise RuntimeError

    assert await shopper.rows() == []
    assert await shopper.jobs(mails.MAIL_TASK) == []
