"""What the store needs from others; adapters stand in `gateways`."""

from dataclasses import dataclass
from typing import Protocol


class Ticket(Protocol):
    """What a carrier gives for one parcel."""

    @property
    def tracking_number(self) -> str:
        """The number under which the parcel travels."""
        ...

    @property
    def carrier_name(self) -> str:
        """Who carries it."""
        ...


class Carrier(Protocol):
    """A parcel service that makes a label (or the code of a drop-off) for one return."""

    async def issue_label(self, rma: str, method: str) -> Ticket:
        """Order a label; raises Unavailable. The same return may ask again, and gets a label that is valid."""
        ...


@dataclass(frozen=True)
class LabelTicket:
    """A label that was ordered for a return before the transaction that writes it down."""

    rma: str
    tracking_number: str
    carrier_name: str
