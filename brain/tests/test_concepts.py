"""Spelling is made plain, and marks say what a message speaks of."""

import pytest
from brain import concepts

KNOWN = frozenset({"refund", "return", "label", "money", "kettle"})


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("wheres my mony", "where's my money"),
        ("pls RETRUN my ketle", "please return my kettle"),
        ("cancel #W2378156", "cancel ordernumber"),
        ("rma 4829 1563 status", "returnnumber status"),
    ],
)
def test_short_forms_and_slips_are_mended(text, plain):
    assert concepts.plain(text, KNOWN) == plain


def test_a_word_that_is_known_stays():
    assert concepts.plain("the label", KNOWN | {"table"}) == "the label"


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("cancel my return", {"cancel", "return"}),
        ("I no longer want to send the lamp back", {"no_more", "return"}),
        ("where is my money", {"where", "money"}),
        ("change the address before it ships", {"change", "address", "unsent"}),
    ],
)
def test_marks_say_what_a_message_speaks_of(text, marks):
    assert marks <= set(concepts.found(concepts.plain(text)))


def test_pairs_of_marks_are_features_too():
    assert "return&cancel" in concepts.features("cancel my return")
