"""What the customer may choose for the lines that come back: amounts, fees, destinations and times; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from store import amounts, money
from store.amounts import Judged, Worth
from store.decision import MethodOffer, Offer, Past, RefundPart
from store.order import Order, PaymentKind, PaymentMethod
from store.policy_file import Policy, RefundTime
from store.returns import Resolution

UNKNOWN_DESTINATION = "your original payment method"
THE_WAY_IT_WAS_PAID = "the way it was paid"
KEEP = MethodOffer("keep", "Keep it, nothing to send", money.ZERO)


@dataclass(frozen=True)
class Destination:
    """Where money can go."""

    refund_to: str | None
    kind: PaymentKind
    label: str


@dataclass(frozen=True)
class Asked:
    """All that offers are worked out from."""

    order: Order
    lines: tuple[Judged, ...]
    policy: Policy
    past: Past
    methods: tuple[PaymentMethod, ...]
    nothing_to_send: bool = False

    def when(self, kind: PaymentKind) -> str:
        """Write when the money is there, counted from the check of the parcel where there is one."""
        if self.nothing_to_send:
            return days_text(refund_time(kind, self.policy))
        return when_text(kind, self.policy)


def offers(asked: Asked) -> tuple[Offer, ...]:
    """Work out every offer for the eligible lines, in the order of the policy's resolutions."""
    if not asked.lines:
        return ()
    worth = amounts.after_fees(asked.order, asked.lines, asked.policy, asked.past)
    found: list[Offer] = []
    for resolution in _resolutions(asked):
        if resolution == "exchange":
            found.append(_exchange(asked))
        elif resolution == "store_credit":
            found.append(_store_credit(asked, worth))
        else:
            found += _refunds(asked, worth)
    return tuple(found)


def method_offers(asked: Asked) -> tuple[MethodOffer, ...]:
    """List the ways to bring the parcel back; one reason that makes it free does so for the whole parcel, for it must
    be sent anyway."""
    if asked.nothing_to_send:
        return (KEEP,)
    free = any(line.request.reason in asked.policy.rules.free_shipping_for for line in asked.lines)
    return tuple(
        MethodOffer(entry.method, entry.title, money.ZERO if free else money.cents(entry.fee, asked.order.currency))
        for entry in asked.policy.rules.methods
    )


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


def part(place: Destination, amount: Decimal, when: str) -> RefundPart:
    """Return money that goes to a place that is known."""
    return RefundPart(place.refund_to or "", place.kind, place.label, amount, when)


def less(parts: Sequence[RefundPart], fee: Decimal) -> tuple[RefundPart, ...]:
    """Take a fee off parts, the largest first; what is left of them adds up to their sum less the fee."""
    kept = {one.refund_to: one.amount for one in parts}
    for one in sorted(parts, key=lambda entry: (-entry.amount, entry.refund_to)):
        cut = min(fee, one.amount)
        kept[one.refund_to] -= cut
        fee -= cut
    whole = [RefundPart(one.refund_to, one.kind, one.destination, kept[one.refund_to], one.when) for one in parts]
    return tuple(one for one in whole if one.amount > 0) or tuple(whole[:1])


def _resolutions(asked: Asked) -> list[Resolution]:
    rules, past = asked.policy.rules, asked.past
    allowed = list(rules.resolutions)
    most = rules.exchange.times_per_order
    if most is not None and past.exchanges >= most:
        allowed = [one for one in allowed if one != "exchange"]
    if past.gift:  # who was given something has paid nothing, and gets a gift card
        return [*(one for one in allowed if one == "exchange"), "store_credit"]
    return allowed


def _exchange(asked: Asked) -> Offer:
    worth = amounts.without_fees(asked.lines)
    now = "sent as soon as the return is approved"
    return _offer(
        "exchange",
        worth,
        Destination(None, "card", "another option of the same product"),
        now if asked.nothing_to_send else "sent as soon as we have checked the parcel",
        (asked.policy.rules.exchange.id,),
        kind=None,
    )


