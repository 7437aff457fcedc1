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
    r"\b[A-Za-z0-9_+-]+(?:(?:\s+(?:dot|underscore|dash|hyphen)\s+|\.)[A-Za-z0-9_+-]+)*(?:\s+\d{1,6})?\s*"
    r"(?:\sat\s|\(at\)|\[at\])\s*"
    rf"(?:(?:gmail|yahoo|hotmail|outlook|icloud){_DOT}com|example\.(?:com|org|net)"
    rf"|[A-Za-z0-9-]+(?:\s*(?:\(dot\)|\[dot\]|\sdot\s)\s*[A-Za-z]+)+)\b",
    re.IGNORECASE,
)
_SPOKEN_SIGNS = {"dot": ".", "underscore": "_", "dash": "-", "hyphen": "-"}
_RMA = re.compile(
    r"(?<![A-Za-z0-9])R\s?M\s?A(?:\s*(?:number|no\.?|nr\.?|is|id))*[\s:#-]*(\d{4})[\s-]*(\d{4})(?!\d)", re.IGNORECASE
)
_BARE_RMA = re.compile(r"(?<![\w-])(\d{4})-(\d{4})(?![\w-])")
_ORDER = re.compile(
    r"(?<![A-Za-z0-9])(?:#\s*)?([HW])[\s#-]*((?:[0-9O][\s-]?){5,6}[0-9O])(?![0-9A-Za-z])", re.IGNORECASE
)
_DIGITS = {"H": 6, "W": 7}
_NAMED_ORDER = re.compile(
    r"\b(?:orders?|ordr|oder)\b(?:\s*(?:number|no\.?|nr\.?|is|id))*[\s:#-]*((?:\d[\s-]?){5,6}\d)(?![\w-]|[.,]\d)",
    re.IGNORECASE,
)
_BARE_ORDER = re.compile(r"(?<![\w$.,+-])#?\s?(\d{6,7})(?![\w-]|[.,]\d)")
_ZIP = re.compile(r"(?<![\w$#.,-])\d{5}(?:-\d{4})?(?![\w-]|[.,]\d)")
_NAMED_ZIP = re.compile(
    r"\b(?:zip|zipcode|postcode|postal|post)\b(?:\s*code)?(?:\s*(?:number|is|:|=|its|it's))*\s*((?:\d\s?){4}\d(?:-\d{4})?)(?![\d-])",
    re.IGNORECASE,
)
_SAID = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9",
}  # fmt: skip
_SAID_DIGIT = rf"(?:{'|'.join(_SAID)}|\d)"
_SPOKEN_ORDER = re.compile(rf"\b([hw])((?:\s+{_SAID_DIGIT}){{6,7}})\b", re.IGNORECASE)
_SPOKEN_ZIP = re.compile(rf"\b(?:{'|'.join(_SAID)})(?:\s+(?:{'|'.join(_SAID)})){{4}}\b", re.IGNORECASE)
_ZIP_FOLLOWED = re.compile(
    r"\s*(?:dollars?|bucks|usd|points|people|times|days|miles|steps)\b"
    r"|\s+(?:[A-Za-z]+\s+){1,3}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|boulevard|blvd|way|place|pl|highway)\b",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w#])\+?\(?\d(?:[\s().-]{0,2}\d){9,14}(?![\w-])")

_TITLE = r"[A-Z][a-zà-ÿ'’-]+(?:[A-Z][a-zà-ÿ]+)?"
_FULL = rf"{_TITLE}(?:\s+[A-Z]\.?)?(?:\s+{_TITLE}){{1,2}}"
_INTRODUCED = re.compile(rf"(?i:\b(?:i\s?am|i['’]?m|this is|it['’]?s|here is|under)\s+)({_FULL})(?![\w])")
_NAMED = re.compile(
    r"\b(?:(?:my|the|full|last|first|her|his)\s+)*name(?:['’]?s|\s+is|\s+on (?:it|the order) is|\s*:)\s*"
    r"([A-Za-zÀ-ÿ'’-]+(?:\s+(?!and\b|zip\b|my\b|order\b|email\b|the\b|i\b|with\b|from\b|but\b)[A-Za-zÀ-ÿ'’-]+){0,2})",
    re.IGNORECASE,
)
_PLAINLY_NAMED = re.compile(rf"(?i:\bname)[\s:]+({_FULL})(?!\w)")
_SMALL_LETTERS = re.compile(
    r"\b(?:i\s?am|i['’]?m|this is|it['’]?s|name)\s+([a-zà-ÿ'’-]{2,}\s+[a-zà-ÿ'’-]{2,})[\s,;]+"
    r"(?:(?:and|my|zip|code|postcode|is|from|in)[\s,:]+){0,4}\d{5}\b"
)
_BARE_NAME = re.compile(rf"\s*({_FULL})\s*")
_LOOSE_NAME = re.compile(r"\s*([A-Za-zÀ-ÿ'’-]{2,}\s+[A-Za-zÀ-ÿ'’-]{2,})\s*")
_NO_NAMES = frozenset(
    {
        "order", "number", "email", "mail", "phone", "zip", "code", "postcode", "please", "thanks", "thank",
        "you", "yes", "no", "hi", "hello", "its", "it", "is", "my", "the", "and", "for", "with", "return",
        "refund", "help", "me", "where", "what", "cancel", "here", "sorry", "address", "good", "morning",
        "original", "payment", "visa", "card", "gift", "one", "two", "all", "from", "this", "that",
        "at", "in", "on", "of", "an", "very", "not", "home", "living", "located", "near", "wrong", "right", "sure",
        "looking", "trying", "calling", "writing", "asking", "about", "still", "just", "really", "so", "paypal",
    }
)  # fmt: skip
SURNAMES = frozenset({"black", "brown", "gray", "green", "grey", "olive", "rose", "silver", "violet", "white"})


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
    introduced = ((_INTRODUCED, 0.9), (_NAMED, 0.95), (_PLAINLY_NAMED, 0.9), (_SMALL_LETTERS, 0.8))
    for pattern, confidence in introduced:
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
    """Tell whether one of the words means something to us; a colour after another word may be a surname."""
    first, *others = words.lower().split()
    return any(
        word in _NO_NAMES or (word in known and not (place and word in SURNAMES))
        for place, word in enumerate([first, *others])
    )


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
    address = re.sub(r"\s+(underscore|dash|hyphen)\s+", lambda sign: _SPOKEN_SIGNS[sign.group(1)], address)
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
    for match in _NAMED_ORDER.finditer(text):
        digits = re.sub(r"\D", "", match.group(1))
        letter = "H" if len(digits) == _DIGITS["H"] else "W"
        yield Found("order_id", letter + digits, match.start(1), match.end(1), 0.9)
    for match in _SPOKEN_ORDER.finditer(text):
        letter, digits = match.group(1).upper(), _said_digits(match.group(2))
        if len(digits) == _DIGITS[letter]:
            yield Found("order_id", letter + digits, match.start(), match.end(), 0.9)


def _said_digits(text: str) -> str:
    return "".join(_SAID.get(word, word) for word in text.lower().split())


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
    """Five digits, or nine; "zip 1 9 1 2 2" too. "20000 dollars" and "12345 Pine Road" are something else."""

    def value(match: re.Match[str]) -> str | None:
        return None if _ZIP_FOLLOWED.match(text, match.end()) else match.group()

    for match in _NAMED_ZIP.finditer(text):
        yield Found("zip", re.sub(r"\s", "", match.group(1)), match.start(1), match.end(1), 0.95)
    for match in _SPOKEN_ZIP.finditer(text):
        yield Found("zip", _said_digits(match.group()), match.start(), match.end(), 0.8)
    yield from _matches(_ZIP, text, "zip", 0.9, value)
