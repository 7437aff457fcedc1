"""Tells what is given back from what is wanted for it: "the keyboard for one with clicky switches"."""

import re
from dataclasses import dataclass
from itertools import pairwise

_SWAP = (
    r"exchang(?:e|es|ed|ing)|swap(?:s|ped|ping)?|chang(?:e|es|ed|ing)|modif(?:y|ied|ying)|replac(?:e|ed|ing)"
    r"|switch(?:ed|ing)?|upgrad(?:e|ed|ing)|downgrad(?:e|ed|ing)|trad(?:e|ed|ing)(?: in)?|adjust(?:ed|ing)?"
    r"|convert(?:ed|ing)?"
)
_OTHER = r"return(?:ed|ing)?|refund(?:ed|ing)?|cancel(?:led|ling|ed|ing)?|send(?:ing)? back|keep(?:ing)?|check|know"
_VERB = re.compile(rf"\b(?:(?P<swap>{_SWAP})|(?P<other>{_OTHER}))\b", re.IGNORECASE)
_NO_VERB_AFTER = re.compile(
    r"(?:\b(?:without|the|an|this|that|for|no|of|instead of|before|after|any|final|free|your|our|said|than)\s+|[-/])$",
    re.IGNORECASE,
)
_NO_VERB_BEFORE = re.compile(
    r"\s*(?:types?\b|in price|policy|policies|request|label|my mind|your mind|of (?:heart|mind))", re.IGNORECASE
)
_LEAD = re.compile(
    r"(?:\b(?:and|also|then|but|plus|so|first|lastly|finally|i|you|we|want|wants|would|like|need|have|wish|to"
    r"|please|pls|can|could|get|got|"
    r"both|just|only|id|ill|or|do|not|dont|needs|be|secondly|additionally|'d|’d|d|ll|'ll|’ll|don['’]?t|cannot"
    r"|can['’]?t)\b[\s,]*"
    r"|['’]d\s+|['’]ll\s+)+$",
    re.IGNORECASE,
)
_MARK = re.compile(
    r"\s*(?:,\s*)?(?:->|=>|→|\b(?P<word>for|to|into|with|by)\b(?:\s+be\b(?!\s+\w+ed\b))?)\s+(?=[\w{\"'$])",
    re.IGNORECASE,
)
_NO_TARGET = re.compile(
    r"(?:my|the|your|a)?\s*(?:pay\s?pal|visa|master\s?card|amex|(?:gift|credit|debit|other|same"
    r"|original)\s?(?:card|payment)|card|bank"
    r"|account|address|home|house|place|kids?\b|son|daughter|wife|husband|friend|order|parcel|it\b|me\b|you\b"
    r"|us\b|this reason"
    r"|be\b|return|exchang|get\b|know|cancel|modify|change|have\b|use\b|pay\b|make\b|see\b|do\b|check|keep"
    r"|swap|refund|help|ask|go\b|buy"
    r"|sure|some reason|free|now|today|which|that\b|what|avoid|cover|store credit|lap|my \w+ (?:address|card))",
    re.IGNORECASE,
)
_NEXT_PAIR = re.compile(
    r"(?:,\s*and\b|,\s*plus\b|,|;|\band\b|\bplus\b|\n|\.)\s+(?:also\s+)?(?:then\s+)?(?=(?:the|my|your|a|an"
    r"|one|another|this|that|these|those|both|all)\b)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?;\n])\s+(?=\S)")
_GOES_ON = re.compile(
    r"^\W*(?:(?:but|and|so|also)\s+)?(?:(?:i|you|we)\s?(?:['’]?d\s|['’]?ll\s|would\s|will\s|\s)?(?:also\s)?)?"
    r"(?:prefer|if|otherwise|else|or else|same|must|should|ideally|with|without|size|in |not |no |preferably"
    r"|any |it |they |like |"
    r"needs?|don['’]?t (?:care|mind|have)|(?:then )?tell me"
    r"|which |what |i\d before|do not (?:care|mind)|only care|okay|ok |fine|everything else|the (?:rest"
    r"|other)|all (?:the )?other|"
    r"keep|make sure|ensure|as long|cheap|other|rather|take|go for)",
    re.IGNORECASE,
)
_IT = re.compile(r"^\W*(?:it|them|this|that|those|these)?\W*$", re.IGNORECASE)


@dataclass(frozen=True)
class _Pair:
    """Where the words for what is given back stand, and those for what is wanted (nowhere: equal ends)."""

    source: tuple[int, int]
    target: tuple[int, int]


