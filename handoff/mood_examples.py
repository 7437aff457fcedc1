"""What the head of the mood learns: labelled messages written one by one, and messages with slots."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kit.errors import BadInput

FOLDER = Path(__file__).parent / "mood_data"
WRITTEN = (("upset.yml", True), ("calm.yml", False), ("ordinary.yml", False))
TEMPLATES = "templates.yml"

_SLOT = re.compile(r"\{(\w+)(:upper)?\}")
_SPACES = re.compile(r"\s{2,}")


@dataclass(frozen=True)
class Examples:
    """Labelled messages with their kinds ("worn_out"), upset and calm ones.

    `groups` are alike for messages of one template: whoever measures by folds keeps them on one side.
    """

    texts: tuple[str, ...]
    kinds: tuple[str, ...]
    upset: tuple[bool, ...]
    groups: tuple[int, ...]


def load(folder: Path = FOLDER) -> Examples:
    """Return all examples; raises BadInput that names the file and what is wrong with it."""
    rows: dict[str, tuple[str, bool, int]] = {}
    for name, upset in WRITTEN:
        for kind, texts in _written(folder / name).items():
            for text in texts:
                rows[text] = (kind, upset, len(rows))
    group = len(rows)
    for kind, upset, texts in _filled(folder / TEMPLATES):
        group += 1
        for text in texts:
            rows.setdefault(text, (kind, upset, group))
    kinds, labels, groups = zip(*rows.values(), strict=True)
    return Examples(tuple(rows), kinds, labels, groups)


def _written(path: Path) -> dict[str, list[str]]:
    data = _read(path)
    if not isinstance(data, dict) or not all(isinstance(texts, list) and texts for texts in data.values()):
        raise BadInput(f"{path.name}: it must be kinds with a list of messages each")
    for kind, texts in data.items():
        for text in texts:
            if not isinstance(text, str) or not text.strip():
                raise BadInput(f"{path.name}: {kind}: {text!r} is no text; put it in quotes")
    return data


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
