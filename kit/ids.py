"""Identifiers: ours, and those that a person reads out on the phone."""

import secrets
import uuid

_DIGITS = "0123456789"
_TOKEN_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_id() -> uuid.UUID:
    """Return a fresh random identifier for a row."""
    return uuid.uuid4()


def new_token(length: int = 10) -> str:
    """Return a short opaque token without look-alike characters; 10 of them carry 49 bits."""
    return "".join(secrets.choice(_TOKEN_ALPHABET) for _ in range(length))


def luhn_digit(digits: str) -> str:
    """Return the check digit that makes `digits` pass Luhn's test (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def new_rma_number() -> str:
    """Return a return number such as `RMA-4829-1563`: seven random digits and a check digit that catches a slip."""
    digits = "".join(secrets.choice(_DIGITS) for _ in range(7))
    whole = digits + luhn_digit(digits)
    return f"RMA-{whole[:4]}-{whole[4:]}"
