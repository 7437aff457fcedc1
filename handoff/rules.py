"""The shop's rules for handoffs (`policy/handoff.yml`): reasons, priorities, mood, times, targets, words."""

import string
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from handoff.ticket import Outcome, Reason
from kit import errors

PLACEHOLDERS = frozenset({"why", "place", "wait", "agent", "before", "hours", "when", "address", "outcome", "line"})
"""What may stand in braces in a text."""

Priority = Annotated[int, Field(ge=1, le=3)]
Seconds = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReasonRule(_Frozen):
    """How urgent a reason is (1 most), what the customer is told (`words_for`: by the rule that led to it), and which
    skills are wanted.
    """

    priority: Priority
    words: str
    words_for: dict[str, str] = {}
    skills: tuple[str, ...] = ()


class MoodRule(_Frozen):
    """From which score on a person comes at once, and from which one is offered."""

    at_once: Share
    offer: Share
    offer_words: str


class Waiting(_Frozen):
    """What happens to a conversation that waits, in seconds; `agent_gone` is how long an agent may be away."""

    alarm_again: Seconds
    tell_supervisors: Seconds
    give_up: Seconds
    fail: Seconds
    agent_gone: Seconds

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.alarm_again < self.tell_supervisors < self.give_up < self.fail:
            raise ValueError("alarm_again, tell_supervisors, give_up and fail must come in this order")
        return self


class Target(_Frozen):
    """Business minutes within which a customer should be answered, and helped."""

    first_response: Annotated[int, Field(ge=1)]
    resolution: Annotated[int, Field(ge=1)]


class Texts(_Frozen):
    """What the customer is told at each step of a handoff."""

    queued: str
    closed: str
    nobody_there: str
    ask_contact: str
    contact_known: str
    callback: str
    not_claimed: str
    people_are_here: str
    added: str
    still_waiting: str
    not_an_address: str
    no_address: str
    maybe_meant: str
    joined: str
    passed_on: str
    passed_to_team: str
    agent_gone: str
    back_to_bot: str
    failed: str
    handed_back: str
    survey: str
    survey_comment: str
    survey_thanks: str
    survey_sorry: str
    survey_skipped: str
    survey_known: str

    @model_validator(mode="after")
    def _known_placeholders(self) -> Self:
        for name, text in self:
            unknown = {field for _, field, _, _ in string.Formatter().parse(text) if field is not None} - PLACEHOLDERS
            if unknown:
                known = ", ".join(sorted(PLACEHOLDERS))
                raise ValueError(f"{name}: {{{min(unknown)}}} is not known; known are {known}")
        return self


class HandoffRules(_Frozen):
    """The whole file."""

    reasons: dict[Reason, ReasonRule]
    mood: MoodRule
    waiting: Waiting
    targets: dict[Priority, Target]
    texts: Texts
    outcomes: dict[Outcome, str]
    teams: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _nothing_missing(self) -> Self:
        for name, given, needed in (
            ("reasons", self.reasons, set(Reason)),
            ("outcomes", self.outcomes, set(Outcome)),
            ("targets", self.targets, {rule.priority for rule in self.reasons.values()}),
        ):
            if missing := needed - set(given):
                raise ValueError(f"{name} lacks {', '.join(sorted(str(one) for one in missing))}")
        return self

    def priority_of(self, reason: Reason) -> int:
        """Return how urgent a reason is, 1 being most."""
        return self.reasons[reason].priority


def read(path: Path) -> HandoffRules:
    """Read the file.

    Raises:
        BadInput: it cannot be read, or something in it is wrong; the message names the place and the reason.
    """
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise errors.BadInput(f"{path.name}: {error}") from error


def parse(text: str, name: str = "handoff.yml") -> HandoffRules:
    """Read the file's text; `name` stands in the message of BadInput."""
    try:
        return HandoffRules.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise errors.BadInput(f"{name}: {error}") from error
    except ValidationError as error:
        faults = [
            f"{'.'.join(str(part) for part in one['loc']) or '(top)'}: {one['msg']}" for one in error.errors()[:5]
        ]
        raise errors.BadInput(f"{name}: {'; '.join(faults)}") from error
