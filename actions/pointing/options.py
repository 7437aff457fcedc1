"""The options of things as words that a text can name: values, their names, amounts with units, and scales."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from actions.pointing import vocabulary, wording
from actions.pointing.wording import Word

type Place = tuple[str, str]
"""An option and its value: ("color", "blue")."""

_UNITS = {
    "inch": "inch", "in": "inch", '"': "inch", "gb": "gb", "gig": "gb", "gigabyte": "gb", "tb": "tb", "terabyte":
    "tb", "ml": "ml", "milliliter": "ml", "millilitre": "ml", "l": "l", "liter": "l", "litre": "l", "ltr": "l",
    "ft": "foot", "foot": "foot", "mah": "mah", "hour": "hour", "hr": "hour", "h": "hour", "lb": "lb", "lbs": "lb",
    "pound": "lb", "mp": "mp", "megapixel": "mp", "x": "x", "time": "x", "bar": "bar", "cup": "cup", "degree":
    "degree", "°": "degree", "mm": "mm", "millimeter": "mm", "w": "watt", "watt": "watt", "piece": "piece", "pc":
    "piece", "pcs": "piece", "%": "%", "percent": "%", "k": "k", "p": "p", "cm": "cm", "kg": "kg", "oz": "oz",
    "ounce": "oz", "meter": "m", "m": "m",
}  # fmt: skip
_BASES = {"tb": ("gb", 1000.0), "l": ("ml", 1000.0), "k": ("line", 576.0), "p": ("line", 1.0), "m": ("cm", 100.0)}
"""Units that are counted in another: 1 TB is 1000 GB; "4K" has about 2200 lines, which compares with 1080p."""
_SAME_WORDS = {
    "s": "small", "m": "medium", "l": "large", "xs": "xsmall", "xl": "xlarge", "xxl": "xxlarge", "xxxl": "xxxlarge",
    "2xl": "xxlarge", "3xl": "xxxlarge", "med": "medium", "big": "large", "huge": "large", "tiny": "small",
    "easy": "beginner", "simple": "beginner", "challenging": "expert", "advanced": "expert", "steel": "steel",
    "bluetooth": "bluetooth", "wood": "wood", "wooden": "wood", "woollen": "wool", "batterie": "battery",
    "mains": "ac", "main": "ac", "outlet": "ac", "plug": "ac", "smart": "smart", "alexa": "alexa", "echo": "alexa",
    "siri": "apple", "wi": "wifi", "wireles": "wireless", "mid": "medium", "dslr": "dslr", "zip": "zipper",
    "zippered": "zipper", "golden": "gold", "navy": "navy", "waterproofed": "waterproof", "pro": "professional",
}  # fmt: skip
_COMPOUNDS = {("extra", "large"): "xlarge", ("extra", "small"): "xsmall", ("x", "large"): "xlarge",
              ("x", "small"): "xsmall", ("wi", "fi"): "wifi", ("water", "proof"): "waterproof",
              ("double", "xl"): "xxlarge", ("water", "resistant"): "waterproof", ("water", "resistent"): "waterproof",
              ("water", "resistance"): "waterproof", ("memory", "foam"): "memoryfoam", ("crew", "neck"): "crewneck",
              ("v", "neck"): "vneck", ("t", "shirt"): "tshirt", ("shut", "off"): "shutoff"}  # fmt: skip
_KEY_WORDS: Mapping[str, tuple[str, ...]] = {
    "ram": ("memory",), "storage": ("disk", "drive", "ssd", "memory", "space"), "processor": ("cpu", "chip"),
    "screen size": ("display", "inch"), "frame size": ("frame",), "water resistance": ("waterproof", "resistant"),
    "waterproof": ("resistant",), "difficulty level": ("hard", "difficult"), "brightness": ("bright", "brighter"),
    "power source": ("powered",), "piece count": ("piece",), "battery life": ("battery",), "strap material": ("band",),
    "band material": ("strap",), "height": ("tall", "high"), "length": ("long",), "thickness": ("thick",),
    "compatibility": ("compatible", "works"), "backlight": ("backlit", "lighting", "light"), "switch type": ("switch",),
}  # fmt: skip
_PLAIN = frozenset(
    {"size", "type", "color", "material", "card", "count", "set", "level", "setting", "resistant", "kit"}
)
"""Words that say nothing alone, though they stand in a value."""
_EMPTY = frozenset({"none", "no", "not", "without", "not resistant", "n/a"})


@dataclass(frozen=True)
class Amount:
    """A number with its unit ("" where none is said), and where it stands among the words."""

    number: float
    unit: str
    first: int
    after: int


@dataclass(frozen=True)
class Hit:
    """Words of a text that name values: of one option, or of several that share the word.

    `by_name`: it is the option itself that is named ("waterproof", "backlight"), so the values are all that say that
    there is some of it, and `refused` whether the words say that there is none.
    """

    places: frozenset[Place]
    first: int
    after: int
    by_name: bool = False
    refused: bool = False


def amounts(words: Sequence[Word]) -> list[Amount]:
    """Find the numbers of a text with their units."""
    found: list[Amount] = []
    for place, word in enumerate(words):
        part = _part_of_one(words, place)
        if part:
            found.append(part)
        count = wording.number(word)
        if count is None or part:
            continue
        follow = words[place + 1] if place + 1 < len(words) else None
        unit = _UNITS.get(follow.text, "") if follow else ""
        if (
            unit in {"inch", "m", "l", "p", "h"}
            and follow
            and follow.start != word.end
            and follow.raw in {"in", "m", "l", "p", "h"}
        ):
            unit = ""  # "in" and single letters are units only where they touch the number
        found.append(Amount(*_in_base(count, unit), place, place + (2 if unit else 1)))
    return _in_ranges(found, words)


def _in_ranges(found: Sequence[Amount], words: Sequence[Word]) -> list[Amount]:
    """Give the first number of "30-50 lbs" the unit of the second."""
    ranged = []
    for one, other in zip_longest(found, found[1:]):
        joined = other is not None and words[one.after - 1].end + 1 == words[other.first].start
        unit = other.unit if other is not None and joined and not one.unit and other.first == one.after else one.unit
        ranged.append(Amount(one.number, unit, one.first, one.after))
    return ranged


def _part_of_one(words: Sequence[Word], place: int) -> Amount | None:
    """Read "a litre" and "half a litre"."""
    counts = {("a",): 1.0, ("half", "a"): 0.5, ("half",): 0.5}
    for said, count in counts.items():
        after = place + len(said)
        alone = place == 0 or words[place - 1].raw != "half"
        if after < len(words) and tuple(word.raw for word in words[place:after]) == said and alone:
            unit = words[after].text
            if unit in _WHOLE_UNITS:
                return Amount(*_in_base(count, _UNITS[unit]), place, after + 1)
    return None


_WHOLE_UNITS = frozenset({"liter", "litre", "terabyte", "meter", "foot"})


def _in_base(count: float, unit: str) -> tuple[float, str]:
    base, factor = _BASES.get(unit, (unit, 1.0))
    return (1080.0 if (count, unit) == (1080.0, "p") else count * factor), base


def compared(words: Sequence[Word]) -> list[str]:
    """Return the words as options compare them; a compound stands in its first place, and "" in the others."""
    texts = [_SAME_WORDS.get(word.raw, _SAME_WORDS.get(word.text, word.text)) for word in words]
    for place in range(len(words) - 1):
        joined = _COMPOUNDS.get((words[place].raw, words[place + 1].raw))
        if joined:
            texts[place], texts[place + 1] = joined, ""
    return texts


@dataclass(frozen=True)
class Value:
    """One value of one option, read once."""

    key: str
    text: str
    words: tuple[str, ...]
    amounts: tuple[Amount, ...]

    @property
    def empty(self) -> bool:
        """Whether it says that there is none of it: "none", "no", "not resistant"."""
        return self.text.casefold().strip() in _EMPTY


_JUST_YES = ("yes",)
"""A value that only its option's name tells: "waterproof", not "yes, please"."""
_SIZES = frozenset({"xxsmall", "xsmall", "xlarge", "xxlarge", "xxxlarge"})
_WEAK = vocabulary.word_set(
    "in on over back no yes not none a an the of up off one with for and or to built auto side b c"
)
"""Words that count in a value only together with another of its words."""


