"""Files that customers send: known by their first bytes, kept in the database with their message."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.message import Message, clean
from conversations.tables import AttachmentRow
from kit import ids

LARGEST_BYTES = 10 * 1024 * 1024
LONGEST_NAME = 100
"""Characters, the ending included."""

_ENDINGS = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
}
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|%;]|[^\S ]')


@dataclass(frozen=True)
class File:
    """A file of a kind that we take, under a name that is safe to show and to save."""

    name: str
    media_type: str
    data: bytes = field(repr=False)
    id: UUID = field(default_factory=ids.new_id)

    def described(self) -> dict[str, str]:
        """Return what the message says of the file; its address is made anew each time it is shown."""
        return {"id": str(self.id), "media_type": self.media_type, "name": self.name}


def read(name: str, data: bytes) -> File | None:
    """Return the file, its kind read from its bytes; None when it is no picture that browsers show and no PDF."""
    media_type = _media_type_of(data)
    return File(_clean_name(name, media_type), media_type, data) if media_type else None


async def keep(session: AsyncSession, message: Message, files: Sequence[File], now: datetime) -> None:
    """Store the files of a message, in the transaction that stores the message."""
    session.add_all(
        AttachmentRow(
            id=file.id,
            conversation_id=message.conversation_id,
            message_id=message.id,
            name=file.name,
            media_type=file.media_type,
            size=len(file.data),
            sha256=hashlib.sha256(file.data).hexdigest(),
            content=file.data,
            created_at=now,
        )
        for file in files
    )
    await session.flush()


async def keep_for(session: AsyncSession, conversation_id: UUID, file: File, now: datetime) -> None:
    """Store a file that will leave with a reply; it belongs to no message yet."""
    session.add(
        AttachmentRow(
            id=file.id,
            conversation_id=conversation_id,
            message_id=None,
            name=file.name,
            media_type=file.media_type,
            size=len(file.data),
            sha256=hashlib.sha256(file.data).hexdigest(),
            content=file.data,
            created_at=now,
        )
    )
    await session.flush()


async def described(
    session: AsyncSession, conversation_id: UUID, attachment_ids: Sequence[UUID]
) -> list[dict[str, str]]:
    """Return what a reply says of its files, in order; only files of that conversation are known."""
    query = select(AttachmentRow.id, AttachmentRow.media_type, AttachmentRow.name).where(
        AttachmentRow.conversation_id == conversation_id, AttachmentRow.id.in_(attachment_ids)
    )
    found = {row[0]: {"id": str(row[0]), "media_type": row[1], "name": row[2]} for row in await session.execute(query)}
    return [found[one] for one in attachment_ids if one in found]


async def belong_to(session: AsyncSession, message: Message, attachment_ids: Sequence[UUID]) -> None:
    """Note that files have left with a message."""
    await session.execute(
        update(AttachmentRow)
        .where(AttachmentRow.conversation_id == message.conversation_id, AttachmentRow.id.in_(attachment_ids))
        .values(message_id=message.id)
    )


async def unknown(session: AsyncSession, attachment_ids: Sequence[UUID]) -> list[UUID]:
    """Return those of the ids that belong to no attachment."""
    query = select(AttachmentRow.id).where(AttachmentRow.id.in_(attachment_ids))
    known = set(await session.scalars(query)) if attachment_ids else set()
    return [one for one in attachment_ids if one not in known]


async def find(session: AsyncSession, attachment_id: UUID) -> File | None:
    """Return a stored file; None when there is none with this id."""
    row = await session.get(AttachmentRow, attachment_id)
    return File(row.name, row.media_type, row.content, row.id) if row else None


def _media_type_of(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((media_type for beginning, media_type in _BEGINNINGS if data.startswith(beginning)), None)


def _clean_name(name: str, media_type: str) -> str:
    """Return the last part of a path with the ending of its true kind: `..\\a/evil.html` of a PNG is `evil.png`."""
    last = re.split(r"[\\/]", name[-1000:])[-1]
    stem, _, ending = _NOT_IN_NAMES.sub(" ", clean(last)).rpartition(".")
    endings = _ENDINGS[media_type]
    kept = f".{ending.lower()}" if f".{ending.lower()}" in endings else endings[0]
    shown = " ".join((stem or ending).split()).strip(". ")
    return (shown[: LONGEST_NAME - len(kept)].rstrip(". ") or "file") + kept
