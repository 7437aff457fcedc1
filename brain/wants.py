"""From a message's clauses to the customer's wants: pure, and conservative.

Splitting a story into wants is worse than missing a second want: the customer would be asked about things never asked
for. So several wants are only seen when at least two clauses are confident tasks that differ, or name different orders.
"""

from dataclasses import dataclass, field
from typing import Any

TASKS = frozenset(
    {
        "start_return", "exchange_item", "refund_status", "return_status", "order_status", "cancel_return",
        "cancel_order", "change_order", "report_problem", "request_label", "ask_policy", "talk_to_human",
    }
)  # fmt: skip
_BARE = 3  # words of a clause that is only a number: "order # H204518"


@dataclass(frozen=True)
class Clause:
    """One clause as it was understood."""

    text: str
    intent: str
    confidence: float
    entities: list[dict[str, Any]] = field(default_factory=list)

    @property
    def orders(self) -> frozenset[str]:
        """The order and return numbers that the clause names."""
        return frozenset(str(one["value"]) for one in self.entities if one["entity"] in ("order_id", "rma"))

    def as_want(self) -> dict[str, Any]:
        """Return the clause as it goes over the wire."""
        return {
            "intent": self.intent,
            "confidence": self.confidence,
            "text": self.text,
            "entities": self.entities,
        }


def single(intent: str, confidence: float, text: str, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the message's own intent as its one want, or nothing when it is no task."""
    return [Clause(text, intent, confidence, entities).as_want()] if intent in TASKS else []


def several(message: Clause, clauses: list[Clause], threshold: float) -> list[dict[str, Any]]:
    """Return the wants in the order of the message; falls back to the message's own intent unless two differ."""
    kept: list[Clause] = []
    for heard in clauses:
        clause = _continued(heard, kept[-1]) if kept else heard
        if clause.intent not in TASKS or clause.confidence < threshold:
            continue
        if kept and _same(kept[-1], clause):
            kept[-1] = max(kept[-1], clause, key=lambda one: (bool(one.orders), one.confidence))
        else:
            kept.append(clause)
    if len(kept) < 2:
        return single(message.intent, message.confidence, message.text, message.entities)
    return [clause.as_want() for clause in kept]


def _continued(clause: Clause, before: Clause) -> Clause:
    """Return the clause as one more of what came before when it only names another order: "cancel H1 and H2"."""
    if len(clause.text.split()) <= _BARE and clause.orders - before.orders and before.orders:
        return Clause(clause.text, before.intent, before.confidence, clause.entities)
    return clause


def _same(before: Clause, after: Clause) -> bool:
    """Neighbours are one want when they ask for the same and the second names no order that the first does not."""
    return before.intent == after.intent and not (before.orders and after.orders - before.orders)