@functools.lru_cache(maxsize=8192)
def value(key: str, text: str) -> Value:
    """Read a value."""
    words = wording.read(text)
    found = amounts(words)
    if len(found) == 1 and not found[0].unit and len(words) == 1:
        unit = next((_UNITS[word.text] for word in wording.read(key) if word.text in _UNITS and word.text != "in"), "")
        found = [Amount(found[0].number, unit, 0, 1)]
    if len(found) > 1 and found[-1].unit:  # "30-50 lbs"
        found = [Amount(one.number, found[-1].unit, one.first, one.after) for one in found]
    taken = {place for one in found for place in range(one.first, one.after)}
    told = [text for place, text in enumerate(compared(words)) if place not in taken and text and text.isalnum()]
    return Value(key, text, tuple(told), tuple(found))


class Shelf:
    """All options of some things and all their values."""

    def __init__(self, kinds: Iterable[Mapping[str, str]]) -> None:
        """Collect the values of some things' options."""
        pairs = dict.fromkeys((key, text) for kind in kinds for key, text in kind.items())
        self.values: dict[str, list[Value]] = {}
        for key, text in pairs:
            self.values.setdefault(key, []).append(value(key, text))
        self._names = {key: _names_of(key) for key in self.values}

    def hits(self, words: Sequence[Word]) -> list[Hit]:
        """Find the values that a text names, in the order of the words; the longest reading of the same words wins."""
        texts = compared(words)
        named = self.named(words)
        found = _merged([*self._by_words(texts), *self._by_amounts(words, texts, named)], named, self.values)
        return sorted([*found, *self._by_names(texts, named, found)], key=lambda hit: hit.first)

    def named(self, words: Sequence[Word]) -> list[tuple[frozenset[str], int, int]]:
        """Find where options themselves are named ("frame size"): the options that may be meant, first, after."""
        texts = compared(words)
        found = []
        place = 0
        while place < len(texts):
            runs = {key: _run(texts, place, names) for key, names in self._names.items()}
            longest = max(runs.values(), default=0)
            if longest:
                keys = frozenset(key for key, length in runs.items() if length == longest)
                found.append((keys, place, place + longest))
            place += max(longest, 1)
        return found

    def _by_words(self, texts: Sequence[str]) -> list[tuple[Place, int, int, float]]:
        return [
            ((key, one.text), first, after, told)
            for key, values in self.values.items()
            for one in values
            if one.words and not one.amounts and not one.empty and one.words != _JUST_YES
            for first, after, told in _spans(one, texts)
        ]

    def _by_amounts(
        self, words: Sequence[Word], texts: Sequence[str], named: Sequence[tuple[frozenset[str], int, int]]
    ) -> list[tuple[Place, int, int, float]]:
        return [
            ((key, one.text), said.first, said.after, 1.0 / len(one.amounts))
            for said in amounts(words)
            for key, values in self.values.items()
            for one in values
            if any(_is(said, wanted, _near(key, said, named), texts) for wanted in one.amounts)
        ]

    def _by_names(
        self, texts: Sequence[str], named: Sequence[tuple[frozenset[str], int, int]], found: Sequence[Hit]
    ) -> list[Hit]:
        """Read "waterproof", "no backlight" and "water resistance: no": there is some of it, or none."""
        hits = []
        for keys, first, after in named:
            for key in sorted(keys):
                some = frozenset((key, one.text) for one in self.values[key] if not one.empty)
                beside = any(hit.first <= after + 1 and first <= hit.after + 1 and _keys(hit) & keys for hit in found)
                if len(some) == len(self.values[key]) or beside or len(keys) > 1:
                    continue
                following = [text for text in texts[after : after + 3] if text not in {"", ":"}][:1]
                before = [text for text in texts[max(0, first - 2) : first] if text][-1:]
                refused = following[:1] in (["no"], ["none"]) or before[:1] in (["no"], ["without"], ["not"], ["non"])
                hits.append(Hit(some, first, after, by_name=True, refused=refused))
        return _without_echoes(hits)


