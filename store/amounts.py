"""What lines are worth, to the cent; pure.

A line's pieces may come back one by one. Each gets the share that makes the shares of all of them add up to what was
paid for the line: the value of the first n pieces, less what those before them were worth. When a return is called off
in between, those before are other pieces than the first ones, and may have been worth a cent more or less.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from store import eligibility, money
from store.decision import LineAmount, LineVerdict, Past, RequestLine
from store.order import Order, OrderItem
from store.policy_file import Policy
from store.rules import RestockingFee

ALREADY_PAID = "refund.never_more_than_paid"
"""The rule that nobody sets: what was refunded or promised before is not paid again."""


@dataclass(frozen=True)
class Judged:
    """A line: what was asked, how it was judged, and what was paid for its pieces.

    `withdrawn`: within the right of withdrawal, so that no fee is kept.
    """

    item: OrderItem
    request: RequestLine
    verdict: LineVerdict
    paid: LineAmount
    withdrawn: bool = False


@dataclass(frozen=True)
class Worth:
    """What lines are worth together; `fee_lines` are the fees that are kept of it, by name."""

    lines: tuple[LineAmount, ...]
    rule_ids: tuple[str, ...] = ()
    shipping: Decimal = money.ZERO

    @property
    def net(self) -> Decimal:
        """What goes back for the lines, without the shipping."""
        return sum((line.net for line in self.lines), money.ZERO)

    @property
    def fee_lines(self) -> tuple[tuple[str, Decimal], ...]:
        """The fees by name, in the order of the lines."""
        found: dict[str, Decimal] = {}
        for line in self.lines:
            for name, fee in line.fees:
                found[name] = found.get(name, money.ZERO) + fee
        return tuple(found.items())


def share(total: Decimal, pieces: int, of: int, before: int, currency: str, given: Decimal | None = None) -> Decimal:
    """Return the share of `pieces` of `of` pieces, after `before` others have had theirs, which was `given`."""
    upto = money.cents(total * (before + pieces) / of, currency)
    return max(money.ZERO, upto - (money.cents(total * before / of, currency) if given is None else given))


def paid_for(
    order: Order, item: OrderItem, pieces: int, before: int, given: tuple[Decimal, Decimal] | None = None
) -> LineAmount:
    """Return what was paid for so many pieces of an item, without any fee, after `before` others came back.

    Those were `given` so much of the price and of the tax; None where that is not known.
    """
    price = item.unit_price * item.quantity - item.discount
    if pieces == item.quantity:
        return LineAmount(item.id, money.cents(price, order.currency), money.cents(item.tax, order.currency))
    return LineAmount(
        order_item_id=item.id,
        paid=share(price, pieces, item.quantity, before, order.currency, given[0] if given else None),
        tax=share(item.tax, pieces, item.quantity, before, order.currency, given[1] if given else None),
    )


def without_fees(lines: Sequence[Judged]) -> Worth:
    """Work out what was paid for the lines."""
    return Worth(tuple(line.paid for line in lines))


def after_fees(order: Order, lines: Sequence[Judged], policy: Policy, past: Past) -> Worth:
    """Work out what goes back for the lines: without restocking fees, with the order's shipping where a rule says so,
    and never more than is left of what was paid."""
    found, used = [], []
    for line in lines:
        rule, fee = _restocking(line, policy, order.currency)
        found.append(replace(line.paid, fees=((fee_name(rule), fee),)) if rule and fee else line.paid)
        used += [rule.id] if rule and fee else []
    shipping, shipping_rules = _shipping(order, lines, policy, past)
    worth = Worth(tuple(found), tuple(dict.fromkeys([*used, *shipping_rules])), shipping)
    return _capped(worth, left(order, past))


def left(order: Order, past: Past) -> Decimal:
    """Return how much of what was paid for an order may still go back."""
    return max(money.ZERO, order.paid - order.refunded - past.promised)


def fee_name(rule: RestockingFee) -> str:
    """Name a restocking fee on a bill: `Restocking fee (10%)`."""
    return rule.title if rule.percent is None else f"{rule.title} ({rule.percent:f}%)"


def _restocking(line: Judged, policy: Policy, currency: str) -> tuple[RestockingFee | None, Decimal]:
    if line.withdrawn or eligibility.is_faulty(line.request.reason, policy):
        return None, money.ZERO
    fees = [
        (_fee(rule, line, currency), rule)
        for rule in policy.rules.restocking
        if rule.id not in policy.overruled and eligibility.fit(rule, line.item, line.request.condition).fits
    ]
    if not fees:
        return None, money.ZERO
    fee, rule = max(fees, key=lambda entry: entry[0])
    return rule, fee


def _fee(rule: RestockingFee, line: Judged, currency: str) -> Decimal:
    if rule.percent is not None:
        return money.percent_of(line.paid.paid, rule.percent, currency)
    return min(line.paid.paid, money.cents(rule.amount or money.ZERO, currency) * line.request.quantity)


def _shipping(order: Order, lines: Sequence[Judged], policy: Policy, past: Past) -> tuple[Decimal, tuple[str, ...]]:
    if past.shipping_promised or past.gift or order.shipping <= 0 or not lines:
        return money.ZERO, ()
    right, rule = policy.rules.withdrawal, policy.rules.shipping_refund
    whole = _is_whole(order, lines)
    if right is not None and right.refund_shipping and whole and all(line.withdrawn for line in lines):
        return order.shipping, (right.id,)
    if rule is not None and all(line.request.reason in rule.reasons for line in lines):
        return (order.shipping, (rule.id,)) if whole or not rule.whole_order else (money.ZERO, ())
    return money.ZERO, ()


def _is_whole(order: Order, lines: Sequence[Judged]) -> bool:
    coming = {item.id: 0 for item in order.items}
    for line in lines:
        coming[line.item.id] += line.request.quantity
    return all(coming[item.id] == item.quantity for item in order.items)


def _capped(worth: Worth, most: Decimal) -> Worth:
    over = worth.net + worth.shipping - most
    if over <= 0:
        return worth
    shipping = max(money.ZERO, worth.shipping - over)
    over -= worth.shipping - shipping
    lines = list(worth.lines)
    for number in reversed(range(len(lines))):
        cut = min(over, lines[number].net)
        over -= cut
        if cut > 0:
            fees = (*lines[number].fees, ("Already refunded or on its way", cut))
            lines[number] = replace(lines[number], fees=fees)
    return Worth(tuple(lines), (*worth.rule_ids, ALREADY_PAID), shipping)
