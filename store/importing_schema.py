"""What an order, a customer and a product look like in our import format; `docs/importing.md` is its description."""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from store import identity, money, policy_file, repository
from store.order import OrderState, PaymentEntry, PaymentKind


def order_number(written: str) -> str | None:
    """Return an order number as it is stored (`H204518`); None when it is not one."""
    found = repository.normalise_order_number(written)
    if found is None or not found.isascii() or found.isdigit() or len(re.sub(r"\W", "", written)) != len(found):
        return None
    return found


def _number(written: str) -> str:
    found = order_number(written)
    if found is None:
        raise ValueError("is not an order number: a letter and six or seven digits, such as #H204518")
    return found


def _phone(written: str) -> str:
    found = identity.normalise_phone(written)
    if found is None:
        raise ValueError("is not a phone number; write it with its country, such as +15035550142")
    return found


def _written(value: object) -> object:
    # A float has lost its cents already where it came from (0.1 + 0.2); its shortest decimal form is what was meant.
    return str(value) if isinstance(value, float) else value


def _of_our_time(moment: datetime) -> datetime:
    if not 1970 <= moment.year < 2200:
        raise ValueError("is not a moment of our time")
    return moment


def _plain(text: str) -> str:
    if "\0" in text:
        raise ValueError("contains a null character")
    return text.strip()


Amount = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2), BeforeValidator(_written)]
"""Money: not negative, at most two places. A number or a text: 129.00 or "129.00"."""
Name = Annotated[str, AfterValidator(_plain), Field(max_length=500)]
"""A short text, which may be empty."""
Id = Annotated[str, AfterValidator(_plain), Field(min_length=1, max_length=200)]
"""An id of the shop's."""
Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
"""A moment with its offset from UTC."""
OrderNumber = Annotated[Id, Field(json_schema_extra={"examples": ["#H204518"]}), AfterValidator(_number)]
Options = Annotated[dict[Id, Id], Field(max_length=20)]


class _In(BaseModel):
    # A field that nobody knows is a slip of the pen, and what it says would be lost in silence.
    model_config = ConfigDict(extra="forbid", frozen=True)


class AddressIn(_In):
    """A postal address; `region` is the state or province, `country` its two letters (ISO 3166-1)."""

    street: Name = ""
    extra: Name = ""
    city: Name = ""
    region: Name = ""
    zip: Name = ""
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "US"


class PaymentMethodIn(_In):
    """A way to pay. Without an `id` it is known by its kind and label among the customer's.

    `label` is what customers read ("Visa ending 4417"), `reference` the payment provider's id; `balance` is for gift
    cards and store credit.
    """

    id: Id | None = None
    kind: PaymentKind
    label: Name = ""
    reference: Name = ""
    balance: Amount | None = None

    @model_validator(mode="after")
    def _balance_where_there_is_one(self) -> Self:
        if self.balance is not None and self.kind not in ("gift_card", "store_credit"):
            raise ValueError("only a gift card or store credit has a balance")
        return self


