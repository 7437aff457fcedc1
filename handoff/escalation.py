"""Whether a message brings a person, or the offer of one: `policy/handoff.yml` over what was heard; pure."""

from handoff.mood import Reading
from handoff.rules import MoodRule
from handoff.ticket import Call, Reason

_DETAIL = {
    Reason.MOOD: "The customer sounds very upset",
    Reason.LEGAL: "The customer speaks of legal steps",
    Reason.SAFETY: "Somebody's safety may be at risk",
}


def reason_for(reading: Reading, rule: MoodRule) -> Reason | None:
    """Return why a person comes at once; None when the bot may go on."""
    if reading.reason in (Reason.LEGAL, Reason.SAFETY):
        return Reason(reading.reason)
    return Reason.MOOD if reading.score >= rule.at_once else None


def offers_person(reading: Reading, rule: MoodRule) -> bool:
    """Tell whether the answer comes with the offer of a person."""
    return rule.offer <= reading.score < rule.at_once


def call(reading: Reading, reason: Reason, seq: int) -> Call:
    """Return the call for a person, with the turn, the words and the rule that led to it."""
    words = ", ".join(f"“{word}”" for word in reading.words)
    trigger = {"seq": seq, "words": list(reading.words), "rule": reading.rule, "score": reading.score}
    return Call(reason, f"{_DETAIL[reason]}: {words}" if words else f"{_DETAIL[reason]}.", trigger)
