"""Where is my refund, my return, my order; policy questions; detours and changes of mind."""

import re
from collections.abc import Callable

import pytest

from tests.customer import Customer
from tests.running import RunningHouse

pytestmark = pytest.mark.bot


def test_the_state_of_a_refund_by_order_number_has_amount_and_date(customer: Customer) -> None:
    customer.say("where is my refund for order H203950? my zip is 97214")

    assert "$" in customer.heard
    assert re.search(r"\d{1,2} [A-Z][a-z]+ 20\d\d", customer.heard)
    assert "RMA-" in customer.heard


def test_the_state_of_a_return_by_its_own_number(house: RunningHouse, customer: Customer) -> None:
    rma = str(house.rows("SELECT rma FROM returns JOIN orders ON orders.id = order_id WHERE number = 'H203950'")[0][0])
    customer.say(f"any news on {rma.lower().replace('-', ' ')}?")
    customer.say("maya.torres@example.com")

    assert rma in customer.heard


def test_an_e_mail_alone_gives_the_general_state_and_no_details(customer: Customer) -> None:
    customer.say("where is my refund")
    customer.say("maya.torres@example.com")

    assert "In general terms" in customer.heard
    assert "$" not in customer.heard
    assert "RMA-" not in customer.heard
    customer.say("H203950")
    assert "$" in customer.heard


def test_where_is_my_order(customer: Customer) -> None:
    customer.say("wheres my order H206002, 60614")

    assert "on its way" in customer.heard


def test_a_policy_question_is_answered_with_the_number_of_the_policy(customer: Customer) -> None:
    customer.say("how long do I have to send something back?")

    assert "30 days" in customer.heard


def test_a_question_in_the_middle_is_answered_and_the_return_goes_on(house: RunningHouse, customer: Customer) -> None:
    purchase = house.returnable(2)
    customer.say(f"I want to return something from {purchase.number}, zip {purchase.zip}")
    assert customer.asked_for == "items"
    customer.say("do I have to pay for the return shipping?")
    assert "$5.95" in customer.heard or "free" in customer.heard
    assert customer.asked_for == "items"
    customer.say(f"the {purchase.first}")
    assert customer.asked_for == "reason" or customer.newest()["expects"]["input"] == "number"


def test_two_wants_in_one_message_are_done_one_after_the_other(house: RunningHouse, customer: Customer) -> None:
    purchase = house.returnable()
    customer.say(
        f"I want to return the {purchase.first} from {purchase.number}, and where is my order {purchase.number}?"
    )
    assert "both" in customer.heard
    customer.say(purchase.zip)
    if customer.asked_for == "items":
        customer.say("1")
    customer.press("No longer needed")
    customer.press("Refund")
    customer.press("Drop-off")
    customer.say("no")

    assert "Now to the state of your order" in customer.heard
    assert f"Order #{purchase.number} was delivered" in customer.heard


def test_a_person_among_several_wants_comes_at_once(customer: Customer) -> None:
    customer.say("I want to return the candle from H203950 97214 and I want to talk to a person")

    assert customer.read()["owner"] == "queue"


def test_cancelling_without_a_return_means_the_order(customer: Customer) -> None:
    customer.say("H205120, 97214 cancel it")

    assert "Why would you like to cancel it" in customer.heard


def test_who_does_not_know_the_number_is_told_where_it_stands(customer: Customer) -> None:
    customer.press("Start a return")
    customer.say("i don't know the number")

    assert "confirmation" in customer.heard
    assert "couldn't read" not in customer.heard


def test_saying_cancel_it_again_is_a_yes_to_a_cancellation(house: RunningHouse, customer: Customer) -> None:
    query = """
        SELECT number, customers.zip FROM orders JOIN customers ON customers.id = customer_id
        WHERE state = 'pending' AND number <> 'H205120' ORDER BY number DESC LIMIT 1
    """
    number, zip_code = house.rows(query)[0]
    customer.say(f"where is my order {number}, zip {zip_code}")
    customer.say("cancel it")
    customer.press("No longer needed")
    customer.say("cancel it")

    assert house.rows("SELECT state FROM orders WHERE number = %s", number) == [("cancelled",)]


