"""Importer of the retail shape: one JSON file with products, users and orders, taken whole or not at all."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from kit import errors
from store import policy_file, repository, rows, tables
from store.order import Address, Customer, Order, OrderItem, OrderState, Payment, PaymentKind, PaymentMethod

Progress = Callable[[str, int, int], None]

_SPACE = uuid5(NAMESPACE_URL, "returndesk/retail")
_IN_STOCK = 25
_CHANGED = "pending (item modified)"
_BEFORE_THE_IMPORT = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands for moments of which the file only says that they have been; it has no dates."""
_SOURCES: dict[str, PaymentKind] = {"credit_card": "card", "paypal": "paypal", "gift_card": "gift_card"}
_STATES: dict[str, OrderState] = {
    "pending": "pending",
    _CHANGED: "pending",
    "processed": "processed",
    "shipped": "shipped",
    "delivered": "delivered",
    "return requested": "delivered",
    "exchange requested": "delivered",
    "cancelled": "cancelled",
}
_SHELVES: dict[str, tuple[str, str]] = {
    "T-Shirt": ("clothing", "tshirt"),
    "Running Shoes": ("shoes", "sneaker"),
    "Sneakers": ("shoes", "sneaker"),
    "Hiking Boots": ("shoes", "boot"),
    "Fleece Jacket": ("clothing", "jacket"),
    "Backpack": ("outdoor", "backpack"),
    "Luggage Set": ("outdoor", "backpack"),
    "Water Bottle": ("outdoor", "bottle"),
    "Coffee Maker": ("kitchen", "kettle"),
    "Espresso Machine": ("kitchen", "kettle"),
    "Electric Kettle": ("kitchen", "kettle"),
    "Tea Kettle": ("kitchen", "kettle"),
    "Desk Lamp": ("home", "lamp"),
    "LED Light Bulb": ("home", "lamp"),
    "Wristwatch": ("electronics", "watch"),
    "Smart Watch": ("electronics", "watch"),
    "Bluetooth Speaker": ("electronics", "speaker"),
    "Wireless Earbuds": ("electronics", "headphones"),
    "Headphones": ("electronics", "headphones"),
    "Action Camera": ("electronics", "camera"),
    "Digital Camera": ("electronics", "camera"),
    "Indoor Security Camera": ("electronics", "camera"),
    "Mechanical Keyboard": ("electronics", "keyboard"),
    "Portable Charger": ("electronics", "charger"),
    "Makeup Kit": ("beauty", "serum"),
    "Perfume": ("beauty", "serum"),
    "Pet Bed": ("home", "pillow"),
}
"""Category and picture of the products that have one of our pictures; the others stand under `general`."""

Price = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Text = Annotated[str, Field(min_length=1)]


class _Read(BaseModel):
    # Shops add fields of their own (a cancel reason, a price difference); what we do not need is left alone.
    model_config = ConfigDict(extra="ignore", frozen=True)


class RetailVariant(_Read):
    """One item that can be bought."""

    item_id: Text
    options: dict[str, str]
    available: bool
    price: Price


class RetailProduct(_Read):
    """A type of product with its variants by item id."""

    name: Text
    product_id: Text
    variants: dict[str, RetailVariant]


class RetailName(_Read):
    """A person's name."""

    first_name: Text
    last_name: Text


class RetailAddress(_Read):
    """A postal address."""

    address1: str
    address2: str = ""
    city: str
    country: str
    state: str
    zip: Text


class RetailPaymentMethod(_Read):
    """A way to pay; which fields it has depends on its source."""

    id: Text
    source: Literal["credit_card", "paypal", "gift_card"]
    brand: str = ""
    last_four: str = ""
    balance: Price | None = None

    @model_validator(mode="after")
    def _balance_of_gift_cards(self) -> Self:
        if self.source == "gift_card" and self.balance is None:
            raise ValueError("a gift card needs a balance")
        return self


class RetailUser(_Read):
    """A customer."""

    user_id: Text
    name: RetailName
    address: RetailAddress
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    payment_methods: dict[str, RetailPaymentMethod]


class RetailItem(_Read):
    """A line of an order; the same item twice is two lines, which may differ in price."""

    name: Text
    product_id: Text
    item_id: Text
    price: Price
    options: dict[str, str]


