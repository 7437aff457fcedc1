"""Who may see and change what, on the demo shop's own data."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from casework import identities, orders
from casework.desk import Desk
from conversations import inbox
from conversations import repository as conversations
from conversations.conversation import Conversation
from gateways.carrier import HouseCarrier
from handoff import rules
from kit import jobs
from kit.clock import FixedClock
from kit.db import Database
from kit.settings import Settings
from store import policy_file, seed
from store.identity import Evidence
from store.policy_file import Level

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class Visit:
    """A visitor of the demo shop."""

    desk: Desk
    id: UUID

    async def tell(self, **told: str) -> identities.Proof:
        """Say something of oneself."""
        async with self.desk.database.transaction() as session:
            return await identities.prove(session, self.desk, await self.get(), Evidence(**told))

    async def get(self) -> Conversation:
        """Read the conversation."""
        async with self.desk.database.transaction() as session:
            return await conversations.get(session, self.id)

    async def may(self, level: Level, number: str) -> bool:
        """Ask whether an order is open to this visitor."""
        async with self.desk.database.transaction() as session:
            return await orders.get(session, await self.get(), number, level) is not None


@pytest.fixture
async def visit(database: Database, database_url: str, project_root: Path) -> Visit:
    """A visitor of the demo shop who has said nothing yet."""
    book = policy_file.read(project_root / "policy" / "harbour-and-pine.yml")
    app = jobs.create_app(database_url)
    handoff = rules.read(project_root / "policy" / "handoff.yml")
    desk = Desk(database, jobs.Jobs(app), FixedClock(NOW), Settings(), book, HouseCarrier(), handoff)
    async with database.transaction() as session:
        await seed.demo_shop(session, book, NOW)
        opened = await inbox.open_conversation(session, "web", "visitor", "en", NOW)
    return Visit(desk, opened.id)


async def test_order_number_and_zip_open_that_order_and_no_other(visit: Visit) -> None:
    assert (await visit.tell(order_number="H204518", zip="97214")).outcome == "proved"

    assert await visit.may("write", "H204518")
    assert not await visit.may("look", "H204777")
    assert not await visit.may("look", "H206001")


async def test_an_e_mail_alone_opens_no_order(visit: Visit) -> None:
    assert (await visit.tell(email="maya.torres@example.com")).outcome == "proved"

    assert not await visit.may("look", "H204518")


async def test_a_wrong_zip_and_an_unknown_order_are_told_apart_by_nothing(visit: Visit) -> None:
    wrong = await visit.tell(order_number="H204518", zip="10001")
    unknown = await visit.tell(order_number="H999999", zip="10001")

    assert wrong == unknown
    assert wrong.outcome == "wrong"


async def test_after_five_wrong_answers_even_the_right_one_is_not_judged(visit: Visit) -> None:
    wrong = [await visit.tell(order_number="H204518", zip=f"1000{n}") for n in range(identities.WRONG_PER_CONVERSATION)]

    assert [proof.outcome for proof in wrong] == ["wrong"] * (identities.WRONG_PER_CONVERSATION - 1) + ["locked"]
    assert (await visit.tell(order_number="H204518", zip="97214")).outcome == "locked"


async def test_wrong_answers_count_against_the_order_whoever_gives_them(visit: Visit) -> None:
    for attempt in range(identities.WRONG_PER_ORDER):
        async with visit.desk.database.transaction() as session:
            other = await inbox.open_conversation(session, "web", f"stranger {attempt}", "en", NOW)
        await Visit(visit.desk, other.id).tell(order_number="H204518", zip="10001")

    assert (await visit.tell(order_number="H204518", zip="97214")).outcome == "locked"
    visit.desk.clock.moment = NOW + timedelta(hours=2)  # type: ignore[attr-defined]
    assert (await visit.tell(order_number="H204518", zip="97214")).outcome == "proved"


async def test_a_claim_about_another_customer_replaces_the_earlier_ones(visit: Visit) -> None:
    await visit.tell(order_number="H204518", zip="97214")
    await visit.tell(order_number="H206001", zip="60614")

    assert await visit.may("write", "H206001")
    assert not await visit.may("look", "H204518")
