"""A return from the first word to the label, as customers do it."""

import re

import httpx
import pytest

from tests.customer import Customer
from tests.running import Purchase, RunningHouse

pytestmark = pytest.mark.bot


def returns_of(house: RunningHouse, rma: str) -> list[tuple[object, ...]]:
    """Look a return up in the database."""
    return house.rows("SELECT approval, parcel, resolution, method, amount::text FROM returns WHERE rma = %s", rma)


def count_returns(house: RunningHouse, order: str) -> int:
    """Count the returns of an order."""
    query = "SELECT count(*) FROM returns JOIN orders ON orders.id = order_id WHERE number = %s"
    return int(str(house.rows(query, order)[0][0]))


def test_a_return_by_buttons_from_hello_to_the_label(house: RunningHouse, customer: Customer) -> None:
    customer.press("Start a return")
    assert customer.asked_for == "identity"
    customer.say("#H204518 97214")
    assert customer.asked_for == "items"
    customer.choose(sweater=1)
    assert customer.asked_for == "reason"
    customer.press("Too small")
    assert customer.asked_for == "resolution"
    titles = [card["title"] for card in customer.newest()["cards"]]
    assert titles == ["Refund", "Exchange", "Store credit"]
    assert "$64.00 to Visa ending 4242" in [card["text"] for card in customer.newest()["cards"]]
    customer.press("Refund")
    assert customer.asked_for == "return_method"
    customer.press("Drop-off")
    assert customer.asked_for == "confirm"
    assert "Wool Sweater" in customer.heard
    assert "$64.00" in customer.heard
    assert "Visa ending 4242" in customer.heard
    before = count_returns(house, "H204518")
    customer.press("Yes")

    rma = customer.rma()
    assert returns_of(house, rma) == [("approved", "label_issued", "refund", "drop_off_qr", "64.00")]
    assert count_returns(house, "H204518") == before + 1
    (label,) = customer.newest("attachments")["attachments"]
    document = httpx.get(label["url"])
    assert document.headers["content-type"] == "application/pdf"
    assert document.content.startswith(b"%PDF")


def test_a_return_in_free_text(house: RunningHouse, customer: Customer) -> None:
    customer.say("hi, i want to return something")
    customer.say("my order is h 204518 and my email is Maya.Torres@example.com")
    customer.say("one of the mugs please")
    assert customer.asked_for == "reason"
    customer.say("i just don't need it any more")
    customer.say("money back")
    customer.say("i'll print the label")
    assert customer.asked_for == "confirm"
    assert "1 × Camp Mug" in customer.heard
    customer.say("ok do it")

    (row,) = returns_of(house, customer.rma())
    assert row[:4] == ("approved", "label_issued", "refund", "printed_label")
    assert row[4] == "8.05"


def test_everything_in_one_message_needs_only_what_is_missing(customer: Customer) -> None:
    customer.say("I'd like to return the trail runner shoes from order #H204518, zip 97214, they are too small")

    assert customer.asked_for == "resolution"


def test_an_exchange_reserves_the_variant_that_was_chosen(house: RunningHouse, customer: Customer) -> None:
    customer.say("I want to exchange the trail runners from #H204518 for a bigger size, my zip is 97214")
    if customer.asked_for == "items":
        customer.choose(trail=1)
    if customer.asked_for == "reason":
        customer.press("Too small")
    assert customer.asked_for == "variant"
    chosen = customer.newest("cards")["cards"][0]["title"]
    customer.press(chosen)
    customer.press("No second choice")
    customer.press("Drop-off")
    assert chosen in customer.heard
    customer.say("no")
    stock = house.rows("SELECT sum(stock) FROM variants")[0][0]
    customer.say("start a return")
    customer.say("the shoes")
    customer.press("Too small")
    customer.press("Exchange")
    customer.press(chosen)
    customer.press("No second choice")
    customer.press("Drop-off")
    customer.press("Yes")

    rma = customer.rma()
    assert house.rows("SELECT sum(stock) FROM variants")[0][0] == int(str(stock)) - 1
    customer.say(f"please cancel my return {rma}")
    customer.say("yes")
    assert house.rows("SELECT approval FROM returns WHERE rma = %s", rma) == [("cancelled",)]
    assert house.rows("SELECT sum(stock) FROM variants")[0][0] == stock


