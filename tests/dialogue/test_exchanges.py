"""Exchanges: a second choice in case the first sells out, and who bears a difference in price."""

import pytest

from tests.customer import Customer
from tests.dialogue.purchases import holding
from tests.running import Purchase, RunningHouse

pytestmark = pytest.mark.bot

ONE_PIECE = "(SELECT sum(quantity) FROM order_items WHERE order_id = orders.id AND product_id = '{}') = 1"
SEVERAL_CARDS = """(SELECT count(*) FROM payment_methods m
    WHERE m.customer_id = orders.customer_id AND m.kind IN ('card', 'paypal')) {}"""


def to_the_variants(customer: Customer, purchase: Purchase, name: str) -> None:
    """Lead a customer to the variants of one item."""
    customer.say(f"I want to return something from {purchase.number}, zip {purchase.zip}")
    if customer.asked_for == "items":
        customer.choose(**{name: 1})
    customer.press("No longer needed")
    customer.press("Exchange")
    assert customer.asked_for == "variant"


def exchanged(house: RunningHouse, rma: str) -> list[tuple[object, ...]]:
    """Look up what is reserved for a return."""
    query = """
        SELECT options, exchanges.state FROM exchanges JOIN returns ON returns.id = return_id
          JOIN variants ON variants.id = variant_id WHERE rma = %s
    """
    return house.rows(query, rma)


def test_the_second_choice_is_taken_when_the_first_sells_out_before_the_yes(
    house: RunningHouse, customer: Customer
) -> None:
    purchase = holding(house, "linen-shirt", ONE_PIECE.format("linen-shirt"))
    to_the_variants(customer, purchase, "linen")
    first, second = [card["title"] for card in customer.newest("cards")["cards"]][:2]
    customer.press(first)
    assert "sold out" in customer.heard
    customer.press(second)
    customer.press("Drop-off")
    assert first in customer.heard
    assert second in customer.heard
    emptied = """
        UPDATE variants SET stock = 0 WHERE product_id = 'linen-shirt' AND options->>'size' = %s
          AND options->>'color' = %s RETURNING id
    """
    size, color = first.removeprefix("size ").split(", ")
    ((variant,),) = house.rows(emptied, size, color)
    customer.say("yes")
    house.rows("UPDATE variants SET stock = 20 WHERE id = %s RETURNING id", variant)

    ((options, state),) = exchanged(house, customer.rma())
    assert (f"size {options['size']}, {options['color']}", state) == (second, "reserved")  # type: ignore[index]


def test_without_a_second_choice_nothing_is_done_when_the_first_sells_out(
    house: RunningHouse, customer: Customer
) -> None:
    purchase = holding(house, "straight-jeans", ONE_PIECE.format("straight-jeans"))
    to_the_variants(customer, purchase, "jeans")
    first = customer.newest("cards")["cards"][0]["title"]
    customer.press(first)
    customer.say("no second choice")
    customer.press("Drop-off")
    before = house.rows("SELECT id, stock FROM variants WHERE product_id = 'straight-jeans'")
    house.rows("UPDATE variants SET stock = 0 WHERE product_id = 'straight-jeans' RETURNING id")
    customer.say("yes")
    for variant, stock in before:
        house.rows("UPDATE variants SET stock = %s WHERE id = %s RETURNING id", stock, variant)

    assert "haven't done it yet" in customer.heard
    query = "SELECT count(*) FROM returns JOIN orders ON orders.id = order_id WHERE number = %s"
    assert house.rows(query, purchase.number) == [(0,)]


def test_a_difference_in_price_goes_by_the_method_that_was_chosen(house: RunningHouse, customer: Customer) -> None:
    cheap = "EXISTS (SELECT 1 FROM order_items WHERE order_id = orders.id AND product_id = '{}' AND unit_price = {})"
    purchase = next(
        found
        for product, price in (("camp-stove", 66), ("iron-pan", 54), ("travel-charger", 35), ("pour-kettle", 69))
        if (found := _maybe(house, product, f"{cheap.format(product, price)} AND {SEVERAL_CARDS.format('> 1')}"))
    )
    customer.say(f"I want to return something from {purchase.number}, zip {purchase.zip}")
    if customer.newest()["cards"]:
        card = next(c for c in customer.newest("cards")["cards"] if c["title"] in DIFFERENT)
        customer.choose(**{card["title"].split()[-1].casefold(): 1})
    if customer.newest()["expects"]["input"] == "number":
        customer.say("1")
    customer.press("No longer needed")
    customer.press("Exchange")
    customer.press(customer.newest("cards")["cards"][0]["title"])
    if customer.asked_for == "variant":
        customer.press("No second choice")
    assert customer.asked_for == "refund_to"
    assert "more" in customer.heard
    titles = [button["title"] for button in customer.newest()["buttons"]]
    assert len(titles) > 1
    customer.press(titles[-1])
    customer.press("Drop-off")
    assert f"The difference in price goes by {titles[-1]}" in customer.heard
    customer.say("yes")

    query = """
        SELECT price_difference > 0, label FROM returns JOIN payment_methods ON payment_methods.id = refund_to
        WHERE rma = %s
    """
    assert house.rows(query, customer.rma()) == [(True, titles[-1])]


DIFFERENT = ("Camp Stove", "Iron Pan", "Travel Charger", "Pour Kettle", "Pour-over Kettle")


def _maybe(house: RunningHouse, product: str, condition: str) -> Purchase | None:
    try:
        return holding(house, product, condition)
    except AssertionError:
        return None
