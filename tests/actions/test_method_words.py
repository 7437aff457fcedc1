"""Payment methods are known by how people speak of them."""

from decimal import Decimal
from uuid import UUID

import pytest

from actions import method_words
from store.order import PaymentKind, PaymentMethod


def method(key: str, kind: PaymentKind, label: str) -> PaymentMethod:
    """One of a customer's methods."""
    return PaymentMethod(key, UUID(int=1), kind, label, Decimal(10) if kind == "gift_card" else None)


VISA = method("visa", "card", "Visa ending 4242")
MASTERCARD = method("mastercard", "card", "Mastercard ending 5100")
PAYPAL = method("paypal", "paypal", "PayPal")
GIFT = method("gift", "gift_card", "Gift card ending 2117")
ALL = (VISA, MASTERCARD, PAYPAL, GIFT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to my gift card please", [GIFT]),
        ("GC", [GIFT]),
        ("giftcard", [GIFT]),
        ("paypal", [PAYPAL]),
        ("pay pal account", [PAYPAL]),
        ("visa", [VISA]),
        ("the master card", [MASTERCARD]),
        ("the one ending 5100", [MASTERCARD]),
        ("my credit card", [VISA, MASTERCARD]),
        ("the other card", [MASTERCARD]),
        ("not my visa, the mastercard", [MASTERCARD]),
        ("paypal instead of the gift card", [PAYPAL]),
        ("change it from my visa to paypal", [PAYPAL]),
        ("gift card, and if that's not possible paypal", [GIFT]),
        ("the original payment method", [VISA]),
        ("the same card", [VISA]),
        ("the blue one", []),
        ("amex", []),
        ("change my order to another size", []),
    ],
)
def test_a_method_is_named_by_kind_brand_digits_or_as_the_other_one(text: str, expected: list[PaymentMethod]) -> None:
    assert method_words.named(text, ALL, ["visa"]) == expected


def test_what_is_not_among_the_methods_gives_way_to_what_is_named_next() -> None:
    assert method_words.one("gift card, otherwise paypal", (VISA, PAYPAL)) == PAYPAL
    assert method_words.one("my card", ALL) is None
