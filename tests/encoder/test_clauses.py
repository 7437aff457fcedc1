"""A message is cut into the clauses that may each be a want; one clause is not a list."""

import pytest

from encoder import clauses


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "return the mug from H204518 and where is my refund for H203950?",
            ["return the mug from H204518", "where is my refund for H203950"],
        ),
        (
            "I want to return the boots. Also where is my other order?",
            ["I want to return the boots", "where is my other order"],
        ),
        ("cancel the lamp; then change my address", ["cancel the lamp", "change my address"]),
        ("return H118820, cancel H118951", ["return H118820", "cancel H118951"]),
        ("swap it for blue plus I need a label", ["swap it for blue", "I need a label"]),
        ("is pickup free? what about stores?", ["is pickup free", "what about stores"]),
    ],
)
def test_two_wants_become_two_clauses(text, expected):
    assert clauses.split(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "   ", "👍", "🎉🎉 🎉", "where is my refund", "refund?", "a" * 10_000, "no. 5", "write to a.b@c.com please"],
)
def test_one_clause_or_none_is_an_empty_list(text):
    assert clauses.split(text) == []


@pytest.mark.parametrize(
    "text", ["Hi there, thanks! I want to return my shoes. Thank you so much.", "hello. where is my order? cheers"]
)
def test_greetings_and_pleasantries_are_not_clauses(text):
    assert clauses.split(text) == []


def test_a_number_and_an_address_are_not_cut():
    assert clauses.split("refund 12.50 to me@shop.example and cancel the rest") == [
        "refund 12.50 to me@shop.example",
        "cancel the rest",
    ]


def test_at_most_six_clauses_are_kept():
    assert len(clauses.split(". ".join(f"I want item {word}" for word in "abcdefghij"))) == 6


def test_a_very_long_message_is_split_quickly():
    assert len(clauses.split("please return my shoes and the hat, " * 300)) == 6
