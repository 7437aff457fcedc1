"""The wiring: the one place that builds engines and clients, and hands the house's parts to each other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import procrastinate

from casework import canned
from casework.desk import Desk
from gateways import mail, payments, webhooks
from gateways.carrier import HouseCarrier
from handoff import rules
from kit import errors, jobs
from kit.clock import SystemClock
from kit.db import Database
from kit.settings import Settings
from store import policy_file


@dataclass(frozen=True)
class House:
    """What a process of ours holds open."""

    desk: Desk
    jobs_app: procrastinate.App


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """Connect to the database and build the desk; closes everything at the end.

    Raises:
        BadInput: the policy file is wrong, or no database address is set.
    """
    if not settings.database_url:
        raise errors.BadInput("DATABASE_URL is not set; `returndesk up` sets it for the processes that it starts")
    database = Database(settings.database_url)
    jobs_app = jobs.create_app(settings.database_url)
    try:
        async with jobs_app.open_async():
            desk = build_desk(settings, database, jobs_app)
            yield House(desk, jobs_app)
            if desk.payments is not None:
                await desk.payments.close()
    finally:
        await database.dispose()


def build_desk(settings: Settings, database: Database, jobs_app: procrastinate.App) -> Desk:
    """Put the use cases' tools together.

    Raises:
        BadInput: one of the shop's files is wrong, or a setting; says where and why.
    """
    clock = SystemClock()
    book = policy_file.read(settings.policy)
    canned.read(settings.canned_replies, canned.variables_of(book, clock.now()))  # refused now, not before a customer
    return Desk(
        database=database,
        jobs=jobs.Jobs(jobs_app),
        clock=clock,
        settings=settings,
        book=book,
        carrier=HouseCarrier(),
        handoff=rules.read(settings.handoff),
        mail=mail.from_settings(settings),
        payments=payments.from_settings(settings),
        webhook_sender=webhooks.HttpWebhooks(),
    )
