"""What the customers say, as data: `scripts.yml` explains its own fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

Answers = Mapping[str, tuple[str, ...]]
SCRIPTS = Path(__file__).parent / "scripts.yml"
MORE = SCRIPTS.with_name("more_tasks.yml")
"""Our own tasks, each with its script."""
_WISHES = frozenset(
    ["say", "again", "writes", "tells", "answers", "on_summary", "else", "ends", "orders", "item", "of"]
)


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

    @property
    def alternatives(self) -> "tuple[Wish, ...]":
        """What the customer wants where this cannot be had, and where that cannot be had either."""
        return () if self.otherwise is None else (self.otherwise, *self.otherwise.alternatives)


@dataclass(frozen=True)
class Script:
    """All that the customer of a task says; `person` tells whether a person may be the right end."""

    wishes: tuple[Wish, ...]
    answers: Answers = field(default_factory=dict)
    person: Literal["", "ok", "right"] = ""
    manner: str = "plain"


def of_wording(number: int) -> Path:
    """Return the scripts of a wording of the tasks, counted from 1."""
    return SCRIPTS if number == 1 else SCRIPTS.with_name(f"scripts_{number}.yml")


def read(path: Path = SCRIPTS) -> dict[str, Script]:
    """Read the scripts by their tasks' ids; a wish `of` one of scripts.yml takes from there what it does not say."""
    found = yaml.safe_load(path.read_text())
    known = yaml.safe_load(SCRIPTS.read_text()) if path != SCRIPTS else {}
    return {str(name): _script(_in_other_words(source, known.get(str(name), {}))) for name, source in found.items()}


def _in_other_words(source: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
    wishes = [_over(known["wishes"][wish["of"]], wish) if "of" in wish else wish for wish in source.get("wishes", ())]
    return {**_over(known, {key: value for key, value in source.items() if key != "wishes"}), "wishes": wishes}


def _over(known: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Lay what is said over what was known; of answers and of the wish behind a refusal, part by part."""
    merged = {**known, **said}
    for name in {"answers", "else"} & known.keys() & said.keys():
        merged[name] = _over(known[name], said[name])
    if "say" in said and "again" not in said:
        merged.pop("again", None)
    return merged


def _script(source: Mapping[str, Any]) -> Script:
    wishes = tuple(_wish(wish) for wish in source["wishes"])
    return Script(wishes, _answers(source), source.get("person", ""), source.get("manner", "plain"))


def _wish(source: Mapping[str, Any]) -> Wish:
    unknown = set(source) - _WISHES
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
