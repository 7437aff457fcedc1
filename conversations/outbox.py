"""The one door through which everything leaves, whoever wrote it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from conversations import buttons, repository, transcript
from conversations.conversation import Conversation
from conversations.message import Author, Choice, Draft, Message, State
from kit import ids

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sender:
    """Who speaks, and under which counter of ownership the words were found."""

    author: Author
    computed_under: int
    agent_name: str | None = None
    reply_to: UUID | None = None


async def send(
    session: AsyncSession, conversation_id: UUID, drafts: Sequence[Draft], sender: Sender, now: datetime
) -> list[Message]:
    """Let messages leave, unless the conversation has changed hands since they were computed.

    Returns the messages as stored; nothing when they were stale, which is logged.
    """
    return await send_from(session, await repository.lock(session, conversation_id), drafts, sender, now)


async def send_from(
    session: AsyncSession, conversation: Conversation, drafts: Sequence[Draft], sender: Sender, now: datetime
) -> list[Message]:
    """Do the same for a conversation that this transaction has locked, and in which it has said nothing since."""
    if conversation.owner_counter != sender.computed_under:
        log.info(
            "dropped %d stale message(s) of the %s in %s: counter %d, now %d",
            len(drafts),
            sender.author,
            conversation.id,
            sender.computed_under,
            conversation.owner_counter,
        )
        return []
    step = conversation.last_seq + len(drafts)
    moves = sender.author is Author.BOT or any(_asks(draft) for draft in drafts)
    return [await _write(session, conversation, draft, sender, (step, moves), now) for draft in drafts]


def _asks(draft: Draft) -> bool:
    """Tell whether a message's buttons take the place of those before; lasting ones stand beside them."""
    return bool(draft.cards) or any(not button.get("lasting") for button in draft.buttons)


async def _write(
    session: AsyncSession,
    conversation: Conversation,
    draft: Draft,
    sender: Sender,
    at: tuple[int, bool],
    now: datetime,
) -> Message:
    """Write one message; `at` is its step, and whether the conversation moves to it."""
    step, moves = at
    issued: list[buttons.Issued] = []
    content = {
        "buttons": [_issued(issued, step, button) for button in draft.buttons],
        "cards": [_issued(issued, step, card) for card in draft.cards],
        "attachments": list(draft.attachments),
        "expects": draft.expects,
    }
    entry = transcript.Entry(
        sender.author,
        draft.text,
        State.QUEUED,
        content,
        agent_name=sender.agent_name,
        reply_to=sender.reply_to,
    )
    await buttons.issue(session, conversation.id, issued)
    return await transcript.append(session, conversation, entry, now, step if moves else None)


def _issued(issued: list[buttons.Issued], step: int, shown: dict[str, Any]) -> dict[str, Any]:
    """Put a token in the place of what a button or card means; a card without a choice is only looked at."""
    choice = shown.get("choice")
    plain = {key: value for key, value in shown.items() if key not in ("choice", "lasting")}
    if choice is None:
        return plain
    live_with = buttons.LASTING if shown.get("lasting") else step
    button = buttons.Issued(ids.new_token(), live_with, str(shown["title"]), Choice.from_json(choice))
    issued.append(button)
    return {**plain, "payload": button.token}
