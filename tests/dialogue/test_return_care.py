"""Returns that stand are looked after in conversation: changed, called off, extended, with a new label; and what-if."""

import pytest

from tests.customer import Customer
from tests.dialogue.purchases import delivered, holding
from tests.dialogue.test_returns import count_returns, to_the_summary
from tests.running import RunningHouse

pytestmark = pytest.mark.bot


def opened(house: RunningHouse, customer: Customer) -> str:
    """Open a return and give its number."""
    to_the_summary(house, customer)
    customer.say("yes")
    return customer.rma()


def titles(customer: Customer) -> list[str]:
    """Return the titles of the newest buttons."""
    return [button["title"] for button in customer.newest("buttons")["buttons"]]


def test_a_status_shows_what_happens_next_and_what_can_be_done_now(house: RunningHouse, customer: Customer) -> None:
    rma = opened(house, customer)
    customer.say(f"how does my return {rma} stand?")

    assert "Please send the parcel by" in customer.heard
    assert titles(customer) == [
        "New QR code",
        "More time to send it",
        "Change the return",
        "Call it off",
        "Talk to a person",
    ]


def test_the_time_to_send_a_parcel_is_extended_once(house: RunningHouse, customer: Customer) -> None:
    rma = opened(house, customer)
    query = "SELECT label_expires_at FROM returns WHERE rma = %s"
    ((before,),) = house.rows(query, rma)
    customer.say(f"where is my return {rma}")
    customer.press("More time to send it")
    assert customer.asked_for == "confirm"
    assert house.rows(query, rma) == [(before,)]
    customer.press("Yes")
    ((after,),) = house.rows(query, rma)
    assert (after - before).days == 7  # type: ignore[operator]
    customer.say(f"I need even more time to send my return {rma}")

    assert "extended already" in customer.heard
    assert house.rows(query, rma) == [(after,)]


def test_a_new_label_takes_the_old_ones_place(house: RunningHouse, customer: Customer) -> None:
    rma = opened(house, customer)
    query = """
        SELECT count(*) FROM events JOIN returns ON returns.id = return_id
        WHERE rma = %s AND kind = 'label_issued' AND actor = 'customer'
    """
    assert house.rows(query, rma) == [(0,)]
    customer.say(f"where is my return {rma}")
    customer.press("New QR code")
    assert house.rows(query, rma) == [(0,)]
    customer.press("Yes")

    assert house.rows(query, rma) == [(1,)]
    assert customer.newest("attachments")["attachments"]


def test_a_return_is_changed_to_store_credit_before_anything_was_sent(house: RunningHouse, customer: Customer) -> None:
    rma = opened(house, customer)
    customer.say(f"where is my return {rma}")
    customer.press("Change the return")
    assert customer.asked_for == "resolution"
    customer.press("Store credit")
    customer.press("Printed label")
    assert customer.asked_for == "confirm"
    assert "store credit" in customer.heard
    query = "SELECT resolution, method FROM returns WHERE rma = %s"
    assert house.rows(query, rma) == [("refund", "drop_off_qr")]
    customer.say("yes")

    assert house.rows(query, rma) == [("store_credit", "printed_label")]


def test_a_return_is_changed_in_own_words(house: RunningHouse, customer: Customer) -> None:
    rma = opened(house, customer)
    customer.say(f"please change my return {rma} to store credit")
    if customer.asked_for == "resolution":
        customer.press("Store credit")
    assert customer.asked_for == "confirm"  # the way to send it stays
    customer.say("yes")

    assert house.rows("SELECT resolution FROM returns WHERE rma = %s", rma) == [("store_credit",)]


def test_a_parcel_that_is_on_its_way_can_be_neither_changed_nor_called_off(
    house: RunningHouse, customer: Customer
) -> None:
    rma = opened(house, customer)
    house.rows("UPDATE returns SET parcel = 'in_transit' WHERE rma = %s RETURNING id", rma)
    customer.say(f"where is my return {rma}")
    assert titles(customer) == ["Talk to a person"]
    customer.say(f"change my return {rma} to store credit")

    assert "can't be changed any more" in customer.heard


def test_a_yes_to_calling_off_comes_too_late_when_the_parcel_has_left(house: RunningHouse, customer: Customer) -> None:
    rma = opened(house, customer)
    customer.say(f"cancel my return {rma}")
    house.rows("UPDATE returns SET parcel = 'in_transit' WHERE rma = %s RETURNING id", rma)
    customer.say("yes")

    assert "haven't done it yet" in customer.heard
    assert house.rows("SELECT approval FROM returns WHERE rma = %s", rma) == [("approved",)]


