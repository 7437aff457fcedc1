"""What the desk tells by itself can be answered like anything else: "yes please", "great", "when do I get it?"."""

import pytest

from tests.customer import Customer
from tests.running import RunningHouse

pytestmark = pytest.mark.bot


def opened(house: RunningHouse, customer: Customer) -> str:
    """Let a customer open a return; nothing is asked afterwards."""
    purchase = house.returnable()
    customer.say(f"return the {purchase.first} from {purchase.number}, zip {purchase.zip}")
    if customer.asked_for == "quantity" or customer.newest()["expects"]["input"] == "number":
        customer.say("one")
    for title in ("No longer needed", "Refund", "Drop-off"):
        customer.press(title)
    customer.say("yes")
    return customer.rma()


def the_label_ends(house: RunningHouse, customer: Customer, rma: str) -> None:
    """Let the label of a return end, and the customer be told."""
    query = """
        WITH ended AS (
          UPDATE returns SET parcel = 'expired', label_expires_at = now() - interval '1 day' WHERE rma = %s
          RETURNING id, customer_id, order_id
        )
        INSERT INTO events (subject, kind, customer_id, order_id, return_id, at, actor, detail)
          SELECT 'return', 'expired', customer_id, order_id, id, now(), 'policy', '{}' FROM ended RETURNING sequence
    """
    house.rows(query, rma)
    customer.read(wait=20)
    assert "just say so and you get a new label" in customer.messages[-1]["text"]


@pytest.mark.parametrize("answer", ["yes please", "ok do it"])
def test_a_bare_yes_takes_up_what_a_notice_offered(house: RunningHouse, customer: Customer, answer: str) -> None:
    rma = opened(house, customer)
    the_label_ends(house, customer, rma)
    customer.say(answer)
    assert customer.asked_for == "confirm"
    assert f"Make a new label for {rma}" in customer.heard
    customer.say("yes")

    assert house.rows("SELECT parcel FROM returns WHERE rma = %s", rma) == [("label_issued",)]


def test_a_no_leaves_it_and_a_later_yes_is_about_something_else(house: RunningHouse, customer: Customer) -> None:
    rma = opened(house, customer)
    the_label_ends(house, customer, rma)
    customer.say("no thanks")
    assert customer.heard == "All right, I leave that as it is."
    customer.say("yes please")

    assert customer.asked_for is None
    assert house.rows("SELECT parcel FROM returns WHERE rma = %s", rma) == [("expired",)]


def test_a_word_of_thanks_for_news_is_no_puzzle(house: RunningHouse, customer: Customer) -> None:
    rma = opened(house, customer)
    query = """
        WITH sent AS (UPDATE returns SET parcel = 'in_transit' WHERE rma = %s RETURNING id, customer_id, order_id)
        INSERT INTO events (subject, kind, customer_id, order_id, return_id, at, actor, detail)
          SELECT 'return', 'in_transit', customer_id, order_id, id, now(), 'warehouse', '{}' FROM sent
          RETURNING sequence
    """
    house.rows(query, rma)
    customer.read(wait=20)
    assert "is on its way to us" in customer.messages[-1]["text"]
    customer.say("great")

    assert customer.heard == "All right. If you need anything, just write here."


def test_nothing_else_is_a_kind_end(house: RunningHouse, customer: Customer) -> None:
    opened(house, customer)
    customer.say("no thanks")

    assert customer.heard == "All right. You can come back to this chat at any time."