class RetailFulfilment(_Read):
    """A parcel that went out."""

    tracking_id: list[str]
    item_ids: list[str]


class RetailPayment(_Read):
    """Money that moved."""

    transaction_type: Literal["payment", "refund"]
    amount: Price
    payment_method_id: Text


class RetailOrder(_Read):
    """An order."""

    order_id: Text
    user_id: Text
    address: RetailAddress
    items: Annotated[list[RetailItem], Field(min_length=1)]
    status: Text
    fulfillments: list[RetailFulfilment] = []
    payment_history: list[RetailPayment] = []


class RetailData(_Read):
    """The whole file."""

    products: dict[str, RetailProduct]
    users: dict[str, RetailUser]
    orders: dict[str, RetailOrder]


def read(path: Path) -> RetailData:
    """Read and check a file of the retail shape; raises BadInput naming the file, the place and the reason."""
    try:
        data = RetailData.model_validate_json(path.read_bytes())
    except OSError as error:
        raise errors.BadInput(f"{path.name}: {error.strerror}") from error
    except ValidationError as error:
        raise errors.BadInput(f"{path.name}: {policy_file.describe(error)}") from error
    faults = list(_faults(data))
    if faults:
        raise errors.BadInput(f"{path.name}: {'; '.join(faults[:5])}")
    return data


async def load(session: AsyncSession, data: RetailData, on_progress: Progress | None = None) -> dict[str, int]:
    """Write the data in the caller's one transaction; returns how much of what, nothing when all is there already.

    Raises Conflict when only a part of the orders is there: a file is taken whole or not at all.
    """
    orders = [_order(data, order) for order in data.orders.values()]
    numbers = [order.number for order in orders]
    known = await session.scalar(
        select(func.count()).select_from(tables.OrderRow).where(tables.OrderRow.number.in_(numbers))
    )
    if known == len(numbers):
        return {}
    if known:
        raise errors.Conflict(f"{known} of {len(numbers)} orders of this file are here already")
    parts = _parts(data, orders)
    for name, table, values in parts:
        if values:
            await session.execute(insert(table), values)
        if on_progress is not None:
            on_progress(name, len(values), max(len(values), 1))
    counted = {"products", "variants", "customers", "orders"}
    return {name: len(values) for name, _, values in parts if name in counted}


@dataclass(frozen=True)
class _Known:
    """What orders may name."""

    variants: dict[str, str]
    methods: dict[str, frozenset[str]]


def _faults(data: RetailData) -> Iterable[str]:
    known = _Known(
        variants={item: product.product_id for product in data.products.values() for item in product.variants},
        methods={user_id: frozenset(user.payment_methods) for user_id, user in data.users.items()},
    )
    yield from _key_faults(data)
    seen: dict[str, str] = {}
    for key, order in data.orders.items():
        place = f"orders.{key}"
        number = repository.normalise_order_number(order.order_id)
        if number is None or number.isdigit():
            yield f"{place}.order_id: {order.order_id!r} is not an order number"
        elif number in seen:
            yield f"{place}.order_id: the same number as orders.{seen[number]}"
        else:
            seen[number] = key
        yield from _order_faults(place, order, known)


def _key_faults(data: RetailData) -> Iterable[str]:
    for key, product in data.products.items():
        if key != product.product_id:
            yield f"products.{key}.product_id: {product.product_id!r} does not fit its key"
        for item, variant in product.variants.items():
            if item != variant.item_id:
                yield f"products.{key}.variants.{item}.item_id: {variant.item_id!r} does not fit its key"
    for key, user in data.users.items():
        if key != user.user_id:
            yield f"users.{key}.user_id: {user.user_id!r} does not fit its key"


def _order_faults(place: str, order: RetailOrder, known: _Known) -> Iterable[str]:
    if order.user_id not in known.methods:
        yield f"{place}.user_id: no user {order.user_id!r}"
        return
    if order.status not in _STATES:
        yield f"{place}.status: {order.status!r} is none of {', '.join(_STATES)}"
    for position, item in enumerate(order.items):
        if known.variants.get(item.item_id) != item.product_id:
            yield f"{place}.items[{position}].item_id: no item {item.item_id!r} of product {item.product_id!r}"
    for position, payment in enumerate(order.payment_history):
        if payment.payment_method_id not in known.methods[order.user_id]:
            yield (
                f"{place}.payment_history[{position}].payment_method_id: "
                f"{order.user_id} has no {payment.payment_method_id!r}"
            )


