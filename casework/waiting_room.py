"""What the desk says to a customer who waits for a person: only what belongs to waiting."""

import re

from rapidfuzz import fuzz
from sqlalchemy.ext.asyncio import AsyncSession

from casework.desk import Desk
from conversations import buttons, outbox, transcript
from conversations import repository as conversations
from conversations.conversation import Conversation
from conversations.message import Author, Draft, Message
from handoff import contact, repository, service, waiting
from handoff.ticket import Ticket

_BACK_TO_BOT = (
    "back to the bot",
    "go back to the bot",
    "back to the assistant",
    "go back to the assistant",
    "take me back to the bot",
    "i want the bot back",
    "never mind",
    "forget it",
    "i don't need a person",
    "i don't need a person anymore",
    "no person needed",
    "cancel the request for a person",
    "stop waiting",
)
_ALIKE = 90.0
_WORDS = re.compile(r"[^\w' ]+")
_POLITE = re.compile(r"\b(?:please|thanks|thank you|actually|okay|ok)\b")


async def receive(session: AsyncSession, desk: Desk, conversation: Conversation, message: Message) -> None:
    """Take a message of a customer who waits: an address, a change of mind, or something more for the person."""
    ticket = await repository.open_of(session, conversation.id)
    if ticket is None or not ticket.waits:
        return
    situation = desk.situation()
    if await _wants_the_bot(session, desk, conversation, message):
        await waiting.withdraw(session, situation, conversation.id)
        return
    found = contact.read(message.text, desk.book.shop.return_address.country)
    if found:
        await waiting.note_contact(session, situation, conversation, found)
    if not found or not (ticket.contact_wanted or ticket.callback):
        await _acknowledge(session, desk, conversation, message, ticket)


def wants_the_bot(text: str) -> bool:
    """Tell whether a waiting customer's words ask for the assistant again; small slips are forgiven."""
    said = " ".join(_POLITE.sub(" ", _WORDS.sub(" ", text.casefold().replace("’", "'"))).split())
    return any(fuzz.ratio(said, known) >= _ALIKE for known in _BACK_TO_BOT)


async def _wants_the_bot(session: AsyncSession, desk: Desk, conversation: Conversation, message: Message) -> bool:
    if message.press is None:
        return wants_the_bot(message.text)
    # Whichever of the desk's texts the button stands under: the way back is open as long as the customer waits.
    meant = await buttons.meaning_of(session, conversation.id, message.press)
    press = await buttons.read(session, conversation, message.press, desk.clock.now())
    await transcript.set_pressed(session, message, press.title or buttons.UNKNOWN, [])
    return meant is not None and meant.intent == service.BACK_TO_BOT


async def _acknowledge(
    session: AsyncSession, desk: Desk, conversation: Conversation, message: Message, ticket: Ticket
) -> None:
    """Say that it was added: the first time, and whenever an address is needed and this was meant as one."""
    texts = desk.handoff.texts
    first = await conversations.count_since(session, conversation.id, Author.CUSTOMER, ticket.requested_at) <= 1
    if ticket.contact_wanted and (first or contact.looks_like_a_try(message.text)):
        draft = Draft(texts.not_an_address, buttons=(service.BACK,), expects=service.ASKS_CONTACT)
    elif first:
        draft = Draft(texts.added, buttons=(service.BACK,))
    else:
        return
    sender = outbox.Sender(Author.SYSTEM, conversation.owner_counter, reply_to=message.id)
    await outbox.send(session, conversation.id, [draft], sender, desk.clock.now())
