"""What the customer may choose for the lines that come back: amounts, fees, destinations and times; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from store import eligibility, money
from store.decision import LineVerdict, MethodOffer, Offer
from store.order import Order, PaymentKind, PaymentMethod
from store.policy_file import Policy, RefundTime
from store.returns import Resolution

UNKNOWN_DESTINATION = "your original payment method"


@dataclass(frozen=True)
class Destination:
    """Where money can go."""

    refund_to: str | None
    kind: PaymentKind
    label: str


def offers(
    order: Order, lines: Sequence[LineVerdict], policy: Policy, methods: Sequence[PaymentMethod]
) -> tuple[Offer, ...]:
    """Work out every offer for the eligible lines, in the order of the policy's resolutions."""
    if not lines:
        return ()
    found: list[Offer] = []
    for resolution in policy.rules.resolutions:
        found.extend(_offers_of(resolution, order, lines, policy, methods))
    return tuple(found)


def method_offers(lines: Sequence[LineVerdict], policy: Policy) -> tuple[MethodOffer, ...]:
    """List the ways to bring the parcel back; one faulty item makes the parcel free, for it must be sent anyway."""
    free = any(eligibility.is_faulty(line.reason, policy) for line in lines)
    return tuple(
        MethodOffer(entry.method, entry.title, money.ZERO if free else money.cents(entry.fee))
        for entry in policy.rules.methods
    )


def line_value(order: Order, line: LineVerdict) -> Decimal:
    """Return what was paid for the pieces of one line."""
    item = order.item(line.order_item_id)
    return money.cents(item.unit_price * line.quantity) if item else money.ZERO


def restocking_fee(order: Order, line: LineVerdict, policy: Policy) -> Decimal:
    """Return the restocking fee of one line; nothing for faulty items and other categories."""
    rule = policy.rules.restocking
    item = order.item(line.order_item_id)
    if rule is None or item is None or item.category != rule.category:
        return money.ZERO
    if rule.id in policy.overruled or eligibility.is_faulty(line.reason, policy):
        return money.ZERO
    return money.percent_of(line_value(order, line), rule.percent)


def needs_split(order: Order, lines: Sequence[LineVerdict]) -> bool:
    """Tell whether no single payment of the order covers the lines, so that a person has to split the refund."""
    value = sum((line_value(order, line) for line in lines), money.ZERO)
    methods = _original_methods(order)
    return len(methods) > 1 and all(order.paid_with(method) < value for method in methods)


def refund_time(kind: PaymentKind, policy: Policy) -> RefundTime:
    """Return how long a refund to that kind takes."""
    return next(entry for entry in policy.rules.refund_times if entry.kind == kind)


def days_text(entry: RefundTime) -> str:
    """Write a refund time: `5-7 business days`, `3 business days`, `at once`."""
    if entry.days_to == 0:
        return "at once"
    if entry.days_from == entry.days_to:
        return f"{entry.days_to} business day{'s' if entry.days_to != 1 else ''}"
    return f"{entry.days_from}-{entry.days_to} business days"


def when_text(kind: PaymentKind, policy: Policy) -> str:
    """Write when the money is there, counted from the check of the parcel."""
    entry = refund_time(kind, policy)
    if entry.days_to == 0:
        return "as soon as we have checked the parcel"
    return f"{days_text(entry)} after we have checked the parcel"


def original_destination(order: Order, payment_method_id: str, known: Sequence[PaymentMethod]) -> Destination:
    """Name a payment method of the order; one that is not on file any more is described in general words."""
    method = next((m for m in known if m.id == payment_method_id), None)
    if method is None:
        return Destination(payment_method_id, "card", UNKNOWN_DESTINATION)
    return Destination(method.id, method.kind, method.label)


def _offers_of(
    resolution: Resolution,
    order: Order,
    lines: Sequence[LineVerdict],
    policy: Policy,
    methods: Sequence[PaymentMethod],
) -> list[Offer]:
    if resolution == "exchange":
        return [_exchange(order, lines, policy)]
    if resolution == "store_credit":
        return [_store_credit(order, lines, policy)]
    return [_refund(order, lines, policy, place) for place in _destinations(order, lines, policy, methods)]


def _exchange(order: Order, lines: Sequence[LineVerdict], policy: Policy) -> Offer:
    values = tuple((line.order_item_id, line_value(order, line)) for line in lines)
    return Offer(
        resolution="exchange",
        amount=_sum(values),
        fee_lines=(),
        bonus=money.ZERO,
        destination="another option of the same product",
        when="sent as soon as we have checked the parcel",
        refund_to=None,
        refund_kind=None,
        line_amounts=values,
        rule_ids=(policy.rules.exchange_rule,),
    )


def _store_credit(order: Order, lines: Sequence[LineVerdict], policy: Policy) -> Offer:
    net, fee_lines, fee_rules = _net(order, lines, policy)
    bonus = money.percent_of(_sum(net), policy.rules.store_credit_bonus)
    return Offer(
        resolution="store_credit",
        amount=_sum(net) + bonus,
        fee_lines=fee_lines,
        bonus=bonus,
        destination="store credit",
        when=when_text("store_credit", policy),
        refund_to=None,
        refund_kind="store_credit",
        line_amounts=net,
        rule_ids=(policy.rules.store_credit_rule, *fee_rules),
    )


def _refund(order: Order, lines: Sequence[LineVerdict], policy: Policy, place: Destination) -> Offer:
    net, fee_lines, fee_rules = _net(order, lines, policy)
    return Offer(
        resolution="refund",
        amount=_sum(net),
        fee_lines=fee_lines,
        bonus=money.ZERO,
        destination=place.label,
        when=when_text(place.kind, policy),
        refund_to=place.refund_to,
        refund_kind=place.kind,
        line_amounts=net,
        rule_ids=(policy.rules.refund_rule, *fee_rules),
    )


def _net(
    order: Order, lines: Sequence[LineVerdict], policy: Policy
) -> tuple[tuple[tuple[UUID, Decimal], ...], tuple[tuple[str, Decimal], ...], tuple[str, ...]]:
    net = tuple((line.order_item_id, line_value(order, line) - restocking_fee(order, line, policy)) for line in lines)
    fee = sum((restocking_fee(order, line, policy) for line in lines), money.ZERO)
    rule = policy.rules.restocking
    if rule is None or fee == 0:
        return net, (), ()
    return net, ((f"Restocking fee ({rule.percent:f}%)", fee),), (rule.id,)


def _destinations(
    order: Order, lines: Sequence[LineVerdict], policy: Policy, methods: Sequence[PaymentMethod]
) -> list[Destination]:
    originals = _original_methods(order)
    if not originals:
        return [Destination(None, "card", UNKNOWN_DESTINATION)]
    value = sum((line_value(order, line) for line in lines), money.ZERO)
    # A processor refunds no more than it was paid, so of several payments only one that covers the value is offered.
    covering = [method for method in originals if order.paid_with(method) >= value] or originals
    kept = covering if len(originals) > 1 else originals
    places = [original_destination(order, method, methods) for method in kept]
    if policy.rules.refund_to_gift_card:
        cards = [m for m in methods if m.kind == "gift_card" and m.id not in kept]
        places += [Destination(card.id, card.kind, card.label) for card in cards]
    return places


def _original_methods(order: Order) -> list[str]:
    paid = {payment.payment_method_id: None for payment in order.payments if payment.kind == "payment"}
    return sorted(paid, key=lambda method: (-order.paid_with(method), method))


def _sum(values: Sequence[tuple[UUID, Decimal]]) -> Decimal:
    return sum((amount for _, amount in values), money.ZERO)
