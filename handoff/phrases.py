"""Words that say more than their tone: threats, danger, curses, shouting. Patterns: `mood_data/phrases.yml`.

Patterns are matched by spaCy's tokens, so "I'll sue" and "ill SUE you" are one pattern and "my name is Sue" is none.
No trained model is loaded: the tokenizer of a blank English pipeline is all that is needed.
"""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spacy
import yaml
from spacy.matcher import Matcher
from spacy.tokens import Doc

from kit.errors import BadInput

PATTERNS = Path(__file__).parent / "mood_data" / "phrases.yml"
READ_CHARACTERS = 2_000
"""A longer message is read to here; what is meant is said before."""
PRAISE = "calm.praise"
SHOUTING = "mood.shouting"
EMPHASIS = "mood.emphasis"
PUNCTUATION = "mood.punctuation"
WEIGHTS = {SHOUTING: 0.25, EMPHASIS: 0.2, PUNCTUATION: 0.2}
"""Of the signs that are no words; the weights of the others stand with their patterns."""

_LEAST_SHOUTED = 3
_MOSTLY = 0.7
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_WITH_A_DIGIT_OR_AT = re.compile(r"\S*[\d@#]\S*")
_MARKS = re.compile(r"[!?][!?]*!!+|!![!?]+|\?\?+!+|!+\?\?+|\?{3,}")
_MASKED_CURSE = re.compile(r"\b(?:f|sh|bullsh|a)[*#@$%]{1,4}\w{0,3}", re.IGNORECASE)
_SAID_BY_SOMEBODY = re.compile(
    r"\b(?:I|ME|MY|MINE|YOU|YOUR|WE|US|OUR|IT|WHERE|WHY|WHAT|HOW|WHEN|WHO|STOP|WANT|NOT|NO|DON'?T|GIVE|NEVER|ANSWER|"
    r"NOBODY|SEND|IS|ARE|HAVE|NEED|LET)\b"
)
"""A pasted label or a product's name has none of these."""
_EMPHASISED = re.compile(
    r"NOT|NEVER|NOW|AGAIN|YOU|YOURS?|ME|MONEY|REFUND|REALLY|MONTHS|WEEKS|DAYS|NOTHING|NOBODY|STILL|THIRD|FOURTH|TWICE|"
    r"THREE|HELP|ANYTHING|ALWAYS|EVERY|STOP|TODAY|WRONG|HUMAN|PERSON|NEXT|CANNOT|DON'T|DID|ONE|THIS"
)


@dataclass(frozen=True)
class Sign:
    """One find: the rule, the customer's words as written, where they begin, and the weight (0 to 1) for the mood."""

    rule: str
    words: str
    start: int
    weight: float


@dataclass(frozen=True)
class _Rule:
    weight: float
    unless_praised: bool


