"""What the bot says about orders and returns. Facts come from use cases; no number of the policy stands here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from casework.desk import Desk
from conversations.message import Choice
from store import money, policy
from store.dates import spoken
from store.decision import Decision, LineVerdict, MethodOffer, Offer
from store.identity import Evidence
from store.order import Order, OrderItem, Variant
from store.returns import Return

Buttons = tuple[tuple[str, Choice], ...]

AGAIN = "again"
"""Slot of a button that takes up a refused return again; its value holds what is known already."""

PERSON_CHOICE: Buttons = (("Talk to a person", Choice("talk_to_human")),)
MAIN_CHOICES: Buttons = (
    ("Start a return", Choice("start_return")),
    ("Where is my refund?", Choice("refund_status")),
    ("Where is my order?", Choice("order_status")),
    *PERSON_CHOICE,
)
WITHOUT_NUMBER: Buttons = (
    ("I can't find my order number", Choice("ask_policy", "topic", "order-number-lost")),
    *PERSON_CHOICE,
)
YES_NO: Buttons = (("Yes, go ahead", Choice("inform", "confirm", "yes")), ("No", Choice("inform", "confirm", "no")))

ASK_IDENTITY = (
    "Sure. Please send me your order number (it starts with #) and the e-mail, phone number or zip code on the "
    "order, so that I can look it up."
)
ASK_CONTACT = "Thanks. And the e-mail address, phone number or zip code on that order?"
ASK_NUMBER_TOO = (
    "Thanks. Now I need your order number as well; it is in the subject of your order confirmation and starts with #."
)
ASK_EMAIL_OR_NAME = "Sure. Please send me the e-mail address of your account, or your full name and zip code."
CANNOT_MATCH = "For your safety I can't check any more details for this order in the chat right now."
NO_ORDERS = "I can't find an order here that I could use for this. Please send me another order number."
WHICH_ORDER = "Which order is it about?"
WHY = "Why is it coming back? That decides who pays for what."
WHERE_TO = "Where should the money go?"
HOW_TO_SEND = "How would you like to send it back?"
ANYTHING_ELSE = "Is there anything else I can do for you?"
STOPPED = "All right, I've stopped. Nothing was changed."
NOTHING_TO_STOP = "There is nothing under way at the moment, and nothing was changed."
LEFT_ALONE = "All right, I leave that as it is."
NOTHING_DONE = "All right, nothing was changed and nothing was sent."

MOVED_MEANWHILE = "Something changed while we were talking, so I haven't done it yet. Please look at it once more."

NOTHING_IN_GENERAL = "I couldn't find anything under that. Please check it, or send me your order number as well."
MORE_WITH_NUMBER = "For items, dates and amounts please send me the order number or the return number too."
DID_YOU_MEAN = "I'm not quite sure which of these you mean:"
NO_ANSWER = "I don't have an answer to that in the shop's policy. A person can tell you."
SORRY = "I'm sorry that this went wrong. I can look at it with you right now. Or shall I bring in a person?"
CHANGE_ORDER = "I can't change an order myself: a person can, as long as it hasn't been packed. Shall I bring one in?"
NOT_UNDERSTOOD = "Sorry, I didn't understand that. I can help with these, or you can put it in other words:"
NOT_AN_ANSWER = "Sorry, I couldn't read that as an answer to my question."
WHAT_ABOUT = "Tell me what it is about, please. I can help with these:"
ENGLISH_ONLY = "I'm sorry, I understand English only. A person on our team may be able to help in your language."
OUT_OF_SCOPE = "That's outside what I can do: I'm here for returns, exchanges, refunds and orders of this shop."
STATUS_CHOICES: Buttons = (("Where is my refund?", Choice("refund_status")), ("Start a return", Choice("start_return")))
CANCEL_CHOICE: Buttons = (("Cancel the order instead", Choice("cancel_order")),)

RESOLUTION_WORDS = {
    "refund": "refund money back cash reimburse",
    "exchange": "exchange swap replacement replace another other different size colour",
    "store_credit": "store credit voucher shop credit gift card balance",
}
METHOD_WORDS = {
    "drop_off_qr": "drop off qr code dropoff",
    "printed_label": "print printed label mail post",
    "pickup": "pick up pickup collect courier home",
    "store": "store shop branch person counter",
}
_RESOLUTION_TITLES = {"refund": "Refund", "exchange": "Exchange", "store_credit": "Store credit"}
_WANT_TITLES = {
    "start_return": "the return",
    "exchange_item": "the exchange",
    "report_problem": "the problem with your item",
    "refund_status": "the state of your refund",
    "return_status": "the state of your return",
    "order_status": "the state of your order",
    "cancel_return": "calling off a return",
    "cancel_order": "cancelling an order",
    "change_order": "changing an order",
    "request_label": "your label",
    "ask_policy": "your question",
}


def want_title(intent: str) -> str:
    """Return a want as a phrase: `the return`."""
    return _WANT_TITLES.get(intent, "your other question")


def several_wants(intents: Sequence[str]) -> str:
    """Say that several wants were understood and will be done in order."""
    listed = ", then ".join(want_title(intent) for intent in intents)
    return f"I've got both: {listed}." if len(intents) == 2 else f"I've got all of it: {listed}."


def next_want(intent: str) -> str:
    """Lead over to the next want."""
    return f"Now to {want_title(intent)}."


def noted_for_later(intents: Sequence[str]) -> str:
    """Say that a want has been kept for after this one."""
    return f"I've noted {' and '.join(want_title(intent) for intent in intents)} and will come to it right after this."


def no_match(said: Evidence) -> str:
    """Say that the details do not fit, and nothing about which of them or whether such an order exists."""
    number = said.rma or said.order_number
    what = f"{number} with those details" if number else "those details with an order"
    return (
        f"I couldn't match {what}. Please check both and send them again: the order number, and the e-mail, phone "
        "number or zip code on the order."
    )


def order_title(order: Order) -> str:
    """Return an order as a button's title: number, what is in it, and its state."""
    first = order.items[0].name if order.items else "empty"
    more = f" and {len(order.items) - 1} more" if len(order.items) > 1 else ""
    return f"{order.display_number} · {first}{more} · {order.state}"


