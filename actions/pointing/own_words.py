"""Wishes without a verb that exchanges: "the lamp should be black, the backpack medium and grey".

Each item has the words around its name. What only says again how the item is ("the blue shirt") is no wish.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from actions.pointing import vocabulary, wording
from actions.pointing.goods import Pointed
from actions.pointing.names import Head, Names
from actions.pointing.options import Hit, Shelf
from actions.pointing.wording import Word
from store.order import OrderItem

_CUTS = frozenset({",", ";", ".", "!", "?", "\n", "and", "then", "but", "plus", "+", "&", "also"})
_BEFORE_A_NAME = frozenset({"the", "my", "a", "an", "for", "this", "that", "with", "to", "of", "other", "another"})
_FREES = re.compile(r"\b(?:cheap\w*|expensive|pric\w+|matter\w*|care|whatever|any)\b", re.IGNORECASE)
"""Words after which the other options need not stay as they are: then each one that is said counts."""
_COUNTS_ON = frozenset({"more", "less", "fewer", "additional", "extra"})


def told(pointed: Pointed, said: str, items: Sequence[OrderItem]) -> list[tuple[Pointed, str]]:
    """Return what was pointed at without a swap, item by item, with the words that are its wish."""
    keys = pointed.pieces.keys() | {key for group in pointed.unsure for key in group}
    known = [item for item in items if item.id in keys]
    words = wording.read(said)
    heads = [head for head in Names(items).find(words) if not head.only_modifies and head.best & keys]
    spans = _spans(words, heads)
    owners = list(dict.fromkeys(frozenset(head.best & keys) for head in heads))
    rest = keys - frozenset[UUID]().union(*owners)
    if len(owners) < 2 and not (rest and owners):
        return [(pointed, _without_own(said, words, known))]
    found = []
    for owner in owners:
        mine = [span for head, span in zip(heads, spans, strict=True) if head.best & keys == owner]
        parts = [said[words[first].start : words[after - 1].end] for first, after in mine if after > first]
        text = ". ".join(parts)
        wish = _without_own(text, wording.read(text), [item for item in known if item.id in owner])
        found.append((_of(pointed, owner), wish))
    return [*found, (_of(pointed, rest), _before_names(said, words, heads))] if rest else found


def _before_names(said: str, words: Sequence[Word], heads: Sequence[Head]) -> str:
    """Return the sentences before the first that names anything: they are about all of it."""
    ends = [words[place].end for place in range(heads[0].first) if words[place].raw in {".", "!", "?", ";", "\n"}]
    return said[: ends[-1]] if ends else ""


def says_more(text: str, items: Sequence[OrderItem]) -> bool:
    """Tell whether a text says anything besides names of things and what is done with them."""
    words = wording.read(text)
    named = {place for head in Names(items).find(words) for place in range(head.first, head.after)}
    empty = vocabulary.FILLERS | vocabulary.NO_GOODS | vocabulary.STOPPERS | vocabulary.DETERMINERS | vocabulary.ACTIONS
    return any(
        not word.mark and not {word.raw, word.text} & empty for place, word in enumerate(words) if place not in named
    )


def _of(pointed: Pointed, keys: frozenset[UUID] | set[UUID]) -> Pointed:
    """Return what was pointed at, as far as it is among some items."""
    pieces = {key: count for key, count in pointed.pieces.items() if key in keys}
    unsure = tuple(group for group in pointed.unsure if set(group) & keys)
    return Pointed(pieces, unsure, pointed.unknown)


def _spans(words: Sequence[Word], heads: Sequence[Head]) -> list[tuple[int, int]]:
    """Return which words belong to each head: from where its part begins to where the next one's does."""
    starts = [0]
    for last, head in itertools.pairwise(heads):
        cuts = [place + 1 for place in range(last.after, head.first) if words[place].raw in _CUTS]
        start = head.first
        while start > last.after and words[start - 1].raw in _BEFORE_A_NAME:
            start -= 1
        starts.append(cuts[-1] if cuts else start)
    return [(first, after) for first, after in zip(starts, [*starts[1:], len(words)], strict=False)][: len(heads)]


def _without_own(text: str, words: Sequence[Word], items: Sequence[OrderItem]) -> str:
    """Take the options out of a text that all of the items have: they only say which items are meant."""
    if _FREES.search(text):
        return text
    for item in items[:1]:
        shared = {key: value for key, value in item.options.items() if all(o.options.get(key) == value for o in items)}
        for hit in Shelf([shared]).hits(words):
            beside = {word.raw for word in words[max(0, hit.first - 1) : hit.after + 1]}
            if hit.by_name or beside & _COUNTS_ON or not _is_whole(hit, shared):
                continue
            start, end = words[hit.first].start, words[hit.after - 1].end
            text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text


def _is_whole(hit: Hit, shared: Mapping[str, str]) -> bool:
    """Whether a value was said in full: "Brand A" is no mention of "Brand B"."""
    lengths = [len(wording.read(shared[key])) for key, _ in hit.places if key in shared]
    return bool(lengths) and min(lengths) <= hit.after - hit.first
