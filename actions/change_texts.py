"""What the bot says while an order that is not packed is changed."""

from actions.return_texts import picture_url
from actions.texts import Buttons
from casework.desk import Desk
from casework.proposal_words import Say
from conversations.message import Choice
from store.order import Order, OrderItem, PaymentMethod

WHAT = "What shall I change?"
CHOICES: Buttons = (
    ("Delivery address", Choice("inform", "change", "address")),
    ("Payment method", Choice("inform", "change", "payment")),
    ("Size, colour or version", Choice("inform", "change", "items")),
    ("My address on file", Choice("inform", "change", "on_file")),
    ("Something else", Choice("talk_to_human")),
)
ASK_ADDRESS = "What is the new address? Street and number, city, state and zip code, on one line if you like."
WHICH_ADDRESS = "Which of these addresses do you mean? You can also write another one."
PART_OF_ADDRESS = {
    "street": "And the street with its number?",
    "city": "And the city?",
    "region": "And the state?",
    "zip": "And the zip code?",
}
NO_OTHER_METHOD = "There is no other payment method on your account that could pay for this order."
WHICH_METHOD = "Which payment method should it be?"
WHICH_ITEMS = "Which items would you like in another size, colour or version? You can pick several."
NOTHING_ELSE_IN_STOCK = "Nothing else of this is in stock at the moment, so I can't change it."
ON_FILE = "Shall I keep this as your address for the next orders too?"
ON_FILE_CHOICES: Buttons = (
    ("Yes, keep it", Choice("inform", "on_file", "yes")),
    ("Only for this order", Choice("inform", "on_file", "no")),
)


def so_far(address_line: str) -> str:
    """Say what was understood of an address."""
    return f"I have {address_line}." if address_line else ""


def method_title(say: Say, method: PaymentMethod) -> str:
    """Return a payment method as a button's title, with what is on it."""
    if method.balance is None:
        return method.label
    return f"{method.label} ({say(method.balance)} on it)"


def is_exchanged(order: Order) -> str:
    """Say that what has been delivered is exchanged rather than changed."""
    return f"Order {order.display_number} has been delivered, so I'll make that an exchange."


def item_card(desk: Desk, say: Say, item: OrderItem) -> dict[str, object]:
    """Return an item of an order as a card to choose."""
    return {
        "kind": "item",
        "title": item.name,
        "text": item.options_text,
        "image_url": picture_url(desk, item.picture),
        "price": say(item.unit_price),
        "note": f"{item.quantity} in this order" if item.quantity > 1 else "",
        "max_quantity": 1,
        "choice": Choice("inform", "items", str(item.id)).to_json(),
    }