def split(text: str) -> list[tuple[str, str]]:
    """Return pairs of the words for what is given back and the words for what is wanted for it ("" where not said).

    What is only returned or cancelled has no target. Words that go on about a target ("prefer black, else grey") belong
    to it; "I got a laptop and want to exchange it for an i7" gives back what was named before "it".
    """
    found: list[tuple[str, str]] = []
    for pair in _pairs(text):
        given = text[slice(*pair.source)].strip(" ,;\n")
        wish = text[slice(*pair.target)].strip(" ,;\n")
        if given or wish:
            found.append((given, wish))
    return found or [(text, "")]


def source(text: str) -> str:
    """Return a text without the words for what is wanted in exchange; all other words keep their places."""
    for pair in reversed(_pairs(text)):
        start, end = pair.target
        if end > start:
            text = f"{text[:start]}{'.':<{end - start}}{text[end:]}"
    return text


def _pairs(text: str) -> list[_Pair]:
    pairs: list[_Pair] = []
    for start, verb, end in _units(text):
        if verb is None:
            pairs += _more(text, start, end, pairs)
        elif verb["swap"]:
            pairs += _swapped(text, start, verb.end(), end, pairs)
        else:
            pairs.append(_Pair((start, end), (end, end)))
    return pairs


def _units(text: str) -> list[tuple[int, re.Match[str] | None, int]]:
    """Cut a text where a new thing to do begins, and into sentences: where each starts, its verb, where it ends."""
    cuts: dict[int, re.Match[str] | None] = {0: None}
    for match in _SENTENCE.finditer(text):
        cuts[match.end()] = None
    for verb in _VERB.finditer(text):
        before = text[: verb.start()]
        if _NO_VERB_AFTER.search(before[-20:]) or _NO_VERB_BEFORE.match(text[verb.end() :]) or _in_condition(before):
            continue
        lead = _LEAD.search(before)
        begin = lead.start() if lead else verb.start()
        sentence = max((cut for cut in cuts if cut <= begin), default=0)
        if cuts[sentence] is None and not re.search(r"\b(?:and|then|also)\b|[,;]", text[begin : verb.start()]):
            begin = sentence
        cuts[begin if cuts.get(begin) is None else verb.start()] = verb
    starts = sorted(cuts)
    return [(first, cuts[first], after) for first, after in pairwise([*starts, len(text)]) if after > first]


def _in_condition(before: str) -> bool:
    """Whether a verb stands in what is to be done only if something cannot be had: "if not, return it"."""
    clause = re.split(r"[.;!?\n]", before)[-1]
    return bool(re.search(r"\b(?:if|otherwise|unless)\b", clause, re.IGNORECASE))


def _swapped(text: str, start: int, after_verb: int, end: int, before: list[_Pair]) -> list[_Pair]:
    """Read "exchange A for B and C for D"; "exchange it" gives back what was named before."""
    pairs: list[_Pair] = []
    begin = start
    search = after_verb
    word = ""
    while True:
        mark = _mark(text, search, end, again=word)
        if mark is None:
            tail = _TAIL.search(text, search, end)
            pairs.append(_Pair((begin, tail.start()), (tail.start(), end)) if tail else _Pair((begin, end), (end, end)))
            break
        word = mark["word"] or ""
        next_start, next_mark = _next_pair(text, mark.end(), end, word)
        source_span = (begin, mark.start())
        if not pairs and _IT.match(text[after_verb : mark.start()]) and before and begin >= start:
            last = before[-1]
            if last.target[0] == last.target[1]:
                before.pop()
                source_span = (last.source[0], mark.start())
        pairs.append(_Pair(source_span, (mark.start(), next_start)))
        if next_mark is None:
            break
        begin, search = next_start, next_mark
    return pairs


def _mark(text: str, start: int, end: int, again: str = "") -> re.Match[str] | None:
    """Find the word between what is given back and what is wanted."""
    for mark in _MARK.finditer(text, start, end):
        word = (mark["word"] or "").casefold()
        if (
            word in {"with", "by"}
            and word != again.casefold()
            and not _TAKES_WITH.search(text[max(0, start - 12) : start])
        ):
            continue
        if not mark["word"] or not _NO_TARGET.match(text[mark.end() : end]):
            return mark
    return None


def _next_pair(text: str, start: int, end: int, word: str) -> tuple[int, int | None]:
    """Find where the next "C for D" begins within what is wanted; the end where there is none."""
    for cut in _NEXT_PAIR.finditer(text, start, end):
        mark = _mark(text, cut.end(), end, again=word)
        if mark is None or (mark["word"] and mark["word"].casefold() == "with" != word.casefold()):
            continue
        named = re.sub(r"\([^)]*\)", "", text[cut.end() : mark.start()])
        if len(named.split()) <= _LONGEST_NAME and not re.search(r"[,;.]|\b(?:and|with|but|in)\b", named):
            return cut.start(), cut.end()
    return end, None


