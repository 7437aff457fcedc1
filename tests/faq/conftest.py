"""The real encoder, our own content and a policy's facts: what the tests of the FAQ share."""

import functools
from collections.abc import Callable

import pytest

from encoder import Encoder
from faq import content, matcher, vectors
from faq.entry import Entry
from faq.vectors import Vector
from kit.settings import PROJECT_ROOT


@pytest.fixture(scope="session")
def encode() -> Callable[[str], Vector]:
    return functools.cache(Encoder().encode)


@pytest.fixture(scope="session")
def entries(facts: dict[str, str]) -> tuple[Entry, ...]:
    return content.load(content.FOLDER, facts)


@pytest.fixture(scope="session")
def kept(encode: Callable[[str], Vector]) -> vectors.Kept:
    """The vectors of our content, kept from run to run: they are some two thousand encodings."""
    return vectors.Kept(encode, PROJECT_ROOT / "var" / "faq-vectors")


@pytest.fixture(scope="session")
def desk(entries: tuple[Entry, ...], encode: Callable[[str], Vector], kept: vectors.Kept) -> matcher.Matcher:
    return matcher.Matcher(entries, encode, kept=kept)


@pytest.fixture(scope="session")
def facts() -> dict[str, str]:
    """The facts of an invented policy, under the names that the store promises."""
    return {
        "shop_name": "Harbour & Pine",
        "currency": "USD",
        "return_window": "30 days, until 12 December 2026",
        "window_start": "the day of delivery",
        "window_shoes": "60 days",
        "window_clothing": "30 days",
        "window_electronics": "14 days",
        "window_kitchen": "30 days",
        "window_home": "30 days",
        "window_outdoor": "30 days",
        "window_faulty": "90 days",
        "holiday_extension": "Orders delivered from 1 November to 24 December can be returned until 31 January.",
        "final_sale_rule": "Final-sale items can only come back when they are faulty.",
        "hygiene_rule": "Beauty items can only come back when they are faulty.",
        "gift_card_rule": "Gift cards cannot be returned.",
        "condition_rule": "Items should be unused and complete.",
        "restocking_fee": "10% on opened electronics",
        "return_shipping_fee": "$5.95",
        "free_return_reasons": "damaged, faulty, wrong or incomplete items",
        "method_drop_off_qr": "Drop-off with a QR code: free",
        "method_printed_label": "Printed label: $5.95",
        "method_pickup": "Pickup at your door: $7.00",
        "method_store": "Return in a store: free",
        "refund_time_card": "5-7 business days",
        "refund_time_paypal": "3 business days",
        "refund_time_gift_card": "at once",
        "refund_time_store_credit": "at once",
        "refund_to_rule": "Refunds go back to the way the order was paid.",
        "store_credit_bonus": "10%",
        "exchange_rule": "You can exchange an item for another size or colour of the same product.",
        "label_validity": "14 days",
        "approval_limit": "$300.00",
        "processing_time": "2 business days",
        "human_hours": "Monday to Friday, 9:00-17:00",
        "return_address": "Harbour & Pine Returns, 1280 Pier Avenue, Astoria, OR 97103",
        "international_rule": "Labels are for the United States only.",
        "gift_return_rule": "The refund for a gift goes to the person who paid.",
        "lost_parcel_rule": "If a return with our label is lost, you do not lose your refund.",
        "cancel_order_rule": "An order can be cancelled while it is pending.",
        "change_order_rule": "An order can be changed while it is pending.",
        "price_match_rule": "We do not match prices after a purchase.",
        "warranty_rule": "After that the maker's own warranty applies.",
        "missing_box_rule": "The original box is not needed.",
        "extension_days": "7 days",
        "keep_item_below": "$15.00",
        "photo_above": "$100.00",
        "withdrawal_days": "14 days",
    }
