"""Numbers, addresses and names in a customer's text, read by patterns over characters; pure."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """Something that identifies: `value` in the one form that the desk uses, start and end in the text."""

    entity: str
    value: str
    start: int
    end: int
    confidence: float


_LOCAL = r"[A-Za-z0-9_+-]+(?:(?:\.|\s+\.\s+)[A-Za-z0-9_+-]+)*"
_DOMAIN = r"[A-Za-z0-9-]+(?:(?:\.|\s+\.\s+)[A-Za-z0-9-]+)+"
_EMAIL = re.compile(rf"{_LOCAL}\s*@\s*{_DOMAIN}")
_DOT = r"\s*(?:\(dot\)|\[dot\]|\sdot\s|\.)\s*"
_SPOKEN_EMAIL = re.compile(
    rf"\b[A-Za-z0-9_+-]+(?:(?:\s+dot\s+|\.)[A-Za-z0-9_+-]+)*\s*(?:\sat\s|\(at\)|\[at\])\s*"
    rf"(?:(?:gmail|yahoo|hotmail|outlook|icloud){_DOT}com|[A-Za-z0-9-]+(?:\s*(?:\(dot\)|\[dot\]|\sdot\s)\s*[A-Za-z]+)+)\b",
    re.IGNORECASE,
)
_RMA = re.compile(
    r"(?<![A-Za-z0-9])RMA(?:\s*(?:number|no\.?|nr\.?|is|id))*[\s:#-]*(\d{4})[\s-]*(\d{4})(?!\d)", re.IGNORECASE
)
_BARE_RMA = re.compile(r"(?<![\w-])(\d{4})-(\d{4})(?![\w-])")
_ORDER = re.compile(
    r"(?<![A-Za-z0-9])(?:#\s*)?([HW])[\s#-]*((?:[0-9O][\s-]?){5,6}[0-9O])(?![0-9A-Za-z])", re.IGNORECASE
)
_DIGITS = {"H": 6, "W": 7}
_BARE_ORDER = re.compile(r"(?<![\w$.,+-])#?\s?(\d{6,7})(?![\w-]|[.,]\d)")
_ZIP = re.compile(r"(?<![\w$#.,-])\d{5}(?:-\d{4})?(?![\w-]|[.,]\d)")
_PHONE = re.compile(r"(?<![\w#])\+?\(?\d(?:[\s().-]{0,2}\d){9,14}(?![\w-])")

_TITLE = r"[A-Z][a-zà-ÿ'’-]+(?:[A-Z][a-zà-ÿ]+)?"
_FULL = rf"{_TITLE}(?:\s+[A-Z]\.?)?(?:\s+{_TITLE}){{1,2}}"
_INTRODUCED = re.compile(rf"(?i:\b(?:i\s?am|i['’]?m|this is|it['’]?s|here is|under)\s+)({_FULL})(?![\w])")
_NAMED = re.compile(
    r"\b(?:(?:my|the|full|last|first|her|his)\s+)*name(?:['’]?s|\s+is|\s+on (?:it|the order) is|\s*:)\s*"
    r"([A-Za-zÀ-ÿ'’-]+(?:\s+(?!and\b|zip\b|my\b|order\b|email\b|the\b|i\b|with\b|from\b|but\b)[A-Za-zÀ-ÿ'’-]+){0,2})",
    re.IGNORECASE,
)
_BARE_NAME = re.compile(rf"\s*({_FULL})\s*")
_LOOSE_NAME = re.compile(r"\s*([A-Za-zÀ-ÿ'’-]{2,}\s+[A-Za-zÀ-ÿ'’-]{2,})\s*")
_NO_NAMES = frozenset(
    {
        "order", "number", "email", "mail", "phone", "zip", "code", "postcode", "please", "thanks", "thank",
        "you", "yes", "no", "hi", "hello", "its", "it", "is", "my", "the", "and", "for", "with", "return",
        "refund", "help", "me", "where", "what", "cancel", "here", "sorry", "address", "good", "morning",
        "original", "payment", "visa", "card", "gift", "one", "two", "all", "from", "this", "that",
    }
)  # fmt: skip


def find(text: str) -> list[Found]:
    """Return e-mail addresses, RMA, order and phone numbers and zips, none overlapping another."""
    found: list[Found] = []
    for reader in (_emails, _rmas, _orders, _phones, _bare_orders, _zips):
        for one in reader(text):
            if all(one.end <= other.start or other.end <= one.start for other in found):
                found.append(one)
    return sorted(found, key=lambda one: one.start)


def name(
    text: str, numbers: Collection[Found], words: Collection[tuple[int, int]], known: Collection[str]
) -> list[Found]:
    """Return the customer's name: introduced by words, or all that the message says beside numbers; at most one."""
    for pattern, confidence in ((_INTRODUCED, 0.9), (_NAMED, 0.95)):
        match = pattern.search(text)
        if match and not _is_vocabulary(match.group(1), known):
            return [Found("name", match.group(1), match.start(1), match.end(1), confidence)]
    rest = _blanked(text, [(one.start, one.end) for one in numbers])
    for pattern, confidence in ((_BARE_NAME, 0.8), (_LOOSE_NAME, 0.6)):
        match = pattern.fullmatch(rest)
        if match and not words and (pattern is _BARE_NAME or numbers) and not _is_vocabulary(match.group(1), known):
            return [Found("name", match.group(1), match.start(1), match.end(1), confidence)]
    return []


