"""The receipt of a decision: its inputs as JSON, and the way back from them to the same decision; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from store import policy
from store.decision import CancelDecision, ChangeDecision, Decision, Past, RequestLine
from store.order import Address, Order, PaymentMethod
from store.policy_file import Policy


@dataclass(frozen=True)
class Inputs:
    """All that a decision depended on, beside the policy.

    `already_returned` stands in receipts that were written before `past` was.
    """

    order: Order
    lines: tuple[RequestLine, ...]
    now: datetime
    payment_methods: tuple[PaymentMethod, ...]
    past: Past | None = None
    already_returned: dict[UUID, int] = field(default_factory=dict)
    overruled: tuple[str, ...] = ()


_INPUTS = TypeAdapter(Inputs)


def inputs(
    order: Order,
    lines: Sequence[RequestLine],
    now: datetime,
    past: Past,
    payment_methods: Sequence[PaymentMethod],
    overruled: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Return the inputs as JSON, without name and address: they decide nothing and must not outlive their owner.

    Of the address only country and region stay, by which a window may differ.
    """
    nobody = replace(order.customer, name_first="", name_last="", email="", phone=None, address=Address())
    place = Address(region=order.address.region, country=order.address.country)
    kept = Inputs(
        order=replace(order, customer=nobody, address=place),
        lines=tuple(lines),
        now=now,
        payment_methods=tuple(payment_methods),
        past=past,
        overruled=tuple(sorted(overruled)),
    )
    written: dict[str, Any] = _INPUTS.dump_python(kept, mode="json", exclude={"already_returned"})
    return written


def outcome(decision: Decision | CancelDecision | ChangeDecision) -> dict[str, Any]:
    """Return a decision as JSON."""
    written: dict[str, Any] = TypeAdapter(type(decision)).dump_python(decision, mode="json")
    return written


def read(stored: Mapping[str, Any]) -> Inputs:
    """Read the inputs of a receipt back; raises ValueError for what is not the receipt of a return."""
    return _INPUTS.validate_python(dict(stored))


def replay(stored: Mapping[str, Any], rules: Policy) -> Decision:
    """Decide again from a receipt, under the rules that it was made by."""
    kept = read(stored)
    past = kept.past or Past(returned=kept.already_returned)
    rules = replace(rules, overruled=frozenset(kept.overruled))
    return policy.decide(kept.order, kept.lines, rules, kept.now, past, kept.payment_methods)