def _parts(data: RetailData, orders: list[Order]) -> list[tuple[str, type[Any], list[dict[str, Any]]]]:
    fulfilments = [
        row for order, source in zip(orders, data.orders.values(), strict=True) for row in _fulfilments(order, source)
    ]
    return [
        ("products", tables.ProductRow, [_product_row(product) for product in data.products.values()]),
        ("variants", tables.VariantRow, [row for product in data.products.values() for row in _variant_rows(product)]),
        ("customers", tables.CustomerRow, [rows.of_customer(_customer(u), u.user_id) for u in data.users.values()]),
        ("payment methods", tables.PaymentMethodRow, [row for u in data.users.values() for row in _method_rows(u)]),
        ("orders", tables.OrderRow, [rows.of_order(order) for order in orders]),
        ("order items", tables.OrderItemRow, [row for order in orders for row in rows.of_items(order)]),
        ("fulfilments", tables.FulfilmentRow, fulfilments),
        ("payments", tables.PaymentRow, [row for order in orders for row in rows.of_payments(order)]),
    ]


def _product_row(product: RetailProduct) -> dict[str, Any]:
    category, picture = _SHELVES.get(product.name, ("general", ""))
    return {"id": product.product_id, "name": product.name, "category": category, "tags": [], "picture": picture}


def _variant_rows(product: RetailProduct) -> list[dict[str, Any]]:
    return [
        {
            "id": variant.item_id,
            "product_id": product.product_id,
            "options": variant.options,
            "price": variant.price,
            "stock": _IN_STOCK if variant.available else 0,
        }
        for variant in product.variants.values()
    ]


def _customer(user: RetailUser) -> Customer:
    return Customer(
        id=_id("user", user.user_id),
        name_first=user.name.first_name,
        name_last=user.name.last_name,
        email=user.email.lower(),
        phone=None,
        address=_address(user.address),
    )


def _method_rows(user: RetailUser) -> list[dict[str, Any]]:
    owner = _id("user", user.user_id)
    return [
        rows.of_payment_method(
            PaymentMethod(method.id, owner, _SOURCES[method.source], _method_label(method), method.balance)
        )
        for method in user.payment_methods.values()
    ]


def _method_label(method: RetailPaymentMethod) -> str:
    if method.source == "credit_card":
        return f"{method.brand.title() or 'Card'} ending {method.last_four}"
    if method.source == "paypal":
        return "PayPal"
    return f"Gift card ending {re.sub(r'\D', '', method.id)[-4:]}"


def _order(data: RetailData, source: RetailOrder) -> Order:
    number = repository.normalise_order_number(source.order_id) or source.order_id
    return Order(
        id=_id("order", number),
        number=number,
        customer=_customer(data.users[source.user_id]),
        state=_STATES[source.status],
        placed_at=None,
        shipped_at=None,
        delivered_at=None,
        items=tuple(_item(number, position, item) for position, item in enumerate(source.items)),
        address=_address(source.address),
        payments=tuple(Payment(p.payment_method_id, p.transaction_type, p.amount) for p in source.payment_history),
        items_changed_at=_BEFORE_THE_IMPORT if source.status == _CHANGED else None,
    )


def _item(number: str, position: int, item: RetailItem) -> OrderItem:
    return OrderItem(
        id=_id("item", f"{number}/{position}"),
        position=position,
        product_id=item.product_id,
        variant_id=item.item_id,
        name=item.name,
        options=item.options,
        unit_price=item.price,
        quantity=1,
    )


def _fulfilments(order: Order, source: RetailOrder) -> list[dict[str, Any]]:
    return [
        {
            "order_id": order.id,
            "tracking_number": tracking,
            "carrier": "",
            "item_ids": [item.id for item in order.items if item.variant_id in parcel.item_ids],
        }
        for parcel in source.fulfillments
        for tracking in parcel.tracking_id
    ]


def _address(source: RetailAddress) -> Address:
    return Address(source.address1, source.address2, source.city, source.state, source.zip, source.country)


def _id(kind: str, name: str) -> UUID:
    return uuid5(_SPACE, f"{kind}/{name}")
