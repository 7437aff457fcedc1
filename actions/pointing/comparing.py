"""Reads wishes for more or less of something: "bigger", "one size smaller", "500 pieces less", "maximum zoom"."""

from collections.abc import Sequence
from itertools import pairwise

from actions.pointing import options, scales, vocabulary
from actions.pointing.options import Hit, Shelf
from actions.pointing.wishes import Compare, Direction, Most, Wishes
from actions.pointing.wording import Word

_UP = vocabulary.word_set(
    "bigger larger longer taller brighter heavier thicker wider higher more greater faster stronger"
)
_DOWN = vocabulary.word_set("smaller shorter lower dimmer lighter thinner narrower less fewer slower weaker compact")
_MOST = vocabulary.word_set(
    "biggest largest longest tallest brightest heaviest thickest highest maximum max most fastest"
)
_LEAST = vocabulary.word_set("smallest shortest lowest dimmest lightest thinnest fewest least minimum min slowest")
_HINTS: dict[str, tuple[str, ...]] = {
    "bright": ("brightness",), "dim": ("brightness",), "long": ("length", "battery life", "zoom", "size"),
    "short": ("length", "height", "size"), "tall": ("height", "length", "size"), "thick": ("thickness",),
    "thin": ("thickness",), "heavy": ("weight range", "weight"), "light": ("weight range", "weight", "skin tone"),
    "dark": ("skin tone",), "hard": ("difficulty level",), "easy": ("difficulty level",), "fast": ("processor",),
    "big": ("size", "frame size", "capacity", "screen size", "kit size", "room size", "diameter", "length", "height",
            "piece count", "pieces", "weight range", "storage"),
}  # fmt: skip
_STEMS = {
    "bigger": "big", "larger": "big", "smaller": "big", "biggest": "big", "largest": "big", "smallest": "big",
    "compact": "big", "wider": "big", "narrower": "big", "longer": "long", "longest": "long", "shorter": "short",
    "shortest": "short", "taller": "tall", "tallest": "tall", "brighter": "bright", "brightest": "bright",
    "dimmer": "dim", "dimmest": "dim", "thicker": "thick", "thickest": "thick", "thinner": "thin",
    "thinnest": "thin", "heavier": "heavy", "heaviest": "heavy", "lighter": "light", "lightest": "light",
    "faster": "fast", "fastest": "fast", "slower": "fast",
}  # fmt: skip
_SPECIAL: dict[str, tuple[str, Direction, bool]] = {
    "easier": ("hard", -1, False), "harder": ("hard", 1, False), "easiest": ("hard", -1, True),
    "hardest": ("hard", 1, True), "darker": ("dark", 1, False), "tougher": ("hard", 1, False),
    "simpler": ("hard", -1, False), "simplest": ("hard", -1, True),
}  # fmt: skip
_LITTLE = vocabulary.word_set("slightly little bit next tad somewhat notch")
_TOO = frozenset({"too", "so", "very"})
_REACH = 4
_NOT_BY = frozenset({"of", "to", "at", "with"})
"""Before an amount these say how much it should be, and not by how much it differs: "a lower pressure of 8 bar"."""
_AN_AMOUNT = 10
"""A bare number from here on is an amount ("500 less"), a smaller one counts sizes or things."""


def read(words: Sequence[Word], hits: Sequence[Hit], shelf: Shelf, found: Wishes) -> set[int]:
    """Add the comparisons of a text to what else it wishes; return the places of the amounts that they used up."""
    rank = {key: scales.ranks(key, [one.text for one in values]) for key, values in shelf.values.items()}
    scaled = {key for key, places in rank.items() if len(set(places.values())) > 1}
    named = [one for one in shelf.named(words) if one[0] & scaled]
    used: set[int] = set()
    for place, word in enumerate(words):
        told = _direction(word.raw) or _step(words, place)
        if told is None or _widens(words, place):
            continue
        stem, direction, most = told
        key = _key(words, place, stem, scaled, named)
        if key is None or (stem == "" and any(hit.first == place for hit in hits)):
            continue
        if most:
            found.mosts.append(Most(key, direction))
        else:
            said = " ".join(one.raw for one in words[max(0, place - 2) : place + 2] if not one.mark)
            amount, steps, spent = _how_much(words, place, key, shelf)
            found.compares.append(Compare(key, direction, said, amount, steps))
            used |= spent
    found.compares += _too(words, scaled)
    return used


def drop_what_is_settled(found: Wishes) -> None:
    """Forget "it is too big" where something else is said of the size."""
    others = {key for want in found.wants for key in want.keys} | {one.key for one in found.mosts}
    others |= {one.key for one in found.compares if not one.words.startswith("too ")}
    found.compares = [one for one in found.compares if not (one.words.startswith("too ") and one.key in others)]