def test_a_want_that_is_denied_is_not_begun(customer: Customer) -> None:
    customer.say("do not cancel my order H205120 97214")

    assert "leave that as it is" in customer.heard


def test_the_next_order_is_looked_up_without_saying_again_what_is_wanted(customer: Customer) -> None:
    customer.say("where is my order H206002, zip 60614")
    customer.say("and what about H206001?")

    assert "#H206001" in customer.heard


def test_forget_it_stops_with_nothing_written(house: RunningHouse, customer: Customer) -> None:
    before = house.rows("SELECT count(*) FROM returns")
    customer.say("return something from H204518 97214")
    customer.say("forget it")

    assert "Nothing was changed" in customer.heard
    assert customer.asked_for is None
    assert house.rows("SELECT count(*) FROM returns") == before


def test_small_talk_is_answered(customer: Customer) -> None:
    customer.say("hello")
    assert customer.heard
    customer.say("thank you so much")
    assert "welcome" in customer.heard


def test_what_is_not_understood_is_said_and_the_second_time_a_person_comes(customer: Customer) -> None:
    customer.say("flurb gnarx wobbel zint")
    assert customer.newest("buttons")["buttons"]
    customer.say("grmpf zzkt blorp qwx")

    assert customer.read()["owner"] in {"queue", "bot"}


def test_a_person_can_be_asked_for_in_the_middle_of_anything(customer: Customer) -> None:
    customer.say("return something from H204518 97214")
    customer.say("let me talk to a human")
    standing = customer.read()

    assert standing["owner"] == "queue"
    assert "person" in customer.heard
    customer.say("the sleeve is torn as well")
    assert customer.heard.startswith("I've added that for them.")
    customer.say("it's the blue one")
    assert customer.heard == ""


def test_an_agent_answers_from_the_command_line_and_hands_back(house: RunningHouse, customer: Customer) -> None:
    customer.say("I want to speak to a person please")
    conversation = str(
        house.rows("SELECT conversation_id FROM messages WHERE id = %s", customer.messages[-1]["id"])[0][0]
    )
    listed = house.command("queue")
    assert conversation[:8] in listed.stdout
    assert house.command("answer", conversation[:8], "Hello, this is Ana. I'll look into it.").returncode == 0
    customer.read(wait=10)
    assert "Ana has joined" in customer.heard
    assert "I'll look into it." in customer.heard
    done = house.command("answer", conversation, "All settled.", "--hand-back", "approved")
    assert done.returncode == 0, done.stderr
    customer.read(wait=10)
    assert "assistant" in customer.heard
    customer.say("how long do I have to return something?")
    assert "30 days" in customer.heard


def test_a_pending_order_is_cancelled_after_a_yes(house: RunningHouse, customer: Customer) -> None:
    query = """
        SELECT number, customers.zip FROM orders JOIN customers ON customers.id = customer_id
        WHERE state = 'pending' AND number <> 'H205120' ORDER BY number LIMIT 1
    """
    number, zip_code = house.rows(query)[0]
    customer.say(f"please cancel my order {number}, zip {zip_code}")
    if customer.asked_for == "reason":
        customer.press("No longer needed")
    assert "Cancel order" in customer.heard
    customer.press("Yes")

    assert "is cancelled" in customer.heard
    assert house.rows("SELECT state FROM orders WHERE number = %s", number) == [("cancelled",)]


def test_somebody_elses_order_and_an_unknown_one_get_the_same_answer(new_customer: Callable[[], Customer]) -> None:
    known, unknown = new_customer(), new_customer()
    known.say("where is order H204518, zip 10001")
    unknown.say("where is order H999999, zip 10001")

    assert known.heard.replace("H204518", "N") == unknown.heard.replace("H999999", "N")
    assert "couldn't match" in known.heard


def test_too_many_wrong_details_bring_a_person(customer: Customer) -> None:
    customer.say("where is order H200001")
    for attempt in range(6):
        customer.say(f"1000{attempt}")

    assert customer.read()["owner"] == "queue"


def test_a_yes_to_a_person_after_a_complaint_brings_one(customer: Customer) -> None:
    customer.say("I want to complain about your delivery")
    assert customer.heard.endswith("shall I bring in a person?")
    customer.say("yes please")

    assert customer.read()["owner"] == "queue"