def _is_vocabulary(words: str, known: Collection[str]) -> bool:
    return any(word in known or word in _NO_NAMES for word in words.lower().split())


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    """Return the text with spans and punctuation as spaces, length kept."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return re.sub(r"[,;:.!()#]", " ", text)


def _matches(
    pattern: re.Pattern[str], text: str, entity: str, confidence: float, value: Callable[[re.Match[str]], str | None]
) -> Iterator[Found]:
    for match in pattern.finditer(text):
        read = value(match)
        if read is not None:
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            yield Found(entity, read, start, match.start() + len(match.group().rstrip()), confidence)


def _emails(text: str) -> Iterator[Found]:
    yield from _matches(_EMAIL, text, "email", 1.0, lambda match: re.sub(r"\s+", "", match.group()).lower())
    yield from _matches(_SPOKEN_EMAIL, text, "email", 0.9, _spoken_email)


def _spoken_email(match: re.Match[str]) -> str:
    address = re.sub(r"\s*(?:\(dot\)|\[dot\]|\sdot\s)\s*", ".", match.group().lower())
    return re.sub(r"\s+", "", re.sub(r"\s*(?:\(at\)|\[at\]|\sat\s)\s*", "@", address))


def _rmas(text: str) -> Iterator[Found]:
    def value(match: re.Match[str]) -> str:
        return f"RMA-{match.group(1)}-{match.group(2)}"

    yield from _matches(_RMA, text, "rma", 1.0, value)
    yield from _matches(_BARE_RMA, text, "rma", 0.7, value)


def _orders(text: str) -> Iterator[Found]:
    def value(match: re.Match[str]) -> str | None:
        letter, written = match.group(1).upper(), re.sub(r"[\s-]", "", match.group(2))
        if sum(character.isdigit() for character in written) < 4 or len(written) != _DIGITS[letter]:
            return None
        return letter + written.upper().replace("O", "0")

    yield from _matches(_ORDER, text, "order_id", 1.0, value)


def _bare_orders(text: str) -> Iterator[Found]:
    """Six digits alone are an order of the shop, seven one of the retail data set: no zip or phone looks like that."""

    def value(match: re.Match[str]) -> str:
        return ("H" if len(match.group(1)) == 6 else "W") + match.group(1)

    yield from _matches(_BARE_ORDER, text, "order_id", 0.8, value)


def _phones(text: str) -> Iterator[Found]:
    def value(match: re.Match[str]) -> str:
        plus = "+" if match.group().startswith("+") else ""
        return plus + re.sub(r"\D", "", match.group())

    yield from _matches(_PHONE, text, "phone", 0.9, value)


def _zips(text: str) -> Iterator[Found]:
    yield from _matches(_ZIP, text, "zip", 0.9, lambda match: match.group())
