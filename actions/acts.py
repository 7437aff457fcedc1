"""What a message names to be done by its verbs, in its order: "return A, exchange B for C, cancel D". Pure.

The brain judges what a message is about; how many things it wants is plainer in its verbs. What stands around a verb
(why, which one, what else would do) belongs to the thing that was named last.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from actions import change_kind, facts_asked
from actions.call import Want

_SPLIT = re.compile(
    r"(?<=[.!?;\n])\s+|\s*\n+\s*|,?\s+(?=(?:and|n|&|but|then|also|plus|lastly|finally|secondly)(?:\s|,))|,\s+(?=(?:i|please|can|could)\b)",
    re.IGNORECASE,
)
_LEAD = (
    r"(?:^|\b(?:to|please|pls|plz|kindly|and|also|then|just|you|i|instead|rather|first|second|secondly|finally|lastly|or|me"
    r"|help|wanna|gonna|only|either|simply|but|so|like|want|n|need)\b)[\s,]*(?:(?:also|just|please|then|both|either|rather)\s+)*"
)
_CHANGE = r"chang(?:e|ing)|modify(?:ing)?|updat(?:e|ing)|upgrad(?:e|ing)|adjust(?:ing)?|switch(?:ing)?|correct"
_EXCHANGE = r"exchang(?:e|ing)|swap(?:ping)?|trad(?:e|ing)|replac(?:e|ing)"
_SEND_ELSEWHERE = (
    r"(?:send|ship|deliver|redirect|forward|reroute)(?:ing)?\b(?![^.?!]*\bback\b)[^.?!]{0,40}\b(?:to|at) "
    r"(?:my|our|the|a|an|this|that)\b[^.?!]{0,40}\b(?:ad+res+|place|home|house|apartment|flat|office|work|location)"
)
_RETURN = (
    r"return(?:ing)?|send(?:ing)?\b[^.?!]{0,60}\bback|(?:give|tak(?:e|ing))\b[^.?!]{0,40}\bback"
    r"|(?:(?:a|my|the|full) )*refund(?:ed)?"
)
_VERBS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (want, re.compile(_LEAD + rf"(?:{verb})\b", re.IGNORECASE))
    for want, verb in (
        ("cancel_order", r"cancel(?:l?ing)?(?! (?:fee|policy))"),
        ("exchange_item", _EXCHANGE),
        ("change_order", _CHANGE),
        ("change_address", _SEND_ELSEWHERE),
        ("start_return", _RETURN),
    )
)
_GOES_ELSEWHERE = re.compile(
    r"\b(?:should|must|needs? to|has to|is to|ought to)\s+(?:\w+\s+){0,2}?"
    r"(?:be (?:sent|shipped|delivered)|go|come|ship)\s+(?:\w+\s+)?to\b(?! waste)",
    re.IGNORECASE,
)
"""A new address told as what should be: "it should go to my home"."""
_ASKS_HOW = re.compile(
    r"^\W*(?:(?:and|but|also|so|then)\s+)*(?:how|what|when|where|why|who|is it possible|do you|does|did|would it|if)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|don'?t|never|without|no need to|rather than|instead of|if (?:you|i|it|that) (?:can'?t|can ?not))\s+"
    r"(?:\w+\s+){0,3}$",
    re.IGNORECASE,
)
_OF_A_RETURN = re.compile(r"\b(?:my|the|that|this) (?:\w+ )?(?:return|exchange|rma)\b|\brma\b", re.IGNORECASE)
CHANGES = {
    "address": "change_address",
    "payment": "change_payment",
    "items": "change_items",
    "on_file": "change_address_on_file",
}
_MERGED = frozenset({"start_return", "exchange_item", "change_items"})
"""Named twice, these are one want: its goods are told apart later, order by order."""


_ONLY_MONEY = re.compile(r"^(?!.*\b(?:return|exchang|cancel|chang|swap))(?=.*\brefund)", re.IGNORECASE)
"""After something to be done, "refund my PayPal" says where its money goes."""


@dataclass
class _Act:
    want: str
    first: int
    after: int


def read(text: str, entities: Sequence[dict[str, Any]]) -> list[Want]:
    """Return what a message names to be done or asks for as a fact, in its order; [] when it names nothing."""
    acts: list[_Act] = []
    first = 0
    for start, end in _parts(text):
        named = _act_of(text[start:end])
        if named is None or (acts and _ONLY_MONEY.search(text[start:end])):
            if acts:
                acts[-1].after = end
            continue
        if acts and named == acts[-1].want and named in _MERGED:
            acts[-1].after = end
            continue
        acts.append(_Act(named, start if acts else first, end))
    return [_want(text, act, entities) for act in acts]


def another_change(text: str, entities: Sequence[dict[str, Any]], current: str | None) -> bool:
    """Tell whether a text names another change of an order than the one under way (`current`: address, items, …).

    A payment named while items are changed says who pays the difference.
    """
    if current is None:
        return False
    kinds = {kind for kind, want in CHANGES.items() for named in read(text, entities) if named.intent == want}
    return bool(kinds - {current} - ({"payment"} if current == "items" else set()))


def _parts(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SPLIT.finditer(text):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _act_of(part: str) -> str | None:
    """Return what a part of a message wants done or answered; None when it only tells more."""
    asked = facts_asked.subject(part)
    found = [(match.start(), want) for want, verb in _VERBS if (match := _first(verb, part))]
    if not found and (match := _GOES_ELSEWHERE.search(part)):
        found = [(match.start(), "change_address")]
    if asked and not found:
        return f"ask_{asked}"
    if not found or _ASKS_HOW.search(part):
        return None
    want = min(found)[1]
    if want in {"cancel_order", "change_order"} and _OF_A_RETURN.search(part):
        return "cancel_return" if want == "cancel_order" else "change_return"
    if want == "change_order":
        return CHANGES.get(change_kind.read(part) or "", want)
    return want


def _first(verb: re.Pattern[str], part: str) -> re.Match[str] | None:
    for match in verb.finditer(part):
        if not _NOT.search(part[: match.start() + len(match.group()) - len(match.group().split()[-1])]):
            return match
    return None


def _want(text: str, act: _Act, entities: Sequence[dict[str, Any]]) -> Want:
    inside = tuple(
        entity for entity in entities if act.first <= int(entity.get("start") or 0) < act.after or "start" not in entity
    )
    return Want(act.want, text[act.first : act.after].strip(), inside)
