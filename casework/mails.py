"""E-mail as the second way to a customer: what nobody fetched from the chat, and the confirmation of a return.

Each occasion writes one row, in the transaction in which it happens; a job then sends it. Sending holds no
transaction open, may be tried again, and carries the same Message-ID each time.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import identities, labels, links, mail_texts, order_conversation, web_sessions
from casework.desk import Desk
from casework.mail import letter as letters
from casework.mail.letter import Letter
from casework.ports import MailFile, OutgoingMail
from conversations import attachments, mails, topics
from conversations import repository as conversations
from conversations.conversation import Conversation, Owner
from conversations.mails import MailState, NewMail, StoredMail
from conversations.message import Author, Message
from kit import errors
from store import offers, personal, repository
from store.order import Customer, Order
from store.returns import Return

MAIL_TASK = "mail"
"""Name of the job that sends one e-mail; it takes `mail_id`."""
UNSEEN_TASK = "mail_unseen"
"""Name of the job that looks whether a customer has fetched what was said; it takes `conversation_id`."""
MOST_TRIES = 8
"""So often an e-mail is tried; with the waits of the job (4, 16, 64 … seconds) that is most of a day."""
MOST_REFERENCES = 10
MOST_BYTES = 10 * 1024 * 1024
"""Files that make an e-mail larger than this stay behind the link."""

log = logging.getLogger(__name__)


def can_write(desk: Desk) -> bool:
    """Tell whether this desk sends e-mail; where it does not, none may be promised."""
    return desk.mail is not None


async def address_of(session: AsyncSession, desk: Desk, conversation: Conversation) -> str | None:
    """Return where an e-mail reaches the customer: the address that they gave, else their own when it is proved."""
    given = mail_texts.read_address(conversation.contact.get("email", ""))
    if given:
        return given
    customer = await _proved_customer(session, conversation)
    return mail_texts.read_address(customer.email) if customer else None


async def on_message(session: AsyncSession, desk: Desk, message: Message) -> None:
    """Have somebody look, after a while, whether the customer has fetched what a person or the desk just said.

    The job has a lock of its own: one that waits would hold up the conversation.
    """
    spoken = message.author in (Author.AGENT, Author.SYSTEM)
    if not can_write(desk) or not spoken or message.channel != web_sessions.CHANNEL:
        return
    due = desk.clock.now() + timedelta(seconds=desk.settings.mail_after_seconds)
    identifier = str(message.conversation_id)
    await desk.jobs.defer(
        session, UNSEEN_TASK, lock=f"{UNSEEN_TASK}:{identifier}", schedule_at=due, conversation_id=identifier
    )


async def on_notice(session: AsyncSession, desk: Desk, conversation_id: UUID) -> None:
    """Have a notice reach the customer by e-mail too: at once where they have never written, else if nobody fetches it.

    Whoever has never written in a conversation has no other way into it than the e-mail's link.
    """
    if not can_write(desk):
        return
    newest = await conversations.newest_of(session, conversation_id, Author.SYSTEM)
    if newest and await conversations.newest_of(session, conversation_id, Author.CUSTOMER) is not None:
        await on_message(session, desk, newest)
        return
    conversation = await conversations.lock(session, conversation_id)
    await _write_unseen(session, desk, conversation, await mails.unseen(session, conversation.id))


async def send_unseen(desk: Desk, conversation_id: UUID) -> None:
    """Write one e-mail with all that was said and nobody fetched; nothing when all of it was fetched meanwhile."""
    if not can_write(desk):
        return
    async with desk.database.transaction() as session:
        conversation = await conversations.lock(session, conversation_id)
        unseen = await mails.unseen(session, conversation_id)
        if _worth_a_mail(conversation, unseen):
            await _write_unseen(session, desk, conversation, unseen)


async def _write_unseen(
    session: AsyncSession, desk: Desk, conversation: Conversation, unseen: Sequence[Message]
) -> None:
    order = await _order_told_of(session, conversation, unseen)
    address = await address_of(session, desk, conversation) or (_own_address(order) if order else None)
    if address is None:
        log.info("conversation %s has %d unseen message(s) and no address", conversation.id, len(unseen))
        return
    content: dict[str, Any] = {"kind": "conversation", "seqs": [message.seq for message in unseen]}
    subject = mail_texts.conversation_subject(desk.book.shop.name)
    if order:
        about = _about(conversation, order)
        content |= {"about": about} | ({"order": str(order.id)} if address == _own_address(order) else {})
        if await conversations.newest_of(session, conversation.id, Author.CUSTOMER) is None:
            subject = mail_texts.news_subject(about)
    key = f"conversation:{conversation.id}:{unseen[-1].seq}"
    await _write(session, desk, NewMail(key, conversation.id, address, subject, content))


async def _order_told_of(session: AsyncSession, conversation: Conversation, unseen: Sequence[Message]) -> Order | None:
    """Return the order that the unseen news is about, where there is some, and the conversation is its customer's."""
    topic = topics.of(conversation)
    if topic is None or topic.seq not in {message.seq for message in unseen}:
        return None
    order = await repository.order_by_id(session, topic.order_id)
    return_ = await repository.find_return(session, topic.evidence.get("rma", ""))
    if order is None or (return_ and return_.gift) or identities.only_as_gift(conversation, order):
        return None
    return order


