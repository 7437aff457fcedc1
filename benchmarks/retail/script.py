"""What the customers say, as data: `scripts.yml` explains its own fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

Answers = Mapping[str, tuple[str, ...]]
SCRIPTS = Path(__file__).parent / "scripts.yml"


@dataclass(frozen=True)
class Wish:
    """One thing that the customer wants or asks, and what they want where it cannot be had."""

    say: str
    again: str
    writes: tuple[int, ...] = ()
    tells: tuple[int, ...] = ()
    answers: Answers = field(default_factory=dict)
    on_summary: tuple[str, ...] = ()
    otherwise: "Wish | None" = None
    ends: bool = False
    orders: tuple[str, ...] = ()
    item: str = ""


@dataclass(frozen=True)
class Script:
    """All that the customer of a task says; `person` tells whether a person may be the right end."""

    wishes: tuple[Wish, ...]
    answers: Answers = field(default_factory=dict)
    person: Literal["", "ok", "right"] = ""


def read(path: Path = SCRIPTS) -> dict[str, Script]:
    """Read the scripts by their tasks' ids."""
    return {str(name): _script(source) for name, source in yaml.safe_load(path.read_text()).items()}


def _script(source: Mapping[str, Any]) -> Script:
    wishes = tuple(_wish(wish) for wish in source["wishes"])
    return Script(wishes, _answers(source), source.get("person", ""))


def _wish(source: Mapping[str, Any]) -> Wish:
    unknown = set(source) - {
        "say",
        "again",
        "writes",
        "tells",
        "answers",
        "on_summary",
        "else",
        "ends",
        "orders",
        "item",
    }
    if unknown:
        raise ValueError(f"a wish has no {', '.join(sorted(unknown))}")
    say = str(source.get("say", ""))
    return Wish(
        say=say,
        again=str(source.get("again", say)),
        writes=tuple(source.get("writes", ())),
        tells=tuple(source.get("tells", ())),
        answers=_answers(source),
        on_summary=tuple(str(text) for text in source.get("on_summary", ())),
        otherwise=_wish(source["else"]) if "else" in source else None,
        ends=bool(source.get("ends", False)),
        orders=tuple(source.get("orders", ())),
        item=str(source.get("item", "")),
    )


def _answers(source: Mapping[str, Any]) -> Answers:
    given = source.get("answers", {})
    return {slot: tuple(map(str, said)) if isinstance(said, list) else (str(said),) for slot, said in given.items()}
