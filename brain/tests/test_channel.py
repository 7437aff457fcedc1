"""The brain as a pure function of dialogue state and message, over HTTP as the desk uses it."""

import json
from concurrent.futures import ThreadPoolExecutor

import encoder
import numpy as np
import pytest


def texts(answer):
    return [message["text"] for message in answer["messages"]]


def test_a_return_is_led_through_its_form_with_the_state_kept_outside(brain, desk):
    asked = brain.turn("I want to return something")
    assert texts(asked) == ["which order"]
    assert asked["expects"] == "order"
    assert asked["state"] == {"version": 1, "slots": {}, "loop": "return_form", "requested_slot": "order"}
    further = brain.turn("my order is # h 204518", asked["state"])
    assert texts(further) == ["refund or exchange"]
    assert further["state"]["slots"] == {"order": "H204518"}
    done = brain.turn(None, further["state"], payload='/inform{"resolution":"refund"}')
    assert texts(done) == ["done H204518 refund"]
    assert (done["expects"], done["state"]["loop"], done["state"]["requested_slot"]) == (None, None, None)


def test_the_same_turn_from_the_same_state_gives_the_same_answer(brain, desk):
    asked = brain.turn("I want to return something")
    again = [brain.turn("my order is H204518", asked["state"]) for _ in range(2)]
    assert again[0] == again[1]


def test_a_detour_is_answered_and_the_form_asks_again(brain, desk):
    asked = brain.turn("I want to return something")
    detour = brain.turn("what is your return policy", asked["state"])
    assert texts(detour) == ["answer to what is your return policy", "which order"]
    assert detour["state"]["requested_slot"] == "order"


def test_metadata_reaches_the_action_untouched_with_turn_id_and_call_number(brain, desk):
    metadata = {"mark": {"deep": [1, None, "é"]}}
    answer = brain.turn("what is your return policy", metadata=metadata)
    call = desk.calls[-1]
    assert call["tracker"]["latest_message"]["metadata"] == metadata
    assert (call["turn_id"], call["call_number"], call["domain"]) == (f"turn-{brain.turns}", 0, {})
    assert answer["state"]["slots"]["note"] == metadata["mark"]
    assert desk.headers[-1]["X-Returndesk-Token"] == "a-token-for-tests"


def test_the_calls_of_one_turn_are_numbered_in_order(brain, desk):
    asked = brain.turn("I want to return something")
    state = brain.turn("H204518", asked["state"])["state"]
    desk.calls.clear()
    brain.turn(None, state, payload='/inform{"resolution":"refund"}')
    assert [call["call_number"] for call in desk.calls] == list(range(len(desk.calls)))
    assert len({call["turn_id"] for call in desk.calls}) == 1
    assert len(desk.calls) > 1


def test_one_connection_to_the_desk_serves_many_calls(brain, desk):
    desk.connections.clear()
    for _ in range(5):
        brain.turn("what is your return policy")
    assert len(desk.connections) == 1


@pytest.mark.parametrize("status", [500, 503, 401, 404])
def test_a_failed_action_call_is_a_502_that_names_the_action(brain, desk, status):
    desk.broken = status
    code, answer = brain.post({"turn_id": "broken", "text": "what is your return policy", "state": None})
    assert code == 502
    assert "action_answer" in answer["detail"]
    assert str(status) in answer["detail"]


def test_an_action_answer_of_the_wrong_shape_is_a_502(brain, desk):
    desk.nonsense = True
    code, answer = brain.post({"turn_id": "nonsense", "text": "what is your return policy", "state": None})
    assert (code, answer["error"]) == (502, "turn failed")


def test_an_empty_reply_is_a_502(brain, desk):
    code, answer = brain.post({"turn_id": "silent", "text": "thank you", "state": None})
    assert (code, answer["detail"]) == (502, "empty reply")


def test_a_failure_leaves_the_next_turn_untouched(brain, desk):
    desk.broken = 500
    brain.post({"turn_id": "same", "text": "what is your return policy", "state": None})
    desk.broken = None
    code, answer = brain.post({"turn_id": "same", "text": "what is your return policy", "state": None})
    assert code == 200
    assert texts(answer) == ["answer to what is your return policy"]


@pytest.mark.parametrize(
    "text",
    ["/greet", "  /greet", "／greet", "//greet", "/restart", "/EXTERNAL_reminder", '/inform{"resolution":"refund"}',
     "\u200b/greet", "\n/greet", "/back", "/session_start", "/nlu_fallback"],
)  # fmt: skip
def test_a_typed_slash_is_never_a_command(brain, desk, text):
    answer = brain.turn(text)
    assert texts(answer) == ["pardon"]
    assert answer["intent"]["name"] == "nlu_fallback"
    assert answer["entities"] == [] or text.startswith("/inform")
    assert answer["state"]["slots"] == {}


