"""Reading a shop's policy file, with the line of every mistake; and the version that is in force for an order."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kit import errors
from store import dates, policy_checks, rules, yaml_lines
from store.rules import (
    SENTENCE_WORDS,
    CancelRule,
    Exclusion,
    Holiday,
    IdentityRule,
    Level,
    PolicyFile,
    Proof,
    RefundTime,
    RestockingFee,
    Rules,
    Shop,
    Version,
    Window,
)

__all__ = [
    "SENTENCE_WORDS", "CancelRule", "Exclusion", "Holiday", "IdentityRule", "Level", "Policy", "PolicyBook", "Proof",
    "RefundTime", "RestockingFee", "Rules", "Shop", "Version", "Window", "describe", "parse", "place", "read", "stored",
]  # fmt: skip

_MANY = 20
_REASONS = {
    "extra_forbidden": "this key is not known",
    "missing": "this key is missing",
    "string_type": "it must be text; write it in quotes",
    "model_type": "more keys are expected below it",
    "tuple_type": "it must be a list",
    "too_short": "it must not be empty",
    "too_long": "it is too long",
}
_SHAPES = {
    rules.RULE_ID_PATTERN: "write it in small letters with a dot, such as window.shoes",
    rules.MONTH_DAY_PATTERN: 'write month and day in quotes, such as "01-31"',
    rules.PLACE_PATTERN: "write two capital letters, such as DE, or a region, such as US-CA",
    rules.CURRENCY_PATTERN: "write three capital letters, such as USD",
}
"""What a text that must match a pattern should look like."""


@dataclass(frozen=True)
class Policy:
    """One version in force, with its shop; `overruled` are rules that a person set aside for one case."""

    version: str
    shop: Shop
    rules: Rules
    overruled: frozenset[str] = field(default=frozenset())

    @cached_property
    def digest(self) -> str:
        """Shop and rules as a number (SHA-256, hexadecimal) that changes when any of them does."""
        text = json.dumps(self.as_data(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def as_data(self) -> dict[str, Any]:
        """Return shop and rules as JSON, from which `stored` makes the same policy again."""
        return {"shop": self.shop.model_dump(mode="json"), "rules": self.rules.model_dump(mode="json")}


@dataclass(frozen=True)
class PolicyBook:
    """All versions of a shop's policy."""

    shop: Shop
    identity: tuple[IdentityRule, ...]
    versions: tuple[Version, ...]

    def in_force(self, placed_at: datetime | None) -> Policy:
        """Return the version in force when the order was placed; the first for older ones and for None."""
        chosen = self.versions[0]
        if placed_at is not None:
            day = dates.local_day(placed_at, self.shop.time_zone)
            chosen = next((v for v in reversed(self.versions) if v.in_force_from <= day), chosen)
        return self._policy(chosen)

    def version(self, version_id: str) -> Policy:
        """Return a version by its id, to replay a receipt; raises NotFound."""
        for version in self.versions:
            if version.id == version_id:
                return self._policy(version)
        raise errors.NotFound(f"policy version {version_id}")

    def newest(self) -> Policy:
        """Return the version that begins last, whether or not that day has come."""
        return self._policy(self.versions[-1])

    def _policy(self, version: Version) -> Policy:
        return Policy(version.id, self.shop, version.rules)


def read(path: Path) -> PolicyBook:
    """Read a policy file; raises BadInput naming file, line, place and reason."""
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise errors.BadInput(f"{path.name}: {error}") from error


def parse(text: str, name: str = "policy.yml") -> PolicyBook:
    """Read the text of a policy file; `name` stands in the message of BadInput, a line for each mistake."""
    try:
        document = yaml_lines.read(text)
    except yaml_lines.Wrong as error:
        raise errors.BadInput(f"{name}:{error.line} {error}") from error
    try:
        # Through JSON: pydantic's strict mode then reads lists, dates and money as a file writes them.
        file = PolicyFile.model_validate_json(json.dumps(document.value, default=str))
    except ValidationError as error:
        raise errors.BadInput(_told(name, document, _faults(error))) from error
    mistakes = policy_checks.mistakes(file)
    if mistakes:
        raise errors.BadInput(_told(name, document, mistakes))
    return PolicyBook(file.shop, file.identity, file.versions)


def stored(version: str, shop: Mapping[str, Any], rules: Mapping[str, Any]) -> Policy:
    """Return a policy as it was written down with a decision; raises BadInput when it can no longer be read."""
    try:
        return Policy(version, Shop.model_validate_json(json.dumps(shop)), Rules.model_validate_json(json.dumps(rules)))
    except ValidationError as error:
        raise errors.BadInput(f"stored policy {version}: {describe(error)}") from error


def describe(error: ValidationError) -> str:
    """Write the first few faults of a file as `versions[0].rules.windows[1].days: what is wrong`."""
    faults = [f"{place(fault['loc'])}: {fault['msg']}" for fault in error.errors()[:5]]
    return "; ".join(faults)


def place(location: Sequence[int | str]) -> str:
    """Write a place in a file such as `orders.#W123.items[2].price`."""
    written = ""
    for part in location:
        written += f"[{part}]" if isinstance(part, int) else f".{part}"
    return written.removeprefix(".") or "(top)"


def _told(name: str, document: yaml_lines.Document, faults: Sequence[policy_checks.Mistake]) -> str:
    placed = sorted((document.line(location), place(location), reason) for location, reason in faults)
    lines = [f"{name}:{line} {where}: {reason}" for line, where, reason in placed[:_MANY]]
    more = [f"{name}: {len(placed) - _MANY} more mistakes"] if len(placed) > _MANY else []
    return "\n".join(lines + more)


def _faults(error: ValidationError) -> Sequence[policy_checks.Mistake]:
    found = error.errors()
    places = [fault["loc"] for fault in found]
    # What holds a mistake is called wrong too, which says nothing more.
    inner = [fault for fault in found if not any(_is_within(place, fault["loc"]) for place in places)]
    return [(fault["loc"], _shape(fault) or _reason(fault["type"], fault["msg"], fault["loc"])) for fault in inner]


def _shape(fault: ErrorDetails) -> str | None:
    return _SHAPES.get(str(fault.get("ctx", {}).get("pattern")))


def _is_within(inner: Sequence[int | str], outer: Sequence[int | str]) -> bool:
    return len(inner) > len(outer) and tuple(inner[: len(outer)]) == tuple(outer)


def _reason(kind: str, message: str, location: Sequence[int | str]) -> str:
    if kind == "extra_forbidden":
        near = get_close_matches(str(location[-1]), _keys_at(location[:-1]), n=1)
        return f"{_REASONS[kind]}; did you mean `{near[0]}`?" if near else _REASONS[kind]
    return _REASONS.get(kind) or message.removeprefix("Value error, ")


def _keys_at(location: Sequence[int | str]) -> list[str]:
    model: type[BaseModel] | None = PolicyFile
    for part in location:
        if isinstance(part, str) and model is not None:
            known = model.model_fields.get(part)
            model = next(_models(known.annotation), None) if known else None
    return list(model.model_fields) if model is not None else []


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
