"""Where else a customer can be reached: read from what they write, and shown back to them; pure."""

import re

import phonenumbers
from rapidfuzz.distance import DamerauLevenshtein

_EMAIL = re.compile(
    r"(?<![\w.+'-])[\w+'-]{1,64}(?:\.[\w+'-]{1,64}){0,9}@"
    r"[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.[^\W_](?:[\w-]{0,61}[^\W_])?){0,9}\.[a-z]{2,63}",
    re.IGNORECASE,
)
_AT = re.compile(r"\s*[(\[{]\s*at\s*[)\]}]\s*|(?<=[\w])\s*@\s*(?=\w)", re.IGNORECASE)
_DOT = re.compile(r"\s*[(\[{]\s*dot\s*[)\]}]\s*", re.IGNORECASE)
_SPOKEN = re.compile(
    r"(?<!\S)(?P<name>[\w.+'-]+(?: dot [\w.+'-]+)*) at "
    r"(?P<host>[\w-]+(?: dot [\w-]+)* dot (?:com|net|org|edu|co|us|uk|de|io|me|info|biz))\b",
    re.IGNORECASE,
)
_COMMA = re.compile(r"(?<=\w),(?=(?:com|net|org|edu|co|us|uk|de)\b)", re.IGNORECASE)
_WELL_KNOWN = (
    *("gmail.com", "googlemail.com", "yahoo.com", "ymail.com", "hotmail.com", "outlook.com", "live.com", "msn.com"),
    *("icloud.com", "me.com", "mac.com", "aol.com", "comcast.net", "verizon.net", "att.net", "sbcglobal.net"),
    *("cox.net", "proton.me", "protonmail.com", "gmx.com", "gmx.net", "gmx.de", "mail.com", "email.com"),
    *("fastmail.com", "zoho.com", "web.de", "example.com", "example.org", "example.net"),
)
_ONE_SLIP = 1
_TRIES = re.compile(r"@|\bat\b.*\bdot\b|\(at\)|(?:\d[\s().-]*){6,}", re.IGNORECASE)
SAID = "customer"
"""Value of `from` when the customer has named the address; `order` when it stands on their order."""


def read(text: str, region: str) -> dict[str, str]:
    """Return the e-mail and phone in a text (phone in E.164; `region` such as `US` for numbers without a country)."""
    found: dict[str, str] = {}
    text = _as_typed(text)
    email = _EMAIL.search(text)
    if email:
        found["email"] = email[0].strip("'-").lower()
    rest = _EMAIL.sub(" ", text)
    for match in phonenumbers.PhoneNumberMatcher(rest, region):
        found["phone"] = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        break
    return {**found, "from": SAID} if found else {}


def maybe_meant(contact: dict[str, str]) -> str:
    """Return the e-mail that was probably meant when the host is one slip away from a well-known one, else ""."""
    name, _, host = contact.get("email", "").partition("@")
    if not host or host in _WELL_KNOWN:
        return ""
    near = min(_WELL_KNOWN, key=lambda known: DamerauLevenshtein.distance(host, known))
    is_near = len(near) > len("aol.com") and DamerauLevenshtein.distance(host, near) <= _ONE_SLIP
    return f"{name}@{near}" if is_near else ""


def looks_like_a_try(text: str) -> bool:
    """Tell whether a text without a readable address was probably meant as one."""
    return bool(_TRIES.search(text))


def shown(contact: dict[str, str]) -> str:
    """Return the address as the customer may see it: in full when they named it, else masked; "" for none."""
    address = contact.get("email") or contact.get("phone") or ""
    return address if contact.get("from") == SAID else mask(address)


def mask(address: str) -> str:
    """Return enough of an address to know it again: `m…s@example.com`, `…0142`."""
    name, at, host = address.partition("@")
    if at:
        return f"{name[:1]}…{name[-1:]}@{host}" if len(name) > 1 else f"{name}…@{host}"
    return f"…{address[-4:]}" if address else ""


def _as_typed(text: str) -> str:
    """Return a text in which addresses stand as they are typed: `ada (at) shop dot example` becomes one."""
    text = _COMMA.sub(".", _DOT.sub(".", _AT.sub("@", text))) if "@" in text or _AT.search(text) else text
    return _SPOKEN.sub(lambda said: f"{_dotted(said['name'])}@{_dotted(said['host'])}", text)


def _dotted(words: str) -> str:
    return re.sub(r" dot ", ".", words, flags=re.IGNORECASE)