def _about(conversation: Conversation, order: Order) -> str:
    topic = topics.of(conversation)
    rma = topic.evidence.get("rma") if topic else None
    return f"return {rma}" if rma else f"order {order.display_number}"


def _own_address(order: Order) -> str | None:
    """Return the address that stands on an order; none once the customer's data has been erased."""
    return None if personal.is_erased(order.customer) else mail_texts.read_address(order.customer.email)


def _worth_a_mail(conversation: Conversation, unseen: Sequence[Message]) -> bool:
    """Tell whether somebody should write: a person has spoken, there is news, or no person is about to speak."""
    authors = {message.author for message in unseen}
    topic = topics.of(conversation)
    if Author.AGENT in authors or (topic and topic.seq in {message.seq for message in unseen}):
        return True
    has_files = any(message.content.get("attachments") for message in unseen)
    return Author.SYSTEM in authors and (conversation.owner is not Owner.AGENT or has_files)


async def confirm_return(session: AsyncSession, desk: Desk, rma: str) -> bool:
    """Write the e-mail that confirms a return as it stands now, once for each state, where an address is known.

    It brings the link into the conversation in which the return was opened, as long as the customer has proved
    themselves there, else into the order's own. Whoever returns a gift is written to only where they said.

    Returns whether there is such an e-mail, written now or before.

    Raises:
        NotFound: there is no such return.
    """
    if not can_write(desk):
        return False
    return_ = await repository.find_return(session, rma)
    order = await repository.order_by_id(session, return_.order_id) if return_ else None
    if return_ is None or order is None:
        raise errors.NotFound(f"return {rma}")
    conversation = await conversations.get(session, return_.conversation_id) if return_.conversation_id else None
    address = await address_of(session, desk, conversation) if conversation else None
    if address is None and not return_.gift and _own_address(order):
        conversation = await order_conversation.for_mail(session, desk, order)
        address = _own_address(order)
    if conversation is None or address is None:
        return False
    content = {"kind": "return", "rma": return_.rma, "approval": return_.approval, "resume": True}
    if address == _own_address(order) and not return_.gift:
        content["order"] = str(order.id)
    key = f"return:{return_.rma}:{_state(return_)}"
    await _write(session, desk, NewMail(key, conversation.id, address, mail_texts.return_subject(return_), content))
    return True


async def deliver(desk: Desk, mail_id: UUID) -> MailState | None:
    """Send one e-mail; returns how far it has come, None when there is none. Safe to repeat.

    Raises:
        Unavailable: it could not be sent now, and is to be tried again.
    """
    async with desk.database.transaction() as session:
        mail = await mails.get(session, mail_id)
        if mail is None or mail.state is not MailState.QUEUED:
            return mail.state if mail else None
        try:
            outgoing = await _outgoing(session, desk, mail)
        except errors.NotFound as error:
            return await _give_up(session, mail, str(error))
    return await _send(desk, mail, outgoing)


