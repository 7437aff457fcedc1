"""Which place of a list that was shown a text points at: "3", "the third one please", "hmm, I'll take number 2"."""

from actions.pointing import vocabulary, wording

_AROUND = vocabulary.FILLERS | vocabulary.word_set(
    "hm hmm um uh oh option choice number no nr pick choose prefer with go going want its is that which would be great "
    "fine nice version variant listed mentioned maybe then definitely ok okay cool perfect"
)
"""Words that may stand around a place and say nothing else."""


def places(text: str, count: int) -> list[int]:
    """Return the places of a list of `count` things that a text points at, counted from 0, in the order said; [] where
    it says anything else or points beyond the list."""
    found: list[int] = []
    words = wording.read(text)
    for word in words:
        place = wording.ordinal(word)
        number = wording.number(word)
        if place is None and number is not None and word.raw not in {"one", "pair", "couple"} and number == int(number):
            place = int(number)
        if place is not None:
            found.append(count if place == -1 else place)
        elif not word.mark and word.raw not in _AROUND:
            return []
    if not found and [word.raw for word in words if not word.mark] == ["one"]:
        found = [1]
    return [place - 1 for place in found] if all(1 <= place <= count for place in found) else []


def place(text: str, count: int) -> int | None:
    """Return the one place that a text points at, counted from 0; None where it is none or several."""
    found = places(text, count)
    return found[0] if len(set(found)) == 1 else None