class CustomerIn(_In):
    """A customer; `id` is the shop's own. Without one they are known by their e-mail address."""

    id: Id | None = None
    first_name: Name
    last_name: Name
    email: Annotated[Id, AfterValidator(identity.normalise_email), Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    phone: Annotated[Name, AfterValidator(_phone)] | None = None
    tier: Id = "standard"
    address: AddressIn = AddressIn()
    payment_methods: tuple[PaymentMethodIn, ...] = ()


class VariantIn(_In):
    """A product in one size, colour and so on. `stock` counts what is on the shelf, reserved pieces included."""

    id: Id
    options: Options = {}
    price: Amount
    stock: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None


class ProductIn(_In):
    """A product with its variants."""

    id: Id
    name: Id
    category: Id = "general"
    tags: tuple[Id, ...] = ()
    picture: Name = ""
    variants: tuple[VariantIn, ...] = ()


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default")


class ItemIn(_In):
    """A line of an order; `discount` and `tax` belong to the whole line. Without a `variant_id` it is the product's."""

    product_id: Id
    variant_id: Id = Field(default="", json_schema_extra=_without_default)
    name: Id
    category: Id = "general"
    tags: tuple[Id, ...] = ()
    options: Options = {}
    unit_price: Amount
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    discount: Amount = money.ZERO
    tax: Amount = money.ZERO
    final_sale: bool = False

    @property
    def paid(self) -> Decimal:
        """What the line costs after its discount and with its tax."""
        return self.unit_price * self.quantity - self.discount + self.tax

    @model_validator(mode="before")
    @classmethod
    def _without_variants(cls, values: object) -> object:
        if isinstance(values, dict) and "product_id" in values and not values.get("variant_id"):
            return {**values, "variant_id": values["product_id"]}
        return values

    @model_validator(mode="after")
    def _paid_is_not_negative(self) -> Self:
        if self.discount > self.unit_price * self.quantity:
            raise ValueError("the discount is higher than the price of the line")
        return self


def _at_least_one(items: tuple[ItemIn, ...]) -> tuple[ItemIn, ...]:
    if not items:
        raise ValueError("there is none")
    return items


# A limit from below of pydantic's own would count the lines that are right, and blame an order twice for a wrong one.
Items = Annotated[
    tuple[ItemIn, ...],
    Field(max_length=1000, json_schema_extra={"minItems": 1}),
    AfterValidator(_at_least_one),
]


class PaymentIn(_In):
    """Money that moved: `payment` from the customer, `refund` back; `reference` is the provider's id of it."""

    kind: PaymentEntry = "payment"
    method: PaymentMethodIn
    amount: Amount
    at: Moment | None = None
    reference: Name = ""


class ParcelIn(_In):
    """A parcel that went out; `items` are the lines in it, counted from 1; none means all of them."""

    tracking_number: Id
    carrier: Name = ""
    items: tuple[Annotated[int, Field(ge=1)], ...] = ()


class OrderIn(_In):
    """An order with all that belongs to it.

    `customer` is whole, or `customer_id` names one who is known. `currency` is the shop's when it is not given, and the
    `address` the customer's own. Moments are ISO 8601 with an offset: 2026-03-01T10:00:00Z.
    """

    number: OrderNumber
    customer: CustomerIn | None = None
    customer_id: Id | None = None
    state: OrderState
    placed_at: Moment | None = None
    shipped_at: Moment | None = None
    delivered_at: Moment | None = None
    cancelled_at: Moment | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    address: AddressIn | None = None
    shipping: Amount = money.ZERO
    gift_code: Id | None = None
    items: Items
    payments: Annotated[tuple[PaymentIn, ...], Field(max_length=100)] = ()
    parcels: Annotated[tuple[ParcelIn, ...], Field(max_length=100)] = ()

    @property
    def total(self) -> Decimal:
        """What the order costs: its lines after discounts and with tax, and the shipping."""
        return sum((item.paid for item in self.items), self.shipping)

    def moved(self, kind: Literal["payment", "refund"]) -> Decimal:
        """Return how much was paid, or paid back."""
        return sum((entry.amount for entry in self.payments if entry.kind == kind), money.ZERO)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        if (self.customer is None) == (self.customer_id is None):
            yield "needs either a customer or a customer_id"
        moments = [moment for moment in (self.placed_at, self.shipped_at, self.delivered_at) if moment is not None]
        if moments != sorted(moments):
            yield "placed_at, shipped_at and delivered_at do not follow each other"
        if self.moved("refund") > self.moved("payment"):
            yield "more was refunded than was paid"
        if any(place > len(self.items) for parcel in self.parcels for place in parcel.items):
            yield f"a parcel names an item beyond the last one, {len(self.items)}"


def warnings(order: OrderIn) -> Iterator[str]:
    """Say what is odd about an order that is taken all the same."""
    if order.payments and order.moved("payment") != order.total:
        yield f"{order.moved('payment')} was paid and the order comes to {order.total}"
    if order.state == "delivered" and order.delivered_at is None:
        yield "no delivered_at: windows that begin with the delivery cannot be worked out"


def place(location: tuple[str | int, ...]) -> str:
    """Write where a fault is: `items[0].unit_price`, counted from 0 as JSON does."""
    return policy_file.place(location)