def which_items(order: Order, *, unsure: bool) -> str:
    """Ask which items come back."""
    if unsure:
        return "Several items fit that. Which one do you mean?"
    return f"Found it, order {order.display_number}. Which items would you like to send back? You can pick several."


def item_card(desk: Desk, order: Order, item: OrderItem, left: int) -> dict[str, Any]:
    """Return an item as a card to choose."""
    notes = ["final sale"] if item.final_sale else []
    if left > 1:
        notes.append(f"{left} in this order")
    return {
        "kind": "item",
        "title": item.name,
        "text": item.options_text,
        "image_url": picture_url(desk, item.picture),
        "price": money.format(item.unit_price, order.currency),
        "note": ", ".join(notes),
        "max_quantity": left,
        "choice": Choice("inform", "items", str(item.id)).to_json(),
    }


def picture_url(desk: Desk, picture: str) -> str:
    """Return the address of a product's picture; empty when it has none."""
    return f"{desk.settings.base_url}/shop/pictures/{picture}.svg" if picture else ""


def how_many(item: OrderItem, most: int) -> str:
    """Ask how many pieces of an item come back."""
    return f"You have {most} × {item.name}. How many would you like to send back?"


def too_many(order: Order, item_id: UUID, most: int) -> str:
    """Say that so many are not there."""
    item = order.item(item_id)
    name = item.name if item else "this item"
    return f"There {'is' if most == 1 else 'are'} {most} × {name} left to return in this order."


def returned_already(items: Sequence[OrderItem]) -> str:
    """Say that what was named is in a return already."""
    names = ", ".join(item.name for item in items)
    return f"{names} of this order {'is' if len(items) == 1 else 'are'} already in a return."


def not_delivered(order: Order) -> str:
    """Say why an order cannot be returned (yet), and what is possible instead."""
    number = order.display_number
    return {
        "pending": f"Order {number} hasn't been sent yet, so there is nothing to return. I can cancel it instead.",
        "processed": f"Order {number} is being packed. You can return it as soon as it has arrived.",
        "shipped": f"Order {number} is on its way to you. You can return it as soon as it has arrived.",
        "cancelled": f"Order {number} was cancelled, so there is nothing to return.",
    }.get(order.state, f"Order {number} can't be returned.")


def all_returned(order: Order) -> str:
    """Say that nothing is left to return."""
    return f"Everything in order {order.display_number} is already in a return. I can tell you how that stands."


def after_refusal(order: Order, decision: Decision | None = None) -> Buttons:
    """Offer what is possible instead, and a person."""
    buttons: list[tuple[str, Choice]] = []
    if order.state == "pending":
        buttons.append(("Cancel the order", Choice("cancel_order", "order_id", order.number)))
    elif order.state in {"processed", "shipped"}:
        buttons.append(("Where is my order?", Choice("order_status", "order_id", order.number)))
    elif decision is None:
        buttons.append(("How does my return stand?", Choice("return_status", "order_id", order.number)))
    else:
        names = [item.name for line in decision.lines if (item := order.item(line.order_item_id))]
        again = {"order_id": order.number, "product": " and ".join(names), "reason": "defective"}
        buttons.append(("It is damaged or faulty", Choice("report_problem", AGAIN, again)))
        if len(order.items) > len(decision.lines):
            buttons.append(("Another item of this order", Choice("start_return", "order_id", order.number)))
    return (*buttons, *PERSON_CHOICE)