def test_a_refusal_names_rule_and_date_and_offers_what_is_possible_and_a_person(customer: Customer) -> None:
    customer.say("return the headphones from H204777, zip 97214")
    if customer.asked_for == "items":
        customer.choose(headphones=1)
    customer.press("No longer needed")

    assert re.search(r"14 days", customer.heard)
    assert re.search(r"\d{1,2} [A-Z][a-z]+ 20\d\d", customer.heard)
    titles = [button["title"] for button in customer.newest("buttons")["buttons"]]
    assert "Talk to a person" in titles
    assert len(titles) > 1


def test_an_order_that_has_not_arrived_is_not_returned_but_can_be_cancelled_instead(customer: Customer) -> None:
    customer.say("I want to return order H205120, zip 97214")

    assert "hasn't been sent" in customer.heard
    assert "Cancel the order" in [button["title"] for button in customer.newest("buttons")["buttons"]]


@pytest.mark.parametrize("answer", ["maybe", "hmm", "yes but only one of them", "/affirm", "what happens then?", ""])
def test_nothing_but_a_clear_yes_changes_an_order(house: RunningHouse, customer: Customer, answer: str) -> None:
    purchase = to_the_summary(house, customer)
    customer.say(answer)

    assert count_returns(house, purchase.number) == 0


def test_a_no_changes_nothing_and_says_so(house: RunningHouse, customer: Customer) -> None:
    purchase = to_the_summary(house, customer)
    customer.say("nah")

    assert "nothing was changed" in customer.heard
    assert count_returns(house, purchase.number) == 0


def test_a_yes_after_a_detour_still_covers_the_summary_that_was_shown(house: RunningHouse, customer: Customer) -> None:
    purchase = to_the_summary(house, customer)
    customer.say("how long do refunds take?")
    assert customer.asked_for == "confirm"
    customer.say("yes please")

    assert count_returns(house, purchase.number) == 1


def test_a_correction_before_the_yes_changes_the_summary(house: RunningHouse, customer: Customer) -> None:
    to_the_summary(house, customer)
    customer.say("no wait, make it store credit instead")
    assert customer.asked_for == "confirm"
    assert "store credit" in customer.heard
    customer.say("yes")

    assert returns_of(house, customer.rma())[0][2] == "store_credit"


def test_a_reason_that_is_corrected_changes_who_pays(house: RunningHouse, customer: Customer) -> None:
    to_the_summary(house, customer, "Printed label")
    assert "return shipping" in customer.heard
    customer.say("actually it doesn't work")
    assert customer.asked_for == "confirm"
    assert "return shipping" not in customer.heard
    customer.say("yes")

    assert house.rows("SELECT fee FROM returns WHERE rma = %s", customer.rma()) == [(0,)]


def test_an_item_that_is_in_a_return_is_not_swapped_for_another(house: RunningHouse, customer: Customer) -> None:
    purchase = house.returnable(2)
    gone = next(name for name, quantity in purchase.items.items() if quantity == 1)
    customer.say(f"return the {gone} from {purchase.number}, zip {purchase.zip}, no longer needed, refund, drop off")
    for _ in range(4):
        if customer.asked_for == "confirm":
            break
        customer.press({"reason": "No longer needed", "resolution": "Refund"}.get(str(customer.asked_for), "Drop-off"))
    customer.say("yes")
    customer.rma()
    customer.say(f"return the {gone} from {purchase.number}")

    assert "already in a return" in customer.heard
    assert customer.asked_for == "items"


def test_above_the_limit_a_person_decides_and_an_approval_gives_the_label(
    house: RunningHouse, customer: Customer
) -> None:
    customer.say("return the camera from H206001, zip 60614")
    customer.press("No longer needed")
    customer.press("Refund")
    customer.press("Drop-off")
    customer.press("Yes")
    rma = customer.rma()
    assert returns_of(house, rma)[0][:2] == ("requested", "none")
    assert "don't send anything yet" in customer.heard
    assert customer.read()["owner"] == "queue"
    conversation = str(house.rows("SELECT conversation_id::text FROM returns WHERE rma = %s", rma)[0][0])
    done = house.command("answer", str(conversation), "You may send it.", "--hand-back", "approved")

    assert done.returncode == 0, done.stderr
    assert house.rows("SELECT approval, parcel FROM returns WHERE rma = %s", rma) == [("approved", "label_issued")]
    query = "SELECT act FROM audit WHERE conversation_id::text = %s ORDER BY id"
    acts = [act for (act,) in house.rows(query, conversation)]
    assert acts[-1] == "handed_back"
    assert "return_approved" in acts
    customer.read(wait=5)
    assert f"Return {rma} is approved" in customer.heard


