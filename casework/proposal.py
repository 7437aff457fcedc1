"""What a wish would do, shown before anything happens; who says yes to it; and what came of it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from kit import errors
from store.happenings import Act
from store.order import Order
from store.returns import Return

Instead = Literal[
    "person", "photo", "condition", "faulty", "other_items", "cancel_order", "open_return", "order_status",
    "return_status", "store_credit", "refund", "exchange", "other_variant", "other_method", "new_label",
]  # fmt: skip
"""What is possible where a wish is not."""

INSTEAD: Mapping[Instead, str] = {
    "person": "A person on our team can have a look.",
    "photo": "Send a photo of it and we can go on.",
    "condition": "Tell us whether it is sealed, opened, used or damaged and we can go on.",
    "faulty": "If it is damaged or faulty, tell us and we check that.",
    "other_items": "Other items of this order may still be returnable.",
    "cancel_order": "You can cancel the order instead.",
    "open_return": "You can return it instead.",
    "order_status": "We can tell you where the order is.",
    "return_status": "We can tell you how your return stands.",
    "store_credit": "You can have store credit for it.",
    "refund": "You can have a refund for it.",
    "exchange": "You can exchange it.",
    "other_variant": "You can choose another option of the same product.",
    "other_method": "You can choose another payment method.",
    "new_label": "You can have a new label.",
}
"""The same in a sentence each."""


@dataclass(frozen=True)
class Label:
    """A label that a customer can open."""

    url: str
    name: str


@dataclass(frozen=True)
class Proposal:
    """Exactly what will happen on a yes: `lines` say it in a sentence each, for the customer, below `title`.

    A yes holds for the proposal with this `mark` and for no other; `earlier` are marks of what may have been shown
    before and covers this one too (a second choice that was named). `needs_person` says why a person decides, if one
    does; then a yes asks them.
    """

    kind: str
    lines: tuple[str, ...]
    mark: str
    needs_person: str | None
    title: str = "Here is what will happen:"
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """Why something is not possible, in plain sentences; `possible` names what is, and `instead` says it."""

    text: str
    rule_ids: tuple[str, ...]
    instead: tuple[str, ...]
    possible: tuple[Instead, ...] = ()


@dataclass(frozen=True)
class By:
    """Who carries a wish out.

    `actor` is `customer`, `shop`, or an agent's name. A customer's yes carries the `mark` of what was shown to them.
    `conversation_id` is where it happens; `counter` is the ownership counter under which the yes was read. The same
    `key` does it once. `told`: whoever calls tells the customer the outcome in the same transaction; else a notice
    goes out. `decides`: the actor is the person whom the policy asks for, and approves by doing it; `overruled` are
    rules that they set aside. `first` and `trigger` belong to a handover that may follow: what is said to the customer
    before, and the message that led to it.
    """

    actor: str
    conversation_id: UUID | None
    mark: str | None = None
    key: str | None = None
    note: str = ""
    told: bool = False
    counter: int | None = None
    decides: bool = False
    overruled: frozenset[str] = frozenset()
    first: str = ""
    trigger: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_customer(self) -> bool:
        """Whether a customer said yes; agents and the shop's own systems are not asked."""
        return self.actor == "customer"


@dataclass(frozen=True)
class Done:
    """What was done: `text` says it to the customer, with numbers and dates.

    `handed_over`: a person decides, the conversation is in the queue, and the customer was told `text` with that.
    """

    text: str
    return_: Return | None = None
    order: Order | None = None
    label: Label | None = None
    handed_over: bool = False


class Refused(errors.Conflict):
    """The policy or the state of the order does not allow it; the message is written for the customer."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


class Moved(errors.Conflict):
    """What would happen now is not what was shown; `proposal` is what would."""

    def __init__(self, proposal: Proposal) -> None:
        super().__init__("what would happen is no longer what was shown")
        self.proposal = proposal


def propose(
    kind: str, subject: str, lines: Sequence[str], needs_person: str | None = None, title: str = ""
) -> Proposal:
    """Make a proposal; `subject` is the order or return that it is about, and goes into the mark."""
    shown = title or "Here is what will happen:"
    return Proposal(kind, tuple(lines), mark_of(kind, subject, lines), needs_person, shown)


def mark_of(kind: str, subject: str, lines: Sequence[str]) -> str:
    """Return a short mark of what was shown."""
    return hashlib.sha256("\n".join((kind, subject, *lines)).encode()).hexdigest()[:16]


def refuse(text: str, rule_ids: Sequence[str] = (), *possible: Instead) -> Refusal:
    """Make a refusal with what is possible instead."""
    return Refusal(text, tuple(rule_ids), tuple(INSTEAD[one] for one in possible), possible)


def in_words(proposal: Proposal) -> str:
    """Write a proposal for a customer, one line each below the title; the question is the caller's."""
    return "\n".join([proposal.title, *(f"• {line}" for line in proposal.lines)])


def refusal_in_words(refusal: Refusal) -> str:
    """Write a refusal with what is possible instead."""
    return " ".join([refusal.text, *refusal.instead])


def act(by: By, now: datetime, **detail: Any) -> Act:
    """Return who does it, when and why, as the store writes it down."""
    return Act(by.actor, now, {"note": by.note, **detail}, by.key, by.told)
