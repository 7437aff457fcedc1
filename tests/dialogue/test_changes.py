"""An order that is not packed is changed in conversation: its address, payment and items; and the address on file."""

import pytest

from tests.customer import Customer
from tests.dialogue.purchases import METHODS, pending
from tests.running import RunningHouse

pytestmark = pytest.mark.bot

ABLE = """EXISTS (
    SELECT 1 FROM payment_methods m WHERE m.customer_id = orders.customer_id AND m.kind IN ('card', 'paypal')
    AND m.id NOT IN (SELECT payment_method_id FROM payments WHERE payments.order_id = orders.id)
)"""
"""The customer has another method that can bear any amount."""


def address_of(house: RunningHouse, number: str) -> dict[str, str]:
    """Look up where an order goes."""
    ((found,),) = house.rows("SELECT address FROM orders WHERE number = %s", number)
    assert isinstance(found, dict)
    return found


def on_file(house: RunningHouse, number: str) -> tuple[object, ...]:
    """Look up the address that is kept for an order's customer."""
    query = """
        SELECT street, extra, city, region, customers.zip FROM customers JOIN orders ON customers.id = customer_id
        WHERE number = %s
    """
    return house.rows(query, number)[0]


def to_the_question(customer: Customer, number: str, zip_code: str) -> None:
    """Lead a customer to "what shall I change?"."""
    customer.say(f"I want to change order {number}, zip {zip_code}")
    assert customer.asked_for == "request"


def test_an_address_on_one_line_is_shown_as_it_was_read_and_changed_after_a_yes(
    house: RunningHouse, customer: Customer
) -> None:
    purchase = pending(house)
    before, kept = address_of(house, purchase.number), on_file(house, purchase.number)
    to_the_question(customer, purchase.number, purchase.zip)
    customer.press("Delivery address")
    assert customer.asked_for == "address"
    customer.say("please send it to 12 Oak Street, Apt 4B, Salem, Oregon 97301")
    assert customer.newest()["expects"] == {"slot": "address", "input": "yes_no"}
    customer.press("Only for this order")
    assert customer.asked_for == "confirm"
    assert "12 Oak Street, Apt 4B, Salem, OR 97301" in customer.heard
    assert address_of(house, purchase.number) == before
    customer.say("yes")

    assert "Done" in customer.heard
    new = {"street": "12 Oak Street", "extra": "Apt 4B", "city": "Salem", "region": "OR", "zip": "97301"}
    assert address_of(house, purchase.number) == {**before, **new}
    assert on_file(house, purchase.number) == kept


def test_an_address_is_asked_part_by_part_and_kept_on_file_too(house: RunningHouse, customer: Customer) -> None:
    purchase = pending(house)
    to_the_question(customer, purchase.number, purchase.zip)
    customer.say("the address")
    customer.say("88 Cedar Lane")
    assert "88 Cedar Lane" in customer.heard
    assert "city" in customer.heard
    customer.say("Madison")
    customer.say("Wisconsin")
    customer.say("the zip is 53703")
    customer.press("Yes, keep it")
    assert "88 Cedar Lane, Madison, WI 53703" in customer.heard
    customer.press("Yes")

    assert address_of(house, purchase.number)["street"] == "88 Cedar Lane"
    assert on_file(house, purchase.number) == ("88 Cedar Lane", "", "Madison", "WI", "53703")


def test_an_address_that_cannot_be_read_is_asked_for_again(house: RunningHouse, customer: Customer) -> None:
    purchase = pending(house)
    before = address_of(house, purchase.number)
    to_the_question(customer, purchase.number, purchase.zip)
    customer.press("Delivery address")
    customer.say("the yellow house")

    assert customer.asked_for == "address"
    assert address_of(house, purchase.number) == before


def test_another_address_said_to_the_summary_takes_the_first_ones_place(
    house: RunningHouse, customer: Customer
) -> None:
    purchase = pending(house)
    to_the_question(customer, purchase.number, purchase.zip)
    customer.press("Delivery address")
    customer.say("12 Oak Street, Salem, OR 97301")
    customer.press("Only")
    customer.say("no wait, 14 Oak Street, Salem, OR 97301")
    if customer.newest()["expects"]["slot"] == "address":
        customer.press("Only")
    assert "14 Oak Street" in customer.heard
    customer.say("yes")

    assert address_of(house, purchase.number)["street"] == "14 Oak Street"


def test_the_new_zip_of_a_whole_request_does_not_count_as_proof(house: RunningHouse, customer: Customer) -> None:
    purchase = pending(house)
    customer.say(f"please send my order {purchase.number} to 8 Birch Road, Madison, WI 53703")
    assert customer.asked_for == "identity"
    assert "couldn't match" not in customer.heard
    customer.say(purchase.email)

    assert customer.newest()["expects"] == {"slot": "address", "input": "yes_no"}
    customer.press("Only")
    assert "8 Birch Road, Madison, WI 53703" in customer.heard


