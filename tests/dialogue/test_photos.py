"""A photo of the damage, where the policy asks for one."""

import pytest

from tests.customer import Customer
from tests.dialogue.purchases import delivered
from tests.running import Purchase, RunningHouse

pytestmark = pytest.mark.bot

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000100ffff0300000600"
    "0557bfabd40000000049454e44ae426082"
)
DEAR = ("Harbour Boot", "Rain Jacket", "Ridge Jacket")
"""Dear enough for a photo, and not so dear that a person decides."""
ONE_DEAR = """
    (SELECT sum(unit_price * quantity) FROM order_items WHERE order_id = orders.id) < 290
    AND 1 = (SELECT sum(quantity) FROM order_items WHERE order_id = orders.id
      AND order_items.name IN ('Harbour Boot', 'Rain Jacket', 'Ridge Jacket'))
"""


@pytest.fixture
def dear(house: RunningHouse) -> Purchase:
    """An order with one such item."""
    return delivered(house, ONE_DEAR, days=80)


def say_that_it_is_damaged(customer: Customer, purchase: Purchase) -> None:
    """Ask to return the item as damaged."""
    customer.say(f"I want to return something from {purchase.number}, zip {purchase.zip}")
    if customer.asked_for == "items":
        name = next(name for name in purchase.items if name in DEAR)
        customer.choose(**{name.split()[-1].casefold(): 1})
    customer.press("Arrived damaged")


def photos_of(house: RunningHouse, rma: str) -> list[str]:
    """Look up the names of the photos that are kept with a return."""
    query = """
        SELECT attachments.name FROM returns JOIN return_lines ON return_id = returns.id
          JOIN attachments ON attachments.id = ANY(photos) WHERE rma = %s
    """
    return [str(name) for (name,) in house.rows(query, rma)]


def test_an_uploaded_picture_answers_the_question_and_stays_with_the_return(
    house: RunningHouse, customer: Customer, dear: Purchase
) -> None:
    say_that_it_is_damaged(customer, dear)
    assert customer.newest()["expects"] == {"slot": "photo", "input": "photo"}
    customer.send_file("torn.png", PNG)
    assert customer.asked_for == "resolution"
    customer.press("Refund")
    customer.press("Drop-off")
    customer.say("yes")

    assert photos_of(house, customer.rma()) == ["torn.png"]


def test_a_picture_that_came_before_the_question_is_not_asked_for_again(
    house: RunningHouse, customer: Customer, dear: Purchase
) -> None:
    customer.send_file("early.png", PNG)
    say_that_it_is_damaged(customer, dear)

    assert customer.asked_for == "resolution"


@pytest.mark.parametrize("answer", ["I can't send a photo", "sorry, I have no camera here"])
def test_who_has_no_photo_goes_to_a_person_and_nothing_is_opened(
    house: RunningHouse, customer: Customer, dear: Purchase, answer: str
) -> None:
    say_that_it_is_damaged(customer, dear)
    customer.say(answer)

    assert customer.read()["owner"] == "queue"
    query = "SELECT count(*) FROM returns JOIN orders ON orders.id = order_id WHERE number = %s"
    assert house.rows(query, dear.number) == [(0,)]
    why = """
        SELECT detail FROM handoffs JOIN messages ON messages.conversation_id = handoffs.conversation_id
        WHERE messages.id = %s
    """
    assert "No photo" in str(house.rows(why, customer.messages[-1]["id"])[0][0])


def test_a_document_is_kept_but_is_no_photo(customer: Customer, dear: Purchase) -> None:
    say_that_it_is_damaged(customer, dear)
    customer.send_file("bill.pdf", b"%PDF-1.4 bill")

    assert "kept your file" in customer.heard
    assert customer.asked_for == "photo"
