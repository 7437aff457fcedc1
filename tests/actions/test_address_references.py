"""Addresses that a customer points at are found among their own; what fits two is asked back."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from actions import address_references, addresses
from actions.address_references import Book
from store.order import Address, Customer, Order, OrderItem, OrderState

CHICAGO = Address("921 Park Avenue", "Suite 892", "Chicago", "IL", "60612", "USA")
HOUSTON = Address("592 Elm Avenue", "Suite 978", "Houston", "TX", "77242", "USA")
NEW_YORK = Address("476 Maple Drive", "Suite 432", "New York", "NY", "10093", "USA")
LOS_ANGELES = Address("214 River Road", "", "Los Angeles", "CA", "90001", "USA")
WASHINGTON = Address("565 Maple Drive", "Suite 501", "Washington", "DC", "20307", "USA")
DENVER = Address("667 Highland Drive", "Suite 865", "Denver", "CO", "80280", "USA")

LUCAS = Customer(UUID(int=1), "Lucas", "Brown", "lucas@example.com", address=CHICAGO)


def order(number: str, address: Address, *items: str, state: OrderState = "pending") -> Order:
    """An order with one of each of some products."""
    lines = tuple(
        OrderItem(UUID(int=int(number[1:]) * 100 + place), place, name, name, name, {}, Decimal(10), 1)
        for place, name in enumerate(items)
    )
    return Order(UUID(int=int(number[1:])), number, LUCAS, state, None, None, None, lines, address)


PENDING = order("W4860251", LOS_ANGELES, "Luggage Set")
OTHER = order("W6239298", NEW_YORK, "Bookshelf", "Tablet")
THIRD = order("W8277957", WASHINGTON, "Smart Watch", state="delivered")
BOOK = Book(LUCAS, (PENDING, OTHER, THIRD), PENDING)


def nothing(text: str, orders: Sequence[Order]) -> Sequence[Order]:
    """Points at no order."""
    return ()


def found(text: str, book: Book = BOOK, *, asked: bool = False) -> list[Address]:
    """The addresses that a text points at."""
    return [one.address for one in address_references.resolve(text, book, nothing, asked=asked)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("change the address of my order to my default address", CHICAGO),
        ("send it to the address in my profile please", CHICAGO),
        ("use the one on file", CHICAGO),
        ("to the default Chicago one", CHICAGO),
        ("ship it to my home in Chicago instead", CHICAGO),
        ("change my LA order to my NYC address, it is in my other order", NEW_YORK),
        ("to my new york home", NEW_YORK),
        ("the washington dc address from one of my orders", WASHINGTON),
        ("the DC address", WASHINGTON),
        ("make the address the same as order #W8277957", WASHINGTON),
        ("the address of order W6239298", NEW_YORK),
        ("send it where my bookshelf was sent, same home", NEW_YORK),
        ("my house on maple drive in new york", NEW_YORK),
        ("the address in Wasington", WASHINGTON),
        ("change all my pending orders to the Washington DC address, along with my default address", WASHINGTON),
        ("my default address is fine for this order", CHICAGO),
    ],
)
def test_an_address_is_found_by_what_is_said_of_it(text: str, expected: Address) -> None:
    assert found(text) == [expected]


def test_a_bare_city_answers_the_question_for_an_address_and_nothing_else() -> None:
    assert found("New York", asked=True) == [NEW_YORK]
    assert found("I was in New York last week") == []


def test_two_that_fit_are_both_offered() -> None:
    assert found("the one on maple drive") == [NEW_YORK, WASHINGTON]
    assert found("the address from my other order") == [NEW_YORK, WASHINGTON]


def test_you_should_have_it_offers_what_is_known_but_not_what_is_to_be_replaced() -> None:
    assert found("you can look it up, it's in my orders", asked=True) == [CHICAGO, NEW_YORK, WASHINGTON]


def test_the_address_on_file_can_become_one_of_an_order() -> None:
    on_file = replace(BOOK, current=None)

    assert found("my daughter's address in New York", on_file) == [NEW_YORK]
    assert found("the new home", replace(on_file, used=DENVER)) == [DENVER]
    assert found("also change my default address to the new home where my tablet goes", on_file) == [NEW_YORK]


def test_back_to_what_it_was_is_the_address_that_was_replaced_here() -> None:
    changed = replace(BOOK, current=None, before=(DENVER,))

    assert found("change it back to the original address", changed) == [DENVER]
    assert found("undo that", changed) == [DENVER]
    assert found("change it back to the original address", replace(BOOK, current=None)) == []


def test_a_new_home_is_not_the_old_address() -> None:
    book = replace(BOOK, before=(DENVER,))

    assert found("it still goes to the old address, send it to my new home in New York", book) == [NEW_YORK]


@pytest.mark.parametrize(
    "text",
    [
        "change the address to 12 Oak Street, Portland, OR 97214",
        "I want to change the address of my order",
        "change the colour of the luggage to red",
        "my zip code is 60612",
        "can you also refund the tablet",
    ],
)
def test_what_points_at_nothing_finds_nothing(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "corrects"),
    [
        ("no, to my default address", True),
        ("actually send it to my place in Chicago", True),
        ("make it the NYC address instead", True),
        ("yes", False),
        ("yes, and change my default address too", False),
        ("no", False),
    ],
)
def test_a_correction_takes_back_what_stands_and_an_addition_does_not(text: str, corrects: bool) -> None:
    assert address_references.corrects(text) is corrects


@pytest.mark.parametrize("address", [CHICAGO, HOUSTON, NEW_YORK, LOS_ANGELES, WASHINGTON, DENVER])
def test_an_address_that_is_shown_reads_back_as_itself(address: Address) -> None:
    assert addresses.read(address.one_line(), "USA") == address
