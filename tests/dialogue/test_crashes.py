"""Whatever is killed at whatever moment: each accepted message is answered once, and effects happen once."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest

from returndesk import embedded
from tests.customer import Customer
from tests.dialogue.test_returns import to_the_summary
from tests.running import RunningHouse, wait_for

pytestmark = [pytest.mark.bot, pytest.mark.timeout(120)]


@contextmanager
def order_held(house: RunningHouse, number: str) -> Iterator[None]:
    """Hold an order's row, so that whatever wants to change it stops in the middle."""
    with embedded.running(house.data_dir) as url, psycopg.connect(url) as connection:
        connection.execute("SELECT 1 FROM orders WHERE number = %s FOR UPDATE", [number])
        yield
        connection.rollback()


def until_somebody_waits(house: RunningHouse) -> None:
    """Return as soon as a transaction waits for a lock: the turn is in the middle of its action."""
    deadline = time.monotonic() + 20
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE '%%orders%%'"
    while time.monotonic() < deadline:
        if house.rows(query)[0][0]:
            return
        time.sleep(0.05)
    raise AssertionError("no turn got as far as the order")


def returns_of(house: RunningHouse, number: str) -> int:
    """Count the returns of an order."""
    query = "SELECT count(*) FROM returns JOIN orders ON orders.id = order_id WHERE number = %s"
    return int(str(house.rows(query, number)[0][0]))


def wait_for_answer(customer: Customer) -> None:
    """Wait until nobody is writing any more."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not customer.read(wait=1)["typing"] and "RMA-" in customer.heard:
            return
    raise AssertionError(f"no answer came: {customer.heard}")


@pytest.mark.parametrize("victim", ["worker", "brain"])
def test_killed_in_the_middle_of_a_turn_there_is_one_return_and_one_answer(house: RunningHouse, victim: str) -> None:
    customer = Customer(house.url)
    order = to_the_summary(house, customer).number
    with order_held(house, order):
        customer.post({"payload": customer.token_of("Yes")}).raise_for_status()
        until_somebody_waits(house)
        house.kill(victim)
    wait_for_answer(customer)
    house.wait_until_well()

    assert returns_of(house, order) == 1
    answers = [message for message in customer.transcript() if "Your return number is" in message["text"]]
    assert len(answers) == 1
    assert customer.read()["owner"] == "bot"


@pytest.mark.parametrize("victim", ["worker", "brain", "web"])
def test_a_message_during_a_restart_is_answered(house: RunningHouse, victim: str) -> None:
    customer = Customer(house.url)
    house.kill(victim)
    body = {"text": "how long do I have to return something?", "client_message_id": "during-the-restart"}
    for _ in range(100):
        try:
            if customer.post(body, wait=1).is_success:
                break
        except httpx.TransportError:
            time.sleep(0.2)
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline and "30 days" not in customer.heard:
        customer.read(wait=2)

    assert "30 days" in customer.heard
    transcript = customer.transcript()
    assert [message["author"] for message in transcript].count("customer") == 1
    assert len([message for message in transcript if "30 days" in message["text"]]) == 1
    house.wait_until_well()


def test_ten_customers_at_once_are_all_answered(house: RunningHouse) -> None:
    customers = [Customer(house.url) for _ in range(10)]
    threads = [threading.Thread(target=customer.say, args=("do I pay for return shipping?",)) for customer in customers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(customer.heard for customer in customers)
    wait_for(f"{house.url}/health")
