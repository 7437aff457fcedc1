"""Customers of the running house."""

from collections.abc import Callable

import pytest

from tests.customer import Customer
from tests.running import RunningHouse


@pytest.fixture
def new_customer(house: RunningHouse) -> Callable[[], Customer]:
    """Open another browser."""
    return lambda: Customer(house.url)


@pytest.fixture
def customer(house: RunningHouse) -> Customer:
    """A customer who has just opened the chat."""
    return Customer(house.url)
