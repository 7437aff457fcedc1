"""Amounts and days: in each currency's own places, and as each locale writes them."""

from datetime import date
from decimal import Decimal

import pytest
from babel import numbers
from hypothesis import given
from hypothesis import strategies as st

from kit import errors
from store import dates, money
from tests.store import made

NBSP, NARROW = "\u00a0", "\u202f"

amounts = st.decimals("-9999999.99", "9999999.99", places=4)
positive = st.decimals("0.00", "9999999.99", places=2)
currencies = st.sampled_from(["USD", "EUR", "JPY", "KRW", "CLP", "KWD", "HUF", "XXQ"])
locales = st.sampled_from(["en_US", "en_GB", "de_DE", "fr_FR", "nl_NL", "es_MX", "ja_JP", "pl_PL", "sv_SE"])


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "text"),
    [
        ("1089", "USD", "en_US", "$1,089.00"),
        ("-5.95", "USD", "en_US", "-$5.95"),
        ("-0.004", "USD", "en_US", "$0.00"),
        ("12", "CHF", "en_US", "12.00 CHF"),
        ("-1234.5", "CHF", "en_US", "-1,234.50 CHF"),
        ("1089", "JPY", "en_US", "¥1,089"),
        ("10.5", "JPY", "en_US", "¥11"),
        ("1089", "EUR", "de_DE", f"1.089,00{NBSP}€"),
        ("-1089", "EUR", "de-DE", f"-1.089,00{NBSP}€"),
        ("1089", "EUR", "fr_FR", f"1{NARROW}089,00{NBSP}€"),
        ("1089.5", "EUR", "nl_NL", f"€{NBSP}1.089,50"),
        ("1089", "GBP", "en_GB", "£1,089.00"),
        ("1089.5", "CHF", "de_CH", "CHF\xa01’089.50"),
        ("5.12", "KWD", "en_US", "5.120 KWD"),
        ("1089", "JPY", "ja_JP", "¥1,089"),
    ],
)
def test_money_is_written_as_the_shops_locale_writes_it(amount: str, currency: str, locale: str, text: str) -> None:
    written = money.format(Decimal(amount), currency, locale)
    assert written.replace("￥", "¥") == text


@pytest.mark.parametrize(
    ("locale", "text", "without_year"),
    [
        ("en_US", "12 December 2026", "12 December"),
        ("en_GB", "12 December 2026", "12 December"),
        ("de_DE", "12. Dezember 2026", "12. Dezember"),
        ("fr_FR", "12 décembre 2026", "12 décembre"),
        ("es_MX", "12 de diciembre de 2026", "12 de diciembre"),
        ("ja_JP", "2026年12月12日", "12月12日"),
    ],
)
def test_days_are_written_as_the_shops_locale_writes_them(locale: str, text: str, without_year: str) -> None:
    assert dates.spoken(date(2026, 12, 12), locale) == text
    assert dates.spoken_without_year(12, 12, locale) == without_year


def test_a_shop_that_names_no_locale_writes_as_americans_do() -> None:
    assert made.book().shop.money(Decimal("1089"), "USD") == "$1,089.00"
    assert dates.spoken(date(2026, 12, 2)) == "2 December 2026"
    assert dates.spoken_without_year(2, 29) == "29 February"


@pytest.mark.parametrize("locale", ["", "english", "xx_YY", "en US", "de_"])
def test_a_locale_that_is_none_says_how_one_is_written(locale: str) -> None:
    with pytest.raises(errors.BadInput, match="en_US"):
        money.format(Decimal(1), "USD", locale)
    with pytest.raises(errors.BadInput, match="en_US"):
        dates.spoken(date(2026, 12, 12), locale)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("10.005", "USD", "10.01"),
        ("-10.005", "USD", "-10.01"),
        ("10.5", "JPY", "11.00"),
        ("10.49", "JPY", "10.00"),
        ("-10.5", "JPY", "-11.00"),
        ("5.125", "KWD", "5.13"),  # the books have two places
    ],
)
def test_halves_go_away_from_zero_in_the_currencys_smallest_unit(amount: str, currency: str, rounded: str) -> None:
    assert str(money.cents(amount, currency)) == rounded


@given(amounts, currencies)
def test_rounding_moves_an_amount_by_half_of_the_smallest_unit_at_most(amount: Decimal, currency: str) -> None:
    places = min(money.decimals(currency), money.PLACES)
    rounded = money.cents(amount, currency)
    assert abs(rounded - amount) <= Decimal(5).scaleb(-places - 1)
    assert money.cents(rounded, currency) == rounded
    assert money.cents(-amount, currency) == -rounded
    assert rounded.as_tuple().exponent == -money.PLACES


@given(positive, st.integers(0, 100), currencies)
def test_a_share_and_its_rest_are_within_the_whole(amount: Decimal, percent: int, currency: str) -> None:
    whole = money.cents(amount, currency)
    share = money.percent_of(whole, Decimal(percent), currency)
    rest = money.percent_of(whole, Decimal(100 - percent), currency)
    assert 0 <= share <= whole
    assert 0 <= share + rest - whole <= Decimal(1).scaleb(-min(money.decimals(currency), money.PLACES))


@given(amounts, currencies, locales)
def test_what_is_written_reads_back_as_the_amount(amount: Decimal, currency: str, locale: str) -> None:
    written = money.format(amount, currency, locale)
    kept = "".join(sign for sign in written if sign.isdigit() or sign in ".,")
    symbol = money.known_locale(locale).number_symbols["latn"]["decimal"]
    whole, _, part = kept.rpartition(symbol) if money.decimals(currency) else (kept, "", "")
    digits = "".join(sign for sign in whole if sign.isdigit())
    read = Decimal(f"{digits or 0}.{part or 0}")
    assert read == abs(money.cents(amount, currency))
    assert ("-" in written or "\u2212" in written) == (money.cents(amount, currency) < 0)


@given(positive)
def test_dollars_read_as_they_always_have(amount: Decimal) -> None:
    assert money.format(amount, "USD", "en_US") == f"${amount:,.2f}"
    assert numbers.get_currency_symbol("USD", "en_US") == "$"
