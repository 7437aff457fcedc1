"""What a handoff is: why a person is needed, how urgently, and how far it has come."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from kit import errors


class Reason(StrEnum):
    """Why a person comes; `policy/handoff.yml` says for each how urgent it is and what the customer is told."""

    ASKED_FOR = "asked_for"
    MOOD = "mood"
    COMPLAINT = "complaint"
    LEGAL = "legal"
    SAFETY = "safety"
    BOT_FAILED = "bot_failed"
    BRAIN_DOWN = "brain_down"
    POLICY = "policy"
    HIGH_VALUE = "high_value"
    IDENTITY = "identity"
    PROMISE = "promise"
    PAYMENT = "payment"
    TAKEN_OVER = "taken_over"


REASON_TITLES = {
    Reason.ASKED_FOR: "Asked for a person",
    Reason.MOOD: "Upset",
    Reason.COMPLAINT: "Complaint",
    Reason.LEGAL: "Legal threat",
    Reason.SAFETY: "Safety",
    Reason.BOT_FAILED: "Bot failed twice",
    Reason.BRAIN_DOWN: "Bot is down",
    Reason.POLICY: "Policy needs a person",
    Reason.HIGH_VALUE: "Above the limit",
    Reason.IDENTITY: "Identity not matched",
    Reason.PROMISE: "Promise not kept",
    Reason.PAYMENT: "Payment failed",
    Reason.TAKEN_OVER: "Taken over",
}
"""The reasons as agents read them."""


class Stage(StrEnum):
    """How far a handoff has come.

    `requested`: nobody can come now, and an address is asked for. `queued`: waits. `timed_out`: nobody came in time,
    and an address is asked for. `claimed`: an agent has it. `released`: over. `failed`: nobody came, and there is no
    address.
    """

    REQUESTED = "requested"
    QUEUED = "queued"
    CLAIMED = "claimed"
    RELEASED = "released"
    FAILED = "failed"
    TIMED_OUT = "timed_out"


WAITING = (Stage.REQUESTED, Stage.QUEUED, Stage.TIMED_OUT)
"""Stages in which the conversation stands in the queue and can be claimed."""

ALLOWED_STAGES = {
    Stage.REQUESTED: {Stage.QUEUED, Stage.CLAIMED, Stage.RELEASED, Stage.FAILED},
    Stage.QUEUED: {Stage.CLAIMED, Stage.RELEASED, Stage.TIMED_OUT, Stage.FAILED},
    Stage.TIMED_OUT: {Stage.QUEUED, Stage.CLAIMED, Stage.RELEASED, Stage.FAILED},
    Stage.CLAIMED: {Stage.RELEASED, Stage.QUEUED, Stage.CLAIMED},
    Stage.RELEASED: set(),
    Stage.FAILED: set(),
}
"""Which stage may follow which; what an agent has may go back to the queue (they drop off) or to a colleague."""


class Outcome(StrEnum):
    """With what an agent hands back."""

    APPROVED = "approved"
    REFUSED = "refused"
    INFORMED = "informed"
    WAITING_FOR_GOODS = "waiting_for_goods"


OUTCOME_TITLES = {
    Outcome.APPROVED: "Approved",
    Outcome.REFUSED: "Refused",
    Outcome.INFORMED: "Information given",
    Outcome.WAITING_FOR_GOODS: "Waiting for the goods",
}
"""The outcomes as agents read them."""


def check_move(stage: Stage, to: Stage) -> None:
    """Make sure that a stage may follow another.

    Raises:
        Conflict: it may not.
    """
    if to not in ALLOWED_STAGES[stage]:
        raise errors.Conflict(f"a handoff that is {stage} cannot become {to}")


@dataclass(frozen=True)
class Call:
    """Why a person is called: the reason, what led to it in words, and the message, words and rule behind it."""

    reason: Reason
    detail: str
    trigger: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ticket:
    """One handoff of one conversation, as stored. `detail` says in words what led to it.

    `callback`: nobody waits live any more, the answer goes to the customer's address too. `contact_wanted`: the
    customer has been asked for an address and has not given one yet.
    """

    id: UUID
    conversation_id: UUID
    reason: Reason
    detail: str
    trigger: dict[str, Any]
    priority: int
    stage: Stage
    team: str | None
    language: str
    skills: tuple[str, ...]
    callback: bool
    contact_wanted: bool
    place_at_start: int | None
    alarms: int
    next_step_at: datetime | None
    first_response_due: datetime | None
    resolution_due: datetime | None
    requested_at: datetime
    claimed_at: datetime | None
    first_response_at: datetime | None
    released_at: datetime | None
    agent_name: str | None
    outcome: Outcome | None
    note: str | None

    @property
    def waits(self) -> bool:
        """Whether it stands in the queue."""
        return self.stage in WAITING

    @property
    def is_open(self) -> bool:
        """Whether it waits or an agent has it."""
        return self.waits or self.stage is Stage.CLAIMED
