"""Splits a customer's message into the clauses that may each be a want.

Pure text work: both sides of the wire (the desk, which encodes, and the brain, which classifies) call it and get the
same clauses. It over-splits on purpose; whether a clause is a want of its own is the classifier's decision.
"""

import re

MAXIMUM = 6

_WORDS_THAT_OPEN = (
    r"(?:also|then|plus|and|but|oh|so|additionally|besides|furthermore|secondly|second|first|firstly|finally|lastly|next|"
    r"another thing|one more thing|by the way|btw|while i'?m at it|on top of that)"
)
_PROTECTED = re.compile(r"\S+@\S+|\b(?:no|nr|mr|mrs|ms|dr|st|e\.g|i\.e|vs|approx)\.|\d[.,]\d", re.IGNORECASE)
_WORDS_THAT_ASK = (
    r"(?:return|refund|exchange|swap|cancel|change|send|resend|track|check|tell|where|when|how|what|can|could|is|are|do|does|"
    r"did|has|have|may|i(?:'d| would| want| need| wanna))"
)
_BREAK = re.compile(
    r"[.!?…]+(?=\s|$)|[;\n\r]+|\s[-–—]+\s|\s\d\)\s"
    r"|,?\s+(?:and\s+)?(?:also|then|plus|additionally)\b,?\s+|,\s*(?:and|but)\s+|\s+(?:and|n|&|\+)\s+"
    rf"|,\s*{_WORDS_THAT_OPEN}\b,?\s*|,\s*(?={_WORDS_THAT_ASK}\b)",
    re.IGNORECASE,
)
_OPENING = re.compile(rf"^(?:[\W_]*{_WORDS_THAT_OPEN}\b[\s,:]*)+", re.IGNORECASE)
_PLEASANTRY = re.compile(
    r"^(?:(?:hi|hello|hey|hiya|yo|howdy|dear|good|greetings|thanks?|thank|thx|ty|tia|cheers|please|pls|plz|sorry|"
    r"regards|best|kind|kindly|sincerely|yours|bye|ok|okay|morning|afternoon|evening|day|there|team|all|everyone|folks|"
    r"again|so|much|very|you|a|lot|in|advance|many|for|your|help|the|guys|sir|madam|or|harbour|pine|support|excuse|me|"
    r"appreciate|it|this|how|are|doing|today|hope|well|i|u|nice|great|love|x+|xo+)\W*)*$",
    re.IGNORECASE,
)
_SAYING = re.compile(r"[^\W\d_]{2,}|\d{5,}")  # a word, or a number that may be an order's


def split(text: str) -> list[str]:
    """Return the clauses in order, at most six, without greetings and pleasantries; [] when there is only one."""
    clauses: list[str] = []
    for part in _parts(text):
        clause = _OPENING.sub("", part).strip(" \t,.;:!?-–—…\"'()")
        if _says_something(clause):
            clauses.append(clause)
    return clauses[:MAXIMUM] if len(clauses) > 1 else []


def _parts(text: str) -> list[str]:
    """Cut at each break, but not inside an address, a number or an abbreviation."""
    protected = [match.span() for match in _PROTECTED.finditer(text)]
    parts, start = [], 0
    for match in _BREAK.finditer(text):
        if not any(first <= match.start() < last for first, last in protected):
            parts.append(text[start : match.start()])
            start = match.end()
    return [*parts, text[start:]]


def _says_something(clause: str) -> bool:
    return bool(_SAYING.search(clause)) and not _PLEASANTRY.match(clause)
