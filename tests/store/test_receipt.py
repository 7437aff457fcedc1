"""The receipt of a decision: it replays, it holds nobody's name, and old ones still can be read."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from store import policy, receipt
from store.decision import Past
from tests.store import made
from tests.store.selling import EU, HARBOUR, METHODS, asked, decide, sent_to, sold, thing

TENT = thing("Ridge Tent", "259.00", 2, tax="20.00", discount="30.00", tags=("outdoor",))
ORDER = sent_to(sold(TENT, shipping="9.00"), "DE", "BE")
LINE = replace(asked(TENT, "damaged", 1, "damaged"), photos=(made.MAYA.id,))
PAST = Past(
    returned={TENT.id: 1},
    opened=(made.NOW - timedelta(days=1),),
    started_at=made.NOW - timedelta(hours=2),
    promised_to={"visa": TENT.unit_price},
    exchanges=1,
)


def test_a_receipt_replays_to_the_same_answer_after_it_was_stored() -> None:
    stored = json.loads(json.dumps(receipt.inputs(ORDER, [LINE], made.NOW, PAST, METHODS)))
    assert receipt.replay(stored, EU) == decide(ORDER, LINE, rules=EU, past=PAST)
    assert receipt.read(stored).past == PAST


def test_a_receipt_holds_the_country_and_no_name_or_street() -> None:
    stored = json.dumps(receipt.inputs(ORDER, [LINE], made.NOW, PAST, METHODS))
    assert '"DE"' in stored
    for secret in ("Maya", "Torres", "example.com", "Alder", "97214", "10115", "Some Street", "5035550142"):
        assert secret not in stored


def test_the_rules_that_were_set_aside_are_set_aside_again() -> None:
    late = sold(TENT, delivered=80)
    overruled = frozenset({"window.standard"})
    stored = receipt.inputs(late, [asked(TENT)], made.NOW, Past(), METHODS, overruled)
    assert receipt.replay(json.loads(json.dumps(stored)), HARBOUR).eligible
    stored["overruled"] = []
    assert not receipt.replay(json.loads(json.dumps(stored)), HARBOUR).eligible


def test_a_receipt_from_before_the_past_was_kept_still_replays() -> None:
    stored = json.loads(json.dumps(receipt.inputs(ORDER, [asked(TENT, quantity=1)], made.NOW, Past(), METHODS)))
    del stored["past"]
    stored["already_returned"] = {str(TENT.id): 2}
    (line,) = receipt.replay(stored, HARBOUR).lines
    assert line.rule_ids == ("quantity.left",)


def test_what_is_no_receipt_of_a_return_is_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        receipt.read({"cancel": True, "reason": "other", "state": "pending"})


def test_decisions_about_changes_have_an_outcome_too() -> None:
    decision = policy.decide_change_address(replace(ORDER, state="pending"), HARBOUR)
    assert receipt.outcome(decision)["allowed"] is True
