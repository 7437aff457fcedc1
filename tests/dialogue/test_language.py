"""People write the way they write: all at once, several things, pointing, correcting, with typos, and never twice."""

from collections.abc import Callable

import pytest

from tests.customer import Customer
from tests.dialogue.purchases import delivered, pending
from tests.running import Purchase, RunningHouse

pytestmark = pytest.mark.bot

ONE_PIECE_EACH = "NOT EXISTS (SELECT 1 FROM order_items WHERE order_id = orders.id AND quantity > 1)"
ALL_RETURNABLE = """
    NOT EXISTS (SELECT 1 FROM order_items LEFT JOIN products ON products.id = product_id WHERE order_id = orders.id
                AND (final_sale OR category IN ('beauty', 'gift_cards') OR tags && '{digital,made_to_order,software}'))
"""
ITEMS = "(SELECT count(*) FROM order_items WHERE order_id = orders.id)"
PAID_BY_CARD = """
    (SELECT count(*) FROM payments WHERE order_id = orders.id) = 1
    AND EXISTS (SELECT 1 FROM payments JOIN payment_methods ON payment_methods.id = payment_method_id
                WHERE order_id = orders.id AND payment_methods.kind = 'card')
"""


def several(house: RunningHouse, items: int) -> Purchase:
    """Take a delivered order with so many different items, one piece each."""
    return delivered(house, f"{ONE_PIECE_EACH} AND {ALL_RETURNABLE} AND {ITEMS} = {items}", days=13)


def chosen(house: RunningHouse, customer: Customer) -> set[str]:
    """Return the names of the items in the return that the customer has opened."""
    query = """
        SELECT order_items.name FROM return_lines JOIN returns ON returns.id = return_id
          JOIN order_items ON order_items.id = order_item_id WHERE rma = %s
    """
    return {str(name) for (name,) in house.rows(query, customer.rma())}


def in_the_summary(customer: Customer, purchase: Purchase) -> set[str]:
    """Return the names of the items that the newest summary lists."""
    assert customer.asked_for == "confirm", customer.heard
    return {name for name in purchase.items if name in customer.heard}


def to_the_summary(customer: Customer) -> None:
    """Answer in words whatever is still asked, until the summary stands there."""
    answers = {
        "reason": "I just don't need it any more",
        "resolution": "a refund please",
        "refund_to": "the first one",
        "return_method": "I'll drop it off",
        "condition": "it's unopened",
    }
    for _ in range(6):
        if customer.asked_for == "confirm":
            return
        customer.say(answers[str(customer.asked_for)])
    raise AssertionError(customer.heard)


@pytest.mark.parametrize(
    "said",
    [
        "Hi, I want to send back the {item} from {number}, zip {zip}. Not needed. Refund my card, I will drop it off",
        "returning {item} order {number} my zip is {zip} dont need it any more refund to card pls ill drop it off",
        "{number} / {zip}: the {item} is no longer needed, money back on the card please, drop-off is fine",
    ],
)
def test_what_was_said_at_once_is_not_asked_again(house: RunningHouse, customer: Customer, said: str) -> None:
    purchase = delivered(house, f"{ONE_PIECE_EACH} AND {ITEMS} = 2 AND {PAID_BY_CARD}", days=28)
    customer.say(said.format(item=purchase.first, number=purchase.number, zip=purchase.zip))
    assert in_the_summary(customer, purchase) == {purchase.first}
    customer.say("yes")
    assert chosen(house, customer) == {purchase.first}


@pytest.mark.parametrize(
    "said",
    [
        "I want to return the {item} from {returned}, zip {zip}, and cancel my order {cancelled}, zip {other_zip}",
        "please take back the {item} of {returned} ({zip}). Also cancel order {cancelled} ({other_zip})",
        "cancel {cancelled} zip {other_zip} pls. and then i want to return the {item} from {returned} zip {zip}",
    ],
)
def test_several_wants_are_done_one_after_the_other(house: RunningHouse, customer: Customer, said: str) -> None:
    back, off = several(house, 2), pending(house)
    words = {"item": back.first, "returned": back.number, "zip": back.zip}
    customer.say(said.format(**words, cancelled=off.number, other_zip=off.zip))
    for _ in range(16):
        if "everything you asked for" in customer.heard:
            break
        answer_anything(customer, {back.number: back.zip, off.number: off.zip})
    assert "everything you asked for" in customer.heard
    assert house.rows("SELECT state FROM orders WHERE number = %s", off.number) == [("cancelled",)]
    assert chosen(house, customer) == {back.first}


def answer_anything(customer: Customer, zips: dict[str, str]) -> None:
    """Answer what is asked, in words."""
    asked = customer.asked_for
    if asked == "confirm":
        customer.say("yes please")
    elif asked in {"identity", "order"}:
        text = customer.newest()["text"]
        customer.say(next((zip_code for number, zip_code in zips.items() if number in text), " ".join(zips.values())))
    elif asked == "reason":
        customer.say("no longer needed")
    else:
        to_the_summary(customer)


@pytest.mark.parametrize(
    ("said", "left_out"),
    [
        ("everything but the {last}", {"last"}),
        ("all of it except the {first}", {"first"}),
        ("the second and the third one", {"first"}),
        ("the {first} and the {second}", {"last"}),
        ("all 3", set()),
    ],
)
def test_items_are_pointed_at(house: RunningHouse, customer: Customer, said: str, left_out: set[str]) -> None:
    purchase = several(house, 3)
    customer.say(f"I want to return something from {purchase.number}, zip {purchase.zip}")
    assert customer.asked_for == "items"
    shown = [card["title"] for card in customer.newest("cards")["cards"]]
    place = {"first": shown[0], "second": shown[1], "last": shown[2]}
    customer.say(said.format(**place))
    to_the_summary(customer)
    assert in_the_summary(customer, purchase) == set(purchase.items) - {place[one] for one in left_out}