async def _send(desk: Desk, mail: StoredMail, outgoing: OutgoingMail) -> MailState:
    trouble: errors.HouseError | None = None
    try:
        if desk.mail is None:
            raise errors.BadInput("no mail server is set")
        await desk.mail.send(outgoing)
    except (errors.Unavailable, errors.BadInput) as error:
        trouble = error
    async with desk.database.transaction() as session:
        if trouble is None:
            await mails.note_sent(session, mail, desk.clock.now())
            return MailState.SENT
        last = mail.attempts + 1 >= MOST_TRIES
        if isinstance(trouble, errors.BadInput) or last:
            return await _give_up(session, mail, str(trouble))
        await mails.note_trouble(session, mail, str(trouble))
    raise trouble


async def _give_up(session: AsyncSession, mail: StoredMail, why: str) -> MailState:
    log.warning("e-mail %s will not leave: %s", mail.id, why)
    await mails.note_failed(session, mail, why)
    return MailState.FAILED


async def _write(session: AsyncSession, desk: Desk, mail: NewMail) -> None:
    stored = await mails.add(session, mail, desk.clock.now())
    if stored:
        await desk.jobs.defer(session, MAIL_TASK, lock=f"{MAIL_TASK}:{stored.id}", mail_id=str(stored.id))


async def _outgoing(session: AsyncSession, desk: Desk, mail: StoredMail) -> OutgoingMail:
    written, files = await _content(session, desk, mail)
    said = letters.write(written)
    return OutgoingMail(
        to=mail.address,
        subject=mail.subject,
        text=said.text,
        html=said.html,
        attachments=tuple(files),
        message_id=_message_id(desk, mail),
        references=await _references(session, desk, mail),
        sender_name=desk.book.shop.name,
    )


async def _content(session: AsyncSession, desk: Desk, mail: StoredMail) -> tuple[Letter, list[MailFile]]:
    if mail.content["kind"] == "return":
        return await _return_content(session, desk, mail)
    return await _conversation_content(session, desk, mail)


async def _conversation_content(session: AsyncSession, desk: Desk, mail: StoredMail) -> tuple[Letter, list[MailFile]]:
    assert mail.conversation_id is not None
    conversation = await conversations.get(session, mail.conversation_id)
    customer = await _proved_customer(session, conversation)
    before, length = mail.seqs[0] - 1, mail.seqs[-1] - mail.seqs[0] + 1
    found = await conversations.transcript(session, conversation.id, before, length)
    messages = [message for message in found if message.seq in mail.seqs]
    link = _link(desk, conversation.id, mail)
    name, about = _first_name(customer, mail), mail.content.get("about", "")
    letter = mail_texts.conversation(_place(desk), name, messages, link, (mail.subject, about))
    return letter, await _files(session, messages)


async def _return_content(session: AsyncSession, desk: Desk, mail: StoredMail) -> tuple[Letter, list[MailFile]]:
    return_ = await repository.find_return(session, mail.content["rma"])
    order = await repository.order_by_id(session, return_.order_id) if return_ else None
    if return_ is None or order is None:
        raise errors.NotFound(f"return {mail.content['rma']}")
    if return_.approval != mail.content["approval"]:
        raise errors.NotFound(f"return {return_.rma} is not {mail.content['approval']} any more")
    label = await labels.render(session, desk, return_.rma)
    paid = await _money(session, desk, order, return_)
    why = await _why_refused(session, return_)
    news = mail_texts.ReturnNews(return_, order.display_number, paid, why, attached=label is not None)
    letter = mail_texts.about_return(_place(desk), _first_name(order.customer, mail), news)
    if mail.content["resume"] and mail.conversation_id:
        letter = mail_texts.with_link(letter, _place(desk), _link(desk, mail.conversation_id, mail))
    files = [MailFile(f"Return label {return_.rma}.pdf", "application/pdf", label)] if label else []
    return letter, files


