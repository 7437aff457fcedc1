"""Reads from a text what a variant is wished to be."""

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from actions.pointing import comparing, scales, unheard, vocabulary, wording
from actions.pointing.likeness import Alike
from actions.pointing.options import Hit, Place, Shelf
from actions.pointing.wishes import PRICE, Avoid, Budget, Compare, Most, Prefer, Want, Wishes
from actions.pointing.wording import Word

_CHEAPEST = re.compile(
    r"\b(?:cheap(?:est)?(?: (?:possible|available))? (?:one|version|option|variant)?|cheapest"
    r"|least (?:expensive|costly)|lowest[- ]pric\w+|most affordable"
    r"|lowest cost|inexpensive)\b",
    re.IGNORECASE,
)
_DEAREST = re.compile(
    r"\b(?:most (?:expensive|costly|pricey|premium)|priciest|costliest|dearest|highest[- ]pric\w+|top of the line)\b",
    re.IGNORECASE,
)
_CHEAPER = re.compile(
    r"\b(?:cheaper|less (?:expensive|costly|pricey)|lower[- ]pric\w+|more affordable)\b", re.IGNORECASE
)
_DEARER = re.compile(r"\b(?:more (?:expensive|costly|pricey)|pricier|costlier|higher[- ]pric\w+)\b", re.IGNORECASE)
_BUDGET = re.compile(
    r"\b(?:under|below|less than|cheaper than|at most|up to|no more than|max(?:imum)?(?: of)?|within)\s+"
    r"(?:\$\s*(?P<a>\d+(?:\.\d+)?)|(?P<b>\d+(?:\.\d+)?)\s*(?:\$|dollars?|bucks?|usd))",
    re.IGNORECASE,
)


def read(text: str, shelf: Shelf, alike: Alike) -> Wishes:
    """Read all wishes of one stretch of text."""
    found = Wishes()
    words = wording.read(_without_prices(text, found))
    every = shelf.hits(words)
    compared = comparing.read(words, every, shelf, found)
    hits = [hit for hit in every if not compared & set(range(hit.first, hit.after))]
    hits = [hit for hit in hits if not _complains(words, hit)]
    taken = _preferences(words, hits, found)
    hits = [hit for hit in hits if hit not in taken]
    _frees_and_keeps(words, hits, shelf, found)
    _values(words, hits, shelf, found)
    comparing.drop_what_is_settled(found)
    unheard.read(words, every, shelf, alike, found)
    changes = found.wants or found.avoids or found.compares or found.mosts or found.prefers or found.free_all
    found.same_item = found.keep_all and not changes
    return found


def _complains(words: Sequence[Word], hit: Hit) -> bool:
    """Whether a value only says what is wrong: "too large", "so big"; "I grew, so XXL" is a wish."""
    before = words[hit.first - 1].raw if hit.first else ""
    return before == "too" or (before == "so" and words[hit.first].raw in _MEASURES)


_MEASURES = vocabulary.word_set("big large huge small tiny long short bright heavy light dark high low hard easy")


def _without_prices(text: str, found: Wishes) -> str:
    """Read the wishes about the price and take them out of the text."""
    budget = _BUDGET.search(text)
    if budget:
        found.budget = Budget(Decimal(budget["a"] or budget["b"]), budget.group().strip())
        text = _BUDGET.sub(" ", text)
    for pattern, direction in ((_CHEAPEST, -1), (_DEAREST, 1)):
        if pattern.search(text):
            found.mosts.append(Most(PRICE, -1 if direction < 0 else 1))
            text = pattern.sub(" one ", text)
    for pattern, direction in ((_CHEAPER, -1), (_DEARER, 1)):
        match = pattern.search(text)
        if match:
            found.compares.append(Compare(PRICE, -1 if direction < 0 else 1, match.group().strip()))
            text = pattern.sub(" ", text)
    return text


_PREFERRING = vocabulary.word_set(
    "prefer prefers preferred preferably preference ideally favor favour favorite favourite"
)
_EQUALS = frozenset({"and", "or", "/", "&", "as", "well"})


