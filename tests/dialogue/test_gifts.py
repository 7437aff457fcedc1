"""Who was given something returns it with the code of the gift, and learns nothing of who paid."""

import pytest

from tests.customer import Customer
from tests.running import RunningHouse

pytestmark = pytest.mark.bot

CODE = "GIFT-7Q4M-2X9K"
GIVER = "H207004"
"""The order of the gift; whoever has the code never sees its number."""


def secrets_of(house: RunningHouse) -> list[str]:
    """What belongs to the person who paid."""
    query = """
        SELECT number, email, name_last, street, customers.zip, label FROM orders
          JOIN customers ON customers.id = customer_id
          JOIN payment_methods ON payment_methods.customer_id = customers.id
        WHERE gift_code = %s AND payment_methods.bearer_code IS NULL
    """
    return sorted({str(secret) for row in house.rows(query, CODE) for secret in row})


def test_a_gift_comes_back_for_a_gift_card_and_the_giver_stays_unknown(house: RunningHouse, customer: Customer) -> None:
    customer.say(f"I got this as a gift, code {CODE}, and I'd like to return it")
    assert customer.asked_for == "items"
    customer.choose(pillow=1)
    customer.press("No longer needed")
    titles = [card["title"] for card in customer.newest()["cards"]]
    assert set(titles) <= {"Exchange", "Gift card"}
    customer.press("Gift card")
    customer.press("Drop-off")
    assert customer.asked_for == "confirm"
    assert "Linen Pillow" in customer.heard
    customer.say("yes")

    rma = customer.rma()
    query = "SELECT gift, resolution, refund_to, approval FROM returns WHERE rma = %s"
    assert house.rows(query, rma) == [(True, "store_credit", None, "approved")]
    customer.say("where is my return?")
    assert rma in customer.heard
    customer.say("where is my order?")
    shown = str(customer.transcript())
    assert [secret for secret in secrets_of(house) if secret in shown] == []


def test_a_gifts_code_opens_neither_the_order_nor_the_data_of_the_giver(
    house: RunningHouse, customer: Customer
) -> None:
    customer.say(f"I was given this, my gift code is {CODE}")
    customer.say("forget it")
    customer.say(f"please cancel order {GIVER}")

    assert "opens the return of the gift and nothing else" in customer.heard
    customer.say(f"I want to change order {GIVER}")
    assert customer.asked_for == "identity"
    assert house.rows("SELECT state FROM orders WHERE number = %s", GIVER) == [("delivered",)]


def test_a_code_that_is_not_known_opens_nothing(customer: Customer) -> None:
    customer.say("I got this as a gift, code GIFT-0000-1111, I want to return it")

    assert "couldn't find a gift" in customer.heard
    assert customer.asked_for == "identity"


def test_codes_cannot_be_tried_without_end(customer: Customer) -> None:
    customer.press("Start a return")
    for attempt in range(6):
        customer.say(f"GIFT-0000-222{attempt}")

    assert customer.read()["owner"] == "queue"
