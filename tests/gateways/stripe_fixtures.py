"""Fixtures: both payment providers, and Stripe alone; a test module names this file in `pytest_plugins`."""

from collections.abc import AsyncIterator

import pytest

from gateways import payments
from tests.stripe_account import Account, through_stripe
from tests.stripe_server import StripeServer


@pytest.fixture(params=["ledger", "stripe"])
async def account(request: pytest.FixtureRequest) -> AsyncIterator[Account]:
    """Each of the providers."""
    if request.param == "ledger":
        yield Account(payments.LedgerPayments(), None)
        return
    async with through_stripe() as (gateway, server):
        yield Account(gateway, server)


@pytest.fixture
async def stripes() -> AsyncIterator[tuple[payments.StripePayments, StripeServer]]:
    """The gateway to Stripe, and the stand-in."""
    async with through_stripe() as found:
        yield found


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway that waits for a third of a second."""
    monkeypatch.setattr(payments, "SECONDS", 0.3)