def refused(order: Order, decision: Decision) -> str:
    """Say why nothing of this can come back: rule and date, one sentence an item."""
    sentences = " ".join(line.explanation for line in decision.refused_lines)
    other = " Other items of this order may still be returnable." if len(order.items) > len(decision.lines) else ""
    return f"{sentences}{other} If it is damaged or faulty, tell me and I'll check that, or a person can have a look."


def partly_refused(order: Order, decision: Decision) -> str:
    """Say which items cannot come back, and go on with the rest."""
    sentences = " ".join(line.explanation for line in decision.refused_lines)
    rest = ", ".join(_line(order, line) for line in decision.eligible_lines)
    return f"{sentences} I'll go on with {rest}."


def what_instead(decision: Decision) -> str:
    """Lead over to the choice of outcomes, with the rule's own sentence."""
    return f"{policy.explain(decision)} What would you like for it?"


def offer_card(order: Order, offer: Offer) -> dict[str, Any]:
    """Return an outcome as a card, so that amounts stand side by side."""
    amount = money.format(offer.amount, order.currency)
    details = [f"{label}: -{money.format(fee, order.currency)}" for label, fee in offer.fee_lines if fee]
    if offer.bonus:
        details.append(f"includes {money.format(offer.bonus, order.currency)} bonus")
    place = {
        "refund": f"{amount} to {offer.destination}",
        "exchange": "Another size or colour",
        "store_credit": f"{amount} store credit",
    }[offer.resolution]
    return {
        "kind": "option",
        "title": _RESOLUTION_TITLES[offer.resolution],
        "text": place,
        "note": "; ".join([*details, offer.when]) if offer.resolution != "exchange" else f"worth {amount}",
        "choice": Choice("inform", "resolution", offer.resolution).to_json(),
    }


def not_possible(resolution: str) -> str:
    """Say that an outcome cannot be had for this."""
    if resolution == "exchange":
        return "Nothing else of this is in stock at the moment, so an exchange isn't possible."
    return f"{_RESOLUTION_TITLES.get(resolution, 'That')} isn't possible for this."


def only_to(destination: str) -> str:
    """Say that the money can go to one place only."""
    return f"By our policy the money for this can only go back to {destination}."


def exchange_for(item: OrderItem) -> str:
    """Ask what an item is exchanged for."""
    return f"What would you like instead of {item.name} ({item.options_text})? These are in stock:"


def variant_card(order: Order, item: OrderItem, variant: Variant, quantity: int) -> dict[str, Any]:
    """Return a variant as a card, with the difference in price."""
    difference = policy.price_difference(item, variant, quantity)
    return {
        "kind": "option",
        "title": variant.options_text or variant.product_name,
        "text": money.format(variant.price, order.currency),
        "note": _difference(difference, order.currency),
        "choice": Choice("inform", "variant", variant.id).to_json(),
    }


def method_title(offer: MethodOffer, currency: str) -> str:
    """Return a way to send as a button's title, with its fee."""
    return f"{offer.title} (free)" if not offer.fee else f"{offer.title} ({money.format(offer.fee, currency)})"


def summary(
    desk: Desk,
    order: Order,
    decision: Decision,
    offer: Offer,
    method: MethodOffer,
    exchange: "Exchange",
) -> str:
    """List exactly what will happen on a yes: items, amount, where the money goes, and when."""
    lines = [f"Here is what I'll do for order {order.display_number}:"]
    lines += [f"• Take back {_line(order, line)}" for line in decision.eligible_lines]
    if offer.resolution == "exchange":
        lines += _exchange_lines(order, exchange)
    else:
        lines += _money_lines(order, offer, method)
    lines.append(
        f"• You send it: {method_title(method, order.currency)}; the label works for {label_validity(desk, order)}"
    )
    if decision.needs_person:
        lines.append(f"• {decision.needs_person} I'll pass it on with everything you told me")
    lines.append("Shall I go ahead?")
    return "\n".join(lines)


def label_validity(desk: Desk, order: Order) -> str:
    """Return how long a label works, in words of the policy."""
    return f"{desk.book.in_force(order.placed_at).rules.label_days} days"


@dataclass(frozen=True)
class Exchange:
    """What each line is exchanged for, and the name of the payment method that bears the difference in price."""

    variants: tuple[tuple[LineVerdict, Variant], ...]
    paid_with: str


