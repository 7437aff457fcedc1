"""In the middle of one order, words that mean another: "and the skateboard too", which was in a parcel of its own."""

from actions import meant_orders
from actions.call import Call
from actions.pointing import goods
from casework import orders
from store.order import Order


async def rest(call: Call, text: str) -> Order | None:
    """Return the one other order that holds the goods which a text names beside some of the present one."""
    number = call.slots.get("order")
    candidates = await orders.open_to(call.session, call.conversation, "write") if number else []
    current = next((order for order in candidates if order.number == number), None)
    unknown = goods.point(text, current.items, call.alike).unknown if current else ()
    others = [order for order in candidates if order.number != number]
    if current is None or not unknown or not others:
        return None
    meant = meant_orders.read(" and ".join(unknown), others, current.state, call.desk.clock.now(), call.alike)
    return meant.sure[0] if len(meant.sure) == 1 and meant.named else None


async def other_order(call: Call, text: str) -> Order | None:
    """Return the one other order of the customer whose goods a text names, where the present one has none of them."""
    number = call.slots.get("order")
    if not number or not text:
        return None
    candidates = await orders.open_to(call.session, call.conversation, "write")
    current = next((order for order in candidates if order.number == number), None)
    others = [order for order in candidates if order.number != number]
    if current is None or not others:
        return None
    here = goods.point(text, current.items, call.alike)
    if here.pieces or here.unsure:
        return None
    meant = meant_orders.read(text, others, current.state, call.desk.clock.now(), call.alike)
    return meant.sure[0] if len(meant.sure) == 1 else None
