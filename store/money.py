"""Amounts of money: Decimal, the currency's own places, halves rounded up; written as the shop's locale writes them.

What the books hold has two places, whatever the currency: a yen has none of its own (`1089.00`), and of a dinar's three
the last stays zero.
"""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from babel import Locale, UnknownLocaleError, numbers

from kit import errors

ZERO = Decimal("0.00")
PLACES = 2
"""So many places an amount has in the books."""
LOCALE = "en_US"
"""The locale of a shop that names none."""

_CENT = Decimal("0.01")


def cents(amount: Decimal | int | str, currency: str) -> Decimal:
    """Return the amount in the smallest money of a currency, halves away from zero (what a shop's till does).

    The result always has two places: `cents("10.5", "JPY")` is `11.00`.
    """
    smallest = Decimal(1).scaleb(-min(decimals(currency), PLACES))
    return Decimal(amount).quantize(smallest, rounding=ROUND_HALF_UP).quantize(_CENT)


def percent_of(amount: Decimal, percent: Decimal, currency: str) -> Decimal:
    """Return that percentage of the amount, rounded as `cents` does."""
    return cents(amount * percent / 100, currency)


def decimals(currency: str) -> int:
    """Return how many places a currency has: 2 for most, 0 for yen, 3 for dinars (Unicode CLDR, from ISO 4217)."""
    return int(numbers.get_currency_precision(currency.upper()))


def format(amount: Decimal, currency: str, locale: str) -> str:  # noqa: A001  (read as `money.format`)
    """Write an amount for people: `$1,089.00`, `-$5.95`, `12.00 CHF`; in German `1.089,00 €`. See `Shop.money`.

    Raises:
        BadInput: there is no such locale.
    """
    place = known_locale(locale)
    value = cents(amount, currency) + 0  # what rounds to nothing has no sign
    if place.language == "en" and numbers.get_currency_symbol(currency, place) == currency:
        # English puts the code in front and close: "CHF12.00", which customers take for a product number.
        digits = numbers.format_currency(value, currency, format="#,##0.00", locale=place)
        return f"{digits} {currency}"
    return numbers.format_currency(value, currency, locale=place)


@cache
def known_locale(name: str) -> Locale:
    """Return the locale of a name such as `en_US` or `de-AT`.

    Raises:
        BadInput: there is none; what is wrong with it in words.
    """
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError) as error:
        raise errors.BadInput(f"There is no locale {name!r}; write it as en_US, de_DE or fr_CA.") from error
