"""The e-mails that confirm a return: its facts, its label, once for each state, and to nobody else."""

import io
import re
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pypdf
import pytest

from casework import links, mails
from kit import errors, ids
from store import repository, service
from store.decision import RequestLine
from store.happenings import Act
from store.ports import LabelTicket
from store.returns import Return
from tests.casework.conftest import NOW, ORDER, OWN_ADDRESS, Absent
from tests.smtp_server import text_of

pytestmark = pytest.mark.database


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
            act=Act("customer", NOW),
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
        await service.cancel_return(session, opened.rma, Act("customer", NOW))
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
        await service.reject(session, opened.rma, Act("Ana", NOW, {"reason": "The mug was used over a fire."}))
    await confirm(shopper, opened)

    waiting, refused = shopper.server.messages
    assert "a person is looking at it" in waiting["Subject"]
    assert "please don't send anything yet" in text_of(waiting)
    assert not list(waiting.iter_attachments())
    assert "was not approved" in text_of(refused)
    assert "The reason: The mug was used over a fire." in text_of(refused)
    assert "$" not in text_of(refused)


async def test_a_return_of_a_conversation_that_has_forgotten_its_customer_is_confirmed_with_a_way_into_another(
    shopper: Absent,
) -> None:
    opened = await returned(shopper)
    await confirm(shopper, opened)

    assert shopper.server.recipients == [OWN_ADDRESS]
    found = re.search(r"/resume/([\w.-]+)", text_of(shopper.server.only()))
    assert found is not None
    opens = links.conversation_to_resume(shopper.desk, found[1])
    assert opens is not None
    assert opens != shopper.id
    assert links.order_proved_by(shopper.desk, found[1]) == opened.order_id


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


async def test_a_desk_without_a_mail_server_confirms_nothing(shopper: Absent) -> None:
    opened = await returned(shopper)
    shopper.desk = replace(shopper.desk, mail=None)
    await confirm(shopper, opened)

    assert await shopper.rows() == []