def _exchange_lines(order: Order, exchange: Exchange) -> list[str]:
    lines = []
    for line, variant in exchange.variants:
        item = order.item(line.order_item_id)
        assert item is not None
        amount = policy.price_difference(item, variant, line.quantity)
        difference = _difference(amount, order.currency) + (f", {exchange.paid_with}" if amount else "")
        text = f"• Send you {line.quantity} × {variant.product_name} ({variant.options_text}) once it has arrived"
        lines.append(f"{text}; {difference}" if difference else text)
    return lines


def _money_lines(order: Order, offer: Offer, method: MethodOffer) -> list[str]:
    total = money.format(policy.final_amount(offer, method), order.currency)
    parts = [f"{label} -{money.format(fee, order.currency)}" for label, fee in offer.fee_lines if fee]
    parts += [f"return shipping -{money.format(method.fee, order.currency)}"] if method.fee else []
    parts += [f"bonus +{money.format(offer.bonus, order.currency)}"] if offer.bonus else []
    worked_out = f" ({', '.join(parts)})" if parts else ""
    if offer.resolution == "store_credit":
        return [f"• Give you {total} store credit{worked_out}: {offer.when}"]
    return [f"• Refund {total}{worked_out} to {offer.destination}: {offer.when}"]


def _line(order: Order, line: LineVerdict) -> str:
    item = order.item(line.order_item_id)
    assert item is not None
    options = f" ({item.options_text})" if item.options else ""
    return (
        f"{line.quantity} × {item.name}{options}" if item.quantity > 1 or line.quantity > 1 else f"{item.name}{options}"
    )


def _difference(difference: Any, currency: str) -> str:
    if difference > 0:
        return f"you pay {money.format(difference, currency)} more"
    if difference < 0:
        return f"you get {money.format(-difference, currency)} back"
    return "same price"


def requested(return_: Return) -> str:
    """Say that a return was noted and a person decides."""
    return f"I've noted your return as {return_.rma}. {return_.needs_person} Please don't send anything yet."


def opened(return_: Return) -> str:
    """Say that a return is open, with its number, and what happens when."""
    sentences = [f"Done. Your return number is {return_.rma}."]
    if return_.label_expires_at:
        until = spoken(return_.label_expires_at.date())
        if return_.method == "store":
            sentences.append(f"Please bring it to one of our stores by {until}, with the page below.")
        else:
            sentences.append(f"Your label is below; please send the parcel by {until}.")
    if return_.resolution == "exchange":
        sentences.append("As soon as it has arrived we send you the other one; it is reserved for you.")
    elif return_.resolution == "store_credit":
        amount = money.format(return_.amount, return_.currency)
        sentences.append(f"Your store credit of {amount} comes once we have checked the parcel{_by(return_)}.")
    else:
        amount = money.format(return_.amount, return_.currency)
        sentences.append(f"Your refund of {amount} goes out once we have checked the parcel{_by(return_)}.")
    return " ".join(sentences)


def _by(return_: Return) -> str:
    return f", by {spoken(return_.refund_due_on)} at the latest if you send it soon" if return_.refund_due_on else ""


def return_card(return_: Return) -> dict[str, Any]:
    """Return a return as a card: number, what is in it, and how it stands."""
    items = ", ".join(f"{line.quantity} × {line.name}" for line in return_.lines)
    return {"kind": "return", "title": return_.rma, "text": items, "note": return_state(return_)}


def return_state(return_: Return) -> str:
    """Return how a return stands, in a few words."""
    if return_.approval != "approved":
        return {"requested": "waiting for a decision", "rejected": "refused", "cancelled": "called off"}[
            return_.approval
        ]
    if return_.settlement != "open":
        return {"refunded": "refunded", "exchanged": "exchanged", "credited": "store credit given", "closed": "closed"}[
            return_.settlement
        ]
    return {
        "none": "approved",
        "label_issued": "label ready, parcel not sent yet",
        "in_transit": "parcel on its way to us",
        "received": "parcel received, being checked",
        "inspected": "parcel checked, money under way",
        "lost": "parcel lost, a person is looking into it",
        "expired": "label expired",
    }[return_.parcel]


def label_again(return_: Return) -> str:
    """Give a label once more."""
    until = f" It works until {spoken(return_.label_expires_at.date())}." if return_.label_expires_at else ""
    return f"Here is the label of {return_.rma} again.{until}"


def no_label(return_: Return) -> str:
    """Say why there is no label."""
    return f"There is no label to send you for {return_.rma}: {return_state(return_)}."


def no_return_yet(order: Order) -> str:
    """Say that a label comes with a return."""
    return f"There is no return for order {order.display_number} yet; the label comes with it. Shall we start one?"
