"""A shop's policy file: its shape, its checks, and the version that is in force for an order."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kit import errors
from store import dates
from store.order import PAYMENT_KINDS, OrderState, PaymentKind
from store.returns import Method, Reason, Resolution

Proof = Literal["order", "rma", "email", "phone", "zip", "name"]
Level = Literal["general", "look", "write"]
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
RuleId = Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)+$")]
Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Percent = Annotated[Decimal, Field(ge=0, le=100)]
MonthDay = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]

SENTENCE_WORDS = frozenset(
    {
        "approval_limit",
        "currency",
        "free_return_reasons",
        "holiday_from",
        "holiday_to",
        "holiday_until",
        "human_hours",
        "label_validity",
        "processing_time",
        "refund_time_card",
        "return_shipping_fee",
        "return_window",
        "shop_name",
        "store_credit_bonus",
        "window_faulty",
        "window_start",
    }
)
"""What may stand in braces in a policy file's sentences; `store.facts` fills each of them."""


class _Frozen(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ReturnAddress(_Frozen):
    """Where parcels go."""

    name: str
    street: str
    city: str
    region: str
    zip: str
    country: str

    def lines(self) -> tuple[str, ...]:
        """Return the lines as they stand on a parcel."""
        return (self.name, self.street, f"{self.city}, {self.region} {self.zip}", self.country)


class HumanHours(_Frozen):
    """When people answer, in the shop's time zone."""

    first_day: Weekday
    last_day: Weekday
    opens: time
    closes: time

    def text(self) -> str:
        """Return the hours as a customer reads them: `Monday to Friday, 9:00-17:00`."""
        days = self.first_day if self.first_day == self.last_day else f"{self.first_day} to {self.last_day}"
        return f"{days}, {_clock(self.opens)}-{_clock(self.closes)}"


class Shop(_Frozen):
    """Who the shop is."""

    name: str
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    time_zone: str
    return_address: ReturnAddress
    human_hours: HumanHours

    @model_validator(mode="after")
    def _known_time_zone(self) -> Self:
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"time_zone {self.time_zone!r} is not known") from error
        return self


class IdentityRule(_Frozen):
    """Who gives all of `proof` gets `level` for what it covers: that order, or all of the customer's."""

    proof: Annotated[tuple[Proof, ...], Field(min_length=1)]
    level: Level
    covers: Literal["order", "customer"]

    @model_validator(mode="after")
    def _order_named(self) -> Self:
        if self.covers == "order" and not {"order", "rma"} & set(self.proof):
            raise ValueError("a rule that covers an order needs `order` or `rma` in its proof")
        return self


class Window(_Frozen):
    """How many days after delivery something may come back; `days: null` is no limit."""

    id: RuleId
    days: Annotated[int, Field(ge=0)] | None
    category: str | None = None
    tier: str | None = None
    faulty: bool = False

    @property
    def weight(self) -> int:
        """How particular the rule is: a faulty item before a customer's tier before a category."""
        return 4 * self.faulty + 2 * (self.tier is not None) + (self.category is not None)


class Holiday(_Frozen):
    """Orders delivered between two days of a year may be returned until a day early in the next."""

    id: RuleId
    delivered_from: MonthDay
    delivered_to: MonthDay
    return_until: MonthDay


class Exclusion(_Frozen):
    """Things that do not come back; `{item}` in the sentence becomes the item's name."""

    id: RuleId
    sentence: str
    category: str | None = None
    final_sale: bool = False
    unless_faulty: bool = False


class RestockingFee(_Frozen):
    """A share of the price that is kept when an item of that category is not faulty."""

    id: RuleId
    category: str
    percent: Percent
    applies_to: str


class ReturnMethod(_Frozen):
    """A way to bring a parcel back, with its title and its fee; faulty items travel free."""

    method: Method
    title: str
    fee: Money


class RefundTime(_Frozen):
    """Business days from inspection until the money is there; 0 to 0 is at once."""

    kind: PaymentKind
    days_from: Annotated[int, Field(ge=0)]
    days_to: Annotated[int, Field(ge=0)]


class CancelRule(_Frozen):
    """Which orders can be cancelled, and for which reasons."""

    id: RuleId
    states: tuple[OrderState, ...]
    reasons: tuple[Reason, ...]


class Sentences(_Frozen):
    """Rules that are told rather than worked out; words in braces are filled from the numbers above."""

    window_start: str
    free_return_reasons: str
    holiday_extension: str
    final_sale: str
    hygiene: str
    gift_card: str
    condition: str
    refund_to: str
    exchange: str
    international: str
    gift_return: str
    lost_parcel: str
    cancel_order: str
    change_order: str
    price_match: str
    warranty: str
    missing_box: str

    @model_validator(mode="after")
    def _only_known_words(self) -> Self:
        for name, sentence in self:
            unknown = {word for _, word, _, _ in Formatter().parse(sentence) if word} - SENTENCE_WORDS
            if unknown:
                raise ValueError(f"{name}: unknown word in braces: {', '.join(sorted(unknown))}")
        return self


