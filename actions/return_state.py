"""What the slots of the return form stand for: the order, the lines, the policy's decision, and the summary."""

import hashlib
from dataclasses import replace
from uuid import UUID

from actions import texts
from actions.call import Call
from casework import orders, returns
from kit import errors
from store import policy
from store.decision import Decision, Offer, RequestLine
from store.order import Order, OrderItem

NOT_NEEDED = "not_needed"
"""Value of a slot that this return does not need."""


async def summary_of(call: Call, order: Order, decision: Decision) -> str:
    """Write exactly what will happen on a yes.

    Raises:
        Conflict: what was chosen cannot be had any more.
    """
    offer = returns.offer_of(decision, call.slots["resolution"], call.slots["refund_to"])
    ways = policy.methods_for(decision, offer.resolution) if offer else ()
    method = next((way for way in ways if way.method == call.slots["return_method"]), None)
    if offer is None or method is None:
        raise errors.Conflict("the policy no longer offers what the form has chosen")
    exchanges = []
    if offer.resolution == "exchange":
        for line in decision.eligible_lines:
            choices = await returns.exchange_choices(call.session, order, line.order_item_id, line.quantity)
            wanted = call.slots["variant"].get(str(line.order_item_id))
            exchanges += [(line, variant) for variant in choices if variant.id == wanted]
    paid_with = await returns.paid_with(call.session, order)
    label = paid_with.label if paid_with else "your payment method"
    return texts.summary(call.desk, order, decision, offer, method, texts.Exchange(tuple(exchanges), label))


def fingerprint(summary: str) -> str:
    """Return a short mark of a summary: a yes holds for the one that was shown and for no other."""
    return hashlib.sha256(summary.encode()).hexdigest()[:16]


async def order_of(call: Call) -> Order:
    """Return the order that the form is about; its identity step has proved it."""
    order = await orders.get(call.session, call.conversation, call.slots["order"], "write")
    assert order is not None, "the form asked for items of an order that was not proved"
    return order


async def returnable(call: Call, order: Order) -> list[OrderItem]:
    """Return the items of which something is left to return, in the order's own order."""
    left = await returns.left_to_return(call.session, order)
    return [replace(item, quantity=left[item.id]) for item in order.items if left[item.id] > 0]


def lines_of(call: Call) -> tuple[RequestLine, ...]:
    """Return what the slots ask for."""
    reason = call.slots["reason"]
    return tuple(RequestLine(UUID(line["item"]), line["quantity"], reason) for line in call.slots["items"])


async def decision_of(call: Call, order: Order) -> Decision:
    """Return the policy's decision about what the slots ask for."""
    return await returns.decide(call.session, call.desk, order, lines_of(call))


async def possible_offers(call: Call, order: Order, decision: Decision) -> list[Offer]:
    """Return the offers; an exchange only where there is something in stock for every item."""
    found = []
    for offer in decision.offers:
        if offer.resolution == "exchange":
            choices = [
                await returns.exchange_choices(call.session, order, line.order_item_id, line.quantity)
                for line in decision.eligible_lines
            ]
            if not all(choices):
                continue
        found.append(offer)
    return found
