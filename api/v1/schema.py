"""What all resources share: money, moments, numbers, addresses, and texts that a database can keep."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from store.order import Address

_NO_CONTROLS = r"^[^\u0000-\u001f\u007f]*$"


class Body(BaseModel):
    """What comes in: a field that nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(BaseModel):
    """What goes out."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True, validate_by_name=True)


def _in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


Moment = Annotated[datetime, PlainSerializer(_in_utc, return_type=str), Field(examples=["2026-11-23T18:00:00Z"])]
"""A moment as it goes out: ISO 8601 in UTC."""
Text = Annotated[str, Field(max_length=200, pattern=_NO_CONTROLS)]
Note = Annotated[str, Field(max_length=1000, pattern=_NO_CONTROLS)]
Identifier = Annotated[str, Field(min_length=1, max_length=200, pattern=_NO_CONTROLS)]
"""An id that is not ours: of a variant, of a payment method."""
OrderNumber = Annotated[
    str,
    Field(pattern=r"^#?[A-Za-z][0-9]{6,7}$", examples=["H204518"]),
    AfterValidator(lambda text: text.lstrip("#").upper()),
]
RmaNumber = Annotated[str, Field(pattern=r"^RMA-[0-9]{4}-[0-9]{4}$", examples=["RMA-1000-0032"])]
NumberInPath = Annotated[OrderNumber, Path(description="The order's number; a `#` is left out or written `%23`.")]
RmaInPath = Annotated[RmaNumber, Path(description="The return's number.")]


class Money(Shown):
    """An amount with its currency; never a float."""

    amount: str = Field(pattern=r"^-?[0-9]+\.[0-9]{2}$", examples=["79.00"])
    currency: str = Field(examples=["USD"])


class OfItem(Protocol):
    """What is said of one item of an order."""

    @property
    def item_id(self) -> UUID:
        """The item."""
        ...


def each_item_once[One: OfItem](said: list[One]) -> list[One]:
    """Refuse what says two things of one item, of which only one could be done; raises ValueError."""
    if len({one.item_id for one in said}) < len(said):
        raise ValueError("an item stands here twice")
    return said


def money(amount: Decimal, currency: str) -> Money:
    """Return an amount as it goes out."""
    return Money(amount=f"{amount:.2f}", currency=currency)


class AddressShown(Shown):
    """A postal address; `region` is the state or province, `country` two letters (ISO 3166-1)."""

    street: str
    extra: str
    city: str
    region: str
    zip: str
    country: str


class AddressBody(Body):
    """A whole postal address."""

    street: Annotated[Text, Field(min_length=1, examples=["2418 SE Alder Street"])]
    extra: Text = ""
    city: Annotated[Text, Field(min_length=1, examples=["Portland"])]
    region: Annotated[Text, Field(examples=["OR"])] = ""
    zip: Annotated[Text, Field(min_length=1, max_length=20, examples=["97214"])]
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "US"

    def value(self) -> Address:
        """Return it as the store knows it."""
        return Address(**self.model_dump())


def address(found: Address) -> AddressShown:
    """Return an address as it goes out."""
    return AddressShown(
        street=found.street,
        extra=found.extra,
        city=found.city,
        region=found.region,
        zip=found.zip,
        country=found.country,
    )


class NamedAmount(Shown):
    """A fee or another part of an amount, with its name."""

    name: str
    amount: Money


Detail = dict[str, Any]
Id = UUID
