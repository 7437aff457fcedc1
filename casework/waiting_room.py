"""What the desk says to a customer who waits for a person: only what belongs to waiting."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from casework import waiting_words
from casework.desk import Desk
from conversations import buttons, outbox, transcript
from conversations import repository as conversations
from conversations.conversation import Conversation
from conversations.message import Author, Draft, Message
from handoff import contact, repository, service, texts, waiting
from handoff.ticket import Ticket

_SAID_A_MOMENT_AGO = timedelta(seconds=60)


async def receive(session: AsyncSession, desk: Desk, conversation: Conversation, message: Message) -> None:
    """Take a message of a customer who waits: an address, a change of mind, or something more for the person."""
    ticket = await repository.open_of(session, conversation.id)
    if ticket is None or not ticket.waits:
        return
    situation = desk.situation()
    if await _wants_the_bot(session, desk, conversation, message):
        await waiting.withdraw(session, situation, conversation.id)
        return
    found = _address_in(desk, conversation, message)
    if found:
        await waiting.note_contact(session, situation, conversation, found)
        if not (ticket.contact_wanted or ticket.callback):
            await _acknowledge(session, desk, conversation, message, ticket)
    elif message.press is None and waiting_words.asks_how_long(message.text):
        await _tell_how_long(session, desk, conversation, message, ticket)
    elif ticket.contact_wanted and waiting_words.gives_no_address(message.text):
        draft = Draft(texts.no_address(situation), buttons=(service.BACK,), expects=service.ASKS_CONTACT)
        await _say(session, desk, conversation, message, draft)
    else:
        await _acknowledge(session, desk, conversation, message, ticket)


def _address_in(desk: Desk, conversation: Conversation, message: Message) -> dict[str, str]:
    """Return the address that a message gives: the one in it, or the one that was meant and is now said yes to."""
    found = contact.read(message.text, desk.book.shop.return_address.country)
    meant = contact.maybe_meant(conversation.contact)
    if found or not meant or not waiting_words.is_yes(message.text):
        return found
    return {"email": meant, "from": contact.SAID}


async def _wants_the_bot(session: AsyncSession, desk: Desk, conversation: Conversation, message: Message) -> bool:
    if message.press is None:
        return waiting_words.wants_the_bot(message.text)
    # Whichever of the desk's texts the button stands under: the way back is open as long as the customer waits.
    meant = await buttons.meaning_of(session, conversation.id, message.press)
    press = await buttons.read(session, conversation, message.press, desk.clock.now())
    await transcript.set_pressed(session, message, press.title or buttons.UNKNOWN, [])
    return meant is not None and meant.intent == service.BACK_TO_BOT


async def _acknowledge(
    session: AsyncSession, desk: Desk, conversation: Conversation, message: Message, ticket: Ticket
) -> None:
    """Say that it was added: the first time, and whenever an address is needed and this was meant as one."""
    words = desk.handoff.texts
    first = await conversations.count_since(session, conversation.id, Author.CUSTOMER, ticket.requested_at) <= 1
    if ticket.contact_wanted and (first or contact.looks_like_a_try(message.text)):
        draft = Draft(words.not_an_address, buttons=(service.BACK,), expects=service.ASKS_CONTACT)
    elif first:
        draft = Draft(words.added, buttons=(service.BACK,))
    else:
        return
    await _say(session, desk, conversation, message, draft)


async def _tell_how_long(
    session: AsyncSession, desk: Desk, conversation: Conversation, message: Message, ticket: Ticket
) -> None:
    """Say where the customer stands, to somebody who asks; the same is not said twice within a moment."""
    situation, address = desk.situation(), contact.shown(conversation.contact)
    expects = None
    if ticket.contact_wanted:
        text, expects = texts.nobody_comes(situation, "", ""), service.ASKS_CONTACT
    elif ticket.callback:
        text = texts.nobody_comes(situation, "", address)
    else:
        text = texts.still_waiting(situation.rules, await situation.place_of(session, ticket))
    last = await conversations.newest_of(session, conversation.id, Author.SYSTEM)
    if last and last.text == text and desk.clock.now() - last.created_at < _SAID_A_MOMENT_AGO:
        return
    await _say(session, desk, conversation, message, Draft(text, buttons=(service.BACK,), expects=expects))


async def _say(session: AsyncSession, desk: Desk, conversation: Conversation, message: Message, draft: Draft) -> None:
    sender = outbox.Sender(Author.SYSTEM, conversation.owner_counter, reply_to=message.id)
    await outbox.send(session, conversation.id, [draft], sender, desk.clock.now())