def _store_credit(asked: Asked, worth: Worth) -> Offer:
    rules = asked.policy.rules
    percent = Decimal(0) if asked.past.gift else rules.store_credit_bonus
    bonus = money.percent_of(worth.net, percent, asked.order.currency)
    label = "a gift card" if asked.past.gift else "store credit"
    gift = (rules.gift_returns.id,) if asked.past.gift and rules.gift_returns else ()
    place = Destination(None, "store_credit", label)
    rule_ids = (*gift, rules.store_credit_rule)
    return _offer("store_credit", worth, place, asked.when("store_credit"), rule_ids, "store_credit", bonus)


def _refunds(asked: Asked, worth: Worth) -> list[Offer]:
    amount = worth.net + worth.shipping
    rule_ids = (asked.policy.rules.refund_rule,)
    paying = _original_methods(asked)
    found = []
    covering = [method for method, left in paying if left >= amount] or ([paying[0][0]] if len(paying) == 1 else [])
    if not paying:
        place = Destination(None, "card", UNKNOWN_DESTINATION)
        found.append(_offer("refund", worth, place, asked.when("card"), rule_ids, "card"))
    for method in covering:
        # A provider refunds no more than it was paid, so of several payments only one that covers the value is offered.
        place = original_destination(asked.order, method, asked.methods)
        found.append(_refund(asked, worth, place))
    if paying and not covering:
        found.append(_split(asked, worth, paying))
    if asked.policy.rules.refund_to_gift_card:
        cards = [m for m in asked.methods if m.kind == "gift_card" and m.id not in covering]
        found += [_refund(asked, worth, Destination(card.id, card.kind, card.label)) for card in cards]
    return found


def _refund(asked: Asked, worth: Worth, place: Destination) -> Offer:
    when = asked.when(place.kind)
    parts = (part(place, worth.net + worth.shipping, when),)
    return _offer("refund", worth, place, when, (asked.policy.rules.refund_rule,), place.kind, parts=parts)


def _split(asked: Asked, worth: Worth, paying: Sequence[tuple[str, Decimal]]) -> Offer:
    """Give each payment back as much as it can take, the largest first."""
    rest, parts = worth.net + worth.shipping, []
    for method, left in paying:
        amount = min(rest, left)
        rest -= amount
        place = original_destination(asked.order, method, asked.methods)
        if amount > 0:
            parts.append(part(place, amount, asked.when(place.kind)))
    slowest = max((one.kind for one in parts), key=lambda kind: refund_time(kind, asked.policy).days_to)
    place = Destination(None, slowest, THE_WAY_IT_WAS_PAID)
    rule_ids = (asked.policy.rules.refund_rule,)
    return _offer("refund", worth, place, asked.when(slowest), rule_ids, slowest, parts=tuple(parts))


def _offer(  # noqa: PLR0913
    resolution: Resolution,
    worth: Worth,
    place: Destination,
    when: str,
    rule_ids: tuple[str, ...],
    kind: PaymentKind | None,
    bonus: Decimal = money.ZERO,
    parts: tuple[RefundPart, ...] = (),
) -> Offer:
    return Offer(
        resolution=resolution,
        amount=worth.net + worth.shipping + bonus,
        fee_lines=worth.fee_lines,
        bonus=bonus,
        destination=place.label,
        when=when,
        refund_to=place.refund_to,
        refund_kind=kind,
        line_amounts=tuple((line.order_item_id, line.net) for line in worth.lines),
        rule_ids=(*rule_ids, *worth.rule_ids),
        shipping=worth.shipping,
        worked_out=worth.lines,
        parts=parts,
    )


def _original_methods(asked: Asked) -> list[tuple[str, Decimal]]:
    """Return what paid for the order and how much each can still be given back, the largest first."""
    order = asked.order
    paid = {payment.payment_method_id: None for payment in order.payments if payment.kind == "payment"}
    left = [
        (method, max(money.ZERO, order.paid_with(method) - asked.past.promised_to.get(method, money.ZERO)))
        for method in paid
    ]
    return sorted(left, key=lambda entry: (-entry[1], entry[0]))
