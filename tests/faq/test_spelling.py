"""Typing slips: repaired towards our own words, and other words left alone."""

import pytest

from faq.spelling import Speller, normalise

SPELLER = Speller(
    ["return the parcel label", "a return label for the parcel", "shoes and shoes", "don't refund, refund"]
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("Retrun the labl", "return the label"), ("PARCLE", "parcel"), ("a reutrn, shose", "a return shoes")],
)
def test_a_slip_is_repaired(typed: str, meant: str) -> None:
    assert SPELLER.repair(typed) == meant


@pytest.mark.parametrize("word", ["returned", "parcels", "table", "the", "fund", "sho", "h204518", "回品"])
def test_another_word_is_left_alone(word: str) -> None:
    assert SPELLER.repair(word) == word


def test_a_word_that_we_know_once_is_neither_repaired_nor_aimed_at() -> None:
    once = Speller(["reset the parcel", "parcel"])
    assert once.repair("reset resat") == "reset resat"


def test_normalising_takes_out_signs_and_case() -> None:
    assert normalise("  DON’T you -- have #H204518?! 🙂 ") == "dont you have h204518"
