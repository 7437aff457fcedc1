"""Where a customer is reached about an order or a return, and telling them something there, once.

They are told in the conversation in which they last wrote about it, whoever has that, and by e-mail when they do not
fetch it. Who has no such conversation gets one of the order's own and, at once, an e-mail with the link into it.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from casework import handovers, identities, mails, notice_texts, order_conversation, web_sessions
from casework.desk import Desk
from conversations import outbox, search, topics
from conversations import repository as conversations
from conversations.conversation import Conversation, Owner
from conversations.message import SAY, Author, Choice, Draft
from conversations.topics import Topic
from handoff import notes
from handoff.ticket import Call
from kit import errors, ids
from store import notices, personal
from store.notices import Notice
from store.order import Order
from store.returns import Return

DESK = "returndesk"
"""Who writes notes in the desk's own name."""

log = logging.getLogger(__name__)


async def conversation_for(session: AsyncSession, desk: Desk, order: Order, return_: Return | None) -> Conversation:
    """Return where this customer is reached, locked: a conversation of theirs about the order, else the order's own.

    A web conversation counts as long as the order is proved in it, or the return was opened in its present episode:
    later somebody else may sit there. Of several, the one in which the customer wrote last.

    Raises:
        NotFound: a gift is returned by somebody who has no conversation; who paid must not learn of it.
    """
    own = await _own(session, order, return_)
    if return_ and return_.gift:
        if own is None:
            raise errors.NotFound(f"a conversation with whoever returns the gift of {return_.rma}")
        return await conversations.lock(session, own.id)
    found = {one.id: one for one in await _proved_in(session, order)} | ({own.id: own} if own else {})
    if not found:
        return await order_conversation.open_for(session, desk, order)
    return await conversations.lock(session, await _last_written_in(session, list(found.values())))


async def tell(  # noqa: PLR0913  (what is told, about what, and with what)
    session: AsyncSession,
    desk: Desk,
    order: Order,
    return_: Return | None,
    text: str,
    attachments: Sequence[dict[str, str]] = (),
    key: str | None = None,
    *,
    offer: tuple[str, str] | None = None,
    mailed: bool = False,
) -> UUID | None:
    """Tell a customer something about their order or return, once for each `key`, in the desk's own name.

    `offer` is something to say yes to: the title of its button, and the sentence that the yes stands for. `mailed`:
    an e-mail of its own says it already. Safe to repeat. It locks the conversation, so it comes before any lock of
    the order's row.

    Returns the conversation in which it was told, now or before; None when nobody can be reached.
    """
    known = await notices.find(session, key) if key else None
    if known:
        return known.conversation_id
    conversation = await _reached(session, desk, order, return_)
    now = desk.clock.now()
    about = (order.id, return_.id if return_ else None, conversation.id if conversation else None)
    notice = Notice(key or f"notice:{ids.new_id()}", *about, text, now)
    if not await notices.write(session, notice):
        told = await notices.find(session, notice.key)
        return told.conversation_id if told else None
    if conversation is None:
        log.info("nobody can be reached about order %s, so %s is not told", order.number, notice.key)
        return None
    draft = Draft(text, buttons=_buttons(offer), attachments=tuple(attachments))
    sender = outbox.Sender(Author.SYSTEM, conversation.owner_counter)
    (said,) = await outbox.send(session, conversation.id, [draft], sender, now)
    evidence = {"rma": return_.rma} if return_ else {"order_number": order.number}
    await topics.begin(session, conversation, Topic(said.seq, order.id, evidence, offer[1] if offer else ""))
    if not mailed:
        await mails.on_notice(session, desk, conversation.id)
    return conversation.id


async def hold(session: AsyncSession, desk: Desk, order: Order, return_: Return | None) -> Conversation | None:
    """Return where this customer is reached, locked; None when they cannot be."""
    return await _reached(session, desk, order, return_)


async def hand_over(  # noqa: PLR0913  (what is told, about what, and why a person comes)
    session: AsyncSession, desk: Desk, order: Order, return_: Return | None, text: str, call: Call, key: str
) -> UUID | None:
    """Tell a customer that something went wrong, once for each `key`, and bring a person to look into it.

    A person who has the conversation already, or for whom it waits, finds what it is in a note.

    Returns the conversation; None when nobody can be reached, and so there is nothing that a person could take.
    """
    if await notices.find(session, key):
        return await tell(session, desk, order, return_, text, key=key)
    conversation = await _reached(session, desk, order, return_)
    has_person = conversation is not None and conversation.owner is not Owner.BOT
    words = f"{text} {notice_texts.A_PERSON_LOOKS}" if has_person else text
    where = await tell(session, desk, order, return_, words, key=key, mailed=True)
    if where is None:
        log.warning("a person is needed about order %s, and nobody can be reached: %s", order.number, call.detail)
        return None
    if has_person:
        await notes.add(session, where, DESK, call.detail, desk.clock.now())
    await handovers.hand_over(session, desk, where, call)
    await mails.on_notice(session, desk, where)
    return where


async def _reached(session: AsyncSession, desk: Desk, order: Order, return_: Return | None) -> Conversation | None:
    if personal.is_erased(order.customer):
        return None
    try:
        return await conversation_for(session, desk, order, return_)
    except errors.NotFound as error:
        log.info("there is no way to reach %s", error)
        return None


async def _own(session: AsyncSession, order: Order, return_: Return | None) -> Conversation | None:
    """Return the conversation in which a return was opened, as long as the same customer writes there."""
    if return_ is None or return_.conversation_id is None:
        return None
    own = await conversations.get(session, return_.conversation_id)
    if own.channel != web_sessions.CHANNEL or identities.may(own, "look", order, gift=return_.gift):
        return own
    began = await conversations.episode_began(session, own)
    return own if began <= return_.opened_at else None


async def _proved_in(session: AsyncSession, order: Order) -> list[Conversation]:
    """Return the conversations in which the order's customer has proved it theirs."""
    proofs = [{"customer_id": str(order.customer.id)}]
    found = [conversation for conversation, _ in await search.about(session, proofs, [])]
    return [one for one in found if identities.may(one, "look", order)]


async def _last_written_in(session: AsyncSession, found: Sequence[Conversation]) -> UUID:
    if len(found) == 1:
        return found[0].id
    words = await conversations.newest_of_each(session, [one.id for one in found], Author.CUSTOMER)

    def recency(one: Conversation) -> tuple[bool, datetime]:
        written = words.get(one.id)
        return written is not None, written.created_at if written else one.last_message_at

    return max(found, key=recency).id


def _buttons(offer: tuple[str, str] | None) -> tuple[dict[str, object], ...]:
    """A button that stays live whatever is said after it, so that it takes no other question's answers away."""
    if offer is None:
        return ()
    title, sentence = offer
    return ({"title": title, "choice": Choice(SAY, value=sentence).to_json(), "lasting": True},)