def _direction(raw: str) -> tuple[str, Direction, bool] | None:
    """Return what a word compares ("" where that stands elsewhere), up or down, and whether it means the utmost."""
    if raw in _SPECIAL:
        return _SPECIAL[raw]
    if raw in _UP | _MOST:
        up: Direction = -1 if raw.startswith("dim") else 1
        return _STEMS.get(raw, ""), up, raw in _MOST
    if raw in _DOWN | _LEAST:
        down: Direction = 1 if raw.startswith("dim") else -1
        return _STEMS.get(raw, ""), down, raw in _LEAST
    return None


def _step(words: Sequence[Word], place: int) -> tuple[str, Direction, bool] | None:
    """Read "one size up", "a size down"."""
    sized = "size" in {word.text for word in words[max(0, place - 2) : place]}
    directions: dict[str, Direction] = {"up": 1, "down": -1}
    raw = words[place].raw
    return ("big", directions[raw], False) if sized and raw in directions else None


def _widens(words: Sequence[Word], place: int) -> bool:
    """Whether the word belongs to "i7 or higher" or to "more than one"."""
    before = words[place - 1].raw if place else ""
    following = words[place + 1].raw if place + 1 < len(words) else ""
    return before in {"or", "no"} or following in {"than", "expensive", "info", "information"} or before == "at"


def _key(
    words: Sequence[Word],
    place: int,
    stem: str,
    scaled: set[str],
    named: Sequence[tuple[frozenset[str], int, int]],
) -> str | None:
    """Find the option that is compared: the one named close by, or the one that the word is usually said of."""
    near = [
        (abs(first - place) if first > place else place - after + 1, keys & scaled)
        for keys, first, after in named
        if -_REACH <= first - place <= _REACH
        and not any(word.mark for word in words[min(first, place) : max(first, place)])
    ]
    hinted = [key for hint in _HINTS.get(stem, ()) for key in sorted(scaled) if key.casefold() == hint]
    for _, keys in sorted(near, key=lambda one: one[0]):
        fitting = [key for key in hinted if key in keys] or sorted(keys)
        if fitting and (stem in {"", "big", "long", "short"} or fitting[0] in hinted):
            return fitting[0]
    if stem == "" or hinted:
        return hinted[0] if hinted else None
    partly = [key for hint in _HINTS.get(stem, ()) for key in sorted(scaled) if hint in key.casefold().split()]
    return partly[0] if partly else None


def _how_much(words: Sequence[Word], place: int, key: str, shelf: Shelf) -> tuple[float | None, int | None, set[int]]:
    """Read "1000 more pieces", "500 pieces less", "one size smaller", "slightly lower": amount, steps, words used."""
    around = range(max(0, place - 3), min(len(words), place + 4))
    units = {one.unit for value in shelf.values[key] for one in value.amounts}
    for said in options.amounts(words):
        if said.first not in around or words[said.first - 1 if said.first else 0].raw in _NOT_BY:
            continue
        spent = set(range(said.first, said.after))
        following = {word.text for word in words[said.first + 1 : said.first + 3]}
        if following & {"size", "step", "notch", "level"} and said.number < _REACH:
            return None, int(said.number), spent
        if (said.unit and said.unit in units) or (not said.unit and said.number >= _AN_AMOUNT):
            return said.number, None, spent
    little = words[place].raw in {"up", "down"} or any(words[spot].raw in _LITTLE for spot in around if spot < place)
    return None, 1 if little else None, set()


def _too(words: Sequence[Word], scaled: set[str]) -> list[Compare]:
    """Read "it is too big" as a wish for a smaller one, where nothing is said of it otherwise."""
    found = []
    opposite: dict[str, tuple[str, Direction]] = {
        "big": ("big", -1), "large": ("big", -1), "loose": ("big", -1), "small": ("big", 1), "tight": ("big", 1),
        "long": ("long", -1), "short": ("short", 1), "bright": ("bright", -1), "heavy": ("heavy", -1),
        "hard": ("hard", -1), "difficult": ("hard", -1), "easy": ("hard", 1),
    }  # fmt: skip
    for left, word in pairwise(words):
        if left.raw in _TOO and word.raw in opposite and left.raw == "too":
            stem, direction = opposite[word.raw]
            keys = [key for hint in _HINTS[stem] for key in sorted(scaled) if key.casefold() == hint]
            found += [Compare(keys[0], direction, f"too {word.raw}")] if keys else []
    return found