def _without_echoes(hits: Sequence[Hit]) -> list[Hit]:
    """Take the same option named twice close by as once: "not resistant to water" is refused once."""
    kept: list[Hit] = []
    for hit in hits:
        last = kept[-1] if kept else None
        if last and last.places == hit.places and hit.first - last.after <= 3:
            kept[-1] = Hit(hit.places, last.first, hit.after, by_name=True, refused=last.refused or hit.refused)
        else:
            kept.append(hit)
    return kept


def _keys(hit: Hit) -> set[str]:
    return {key for key, _ in hit.places}


def _names_of(key: str) -> frozenset[str]:
    words = {_SAME_WORDS.get(word.text, word.text) for word in wording.read(key) if not word.mark}
    return frozenset(
        words | set(_KEY_WORDS.get(key.casefold(), ())) | ({"waterproof"} if "resistance" in words else set())
    )


def _run(texts: Sequence[str], place: int, names: frozenset[str]) -> int:
    """Count how many words from a place on name an option."""
    length = 0
    while place + length < len(texts):
        text = texts[place + length]
        if text and not any(text == name or (len(name) > 5 and wording.akin(text, name)) for name in names):
            break
        if not text and not length:
            break
        length += 1
    return length


def _spans(one: Value, texts: Sequence[str]) -> list[tuple[int, int, float]]:
    """Find where words of a value stand side by side."""
    found = []
    for first in range(len(texts)):
        matched: set[str] = set()
        after = first
        while after < len(texts) and (not texts[after] or (hit := _match(texts[after], one.words, matched))):
            if texts[after]:
                matched.add(hit)
            elif after == first:
                break
            after += 1
        if matched and (len(matched) == len(one.words) or not matched <= _WEAK | _PLAIN):
            found.append((first, after, len(matched) / len(one.words)))
    return found


