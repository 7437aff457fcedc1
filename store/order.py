"""What was sold to whom: customers, orders, their items, and how they were paid."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from kit import errors
from store import money

OrderState = Literal["pending", "processed", "shipped", "delivered", "cancelled"]
"""How far an order has come: placed, being packed, on its way, there, or called off."""
PaymentKind = Literal["card", "paypal", "gift_card", "store_credit"]
PaymentEntry = Literal["payment", "refund"]

ORDER_STATES: tuple[OrderState, ...] = ("pending", "processed", "shipped", "delivered", "cancelled")
ORDER_MOVES: Mapping[OrderState, frozenset[OrderState]] = {
    "pending": frozenset({"processed", "shipped", "cancelled"}),
    "processed": frozenset({"shipped", "cancelled"}),
    "shipped": frozenset({"delivered"}),
    "delivered": frozenset(),
    "cancelled": frozenset(),
}
"""How an order may go on; which of the moves a customer may ask for is the policy's to say."""
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
        place = ", ".join(part for part in (self.city, f"{self.region} {self.zip}".strip()) if part)
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
    """A line of an order.

    `unit_price` is the price of one piece; `discount` came off the whole line, `tax` was paid on top of it (zero where
    prices include the tax). What was paid for the line is `paid`.
    """

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
    discount: Decimal = money.ZERO
    tax: Decimal = money.ZERO

    @property
    def paid(self) -> Decimal:
        """What was paid for all pieces of the line, after discounts and with tax."""
        return self.unit_price * self.quantity - self.discount + self.tax

    @property
    def options_text(self) -> str:
        """The options as a customer reads them: `size 9, blue`."""
        return describe_options(self.options)


@dataclass(frozen=True)
class PaymentMethod:
    """A way to pay or be refunded; only gift cards and store credit have a balance.

    `reference` is the payment provider's own id for it, empty where there is none.
    """

    id: str
    customer_id: UUID
    kind: PaymentKind
    label: str
    balance: Decimal | None = None
    reference: str = ""


@dataclass(frozen=True)
class Payment:
    """Money that moved for an order: `payment` from the customer, `refund` back.

    `bonus` is the part of a refund that the shop gave on top of what was paid; `reference` is the provider's own id of
    the payment, to which a refund refers.
    """

    payment_method_id: str
    kind: PaymentEntry
    amount: Decimal
    at: datetime | None = None
    bonus: Decimal = money.ZERO
    reference: str = ""


@dataclass(frozen=True)
class Order:
    """An order as it stands now; moments are in UTC, and None where the shop does not know them.

    `shipping` is what was paid for sending it, with tax. Who was given something from the order and has the
    `gift_code` may return it without knowing who paid. `items_changed_at` is when its items were changed, which a shop
    may allow once.
    """

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
    shipping: Decimal = money.ZERO
    gift_code: str | None = None
    items_changed_at: datetime | None = None

    @property
    def display_number(self) -> str:
        """The number as customers see it: `#H204518`."""
        return f"#{self.number}"

    @property
    def total(self) -> Decimal:
        """What the order costs: all items after discounts and with tax, and the shipping."""
        return sum((item.paid for item in self.items), self.shipping)

    @property
    def paid(self) -> Decimal:
        """What was paid for the order, whatever has been refunded since."""
        return sum((one.amount for one in self.payments if one.kind == "payment"), money.ZERO)

    @property
    def refunded(self) -> Decimal:
        """What has been refunded, without what the shop gave on top."""
        return sum((one.amount - one.bonus for one in self.payments if one.kind == "refund"), money.ZERO)

    def item(self, item_id: UUID) -> OrderItem | None:
        """Return the item with that id, or None when it is not of this order."""
        return next((item for item in self.items if item.id == item_id), None)

    def paid_with(self, payment_method_id: str) -> Decimal:
        """Return what was paid with that method and has not been refunded to it."""
        signed = (p.amount if p.kind == "payment" else p.bonus - p.amount for p in self._entries(payment_method_id))
        return sum(signed, money.ZERO)

    def _entries(self, payment_method_id: str) -> tuple[Payment, ...]:
        return tuple(p for p in self.payments if p.payment_method_id == payment_method_id)


def move(order: Order, to: OrderState) -> Order:
    """Return a copy in the new state; raises Conflict when the move is not in the table above."""
    if to not in ORDER_MOVES[order.state]:
        raise errors.Conflict(f"order {order.number}: cannot go from {order.state} to {to}")
    return replace(order, state=to)


def with_variants(order: Order, chosen: Mapping[UUID, Variant]) -> Order:
    """Return the order with other variants in some of its lines, each at its own price.

    What came off a line still does, as far as the new price allows; its tax stays as it was charged.
    """
    return replace(order, items=tuple(_as_variant(item, chosen.get(item.id)) for item in order.items))


def _as_variant(item: OrderItem, variant: Variant | None) -> OrderItem:
    if variant is None:
        return item
    discount = min(item.discount, variant.price * item.quantity)
    options = dict(variant.options)
    return replace(item, variant_id=variant.id, options=options, unit_price=variant.price, discount=discount)


def with_options(name: str, options: dict[str, str]) -> str:
    """Write a product with its options, where it has any: `Trail Runner (size 9, blue)`."""
    return f"{name} ({describe_options(options)})" if options else name


def describe_options(options: dict[str, str]) -> str:
    """Write options for a customer: sizes keep their name (`size 9`), colours speak for themselves."""
    spoken = [
        value if name in _SELF_EXPLAINING or name in value else f"{name} {value}" for name, value in options.items()
    ]
    return ", ".join(spoken)


_SELF_EXPLAINING = frozenset({"color", "colour", "material", "style", "scent"})
