"""What is learnt and what is held out, read from the project's files."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from brain import head, wordings

ANNOTATION = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
Encode = Callable[[list[str]], NDArray[np.float32]]


@dataclass(frozen=True)
class Examples:
    """Messages with their intents and vectors; `lines` says which line of data/nlu each came from, `styles` how it is
    written (held-out messages only)."""

    texts: list[str]
    intents: NDArray[np.str_]
    vectors: NDArray[np.float32]
    lines: NDArray[np.int64]
    styles: NDArray[np.str_]

    def part(self, which: NDArray[np.int64]) -> "Examples":
        """Return the examples with these numbers."""
        return Examples(
            [self.texts[one] for one in which],
            self.intents[which],
            self.vectors[which],
            self.lines[which],
            self.styles[which],
        )


def training(root: Path, encode: Encode) -> Examples:
    """Return every message that the lines below data/nlu stand for, just as the classifier learns them."""
    lines, tables = training_lines(root / "data" / "nlu")
    read = list(wordings.read(sorted(lines), tables))
    texts = [one.text for one in read]
    intents = np.array([one.intent for one in read])
    numbers = np.array([one.line for one in read])
    return Examples(texts, intents, encode(texts), numbers, np.array(["learnt"] * len(texts)))


def written(root: Path, encode: Encode) -> Examples:
    """Return the examples that stand in data/nlu itself, as they stand: what a stock Rasa can learn."""
    lines, _ = training_lines(root / "data" / "nlu", "*.yml")
    texts, intents = [text for text, _ in lines], np.array([intent for _, intent in lines])
    return Examples(texts, intents, encode(texts), np.arange(len(texts)), np.array(["learnt"] * len(texts)))


def training_lines(folder: Path, pattern: str = "**/*.yml") -> tuple[list[tuple[str, str]], dict[str, list[str]]]:
    """Return (line, intent) pairs without their annotations, and the lookup tables that the lines name."""
    lines: list[tuple[str, str]] = []
    tables: dict[str, list[str]] = {}
    for file in sorted(folder.glob(pattern)):
        for block in yaml.safe_load(file.read_text(encoding="utf-8")).get("nlu", []):
            found = [line.strip()[2:].strip() for line in block["examples"].splitlines() if line.strip()[:2] == "- "]
            if "lookup" in block:
                tables[block["lookup"]] = found
            else:
                lines += [(ANNOTATION.sub(r"\1", line), block["intent"]) for line in found]
    return lines, tables


def held_out(root: Path, encode: Encode, learnt: Examples, name: str = "intents") -> Examples:
    """Return the messages of a file of tests/understanding, without those ("yes") that happen to be learnt too."""
    known = {head.masked(text) for text in learnt.texts}
    rows = [
        (row["text"], intent, row["style"])
        for intent, messages in loaded(root, name).items()
        for row in messages
        if head.masked(row["text"]) not in known
    ]
    texts = [text for text, _, _ in rows]
    intents, styles = np.array([intent for _, intent, _ in rows]), np.array([style for _, _, style in rows])
    return Examples(texts, intents, encode(texts), np.arange(len(rows)), styles)


def loaded(root: Path, name: str) -> Any:
    """Return a file of tests/understanding."""
    return yaml.safe_load((root / "tests" / "understanding" / f"{name}.yml").read_text(encoding="utf-8"))


def rows(root: Path, name: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file of tests/understanding that is one list."""
    yield from loaded(root, name)
