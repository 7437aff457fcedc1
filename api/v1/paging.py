"""Lists page by page: an opaque cursor that stands on the last entry seen, so that new entries move nothing."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from pydantic import Field

from api.v1 import problems
from api.v1.schema import Shown
from casework.desk import Desk

Limit = Annotated[int, Query(ge=1, le=100, description="How many entries a page has at most.")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="Where a page begins: taken from `next`, never made up.")
]
USUAL = 25
BASE = "/api/v1"


class Page[Entry](Shown):
    """Some entries of a list, newest first, and where the next ones are."""

    data: list[Entry]
    next: str | None = Field(description="Address of the next page; null on the last one.", examples=[None])


def begin(cursor: str | None) -> tuple[datetime | None, str] | None:
    """Return the moment and the id that a cursor stands on; None at the beginning.

    Raises:
        Stop: the cursor is none of ours.
    """
    if cursor is None:
        return None
    try:
        moment, key = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"==="))
        at = datetime.fromisoformat(moment) if moment is not None else None
        if not isinstance(key, str) or "\0" in key or (at is not None and at.tzinfo is None):
            raise ValueError(key)
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise _not_ours() from error
    return at, key.encode("utf-8", "replace").decode()


def begin_by_id(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Return the moment and UUID that a cursor stands on; None at the beginning. Raises Stop."""
    found = begin(cursor)
    if found is None:
        return None
    moment, key = found
    try:
        if moment is None:
            raise ValueError(key)
        return moment, UUID(key)
    except ValueError as error:
        raise _not_ours() from error


def page[Entry](
    desk: Desk, request: Request, entries: Sequence[Entry], limit: int, last: tuple[datetime | None, str] | None
) -> Page[Entry]:
    """Return a page of at most `limit` of the entries; `last` is where its last one stands.

    One entry more than the limit was read when there are further ones.
    """
    more = len(entries) > limit and last is not None
    following = None
    if more and last is not None:
        moment, key = last
        raw = json.dumps([moment.isoformat() if moment else None, key]).encode()
        cursor = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        url = request.url.include_query_params(cursor=cursor)
        following = f"{desk.settings.base_url}{BASE}{path}?{url.query}"
    return Page(data=list(entries[:limit]), next=following)


def _not_ours() -> problems.Stop:
    return problems.invalid(
        [problems.Fault(detail="this is no cursor of ours; take it from `next`", parameter="cursor")]
    )
