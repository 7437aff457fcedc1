"""The shape of a policy: what a shop can say about returns, cancellations and changes, and what it must not say.

`store.policy_file` reads a file of this shape; docs/policy.md explains each key to a shop owner.
"""

from datetime import date, time
from decimal import Decimal
from string import Formatter
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from kit import errors
from store import money
from store.order import OrderState, PaymentKind
from store.returns import Condition, Method, Reason, Resolution

Proof = Literal["order", "rma", "email", "phone", "zip", "name", "gift_code"]
Level = Literal["general", "look", "write"]
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
WindowStart = Literal["delivery", "shipment", "order"]
RULE_ID_PATTERN = r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$"
MONTH_DAY_PATTERN = r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"
PLACE_PATTERN = r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$"
CURRENCY_PATTERN = r"^[A-Z]{3}$"
RuleId = Annotated[str, Field(pattern=RULE_ID_PATTERN)]
Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Percent = Annotated[Decimal, Field(ge=0, le=100)]
MonthDay = Annotated[str, Field(pattern=MONTH_DAY_PATTERN)]
Place = Annotated[str, Field(pattern=PLACE_PATTERN)]
Reasons = Annotated[tuple[Reason, ...], Field(min_length=1)]
Days = Annotated[int, Field(ge=0, le=1095)]

EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
"""The member states, which `EU` stands for in a list of countries."""

