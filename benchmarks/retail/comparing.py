"""What became of a task: the writes that were made against those that were expected, and what was told."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from retail import heard
from retail.tasks import Task, Write

Outcome = Literal["passed", "right person", "wrong write", "missing write", "not told", "person", "stuck", "failed"]
OUTCOMES: tuple[Outcome, ...] = (
    "passed", "right person", "wrong write", "missing write", "not told", "person", "stuck", "failed",
)  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What a conversation left behind."""

    writes: Sequence[Write]
    told: str
    person: str
    stuck: bool
    person_allowed: Literal["", "ok", "right"] = ""
    said_all: bool = True
    """Whether the customer came to the last of their wishes: before that a person was called too early."""


@dataclass(frozen=True)
class Result:
    """The outcome of a task, and what is wrong with it."""

    outcome: Outcome
    missing: tuple[Write, ...] = ()
    wrong: tuple[Write, ...] = ()
    untold: tuple[str, ...] = ()
    person: str = ""

    def __str__(self) -> str:
        parts = [f"- {one}" for one in self.missing] + [f"+ {one}" for one in self.wrong]
        parts += [f"? {one}" for one in self.untold] + ([f"person ({self.person})"] if self.person else [])
        return "; ".join(parts)


def compare(task: Task, seen: Seen) -> Result:
    """Judge a task: all of the writes and no others, and all that is to be told."""
    expected = _comparable(task.allowed)
    wanted, made = Counter(expected), Counter(_on_file_in_turn(expected, _comparable(seen.writes)))
    idle = Counter(_comparable([task.writes[index] for index in task.idle]))
    missing, wrong = tuple((wanted - made - idle).elements()), tuple((made - wanted).elements())
    untold = tuple(one for one in task.tells if not heard.tells(seen.told, one))
    return Result(_outcome(task, seen, missing, wrong, untold), missing, wrong, untold, seen.person)


def _comparable(writes: Sequence[Write]) -> list[Write]:
    return [one.sorted for one in writes]


def _on_file_in_turn(wanted: Sequence[Write], made: Sequence[Write]) -> list[Write]:
    """Of an address on file that changed several times only the last is known: take the ones before for the wanted."""
    expected = [one for one in wanted if one.kind == "on_file"]
    found = [one for one in made if one.kind == "on_file"]
    if 1 < len(found) <= len(expected) and found[-1] == expected[len(found) - 1]:
        return [*(one for one in made if one.kind != "on_file"), *expected[: len(found)]]
    return list(made)


def _outcome(
    task: Task, seen: Seen, missing: Sequence[Write], wrong: Sequence[Write], untold: Sequence[str]
) -> Outcome:
    if wrong:
        return "wrong write"
    if seen.person and not (missing or untold) and seen.said_all and (task.hands_over or seen.person_allowed == "ok"):
        return "passed"
    if seen.person:
        return "right person" if seen.person_allowed == "right" else "person"
    if missing:
        return "stuck" if seen.stuck else "missing write"
    if untold:
        return "not told"
    return "missing write" if task.hands_over else "passed"
