"""A few goods and orders that pointing is tried on, and the likeness of meaning that the desk uses."""

import functools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import encoder
from encoder import vectors
from store.order import Address, Customer, Order, OrderItem, OrderState, Variant

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@functools.cache
def _model() -> encoder.Encoder:
    return encoder.Encoder()


@functools.cache
def _vector(text: str) -> vectors.Vector:
    return _model().encode(text)


def alike(phrase: str, candidates: Sequence[str]) -> list[float]:
    """The real sentence encoder."""
    return [float(_vector(phrase) @ _vector(candidate)) for candidate in candidates]


def item(number: int, name: str, price: str = "10.00", quantity: int = 1, **options: str) -> OrderItem:
    """An item of an order; options are written with underscores."""
    told = {key.replace("_", " "): value for key, value in options.items()}
    return OrderItem(
        id=UUID(int=number),
        position=number,
        product_id=f"p-{name.casefold().replace(' ', '-')}",
        variant_id=f"{name.casefold().replace(' ', '-')}-{'-'.join(told.values())}".replace(" ", "-"),
        name=name,
        options=told,
        unit_price=Decimal(price),
        quantity=quantity,
    )


def variants_of(of: OrderItem, *rows: tuple[str, ...], price: int = 100, gone: tuple[int, ...] = ()) -> list[Variant]:
    """Variants of an item's product: a row of option values each, dearer one by one; `gone` have sold out."""
    return [
        Variant(
            f"v{place}{of.product_id}",
            of.product_id,
            of.name,
            dict(zip(of.options, row, strict=True)),
            Decimal(price + 10 * place),
            0 if place in gone else 5,
        )
        for place, row in enumerate(rows)
    ]


def order(number: int, state: OrderState, days_ago: int, items: tuple[OrderItem, ...], city: str, region: str) -> Order:
    """An order that was placed some days ago and goes to a city."""
    return Order(
        id=UUID(int=1000 + number),
        number=f"H20451{number}",
        customer=Customer(UUID(int=1), "Ada", "Lane", "ada@example.com"),
        state=state,
        placed_at=NOW - timedelta(days=days_ago),
        shipped_at=None,
        delivered_at=None,
        items=items,
        address=Address("12 Elm Avenue", "", city, region, "97214"),
    )
