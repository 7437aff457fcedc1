"""Reads which of a customer's payment methods a text names: "my amex", "the other card", "gift card". Pure."""

import re
from collections.abc import Collection, Sequence

from store.order import PaymentKind, PaymentMethod

_NOT = re.compile(
    r"\b(?:not|instead of|rather than|other than|except|without)\s+(?:to |with |on |by )?(?:my |the |that |this )?"
    r"(?:\w+ ){0,1}?(?:card|paypal|pay pal|visa|mastercard|amex|credit|gc)\b|\bfrom (?:my |the )?(?:\w+ ){0,2}?"
    r"(?:card|paypal|visa|mastercard|amex)(?= to\b)",
    re.IGNORECASE,
)
_BRANDS = {
    "visa": r"visa",
    "mastercard": r"master ?card|mc",
    "american express": r"amex|am ex|american express",
    "amex": r"amex|am ex|american express",
    "discover": r"discover",
}
_KINDS: tuple[tuple[PaymentKind, re.Pattern[str]], ...] = (
    ("gift_card", re.compile(r"\bgift ?-?cards?\b|\bgc\b", re.IGNORECASE)),
    ("store_credit", re.compile(r"\b(?:store|shop) credit\b", re.IGNORECASE)),
    ("paypal", re.compile(r"\bpay ?-?pal\b", re.IGNORECASE)),
    ("card", re.compile(r"(?<!gift )(?<!gift)\b(?:(?:credit|debit|bank) ?cards?|cards?)\b|\bcc\b", re.IGNORECASE)),
)
_OTHER = re.compile(r"\b(?:other|another|different|second|else)\b", re.IGNORECASE)
_SAME = re.compile(
    r"\b(?:original|same (?:\w+ )?(?:card|method|payment|one|way|account)|paid with"
    r"|used (?:before|originally|to pay))\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<!\d)(\d{4})(?!\d)")


def named(text: str, methods: Sequence[PaymentMethod], paying: Collection[str] = ()) -> list[PaymentMethod]:
    """Return the methods that a text names first: one, several that fit the same words, or none.

    `paying` are the ids of those that pay now, so that "the other card" is another and "the same" is not.
    """
    plain = _NOT.sub(" ", text)
    exact = _by_digits(plain, methods) or _by_brand(plain, methods)
    if exact:
        return exact
    if _SAME.search(plain):
        return [one for one in methods if one.id in paying]
    of_kind = _by_kind(plain, methods)
    if _OTHER.search(plain):
        rest = [one for one in of_kind or methods if one.id not in paying]
        return rest if rest and (of_kind or _speaks_of_methods(plain)) else []
    if of_kind:
        return of_kind
    return []


def one(text: str, methods: Sequence[PaymentMethod], paying: Collection[str] = ()) -> PaymentMethod | None:
    """Return the one method that a text names; None when it names none, or several alike."""
    found = named(text, methods, paying)
    return found[0] if len(found) == 1 else None


def _by_digits(text: str, methods: Sequence[PaymentMethod]) -> list[PaymentMethod]:
    said = set(_DIGITS.findall(text))
    return [method for method in methods if said & set(_DIGITS.findall(method.label))]


def _by_brand(text: str, methods: Sequence[PaymentMethod]) -> list[PaymentMethod]:
    said = [brand for brand, words in _BRANDS.items() if re.search(rf"\b(?:{words})\b", text, re.IGNORECASE)]
    return [method for method in methods if any(brand in method.label.casefold() for brand in said)]


def _by_kind(text: str, methods: Sequence[PaymentMethod]) -> list[PaymentMethod]:
    """Return the methods of the kind that is named first and of which there is any: "gift card, otherwise PayPal"."""
    found = [(match.start(), kind) for kind, words in _KINDS if (match := words.search(text))]
    for _, kind in sorted(found):
        fitting = [method for method in methods if method.kind == kind]
        if fitting:
            return fitting
    return []


def _speaks_of_methods(text: str) -> bool:
    return bool(re.search(r"\b(?:card|method|payment|account|one|pay)\b", text, re.IGNORECASE))