def _match(text: str, words: Sequence[str], matched: set[str]) -> str:
    return next((word for word in words if word not in matched and _alike(text, word)), "")


def _alike(text: str, word: str) -> bool:
    if text == word:
        return True
    told = text not in vocabulary.COMPARATIVES and text not in _SIZES  # XL is no slip of the finger for XXL
    return told and min(len(text), len(word)) > 3 and wording.akin(text, word)


def _near(key: str, said: Amount, named: Sequence[tuple[frozenset[str], int, int]]) -> bool:
    """Whether the option's own name stands beside an amount: "RAM 16", "16 of memory"."""
    return any(
        key in keys and -3 < first - said.after < 2 and -3 < said.first - after < 3 for keys, first, after in named
    )


_BEFORE_A_SIZE = frozenset({"size", "a", "an", "to", "in", "the", ":"})


def _is(said: Amount, wanted: Amount, near: bool, texts: Sequence[str]) -> bool:
    if said.number != wanted.number:
        return _in_base(said.number, wanted.unit)[0] == wanted.number and not said.unit and near
    if said.unit or not wanted.unit:
        before = texts[said.first - 1] if said.first else ""
        bare = not said.unit and not wanted.unit
        return said.unit == wanted.unit and (not bare or near or before in _BEFORE_A_SIZE or len(texts) <= 3)
    return near or len(texts) <= 3 or (wanted.unit == "piece" and said.number >= _MANY_PIECES)


_MANY_PIECES = 100
"""From here on a bare number may count the pieces of a puzzle: "the one with 1000"."""


def _merged(
    found: list[tuple[Place, int, int, float]],
    named: Sequence[tuple[frozenset[str], int, int]],
    values: Mapping[str, Sequence[Value]],
) -> list[Hit]:
    """Keep the longest and fullest reading of each stretch of words; equal ones become one hit with several values.

    A part of a value that all values of its option have ("inch") tells nothing apart.
    """
    hits: list[Hit] = []
    by_span: dict[tuple[int, int], list[tuple[Place, float]]] = {}
    for place, first, after, told in found:
        by_span.setdefault((first, after), []).append((place, told))
    for first, after in sorted(by_span, key=lambda span: (span[0] - span[1], span[0])):
        if any(first < hit.after and hit.first < after for hit in hits):
            continue
        fullest = max(told for _, told in by_span[first, after])
        places = frozenset(place for place, told in by_span[first, after] if told == fullest)
        everywhere = all(sum(place[0] == key for place in places) == len(values[key]) > 1 for key, _ in places)
        if fullest == 1 or not everywhere:
            hits.append(Hit(_of_named_option(places, first, after, named), first, after))
    return hits


def _of_named_option(
    places: frozenset[Place], first: int, after: int, named: Sequence[tuple[frozenset[str], int, int]]
) -> frozenset[Place]:
    """Where several options have the value, the one that is named beside it is meant: "black frame"."""
    if len({key for key, _ in places}) < 2:
        return places
    near = sorted((min(abs(start - after), abs(first - end)), sorted(keys)) for keys, start, end in named)
    for distance, keys in near:
        kept = frozenset(place for place in places if place[0] in keys)
        if kept and distance <= 2:
            return kept
    return places
