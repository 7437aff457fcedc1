"""Where else a customer can be reached: read from what they write, and shown back to them; pure."""

import re

import phonenumbers

_EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)
_TRIES = re.compile(r"@|(?:\d[\s().-]*){6,}")
SAID = "customer"
"""Value of `from` when the customer has named the address; `order` when it stands on their order."""


def read(text: str, region: str) -> dict[str, str]:
    """Return the e-mail and phone in a text (phone in E.164; `region` such as `US` for numbers without a country)."""
    found: dict[str, str] = {}
    email = _EMAIL.search(text)
    if email:
        found["email"] = email[0].strip(".'-").lower()
    rest = _EMAIL.sub(" ", text)
    for match in phonenumbers.PhoneNumberMatcher(rest, region):
        found["phone"] = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        break
    return {**found, "from": SAID} if found else {}


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
