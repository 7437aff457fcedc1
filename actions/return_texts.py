"""What the bot says while a return is put together. Facts come from use cases; no number of the policy stands here."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from actions.texts import AGAIN, PERSON_CHOICE, Buttons
from casework.desk import Desk
from casework.proposal_words import Say
from conversations.message import Choice
from store import dates, policy
from store.decision import Decision, LineVerdict, MethodOffer, Offer
from store.order import Order, OrderItem, Variant
from store.returns import Condition

WHY = "Why is it coming back? That decides who pays for what."
WHERE_TO = "Where should the money go?"
HOW_TO_SEND = "How would you like to send it back?"
CONDITION = "What condition is it in now?"
PHOTO = (
    "Please send a photo that shows the problem, with the button for files below. If you can't, a person on our team "
    "decides."
)
NO_PHOTO = "I can't send a photo"
WITHOUT_PHOTO = "All right, without a photo."
NO_SECOND_CHOICE = "No second choice"
JUST_LOOKING = "That's all I wanted to know"
KEEP = "You can keep it; nothing has to be sent back."
LOOKED = "All right. Nothing was opened and nothing was changed."
HOW_IT_WAS_PAID = "The way it was paid"
THE_WAY_IT_WAS_PAID = "the_way_it_was_paid"
"""Value of the destination "the way it was paid": the money goes back to several payment methods."""

CONDITION_TITLES: Mapping[Condition, str] = {
    "sealed": "Unopened, still sealed",
    "opened": "Opened, not used",
    "used": "Used",
    "damaged": "Damaged",
}

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


def which_items(order: Order, *, unsure: bool, gift: bool = False) -> str:
    """Ask which items come back."""
    if unsure:
        return "Several items fit that. Which one do you mean?"
    found = "your gift" if gift else f"it, order {order.display_number}"
    return f"Found {found}. Which items would you like to send back? You can pick several."


def item_card(desk: Desk, say: Say, item: OrderItem, left: int, *, gift: bool = False) -> dict[str, Any]:
    """Return an item as a card to choose; of a gift nobody says what it cost."""
    notes = ["final sale"] if item.final_sale else []
    if left > 1:
        notes.append(f"{left} in this order")
    return {
        "kind": "item",
        "title": item.name,
        "text": item.options_text,
        "image_url": picture_url(desk, item.picture),
        "price": "" if gift else say(item.unit_price),
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


def not_delivered(order: Order, *, gift: bool = False) -> str:
    """Say why an order cannot be returned (yet), and what is possible instead."""
    if gift:
        return "Your gift hasn't been delivered yet by our records, so it can't be returned at the moment."
    number = order.display_number
    return {
        "pending": f"Order {number} hasn't been sent yet. It can still be changed or cancelled.",
        "processed": f"Order {number} is being packed. You can return it as soon as it has arrived.",
        "shipped": f"Order {number} is on its way to you. You can return it as soon as it has arrived.",
        "cancelled": f"Order {number} was cancelled, so there is nothing to return.",
    }.get(order.state, f"Order {number} can't be returned.")


def can_be_changed(order: Order) -> str:
    """Say that nothing has to come back for something else to come."""
    return f"Order {order.display_number} hasn't been sent yet, so it can still be changed."


def all_returned(order: Order, *, gift: bool = False) -> str:
    """Say that nothing is left to return."""
    if gift:
        return "Everything in this gift is already in a return."
    return f"Everything in order {order.display_number} is already in a return. I can tell you how that stands."


def after_refusal(order: Order, decision: Decision | None = None, *, gift: bool = False) -> Buttons:
    """Offer what is possible instead, and a person; who has a gift knows nothing of the order."""
    buttons: list[tuple[str, Choice]] = []
    if gift:
        return PERSON_CHOICE
    if order.state == "pending":
        buttons.append(("Change the order", Choice("change_order", "order_id", order.number)))
        buttons.append(("Cancel the order", Choice("cancel_order", "order_id", order.number)))
    elif order.state == "cancelled":
        buttons.append(("Where is my refund?", Choice("refund_status", "order_id", order.number)))
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


def rest_is_in(order: Order) -> str:
    """Say that some of what was named was bought in another order."""
    return f"The rest of that is in your order {order.display_number}; I'll come to it right after this one."


def is_utmost_already(item: OrderItem) -> str:
    """Say that an item stays, where the cheapest (or dearest) was asked for and it is that."""
    return f"There is no better fit in stock than your {item.name}, so it stays as it is."


def sold_out(variant: str) -> str:
    """Say that what was named is not there at the moment."""
    return f"{variant} is sold out at the moment."


def nobody_has(missing: Sequence[str]) -> str:
    """Say that something of what was asked for does not exist."""
    return f"I'm sorry, there is none with {' and '.join(missing)} at the moment."


def not_in_it(order: Order, named: Sequence[str]) -> str:
    """Say that what was named is not in an order."""
    return f"I can't find {' or '.join(named)} in order {order.display_number}."


def that_is_in(order: Order) -> str:
    """Say in which order the named item is, where another was talked about."""
    return f"That is in your order {order.display_number}, so let's take that one."


def partly_refused(order: Order, decision: Decision) -> str:
    """Say which items cannot come back, and go on with the rest."""
    sentences = " ".join(line.explanation for line in decision.refused_lines)
    rest = ", ".join(_line(order, line) for line in decision.eligible_lines)
    return f"{sentences} I'll go on with {rest}."


def what_instead(decision: Decision, *, gift: bool = False) -> str:
    """Lead over to the choice of outcomes, with the rule's own sentence."""
    return f"{_explained(decision, gift=gift)} What would you like for it?"


