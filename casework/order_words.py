"""Orders and returns in words: states and timelines for agents, and what a customer is told of an agent's act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from store import dates
from store.order import Order, OrderItem, PaymentMethod
from store.policy_file import Shop
from store.returns import Return, ReturnEvent

APPROVAL = {
    "requested": "Waits for a decision",
    "approved": "Approved",
    "rejected": "Refused",
    "cancelled": "Called off",
}
PARCEL = {
    "none": "No label yet",
    "label_issued": "Label issued, not sent yet",
    "in_transit": "On its way to us",
    "received": "Received, being checked",
    "inspected": "Checked",
    "lost": "Lost",
    "expired": "Label expired",
}
SETTLEMENT = {
    "open": "Not paid yet",
    "refunded": "Refunded",
    "exchanged": "Exchange sent",
    "credited": "Store credit given",
    "closed": "Closed, nothing to pay",
}
RESOLUTION = {"refund": "Refund", "exchange": "Exchange", "store_credit": "Store credit"}
_WHO = {
    "customer": "The customer",
    "policy": "The policy",
    "warehouse": "The warehouse",
    "shop": "The shop",
    "payments": "The payment provider",
}
_DONE = {
    "opened": "{who} opened return {rma}",
    "approved": "{who} approved return {rma}",
    "rejected": "{who} refused return {rma}",
    "cancelled": "{who} called return {rma} off",
    "label_issued": "{who} issued a label for {rma}",
    "in_transit": "The parcel of {rma} is on its way",
    "received": "The parcel of {rma} arrived",
    "inspected": "The parcel of {rma} was checked",
    "lost": "The parcel of {rma} was reported lost",
    "expired": "The label of {rma} expired",
    "refunded": "The refund for {rma} was paid",
    "exchanged": "The exchange for {rma} is ready to be packed",
    "credited": "The store credit for {rma} was given",
    "closed": "Return {rma} was closed",
    "changed": "{who} changed return {rma}",
    "extended": "{who} gave more time to send {rma}",
    "settling": "{who} had {rma} paid; the money is on its way",
}
_EXCHANGE_DONE = {
    "reserved": "What {rma} is exchanged for was reserved",
    "ready": "What {rma} is exchanged for may be packed",
    "sent": "{who} sent the exchange for {rma}",
    "released": "What was reserved for {rma} went back into stock",
}
_TRANSFER_DONE = {
    "put_back": "The payment provider did not answer about {what}; it is asked again",
    "failed": "{what} failed",
    "retried": "{who} had {what} tried again",
    "called_off": "{who} called {what} off",
}
_ORDER_DONE = {
    "address_changed": "{who} changed the address of order {number}",
    "payment_changed": "{who} changed how order {number} is paid",
    "items_changed": "{who} changed the items of order {number}",
    "processed": "{who} began to pack order {number}",
}


@dataclass(frozen=True)
class Entry:
    """One line of a timeline: when, who did it (`customer`, `policy`, an agent's name), and a sentence."""

    at: datetime
    actor: str
    sentence: str


def event(return_: Return, happened: ReturnEvent, shop: Shop) -> Entry:
    """Say in a sentence what happened to a return, its exchange or its money, with the reason, number or rules."""
    if happened.subject == "transfer":
        return _transfer_entry(happened, return_.currency, shop)
    known = _EXCHANGE_DONE if happened.subject == "exchange" else _DONE
    sentence = known.get(happened.kind, "{rma}: " + happened.kind.replace("_", " "))
    told = sentence.format(who=_actor(happened), rma=return_.rma)
    paid = shop.money(return_.amount, return_.currency) if happened.kind in ("refunded", "credited") else ""
    return Entry(happened.at, happened.actor, f"{told}{_detail(happened, paid)}")


def events(return_: Return, happened: Sequence[ReturnEvent], shop: Shop) -> tuple[Entry, ...]:
    """Say all that happened to a return, oldest first; what another line says as well is left out."""
    return tuple(event(return_, one, shop) for one in happened if _is_told(one))


def order_entries(
    order: Order,
    methods: Sequence[PaymentMethod],
    cancelled: tuple[datetime, str] | None,
    happened: Sequence[ReturnEvent],
    shop: Shop,
) -> list[Entry]:
    """Say what happened to an order itself: placed, paid, sent, delivered, changed, cancelled; without the returns."""
    number = order.display_number
    found = []
    if order.placed_at:
        found.append(Entry(order.placed_at, "customer", f"The customer placed order {number}"))
    if order.shipped_at:
        tracking = f", tracking number {', '.join(order.tracking_numbers)}" if order.tracking_numbers else ""
        found.append(Entry(order.shipped_at, "warehouse", f"Order {number} was sent{tracking}"))
    if order.delivered_at:
        found.append(Entry(order.delivered_at, "warehouse", f"Order {number} was delivered"))
    if cancelled:
        found.append(_cancelled(order, cancelled, happened))
    found += [_order_entry(order, one) for one in happened if one.subject == "order" and one.kind in _ORDER_DONE]
    moved = [one for one in happened if one.subject == "transfer" and _is_told(one)]
    found += [_transfer_entry(one, order.currency, shop) for one in moved]
    return [*found, *_payment_entries(order, methods, shop)]


def _payment_entries(order: Order, methods: Sequence[PaymentMethod], shop: Shop) -> list[Entry]:
    labels = {method.id: method.label for method in methods}
    found = []
    for payment in order.payments:
        if payment.at:
            amount = shop.money(payment.amount, order.currency)
            where = labels.get(payment.payment_method_id, "the payment method used")
            text = f"{amount} refunded to {where}" if payment.kind == "refund" else f"{amount} paid with {where}"
            found.append(Entry(payment.at, "payments", text))
    return found


def _cancelled(order: Order, cancelled: tuple[datetime, str], happened: Sequence[ReturnEvent]) -> Entry:
    at, reason = cancelled
    by = next((one.actor for one in happened if (one.subject, one.kind) == ("order", "cancelled")), "customer")
    why = reason.replace("_", " ")
    by_whom = f" by {who(by)}" if by != "customer" else ""
    return Entry(at, by, f"Order {order.display_number} was cancelled{by_whom}{f' ({why})' if why else ''}")


def _order_entry(order: Order, happened: ReturnEvent) -> Entry:
    sentence = _ORDER_DONE[happened.kind].format(who=_actor(happened), number=order.display_number)
    return Entry(happened.at, happened.actor, f"{sentence}{_detail(happened)}")


def _transfer_entry(happened: ReturnEvent, currency: str, shop: Shop) -> Entry:
    what = "the charge" if happened.detail.get("of") == "charge" else "the refund"
    if happened.detail.get("amount"):
        what += f" of {shop.money(Decimal(str(happened.detail['amount'])), currency)}"
    sentence = _TRANSFER_DONE.get(happened.kind, "{what}: " + happened.kind.replace("_", " "))
    told = sentence.format(who=_actor(happened), what=what)
    problem = happened.detail.get("problem")
    why = f": “{problem}”" if problem else _detail(happened)
    return Entry(happened.at, happened.actor, f"{told[0].upper()}{told[1:]}{why}")


def _is_told(happened: ReturnEvent) -> bool:
    return happened.subject != "transfer" or happened.kind in _TRANSFER_DONE


def _actor(happened: ReturnEvent) -> str:
    return _WHO.get(happened.actor, happened.actor)


def item(of: OrderItem, quantity: int) -> str:
    """Write so many pieces of an item: `2 × Camp Mug (white)`."""
    options = f" ({of.options_text})" if of.options else ""
    return f"{quantity} × {of.name}{options}" if quantity > 1 else f"{of.name}{options}"


def content(return_: Return) -> str:
    """Write what is in a return: `2 × Camp Mug, Wool Sweater`."""
    parts = [f"{line.quantity} × {line.name}" if line.quantity > 1 else line.name for line in return_.lines]
    return ", ".join(parts)


def standing(return_: Return) -> str:
    """Write the three states of a return in one line; what no longer matters is left out."""
    if return_.approval != "approved":
        return APPROVAL[return_.approval]
    if return_.settlement != "open":
        return SETTLEMENT[return_.settlement]
    return f"{APPROVAL[return_.approval]} · {PARCEL[return_.parcel]} · {SETTLEMENT[return_.settlement]}"


def when(moment: datetime, now: datetime, time_zone: str) -> str:
    """Write a moment at the shop's place: `at 10:32` today, `on 20 June 2026 at 10:32` on another day."""
    local = moment.astimezone(ZoneInfo(time_zone))
    day = dates.local_day(moment, time_zone)
    clock = f"at {local.hour}:{local:%M}"
    return clock if day == dates.local_day(now, time_zone) else f"on {dates.spoken(day)} {clock}"


def who(actor: str) -> str:
    """Name who did something, in the middle of a sentence: `the customer`, `Ana`."""
    known = _WHO.get(actor)
    return known[0].lower() + known[1:] if known else actor


PARCEL_NEWS = {
    "in_transit": "The parcel of your return {rma} is on its way to us.",
    "received": "The parcel of your return {rma} has arrived, and we check it now.",
    "inspected": "{who} has checked the parcel of your return {rma}.",
    "lost": "The parcel of your return {rma} seems to be lost; {who} asks the carrier.",
}
"""What the customer is told first about the parcel; `who` is the agent."""
SETTLED_NEWS = "{who} has closed your return {rma}."


def told_done(text: str, agent_name: str) -> str:
    """Tell the customer what an agent has done for them, in the words that they would read had they done it."""
    return f"{agent_name} has taken care of it. {text.removeprefix('Done. ')}"


def told_exchange_sent(return_: Return, agent_name: str, tracking_number: str) -> str:
    """Tell the customer that what they exchange is on its way."""
    return f"{agent_name} has sent you the exchange for {return_.rma}; its tracking number is {tracking_number}."


def told_approved(return_: Return, agent_name: str) -> str:
    """Tell the customer that their return was approved; the label goes with the message."""
    label = (
        " The label is right here; please send the parcel within the time that it says." if _has_label(return_) else ""
    )
    label = " You don't need to send anything back." if return_.method == "keep" else label
    return f"{agent_name} has approved your return {return_.rma} ({content(return_)}).{label}"


def told_refused(return_: Return, agent_name: str, reason: str) -> str:
    """Tell the customer that their return was not approved, with the agent's reason."""
    return (
        f"{agent_name} has looked at your return {return_.rma} ({content(return_)}) and could not approve it: "
        f"{_sentence(reason)} Please don't send anything for it."
    )


def told_exception(return_: Return, agent_name: str, shop: Shop) -> str:
    """Tell the customer that a return was opened for them although the policy would have refused it, or by request."""
    if return_.method == "keep":
        kept = "You don't need to send anything back, and we take care of the rest now."
        return f"{agent_name} has opened return {return_.rma} for you ({content(return_)}). {kept}"
    amount = shop.money(return_.amount, return_.currency)
    gets = {"refund": f"Your refund of {amount}", "store_credit": f"Your store credit of {amount}"}
    after = (
        f"{gets[return_.resolution]} follows once we have checked the parcel."
        if return_.resolution in gets
        else "As soon as it has arrived we send you the other one; it is reserved for you."
    )
    label = " The label is right here." if _has_label(return_) else ""
    return f"{agent_name} has opened return {return_.rma} for you ({content(return_)}).{label} {after}"


def told_cancelled(return_: Return, agent_name: str, reason: str) -> str:
    """Tell the customer that a return was called off, with the agent's reason."""
    return (
        f"{agent_name} has called off your return {return_.rma} ({content(return_)}): {_sentence(reason)} "
        "Please don't send anything for it."
    )


def told_label(return_: Return, agent_name: str) -> str:
    """Tell the customer that there is a new label, and until when it works."""
    until = f" It works until {dates.spoken(return_.label_expires_at.date())}." if return_.label_expires_at else ""
    return f"{agent_name} has made a new label for your return {return_.rma}; please use this one.{until}"


def _sentence(reason: str) -> str:
    text = " ".join(reason.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _has_label(return_: Return) -> bool:
    return return_.parcel == "label_issued"


def _detail(happened: ReturnEvent, paid: str = "") -> str:
    detail = happened.detail
    parts = []
    if detail.get("overruled"):
        parts.append(f"set aside {', '.join(detail['overruled'])}")
    said = str(detail.get("reason") or detail.get("note") or "")
    if said:
        parts.append(f"“{said}”")
    if detail.get("tracking_number"):
        parts.append(f"tracking number {detail['tracking_number']}")
    if paid and detail.get("amount"):
        parts.append(paid)
    return f": {'; '.join(parts)}" if parts else ""
