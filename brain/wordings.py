"""Wordings: lines that stand for many messages, and the slips with which people type them; pure and repeatable.

A line of data/nlu may hold alternatives, "(cancel|stop) my order", and names of lookup tables, "the {good} leaks".
Each line is read a few times, always in the same ways. Lines without either are messages as they stand.
"""

import hashlib
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

READINGS = 4  # of one line with alternatives; a line with nothing but tables is read half as often
_SLIPS = 0.35  # share of the readings that are typed carelessly
_FRAMED = 0.2  # share of the lines that are read once more as part of a politer message
_BEFORE = (
    "Hi,", "Hello,", "hey,", "Good morning,", "Good evening,", "Hi there!", "Hello!", "hi team,", "Hey guys,", "ok so",
    "so,", "Excuse me,", "sorry to ask,", "Hope you're well.", "I need some help.", "Can you help me?", "please,",
    "quick question:", "I have a question.", "Dear team,", "hiya", "Yo,", "um", "well,",
)  # fmt: skip
_AFTER = (
    "thanks", "Thank you.", "Thanks!", "please", "pls", "asap", "Can you help?", "please help", "Let me know.",
    "Thanks in advance.", "cheers", "many thanks", "I hope you can help.", "please let me know", "thx", "Kind regards",
)  # fmt: skip
_UNFRAMED = frozenset(  # said alone, or turned into something else by a greeting or by thanks
    ("greet", "goodbye", "thank", "affirm", "deny", "stop", "inform", "change_return", "complaint", "give_feedback")
)
_GROUP = re.compile(r"\(([^()]*)\)")
_TABLE = re.compile(r"\{(\w+)\}")
_SHORT = {
    "you": "u", "your": "ur", "are": "r", "to": "2", "for": "4", "please": "pls", "thanks": "thx", "want to": "wanna",
    "because": "cuz", "before": "b4", "with": "w", "back": "bk", "the": "d", "and": "n", "be": "b", "what": "wat",
    "when": "wen", "have": "hav", "my": "mi", "it is": "its", "this": "dis", "why": "y", "okay": "ok", "message": "msg",
}  # fmt: skip
_KEYS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "ko", "m": "n", "n": "bm", "o": "ip", "p": "o", "r": "et", "s": "ad", "t": "ry", "u": "yi",
    "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """One message that a line stands for; `line` is the same for all readings of one line, so that folds keep them
    together."""

    text: str
    intent: str
    line: int


def stands_for_many(line: str) -> bool:
    """Tell whether a line is a pattern and no message."""
    return "|" in line or bool(_TABLE.search(line))


def read(
    examples: Iterable[tuple[str, str]], tables: Mapping[str, Sequence[str]], count: int = READINGS
) -> Iterator[Reading]:
    """Yield the messages of (line, intent) pairs: plain lines as they are and once with slips, patterns up to `count`
    times. The same lines give the same messages; no text is yielded twice for one intent."""
    seen: set[tuple[str, str]] = set()
    for number, (line, intent) in enumerate(examples):
        texts = readings(line, tables, count) if stands_for_many(line) else plain(line)
        if intent not in _UNFRAMED:
            texts += framed(texts[0], _dice(f"framed {line}"))
        for text in texts:
            if text and (text, intent) not in seen:
                seen.add((text, intent))
                yield Reading(text, intent, number)


def plain(line: str) -> list[str]:
    """Return a message, and a careless copy when it is long enough to bear slips."""
    dice = _dice(line)
    return [line, careless(line, dice)] if len(line) > 12 and dice.random() < _SLIPS else [line]


def readings(line: str, tables: Mapping[str, Sequence[str]], count: int) -> list[str]:
    """Return up to `count` different messages that a pattern stands for, half as many without alternatives; raises
    KeyError for an unknown table."""
    dice = _dice(line)
    count = count if "|" in line else (count + 1) // 2
    found: dict[str, None] = {}
    for _ in range(count * 3):
        if len(found) >= count:
            break
        text = _filled(line, tables, dice)
        found[text] = None
    return [careless(text, dice) if len(text) > 8 and dice.random() < _SLIPS else text for text in found]


def framed(text: str, dice: random.Random) -> list[str]:
    """Return the text once more with a greeting before it or thanks after it; for most lines nothing."""
    if len(text) < 8 or dice.random() >= _FRAMED:
        return []
    kind = dice.randrange(3)
    before = dice.choice(_BEFORE) + " " if kind != 1 else ""
    after = (" " if text[-1] in ".?!" else dice.choice((", ", ". ", " "))) + dice.choice(_AFTER) if kind != 0 else ""
    return [before + text + after]


def careless(text: str, dice: random.Random) -> str:
    """Return the text as somebody in a hurry types it: small letters, no stops, short forms, a slip or two."""
    kind = dice.randrange(6)
    if kind == 0:
        return text.lower()
    if kind == 1:
        return re.sub(r"[.,!?;:'’]", "", text).lower()
    if kind == 2:
        return text.upper()
    if kind == 3:
        return " ".join(_SHORT.get(word, word) if dice.random() < 0.7 else word for word in text.lower().split())
    words = text.lower().split() if dice.random() < 0.6 else text.split()
    long = [place for place, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    for place in dice.sample(long, min(len(long), 1 + len(words) // 6)):
        words[place] = _slip(words[place], dice)
    return " ".join(words)


def _slip(word: str, dice: random.Random) -> str:
    place = dice.randrange(1, len(word) - 1)
    kind = dice.randrange(4)
    if kind == 0:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if kind == 1:
        return word[:place] + word[place + 1 :]
    if kind == 2:
        return word[:place] + word[place] + word[place:]
    return word[:place] + dice.choice(_KEYS.get(word[place].lower(), word[place])) + word[place + 1 :]


def _filled(line: str, tables: Mapping[str, Sequence[str]], dice: random.Random) -> str:
    text = _GROUP.sub(lambda group: dice.choice(group.group(1).split("|")), line)
    text = _TABLE.sub(lambda name: _entry(name.group(1), tables, dice), text)
    text = re.sub(r"\s+([,.?!;:])", r"\1", " ".join(text.split()))
    return text.strip(" ,")


def _entry(name: str, tables: Mapping[str, Sequence[str]], dice: random.Random) -> str:
    entry = dice.choice(tables[name.lower()])
    return entry.upper() if name.isupper() else entry


def _dice(line: str) -> random.Random:
    return random.Random(hashlib.sha256(line.encode()).digest())
