"""Where a text names goods: by the words of their names, joined or cut, and by their kind."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from uuid import UUID

from actions.pointing import vocabulary, wording
from actions.pointing.wording import Word
from store.order import OrderItem

HEAD, COMPOUND, KIND, MODIFIER = 1.0, 0.9, 0.6, 0.5
"""How well a word names an item: its last word or all, the end of a compound ("watch" of "wristwatch"), its category or
a tag, or a word before the last ("garden" of "garden hose")."""

_NO_HEADS = frozenset({"set", "kit", "pack", "bundle", "collection", "edition"})
"""Last words that say little: the word before them names the thing."""
_NOT_ENDINGS = frozenset({"phone", "light", "board", "side", "ware", "pack", "room", "back", "time", "able", "wear"})
_SHORTEST_ENDING = 4
_PHONES = frozenset({"smartphone", "telephone", "cellphone"})


@dataclass(frozen=True)
class Head:
    """Words that name goods: how well for each item, and where they stand.

    `rivals` share a word before the last only: "coffee machine" is rather an espresso machine than a coffee maker, if
    the meaning of the whole does not say otherwise.
    """

    items: Mapping[UUID, float]
    first: int
    after: int
    plural: bool = False
    rivals: frozenset[UUID] = frozenset()

    @property
    def only_modifies(self) -> bool:
        """Whether no word of it is the last of a name."""
        return max(self.items.values()) <= MODIFIER

    @property
    def best(self) -> frozenset[UUID]:
        """The items that the words name best."""
        top = max(self.items.values())
        return frozenset(key for key, score in self.items.items() if score == top)


class Names:
    """The names of some items."""

    def __init__(self, items: Sequence[OrderItem]) -> None:
        """Read the names, categories and tags of some items."""
        self._names = {item.id: _name_of(item.name) for item in items}
        kinds = {item.id: wording.read(" ".join((item.category, *item.tags))) for item in items}
        self._kinds = {key: {word.text for word in words} for key, words in kinds.items()}

    def find(self, words: Sequence[Word]) -> list[Head]:
        """Find all words that name goods; "garden hose" is one head, "hose backpack" are two."""
        heads: list[Head] = []
        place = 0
        while place < len(words):
            head = self._at(words, place)
            place = head.after if head else place + 1
            if head:
                last = heads[-1] if heads and heads[-1].after == head.first else None
                joined = _joined(last, head) if last else None
                heads[-1:] = [joined] if joined else [*heads[-1:], head]
        return heads

    def _at(self, words: Sequence[Word], place: int) -> Head | None:
        for length in (3, 2):
            part = words[place : place + length]
            joined = "".join(word.text for word in part)
            if len(part) == length and not any(word.mark for word in part):
                found = {key: HEAD for key, name in self._names.items() if _is_joined(joined, part, name)}
                if found:
                    return Head(found, place, place + length, part[-1].plural)
        word = words[place]
        if word.text == "phone" and place + 1 < len(words) and words[place + 1].raw in {"number", "call", "numbers"}:
            return None
        found = {key: score for key in self._names if (score := self._score(word, key)) > 0}
        return Head(_best(found), place, place + 1, word.plural) if found and not word.mark else None

    def _score(self, word: Word, key: UUID) -> float:
        name = self._names[key]
        if any(wording.same(word.text, one) for one in (name[-1:] or [""])) or wording.same(word.text, "".join(name)):
            return HEAD
        if any(wording.same(word.text, one) for one in name):
            return MODIFIER
        if any(wording.same(word.text, kind) for kind in self._kinds[key]):
            return KIND
        ending = len(word.text) >= _SHORTEST_ENDING and word.text not in _NOT_ENDINGS
        if name and word.text == "phone" and name[-1] in _PHONES:
            return COMPOUND
        return COMPOUND if ending and name and name[-1].endswith(word.text) else 0.0


def stands_alone(words: Sequence[Word], head: Head, described: Set[int] = frozenset()) -> bool:
    """Tell whether words stand for a thing: not "water" in "resistant to water", but "the jigsaw".

    `described` are the places of words that may describe it ("robotic"). A word that is the last of a name always does.
    """
    if not head.only_modifies:
        return True
    start = head.first
    while start - 1 in described:
        start -= 1
    before = [word.raw for word in words[max(0, start - 2) : start]]
    after = words[head.after] if head.after < len(words) else None
    ends = after is None or after.mark or after.raw in vocabulary.STOPPERS | _STAND_INS
    if not ends:
        return False
    if len(before) > 1 and before[0] in _PREPOSITIONS and before[1] in vocabulary.DETERMINERS:
        return before[0] == "for" and (
            start == len(before) or words[start - 3].mark or words[start - 3].raw in _OPENERS
        )
    opened = vocabulary.DETERMINERS | vocabulary.ACTIONS | {"and", "or", "plus", "with"}
    return not before or not before[-1].isalpha() or before[-1] in opened


_OPENERS = frozenset({"and", "also", "then", "but", "plus"})
"""After these "for the jigsaw" begins what is said of a thing."""
_STAND_INS = frozenset({"one", "ones", "plus", "n", "thing", "things", "thingy", "item", "device", "gadget", "product"})
_PREPOSITIONS = frozenset({"in", "at", "to", "on", "into", "from", "for", "by"})


def _name_of(name: str) -> list[str]:
    words = [word.text for word in wording.read(name) if not word.mark]
    while len(words) > 1 and words[-1] in _NO_HEADS:
        words.pop()
    return words


def _best(found: Mapping[UUID, float]) -> dict[UUID, float]:
    """Where a word is the name of some, it is not the kind or a modifier of others."""
    top = max(found.values())
    least = COMPOUND if top >= COMPOUND else top
    return {key: score for key, score in found.items() if score >= least}


def _is_joined(joined: str, part: Sequence[Word], name: Sequence[str]) -> bool:
    """Whether words are a name, or one word of it, that was cut: "t shirt", "head phones", "water bottle"."""
    whole = "".join(name)
    if len(name) == len(part):
        return all(wording.same(one.text, two) for one, two in zip(part, name, strict=True))
    return wording.same(joined, whole) or wording.same(joined, name[-1] if name else "")


def _joined(last: Head, head: Head) -> Head | None:
    """Make one head of two that stand side by side, where they name the same thing."""
    both = {key: max(score, last.items[key]) for key, score in head.items.items() if key in last.items}
    if both:
        return Head(both, last.first, head.after, head.plural)
    if last.only_modifies:
        if head.only_modifies:
            return Head({**last.items, **head.items}, last.first, head.after, head.plural)
        return Head(head.items, last.first, head.after, head.plural, frozenset(last.items))
    return None
