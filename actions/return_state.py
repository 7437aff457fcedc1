"""What the slots of the return forms stand for: the order, the lines, the policy's decision, and the wish."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from actions.call import Call
from actions.return_texts import THE_WAY_IT_WAS_PAID
from casework import identities, orders, returns
from casework.wishes import OpenReturn, Wish
from store.decision import Decision, Offer, RequestLine
from store.order import Order, OrderItem
from store.returns import CONDITIONS, Condition, Reason

NOT_NEEDED = "not_needed"
"""Value of a slot that this return does not need."""
NONE = "none"
"""Value of a photo or a second choice that the customer does not have."""


async def order_of(call: Call) -> Order:
    """Return the order that the form is about; its identity step has proved it, or a gift's code did."""
    order = await orders.get(call.session, call.conversation, call.slots["order"], "write", gift=True)
    assert order is not None, "the form asked for items of an order that was not proved"
    return order


def is_gift(call: Call, order: Order) -> bool:
    """Tell whether the customer was given the items and knows nothing of the order."""
    return identities.only_as_gift(call.conversation, order)


async def returnable(call: Call, order: Order) -> list[OrderItem]:
    """Return the items of which something is left to return, in the order's own order."""
    left = await returns.left_to_return(call.session, order)
    return [replace(item, quantity=left[item.id]) for item in order.items if left[item.id] > 0]


def lines_of(call: Call) -> tuple[RequestLine, ...]:
    """Return what the slots ask for."""
    condition = call.slots.get("condition")
    known = cast("Condition", condition) if condition in CONDITIONS else None
    photos = call.slots.get("photo")
    pictures = tuple(UUID(picture) for picture in photos) if isinstance(photos, list) else ()
    return tuple(_line(line, call.slots["reason"], known, pictures) for line in call.slots["items"])


async def decision_of(call: Call, order: Order) -> Decision:
    """Return the policy's decision about what the slots ask for."""
    return await returns.what_if(call.session, call.desk, order, lines_of(call), is_gift(call, order))


async def possible_offers(call: Call, order: Order, decision: Decision) -> list[Offer]:
    """Return the offers; an exchange only where there is something in stock for every item."""
    found = []
    for offer in decision.offers:
        if offer.resolution == "exchange":
            choices = [
                await returns.exchange_choices(
                    call.session,
                    order,
                    line.order_item_id,
                    line.quantity,
                    again=returns.is_replaced(call.desk, order, line.reason),
                )
                for line in decision.eligible_lines
            ]
            if not all(choices):
                continue
        found.append(offer)
    return found


async def opening(call: Call) -> Wish:
    """Return the return that the slots have chosen."""
    order = await order_of(call)
    return OpenReturn(
        order_id=order.id,
        lines=lines_of(call),
        gift=is_gift(call, order),
        comment=call.slots.get("comment") or "",
        **chosen(call),
    )


def chosen(call: Call) -> dict[str, Any]:
    """Return what is had for a return and how it is sent: the part that a change of a return chooses anew."""
    resolution, place = call.slots["resolution"], call.slots["refund_to"]
    place = None if place in {NOT_NEEDED, THE_WAY_IT_WAS_PAID} else place
    exchange = resolution == "exchange"
    return {
        "resolution": resolution,
        "method": call.slots["return_method"],
        "refund_to": None if exchange else place,
        "difference_to": place if exchange else None,
        "exchange_variants": _preferences(call) if exchange else {},
    }


def _preferences(call: Call) -> dict[UUID, tuple[str, ...]]:
    second = call.slots.get("second_variant")
    seconds: Mapping[str, str] = second if isinstance(second, dict) else {}
    return {
        UUID(item): (first, *(() if seconds.get(item, NONE) == NONE else (seconds[item],)))
        for item, first in call.slots["variant"].items()
    }


def _line(line: Mapping[str, Any], reason: str, condition: Condition | None, photos: tuple[UUID, ...]) -> RequestLine:
    """Return one line; a line of a return that stands already has its own reason, condition and photos."""
    return RequestLine(
        UUID(line["item"]),
        line["quantity"],
        cast("Reason", line.get("reason") or reason),
        line.get("condition") or condition,
        tuple(UUID(photo) for photo in line.get("photos") or ()) or photos,
    )
