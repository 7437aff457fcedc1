"""Cuts a wish into plans: what is wanted first, and what instead where that cannot be had."""

import re
from dataclasses import dataclass

from actions.pointing import heard
from actions.pointing.likeness import Alike
from actions.pointing.options import Shelf
from actions.pointing.wishes import Prefer, Wishes

_TURN = re.compile(
    r"(?P<if>\b(?:but\s+)?(?:if|in case|unless)\b)|\b(?:otherwise|or else|else|failing that|alternatively"
    r"|as a (?:backup|fallback)"
    r"|(?:my )?second choice(?: is| would be)?)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"(?P<said>(?:[^,;.\n)]|,(?=\s*(?:and\s+)?\d)|\.(?=\d))*?)"
    r"(?:,|;|\bthen\b|(?=\b(?:i|you|we)\s?(?:['’]?d|['’]?ll| would| will| want| prefer| need| rather| take)\b)"
    r"|(?=\b(?:prefer|go for|go with|get|choose|pick|switch to|take|give me|make it)\b)|(?=\bwithout\b)|(?=[.;\n)])|$)",
    re.IGNORECASE,
)
_LATE = re.compile(
    r"[^.;\n]*?(?:\bthen\b|,\s*(?=(?:i|you|we)\s?(?:['’]?d|['’]?ll|\s+(?:would|will|want|prefer|need))\b))",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(
    r"\b(?:no|not|none|isn['’]?t|aren['’]?t|can['’]?t|cannot|doesn['’]?t|don['’]?t|unavailable|impossible"
    r"|out of stock|sold out|neither|gone|unless)\b",
    re.IGNORECASE,
)
_LEAVE = re.compile(
    r"\b(?:no exchange|don['’]?t (?:exchange|change|bother)|do not (?:exchange|change)|only (?:exchange"
    r"|change|modify)|leave (?:it|that|the)|keep (?:it|what|mine|the old)|forget (?:it|about)|nothing|cancel"
    r"|return (?:it|the|that)|refund|not exchange)\b",
    re.IGNORECASE,
)


_ONLY_IF = re.compile(r"\bonly if\b", re.IGNORECASE)


@dataclass(frozen=True)
class Plans:
    """What is wished, in the order in which it is to be tried; `leave`: if none can be had, the item stays."""

    plans: tuple[Wishes, ...]
    leave: bool = False


def read(text: str, shelf: Shelf, alike: Alike) -> Plans:
    """Read the plans of a text."""
    first, others = _pieces(text)
    plan = heard.read(first, shelf, alike)
    plans = [plan]
    leave = bool(_ONLY_IF.search(text))
    for piece in others:
        wishes = heard.read(piece, shelf, alike)
        if wishes and not _continues(plans[-1], wishes):
            plans.append(plans[-1].then(wishes))
        elif not wishes and _LEAVE.search(piece):
            leave = True
    return Plans(tuple(one for one in plans if one), leave)


def _continues(plan: Wishes, wishes: Wishes) -> bool:
    """ "Prefer black, else grey" goes on with the preference."""
    for place, prefer in enumerate(plan.prefers):
        for want in wishes.wants:
            if want.keys <= prefer.keys:
                plan.prefers[place] = Prefer((*prefer.groups, want.places))
                return True
    return False


def _pieces(text: str) -> tuple[str, list[str]]:
    """Return what is wanted first, and one text for each "if not"."""
    pieces = [""]
    rest = text
    while turn := _TURN.search(rest):
        before, rest = rest[: turn.start()], rest[turn.end() :]
        pieces[-1] += before
        if not turn["if"]:
            pieces.append("")
            continue
        said, rest = _condition(rest)
        if not _NEGATIVE.search(said) and "unless" not in turn.group().casefold():
            continue  # "if several are available, prefer grey" goes on with the same plan
        if rest.strip(" ,.;)!") or not before.strip():
            pieces.append("")
        else:  # "no backlight if there is no RGB": the alternative stood before
            head, _, tail = pieces[-1].rpartition(",") if "," in pieces[-1] else pieces[-1].rpartition(" or ")
            pieces[-1:] = [head, tail] if head else [pieces[-1]]
    pieces[-1] += rest
    return pieces[0], [piece for piece in pieces[1:] if piece.strip(" ,.;")]


def _condition(rest: str) -> tuple[str, str]:
    """Cut a text after "if" into the condition and what follows from it."""
    late = _LATE.match(rest)
    if late:
        return late.group(), rest[late.end() :]
    match = _CONDITION.match(rest)
    if match is None:
        return rest, ""
    said = match["said"]
    if said.strip().casefold().startswith("not ") and not re.search(r"\b(?:available|possible|there|in stock)\b", said):
        return "not", rest[len(rest) - len(rest.lstrip()) + 3 :]  # "if not 9 bar"
    return said, rest[match.end() :]
