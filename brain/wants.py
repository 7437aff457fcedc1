"""From a message's clauses to the customer's wants: pure, and conservative.

Splitting a story into wants is worse than missing a second want: the customer would be asked about things never asked
for. So several wants are only seen when at least two clauses are confident tasks that differ, or name different orders.
"""

import re
from dataclasses import dataclass, field
from typing import Any

TASKS = frozenset(
    {
        "start_return", "exchange_item", "refund_status", "return_status", "order_status", "cancel_return",
        "cancel_order", "change_order", "report_problem", "request_label", "ask_policy", "talk_to_human",
    }
)  # fmt: skip
_TOLD = frozenset({"report_problem", "talk_to_human"})  # wants that people tell rather than ask
_QUESTION = re.compile(
    r"^(?:\W|so\b|if so\b|and\b)*(?:where|when|what|how|why|who|which|is|are|was|were|do|does|did|has|have|had|can"
    r"|could|will|would|should|may|might|any (?:news|update)|status|am|wheres|whens|hows)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    _QUESTION.pattern
    + r"|\b(?:please|pls|plz|kindly|i(?:'d| would|’d)? (?:want|need|like|love|wish|prefer|should like)"
    r"|i wanna|want|need|(?:should|would) like|let me|wonder|(?:can|could|may|might) (?:you|u|i|we|somebody|someone)"
    r"|where is|where's|how long|how much|status)\b"
    r"|^(?:\W|first|second|then|just|also)*(?:return|returning|refund|exchange|swap|cancel|change|call|send|resend|give|get|take|"
    r"put|tell|check|track|drop|forget|replace|keep|know|find|print|email|switch|make|stop|update|correct|add)\b",
    re.IGNORECASE,
)
_LACKING = re.compile(r"\b(?:still|not|never|no|n't|isn'?t|hasn'?t|haven'?t|didn'?t)\b", re.IGNORECASE)
_RETURNS = ("start_return", "exchange_item")
_LAST_WINS = frozenset(
    {("report_problem", one) for one in _RETURNS}
    | {("start_return", "cancel_return"), ("start_return", "exchange_item"), ("order_status", "cancel_order")}
    | {("report_problem", "cancel_return"), ("return_status", "refund_status"), ("cancel_order", "refund_status")}
)
_FIRST_WINS = frozenset(
    {(one, "report_problem") for one in _RETURNS}
    | {("start_return", "refund_status"), ("cancel_order", "order_status"), ("cancel_order", "refund_status")}
    | {("return_status", "refund_status"), ("request_label", "exchange_item")}
)
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

    @property
    def things(self) -> frozenset[str]:
        """The goods and numbers that the clause names."""
        return self.orders | {str(one["value"]) for one in self.entities if one["entity"] == "product"}

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
        if clause.intent not in TASKS or clause.confidence < threshold or (clause is heard and not _asks(clause)):
            continue
        if kept and (winner := _one_of(kept[-1], clause)):
            kept[-1] = winner
        else:
            kept.append(clause)
    if len(kept) < 2:
        return single(message.intent, message.confidence, message.text, message.entities)
    return [clause.as_want() for clause in kept]


def _continued(clause: Clause, before: Clause) -> Clause:
    """Return the clause as one more of what came before when it only names another order: "cancel H1 and H2"."""
    only_names = clause.intent == "inform" or len(clause.text.split()) <= _BARE
    if only_names and before.orders and clause.orders - before.orders:
        return Clause(clause.text, before.intent, before.confidence, clause.entities)
    return clause


def _asks(clause: Clause) -> bool:
    """Tell a wish from what only leads up to one: "my return was approved", "I ordered a lamp", "it hasn't shipped"."""
    if clause.intent in _TOLD or _ASKING.search(clause.text):
        return True
    return bool(clause.things) and bool(_LACKING.search(clause.text))


def _one_of(before: Clause, after: Clause) -> Clause | None:
    """Return the one want that two neighbours make, or None when they are two.

    They are one when the second names nothing of its own and either both ask for the same, or the first is the reason
    or the history of the second.
    """
    if before.orders and after.orders - before.orders:
        return None
    if before.intent == after.intent:
        return max(before, after, key=lambda one: (bool(one.orders), one.confidence))
    if before.things and after.things - before.things:
        return None
    pair = (before.intent, after.intent)
    if pair in _LAST_WINS:
        return after
    return before if pair in _FIRST_WINS and not _QUESTION.search(after.text) else None
