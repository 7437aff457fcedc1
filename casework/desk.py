"""What every use case needs at hand; built once per process by the wiring."""

from dataclasses import dataclass

from kit.clock import Clock
from kit.db import Database
from kit.jobs import Jobs
from kit.settings import Settings
from store.policy import PolicyBook
from store.ports import Carrier


@dataclass(frozen=True)
class Desk:
    """The house's parts as use cases see them."""

    database: Database
    jobs: Jobs
    clock: Clock
    settings: Settings
    book: PolicyBook
    carrier: Carrier
