"""What is said about money that has not moved: what was promised, what became of it, in the shop's own way to write."""

from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from casework import transfer_words
from store.order import Address, Customer, Order, PaymentMethod
from store.returns import Return
from store.transfer import Transfer, TransferKind
from tests.store import made

NOW = datetime.fromisoformat("2026-11-23T18:00:00+00:00")
CUSTOMER = Customer(uuid4(), "Maya", "Torres", "maya.torres@example.com")
ORDER = Order(uuid4(), "H204518", CUSTOMER, "delivered", NOW, None, None, (), Address())
VISA = PaymentMethod("card_maya", CUSTOMER.id, "card", "Visa ending 4242")
ZERO = Decimal("0.00")
SHOP = made.book().shop
GERMAN = SHOP.model_copy(update={"locale": "de_DE"})


def transfer(kind: TransferKind = "refund", currency: str = "USD") -> Transfer:
    """One of 89."""
    return Transfer(
        uuid4(), "order:1", kind, ORDER.id, None, VISA.id, Decimal("89.00"), currency, "failed", NOW, problem="declined"
    )


def a_return() -> Return:
    """One whose refund was promised for a day."""
    return Return(
        uuid4(), "RMA-4829-1563", ORDER.id, CUSTOMER.id, "approved", "inspected", "open", "refund", "store",
        Decimal("89.00"), ZERO, "USD", NOW, (), refund_due_on=date(2026, 11, 30),
    )  # fmt: skip


def test_a_refund_that_was_refused_names_what_was_promised_and_is_sorry_once() -> None:
    said = transfer_words.failed(transfer(), ORDER, VISA, a_return(), SHOP, sure=True)
    assert said == (
        "About order #H204518 (return RMA-4829-1563): we told you that $89.00 goes back to Visa ending 4242 by "
        "30 November 2026. The payment did not go through, so the money is not on its way yet. I'm sorry about that. "
        "You are still owed it, and there is nothing that you need to do."
    )


@pytest.mark.parametrize("kind", ["refund", "charge"])
def test_what_nobody_knows_is_not_said_to_have_failed(kind: TransferKind) -> None:
    said = transfer_words.failed(transfer(kind), ORDER, VISA, None, SHOP, sure=False)
    assert "we don't know yet" in said
    assert "did not go through" not in said


@pytest.mark.parametrize("sure", [True, False])
@pytest.mark.parametrize("kind", ["refund", "charge"])
def test_nobody_is_blamed_and_nothing_is_shouted(kind: TransferKind, sure: bool) -> None:
    said = transfer_words.failed(transfer(kind), ORDER, VISA, None, SHOP, sure=sure)
    assert "!" not in said
    assert "declined" not in said
    assert "$89.00" in said
    assert "Visa ending 4242" in said


def test_amounts_are_written_as_the_shop_writes_them_and_days_in_the_sentences_own_language() -> None:
    said = transfer_words.failed(transfer(currency="EUR"), ORDER, VISA, a_return(), GERMAN, sure=True)
    assert "89,00\u00a0€" in said
    assert "30 November 2026" in said


def test_an_agent_reads_the_amount_the_numbers_and_the_providers_words() -> None:
    assert transfer_words.detail(transfer("charge"), ORDER, a_return(), SHOP) == (
        "Charge of $89.00 (#H204518, RMA-4829-1563): declined"
    )


def test_the_provider_is_told_the_same_each_time() -> None:
    assert (
        transfer_words.description(transfer(), ORDER, a_return()) == "Refund for order #H204518, return RMA-4829-1563"
    )
    assert transfer_words.description(transfer("charge"), ORDER, None) == "Payment for order #H204518"