@pytest.mark.parametrize(
    "said", ["yes but not the {item}", "no, leave out the {item}", "wait, without the {item} please"]
)
def test_an_item_is_taken_out_at_the_summary(house: RunningHouse, customer: Customer, said: str) -> None:
    purchase = several(house, 2)
    gone, stays = purchase.items
    customer.say(f"return everything from {purchase.number}, zip {purchase.zip}, no longer needed")
    to_the_summary(customer)
    customer.say(said.format(item=gone))
    to_the_summary(customer)
    assert in_the_summary(customer, purchase) == {stays}
    assert (
        house.rows("SELECT 1 FROM returns JOIN orders ON orders.id = order_id WHERE number = %s", purchase.number) == []
    )


@pytest.mark.parametrize("said", ["yes, but also the {item}", "and the {item} too please", "add the {item} as well"])
def test_an_item_is_added_at_the_summary(house: RunningHouse, customer: Customer, said: str) -> None:
    purchase = several(house, 2)
    first, other = purchase.items
    customer.say(f"return the {first} from {purchase.number}, zip {purchase.zip}, no longer needed")
    to_the_summary(customer)
    assert in_the_summary(customer, purchase) == {first}
    customer.say(said.format(item=other))
    to_the_summary(customer)
    assert in_the_summary(customer, purchase) == {first, other}


@pytest.mark.parametrize(
    "question", ["how long does a refund take?", "what if I lost the box?", "who pays for the shipping btw"]
)
def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(
    house: RunningHouse, customer: Customer, question: str
) -> None:
    purchase = several(house, 2)
    customer.say(f"return the {purchase.first} from {purchase.number}, zip {purchase.zip}, no longer needed")
    asked = customer.asked_for
    customer.say(question)
    assert customer.asked_for == asked
    assert len(customer.heard) > len(customer.newest()["text"]), customer.heard


@pytest.mark.parametrize("said", ["forget it", "nvm leave it", "stop, I changed my mind"])
def test_whoever_stops_has_nothing_written(house: RunningHouse, customer: Customer, said: str) -> None:
    purchase = several(house, 2)
    customer.say(f"return the {purchase.first} from {purchase.number}, zip {purchase.zip}, no longer needed")
    to_the_summary(customer)
    customer.say(said)
    assert (
        house.rows("SELECT 1 FROM returns JOIN orders ON orders.id = order_id WHERE number = %s", purchase.number) == []
    )
    assert customer.asked_for != "confirm"


@pytest.mark.parametrize(
    "typed",
    [
        "i wanna retrun the {item}, ordr {spaced} zip {zip}",
        "SEND BACK THE {item} ORDER NUMBER {number} ZIP {zip}",
        "so i ordered the {item} and i want to return it my order is {lower} and my zip code is {zip} thank you",
    ],
)
def test_typos_capitals_and_dictation_are_read(house: RunningHouse, customer: Customer, typed: str) -> None:
    purchase = several(house, 2)
    digits = purchase.number[1:]
    customer.say(
        typed.format(
            item=purchase.first, number=purchase.number, lower=purchase.number.lower(), zip=purchase.zip,
            spaced=f"# h {digits[:3]} {digits[3:]}",
        )
    )  # fmt: skip
    assert customer.asked_for == "reason", customer.heard


@pytest.mark.parametrize(
    "said", ["what's the capital of France?", "write me a poem about shoes", "who will win the election"]
)
def test_what_is_not_ours_is_said_kindly(new_customer: Callable[[], Customer], said: str) -> None:
    customer = new_customer()
    customer.say(said)
    assert "outside what I can do" in customer.heard


def at_the_summary(house: RunningHouse, customer: Customer) -> Purchase:
    """Lead a customer to the summary of a return."""
    purchase = several(house, 1)
    customer.say(f"I want to return the {purchase.first} from {purchase.number}, zip {purchase.zip}, I don't need it")
    to_the_summary(customer)
    return purchase


@pytest.mark.parametrize(
    "said", ["Yes, please proceed with the return. Thank you!", "that looks right, go ahead", "ok do it pls"]
)
def test_a_yes_in_a_sentence_is_a_yes(house: RunningHouse, customer: Customer, said: str) -> None:
    purchase = at_the_summary(house, customer)
    customer.say(said)
    assert chosen(house, customer) == {purchase.first}


@pytest.mark.parametrize("said", ["yes, but only if it's free", "yes if you pay the shipping", "ok, cancel it"])
def test_a_yes_with_a_but_is_none(house: RunningHouse, customer: Customer, said: str) -> None:
    purchase = at_the_summary(house, customer)
    customer.say(said)
    assert "RMA-" not in customer.heard
    query = "SELECT count(*) FROM returns JOIN orders ON orders.id = order_id WHERE number = %s"
    assert house.rows(query, purchase.number) == [(0,)]


@pytest.mark.parametrize("said", ["No thank you, I'm not sure yet.", "please don't process it", "leave it as it is"])
def test_a_no_in_a_sentence_is_a_no(house: RunningHouse, customer: Customer, said: str) -> None:
    at_the_summary(house, customer)
    customer.say(said)
    assert "nothing was changed" in customer.heard


@pytest.mark.parametrize(
    "said", ["can I talk to a real person please", "get me someone from your team", "human agent now"]
)
def test_a_person_comes_in_the_middle_of_a_form(house: RunningHouse, customer: Customer, said: str) -> None:
    purchase = several(house, 2)
    customer.say(f"I want to return something from {purchase.number}, zip {purchase.zip}")
    assert customer.asked_for == "items"
    customer.say(said)
    assert customer.read()["owner"] == "queue"
