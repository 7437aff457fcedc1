"""The receipt of a decision: its inputs as JSON, and the way back from them to the same decision; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from store import policy
from store.decision import CancelDecision, Decision, RequestLine
from store.order import Address, Order, PaymentMethod
from store.policy_file import PolicyBook


@dataclass(frozen=True)
class Inputs:
    """All that a decision depended on, beside the policy."""

    order: Order
    lines: tuple[RequestLine, ...]
    now: datetime
    already_returned: dict[UUID, int]
    payment_methods: tuple[PaymentMethod, ...]
    overruled: tuple[str, ...] = ()


def inputs(
    order: Order,
    lines: Sequence[RequestLine],
    now: datetime,
    already_returned: Mapping[UUID, int],
    payment_methods: Sequence[PaymentMethod],
    overruled: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Return the inputs as JSON, without name and addresses: they decide nothing and must not outlive their owner."""
    nobody = replace(order.customer, name_first="", name_last="", email="", phone=None, address=Address())
    kept = Inputs(
        order=replace(order, customer=nobody, address=Address()),
        lines=tuple(lines),
        now=now,
        already_returned=dict(already_returned),
        payment_methods=tuple(payment_methods),
        overruled=tuple(sorted(overruled)),
    )
    return _json(Inputs, kept)


def outcome(decision: Decision | CancelDecision) -> dict[str, Any]:
    """Return a decision as JSON."""
    return _json(type(decision), decision)


def replay(stored: Mapping[str, Any], policy_version: str, book: PolicyBook) -> Decision:
    """Decide again from a receipt; raises NotFound when the book has no such version."""
    kept = TypeAdapter(Inputs).validate_python(dict(stored))
    rules = replace(book.version(policy_version), overruled=frozenset(kept.overruled))
    return policy.decide(kept.order, kept.lines, rules, kept.now, kept.already_returned, kept.payment_methods)


def _json(kind: type[Any], value: Any) -> dict[str, Any]:
    written: dict[str, Any] = TypeAdapter(kind).dump_python(value, mode="json")
    return written
