"""Finds what a text wishes a variant to have and no variant has: "8 bar", "a pink one"; or has under another word."""

from collections.abc import Sequence

from actions.pointing import likeness, options, vocabulary
from actions.pointing.likeness import Alike
from actions.pointing.options import Hit, Shelf
from actions.pointing.wishes import Prefer, Want, Wishes
from actions.pointing.wording import Word

_SAYS_NOTHING = vocabulary.word_set(
    """
    the a an my same other another any new right wrong different this that what which your its their one no of in and or
    more less bigger smaller larger higher lower better correct exact all both each every with for to old current
    original
    available second first last next shoe frame screen dial strap band lens filter room deck kit set piece full whole
    only specific particular certain preferred following given is be it size color material type
    """
)


def read(words: Sequence[Word], hits: Sequence[Hit], shelf: Shelf, alike: Alike, found: Wishes) -> None:
    """Add wishes that no value of the product answers, and those that one answers by its meaning."""
    taken = {place for hit in hits for place in range(hit.first, hit.after)}
    _amounts(words, taken, shelf, found)
    _colors(words, taken, shelf, found)
    _described(words, taken, shelf, alike, found)


def _amounts(words: Sequence[Word], taken: set[int], shelf: Shelf, found: Wishes) -> None:
    units = {
        one.unit: key for key, values in shelf.values.items() for value in values for one in value.amounts if one.unit
    }
    compared = {one.key for one in found.compares if one.amount is not None}
    for said in options.amounts(words):
        key = units.get(said.unit)
        if key is None and not said.unit and said.first and words[said.first - 1].text == "size":
            key = next((one for one, values in shelf.values.items() if "size" in one and values[0].amounts), None)
        if key is None or said.first in taken or key in compared:
            continue
        text = " ".join(word.raw for word in words[said.first : said.after])
        found.wants.append(Want(frozenset({key}), frozenset(), text))


def _colors(words: Sequence[Word], taken: set[int], shelf: Shelf, found: Wishes) -> None:
    keys = [key for key in shelf.values if "color" in key.casefold() or "colour" in key.casefold()]
    for place, word in enumerate(words):
        before = words[place - 1].raw if place else ""
        if keys and place not in taken and word.text in vocabulary.COLORS and before not in {"not", "no", "from"}:
            found.wants.append(Want(frozenset({keys[0]}), frozenset(), word.text))


def _described(words: Sequence[Word], taken: set[int], shelf: Shelf, alike: Alike, found: Wishes) -> None:
    """Read "a fancy theme": the word before an option's name, by its meaning."""
    for keys, first, _ in shelf.named(words):
        spot = first - 1
        if len(keys) != 1 or spot < 0 or spot in taken or first in taken:
            continue
        word = words[spot]
        if word.mark or not word.raw.isalpha() or word.text in _SAYS_NOTHING | vocabulary.STOPPERS | vocabulary.FILLERS:
            continue
        (key,) = keys
        values = [value.text for value in shelf.values[key]]
        best = likeness.best(alike, f"{word.raw} {key}", [f"{value} {key}" for value in values], least=likeness.VALUES)
        if best and key not in found.keys:
            found.prefers.append(Prefer(tuple(frozenset({(key, values[place])}) for place in best)))