def test_a_return_that_was_called_off_gives_no_label(house: RunningHouse, customer: Customer) -> None:
    to_the_summary(house, customer)
    customer.say("yes")
    rma = customer.rma()
    customer.say(f"cancel my return {rma}")
    customer.say("yes")
    customer.say(f"send me the label for {rma} again")

    assert not any(message["attachments"] for message in customer.messages[-2:])
    assert "no label" in customer.heard


def test_a_whole_request_beside_a_number_and_an_e_mail_is_taken_up(house: RunningHouse, customer: Customer) -> None:
    purchase = house.returnable()
    customer.say(f"I'd like to send back the {purchase.first} from {purchase.number}, {purchase.email}")

    assert customer.asked_for == "reason" or customer.newest()["expects"]["input"] == "number"


def test_items_are_taken_out_and_added_by_a_correction(house: RunningHouse, customer: Customer) -> None:
    purchase = house.returnable(2)
    first, second = list(purchase.items)[:2]
    customer.say(f"I want to return everything from {purchase.number}, zip {purchase.zip}")
    customer.press("No longer needed")
    customer.press("Refund")
    customer.press("Drop-off")
    assert first in customer.heard
    assert second in customer.heard
    customer.say(f"not the {first}")
    assert customer.asked_for == "confirm"
    assert first not in customer.heard
    assert second in customer.heard
    customer.say(f"also add the {first}")
    if customer.newest()["expects"]["input"] == "number":
        customer.say("one")

    assert first in customer.heard
    assert second in customer.heard


def test_a_yes_does_not_cover_what_has_moved_since_the_summary(house: RunningHouse, customer: Customer) -> None:
    purchase = to_the_summary(house, customer)
    bound = "UPDATE payment_methods SET label = label || ' (new)' WHERE customer_id = %s RETURNING id"
    (owner,) = house.rows("SELECT customer_id FROM orders WHERE number = %s", purchase.number)[0]
    house.rows(bound, owner)
    customer.say("yes")

    assert "haven't done it yet" in customer.heard
    assert count_returns(house, purchase.number) == 0
    assert customer.asked_for == "resolution"
    customer.press("Refund")
    customer.press("Drop-off")
    assert "(new)" in customer.heard
    customer.say("yes")
    assert count_returns(house, purchase.number) == 1


def test_what_was_returned_elsewhere_meanwhile_is_refused_at_the_yes(house: RunningHouse, customer: Customer) -> None:
    purchase = to_the_summary(house, customer)
    other = Customer(house.url)
    other.say(f"return everything from {purchase.number}, zip {purchase.zip}")
    other.press("No longer needed")
    other.press("Refund")
    other.press("Drop-off")
    other.say("yes")
    other.rma()
    customer.say("yes")

    assert "haven't done it yet" in customer.heard
    assert count_returns(house, purchase.number) == 1
    assert "Talk to a person" in [button["title"] for button in customer.newest("buttons")["buttons"]]


def test_a_reason_in_own_words_is_kept_with_the_return(house: RunningHouse, customer: Customer) -> None:
    purchase = house.returnable()
    customer.say(f"I want to return something from order {purchase.number}, zip {purchase.zip}")
    if customer.asked_for == "items":
        customer.say("1")
    if customer.newest()["expects"]["input"] == "number":
        customer.say("one")
    customer.say("my aunt Gertrude gave me the very same thing")
    customer.press("Refund")
    customer.press("Drop-off")
    customer.say("yes")
    query = """
        SELECT detail->>'note' FROM events JOIN returns ON returns.id = return_id
        WHERE rma = %s AND kind = 'opened'
    """

    assert house.rows(query, customer.rma()) == [("my aunt Gertrude gave me the very same thing",)]


def to_the_summary(house: RunningHouse, customer: Customer, method: str = "Drop-off") -> Purchase:
    """Lead a customer to the summary of a return of one piece; nothing is written yet."""
    purchase = house.returnable()
    customer.say(f"I want to return something from order {purchase.number}, zip {purchase.zip}")
    if customer.asked_for == "items":
        customer.say("1")
    if customer.newest()["expects"]["input"] == "number":
        customer.say("one")
    customer.press("No longer needed")
    customer.press("Refund")
    customer.press(method)
    assert customer.asked_for == "confirm"
    return purchase