class Rules(_Frozen):
    """All rules of one version."""

    delivered_rule: RuleId
    quantity_rule: RuleId
    windows: tuple[Window, ...]
    faulty_reasons: tuple[Reason, ...]
    holiday: Holiday | None
    exclusions: tuple[Exclusion, ...]
    restocking: RestockingFee | None
    shipping_rule: RuleId
    methods: Annotated[tuple[ReturnMethod, ...], Field(min_length=1)]
    resolutions: Annotated[tuple[Resolution, ...], Field(min_length=1)]
    refund_times: tuple[RefundTime, ...]
    processing_days: Annotated[int, Field(ge=0)]
    refund_rule: RuleId
    refund_to_gift_card: bool
    store_credit_rule: RuleId
    store_credit_bonus: Percent
    exchange_rule: RuleId
    approval_rule: RuleId
    approval_limit: Money | None
    label_days: Annotated[int, Field(ge=1)]
    cancel: CancelRule
    sentences: Sentences

    @model_validator(mode="after")
    def _complete(self) -> Self:
        standard = [window for window in self.windows if window.weight == 0]
        if len(standard) != 1:
            raise ValueError("windows: exactly one must have no category, tier or faulty (the standard one)")
        named = [rule.id for rule in self.windows] + [rule.id for rule in self.exclusions]
        if len(set(named)) != len(named):
            raise ValueError("two rules have the same id")
        if {entry.kind for entry in self.refund_times} != set(PAYMENT_KINDS):
            raise ValueError(f"refund_times: one entry each for {', '.join(PAYMENT_KINDS)}")
        return self


class Version(_Frozen):
    """The rules from a day on."""

    id: str
    in_force_from: date
    rules: Rules


class PolicyFile(_Frozen):
    """The whole file."""

    shop: Shop
    identity: Annotated[tuple[IdentityRule, ...], Field(min_length=1)]
    versions: Annotated[tuple[Version, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        starts = [version.in_force_from for version in self.versions]
        if starts != sorted(set(starts)):
            raise ValueError("versions: in_force_from must rise from one version to the next")
        if len({version.id for version in self.versions}) != len(self.versions):
            raise ValueError("versions: two versions have the same id")
        return self


@dataclass(frozen=True)
class Policy:
    """One version in force, with its shop; `overruled` are rules that a person set aside for one case."""

    version: str
    shop: Shop
    rules: Rules
    overruled: frozenset[str] = field(default=frozenset())


@dataclass(frozen=True)
class PolicyBook:
    """All versions of a shop's policy."""

    shop: Shop
    identity: tuple[IdentityRule, ...]
    versions: tuple[Version, ...]

    def in_force(self, placed_at: datetime | None) -> Policy:
        """Return the version in force when the order was placed; the first for older ones and for None."""
        chosen = self.versions[0]
        if placed_at is not None:
            day = dates.local_day(placed_at, self.shop.time_zone)
            chosen = next((v for v in reversed(self.versions) if v.in_force_from <= day), chosen)
        return Policy(chosen.id, self.shop, chosen.rules)

    def version(self, version_id: str) -> Policy:
        """Return a version by its id, to replay a receipt; raises NotFound."""
        for version in self.versions:
            if version.id == version_id:
                return Policy(version.id, self.shop, version.rules)
        raise errors.NotFound(f"policy version {version_id}")


def read(path: Path) -> PolicyBook:
    """Read a policy file; raises BadInput naming file, place and reason."""
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise errors.BadInput(f"{path.name}: {error}") from error


def parse(text: str, name: str = "policy") -> PolicyBook:
    """Read the text of a policy file; `name` stands in the message of BadInput."""
    try:
        # Through JSON: pydantic's strict mode then reads lists, dates and money as a file writes them.
        whole = json.dumps(yaml.safe_load(text), default=str)
        read_file = PolicyFile.model_validate_json(whole)
    except yaml.YAMLError as error:
        raise errors.BadInput(f"{name}: {error}") from error
    except ValidationError as error:
        raise errors.BadInput(f"{name}: {describe(error)}") from error
    return PolicyBook(read_file.shop, read_file.identity, read_file.versions)


def describe(error: ValidationError) -> str:
    """Write the first few faults of a file as `versions[0].rules.windows[1].days: what is wrong`."""
    faults = [f"{place(fault['loc'])}: {fault['msg']}" for fault in error.errors()[:5]]
    return "; ".join(faults)


def place(location: Sequence[int | str]) -> str:
    """Write a place in a file such as `orders.#W123.items[2].price`."""
    written = ""
    for part in location:
        written += f"[{part}]" if isinstance(part, int) else f".{part}"
    return written.removeprefix(".") or "(top)"


def _clock(moment: time) -> str:
    return f"{moment.hour}:{moment:%M}"
