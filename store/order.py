"""What was sold to whom: customers, orders, their items, and how they were paid."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from store import money

OrderState = Literal["pending", "processed", "shipped", "delivered", "cancelled"]
PaymentKind = Literal["card", "paypal", "gift_card", "store_credit"]
PaymentEntry = Literal["payment", "refund"]

ORDER_STATES: tuple[OrderState, ...] = ("pending", "processed", "shipped", "delivered", "cancelled")
PAYMENT_KINDS: tuple[PaymentKind, ...] = ("card", "paypal", "gift_card", "store_credit")


@dataclass(frozen=True)
class Address:
    """A postal address; `region` is the state or province."""

    street: str = ""
    extra: str = ""
    city: str = ""
    region: str = ""
    zip: str = ""
    country: str = "US"

    def lines(self) -> tuple[str, ...]:
        """Return the lines as they stand on a parcel, empty ones left out."""
        place = f"{self.city}, {self.region} {self.zip}".strip(", ")
        return tuple(line for line in (self.street, self.extra, place, self.country) if line)

    def one_line(self) -> str:
        """Return the address on one line."""
        return ", ".join(self.lines())


@dataclass(frozen=True)
class Customer:
    """A person who ordered; the e-mail is in lower case, the phone in E.164 (`+15035550142`)."""

    id: UUID
    name_first: str
    name_last: str
    email: str
    phone: str | None = None
    address: Address = field(default_factory=Address)
    tier: str = "standard"

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.name_first} {self.name_last}".strip()

    @property
    def zip(self) -> str:
        """The zip code of the customer's own address."""
        return self.address.zip


@dataclass(frozen=True)
class Variant:
    """One thing that can be bought: a product in one size, colour and so on."""

    id: str
    product_id: str
    product_name: str
    options: dict[str, str]
    price: Decimal
    stock: int
    picture: str = ""

    @property
    def options_text(self) -> str:
        """The options as a customer reads them: `size 9, blue`."""
        return describe_options(self.options)


@dataclass(frozen=True)
class OrderItem:
    """A line of an order; `unit_price` is what was paid for one piece after discounts."""

    id: UUID
    position: int
    product_id: str
    variant_id: str
    name: str
    options: dict[str, str]
    unit_price: Decimal
    quantity: int
    final_sale: bool = False
    picture: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()

    @property
    def options_text(self) -> str:
        """The options as a customer reads them: `size 9, blue`."""
        return describe_options(self.options)


@dataclass(frozen=True)
class PaymentMethod:
    """A way to pay or be refunded; only gift cards and store credit have a balance."""

    id: str
    customer_id: UUID
    kind: PaymentKind
    label: str
    balance: Decimal | None = None


@dataclass(frozen=True)
class Payment:
    """Money that moved for an order: `payment` from the customer, `refund` back."""

    payment_method_id: str
    kind: PaymentEntry
    amount: Decimal
    at: datetime | None = None


@dataclass(frozen=True)
class Order:
    """An order as it stands now; moments are in UTC, and None where the shop does not know them."""

    id: UUID
    number: str
    customer: Customer
    state: OrderState
    placed_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    items: tuple[OrderItem, ...]
    address: Address
    currency: str = "USD"
    payments: tuple[Payment, ...] = ()
    tracking_numbers: tuple[str, ...] = ()

    @property
    def display_number(self) -> str:
        """The number as customers see it: `#H204518`."""
        return f"#{self.number}"

    @property
    def total(self) -> Decimal:
        """What all items cost together."""
        return sum((item.unit_price * item.quantity for item in self.items), money.ZERO)

    def item(self, item_id: UUID) -> OrderItem | None:
        """Return the item with that id, or None when it is not of this order."""
        return next((item for item in self.items if item.id == item_id), None)

    def paid_with(self, payment_method_id: str) -> Decimal:
        """Return what was paid with that method and has not been refunded to it."""
        signed = (p.amount if p.kind == "payment" else -p.amount for p in self._entries(payment_method_id))
        return sum(signed, money.ZERO)

    def _entries(self, payment_method_id: str) -> tuple[Payment, ...]:
        return tuple(p for p in self.payments if p.payment_method_id == payment_method_id)


def describe_options(options: dict[str, str]) -> str:
    """Write options for a customer: sizes keep their name (`size 9`), colours speak for themselves."""
    spoken = [
        value if name in _SELF_EXPLAINING or name in value else f"{name} {value}" for name, value in options.items()
    ]
    return ", ".join(spoken)


_SELF_EXPLAINING = frozenset({"color", "colour", "material", "style", "scent"})
