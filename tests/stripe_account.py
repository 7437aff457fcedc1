"""A Stripe account behind a stand-in, the gateway to it, and what the desk wants of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal

from gateways import payments
from store.ports import MoneyOrder, Payments
from tests import stripe_server
from tests.stripe_server import StripeServer

REFUND = MoneyOrder(
    key="return:RMA-4829-1563:1",
    amount=Decimal("89.00"),
    currency="USD",
    payment_reference="pi_paid",
    method_reference="pm_card",
    description="Refund for order #H204518, return RMA-4829-1563",
)
CHARGE = replace(REFUND, key="items:H204518:1", amount=Decimal("12.50"), description="Payment for order #H204518")


@dataclass
class Account:
    """A provider, and the account behind it where there is one."""

    provider: Payments
    server: StripeServer | None


@asynccontextmanager
async def through_stripe(key: str = stripe_server.KEY) -> AsyncIterator[tuple[payments.StripePayments, StripeServer]]:
    """Run a stand-in with a payment of $200 and a saved card, and the gateway to it."""
    async with stripe_server.running() as server:
        server.paid(200_00)
        server.saved_card()
        gateway = payments.StripePayments(key, server.url)
        yield gateway, server
        await gateway.close()