def what_if(decision: Decision, *, gift: bool = False) -> str:
    """Lead over to the outcomes for somebody who only asks."""
    return (
        f"{_explained(decision, gift=gift)} This is what you would get for it; nothing is opened yet. Choose one and "
        "I'll go on with it."
    )


def offer_card(say: Say, offer: Offer, *, gift: bool = False) -> dict[str, Any]:
    """Return an outcome as a card, so that amounts stand side by side."""
    amount = say(offer.amount)
    details = [f"{label}: -{say(fee)}" for label, fee in offer.fee_lines if fee]
    if offer.shipping:
        details.append(f"includes {say(offer.shipping)} shipping")
    if offer.bonus:
        details.append(f"includes {say(offer.bonus)} bonus")
    worth = "" if gift else f"worth {amount}"
    place = {
        "refund": f"{amount} to {destination(offer)}",
        "exchange": "Another size or colour",
        "store_credit": f"{amount} on a gift card" if gift else f"{amount} store credit",
    }[offer.resolution]
    return {
        "kind": "option",
        "title": "Gift card" if gift and offer.resolution == "store_credit" else _RESOLUTION_TITLES[offer.resolution],
        "text": place,
        "note": "; ".join([*details, offer.when]) if offer.resolution != "exchange" else worth,
        "choice": Choice("inform", "resolution", offer.resolution).to_json(),
    }


def destination(offer: Offer) -> str:
    """Return where the money of an offer goes: one place, or several when it goes back the way it was paid."""
    if len(offer.parts) < 2:
        return offer.destination
    return f"the way it was paid: {' and '.join(part.destination for part in offer.parts)}"


def destination_title(say: Say, offer: Offer) -> str:
    """Return where the money can go as a button's title; the amount stands there where several places share it."""
    if len(offer.parts) < 2:
        return offer.destination
    parts = [f"{say(part.amount)} to {part.destination}" for part in offer.parts]
    return f"{HOW_IT_WAS_PAID}: {' and '.join(parts)}"


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


def second_choice(item: OrderItem, first: str) -> str:
    """Ask what to send when the first choice has sold out."""
    return f"And if {item.name} ({first}) has sold out by then, what would you take instead?"


def who_pays(say: Say, difference: Decimal) -> str:
    """Ask which payment method a difference in price goes by."""
    if difference > 0:
        return f"It costs {say(difference)} more. Which payment method should that come from?"
    return f"You get {say(-difference)} back. Where should it go?"


def variant_card(say: Say, variant: Variant, difference: Decimal, slot: str = "variant") -> dict[str, Any]:
    """Return a variant as a card, with the difference in price."""
    return {
        "kind": "option",
        "title": variant.options_text or variant.product_name,
        "text": say(variant.price),
        "note": _difference(say, difference),
        "choice": Choice("inform", slot, variant.id).to_json(),
    }


def method_title(say: Say, offer: MethodOffer) -> str:
    """Return a way to send as a button's title, with its fee."""
    return f"{offer.title} (free)" if not offer.fee else f"{offer.title} ({say(offer.fee)})"


def _explained(decision: Decision, *, gift: bool) -> str:
    """Return the rule's sentence; of a gift only the day, since the rule may be one for the person who paid."""
    keep = f" {KEEP}" if decision.nothing_to_send else ""
    if not gift:
        return f"{policy.explain(decision)}{keep}"
    days = [line.deadline for line in decision.eligible_lines if line.deadline]
    until = f" until {dates.spoken(min(days))}" if days else ""
    person = f" {decision.needs_person}" if decision.needs_person else ""
    return f"It can be returned{until}.{person}{keep}"


def _line(order: Order, line: LineVerdict) -> str:
    item = order.item(line.order_item_id)
    assert item is not None
    options = f" ({item.options_text})" if item.options else ""
    return (
        f"{line.quantity} × {item.name}{options}" if item.quantity > 1 or line.quantity > 1 else f"{item.name}{options}"
    )


def _difference(say: Say, difference: Decimal) -> str:
    if difference > 0:
        return f"you pay {say(difference)} more"
    if difference < 0:
        return f"you get {say(-difference)} back"
    return "same price"
