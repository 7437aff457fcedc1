"""The shop's rules for handoffs (`policy/handoff.yml`): when a person comes, how urgently, times, targets, words."""

import string
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from handoff import phrase_names
from handoff.ticket import Outcome, Reason
from kit import errors

PLACEHOLDERS = frozenset({"why", "place", "wait", "agent", "before", "hours", "when", "address", "outcome", "line"})
"""What may stand in braces in a text."""
OFFER_ACCEPTED = "mood.accepted"
"""The rule by which somebody upset comes to a person who said yes to the offer of one."""

Priority = Annotated[int, Field(ge=1, le=3)]
Seconds = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Times = Annotated[int, Field(ge=1, le=10)]

_MANY = 5
_WAYS = ("words", "mood", "not_understood", "complaints", "happens")


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Then(StrEnum):
    """What a rule of escalation does: bring a person, or put the offer of one before the bot's answer."""

    PERSON = "person"
    OFFER = "offer"


class When(_Frozen):
    """What a rule waits for: exactly one of these.

    `words`: a pattern of mood_data/phrases.yml, or all whose names begin so. `mood`: the score of a message, from 0
    to 1. `not_understood` and `complaints`: so many messages. `happens`: in words, something that the desk itself
    notices (a wish, a failure, a decision of the policy); which one says the rule's name.
    """

    words: str | None = None
    mood: Share | None = None
    not_understood: Times | None = None
    complaints: Times | None = None
    happens: str | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        given = [way for way in _WAYS if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(f"it must say exactly one of {', '.join(_WAYS)}, and says {' and '.join(given) or 'none'}")
        if self.words is not None and not phrase_names.known(self.words):
            raise ValueError(f"there is no pattern {self.words!r} in mood_data/phrases.yml")
        return self


class EscalationRule(_Frozen):
    """One rule: when a person comes (or is offered), how urgently, what the customer is told, which skills it takes."""

    when: When
    then: Then = Then.PERSON
    priority: Priority
    says: str
    skills: tuple[str, ...] = ()


class ReasonRule(_Frozen):
    """How urgent a reason is (1 most), what the customer is told (`words_for`: by the rule that led to it), and which
    skills are wanted; put together from the rules of escalation.
    """

    priority: Priority
    words: str
    words_for: dict[str, str] = {}
    skills: tuple[str, ...] = ()


class MoodRule(_Frozen):
    """From which score on a person comes at once, and from which one is offered; from the rules of escalation."""

    at_once: Share
    offer: Share
    offer_words: str


class Story(_Frozen):
    """What the messages before add to the mood of the newest: shares of what its score lacks to 1.

    `looks_back`: so many of the customer's messages count. `alike_from`: how alike two messages are that say the same.
    `calms`: the share that stays of the score of a message that thanks or praises.
    """

    looks_back: Annotated[int, Field(ge=0, le=20)] = 6
    alike_from: Share = 0.85
    said_twice: Share = 0.2
    said_often: Share = 0.6
    misread: Share = 0.3
    falling: Share = 0.35
    still_upset: Share = 0.25
    calms: Share = 0.5


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
    """The whole file. The first rule of `escalation` that fits decides; its name begins with the reason."""

    escalation: dict[str, EscalationRule]
    conversation: Story = Story()
    waiting: Waiting
    targets: dict[Priority, Target]
    texts: Texts
    outcomes: dict[Outcome, str]
    teams: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _nothing_missing(self) -> Self:
        if faults := list(_faults(self.escalation)):
            raise ValueError("; ".join(faults[:_MANY]))
        for name, given, needed in (
            ("outcomes", self.outcomes, set(Outcome)),
            ("targets", self.targets, {rule.priority for rule in self.escalation.values()}),
        ):
            if missing := needed - set(given):
                raise ValueError(f"{name} lacks {', '.join(sorted(str(one) for one in missing))}")
        return self

    @cached_property
    def reasons(self) -> dict[Reason, ReasonRule]:
        """What each reason means, from the rules that bring a person for it."""
        return {reason: _of_reason(reason, self.escalation) for reason in Reason}

    @cached_property
    def mood(self) -> MoodRule:
        """The two thresholds of the mood, and the words of the offer."""
        at_once = next(rule for rule in self.escalation.values() if _by_mood(rule, Then.PERSON))
        offer = next(rule for rule in self.escalation.values() if _by_mood(rule, Then.OFFER))
        return MoodRule(at_once=at_once.when.mood or 0.0, offer=offer.when.mood or 0.0, offer_words=offer.says)

    @cached_property
    def not_understood(self) -> int:
        """How many messages in a row the bot may fail to understand before a person comes."""
        return min(rule.when.not_understood for rule in self.escalation.values() if rule.when.not_understood)

    @cached_property
    def complaints(self) -> int:
        """How many complaints bring a person."""
        return min(rule.when.complaints for rule in self.escalation.values() if rule.when.complaints)

    def priority_of(self, reason: Reason) -> int:
        """Return how urgent a reason is, 1 being most."""
        return self.reasons[reason].priority


def reason_of(rule_id: str) -> str:
    """Return the reason that a rule's name begins with: `safety` of `safety.self_harm`."""
    return rule_id.partition(".")[0]


def read(path: Path) -> HandoffRules:
    """Read the file.

    Raises:
        BadInput: it cannot be read, or something in it is wrong; the message names the line, the place and the reason.
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
        lines = _Lines(text)
        faults = [lines.told(one["loc"], one["msg"]) for one in error.errors()[:_MANY]]
        raise errors.BadInput("\n".join(f"{name}:{line} {fault}" for line, fault in faults)) from error


def _faults(escalation: dict[str, EscalationRule]) -> Iterator[str]:
    """Yield what is wrong between the rules of escalation; each fault begins with the rule that it is about."""
    known = {str(reason) for reason in Reason}
    for name in escalation:
        if reason_of(name) not in known:
            yield f"escalation.{name}: a rule's name begins with a reason, one of {', '.join(sorted(known))}"
    for reason in sorted(known):
        own = [name for name, rule in escalation.items() if reason_of(name) == reason and rule.then is Then.PERSON]
        if not own:
            yield f"escalation: reasons lack {reason}; every reason needs a rule"
        if len({(escalation[name].priority, escalation[name].skills) for name in own}) > 1:
            yield f"escalation.{own[-1]}: all rules of a reason have one priority and the same skills"
    yield from _faults_of_mood(escalation)
    for way in ("not_understood", "complaints"):
        if not any(getattr(rule.when, way) for rule in escalation.values()):
            yield f"escalation: no rule says `when: {{{way}: ...}}`"


def _faults_of_mood(escalation: dict[str, EscalationRule]) -> Iterator[str]:
    at_once = [name for name, rule in escalation.items() if _by_mood(rule, Then.PERSON)]
    offer = [name for name, rule in escalation.items() if _by_mood(rule, Then.OFFER)]
    if len(at_once) != 1 or len(offer) != 1:
        yield "escalation: the mood needs one rule that brings a person and one that offers one"
    elif (escalation[offer[0]].when.mood or 0) >= (escalation[at_once[0]].when.mood or 0):
        yield f"escalation.{offer[0]}: when.mood must be lower than that of {at_once[0]}"
    if OFFER_ACCEPTED not in escalation:
        yield f"escalation: there is no rule {OFFER_ACCEPTED}"


def _by_mood(rule: EscalationRule, then: Then) -> bool:
    return rule.when.mood is not None and rule.then is then


def _of_reason(reason: Reason, escalation: dict[str, EscalationRule]) -> ReasonRule:
    """Return a reason's meaning: the words of its most general rule, and those of the others under their names."""
    own = {n: rule for n, rule in escalation.items() if reason_of(n) == reason and rule.then is Then.PERSON}
    general = own.get(str(reason)) or next((rule for rule in own.values() if rule.when.mood is not None), None)
    general = general or next(iter(own.values()))
    words_for = {rule.when.words or name: rule.says for name, rule in own.items() if rule.says != general.says}
    return ReasonRule(priority=general.priority, words=general.says, words_for=words_for, skills=general.skills)


class _Lines:
    """Where the places of a text stand."""

    def __init__(self, text: str) -> None:
        self._root = yaml.compose(text, Loader=yaml.SafeLoader)

    def told(self, location: Sequence[int | str], reason: str) -> tuple[int, str]:
        """Return the line of a fault, and the fault in words with its place."""
        reason = reason.removeprefix("Value error, ")
        place = ".".join(str(part) for part in location)
        if not location and reason.startswith("escalation."):
            rule = reason.removeprefix("escalation.").partition(":")[0]
            return self._line(("escalation", rule)), reason
        return self._line(location), f"{place or '(top)'}: {reason}"

    def _line(self, location: Sequence[int | str]) -> int:
        node, line = self._root, 1
        for part in location:
            step = _step(node, part)
            if step is None:
                break
            line, node = step
        return line


def _step(node: Any, part: int | str) -> tuple[int, Any] | None:
    """Return the line and the node of what stands under a name or a number."""
    if isinstance(node, yaml.MappingNode):
        found = [(key.start_mark.line + 1, value) for key, value in node.value if str(key.value) == str(part)]
        return found[0] if found else None
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    return None
