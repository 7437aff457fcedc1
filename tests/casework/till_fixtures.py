"""Fixture: the shop of `till`, open for one test; a test module names this file in `pytest_plugins`."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from casework.desk import Desk
from conversations import inbox
from conversations import repository as conversations
from gateways import payments
from gateways.carrier import HouseCarrier
from handoff import rules
from kit import jobs
from kit.clock import FixedClock
from kit.db import Database
from kit.settings import PROJECT_ROOT, Settings
from store import policy_file, repository
from store.identity import Claim
from tests import stripe_server
from tests.casework.till import NOW, Till, open_shop


@pytest.fixture
async def till(database: Database, database_url: str) -> AsyncIterator[Till]:
    """The shop, wired to a stand-in for Stripe."""
    settings = Settings(_env_file=None, DATABASE_URL=database_url, secret_key=SecretStr("a key for tests, and no more"))
    book = policy_file.read(PROJECT_ROOT / "policy" / "harbour-and-pine.yml")
    app = jobs.create_app(database_url)
    clock = FixedClock(NOW)
    async with app.open_async(), stripe_server.running() as stripe:
        stripe.paid(100_00)
        stripe.saved_card()
        provider = payments.StripePayments(stripe_server.KEY, stripe.url)
        desk = Desk(
            database=database,
            jobs=jobs.Jobs(app),
            clock=clock,
            settings=settings,
            book=book,
            carrier=HouseCarrier(),
            handoff=rules.read(PROJECT_ROOT / "policy" / "handoff.yml"),
            payments=provider,
        )
        async with database.transaction() as session:
            order_id = await open_shop(session)
            order = await repository.order_by_id(session, order_id)
            assert order is not None
            opened = await inbox.open_conversation(session, "web", "visitor", "en", NOW)
            claim = Claim("write", order.customer.id, (order_id,))
            await conversations.set_claims(session, opened.id, {"proved": [claim.to_json()], "wrong": 0})
            inbound = inbox.Inbound("web", "visitor", "m1", "where is my money")
            await inbox.accept(session, inbound, desk.jobs, NOW, timedelta(hours=24))
        yield Till(desk, stripe, opened.id, order_id, clock)
        await provider.close()