def _preferences(words: Sequence[Word], hits: Sequence[Hit], found: Wishes) -> list[Hit]:
    """Read "prefer battery > USB > AC", "i5 over i7", "preferably black": values in the order of liking."""
    starts = [place for place, word in enumerate(words) if word.raw in _PREFERRING]
    taken: list[Hit] = []
    for start in starts:
        end = next((p for p in range(start, len(words)) if words[p].raw in {".", ";", "!", "?", ")", "\n"}), len(words))
        taken += [hit for hit in hits if start < hit.first < end and hit not in taken]
    for left, right in pairwise(hits):
        between = {word.raw for word in words[left.after : right.first]}
        if _about(left) & _about(right) and between & {"over", ">"}:
            taken += [hit for hit in (left, right) if hit not in taken]
    taken.sort(key=lambda hit: hit.first)
    groups: dict[str, list[frozenset[Place]]] = {}
    last: Hit | None = None
    for hit in taken:
        key = min(_about(hit))
        between = {word.raw for word in words[last.after : hit.first]} if last else set()
        if last and key in _about(last) and between and between <= _EQUALS:
            groups[key][-1] |= hit.places
        else:
            groups.setdefault(key, []).append(hit.places)
        last = hit
    found.prefers += [Prefer(tuple(ordered)) for ordered in groups.values()]
    return taken


def _about(hit: Hit) -> set[str]:
    return {key for key, _ in hit.places}


_CLAUSE_ENDS = frozenset({".", ";", ",", "!", "?", "(", ")", "but", "\n"})
_CARE = vocabulary.word_set("care mind matter matters important bothered fussy")
_REST = vocabulary.word_set(
    "other others else rest everything all spec specs option options feature features specification "
    "specifications detail details configuration anything whatever otherwise"
)
_SAME = vocabulary.word_set("same keep keeping keeps identical exact unchanged maintain stay stays staying retain")
_OKAY = vocabulary.word_set("ok okay fine happy alright acceptable")


def _frees_and_keeps(words: Sequence[Word], hits: Sequence[Hit], shelf: Shelf, found: Wishes) -> None:
    named = shelf.named(words)
    for first, after in _clauses(words):
        raws = [word.raw for word in words[first:after]]
        keys = {key for ones, start, _ in named if first <= start < after for key in ones}
        inside = [hit for hit in hits if first <= hit.first < after]
        told = set(raws)
        if _does_not_matter(raws):
            about = keys | {key for hit in inside for key in _about(hit)}
            found.free |= about
            found.free_all = found.free_all or bool(told & _REST) or not about
        elif "only" in told and told & _CARE:
            found.kept |= keys
            found.free_all = True
        elif "any" in told and keys and not inside:
            found.free |= keys
        elif told & {"without", "not"} and told & {"changing", "change"} and told & _REST:
            found.keep_all = True
        elif told & _SAME or _AS_IT_IS.search(" ".join(raws)):
            _keep(words, (first, after), named, found)
        elif told & _OKAY and inside:
            found.allowed |= {place for hit in inside[:1] for place in hit.places}


_AS_IT_IS = re.compile(
    r"\b(?:i|it|they) (?:have|has|is|are|am)(?: \w+)? now\b|\b(?:as|like) (?:it is )?now\b"
    r"|\bmy (?:current |own )?size\b"
)
"""How an option is said to stay: "the size I have now", "in my size"."""


def _does_not_matter(raws: Sequence[str]) -> bool:
    text = " ".join(raws)
    return bool(
        re.search(
            r"\b(?:not|dont|doesnt|isnt|arent|never|wont|no) (?:\w+ ){0,2}(?:care|mind|matters?|important"
            r"|bothered|fussy)\b",
            text,
        )
        or re.search(
            r"\b(?:regardless of|no matter|whatever|irrelevant|(?:can|may) (?:be|have) (?:a )?different)\b", text
        )
        or re.search(r"\bany (?:\w+ )?(?:is|are|will|would|works?)\b", text)
    )


def _keep(
    words: Sequence[Word], span: tuple[int, int], named: Sequence[tuple[frozenset[str], int, int]], found: Wishes
) -> None:
    """Read "same material and color", "keep the size", "everything else the same", "the same specs"."""
    first, after = span
    start = next((place for place in range(first, after) if words[place].raw in _SAME), first - 1)
    keys = {
        key
        for ones, place, _ in named
        if first <= place < after and (place > start or words[start].raw != "keep")
        for key in ones
    }
    told = {word.raw for word in words[first:after]}
    following = words[start + 1].raw if start >= first and start + 1 < after else "-"
    if told & _REST:
        found.keep_all = True
    elif keys:
        found.kept |= keys
    elif following in {"one", "item", "thing", "product", "model", "exact", "again", ""}:
        found.keep_all = True


