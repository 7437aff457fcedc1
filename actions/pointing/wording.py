"""Texts as words that can be compared: singular, one spelling, numbers as digits, slips of the finger forgiven."""

import functools
import re
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from actions.pointing import vocabulary

_TOKEN = re.compile(
    r"(?P<ordinal>\d+(?:st|nd|rd|th)\b)|(?P<code>[a-z]+\d[a-z0-9]*)|(?P<number>\d+(?:[.,]\d+)*)"
    r"|(?P<word>[a-z]+)|(?P<mark>[,;.!?():&\"%°$>+/\n])"
)
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "couple": 2, "pair": 2, "hundred": 100, "thousand": 1000,
}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "last": -1,
}  # fmt: skip
_SPELLINGS = {
    "gray": "grey", "colour": "color", "coloured": "color", "colored": "color", "colours": "color", "u": "you",
    "aluminum": "aluminium", "metre": "meter", "polarised": "polarized", "mans": "men", "womens": "women",
    "tee": "tshirt", "sized": "size",
}  # fmt: skip
_UNEVEN = {
    "shelves": "shelf", "knives": "knife", "scarves": "scarf", "feet": "foot", "mice": "mouse", "lenses": "lens",
    "lens": "lens", "glasses": "glasses", "movies": "movie", "series": "series", "cookies": "cookie", "shoes": "shoe",
}  # fmt: skip
_NO_SLIPS = vocabulary.word_set(
    """
    back base basket bat best binder black blanket blend blender block blue blur boat book books boot boots bowel
    box boxes bracket brand bread bring broken brown cancel card cards care case change changer charge charger
    check class clean clear clock coaster coat color cotton could count door floor food glass good goods grass
    great green hair hat have heater helmet here home hope house jacket jug large last later latest least lens
    light lights lock made make mat match mind mine money month months more most mouse much mug must neck need
    never next nice night not note now number orange order orders other others packet paid paint pair panel pants
    paper part party past pens phone place plain plan planet plant plate please plug poster price printer racket
    range rest return returns right ring rocket root rug same send sent sheet sheets ship shirt shirts shop short
    shorts should since size sizes skate skirt skirts slate slipper small smaller smart smell sneaker sock socket
    socks some speaker spring stage state sticker still string swing table tables tent tents test text thank
    thanks them then there these they thing things think those toaster towel under until upper used using vase
    very wallet want wants wash watch week weight well went what when where which while white wide will wish with
    wood word words would
    """
)
"""Words of their own: they are never taken for a misspelt other one."""


@dataclass(frozen=True)
class Word:
    """One word of a text, as it is compared, and where it stands; `mark` is true of punctuation."""

    text: str
    raw: str
    start: int
    end: int
    mark: bool = False

    @property
    def plural(self) -> bool:
        """Whether it stood there in the plural."""
        return self.raw != self.text and self.raw.endswith("s")


_ABBREVIATED = re.compile(r"\b(?:no|nr|num)\.(?=\s*\d)", re.IGNORECASE)


def read(text: str) -> list[Word]:
    """Cut a text into words and marks."""
    text = _ABBREVIATED.sub(lambda match: match[0].replace(".", " "), text)
    plain = re.sub(r"(?<=[a-z])'(?=[a-z])", "\0", text.lower().replace("’", "'").replace("“", '"').replace("”", '"'))
    found = []
    for match in _TOKEN.finditer(_without_apostrophes(plain)):
        raw = match.group().replace("\0", "")
        found.append(Word(_compared(raw, match.lastgroup or ""), raw, *match.span(), mark=match.lastgroup == "mark"))
    return found


def _without_apostrophes(plain: str) -> str:
    """Close up words over their apostrophes, keeping all places: "don't" becomes "dont" and a space."""
    parts = []
    for piece in re.split(r"([a-z\0]*\0[a-z\0]*)", plain):
        closed = piece.replace("\0", "")
        parts.append(closed + " " * (len(piece) - len(closed)))
    return "".join(parts)


def _compared(raw: str, kind: str) -> str:
    if kind == "number":
        return raw.replace(",", "") if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", raw) else raw.replace(",", ".")
    if kind == "word":
        return _SPELLINGS.get(raw) or singular(raw)
    return raw


@functools.lru_cache(maxsize=4096)
def singular(word: str) -> str:
    """Return a word without its plural ending: "watches" becomes "watch"."""
    if word in _UNEVEN:
        return _UNEVEN[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses", "zes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@functools.lru_cache(maxsize=16384)
def same(one: str, other: str) -> bool:
    """Tell whether two compared words are one, a slip of the finger forgiven.

    A slip is one letter from five letters on (of four only a swapped, missing or doubled one), two from nine on. The
    first letter is right, and a word that is only longer or shorter at its end is another word.
    """
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(short) < 4 or one[0] != other[0] or not (one.isalpha() and other.isalpha()):
        return False
    if one in _NO_SLIPS or long.startswith(short):
        return False
    allowed = 2 if len(long) >= 9 else 1
    if OSA.distance(one, other, score_cutoff=allowed) > allowed:
        return False
    return len(long) > 4 or len(short) != len(long) or sorted(one) == sorted(other)


def akin(one: str, other: str) -> bool:
    """Tell whether two words are forms of one: "resistant" and "resistance", "robot" and "robotic".

    Meant for the words of options, where few others are around.
    """
    if same(one, other):
        return True
    short, long = sorted((one, other), key=len)
    if len(short) >= 4 and long.startswith(short):
        return short not in vocabulary.COLORS  # "bluetooth" is not blue
    common = next((place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), len(short))
    return common >= 5 and common >= len(short) - 3


def number(word: Word) -> float | None:
    """Return the number that a word is, in digits or letters; None for any other."""
    if re.fullmatch(r"\d+(\.\d+)?", word.text):
        return float(word.text)
    return float(NUMBERS[word.raw]) if word.raw in NUMBERS else None


def ordinal(word: Word) -> int | None:
    """Return the place that a word names, counted from 1, -1 for the last; None for any other."""
    digits = _ORDINAL.fullmatch(word.raw)
    return int(digits[1]) if digits else ORDINALS.get(word.raw)
