"""What every use case needs at hand; built once per process by the wiring."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from casework.ports import Mail, WebhookSender
from handoff.hours import Hours
from handoff.rules import HandoffRules
from handoff.situation import Situation
from kit.clock import Clock
from kit.db import Database
from kit.jobs import Jobs
from kit.settings import Settings
from store.policy import PolicyBook
from store.ports import Carrier, Payments


@dataclass(frozen=True)
class Desk:
    """The house's parts as use cases see them."""

    database: Database
    jobs: Jobs
    clock: Clock
    settings: Settings
    book: PolicyBook
    carrier: Carrier
    handoff: HandoffRules
    mail: Mail | None = None
    payments: Payments | None = None
    webhook_sender: WebhookSender | None = None

    @property
    def hours(self) -> Hours:
        """When people are there."""
        shop = self.book.shop
        hours = shop.human_hours
        zone = ZoneInfo(shop.time_zone)
        return Hours(hours.first_day, hours.last_day, hours.opens, hours.closes, zone, hours.text())

    def situation(self) -> Situation:
        """The moment in which a step of a handoff is made."""
        return Situation(self.handoff, self.hours, self.clock.now())
