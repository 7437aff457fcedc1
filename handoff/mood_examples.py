"""What the head of the mood learns: labelled messages written one by one, the same in a hurry, and messages with slots.

Typing slips say nothing of a mood, so upset and calm messages are learnt with them alike.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kit.errors import BadInput

FOLDER = Path(__file__).parent / "mood_data"
WRITTEN = (("upset.yml", True), ("calm.yml", False), ("ordinary.yml", False), ("requests.yml", False))
TEMPLATES = "templates.yml"

type _Row = tuple[str, bool, int, bool]
"""Kind, upset, group, written as it is."""

_SLOT = re.compile(r"\{(\w+)(:upper)?\}")
_SPACES = re.compile(r"\s{2,}")
_STOPS = re.compile(r"[.,;:'\"]")
_HURRIED = 0.5
"""Share of the messages that are learnt once more as somebody in a hurry types them."""
_LEAST_LETTERS = 12
_SHORT = {"you": "u", "your": "ur", "are": "r", "please": "pls", "thanks": "thx", "for": "4", "to": "2", "and": "n",
    "because": "cuz", "why": "y", "what": "wat", "this": "dis", "want to": "wanna", "with": "w", "people": "ppl",
    "have": "hav", "again": "agen", "tomorrow": "tmrw", "going to": "gonna", "nobody": "no1", "be": "b"}  # fmt: skip
_SHORTENED = re.compile(rf"\b(?:{'|'.join(_SHORT)})\b")


@dataclass(frozen=True)
class Examples:
    """Labelled messages with their kinds ("worn_out"), upset and calm ones.

    `groups` are alike for messages that tell the same (of one template, with and without slips): whoever measures by
    folds keeps them on one side. `written` are those that stand in the files as they are, by hand and one by one.
    """

    texts: tuple[str, ...]
    kinds: tuple[str, ...]
    upset: tuple[bool, ...]
    groups: tuple[int, ...]
    written: tuple[bool, ...]


def load(folder: Path = FOLDER) -> Examples:
    """Return all examples; raises BadInput that names the file and what is wrong with it."""
    rows: dict[str, _Row] = {}
    told = [(kind, upset, texts) for name, upset in WRITTEN for kind, texts in _written(folder / name)]
    for group, (kind, upset, texts) in enumerate(told):
        rows |= {text: (kind, upset, group, len(texts) == 1) for text in texts}
    for text, (kind, upset, group, _) in list(rows.items()):
        if (slipped := hurried(text)) is not None:
            rows.setdefault(slipped, (kind, upset, group, False))
    for group, (kind, upset, texts) in enumerate(_filled(folder / TEMPLATES), len(told)):
        for text in texts:
            rows.setdefault(text, (kind, upset, group, False))
    kinds, labels, groups, written = zip(*rows.values(), strict=True)
    return Examples(tuple(rows), kinds, labels, groups, written)


def hurried(text: str) -> str | None:
    """Return a message as somebody in a hurry types it; None for most, which are learnt as they are only.

    Small letters without stops, short forms, or two slips of the finger; the same message always alike.
    """
    draw = random.Random(text)  # nothing here is a secret
    if draw.random() >= _HURRIED or sum(sign.isalpha() for sign in text) < _LEAST_LETTERS:
        return None
    plain = _STOPS.sub("", text.lower())
    match draw.randrange(3):
        case 0:
            return plain
        case 1:
            return _SHORTENED.sub(lambda found: _SHORT[found[0]], plain)
    return _slipped(_slipped(text, draw), draw)


def _slipped(text: str, draw: random.Random) -> str:
    """Return a text with two neighbours swapped, a letter doubled, or one left out."""
    places = [at for at in range(1, len(text) - 1) if text[at].isalpha() and text[at + 1].isalpha()]
    if not places:
        return text
    at = draw.choice(places)
    instead = draw.choice([text[at + 1] + text[at], text[at] * 2 + text[at + 1], text[at + 1]])
    return text[:at] + instead + text[at + 2 :]


def _written(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield kind and message; several messages where a list among them says that they tell the same."""
    data = _read(path)
    if not isinstance(data, dict) or not all(isinstance(told, list) and told for told in data.values()):
        raise BadInput(f"{path.name}: it must be kinds with a list of messages each")
    for kind, told in data.items():
        for one in told:
            texts = one if isinstance(one, list) else [one]
            for text in texts:
                if not isinstance(text, str) or not text.strip():
                    raise BadInput(f"{path.name}: {kind}: {text!r} is no text; put it in quotes")
            yield kind, texts


def _filled(path: Path) -> Iterator[tuple[str, bool, list[str]]]:
    """Yield kind, label and the messages of each line of the templates."""
    data = _read(path)
    if not isinstance(data, dict) or not isinstance(data.get("slots"), dict):
        raise BadInput(f"{path.name}: it must have `slots`, `upset` and `calm`")
    for label in ("upset", "calm"):
        for kind, fields in (data.get(label) or {}).items():
            if not isinstance(fields, dict) or not fields.get("say") or not isinstance(fields.get("times"), int):
                raise BadInput(f"{path.name}: {kind}: it must have `times` and `say`")
            for line in fields["say"]:
                where = f"{path.name}: {kind}: {line!r}"
                yield kind, label == "upset", _fill(line, fields["times"], data["slots"], where)


def _fill(line: str, times: int, slots: Mapping[str, Sequence[str]], where: str) -> list[str]:
    draw = random.Random(line)  # the same line is filled alike at each start; nothing here is a secret

    def word(found: re.Match[str]) -> str:
        if found[1] not in slots:
            raise BadInput(f"{where}: there is no slot {found[1]!r}")
        drawn = draw.choice(slots[found[1]])
        return drawn.upper() if found[2] else drawn

    texts = (_SPACES.sub(" ", _SLOT.sub(word, line)).strip(" ,") for _ in range(times))
    return list(dict.fromkeys(texts))


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"{path.name}: {error}") from error