def test_another_of_the_customers_own_payment_methods_takes_over(house: RunningHouse, customer: Customer) -> None:
    purchase = pending(house, ABLE)
    query = """
        SELECT DISTINCT payment_method_id FROM payments JOIN orders ON orders.id = order_id
        WHERE number = %s AND kind = 'payment'
    """
    (old,) = house.rows(query, purchase.number)[0]
    to_the_question(customer, purchase.number, purchase.zip)
    customer.press("Payment method")
    titles = [button["title"] for button in customer.newest()["buttons"]]
    mine = """
        SELECT label FROM payment_methods WHERE id <> %s AND customer_id =
          (SELECT customer_id FROM orders WHERE number = %s)
    """
    labels = [str(label) for (label,) in house.rows(mine, old, purchase.number)]
    assert titles
    assert all(any(title.startswith(label) for label in labels) for title in titles)
    chosen = next(title for title in titles if "on it" not in title)
    customer.press(chosen)
    assert chosen in customer.heard
    assert "refund" in customer.heard
    customer.say("yes")

    assert "Done" in customer.heard
    charged = """
        SELECT label FROM transfers JOIN orders ON orders.id = order_id
          JOIN payment_methods ON payment_methods.id = payment_method_id WHERE number = %s AND transfers.kind = 'charge'
    """
    assert house.rows(charged, purchase.number) == [(chosen,)]
    promised = "SELECT count(*) FROM promises JOIN orders ON orders.id = order_id WHERE number = %s"
    assert house.rows(promised, purchase.number) == [(1,)]


def test_an_item_becomes_another_variant_that_is_in_stock(house: RunningHouse, customer: Customer) -> None:
    purchase = pending(
        house, "(SELECT count(*) FROM order_items WHERE order_id = orders.id AND product_id = 'cotton-tshirt') = 1"
    )
    query = """
        SELECT variant_id, quantity FROM order_items JOIN orders ON orders.id = order_id
        WHERE number = %s AND product_id = 'cotton-tshirt'
    """
    old, quantity = house.rows(query, purchase.number)[0]
    to_the_question(customer, purchase.number, purchase.zip)
    customer.press("Size")
    if customer.asked_for == "items":
        customer.say("the t-shirt")
    assert customer.asked_for == "variant"
    card = customer.newest("cards")["cards"][0]
    customer.press(card["title"])
    assert customer.asked_for == "confirm"
    assert card["title"] in customer.heard
    stock = house.rows("SELECT stock FROM variants WHERE id = %s", old)[0][0]
    customer.say("yes")

    new, same = house.rows(query, purchase.number)[0]
    assert (new != old, same) == (True, quantity)
    assert house.rows("SELECT stock FROM variants WHERE id = %s", old)[0][0] == int(str(stock)) + int(str(quantity))


def test_the_address_on_file_alone_leaves_the_order_as_it_is(house: RunningHouse, customer: Customer) -> None:
    purchase = pending(house)
    before = address_of(house, purchase.number)
    to_the_question(customer, purchase.number, purchase.zip)
    customer.press("My address on file")
    customer.say("9 Mill Street, Boston, MA 02116")
    assert customer.asked_for == "confirm"
    customer.say("yes")

    assert on_file(house, purchase.number) == ("9 Mill Street", "", "Boston", "MA", "02116")
    assert address_of(house, purchase.number) == before


@pytest.mark.parametrize("answer", ["no", "forget it", "maybe"])
def test_without_a_yes_an_order_stays_as_it_is(house: RunningHouse, customer: Customer, answer: str) -> None:
    purchase = pending(house)
    before = address_of(house, purchase.number)
    to_the_question(customer, purchase.number, purchase.zip)
    customer.press("Delivery address")
    customer.say("12 Oak Street, Salem, OR 97301")
    customer.press("Yes, keep it")
    customer.say(answer)

    assert address_of(house, purchase.number) == before
    assert on_file(house, purchase.number)[0] != "12 Oak Street"


def test_an_order_that_is_being_packed_is_not_changed_and_the_reason_is_told(customer: Customer) -> None:
    customer.say("I need to change order H206007, zip 60614")

    assert "pack" in customer.heard
    assert "Talk to a person" in [button["title"] for button in customer.newest("buttons")["buttons"]]


def test_a_yes_said_after_the_order_was_packed_changes_nothing(house: RunningHouse, customer: Customer) -> None:
    purchase = pending(house)
    before = address_of(house, purchase.number)
    to_the_question(customer, purchase.number, purchase.zip)
    customer.press("Delivery address")
    customer.say("12 Oak Street, Salem, OR 97301")
    customer.press("Only")
    house.rows("UPDATE orders SET state = 'processed' WHERE number = %s RETURNING id", purchase.number)
    customer.say("yes")

    assert "haven't done it yet" in customer.heard
    assert address_of(house, purchase.number) == before


def test_what_the_bot_cannot_change_is_a_persons(house: RunningHouse, customer: Customer) -> None:
    purchase = pending(house, f"{METHODS} >= 1")
    to_the_question(customer, purchase.number, purchase.zip)
    customer.press("Something else")

    assert customer.read()["owner"] == "queue"
