"""What a text wants to exchange for what, item by item."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from actions.pointing import exchanges, goods, own_words, wording
from actions.pointing.goods import Pointed
from actions.pointing.likeness import Alike
from actions.pointing.names import Names
from store.order import OrderItem


@dataclass(frozen=True)
class Wanted:
    """Items that a text is about, and its words for what is wanted instead ("" where it says nothing)."""

    pointed: Pointed
    wish: str
    said: str = ""
    """The words that named the items."""


def read(
    text: str, items: Sequence[OrderItem], alike: Alike, order_of: Mapping[UUID, object] | None = None
) -> list[Wanted]:
    """Return which items a text is about and what is wanted for each, in the order said.

    Words that name no item belong to the wish before them, and a later sentence about an item to that item's. Two items
    that are alike ("one kettle ... and another kettle ...") are told apart. `order_of`: see `goods.point`.
    """
    found: list[Wanted] = []
    plain: list[Wanted] = []
    for given, wish in _joined(exchanges.split(text)):
        pointed = _point(given, items, alike, order_of, found)
        if wish and not (pointed.pieces or pointed.unsure) and _ONE_OF.search(given):
            pointed = _one_of(plain, found)
        if found and re.search(r"\bsame order\b", given, re.IGNORECASE):
            pointed = _of_its_order(pointed, found[-1], order_of or {})
        if pointed.pieces or pointed.unsure:
            found = [*_without(found, pointed), Wanted(pointed, wish, given)]
            plain += [] if wish else found[-1:]
        elif found:
            more = f"{given} {wish}".strip()
            found[-1] = replace(found[-1], wish=_together(found[-1].wish, more))
        elif wish or pointed.unknown:
            found.append(Wanted(pointed, wish, given))
    sorted_out = _sorted_out(found, items)
    return [own for one in sorted_out for own in _in_own_words(_with_earlier(one, plain, items), items)]


def _with_earlier(one: Wanted, plain: Sequence[Wanted], items: Sequence[OrderItem]) -> Wanted:
    """Add what was said of an item before its wish: "a brighter lamp. For the lamp I'd prefer battery power"."""
    if not one.wish:
        return one
    for before in plain:
        shared = before.pointed.pieces.keys() & one.pointed.pieces.keys()
        for pointed, wish in own_words.told(before.pointed, before.said, items) if shared else ():
            if pointed.pieces.keys() & shared and own_words.says_more(wish, items):
                one = replace(one, wish=_together(wish, one.wish))
    return one


def _in_own_words(one: Wanted, items: Sequence[OrderItem]) -> list[Wanted]:
    """Where nothing is wanted for it by a verb, what is said of an item is its wish."""
    if one.wish:
        return [one]
    return [Wanted(pointed, wish, one.said) for pointed, wish in own_words.told(one.pointed, one.said, items)]


_ONE_OF = re.compile(
    r"\b(?:one|another|first|second|third|other)(?: one)?(?:\s+of\s+(?:them|these|those))?\W*$", re.IGNORECASE
)


def _one_of(plain: Sequence[Wanted], found: Sequence[Wanted]) -> Pointed:
    """Read "one of them for ..., and the other for ...": the next of what was named before that has no wish yet."""
    taken = {key for one in found if one.wish for key in one.pointed.pieces}
    named = [key for one in plain for key in one.pointed.pieces]
    named += [key for one in plain for group in one.pointed.unsure for key in group]
    free = [key for key in named if key not in taken]
    return Pointed({free[0]: 1}) if len(named) > 1 and free else Pointed()


def _joined(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Make one of neighbours that want nothing instead: the second may only say more about the first."""
    found: list[tuple[str, str]] = []
    for given, wish in pairs:
        if found and not wish and not found[-1][1]:
            found[-1] = (_together(found[-1][0], given), "")
        else:
            found.append((given, wish))
    return found


def _together(one: str, other: str) -> str:
    return f"{one.rstrip(' .')}. {other}" if one else other


def _point(
    given: str,
    items: Sequence[OrderItem],
    alike: Alike,
    order_of: Mapping[UUID, object] | None,
    before: Sequence[Wanted],
) -> Pointed:
    """Point among all items, or where that finds again what has its wish already, among the others of its kind."""
    pointed = goods.point(given, items, alike, order_of)
    taken = {key for one in before if one.wish for key in one.pointed.pieces}
    if not pointed.pieces or not pointed.pieces.keys() <= taken:
        return pointed
    variants = {item.variant_id for item in items if item.id in pointed.pieces}
    others = [item for item in items if item.id not in taken and item.variant_id in variants]
    return goods.point(given, others, alike, order_of) if others else pointed


def _of_its_order(pointed: Pointed, last: Wanted, order_of: Mapping[UUID, object]) -> Pointed:
    """Settle "the puzzle in the same order" by the order of what was named before it."""
    orders = [goods.order_key(order_of, key) for key in last.pointed.pieces]
    unsure, pieces = [], dict(pointed.pieces)
    for group in pointed.unsure:
        kept = [key for key in group if goods.order_key(order_of, key) in orders]
        if len(kept) == 1:
            pieces[kept[0]] = None
        else:
            unsure.append(tuple(kept or group))
    return replace(pointed, pieces=pieces, unsure=tuple(unsure))


def _without(found: Sequence[Wanted], pointed: Pointed) -> list[Wanted]:
    """Take items out of what was said before without a wish: now it is said what they are wanted for."""
    kept = []
    for one in found:
        pieces = {key: count for key, count in one.pointed.pieces.items() if one.wish or key not in pointed.pieces}
        unsure = tuple(group for group in one.pointed.unsure if one.wish or not set(group) & pointed.pieces.keys())
        if pieces or unsure:
            kept.append(replace(one, pointed=replace(one.pointed, pieces=pieces, unsure=unsure)))
    return kept


_SENTENCE = re.compile(r"(?<=[.!?;])\s+")


def _sorted_out(found: Sequence[Wanted], items: Sequence[OrderItem]) -> list[Wanted]:
    """Move a sentence that names another one's item to that one: "... If there is no clicky keyboard, then ..."."""
    names = Names(items)
    wishes = [""] * len(found)
    for place, one in enumerate(found):
        for number, sentence in enumerate(_SENTENCE.split(one.wish)):
            owner = _owner(sentence, found, names) if number else None
            owner = place if owner is None else owner
            wishes[owner] = _together(wishes[owner], sentence)
    return [replace(one, wish=wish) for one, wish in zip(found, wishes, strict=True)]


def _owner(sentence: str, found: Sequence[Wanted], names: Names) -> int | None:
    heads = [head for head in names.find(wording.read(sentence)) if not head.only_modifies]
    for head in heads[:1]:
        for place, one in enumerate(found):
            if head.best & (one.pointed.pieces.keys() | {key for group in one.pointed.unsure for key in group}):
                return place
    return None
