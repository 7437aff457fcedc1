"""Stripe's answers, and all that can go wrong on the way to it: what is a refusal, and what is asked again."""

import socket
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import stripe

from gateways import payments
from kit import errors
from tests import stripe_server
from tests.stripe_account import CHARGE, REFUND, through_stripe
from tests.stripe_server import StripeServer

pytest_plugins = ["tests.gateways.stripe_fixtures"]


# What Stripe says.


@pytest.mark.parametrize("status", ["succeeded", "pending", "requires_action"])
async def test_a_refund_that_stripe_has_taken_on_counts_as_sent(
    stripes: tuple[payments.StripePayments, StripeServer], status: str
) -> None:
    gateway, server = stripes
    server.refund_status = {"status": status}
    assert await gateway.refund(REFUND) == server.refunds[0]["id"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": "failed", "failure_reason": "lost_or_stolen_card"}, "reported as lost or stolen"),
        ({"status": "failed", "failure_reason": "expired_or_canceled_card"}, "has expired or was cancelled"),
        ({"status": "failed", "failure_reason": "declined"}, "the bank declined it"),
        ({"status": "failed", "failure_reason": "something_new"}, "Stripe does not know why"),
        ({"status": "failed"}, "has failed"),
        ({"status": "canceled", "failure_reason": "merchant_request"}, "been cancelled: it was called off"),
    ],
)
async def test_a_refund_that_failed_says_why_in_words(
    stripes: tuple[payments.StripePayments, StripeServer], answer: dict[str, Any], words: str
) -> None:
    gateway, server = stripes
    server.refund_status = answer
    with pytest.raises(errors.Conflict, match=words):
        await gateway.refund(REFUND)