SENTENCE_WORDS = frozenset(
    {
        "approval_limit",
        "currency",
        "extension_days",
        "free_return_reasons",
        "holiday_from",
        "holiday_to",
        "holiday_until",
        "human_hours",
        "keep_item_below",
        "label_validity",
        "photo_above",
        "processing_time",
        "refund_time_card",
        "return_shipping_fee",
        "return_window",
        "shop_name",
        "store_credit_bonus",
        "window_faulty",
        "window_start",
        "withdrawal_days",
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
    """Who the shop is; `locale` is how it writes amounts of money."""

    name: str
    currency: Annotated[str, Field(pattern=CURRENCY_PATTERN)]
    locale: str = money.LOCALE
    time_zone: str
    return_address: ReturnAddress
    human_hours: HumanHours

    def money(self, amount: Decimal, currency: str) -> str:
        """Write an amount as people read it in this shop: `$1,089.00`, `1.089,00 €`."""
        return money.format(amount, currency, self.locale)

    @field_validator("time_zone")
    @classmethod
    def _known_time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no time zone that is known; write it as Europe/Berlin") from error
        return value

    @field_validator("locale")
    @classmethod
    def _known_locale(cls, value: str) -> str:
        try:
            money.known_locale(value)
        except errors.BadInput as error:
            raise ValueError(str(error)) from error
        return value


class IdentityRule(_Frozen):
    """Who gives all of `proof` gets `level` for what it covers: that order, or all of the customer's."""

    proof: Annotated[tuple[Proof, ...], Field(min_length=1)]
    level: Level
    covers: Literal["order", "customer"]

    @model_validator(mode="after")
    def _order_named(self) -> Self:
        if self.covers == "order" and not {"order", "rma", "gift_code"} & set(self.proof):
            raise ValueError("a rule that covers an order needs `order`, `rma` or `gift_code` in its proof")
        return self


class Window(_Frozen):
    """How many days something may come back; `days: null` is no limit.

    The days count from `start`: the delivery; where it is not known, the shipment and `transit_days` (else the rules'
    own); where that is not known either, the order. `shipment` and `order` count from there at once.
    """

    id: RuleId
    days: Days | None
    category: str | None = None
    tag: str | None = None
    countries: Annotated[tuple[Place, ...], Field(min_length=1)] | None = None
    tier: str | None = None
    faulty: bool = False
    start: WindowStart = "delivery"
    transit_days: Days | None = None

    @property
    def weight(self) -> int:
        """How particular the rule is: a faulty item before a customer's tier, a country, a tag, and a category."""
        named = (self.faulty, self.tier is not None, self.countries is not None, self.tag is not None)
        return 16 * named[0] + 8 * named[1] + 4 * named[2] + 2 * named[3] + (self.category is not None)


class Withdrawal(_Frozen):
    """The right to call a purchase off, which no other rule may cut short in these countries.

    In the EU it is 14 days from delivery (directive 2011/83/EU, articles 9 and 14): no restocking fee is kept, and the
    order's shipping goes back with the whole order.
    """

    id: RuleId
    countries: Annotated[tuple[Place, ...], Field(min_length=1)]
    days: Days
    refund_shipping: bool = True


class Holiday(_Frozen):
    """Orders delivered between two days of a year may be returned until a day early in the next."""

    id: RuleId
    delivered_from: MonthDay
    delivered_to: MonthDay
    return_until: MonthDay


class _ForItems(_Frozen):
    """Which items a rule is for: those that have all that is named."""

    category: str | None = None
    tag: str | None = None
    conditions: Annotated[tuple[Condition, ...], Field(min_length=1)] | None = None


class Exclusion(_ForItems):
    """Things that do not come back; `{item}` in the sentence becomes the item's name.

    `except_from_withdrawal`: the law excepts such goods from the right of withdrawal, so that it does not help here.
    """

    id: RuleId
    sentence: str
    final_sale: bool = False
    unless_faulty: bool = False
    except_from_withdrawal: bool = False


class ConditionRule(_ForItems):
    """What happens with an item in a certain condition, when it is not faulty: it is refused, or a person looks."""

    id: RuleId
    decision: Literal["refuse", "person"]
    sentence: str


class RestockingFee(_ForItems):
    """What is kept when such an item is not faulty: a share of what was paid for it, or an amount for each piece."""

    id: RuleId
    percent: Percent | None = None
    amount: Money | None = None
    applies_to: str
    title: str = "Restocking fee"


class ReturnMethod(_Frozen):
    """A way to bring a parcel back, with its title and its fee."""

    method: Method
    title: str
    fee: Money


class ShippingRefund(_Frozen):
    """When the shipping of the order is given back: for these reasons, with `whole_order` only for all of it."""

    id: RuleId
    reasons: Reasons
    whole_order: bool = True


class KeepItem(_Frozen):
    """Items that need not be sent back: for these reasons, when all of them together are worth less than `below`."""

    id: RuleId
    below: Money
    reasons: Reasons


class RefundTime(_Frozen):
    """Business days from inspection until the money is there; 0 to 0 is at once."""

    kind: PaymentKind
    days_from: Annotated[int, Field(ge=0)]
    days_to: Annotated[int, Field(ge=0)]


class FrequentReturns(_Frozen):
    """A person decides for customers who have opened so many returns within so many days."""

    id: RuleId
    returns: Annotated[int, Field(ge=1)]
    within_days: Annotated[int, Field(ge=1)]


class Photo(_Frozen):
    """A photo is asked for with these reasons when the item is worth more than `above`."""

    id: RuleId
    reasons: Reasons
    above: Money = Decimal("0.00")


class ExchangeRule(_Frozen):
    """Exchanges for another variant of the same product: how often for one order, and at which prices.

    A second choice is asked for up front while fewer than `second_choice_below` pieces of the first are left; always
    where that is not said.
    """

    id: RuleId
    times_per_order: Annotated[int, Field(ge=1)] | None = None
    difference: Literal["charge_or_refund", "same_price_only"] = "charge_or_refund"
    second_choice_below: Annotated[int, Field(ge=0)] | None = None


class CancelRule(_Frozen):
    """Which orders can be cancelled, and for which reasons."""

    id: RuleId
    states: Annotated[tuple[OrderState, ...], Field(min_length=1)]
    reasons: Reasons


class ChangeOrder(_Frozen):
    """What can be changed of an order, and while it is in which state.

    `items_once`: its items only once. `items_final`: after that nothing can be changed any more, nor cancelled.
    """

    id: RuleId
    states: Annotated[tuple[OrderState, ...], Field(min_length=1)] = ("pending",)
    address: bool = True
    payment: bool = True
    items: bool = True
    items_once: bool = False
    items_final: bool = False


class Extension(_Frozen):
    """By how many days the last day for sending a return can be moved, once."""

    id: RuleId
    days: Annotated[int, Field(ge=1, le=365)]


class GiftReturns(_Frozen):
    """Whether somebody who was given an item may return it with the order's gift code, for a gift card."""

    id: RuleId
    allowed: bool


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

    @field_validator("*")
    @classmethod
    def _only_known_words(cls, sentence: str) -> str:
        try:
            words = {word for _, word, _, _ in Formatter().parse(sentence) if word is not None}
        except ValueError as error:
            raise ValueError("a brace is not closed, or not opened") from error
        unknown = words - SENTENCE_WORDS
        if unknown:
            raise ValueError(f"unknown word in braces: {', '.join(sorted(unknown))}")
        return sentence


class Rules(_Frozen):
    """All rules of one version."""

    delivered_rule: RuleId
    quantity_rule: RuleId
    windows: tuple[Window, ...]
    transit_days: Days = 7
    freeze_days: Days = 0
    faulty_reasons: tuple[Reason, ...]
    holiday: Holiday | None
    withdrawal: Withdrawal | None = None
    exclusions: tuple[Exclusion, ...]
    condition_rules: tuple[ConditionRule, ...] = ()
    restocking: tuple[RestockingFee, ...] = ()
    keep_item: KeepItem | None = None
    photo: Photo | None = None
    shipping_rule: RuleId
    methods: Annotated[tuple[ReturnMethod, ...], Field(min_length=1)]
    free_return_reasons: tuple[Reason, ...] | None = None
    shipping_refund: ShippingRefund | None = None
    resolutions: Annotated[tuple[Resolution, ...], Field(min_length=1)]
    refund_times: tuple[RefundTime, ...]
    processing_days: Annotated[int, Field(ge=0)]
    refund_rule: RuleId
    refund_to_gift_card: bool
    store_credit_rule: RuleId
    store_credit_bonus: Percent
    exchange: ExchangeRule
    approval_rule: RuleId
    approval_limit: Money | None
    frequent_returns: FrequentReturns | None = None
    gift_returns: GiftReturns | None = None
    label_days: Annotated[int, Field(ge=1)]
    notice_days_before_deadline: Annotated[int, Field(ge=0)] = 3
    extension: Extension | None = None
    cancel: CancelRule
    change_order: ChangeOrder | None = None
    sentences: Sentences

    @property
    def free_shipping_for(self) -> frozenset[Reason]:
        """The reasons for which the way back costs nothing: the faulty ones, where the shop names no others."""
        return frozenset(self.faulty_reasons if self.free_return_reasons is None else self.free_return_reasons)


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


def covers(places: tuple[str, ...], country: str, region: str) -> bool:
    """Tell whether a place is among those named: a country (`DE`), the `EU`, or a region of a country (`US-CA`)."""
    named = set(places)
    return country in named or f"{country}-{region}" in named or ("EU" in named and country in EU)


def _clock(moment: time) -> str:
    return f"{moment.hour}:{moment:%M}"
