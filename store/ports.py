"""What the store needs from others; adapters stand in `gateways`."""

from dataclasses import dataclass
from decimal import Decimal
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


@dataclass(frozen=True)
class MoneyOrder:
    """What a payment provider is asked to do: `key` makes it happen once however often it is asked.

    `payment_reference` is the provider's id of the payment that is refunded (several, with spaces between them, where
    one card paid in several payments), `method_reference` its id of the card or account that is charged; empty where
    the shop does not know one.
    """

    key: str
    amount: Decimal
    currency: str
    payment_reference: str
    method_reference: str
    description: str


class Payments(Protocol):
    """A payment provider."""

    async def refund(self, order: MoneyOrder) -> str:
        """Send money back; returns the provider's id of the refund.

        Raises:
            Unavailable: nobody knows whether it was done; it is to be asked again with the same key.
            Conflict: the provider refuses; the message is its reason, for an agent.
        """
        ...

    async def charge(self, order: MoneyOrder) -> str:
        """Take money; returns the provider's id of the payment. Raises as `refund` does."""
        ...

    async def close(self) -> None:
        """Close the connections to the provider."""
        ...
