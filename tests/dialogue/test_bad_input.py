"""Whatever comes in is answered, changes nothing wrongly, and is in the transcript."""

import threading
import time

import pytest

from tests.customer import Customer
from tests.dialogue.test_returns import to_the_summary
from tests.running import RunningHouse

pytestmark = pytest.mark.bot


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "x" * 10_000,
        "word " * 2_000,
        "🙂🙃😀",
        "👍",
        "a\x00b\x07c",
        "我想退货",
        "أريد إرجاع الحذاء",
        "'; DROP TABLE orders; --",
        "<script>alert(1)</script>",
        "<b>return</b> &amp; refund",
        "/affirm",
        "/restart",
        '/inform{"confirm": "yes"}',
        "/EXTERNAL_reminder",
        "{{ 7*7 }} ${jndi:ldap://x}",
        "0",
        "?",
    ],
)
def test_strange_text_is_answered_and_kept(customer: Customer, text: str) -> None:
    answers = customer.say(text)

    assert [message for message in answers if message["author"] in {"bot", "system"}]
    assert [message["author"] for message in customer.transcript()].count("customer") == 1


def test_markup_is_kept_as_text(customer: Customer) -> None:
    customer.say("<img src=x onerror=alert(1)>")

    kept = [message["text"] for message in customer.transcript() if message["author"] == "customer"]
    assert kept == ["<img src=x onerror=alert(1)>"]


def test_a_text_that_is_too_long_is_refused_with_the_reason(customer: Customer) -> None:
    response = customer.post({"text": "x" * 10_001})

    assert response.status_code == 422
    assert "10000" in response.json()["detail"]


@pytest.mark.parametrize("number", ["h204518", "# H 204518", "H-204518", "order number is H204518.", "#h204518"])
def test_an_order_number_is_read_in_any_shape(customer: Customer, number: str) -> None:
    customer.press("Where is my order")
    customer.say(number)
    customer.say("97214")

    assert "#H204518" in customer.heard


def test_a_button_pressed_twice_acts_once(house: RunningHouse, customer: Customer) -> None:
    to_the_summary(house, customer)
    token = customer.token_of("Yes")
    before = int(str(house.rows("SELECT count(*) FROM returns")[0][0]))
    responses = [customer.post({"payload": token}, wait=20) for _ in range(2)]

    assert [response.status_code for response in responses] == [200, 200]
    assert int(str(house.rows("SELECT count(*) FROM returns")[0][0])) == before + 1
    assert "already have that answer" in responses[1].json()["messages"][-1]["text"]


def test_a_button_of_an_old_question_is_answered_as_old(customer: Customer) -> None:
    old = customer.token_of("Where is my order")
    customer.press("Start a return")
    answer = customer.post({"payload": old}, wait=20).json()["messages"]

    assert "earlier question" in answer[0]["text"]


def test_a_forged_button_changes_nothing(customer: Customer) -> None:
    answer = customer.post({"payload": "abcdefghjk"}, wait=20).json()["messages"]

    assert "don't know that button" in answer[0]["text"]


def test_the_same_client_message_id_twice_is_one_message(customer: Customer) -> None:
    first = customer.post({"text": "hello", "client_message_id": "one"}, wait=20).json()
    second = customer.post({"text": "hello", "client_message_id": "one"}, wait=20).json()

    assert first["accepted"] == second["accepted"]
    assert [message["author"] for message in customer.transcript()].count("customer") == 1


def test_two_messages_at_once_are_both_answered_in_order_and_without_a_long_wait(customer: Customer) -> None:
    began = time.monotonic()
    threads = [
        threading.Thread(target=customer.post, args=({"text": text}, 20))
        for text in ("how long do refunds take?", "do you have a physical store to return to?")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    transcript = customer.transcript()
    asked = [message["seq"] for message in transcript if message["author"] == "customer"]
    answered = [message["seq"] for message in transcript[1:] if message["author"] == "bot"]
    assert len(asked) == 2
    assert len(answered) >= 2
    assert time.monotonic() - began < 5


def test_another_customers_session_cannot_be_read_with_a_forged_token(customer: Customer) -> None:
    customer.token = customer.token[:-4] + "AAAA"
    customer._client.headers["Authorization"] = f"Bearer {customer.token}"

    assert customer.post({"text": "hello"}).status_code == 401