async def _money(session: AsyncSession, desk: Desk, order: Order, return_: Return) -> mail_texts.Money:
    """Say where the money goes and when, in the words of the offer that the customer chose."""
    rules = desk.book.in_force(order.placed_at)
    if return_.resolution == "store_credit":
        return mail_texts.Money(
            "a gift card of your own" if return_.gift else "store credit", offers.when_text("store_credit", rules)
        )
    methods = await repository.payment_methods_of(session, order.customer.id)
    known = return_.refund_to if not return_.gift else None  # how the giver paid is not told
    place = offers.original_destination(order, known, methods) if known else None
    if return_.resolution == "exchange":
        chosen = [line.exchange_variant_id for line in return_.lines if line.exchange_variant_id]
        variants = await repository.variants_by_ids(session, chosen)
        wanted = [f"{variants[one].product_name} ({variants[one].options_text})" for one in chosen if one in variants]
        return mail_texts.Money(place.label if place else "", mail_texts.EXCHANGE_WHEN, "; ".join(wanted))
    if place is None:
        return mail_texts.Money(offers.UNKNOWN_DESTINATION, offers.when_text("card", rules))
    return mail_texts.Money(place.label, offers.when_text(place.kind, rules))


async def _why_refused(session: AsyncSession, return_: Return) -> str:
    if return_.approval != "rejected":
        return ""
    events = [event for event in await repository.events_of(session, return_.id) if event.kind == "rejected"]
    return str(events[-1].detail.get("reason", "")) if events else ""


async def _files(session: AsyncSession, messages: Sequence[Message]) -> list[MailFile]:
    """Return the files that agents sent, as far as they fit; all of them are behind the link."""
    files: list[MailFile] = []
    for described in _described(messages):
        found = await attachments.find(session, UUID(described["id"]))
        size = sum(len(file.data) for file in files)
        if found and size + len(found.data) <= MOST_BYTES:
            files.append(MailFile(found.name, found.media_type, found.data))
    return files


def _described(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [
        file
        for message in messages
        if message.author is Author.AGENT
        for file in message.content.get("attachments") or []
        if "id" in file
    ]


async def _proved_customer(session: AsyncSession, conversation: Conversation) -> Customer | None:
    """Return the customer that this conversation has proved to be, well enough to be shown an order."""
    claims = identities.claims_of(conversation)
    proved = [claim for claim in claims if claim.level in ("look", "write") and not claim.gift]
    return await repository.customer_by_id(session, proved[-1].customer_id) if proved else None


def _first_name(customer: Customer | None, mail: StoredMail) -> str:
    """Return the name for the greeting; an address that is not the customer's own may be somebody else's."""
    return customer.name_first if customer and customer.email == mail.address.casefold() else ""


async def _references(session: AsyncSession, desk: Desk, mail: StoredMail) -> tuple[str, ...]:
    """Return the ids of the e-mails of this conversation that have left before."""
    if mail.conversation_id is None:
        return ()
    earlier = await mails.of_conversation(session, mail.conversation_id)
    sent = [one for one in earlier if one.state is MailState.SENT and one.address == mail.address]
    return tuple(_message_id(desk, one) for one in sent)[-MOST_REFERENCES:]


def _message_id(desk: Desk, mail: StoredMail) -> str:
    host = urlsplit(desk.settings.base_url).hostname or ""
    return f"<{mail.id}@{host if host.replace('.', '').replace('-', '').isalnum() else 'localhost'}>"


def _link(desk: Desk, conversation_id: UUID, mail: StoredMail) -> tuple[str, datetime]:
    proves = mail.content.get("order")
    return links.to_resume(desk, conversation_id, UUID(proves) if proves else None), links.resume_end(desk)


def _place(desk: Desk) -> mail_texts.Place:
    return mail_texts.Place(desk.book.shop.name, desk.book.shop.time_zone, desk.book.shop.locale)


def _state(return_: Return) -> str:
    """Return the state that a confirmation is about: a label that was made anew, valid for longer, is another one."""
    if return_.approval == "approved" and return_.parcel == "label_issued" and return_.label_expires_at:
        return f"label-{return_.label_expires_at:%Y%m%d}"
    return return_.approval
