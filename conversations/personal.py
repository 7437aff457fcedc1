"""What somebody said and was told: all of it as plain values, and taking it out of the transcript for good."""

import base64
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, false, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.conversation import Owner
from conversations.message import Author, State
from conversations.tables import (
    ActionCallRow,
    AttachmentRow,
    ButtonRow,
    ConversationRow,
    EpisodeRow,
    MailRow,
    MessageRow,
)
from kit import events, ids

ERASED = "(erased)"

Row = dict[str, Any]


async def theirs(
    session: AsyncSession,
    customer_ids: Sequence[UUID],
    contacts: Sequence[dict[str, str]],
    known: Collection[UUID] = (),
) -> list[UUID]:
    """Return the conversations of these customers, in a fixed order.

    Theirs are those in which they proved who they are, left one of these contacts (`{"email": …}`), were written to by
    e-mail at one of them, or which are `known` from elsewhere.
    """
    fits: list[ColumnElement[bool]] = [
        ConversationRow.claims.contains({"proved": [{"customer_id": str(one)}]}) for one in customer_ids
    ]
    fits += [ConversationRow.contact.contains(contact) for contact in contacts]
    emails = [contact["email"] for contact in contacts if "email" in contact]
    mailed = select(MailRow.conversation_id).where(MailRow.address.in_(emails), MailRow.conversation_id.is_not(None))
    found = set(await session.scalars(select(ConversationRow.id).where(or_(false(), *fits))))
    found = {one for one in found if not await _only_as_gift(session, one, customer_ids, contacts)}
    found |= {one for one in await session.scalars(mailed) if one} | set(known)
    return sorted(found, key=str)


async def export(session: AsyncSession, conversation_ids: Sequence[UUID]) -> list[Row]:
    """Return conversations with all that was said, the files themselves (base64), and the e-mails."""
    found = []
    query = select(ConversationRow).where(ConversationRow.id.in_(conversation_ids)).order_by(ConversationRow.created_at)
    for row in await session.scalars(query):
        kept = ("id", "channel", "address", "language", "contact", "claims", "created_at", "last_message_at")
        found.append(
            {
                **{name: getattr(row, name) for name in kept},
                "messages": await _messages(session, row.id),
                "attachments": await _attachments(session, row.id),
                "mails": await _mails(session, MailRow.conversation_id == row.id),
            }
        )
    return found


async def mails_to(session: AsyncSession, addresses: Sequence[str]) -> list[Row]:
    """Return the e-mails to these addresses that belong to no conversation."""
    return await _mails(session, MailRow.address.in_(addresses) & MailRow.conversation_id.is_(None))


async def hold(session: AsyncSession, conversation_ids: Sequence[UUID]) -> None:
    """Lock conversations, always in the same sequence, before anything else."""
    query = select(ConversationRow.id).where(ConversationRow.id.in_(conversation_ids)).order_by(ConversationRow.id)
    await session.execute(query.with_for_update())


async def erase(
    session: AsyncSession, conversation_ids: Sequence[UUID], addresses: Sequence[str], now: datetime
) -> int:
    """Take out all that was said in these conversations, and end them: whoever had them has them no more.

    Their messages stay as empty lines with author and time, so that numbers about answering hold. The address is
    replaced, so a browser or phone that comes back begins afresh. All e-mails to `addresses` go, too. Returns how many
    messages were emptied.
    """
    mine = MessageRow.conversation_id.in_(conversation_ids)
    messages = select(MessageRow.id).where(mine)
    for table in (ButtonRow, AttachmentRow):
        await session.execute(delete(table).where(table.conversation_id.in_(conversation_ids)))
    await session.execute(delete(ActionCallRow).where(ActionCallRow.message_id.in_(messages)))
    to_them = MailRow.conversation_id.in_(conversation_ids) | MailRow.address.in_(addresses)
    await session.execute(delete(MailRow).where(to_them))
    ended = case(
        {State.RECEIVED: State.ANSWERED, State.QUEUED: State.FAILED}, value=MessageRow.state, else_=MessageRow.state
    )
    emptied = await session.execute(
        update(MessageRow)
        .where(mine)
        .values(
            text=ERASED, content={}, press=None, choices=[], mood=None, provider_message_id=None, intent=None,
            confidence=None, state=ended,
        )
        .returning(MessageRow.id)
    )  # fmt: skip
    running = update(EpisodeRow).where(EpisodeRow.conversation_id.in_(conversation_ids), EpisodeRow.ended_at.is_(None))
    await session.execute(running.values(ended_at=now))
    for one in conversation_ids:
        await _end(session, one)
    return len(emptied.all())


async def _end(session: AsyncSession, conversation_id: UUID) -> None:
    await session.execute(
        update(ConversationRow)
        .where(ConversationRow.id == conversation_id)
        .values(
            address=f"erased-{ids.new_id()}", owner=Owner.BOT, owner_counter=ConversationRow.owner_counter + 1,
            agent_name=None, claims={}, contact={}, customer_seen_at=None, dialogue_state=None, topic=None, step=-1,
        )
    )  # fmt: skip
    await events.announce(session, conversation_id)


async def _only_as_gift(
    session: AsyncSession, conversation_id: UUID, customer_ids: Sequence[UUID], contacts: Sequence[dict[str, str]]
) -> bool:
    """Tell whether a conversation is somebody else's, who was given something by these customers."""
    row = await session.get(ConversationRow, conversation_id)
    assert row is not None
    people = {str(one) for one in customer_ids}
    proved = [one for one in row.claims.get("proved", []) if one["customer_id"] in people]
    left = any(contact.items() <= row.contact.items() for contact in contacts)
    return bool(proved) and all(one.get("gift") for one in proved) and not left


async def _messages(session: AsyncSession, conversation_id: UUID) -> list[Row]:
    query = select(MessageRow).where(MessageRow.conversation_id == conversation_id).order_by(MessageRow.seq)
    return [
        {
            "seq": row.seq,
            "at": row.created_at,
            "author": row.author,
            "agent_name": row.agent_name,
            "text": row.text,
            "attachments": [file["name"] for file in row.content.get("attachments") or []],
            "intent": row.intent if row.author == Author.CUSTOMER else None,
            "mood": row.mood,
        }
        for row in await session.scalars(query)
    ]


async def _attachments(session: AsyncSession, conversation_id: UUID) -> list[Row]:
    query = select(AttachmentRow).where(AttachmentRow.conversation_id == conversation_id)
    return [
        {
            "name": row.name,
            "media_type": row.media_type,
            "size": row.size,
            "at": row.created_at,
            "base64": base64.b64encode(row.content).decode("ascii"),
        }
        for row in await session.scalars(query.order_by(AttachmentRow.created_at, AttachmentRow.id))
    ]


async def _mails(session: AsyncSession, condition: ColumnElement[bool]) -> list[Row]:
    query = select(MailRow).where(condition).order_by(MailRow.created_at, MailRow.id)
    kept = ("address", "subject", "content", "state", "created_at", "sent_at")
    return [{name: getattr(row, name) for name in kept} for row in await session.scalars(query)]
