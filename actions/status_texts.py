"""What the bot says about how orders and returns stand."""

from typing import Any

from casework import status_words
from store.dates import spoken
from store.order import Order
from store.returns import Return


def return_card(return_: Return) -> dict[str, Any]:
    """Return a return as a card: number, what is in it, and how it stands."""
    items = ", ".join(f"{line.quantity} × {line.name}" for line in return_.lines)
    return {"kind": "return", "title": return_.rma, "text": items, "note": status_words.state(return_)}


def no_return_for_it() -> str:
    """Say that nothing of an order was returned."""
    return "There is no return for it yet."


def label_again(return_: Return) -> str:
    """Give a label once more."""
    until = f" It works until {spoken(return_.label_expires_at.date())}." if return_.label_expires_at else ""
    return f"Here is the label of {return_.rma} again.{until}"


def no_label(return_: Return) -> str:
    """Say why there is no label."""
    if return_.method == "keep":
        return f"You don't need a label for {return_.rma}: nothing has to be sent back."
    return f"There is no label to send you for {return_.rma}: {status_words.state(return_)}."


def no_return_yet(order: Order, *, gift: bool = False) -> str:
    """Say that a label comes with a return."""
    of = "your gift" if gift else f"order {order.display_number}"
    return f"There is no return for {of} yet; the label comes with it. Shall we start one?"


def no_return(order: Order, *, gift: bool = False) -> str:
    """Say that there is no return to look after."""
    of = "your gift" if gift else f"order {order.display_number}"
    return f"There is no return for {of} yet. Shall we start one?"


def general_order(order: Order) -> str:
    """Return how an order stands, with nothing personal in it."""
    state = {"pending": "not packed yet", "processed": "being packed", "shipped": "on its way to you"}
    return f"your newest order is {state.get(order.state, order.state)}"
