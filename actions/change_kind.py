"""Reads what of an order is to be changed: its address, payment or items, or the address on file. Pure."""

import re

from actions import addresses

_ON_FILE = re.compile(
    r"\bon file\b|\b(?:account|profile|default|saved|user|home|own) address(?:es)?\b"
    r"|\baddress (?:on|in|of) my (?:account|profile)\b",
    re.IGNORECASE,
)
_PAYMENT_ITSELF = re.compile(
    r"\b(?:change|switch|update|modify|different|another|other|new|wrong)\b[^.?!]{0,25}\b(?:payment|card|billing"
    r"|way (?:of|to) pay\w*|how (?:i|it) pa\w+)\b|\bpay\w*\b[^.?!]{0,30}\b(?:with|by|using)\b[^.?!]{0,25}\binstead\b"
    r"|\bcharge\w*\b[^.?!]{0,30}\binstead\b",
    re.IGNORECASE,
)
"""The payment is what is to be changed; elsewhere a card is what pays a difference: "size 8, I prefer PayPal"."""
_KINDS = (
    (
        "other",
        re.compile(
            r"\b(?:add|remove|take out|express|faster|quantity|split|combine"
            r"|upgrade (?:the |my )?(?:shipping|delivery))\b",
            re.IGNORECASE,
        ),
    ),
    ("payment", _PAYMENT_ITSELF),
    (
        "address",
        re.compile(
            r"\b(?:ad+res+\w*|street|apartment|apt|zip\b(?!\W*\d)|mov(?:ed?|ing)|ship\w* (?:it )?to|deliver\w*"
            r"|send (?:it )?to)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "items",
        re.compile(
            r"\b(?:sizes?|colou?rs?|items?|variants?|versions?|options?|instead of|swap|bigger|smaller|larger|cheaper"
            r"|cheapest|most expensive|materials?)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "payment",
        re.compile(
            r"\b(?:pay|paying|payment|card|paypal|visa|mastercard|amex|charge\w*|billing)\b",
            re.IGNORECASE,
        ),
    ),
)
_ABOUT_A_DIFFERENCE = re.compile(
    r"\b(?:difference|any (?:payment|refund|charges?|extra)|prefer\w*|i(?:'|’)?ll pay|to pay|extra)\b", re.IGNORECASE
)
_TARGET = re.compile(
    r"\b(?:back )?to (?=(?:be |match |use )?(?:my|the|our|his|her|its|this|that|it|a|an|one|same|default|\d"
    r"|(?-i:[A-Z])))|\bsame as\b|\binstead\b|\bwith\b",
    re.IGNORECASE,
)
"""Where the words for what something becomes begin: "change my order's address to | my default address"."""
_AND_ON_FILE = re.compile(
    r"\b(?:along with|as well as|and(?: also)?|also|including|plus|both|too)\b[^.?!]{0,40}?"
    r"\b(?:default|profile|account|user|saved|on file)\b"
    r"|\b(?:default|profile|account|user|saved) address\b[^.?!]{0,30}\b(?:too|as well|also)\b",
    re.IGNORECASE,
)
_ALSO_THE_FILE = re.compile(
    r",?\s*\b(?:along with|as well as|and(?: also)?|also|including|plus|both)\b(?:(?!\bto\b)[^.?!]){0,40}?"
    r"\b(?:default|profile|account|user|saved) address(?:es)?\b(?: too| as well)?",
    re.IGNORECASE,
)
_AND_ORDERS = re.compile(
    r"\b(?:and|as well as|along with|including|plus|both|all|every)(?: (?:of|for|in|on|also|change|update|that of))*"
    r"(?: (?:the|my|all|all of|both|possible|pending|other|open|its|their|that|this|existing|current))* orders?\b",
    re.IGNORECASE,
)


def read(text: str) -> str | None:
    """Return `address`, `payment`, `items`, `on_file`, or `other` for what only a person changes; None for no word.

    What something becomes says nothing of what is changed: "send it to my default address" changes no file.
    """
    on_file = _ON_FILE.search(_changed(text))
    if on_file:
        return "address" if _AND_ORDERS.search(text) else "on_file"
    found = next((kind for kind, words in _KINDS if words.search(text)), None)
    if found == "payment" and not _PAYMENT_ITSELF.search(text) and _ABOUT_A_DIFFERENCE.search(text):
        found = None
    return "address" if addresses.read(text).street else found


def also_on_file(text: str) -> bool:
    """Tell whether a new address of orders is to be kept on file, too: "my orders, along with my default address"."""
    both = _ON_FILE.search(_changed(text)) and _AND_ORDERS.search(text)
    return bool(both or _AND_ON_FILE.search(text))


def becomes(text: str) -> str:
    """Return the words for what something is to become, without those that only say what else is changed.

    "Change my order's address to my home in Boston, along with my default address" → "my home in Boston".
    """
    parts = _TARGET.split(_ALSO_THE_FILE.sub(" ", text), maxsplit=1)
    return parts[1] if len(parts) > 1 else ""


def _changed(text: str) -> str:
    return _TARGET.split(text, maxsplit=1)[0] or text
