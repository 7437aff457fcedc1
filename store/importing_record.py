"""What a reader gives: one entry of a file, and how to say where in the file something is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from store import importing_schema

Kind = Literal["product", "customer", "order"]
KINDS: tuple[Kind, ...] = ("product", "customer", "order")
Location = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """A row that is wrong, or (a warning) odd: `line` counts from 1, `field` is the column or the place in the JSON.

    The reason never repeats what the row says, which may be somebody's address; the order's number is kept.
    """

    line: int
    order: str
    field: str
    reason: str
    warning: bool = False

    def __str__(self) -> str:
        place = f"line {self.line}" + (f", {self.field}" if self.field else "")
        return f"{place}: {self.reason}" + (f" (order {self.order})" if self.order else "")

    def to_json(self) -> dict[str, Any]:
        """Return the fault as it is kept with the import."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(**stored)


@dataclass(frozen=True)
class Record:
    """One entry of a file: what it says, where it begins, and what the reader itself found wrong with it.

    `where` gives line and field of a place in `values`; `end` is how many bytes of the file are read by then.
    """

    kind: Kind
    line: int
    values: Any
    where: Callable[[Location], tuple[int, str]]
    end: int
    faults: tuple[Fault, ...] = ()

    @property
    def number(self) -> str:
        """The order number as it stands in the file; empty where there is none."""
        written = self.values.get("number") if isinstance(self.values, dict) else None
        return str(written)[:40] if self.kind == "order" and written else ""

    def fault(self, location: Location, reason: str, *, warning: bool = False) -> Fault:
        """Return a fault at a place in what the record says."""
        line, field = self.where(location)
        return Fault(line, self.number, field, reason, warning)


def beginning(line: int, head: str = "") -> Callable[[Location], tuple[int, str]]:
    """Return a `where` that knows only the line on which a record begins."""
    return lambda location: (line, importing_schema.place((*([head] if head else []), *location)))
