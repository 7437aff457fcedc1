"""When a person decides about a return instead of the policy alone; pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from store import amounts, eligibility
from store.amounts import Judged
from store.decision import LineVerdict, Past
from store.order import Order
from store.policy_file import Policy

NO_PAYMENT = "refund.no_payment"


class Call(NamedTuple):
    """Why a person is called, in a sentence for the customer, and the rule that says so."""

    text: str
    rule_id: str


def calls(
    order: Order, lines: Sequence[Judged], verdicts: Sequence[LineVerdict], policy: Policy, past: Past, now: datetime
) -> list[Call]:
    """Return all that calls a person for lines that may come back, the weightiest first."""
    if not lines:
        return []
    found = [
        *_above_the_limit(lines, policy),
        *_frequent(policy, past, now),
        *_delivery_unknown(verdicts),
        *_conditions(lines, policy),
        *_nothing_known_of_payment(order),
        *_not_told(lines, verdicts, policy),
    ]
    return [call for call in found if call.rule_id not in policy.overruled]


def _above_the_limit(lines: Sequence[Judged], policy: Policy) -> list[Call]:
    rules, shop = policy.rules, policy.shop
    worth = amounts.without_fees(lines).net
    if rules.approval_limit is None or worth <= rules.approval_limit:
        return []
    text = shop.money(rules.approval_limit, shop.currency)
    return [Call(f"One of our people approves returns above {text}.", rules.approval_rule)]


def _frequent(policy: Policy, past: Past, now: datetime) -> list[Call]:
    rule = policy.rules.frequent_returns
    if rule is None:
        return []
    since = now - timedelta(days=rule.within_days)
    lately = sum(since < moment <= now for moment in past.opened)
    return [Call("One of our people looks at this return first.", rule.id)] if lately >= rule.returns else []


def _delivery_unknown(verdicts: Sequence[LineVerdict]) -> list[Call]:
    if not any(eligibility.NO_DELIVERY_DATE in line.rule_ids for line in verdicts):
        return []
    return [Call("One of our people checks the delivery date first.", eligibility.NO_DELIVERY_DATE)]


def _conditions(lines: Sequence[Judged], policy: Policy) -> list[Call]:
    found = ((line, eligibility.looked_at(line.item, line.request, policy)) for line in lines)
    return [Call(rule.sentence.replace("{item}", line.item.name), rule.id) for line, rule in found if rule]


def _nothing_known_of_payment(order: Order) -> list[Call]:
    if order.paid > 0 or order.total <= 0:
        return []
    return [Call("One of our people checks first how the order was paid.", NO_PAYMENT)]


def _not_told(lines: Sequence[Judged], verdicts: Sequence[LineVerdict], policy: Policy) -> list[Call]:
    found = []
    if policy.rules.photo is not None and any(line.photo_needed for line in verdicts):
        found.append(Call("Without a photo, one of our people looks at it first.", policy.rules.photo.id))
    for line in lines:
        rule = eligibility.unknown_condition(line.item, line.request, policy)
        if rule is not None:
            text = f"As long as we do not know the condition of the {line.item.name}, one of our people decides."
            found.append(Call(text, rule.id))
    return found
