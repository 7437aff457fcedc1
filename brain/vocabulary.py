"""The words of vocabulary.yml, read once."""

import functools
from dataclasses import dataclass
from pathlib import Path

import yaml

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12,
}  # fmt: skip
LEXICONS = ("reason", "refund_to", "resolution", "return_method")


@dataclass(frozen=True)
class Vocabulary:
    """What vocabulary.yml says. `lexicons`: entity -> code value -> phrases; the rest are sets of single words."""

    lexicons: dict[str, dict[str, list[str]]]
    colours: frozenset[str]
    shades: frozenset[str]
    sizes: frozenset[str]
    comparatives: frozenset[str]
    units: frozenset[str]
    measures: frozenset[str]
    features: frozenset[str]
    products: frozenset[str]
    modifiers: frozenset[str]
    not_goods: frozenset[str]


@functools.cache
def load() -> Vocabulary:
    """Return the vocabulary; raises OSError or KeyError when the file beside this module is damaged."""
    read = yaml.safe_load((Path(__file__).parent / "vocabulary.yml").read_text(encoding="utf-8"))
    words = {name: frozenset(read[name]) for name in Vocabulary.__dataclass_fields__ if name != "lexicons"}
    return Vocabulary(lexicons={name: read[name] for name in LEXICONS}, **words)
