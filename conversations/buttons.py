"""Buttons: short opaque tokens that the desk issued for one conversation and one reply."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Text, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.conversation import Conversation
from conversations.message import Choice
from conversations.tables import ButtonRow

_PRESSED = re.compile(r"([0-9a-z]{6,16})(?:\*(\d{1,3}))?")
_MOST_AT_ONCE = 50
LASTING = -2
"""Step of a button that stays live whatever is said after it, until it is used."""
UNKNOWN = "(a button)"


class Validity(StrEnum):
    """What a press is worth."""

    LIVE = "live"
    USED = "used"
    OLD = "old"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Press:
    """A press as the desk reads it: its worth, what it meant, and the words that stand for it in the transcript."""

    validity: Validity
    choices: tuple[Choice, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class Issued:
    """A button that is shown: its token, the step that it lives with, its words and its meaning."""

    token: str
    step: int
    title: str
    choice: Choice


async def issue(session: AsyncSession, conversation_id: UUID, issued: Sequence[Issued]) -> None:
    """Keep the buttons of a message, in one statement that is the same however many there are."""
    if not issued:
        return
    one = (
        func.unnest(
            literal([button.token for button in issued], ARRAY(Text)),
            literal([button.step for button in issued], ARRAY(Integer)),
            literal([button.title for button in issued], ARRAY(Text)),
            literal([button.choice.to_json() for button in issued], ARRAY(JSONB)),
        )
        .table_valued("token", "step", "title", "choice")
        .render_derived()
    )
    columns = ["conversation_id", "token", "step", "title", "choice"]
    chosen = select(literal(conversation_id), one.c.token, one.c.step, one.c.title, one.c.choice)
    await session.execute(insert(ButtonRow).from_select(columns, chosen, include_defaults=False))


async def read(session: AsyncSession, conversation: Conversation, pressed: str, now: datetime) -> Press:
    """Judge a press such as `k3jf92ab` or `k3jf92ab*2 x92kd0aa*1`, and use its buttons up when they are live."""
    wanted = _parse(pressed)
    if not wanted:
        return Press(Validity.UNKNOWN)
    query = select(ButtonRow).where(ButtonRow.conversation_id == conversation.id, ButtonRow.token.in_(list(wanted)))
    rows = {row.token: row for row in await session.scalars(query)}
    if len(rows) < len(wanted):
        return Press(Validity.UNKNOWN)
    title = ", ".join(_title(rows[token].title, quantity) for token, quantity in wanted.items())
    validity = _judge(list(rows.values()), conversation.step)
    if validity is not Validity.LIVE:
        return Press(validity, title=title)
    await _use_up(session, conversation.id, list(wanted), now)
    return Press(validity, tuple(_choice(rows[token], quantity) for token, quantity in wanted.items()), title)


async def meaning_of(session: AsyncSession, conversation_id: UUID, pressed: str) -> Choice | None:
    """Return what a press of a single button means, whatever it is worth and without using it up."""
    wanted = list(_parse(pressed))
    row = await session.get(ButtonRow, (conversation_id, wanted[0])) if len(wanted) == 1 else None
    return Choice.from_json(row.choice) if row else None


async def title_of(session: AsyncSession, conversation: Conversation, pressed: str) -> str:
    """Return the words that stand for a press in the transcript, whatever it is worth."""
    wanted = _parse(pressed)
    query = select(ButtonRow).where(ButtonRow.conversation_id == conversation.id, ButtonRow.token.in_(list(wanted)))
    titles = {row.token: row.title for row in await session.scalars(query)} if wanted else {}
    return ", ".join(_title(titles[token], count) for token, count in wanted.items() if token in titles) or UNKNOWN


def _parse(pressed: str) -> dict[str, int | None]:
    parts = pressed.split()
    matches = [_PRESSED.fullmatch(part) for part in parts[:_MOST_AT_ONCE]]
    if len(parts) > _MOST_AT_ONCE or not all(matches):
        return {}
    return {match[1]: int(match[2]) if match[2] else None for match in matches if match}


def _judge(rows: list[ButtonRow], step: int) -> Validity:
    if any(row.used_at for row in rows):
        return Validity.USED
    return Validity.LIVE if all(row.step in (step, LASTING) for row in rows) else Validity.OLD


def _title(title: str, quantity: int | None) -> str:
    return f"{quantity} × {title}" if quantity and quantity > 1 else title


def _choice(row: ButtonRow, quantity: int | None) -> Choice:
    stored = Choice.from_json(row.choice)
    return Choice(stored.intent, stored.slot, stored.value, quantity if quantity is not None else stored.quantity)


async def _use_up(session: AsyncSession, conversation_id: UUID, tokens: list[str], now: datetime) -> None:
    await session.execute(
        update(ButtonRow)
        .where(ButtonRow.conversation_id == conversation_id, ButtonRow.token.in_(tokens))
        .values(used_at=now)
    )
