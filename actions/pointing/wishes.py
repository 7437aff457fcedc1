"""What a variant is wished to be: values, more or less of something, a price, what must stay and what may change."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from actions.pointing.options import Place

PRICE = "\0price"
"""Stands where an option's name would, for wishes about the price."""

type Direction = Literal[-1, 1]


@dataclass(frozen=True)
class Want:
    """One of these values of an option, in the customer's own words; no values where nobody has what was said."""

    keys: frozenset[str]
    places: frozenset[Place]
    words: str


@dataclass(frozen=True)
class Avoid:
    """None of these values."""

    places: frozenset[Place]
    words: str


@dataclass(frozen=True)
class Compare:
    """More or less of an option than the item has: by an exact amount or number of steps, by a little, or by any."""

    key: str
    direction: Direction
    words: str
    amount: float | None = None
    steps: int | None = None


@dataclass(frozen=True)
class Most:
    """The most or least of an option."""

    key: str
    direction: Direction


@dataclass(frozen=True)
class Prefer:
    """Values in the order in which they are preferred; those of one group are as good."""

    groups: tuple[frozenset[Place], ...]

    @property
    def keys(self) -> frozenset[str]:
        """The options that it is about."""
        return frozenset(key for group in self.groups for key, _ in group)


@dataclass(frozen=True)
class Budget:
    """At most, or at least, that price."""

    limit: Decimal
    words: str


@dataclass
class Wishes:
    """All that one stretch of text wishes."""

    wants: list[Want] = field(default_factory=list)
    avoids: list[Avoid] = field(default_factory=list)
    compares: list[Compare] = field(default_factory=list)
    mosts: list[Most] = field(default_factory=list)
    prefers: list[Prefer] = field(default_factory=list)
    allowed: set[Place] = field(default_factory=set)
    budget: Budget | None = None
    kept: set[str] = field(default_factory=set)
    free: set[str] = field(default_factory=set)
    keep_all: bool = False
    free_all: bool = False
    same_item: bool = False

    def __bool__(self) -> bool:
        """Whether anything at all is said about variants."""
        said = (self.wants, self.avoids, self.compares, self.mosts, self.prefers, self.allowed, self.kept, self.free)
        return any(said) or self.budget is not None or self.keep_all or self.free_all or self.same_item

    @property
    def keys(self) -> set[str]:
        """The options about which something is said that decides."""
        found = {key for want in self.wants for key in want.keys}
        found |= {one.key for one in self.compares} | {one.key for one in self.mosts}
        return found | {key for prefer in self.prefers for key in prefer.keys} | {key for key, _ in self.allowed}

    def then(self, other: "Wishes") -> "Wishes":
        """Return these wishes with others in their place where both are about the same."""
        changed = other.keys
        return Wishes(
            wants=[one for one in self.wants if not one.keys & changed] + other.wants,
            avoids=[one for one in self.avoids if not {key for key, _ in one.places} & changed] + other.avoids,
            compares=[one for one in self.compares if one.key not in changed] + other.compares,
            mosts=[one for one in self.mosts if one.key not in changed] + other.mosts,
            prefers=[one for one in self.prefers if not one.keys & changed] + other.prefers,
            allowed=self.allowed | other.allowed,
            budget=other.budget or self.budget,
            kept=(self.kept - changed) | other.kept,
            free=(self.free - changed) | other.free,
            keep_all=self.keep_all or other.keep_all,
            free_all=self.free_all or other.free_all,
            same_item=self.same_item and not other,
        )
