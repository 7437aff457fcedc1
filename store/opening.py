"""A return as it is about to be opened: the chosen offer and method worked out into a value; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from kit import errors, ids
from store import dates, policy
from store.decision import Decision, MethodOffer, Offer, RequestLine
from store.order import Order, PaymentMethod
from store.policy_file import Policy
from store.ports import LabelTicket
from store.returns import Method, Resolution, Return, ReturnLine


@dataclass(frozen=True)
class Case:
    """A request together with all that the decision about it depends on."""

    order: Order
    lines: tuple[RequestLine, ...]
    rules: Policy
    returned: Mapping[UUID, int]
    methods: tuple[PaymentMethod, ...]
    now: datetime

    def decide(self) -> Decision:
        """Decide about it."""
        return policy.decide(self.order, self.lines, self.rules, self.now, self.returned, self.methods)


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


def draft(case: Case, decision: Decision, offer: Offer, way: MethodOffer, ticket: LabelTicket | None) -> Return:
    """Work out the return, without its lines: approved with a label where the policy decides alone."""
    amount = policy.final_amount(offer, way)
    alone = decision.needs_person is None
    label = ticket if alone else None
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
    )


def lines(case: Case, decision: Decision, offer: Offer, variants: Mapping[UUID, str]) -> tuple[ReturnLine, ...]:
    """Work out the lines of the return, each with its share of the offer."""
    found = []
    for verdict, (item_id, amount) in zip(decision.lines, offer.line_amounts, strict=True):
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
            )
        )
    return tuple(found)


def label_end(now: datetime, rules: Policy) -> datetime:
    """Return the end of a label's last day. The day is the shop's, the moment is UTC, so that its date reads right."""
    last = dates.local_day(now, rules.shop.time_zone) + timedelta(days=rules.rules.label_days)
    return datetime.combine(last, time(23, 59, 59), UTC)
