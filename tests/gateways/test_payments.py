"""Payment providers: what both must do, and that Stripe moves money once, over real HTTP."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways import payments
from kit import errors
from kit.settings import Settings
from store.ports import Payments
from tests import stripe_server
from tests.stripe_account import CHARGE, REFUND, Account
from tests.stripe_server import StripeServer

pytest_plugins = ["tests.gateways.stripe_fixtures"]


# What every provider does.


async def test_the_same_wish_asked_again_is_the_same_refund(account: Account) -> None:
    first = await account.provider.refund(REFUND)
    assert first
    assert await account.provider.refund(REFUND) == first
    assert account.server is None or len(account.server.refunds) == 1


async def test_the_same_wish_asked_again_is_the_same_charge(account: Account) -> None:
    first = await account.provider.charge(CHARGE)
    assert first
    assert await account.provider.charge(CHARGE) == first
    assert account.server is None or len(account.server.payments) == 2  # the customer's own, and this one


async def test_another_wish_is_another_refund(account: Account) -> None:
    one = await account.provider.refund(REFUND)
    other = await account.provider.refund(replace(REFUND, key="return:RMA-4829-1563:2"))
    assert one != other


async def test_the_same_wish_asked_at_once_moves_money_once(account: Account) -> None:
    if account.server:
        account.server.seconds = 0.05
    answers = await asyncio.gather(*(account.provider.refund(REFUND) for _ in range(4)), return_exceptions=True)
    done = {one for one in answers if isinstance(one, str)}
    assert {type(one) for one in answers} <= {str, errors.Unavailable}
    assert done == {await account.provider.refund(REFUND)}
    assert account.server is None or len(account.server.refunds) == 1


# What Stripe is asked.


async def test_a_refund_names_its_payment_amount_and_key(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, server = stripes
    assert await gateway.refund(REFUND) == server.refunds[0]["id"]

    (asked,) = server.asked_to_move
    assert asked.path == "/v1/refunds"
    assert asked.headers["idempotency-key"] == REFUND.key
    assert asked.headers["authorization"] == f"Bearer {stripe_server.KEY}"
    assert asked.form == {
        "payment_intent": "pi_paid",
        "amount": "8900",
        "reason": "requested_by_customer",
        "metadata[transfer]": REFUND.key,
        "metadata[description]": REFUND.description,
    }


async def test_an_old_charge_is_refunded_by_its_own_id(stripes: tuple[payments.StripePayments, StripeServer]) -> None:
    gateway, server = stripes
    await gateway.refund(replace(REFUND, payment_reference="ch_paid"))
    assert server.asked_to_move[0].form["charge"] == "ch_paid"
    assert "payment_intent" not in server.asked_to_move[0].form


async def test_a_charge_takes_the_saved_card_of_its_customer_without_them(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, server = stripes
    assert (await gateway.charge(CHARGE)).startswith("pi_")

    form = server.asked_to_move[0].form
    assert (form["amount"], form["currency"]) == ("1250", "usd")
    assert (form["customer"], form["payment_method"]) == ("cus_maya", "pm_card")
    assert (form["off_session"], form["confirm"]) == ("true", "true")
    assert form["metadata[transfer]"] == CHARGE.key


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("10.89", "USD", 1089),
        ("0.01", "eur", 1),
        ("1089.00", "JPY", 1089),
        ("500", "KRW", 500),
        ("5.12", "KWD", 5120),
        ("5.00", "ISK", 500),  # written with places that it has not
        ("5.00", "UGX", 500),
        ("10.45", "HUF", 1045),  # without places in payouts only
    ],
)
def test_amounts_are_whole_numbers_of_what_stripe_counts_in(amount: str, currency: str, units: int) -> None:
    assert payments.stripe_amount(Decimal(amount), currency) == units


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("10.50", "JPY"), ("10.505", "USD"), ("5.125", "KWD"), ("5.50", "ISK"), ("0", "USD"), ("-1", "USD")],
)
def test_an_amount_that_cannot_be_paid_is_refused_before_anything_is_asked(amount: str, currency: str) -> None:
    with pytest.raises(errors.Conflict, match="cannot be paid"):
        payments.stripe_amount(Decimal(amount), currency)


@given(st.decimals("0.01", "9999999.99", places=2), st.sampled_from(["USD", "EUR", "KWD", "HUF"]))
def test_no_cent_is_lost_on_the_way(amount: Decimal, currency: str) -> None:
    places = payments.DECIMALS.get(currency, payments.TWO_DECIMALS)
    assert Decimal(payments.stripe_amount(amount, currency)).scaleb(-places) == amount


# Once, whatever happens.


async def test_when_the_answer_gets_lost_the_next_try_finds_what_was_done(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, server = stripes
    server.trouble = ["lost"]
    with pytest.raises(errors.Unavailable):
        await gateway.refund(REFUND)

    assert await gateway.refund(REFUND) == server.refunds[0]["id"]
    assert len(server.refunds) == 1


async def test_a_refund_is_not_done_again_after_stripe_has_forgotten_its_key(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, server = stripes
    server.trouble = ["lost"]
    with pytest.raises(errors.Unavailable):
        await gateway.refund(REFUND)
    server.forget_keys()

    assert await gateway.refund(REFUND) == server.refunds[0]["id"]
    assert len(server.refunds) == 1


async def test_a_charge_is_not_done_again_after_stripe_has_forgotten_its_key(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, server = stripes
    first = await gateway.charge(CHARGE)
    server.forget_keys()
    assert await gateway.charge(CHARGE) == first


async def test_after_a_refusal_the_same_wish_can_be_tried_anew(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, server = stripes
    server.saved_card(declines="insufficient_funds")
    for _ in range(2):
        with pytest.raises(errors.Conflict, match="insufficient_funds"):
            await gateway.charge(CHARGE)
    server.saved_card()

    paid = await gateway.charge(CHARGE)
    assert [one.id for one in server.payments.values() if one.status == "succeeded"] == ["pi_paid", paid]
    # Stripe repeats the old refusals; each is gone past, and a key is never used for two wishes.
    assert list(dict.fromkeys(server.keys)) == [CHARGE.key, f"{CHARGE.key}:2", f"{CHARGE.key}:3"]


async def test_a_refund_that_failed_at_the_bank_is_not_taken_for_done_when_it_is_tried_anew(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, server = stripes
    await gateway.refund(REFUND)
    server.refunds[0]["status"] = "failed"  # Stripe still repeats its first answer, that it succeeded

    assert await gateway.refund(REFUND) == server.refunds[1]["id"]
    assert len(server.refunds) == 2


async def test_a_refund_in_a_state_that_nobody_knows_is_not_done_twice(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, server = stripes
    await gateway.refund(REFUND)
    server.refunds[0]["status"] = "on_the_moon"
    server.forget_keys()

    with pytest.raises(errors.Unavailable, match="status that we do not know"):
        await gateway.refund(REFUND)
    assert len(server.refunds) == 1


async def test_the_library_does_not_try_again_by_itself(stripes: tuple[payments.StripePayments, StripeServer]) -> None:
    gateway, server = stripes
    server.trouble = [(500, {"error": {"type": "api_error", "message": "oops"}})]
    with pytest.raises(errors.Unavailable):
        await gateway.refund(REFUND)
    assert len(server.asked_to_move) == 1


# Over several payments.

BOTH = replace(REFUND, amount=Decimal("220.00"), payment_reference="pi_paid pi_more")


async def test_a_refund_that_no_payment_covers_goes_over_several(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, server = stripes
    server.paid(30_00, reference="pi_more")
    server.payments["pi_paid"].left = 195_00  # some of it was refunded before

    done = await gateway.refund(BOTH)
    assert [(one["payment_intent"], one["amount"]) for one in server.refunds] == [("pi_paid", 19500), ("pi_more", 2500)]
    assert done.split() == [one["id"] for one in server.refunds]
    server.forget_keys()
    assert sorted((await gateway.refund(BOTH)).split()) == sorted(done.split())
    assert len(server.refunds) == 2


async def test_what_one_payment_covers_goes_on_the_first_alone(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, server = stripes
    server.paid(30_00, reference="pi_more")
    await gateway.refund(replace(BOTH, amount=Decimal("200.00"), payment_reference="ch_paid ch_more"))
    assert [(one["charge"], one["amount"]) for one in server.refunds] == [("ch_paid", 20000)]


async def test_more_than_all_payments_have_left_is_refused_before_anything_moves(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, server = stripes
    server.paid(10_00, reference="pi_more")
    with pytest.raises(errors.Conflict, match="too little left"):
        await gateway.refund(BOTH)
    assert not server.asked_to_move


async def test_a_part_that_gets_lost_is_not_done_twice(stripes: tuple[payments.StripePayments, StripeServer]) -> None:
    gateway, server = stripes
    server.paid(30_00, reference="pi_more")
    server.trouble = ["lost"]
    with pytest.raises(errors.Unavailable):
        await gateway.refund(BOTH)
    server.forget_keys()

    await gateway.refund(BOTH)
    assert [(one["payment_intent"], one["amount"]) for one in server.refunds] == [("pi_paid", 20000), ("pi_more", 2000)]


async def test_when_a_part_has_moved_and_the_rest_is_refused_nobody_says_that_nothing_moved(
    stripes: tuple[payments.StripePayments, StripeServer],
) -> None:
    gateway, server = stripes
    server.paid(30_00, reference="pi_more")
    gateway_refuses = (400, {"error": {"type": "invalid_request_error", "message": "This payment is disputed."}})
    await gateway.refund(replace(BOTH, amount=Decimal("200.00")))
    server.trouble = [gateway_refuses]
    with pytest.raises(errors.Unavailable, match=r"refunded a part \(re_1\) and refuses the rest: .*disputed"):
        await gateway.refund(BOTH)


# Settings.


def chosen(**settings: Any) -> Payments:
    """Return the provider of settings."""
    return payments.from_settings(Settings(_env_file=None, **settings))


async def test_the_settings_choose_the_provider() -> None:
    assert isinstance(chosen(), payments.LedgerPayments)
    provider = chosen(payments="stripe", stripe_api_key="sk_test_123", stripe_url="http://127.0.0.1:9/")
    assert isinstance(provider, payments.StripePayments)
    await provider.close()


@pytest.mark.parametrize("key", ["", "  ", "pk_live_123", "sk_live_12 3", "sk_live_é", "whsec_123"])
def test_stripe_without_a_secret_key_stops_the_start_and_shows_no_key(key: str) -> None:
    with pytest.raises(errors.BadInput, match="RETURNDESK_STRIPE_API_KEY") as stopped:
        chosen(payments="stripe", stripe_api_key=key)
    assert not key.strip() or key not in str(stopped.value)


@pytest.mark.parametrize("url", ["", "api.stripe.com", "ftp://api.stripe.com", "https://"])
def test_an_address_that_is_none_stops_the_start(url: str) -> None:
    with pytest.raises(errors.BadInput, match="RETURNDESK_STRIPE_URL"):
        chosen(payments="stripe", stripe_api_key="sk_test_123", stripe_url=url)
