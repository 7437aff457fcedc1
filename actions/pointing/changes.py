"""What stands after a correction of chosen items: "no, also the lamp, and not the keyboard"."""

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from actions.pointing import goods, wording
from actions.pointing.likeness import Alike
from actions.pointing.names import Names
from store.order import OrderItem

_OPENING = re.compile(
    r"^\W*(?:(?:no|nope|nah|wait|hm+|oh|actually|sorry|hold on|hang on|stop)\b[\s,.!;:-]*)+", re.IGNORECASE
)
_LEFT_OUT = re.compile(
    r"\b(?:do not|don['’]?t|not|without|leave out|leave|take out|take off|remove|drop|except(?: for)?|minus|skip|forget"
    r"(?: about)?|keep(?:ing)?|no)\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"\b(?:also|add|too|as well|plus|and the|another)\b", re.IGNORECASE)
_ONLY = re.compile(r"\b(?:only|just)\b", re.IGNORECASE)


def read(
    text: str, before: Mapping[UUID, int | None], items: Sequence[OrderItem], alike: Alike
) -> dict[UUID, int | None] | None:
    """Return the items that are chosen after a correction, with how many of each (None: not said); None when the text
    names none of the items or leaves everything as it was.

    What is named is added where the text says so or takes others off in the same breath; else it takes the place of
    what was chosen. Nothing that the text leaves out stays.
    """
    plain = _OPENING.sub("", text)
    items = _of_their_kind(plain, before, items)
    wanted = goods.point(plain, items, alike).pieces
    named = {**goods.point(_LEFT_OUT.sub(" ", plain), items, alike).pieces, **wanted}
    gone = named.keys() - wanted.keys()
    if not named:
        return None
    adds = bool(gone) or bool(_MORE.search(plain))
    kept = dict(before) if adds and not (_ONLY.search(plain) and wanted) else {}
    after = {key: count for key, count in {**kept, **wanted}.items() if key not in gone}
    return after if after and not _is_same(after, before) else None


def _of_their_kind(text: str, before: Mapping[UUID, int | None], items: Sequence[OrderItem]) -> Sequence[OrderItem]:
    """Where a text names no thing ("the pricier one"), what it compares is of the kind of what was chosen."""
    if Names(items).find(wording.read(text)) or not _COMPARES.search(text):
        return items
    kinds = {item.name for item in items if item.id in before}
    alike = [item for item in items if item.name in kinds]
    return alike if len(alike) > len(before) else items


_COMPARES = re.compile(r"\b(?:more|less|most|least)\b|\b\w+(?:er|est)\b|\bother one\b", re.IGNORECASE)


def _is_same(after: Mapping[UUID, int | None], before: Mapping[UUID, int | None]) -> bool:
    return after.keys() == before.keys() and all(count in {None, before[key]} for key, count in after.items())
