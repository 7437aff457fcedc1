"""What a handoff is: why a person is needed, how urgently, and how far it has come."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from kit import errors


class Reason(StrEnum):
    """Why a person comes."""

    ASKED_FOR = "asked_for"
    COMPLAINT = "complaint"
    BOT_FAILED = "bot_failed"
    BRAIN_DOWN = "brain_down"
    POLICY = "policy"
    IDENTITY = "identity"


class Stage(StrEnum):
    """How far a handoff has come."""

    REQUESTED = "requested"
    QUEUED = "queued"
    CLAIMED = "claimed"
    RELEASED = "released"
    FAILED = "failed"
    TIMED_OUT = "timed_out"


ALLOWED_STAGES = {
    Stage.REQUESTED: {Stage.QUEUED, Stage.FAILED},
    Stage.QUEUED: {Stage.CLAIMED, Stage.RELEASED, Stage.TIMED_OUT, Stage.FAILED},
    Stage.CLAIMED: {Stage.RELEASED, Stage.QUEUED},
    Stage.RELEASED: set(),
    Stage.FAILED: set(),
    Stage.TIMED_OUT: {Stage.QUEUED, Stage.RELEASED},
}
"""Which stage may follow which; a claimed conversation goes back to the queue when its agent drops off."""

PRIORITY = {
    Reason.COMPLAINT: 1,
    Reason.BRAIN_DOWN: 2,
    Reason.BOT_FAILED: 2,
    Reason.IDENTITY: 3,
    Reason.POLICY: 3,
    Reason.ASKED_FOR: 3,
}
"""1 is most urgent."""


class Outcome(StrEnum):
    """With what an agent hands back."""

    APPROVED = "approved"
    REFUSED = "refused"
    INFORMED = "informed"
    WAITING_FOR_GOODS = "waiting_for_goods"


def check_move(stage: Stage, to: Stage) -> None:
    """Make sure that a stage may follow another.

    Raises:
        Conflict: it may not.
    """
    if to not in ALLOWED_STAGES[stage]:
        raise errors.Conflict(f"a handoff that is {stage} cannot become {to}")


@dataclass(frozen=True)
class Ticket:
    """One handoff of one conversation, as stored. `detail` says in words what led to it."""

    id: UUID
    conversation_id: UUID
    reason: Reason
    detail: str
    priority: int
    stage: Stage
    requested_at: datetime
    claimed_at: datetime | None
    first_response_at: datetime | None
    released_at: datetime | None
    agent_name: str | None
    outcome: Outcome | None