def test_what_if_shows_all_outcomes_side_by_side_and_opens_nothing(house: RunningHouse, customer: Customer) -> None:
    purchase = house.returnable()
    customer.say(f"where is my order {purchase.number}, zip {purchase.zip}")
    customer.press("What would I get for it?")
    if customer.asked_for == "items":
        customer.say("1")
    if customer.newest()["expects"]["input"] == "number":
        customer.say("one")
    customer.press("No longer needed")
    assert "nothing is opened yet" in customer.heard
    shown = [card["title"] for card in customer.newest("cards")["cards"]]
    assert {"Refund", "Store credit"} <= set(shown)
    customer.press("That's all I wanted to know")

    assert "Nothing was opened" in customer.heard
    assert count_returns(house, purchase.number) == 0


def test_a_what_if_goes_on_as_a_return_when_an_outcome_is_chosen(house: RunningHouse, customer: Customer) -> None:
    purchase = house.returnable()
    customer.say(f"what would I get if I returned the {purchase.first} from {purchase.number}? zip {purchase.zip}")
    if customer.newest()["expects"]["input"] == "number":
        customer.say("one")
    customer.press("No longer needed")
    customer.press("Store credit")
    customer.press("Drop-off")
    customer.say("yes")

    assert house.rows("SELECT resolution FROM returns WHERE rma = %s", customer.rma()) == [("store_credit",)]


def test_a_started_return_freezes_the_window_once(house: RunningHouse, customer: Customer) -> None:
    purchase = to_the_summary(house, customer)
    query = """
        SELECT count(*) FROM events JOIN orders ON orders.id = order_id
        WHERE number = %s AND kind = 'return.started'
    """
    assert house.rows(query, purchase.number) == [(1,)]
    customer.say("forget it")
    customer.say(f"return the {purchase.first} from {purchase.number}")

    assert house.rows(query, purchase.number) == [(1,)]
    assert count_returns(house, purchase.number) == 0


def test_a_damaged_item_of_little_worth_is_kept_and_paid_back_without_a_label(
    house: RunningHouse, customer: Customer
) -> None:
    one = "(SELECT sum(quantity) FROM order_items WHERE order_id = orders.id AND product_id = 'camp-mug') = 1"
    purchase = holding(house, "camp-mug", one)
    customer.say(f"I want to return something from {purchase.number}, zip {purchase.zip}")
    if customer.asked_for == "items":
        customer.choose(mug=1)
    customer.press("Arrived damaged")
    assert "keep it" in customer.heard
    customer.press("Refund")
    assert "You send nothing back" in customer.heard
    customer.say("yes")

    rma = customer.rma()
    query = "SELECT method, parcel, approval FROM returns WHERE rma = %s"
    assert house.rows(query, rma) == [("keep", "none", "approved")]
    assert not any(message["attachments"] for message in customer.messages)


def test_the_condition_is_asked_where_it_decides(house: RunningHouse, customer: Customer) -> None:
    customer.say("I want to return the photo studio from order H207006, zip 02116, don't need it")
    assert customer.asked_for == "condition"
    customer.say("I opened it")

    assert "opened software" in customer.heard
    assert count_returns(house, "H207006") == 0


def test_two_orders_in_one_message_are_returned_one_after_the_other(house: RunningHouse, customer: Customer) -> None:
    first, second = house.returnable(), house.returnable()
    customer.say(f"I want to return things from {first.number} and {second.number}")
    assert "both" in customer.heard
    for purchase in (first, second):
        customer.say(purchase.zip)
        if customer.asked_for == "items":
            customer.say("1")
        if customer.newest()["expects"]["input"] == "number":
            customer.say("one")
        customer.press("No longer needed")
        customer.press("Refund")
        customer.press("Drop-off")
        customer.say("yes")

    assert count_returns(house, first.number) == 1
    assert count_returns(house, second.number) == 1


def test_a_store_takes_a_return_without_a_fee(house: RunningHouse, customer: Customer) -> None:
    to_the_summary(house, customer, "Return in a store")
    customer.say("yes")

    query = "SELECT method, fee FROM returns WHERE rma = %s"
    assert house.rows(query, customer.rma()) == [("store", 0)]


def test_an_order_paid_in_two_ways_is_paid_back_the_way_it_was_paid(house: RunningHouse, customer: Customer) -> None:
    customer.say("return everything from H207003, zip 02116")
    customer.press("No longer needed")
    customer.press("Refund")
    customer.press("Drop-off")
    assert "in 2 parts, the way it was paid" in customer.heard
    assert "Gift card ending 9163" in customer.heard
    customer.say("yes")

    assert house.rows("SELECT amount::text, refund_to FROM returns WHERE rma = %s", customer.rma()) == [
        ("120.00", None)
    ]


def test_an_order_that_came_lately_can_be_asked_about_and_returned(house: RunningHouse, customer: Customer) -> None:
    purchase = delivered(house)
    customer.say(f"where is my order {purchase.number}, zip {purchase.zip}")

    assert titles(customer) == ["Start a return", "What would I get for it?", "Talk to a person"]
