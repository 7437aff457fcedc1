"""Whether a message brings a person, or the offer of one: `policy/handoff.yml` over what was heard; pure."""

import re
from dataclasses import dataclass

from handoff.mood import Reading
from handoff.rules import OFFER_ACCEPTED, EscalationRule, HandoffRules, Then, reason_of
from handoff.ticket import REASON_TITLES, Call, Reason

_DETAIL = {
    Reason.MOOD: "The customer sounds very upset",
    Reason.LEGAL: "The customer speaks of legal steps",
    Reason.SAFETY: "Somebody's safety may be at risk",
}
_ACCEPTS = re.compile(
    r"(?:(?:yes|yeah|yep|yup|sure|ok|okay|please|absolutely|definitely|of course|certainly|i would|i do|i'd like that"
    r"|i would like that|please do|do that|that would be (?:good|great|nice|better)|that'd be (?:good|great|nice)"
    r"|go ahead|rather that|rather a person|thanks|thank you|finally)[\s,.!]*)+",
    re.IGNORECASE,
)
_ONLY_THANKS = re.compile(r"(?:(?:thanks|thank you|finally)[\s,.!]*)+", re.IGNORECASE)


@dataclass(frozen=True)
class Decision:
    """What the rules make of a message: the rule that decided, and the reading it decided on."""

    rule_id: str
    rule: EscalationRule
    reading: Reading

    @property
    def brings_person(self) -> bool:
        """Whether a person comes at once; otherwise the answer comes with the offer of one."""
        return self.rule.then is Then.PERSON

    @property
    def reason(self) -> Reason:
        """Why a person comes."""
        return Reason(reason_of(self.rule_id))


def decide(reading: Reading, rules: HandoffRules) -> Decision | None:
    """Return the first rule that fits a message by its words or its mood; None when the bot goes on as usual.

    What the desk itself notices (a wish for a person, failures, the policy) calls a person where it is noticed.
    """
    for rule_id, rule in rules.escalation.items():
        if _fits(rule, reading):
            return Decision(rule_id, rule, reading)
    return None


def _fits(rule: EscalationRule, reading: Reading) -> bool:
    wanted = rule.when.words
    if wanted is not None:
        return any(name == wanted or name.startswith(f"{wanted}.") for name in (reading.rule, *reading.found))
    return rule.when.mood is not None and reading.score >= rule.when.mood


def accepts(text: str) -> bool:
    """Tell whether a text says yes to the offer of a person, and nothing else."""
    said = text.strip().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return bool(_ACCEPTS.fullmatch(said)) and not _ONLY_THANKS.fullmatch(said)


def call_for(decision: Decision, seq: int) -> Call:
    """Return the call for a person, with the turn, the words and the rules that led to it."""
    reading, reason = decision.reading, decision.reason
    detail = _DETAIL.get(reason, REASON_TITLES[reason])
    words = ", ".join(f"“{word}”" for word in reading.words)
    trigger = {
        "seq": seq,
        "words": list(reading.words),
        "rule": reading.rule,
        "escalation": decision.rule_id,
        "score": reading.score,
    }
    return Call(reason, f"{detail}: {words}" if words else f"{detail}.", trigger)


def accepted(text: str, seq: int) -> Call:
    """Return the call for a person whom somebody upset was offered and wants."""
    trigger = {"seq": seq, "words": [text[:200]], "rule": "mood.offer", "escalation": OFFER_ACCEPTED}
    return Call(Reason.MOOD, "The customer was upset and took the offer of a person.", trigger)


# Until the turn loop calls `decide`: the same by the two thresholds alone.
