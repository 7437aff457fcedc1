"""Whether a message brings a person, or the offer of one: `policy/handoff.yml` over what was heard; pure."""

import re

from handoff.mood import Reading
from handoff.rules import MoodRule
from handoff.ticket import Call, Reason

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


def reason_for(reading: Reading, rule: MoodRule) -> Reason | None:
    """Return why a person comes at once; None when the bot may go on."""
    if reading.reason in (Reason.LEGAL, Reason.SAFETY):
        return Reason(reading.reason)
    return Reason.MOOD if reading.score >= rule.at_once else None


def offers_person(reading: Reading, rule: MoodRule) -> bool:
    """Tell whether the answer comes with the offer of a person."""
    return rule.offer <= reading.score < rule.at_once


def accepts(text: str) -> bool:
    """Tell whether a text says yes to the offer of a person, and nothing else."""
    said = text.strip().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return bool(_ACCEPTS.fullmatch(said)) and not _ONLY_THANKS.fullmatch(said)


def call(reading: Reading, reason: Reason, seq: int) -> Call:
    """Return the call for a person, with the turn, the words and the rule that led to it."""
    words = ", ".join(f"“{word}”" for word in reading.words)
    trigger = {"seq": seq, "words": list(reading.words), "rule": reading.rule, "score": reading.score}
    return Call(reason, f"{_DETAIL[reason]}: {words}" if words else f"{_DETAIL[reason]}.", trigger)
