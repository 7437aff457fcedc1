"""A return as it is about to be opened: the chosen offer and method worked out into a value; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from kit import errors, ids
from store import dates, money, policy
from store.decision import Decision, MethodOffer, Offer, Past, RequestLine
from store.order import Order, PaymentMethod
from store.policy_file import Policy
from store.ports import LabelTicket
from store.returns import Method, Resolution, Return, ReturnLine

_DECISION = TypeAdapter(Decision)


@dataclass(frozen=True)
class Case:
    """A request together with all that the decision about it depends on."""

    order: Order
    lines: tuple[RequestLine, ...]
    rules: Policy
    past: Past
    methods: tuple[PaymentMethod, ...]
    now: datetime

    def decide(self) -> Decision:
        """Decide about it."""
        return policy.decide(self.order, self.lines, self.rules, self.now, self.past, self.methods)


def eligible(case: Case) -> Decision:
    """Decide about a case that must be allowed; raises Conflict, in the policy's words, when something refuses."""
    decision = case.decide()
    if not decision.eligible:
        raise errors.Conflict(f"order {case.order.number}: {policy.explain(decision)}")
    return decision


def chosen_offer(decision: Decision, resolution: Resolution, refund_to: str | None) -> Offer:
    """Find the one offer that was chosen; raises Conflict when it is not made (any more)."""
    fitting = [offer for offer in decision.offers if offer.resolution == resolution]
    if resolution == "refund" and refund_to is not None:
        fitting = [offer for offer in fitting if offer.refund_to == refund_to]
    if len(fitting) != 1:
        raise errors.Conflict(f"{len(fitting)} offers of {resolution} to {refund_to}: one is needed")
    return fitting[0]


def chosen_method(decision: Decision, resolution: Resolution, method: Method) -> MethodOffer:
    """Find the method that was chosen; raises BadInput when the shop does not have it."""
    found = next((entry for entry in policy.methods_for(decision, resolution) if entry.method == method), None)
    if found is None:
        raise errors.BadInput(f"return method {method} is not offered")
    return found


def promised_parts(
    outcome: Mapping[str, Any], resolution: str, method: str, amount: Decimal
) -> tuple[tuple[str, Decimal], ...]:
    """Return where a refund in several parts was promised to go, from its receipt: payment method and amount.

    Empty where the receipt does not say, or says something else than the `amount` that the return has.
    """
    decision = _DECISION.validate_python(outcome) if outcome.get("offers") else None
    if decision is None:
        return ()
    offer = next((one for one in decision.offers if one.resolution == resolution and len(one.parts) > 1), None)
    way = next((one for one in decision.methods if one.method == method), None)
    if offer is None or way is None:
        return ()
    parts = tuple((part.refund_to, part.amount) for part in policy.parts_after(offer, way))
    return parts if sum((part for _, part in parts), money.ZERO) == amount else ()


def draft(case: Case, decision: Decision, offer: Offer, way: MethodOffer, ticket: LabelTicket | None) -> Return:
    """Work out the return, without its lines: approved with a label where the policy decides alone.

    What is kept needs no label, and the bonus of store credit is never more than what is left after all fees.
    """
    amount = policy.final_amount(offer, way)
    alone = decision.needs_person is None
    label = ticket if alone and way.method != "keep" else None
    return Return(
        id=ids.new_id(),
        rma=ticket.rma if ticket else ids.new_rma_number(),
        order_id=case.order.id,
        customer_id=case.order.customer.id,
        approval="approved" if alone else "requested",
        parcel="label_issued" if label else "none",
        settlement="open",
        resolution=offer.resolution,
        method=way.method,
        amount=amount,
        fee=offer.fees + offer.amount - amount,
        currency=case.order.currency,
        opened_at=case.now,
        lines=(),
        label_expires_at=label_end(case.now, case.rules) if label else None,
        tracking_number=label.tracking_number if label else None,
        carrier=label.carrier_name if label else None,
        needs_person=decision.needs_person,
        bonus=min(offer.bonus, amount),
        gift=case.past.gift,
    )


def lines(case: Case, decision: Decision, offer: Offer, variants: Mapping[UUID, str]) -> tuple[ReturnLine, ...]:
    """Work out the lines of the return, each with its share of the offer."""
    found = []
    for asked, verdict, (item_id, amount) in zip(case.lines, decision.lines, offer.line_amounts, strict=True):
        item = case.order.item(item_id)
        found.append(
            ReturnLine(
                order_item_id=item_id,
                quantity=verdict.quantity,
                reason=verdict.reason,
                resolution=offer.resolution,
                amount=amount,
                rule_ids=verdict.rule_ids,
                exchange_variant_id=variants.get(item_id) if offer.resolution == "exchange" else None,
                name=item.name if item else "",
                options=item.options if item else {},
                picture=item.picture if item else "",
                condition=asked.condition,
                photos=asked.photos,
                keep=verdict.keep,
            )
        )
    return tuple(found)


def label_end(now: datetime, rules: Policy, told: datetime | None = None) -> datetime:
    """Return the end of a label's last day. The day is the shop's, the moment is UTC, so that its date reads right.

    It is never before the day that the customer was `told` for an earlier label.
    """
    last = dates.local_day(now, rules.shop.time_zone) + timedelta(days=rules.rules.label_days)
    end = datetime.combine(last, time(23, 59, 59), UTC)
    return max(end, told) if told else end
