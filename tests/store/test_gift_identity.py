"""What the code of a gift proves: the return of the gift, and nothing of the order or of who paid."""

from dataclasses import replace
from uuid import UUID

import pytest

from store import identity
from store.identity import Claim, Evidence, Missing, Wrong
from store.order import Customer, Order
from store.policy_file import IdentityRule, Level

GIVER = Customer(UUID(int=1), "Rosa", "Lindgren", "rosa.lindgren@example.com")
ORDER = Order(
    UUID(int=2), "H207004", GIVER, "delivered", None, None, None, (), GIVER.address, gift_code="GIFT-7Q4M-2X9K"
)
RULES = (
    IdentityRule(proof=("order", "email"), level="write", covers="order"),
    IdentityRule(proof=("gift_code",), level="write", covers="order"),
)


def judge(evidence: Evidence, order: Order | None = ORDER) -> identity.Judgement:
    """Judge by a shop that takes gift codes."""
    return identity.judge(RULES, evidence, order, [])


@pytest.mark.parametrize("code", ["GIFT-7Q4M-2X9K", "gift 7q4m 2x9k", "GIFT7Q4M2X9K"])
def test_the_code_opens_a_return_of_the_gift(code: str) -> None:
    claim = judge(Evidence(gift_code=code))

    assert claim == Claim("write", GIVER.id, (ORDER.id,), gift=True)
    assert isinstance(claim, Claim)
    assert claim.allows("write", ORDER.id, GIVER.id, gift=True)


@pytest.mark.parametrize("level", ["general", "look", "write"])
def test_the_code_opens_nothing_else(level: Level) -> None:
    claim = judge(Evidence(gift_code="GIFT-7Q4M-2X9K"))

    assert isinstance(claim, Claim)
    assert not claim.allows(level, ORDER.id, GIVER.id)
    assert not claim.allows(level, UUID(int=9), GIVER.id, gift=True)


def test_another_code_an_unknown_one_and_an_order_without_one_prove_nothing() -> None:
    assert judge(Evidence(gift_code="GIFT-7Q4M-2X9L")) == Wrong()
    assert judge(Evidence(gift_code="GIFT-7Q4M-2X9K"), None) == Wrong()
    assert judge(Evidence(gift_code="GIFT"), replace(ORDER, gift_code=None)) == Wrong()
    assert judge(Evidence(order_number="H207004"), replace(ORDER, gift_code=None)) == Missing("contact")


def test_who_paid_is_not_held_to_the_gift_by_giving_its_code_too() -> None:
    both = Evidence(order_number="H207004", email="rosa.lindgren@example.com", gift_code="GIFT-7Q4M-2X9K")

    assert judge(both) == Claim("write", GIVER.id, (ORDER.id,))


def test_a_shop_without_a_rule_for_gifts_takes_no_code() -> None:
    assert identity.judge(RULES[:1], Evidence(gift_code="GIFT-7Q4M-2X9K"), ORDER, []) == Missing("order")


def test_a_claim_is_kept_with_the_conversation_as_it_was() -> None:
    claim = Claim("write", GIVER.id, (ORDER.id,), gift=True)

    assert Claim.from_json(claim.to_json()) == claim
    assert "gift" not in Claim("write", GIVER.id, None).to_json()
