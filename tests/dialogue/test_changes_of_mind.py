"""Whoever thinks again, in few words, is understood: what they say belongs to what was being talked about."""

import pytest

from tests.customer import Customer
from tests.dialogue.purchases import holding, pending
from tests.running import RunningHouse

pytestmark = pytest.mark.bot


def to_the_way(house: RunningHouse, customer: Customer) -> str:
    """Lead a customer who has chosen store credit to "how would you like to send it?"; returns what comes back."""
    purchase = house.returnable()
    customer.say(f"return the {purchase.first} from {purchase.number}, zip {purchase.zip}")
    if customer.newest()["expects"]["input"] == "number":
        customer.say("one")
    customer.press("No longer needed")
    customer.say("store credit")
    assert customer.asked_for == "return_method"
    return purchase.first


def opened(house: RunningHouse, customer: Customer) -> str:
    """Let a customer open a return for store credit by drop-off."""
    to_the_way(house, customer)
    customer.press("Drop-off")
    customer.say("yes")
    return customer.rma()


def test_another_outcome_said_later_is_no_question_about_a_refund(house: RunningHouse, customer: Customer) -> None:
    to_the_way(house, customer)
    customer.say("no wait, refund")
    assert "noted" not in customer.heard
    customer.press("Drop-off")

    assert "Refund $" in customer.heard
    assert "store credit" not in customer.heard


def test_an_outcome_said_ahead_is_kept(house: RunningHouse, customer: Customer) -> None:
    purchase = house.returnable(items=2)
    customer.say(f"I want to return something from {purchase.number}, zip {purchase.zip}")
    customer.say("refund")
    assert "noted" not in customer.heard
    customer.say("1")
    if customer.newest()["expects"]["input"] == "number":
        customer.say("one")
    customer.press("No longer needed")

    assert customer.asked_for == "return_method"


def test_one_thing_of_a_return_is_changed_and_the_rest_stays(house: RunningHouse, customer: Customer) -> None:
    rma = opened(house, customer)
    customer.say("change my return to a refund")
    assert customer.asked_for == "confirm"
    customer.say("yes")

    assert house.rows("SELECT resolution, method FROM returns WHERE rma = %s", rma) == [("refund", "drop_off_qr")]
    customer.say("change it to store credit")
    assert customer.asked_for == "confirm"


def test_calling_off_takes_the_place_of_a_change(house: RunningHouse, customer: Customer) -> None:
    rma = opened(house, customer)
    customer.say("I need a new label for my return, lost it")
    assert customer.asked_for == "confirm"
    customer.say("cancel my return")
    assert f"Call off {rma}" in customer.heard
    customer.say("yes")
    assert house.rows("SELECT approval FROM returns WHERE rma = %s", rma) == [("cancelled",)]
    customer.say("call it off")

    assert "could still be called off" in customer.heard


def test_another_size_of_what_is_not_sent_changes_the_order(house: RunningHouse, customer: Customer) -> None:
    one = "(SELECT count(*) FROM order_items WHERE order_id = orders.id AND product_id = 'cotton-tshirt') = 1"
    purchase = pending(house, one)
    customer.say(f"I want to exchange the t-shirt from {purchase.number} for another size, zip {purchase.zip}")

    assert "can still be changed" in customer.heard
    assert customer.asked_for == "variant"


def test_what_is_sold_out_is_named_and_nothing_alike_takes_its_place(house: RunningHouse, customer: Customer) -> None:
    one = "(SELECT sum(quantity) FROM order_items WHERE order_id = orders.id AND product_id = 'linen-shirt') = 1"
    purchase = holding(house, "linen-shirt", one)
    customer.say(f"exchange the linen shirt from {purchase.number}, zip {purchase.zip}, too small")
    title = customer.newest("cards")["cards"][0]["title"]
    size, color = title.removeprefix("size ").split(", ")
    emptied = """
        UPDATE variants SET stock = 0 WHERE product_id = 'linen-shirt' AND options->>'size' = %s
          AND options->>'color' = %s RETURNING id
    """
    ((variant,),) = house.rows(emptied, size, color)
    customer.say(f"{size} {color}")
    house.rows("UPDATE variants SET stock = 20 WHERE id = %s RETURNING id", variant)

    assert f"({title}) is sold out at the moment" in customer.heard
    assert customer.asked_for == "variant"


def test_a_refused_item_that_is_faulty_after_all_is_looked_at_again(customer: Customer) -> None:
    customer.say("return the headphones from H204777, zip 97214, don't need them")
    customer.say("it is faulty")

    assert "faulty items" in customer.heard
    assert customer.asked_for == "resolution"


def test_more_pieces_said_to_the_summary_are_taken_along(house: RunningHouse, customer: Customer) -> None:
    two = "(SELECT sum(quantity) FROM order_items WHERE order_id = orders.id AND product_id = 'stone-mug') = 2"
    purchase = holding(house, "stone-mug", two)
    customer.say(f"return one stone mug from {purchase.number}, zip {purchase.zip}, no longer needed")
    customer.say("refund")
    customer.press("Drop-off")
    assert "1 × Stone Mug" in customer.heard
    customer.say("actually both mugs")

    assert customer.asked_for == "confirm"
    assert "2 × Stone Mug" in customer.heard