async def test_a_payment_that_is_refunded_already_is_refused(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, server = stripes
    server.payments["pi_paid"].left = 0
    with pytest.raises(errors.Conflict, match=r"already been refunded.*\(charge_already_refunded\)"):
        await gateway.refund(REFUND)


async def test_more_than_is_left_of_a_payment_is_refused(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, _server = stripes
    with pytest.raises(errors.Conflict, match="greater than unrefunded amount"):
        await gateway.refund(replace(REFUND, amount=Decimal("200.01")))


@pytest.mark.parametrize("declines", ["insufficient_funds", "authentication_required", "lost_card"])
async def test_a_card_that_is_declined_is_a_refusal_with_the_banks_code(
    stripes: tuple[payments.StripePayments, StripeServer], declines: str
) -> None:
    gateway, server = stripes
    server.saved_card(declines=declines)
    with pytest.raises(errors.Conflict, match=declines):
        await gateway.charge(CHARGE)
    assert [one.id for one in server.payments.values() if one.status == "succeeded"] == ["pi_paid"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("requires_action", "the bank wants the customer"),
        ("requires_payment_method", "was declined"),
        ("canceled", "was cancelled"),
    ],
)
async def test_a_charge_that_is_left_unfinished_is_a_refusal(
    stripes: tuple[payments.StripePayments, StripeServer], status: str, words: str
) -> None:
    gateway, server = stripes
    server.trouble = [(200, {"object": "payment_intent", "id": "pi_half", "status": status})]
    with pytest.raises(errors.Conflict, match=words):
        await gateway.charge(CHARGE)


@pytest.mark.parametrize("reference", ["", "  ", "ledger_return:RMA-4829-1563:1", "sale_17"])
async def test_a_payment_that_stripe_does_not_know_is_refused_before_anything_is_asked(
    stripes: tuple[payments.StripePayments, StripeServer], reference: str
) -> None:
    gateway, server = stripes
    with pytest.raises(errors.Conflict, match="Without the id of a Stripe payment"):
        await gateway.refund(replace(REFUND, payment_reference=reference))
    with pytest.raises(errors.Conflict, match="Without the id of a Stripe payment method"):
        await gateway.charge(replace(CHARGE, method_reference=reference))
    assert not server.requests


async def test_a_card_that_was_not_saved_with_a_customer_cannot_be_charged(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, server = stripes
    server.saved_card("pm_once", customer=None)
    with pytest.raises(errors.Conflict, match="without a customer"):
        await gateway.charge(replace(CHARGE, method_reference="pm_once"))
    with pytest.raises(errors.Conflict, match="No such PaymentMethod"):
        await gateway.charge(replace(CHARGE, method_reference="pm_nobody"))


async def test_a_wrong_key_says_which_setting_an_engineer_has_to_look_at() -> None:
    async with through_stripe("sk_test_of_somebody_else") as (gateway, _server):
        with pytest.raises(errors.Conflict, match="RETURNDESK_STRIPE_API_KEY") as refused:
            await gateway.refund(REFUND)
    assert "somebody_else" not in str(refused.value)


async def test_a_key_without_the_right_to_refund_says_so(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, server = stripes
    server.trouble = [(403, {"error": {"type": "invalid_request_error", "message": "no rak_charge_write"}})]
    with pytest.raises(errors.Conflict, match=r"no rak_charge_write.*An engineer gives it the rights"):
        await gateway.refund(REFUND)


async def test_a_key_that_was_used_for_something_else_is_a_refusal(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, server = stripes
    server.trouble = ["drop"]
    with pytest.raises(errors.Unavailable):
        await gateway.refund(REFUND)
    server.saved[REFUND.key] = ("another request", (200, {}))
    with pytest.raises(errors.Conflict, match="same parameters"):
        await gateway.refund(REFUND)


# Not now, or nobody knows.


def trouble(status: int, kind: str = "api_error", **more: Any) -> stripe_server.Answer:
    """An error as Stripe writes it."""
    return status, {"error": {"type": kind, "message": "Try again later.", **more}}


@pytest.mark.parametrize(
    "coming",
    [
        "drop",
        "garbage",
        trouble(500),
        trouble(502),
        trouble(503),
        trouble(429, "invalid_request_error", code="rate_limit"),
        trouble(429, "invalid_request_error", code="lock_timeout"),
        trouble(400, "invalid_request_error", code="rate_limit"),
        trouble(409, "idempotency_error", code="idempotency_key_in_use"),
        trouble(424, "api_error"),
        (500, b"<html>"),
        (502, b""),
        (404, b"<html>this is not Stripe</html>"),
        (200, b""),
        (200, b"[]"),
        (200, b"null"),
        (200, b"7"),
        (200, b'"succeeded"'),
        (200, {}),
        (200, {"id": "re_1"}),
        (200, {"id": 7, "object": "refund", "status": "succeeded"}),
        (200, {"id": "re_1", "object": "refund", "status": None}),
        (200, {"id": "re_1", "object": "refund", "status": "on_the_moon"}),
        (200, {"object": "refund", "status": "succeeded"}),
        (200, {"object": "list", "data": []}),
        (400, {}),
        (400, {"error": None}),
        (400, {"error": "invalid_grant"}),
        (400, {"error": ["no"]}),
        (400, b"[1]"),
        (302, b""),
        (200, b"\xff\xfe"),
    ],
    ids=str,
)
async def test_what_leaves_nobody_knowing_is_asked_again(
    stripes: tuple[payments.StripePayments, StripeServer], coming: Any
) -> None:
    gateway, server = stripes
    server.trouble = [coming]
    with pytest.raises(errors.Unavailable):
        await gateway.refund(REFUND)
    server.trouble = [coming]
    with pytest.raises(errors.Unavailable):
        await gateway.charge(CHARGE)


@pytest.mark.parametrize("coming", ["drop", "garbage", trouble(500), (200, {}), (200, b"[]"), trouble(429)], ids=str)
async def test_when_stripe_cannot_say_what_is_there_nothing_is_done(
    stripes: tuple[payments.StripePayments, StripeServer], coming: Any
) -> None:
    gateway, server = stripes
    server.looks = [coming]
    with pytest.raises(errors.Unavailable):
        await gateway.refund(REFUND)
    assert not server.asked_to_move


@pytest.mark.usefixtures("impatient")
async def test_a_stripe_that_hangs_is_given_up_and_asked_again() -> None:
    async with through_stripe() as (gateway, server):
        server.trouble = ["hang"]
        with pytest.raises(errors.Unavailable, match=r"did not answer|cannot be reached"):
            await gateway.refund(REFUND)
        assert await gateway.refund(REFUND)


async def test_a_stripe_that_is_not_there_is_asked_again() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        gateway = payments.StripePayments(stripe_server.KEY, f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(errors.Unavailable, match="cannot be reached"):
            await gateway.refund(REFUND)
        await gateway.close()


def kinds_of_errors() -> list[type[stripe.StripeError]]:
    """Return every kind of error that the library knows."""
    found, left = [], [stripe.StripeError]
    while left:
        kind = left.pop()
        found.append(kind)
        left += kind.__subclasses__()
    return found


@pytest.mark.parametrize("kind", kinds_of_errors(), ids=lambda kind: kind.__name__)
async def test_every_error_of_the_library_becomes_one_of_our_two(kind: type[stripe.StripeError]) -> None:
    refusals = {"CardError", "InvalidRequestError", "IdempotencyError", "PermissionError", "AuthenticationError"}
    error = kind.__new__(kind)
    stripe.StripeError.__init__(error, "words of Stripe's")
    with pytest.raises(errors.HouseError) as ours:
        async with payments._translated():
            raise error
    assert type(ours.value) is (errors.Conflict if kind.__name__ in refusals else errors.Unavailable)