def _clauses(words: Sequence[Word]) -> list[tuple[int, int]]:
    found, start = [], 0
    for place, word in enumerate(words):
        if word.raw in _CLAUSE_ENDS:
            found.append((start, place))
            start = place + 1
    found.append((start, len(words)))
    return [(first, after) for first, after in found if after > first]


_NOT = frozenset({"not", "without", "no", "isnt", "dont", "instead", "than", "except", "never", "avoid", "from"})
_OR_MORE = vocabulary.word_set("above higher better more up newer greater faster bigger larger plus")
_OR_LESS = vocabulary.word_set("below lower less under fewer smaller slower cheaper")


def _values(words: Sequence[Word], hits: Sequence[Hit], shelf: Shelf, found: Wishes) -> None:
    for hit in hits:
        said = " ".join(word.raw for word in words[hit.first : hit.after])
        before = [word.raw for word in words[max(0, hit.first - 3) : hit.first]]
        refused = hit.refused or _refuses(before)
        if (_about(hit) & found.free and not (refused and not hit.by_name)) or hit.places & found.allowed:
            continue
        if hit.by_name:
            _some_or_none(hit, shelf, found, said, refused=refused, before=before)
        elif refused:
            found.avoids.append(Avoid(hit.places, said))
        else:
            _want(hit, _or_more(words, hit, shelf), found, said)


def _refuses(before: Sequence[str]) -> bool:
    if before[-1:] == ["but"] and {"any", "anything", "everything"} & set(before):
        return True
    near = [raw for raw in before if raw not in {"a", "an", "the", "my", "of", "be", "in", "any", ","}]
    return bool(near) and near[-1] in _NOT and not ("from" in near and "to" in near)


def _some_or_none(hit: Hit, shelf: Shelf, found: Wishes, said: str, *, refused: bool, before: Sequence[str]) -> None:
    key = min(_about(hit))
    values = [value.text for value in shelf.values[key]]
    empty = frozenset((key, value.text) for value in shelf.values[key] if value.empty)
    if refused:
        found.wants.append(Want(frozenset({key}), empty, f"no {said}"))
    elif len(values) - len(empty) == 1 or "with" in before[-2:] or _SAYS_SOME.search(said):
        found.wants.append(Want(frozenset({key}), hit.places, said))


_SAYS_SOME = re.compile(r"proof|resist[ae]nt")


def _want(hit: Hit, places: frozenset[Place], found: Wishes, said: str) -> None:
    """Add a wish; a second value of the same option is as welcome as the first ("black or grey")."""
    keys = frozenset(_about(hit))
    for place, want in enumerate(found.wants):
        if want.keys == keys:
            found.wants[place] = Want(keys, want.places | places, f"{want.words} or {said}")
            return
    found.wants.append(Want(keys, places, said))


def _or_more(words: Sequence[Word], hit: Hit, shelf: Shelf) -> frozenset[Place]:
    """Widen "i7 or above", "at least 16GB", "up to 1 litre" to all values that are meant."""
    following = [word.raw for word in words[hit.after : hit.after + 3]]
    before = [word.raw for word in words[max(0, hit.first - 2) : hit.first]]
    up = (
        (following[:1] in (["or"], ["and"]) and bool(set(following[1:2]) & _OR_MORE))
        or before in (["at", "least"],)
        or before[-1:] == ["minimum"]
    )
    down = (following[:1] in (["or"], ["and"]) and bool(set(following[1:2]) & _OR_LESS)) or before in (
        ["at", "most"],
        ["up", "to"],
    )
    if not (up or down):
        return hit.places
    found = set(hit.places)
    for key, text in hit.places:
        rank = scales.ranks(key, [value.text for value in shelf.values[key]])
        own = rank.get(text)
        found |= {
            (key, other) for other, place in rank.items() if own is not None and (place >= own if up else place <= own)
        }
    return frozenset(found)
