"""What the bot says about orders and returns. Facts come from use cases; no number of the policy stands here."""

from collections.abc import Mapping, Sequence

from conversations.message import Choice
from store.identity import Evidence
from store.order import Order

Buttons = tuple[tuple[str, Choice], ...]

AGAIN = "again"
"""Slot of a button that begins a want with several details at once; its value holds them."""

INTENT_OF: Mapping[str, str] = {
    "new_label": "request_label",
    "extend_return": "request_label",
    "change_address": "change_order",
    "change_payment": "change_order",
    "change_items": "change_order",
    "change_address_on_file": "change_order",
    "what_if": "start_return",
}
"""The intent under which the brain knows a want that the desk tells apart more finely."""

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
OR_GIFT_CODE = "If it was a gift, its gift code is enough."
ASK_CONTACT = "Thanks. And the e-mail address, phone number or zip code on that order?"
ASK_NUMBER_TOO = (
    "Thanks. Now I need your order number as well; it is in the subject of your order confirmation and starts with #."
)
ASK_EMAIL_OR_NAME = "Sure. Please send me the e-mail address of your account, or your full name and zip code."
CANNOT_MATCH = "For your safety I can't check any more details for this order in the chat right now."
NO_ORDERS = "I can't find an order here that I could use for this. Please send me another order number."
WHICH_RETURN = "Which return is it about?"
WHICH_ORDER = "Which order is it about?"
WHICH_OF_THESE = "I've found that in more than one of your orders. Which one do you mean?"
ANYTHING_ELSE = "Is there anything else I can do for you?"
NOTHING_ELSE = "All right. You can come back to this chat at any time."
STOPPED = "All right, I've stopped. Nothing was changed."
NOTHING_TO_STOP = "There is nothing under way at the moment, and nothing was changed."
LEFT_ALONE = "All right, I leave that as it is."
FIRST_THIS = "Right, that comes first: once the items are changed, nothing else of the order can be."
NOTHING_DONE = "All right, nothing was changed and nothing was sent."

MOVED_MEANWHILE = "Something changed while we were talking, so I haven't done it yet. Please look at it once more."

NOTHING_IN_GENERAL = "I couldn't find anything under that. Please check it, or send me your order number as well."
MORE_WITH_NUMBER = "For items, dates and amounts please send me the order number or the return number too."
DID_YOU_MEAN = "I'm not quite sure which of these you mean:"
NO_ANSWER = "I don't have an answer to that in the shop's policy. A person can tell you."
SORRY = "I'm sorry that this went wrong. I can look at it with you right now. Or shall I bring in a person?"
SHALL_I = "Shall I go ahead?"
NOT_UNDERSTOOD = "Sorry, I didn't understand that. I can help with these, or you can put it in other words:"
NOT_AN_ANSWER = "Sorry, I couldn't read that as an answer to my question."
NOTED = "All right. If you need anything, just write here."
WHAT_ABOUT = "Tell me what it is about, please. I can help with these:"
ENGLISH_ONLY = "I'm sorry, I understand English only. A person on our team may be able to help in your language."
OUT_OF_SCOPE = "That's outside what I can do: I'm here for returns, exchanges, refunds and orders of this shop."
STATUS_CHOICES: Buttons = (("Where is my refund?", Choice("refund_status")), ("Start a return", Choice("start_return")))

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
    "change_address": "the address of an order",
    "change_payment": "how an order is paid",
    "change_items": "the items of your order",
    "change_address_on_file": "your address on file",
    "change_return": "changing a return",
    "extend_return": "more time for your return",
    "new_label": "a new label",
    "what_if": "what you would get for it",
    "request_label": "your label",
    "ask_policy": "your question",
    "ask_goods": "your question",
    "ask_order": "your question about your order",
}


def start_return(number: str) -> Buttons:
    """Offer a return of one order."""
    return (("Start a return", Choice("start_return", "order_id", number)),)


def want_title(intent: str) -> str:
    """Return a want as a phrase: `the return`."""
    return _WANT_TITLES.get(intent, "your other question")


def several_wants(intents: Sequence[str]) -> str:
    """Say that several wants were understood and will be done in order."""
    if len(set(intents)) == 1:
        return f"I've got {'both' if len(intents) == 2 else 'all of it'}. Let's take one after the other."
    listed = ", then ".join(want_title(intent) for intent in intents)
    return f"I've got both: {listed}." if len(intents) == 2 else f"I've got all of it: {listed}."


def in_several_orders(numbers: Sequence[str]) -> str:
    """Say that what is wanted concerns several orders, which are done one after the other."""
    return f"That concerns {len(numbers)} of your orders: {', '.join(numbers)}. Let's take one after the other."


def all_done(done: Sequence[str]) -> str:
    """Sum up what was done."""
    return "That's everything you asked for: " + "; ".join(done) + "."


def next_want(intent: str) -> str:
    """Lead over to the next want."""
    return f"Now to {want_title(intent)}."


def noted_for_later(intents: Sequence[str]) -> str:
    """Say that a want has been kept for after this one."""
    return f"I've noted {' and '.join(want_title(intent) for intent in intents)} and will come to it right after this."


def no_match(said: Evidence) -> str:
    """Say that the details do not fit, and nothing about which of them or whether such an order exists."""
    if said.gift_code and not said.order_number and not said.rma:
        return f"I couldn't find a gift with the code {said.gift_code}. Please check it and send it again."
    number = said.rma or said.order_number
    what = f"{number} with those details" if number else "those details with an order"
    return (
        f"I couldn't match {what}. Please check both and send them again: the order number, and the e-mail, phone "
        "number or zip code on the order."
    )


def order_title(order: Order, *, gift: bool = False) -> str:
    """Return an order as a button's title: number, what is in it, and its state; of a gift only what is in it."""
    first = order.items[0].name if order.items else "empty"
    more = f" and {len(order.items) - 1} more" if len(order.items) > 1 else ""
    if gift:
        return f"Your gift · {first}{more}"
    return f"{order.display_number} · {first}{more} · {order.state}"