_LONGEST_NAME = 6
_TAKES_WITH = re.compile("replac|swap", re.IGNORECASE)
_OPENS_A_PAIR = re.compile(
    r"\W*(?:(?:in|for|of|from|about)\s+(?:order\s+)?#?\w?\d{4,}\W+)?(?:and\s+)?(?:the|my|your|a|an|one|another|all|both|\w+\s*(?:->|=>|→))(?!\w)",
    re.IGNORECASE,
)
_PLAIN_TARGET = re.compile(
    r"an?\b|one\b|something|size\b|the same|the cheapest|the \S+ (?:one|version)\b|\d|\{", re.IGNORECASE
)
_TAIL = re.compile(
    r"\s*(?:,\s*)?\b(?:because|since|as it|cause|cuz)\b|,\s*(?=(?:i|you|one|same|the same|prefer|in|size|with"
    r"|but|make|it|they|instead)\b)"
    r"|\s+\bin\s+(?!my\b|the\b|this\b|that\b|another\b|order|[^,.;]{0,20}\border|jan|feb|mar|apr|may\b|jun"
    r"|jul|aug|sep|oct|nov|dec)",
    re.IGNORECASE,
)


def _more(text: str, start: int, end: int, before: list[_Pair]) -> list[_Pair]:
    """Read a sentence without a verb of its own: more about what is wanted, another pair, or something to give back."""
    sentence = text[start:end]
    last = before[-1] if before else None
    swapped = last is not None and last.target[1] > last.target[0]
    if last is not None and swapped and (_GOES_ON.match(sentence) or _names_nothing(sentence)):
        before[-1] = _Pair(last.source, (last.target[0], end))
        return []
    mark = _mark(text, start, end)
    plainly = mark is not None and (
        not mark["word"]
        or last is not None
        or bool(_PLAIN_TARGET.match(text[mark.end() : end]))
        or len(_TO.findall(sentence)) > 1
    )
    if mark is not None and plainly and (_OPENS_A_PAIR.match(sentence) or _is_brief(text[start : mark.start()], mark)):
        return _swapped(text, start, start, end, [])
    wished = _WISHED.search(text, start, end)
    if wished and _NAMES_SOMETHING.search(text[start : wished.start()]):
        other = _ANOTHER_THING.search(text, wished.end(), end)
        after = other.start() if other else end
        pair = _Pair((start, wished.start()), (wished.start(), after))
        return [pair, *_more(text, after, end, [])] if after < end else [pair]
    return [_Pair((start, end), (end, end))]


_ANOTHER_THING = re.compile(
    r"(?:,\s*and\b|,|;|\band\b|\bplus\b)\s+(?:also\s+|for\s+|then\s+)*(?:the|my)\s+(?!rest\b|other\b|same\b|\w+ one\b)",
    re.IGNORECASE,
)
"""Where the next thing is named after a wish: "the lamp should be black, and the thermostat ..."."""


_WISHED = re.compile(
    r",?\s+(?:(?:i|we)(?:['’]?d|\s+would)?\s+(?:want|need|rather have|prefer|like)|should be|must be"
    r"|(?:has|have|needs?) to be|want|need)\s+(?!(?:to|it|you|them|that|this|these|those|the|my|our|both|all|every"
    r"|help|return|returned|a refund|refund|money|back|only|just|not|one of)\b)(?=\w)",
    re.IGNORECASE,
)
"""Between a thing and what it is wished to be, where no verb says that it is exchanged."""
_NAMES_SOMETHING = re.compile(
    r"\b(?!(?:and|but|so|also|i|we|hi|hello|please|ok|then|if|which|what|that)\b)[a-z]{3,}", re.IGNORECASE
)


_TO = re.compile(r"\b(?:to|into)\s+(?!(?:be|my|me|you|it)\b)", re.IGNORECASE)


def _names_nothing(sentence: str) -> bool:
    """Whether a short sentence only adds what something should be: "silver or black"."""
    return len(sentence.split()) <= _LONGEST_NAME and not _POINTS.search(sentence)


_POINTS = re.compile(
    r"\b(?:the|my|this|that|these|those|a|an|one|ones|both|all|every|also|another|return|refund|cancel|keep|and|to)\b|->",
    re.IGNORECASE,
)


def _is_brief(named: str, mark: re.Match[str]) -> bool:
    """Whether no more than a thing stands before "to": "17 inch laptop to 13 inch"."""
    return (mark["word"] or "to").casefold() in {"to", "into"} and 0 < len(named.split()) <= _LONGEST_NAME