class Phrases:
    """Finds the signs in a message; the same text always has the same."""

    def __init__(self, path: Path = PATTERNS) -> None:
        """Read the patterns: about 0.2 s. Raises BadInput that names the rule and the pattern that is wrong."""
        self._language = spacy.blank("en")
        self._one_reader = threading.Lock()
        self._matcher = Matcher(self._language.vocab)
        self._exceptions = Matcher(self._language.vocab)
        self._rules: dict[str, _Rule] = {}
        data = _load(path)
        lists: dict[str, list[str]] = data.get("lists") or {}
        for name, fields in data["rules"].items():
            where = f"{path.name}: {name}"
            self._rules[name] = _rule(fields, where)
            self._matcher.add(name, [_pattern(line, lists, where) for line in fields["find"]])
            if fields.get("but_not"):
                self._exceptions.add(name, [_pattern(line, lists, where) for line in fields["but_not"]])

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of all rules that a sign can carry."""
        return (*(name for name in self._rules if name != PRAISE), *WEIGHTS)

    def read(self, text: str) -> tuple[Sign, ...]:
        """Return the signs in the order of the text, of each rule the longest finds that do not overlap."""
        return self.hear(text)[0]

    def hear(self, text: str) -> tuple[tuple[Sign, ...], bool]:
        """Return the signs, and whether the message praises or thanks."""
        text = text[:READ_CHARACTERS].replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        with self._one_reader, self._language.memory_zone():  # what customers type is not kept in spaCy's vocabulary
            found = list(self._found(self._language.make_doc(text)))
        praised = any(name == PRAISE for name, _, _ in found)
        signs = [
            Sign(name, text[start:end], start, self._rules[name].weight)
            for name, start, end in found
            if name != PRAISE and not (praised and self._rules[name].unless_praised)
        ]
        if not praised:
            signs += typed_signs(text)
        return tuple(sorted(signs, key=lambda sign: sign.start)), praised

    def _found(self, doc: Doc) -> Iterator[tuple[str, int, int]]:
        """Yield rule, first and last character of each find that no exception covers."""
        refused = [(key, first, last) for key, first, last in self._exceptions(doc)]
        taken: list[tuple[int, int, int]] = []
        for key, first, last in sorted(self._matcher(doc), key=lambda match: match[1] - match[2]):
            covered = any(key == other and first < end and begin < last for other, begin, end in [*refused, *taken])
            if not covered:
                taken.append((key, first, last))
                span = doc[first:last]
                yield doc.vocab.strings[key], span.start_char, span.end_char


def typed_signs(text: str) -> Iterator[Sign]:
    """Yield what the typing itself says: shouting, single words in capitals, rows of marks, masked curses."""
    for match in _MASKED_CURSE.finditer(text):
        yield Sign("mood.profanity", match.group(), match.start(), 0.6)
    marks = _MARKS.search(text)
    words = list(_WORD.finditer(_WITH_A_DIGIT_OR_AT.sub(lambda match: " " * len(match.group()), text)))
    if marks and len(words) > 1:
        yield Sign(PUNCTUATION, text[words[-1].start() :].strip()[:40], words[-1].start(), WEIGHTS[PUNCTUATION])
    loud = [word for word in words if word.group().isupper() and (len(word.group()) > 1 or word.group() == "I")]
    if not loud:
        return
    if len(loud) >= _LEAST_SHOUTED and len(loud) >= _MOSTLY * len(words):
        if _SAID_BY_SOMEBODY.search(" ".join(word.group() for word in loud)):
            yield Sign(SHOUTING, text[loud[0].start() : loud[-1].end()], loud[0].start(), WEIGHTS[SHOUTING])
        return
    stressed = [word for word in loud if _EMPHASISED.fullmatch(word.group())]
    if stressed and len(words) > len(loud) + 1:
        yield Sign(EMPHASIS, stressed[0].group(), stressed[0].start(), WEIGHTS[EMPHASIS])


def _load(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"{path.name}: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("rules"), dict):
        raise BadInput(f"{path.name}: it must have `rules`")
    return data


def _rule(fields: Any, where: str) -> _Rule:
    if not isinstance(fields, dict) or not fields.get("find") or not isinstance(fields.get("weight"), int | float):
        raise BadInput(f"{where}: it must have `weight` and `find`")
    if not 0 <= fields["weight"] <= 1:
        raise BadInput(f"{where}: weight must be from 0 to 1")
    return _Rule(float(fields["weight"]), bool(fields.get("unless_praised", False)))


def _pattern(line: Any, lists: Mapping[str, Sequence[str]], where: str) -> list[dict[str, Any]]:
    """Return what spaCy's Matcher takes for one line of the file."""
    if not isinstance(line, str) or not line.split():
        raise BadInput(f"{where}: {line!r} is no pattern (put it in quotes if it looks like a number)")
    return [_token(part, lists, f"{where}: {line!r}") for part in line.split()]


def _token(part: str, lists: Mapping[str, Sequence[str]], where: str) -> dict[str, Any]:
    if part.startswith("~"):
        if not part[1:].isdigit():
            raise BadInput(f"{where}: ~ must be followed by a number")
        return {"LOWER": {"NOT_IN": [".", "!", "?", "\n"]}, "OP": f"{{0,{part[1:]}}}"}
    optional = {"OP": "?"} if part.endswith("?") and len(part) > 1 else {}
    part = part.removesuffix("?") if optional else part
    exact, slips = part.startswith("="), part.endswith("%")
    words = [word for item in part.strip("=%").split("|") for word in _words(item, lists, where)]
    if exact:
        return {"ORTH": {"IN": words}, **optional}
    lower = [word.lower() for word in words]
    return {"LOWER": {"FUZZY1": {"IN": lower}} if slips else {"IN": lower}, **optional}


def _words(item: str, lists: Mapping[str, Sequence[str]], where: str) -> Sequence[str]:
    if not item:
        raise BadInput(f"{where}: a word is missing beside |")
    if not item.startswith("$"):
        return (item,)
    if item[1:] not in lists:
        raise BadInput(f"{where}: there is no list {item[1:]!r}; there are {', '.join(sorted(lists))}")
    return lists[item[1:]]