def test_a_button_of_the_desk_is_a_command(brain, desk):
    answer = brain.turn(None, payload="/greet")
    assert texts(answer) == ["hello"]
    assert answer["intent"] == {"name": "greet", "confidence": 1.0}


def test_a_task_on_a_button_is_a_want(brain, desk):
    answer = brain.turn(None, payload='/order_status{"order_id":"H204518"}')
    assert [want["intent"] for want in answer["wants"]] == ["order_status"]
    assert answer["wants"][0]["entities"] == [{"entity": "order_id", "value": "H204518"}]


def test_slots_that_are_gone_are_dropped(brain, desk):
    state = {"version": 1, "slots": {"note": 5, "gone": 1, "requested_slot": "x"}, "loop": None, "requested_slot": None}
    answer = brain.turn("hello", state)
    assert answer["state"]["slots"] == {"note": 5}
    assert "state_reset" not in answer


@pytest.mark.parametrize("change", [{"loop": "gone_form", "requested_slot": "order"}, {"version": 99, "loop": "x"}])
def test_a_form_or_version_that_is_gone_resets_the_state(brain, desk, change):
    answer = brain.turn("hello", {"version": 1, "slots": {}, "loop": None, "requested_slot": None, **change})
    assert answer["state_reset"] is True
    assert answer["state"]["loop"] is None
    assert texts(answer) == ["hello"]


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"null", b"", {"text": "hi"}, {"turn_id": "x"}, {"turn_id": "x", "text": "hi", "payload": "/greet"},
     {"turn_id": "x", "text": 5}, {"turn_id": "x", "payload": "greet"}, {"turn_id": "x", "payload": "/inform{"},
     {"turn_id": "x", "payload": "/no_such_intent"}, {"turn_id": "x", "payload": "/inform[]"},
     {"turn_id": "x", "text": "hi", "state": []}, {"turn_id": "x", "text": "hi", "state": {"version": 1, "slots": []}},
     {"turn_id": "x", "text": "hi", "vectors": [{"text": "hi", "vector": "AAAA"}]},
     {"turn_id": "x", "text": "hi", "vectors": ["hi"]}, {"turn_id": "x", "text": "a" * 30_000}],
)  # fmt: skip
def test_a_malformed_request_is_a_400_that_says_why(brain, desk, body):
    code, answer = brain.post(body)
    assert code == 400
    assert answer["error"] == "malformed request"
    assert answer["detail"]


def test_the_desks_vector_decides_what_a_text_means(brain, desk):
    meaning = encoder.pack(encoder.Encoder().encode("good morning"))
    answer = brain.turn("zzzz", vectors=[{"text": "zzzz", "vector": meaning}])
    assert answer["intent"]["name"] == "greet"


@pytest.mark.parametrize("text", ["", "   ", "👍", "x" * 10_000, "\x00", "{}", "[a](b)", "où est 我的订单"])
def test_any_text_gets_an_answer_or_a_clean_failure(brain, desk, text):
    code, answer = brain.post({"turn_id": "odd", "text": text, "state": None})
    assert code == 200 or answer["detail"] == "empty reply"


def test_two_turns_at_the_same_time_do_not_mix(brain, desk):
    desk.slow = 0.5

    def take(number):
        pace = "slowly" if number % 2 else "now"
        text, mark = f"what is your return policy {pace} {number}", {"mark": number}
        _, answer = brain.post({"turn_id": f"mixed-{number}", "text": text, "state": None, "metadata": mark})
        return answer["state"]["slots"]["note"], texts(answer)[0]

    with ThreadPoolExecutor(8) as pool:
        for number, (mark, text) in enumerate(pool.map(take, range(8))):
            assert mark == number
            assert text.endswith(f" {number}")


def test_two_attempts_with_one_turn_id_do_not_wait_for_one_another(brain, desk):
    desk.slow = 0.3
    body = {"turn_id": "twin", "text": "what is your return policy slowly", "state": None}
    with ThreadPoolExecutor(2) as pool:
        assert [code for code, _ in pool.map(brain.post, [body, body])] == [200, 200]


def test_an_answer_is_plain_json_with_finite_numbers(brain, desk):
    answer = brain.turn("my order is H204518 and where is my parcel")
    assert json.dumps(answer, allow_nan=False)
    assert np.isfinite(answer["intent"]["confidence"])


def test_health_names_the_model_and_its_memory(brain):
    code, answer = brain.get("health")
    assert (code, answer["status"], answer["model"]) == (200, "ok", "exactly-here.tar.gz")
    assert 50 < answer["rss_mb"] < 2_000
