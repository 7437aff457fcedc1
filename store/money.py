"""Amounts of money: Decimal, two places, halves rounded up."""

from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal("0.00")
_CENT = Decimal("0.01")
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def cents(amount: Decimal | int | str) -> Decimal:
    """Return the amount rounded to cents, halves away from zero (what a shop's till does)."""
    return Decimal(amount).quantize(_CENT, rounding=ROUND_HALF_UP)


def percent_of(amount: Decimal, percent: Decimal) -> Decimal:
    """Return that percentage of the amount, in cents."""
    return cents(amount * percent / 100)


def format(amount: Decimal, currency: str) -> str:  # noqa: A001  (read as `money.format`)
    """Write an amount for a customer: `$1,089.00`, `-$5.95`, `12.00 CHF`."""
    value = cents(amount)
    digits = f"{abs(value):,.2f}"
    sign = "-" if value < 0 else ""
    symbol = _SYMBOLS.get(currency)
    return f"{sign}{symbol}{digits}" if symbol else f"{sign}{digits} {currency}"
