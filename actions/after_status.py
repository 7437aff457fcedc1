"""What can be done with an order or a return as it stands, as buttons below the answer."""

from actions import offered, texts
from actions.call import Call
from actions.texts import Buttons
from casework import changeable, return_changes
from conversations.message import Choice
from store.order import Order
from store.returns import Return, may_cancel


def of_return(call: Call, order: Order, return_: Return) -> Buttons:
    """Return what the customer can do with a return now, a person last."""
    rules = call.desk.book.in_force(order.placed_at)
    buttons: list[tuple[str, Choice]] = []
    if return_changes.gets_label(return_):
        title = "New QR code" if return_.method in {"drop_off_qr", "store"} else "New label"
        buttons.append((title, offered.care("new_label", return_.rma)))
    if return_changes.may_extend(return_, rules):
        buttons.append(("More time to send it", offered.care("extend_return", return_.rma)))
    paid_at_once = return_.method == "keep" and return_.approval == "approved"
    if may_cancel(return_) and not paid_at_once:
        buttons.append(("Change the return", offered.care("change_return", return_.rma)))
        buttons.append(("Call it off", Choice("cancel_return", "rma", return_.rma)))
    return (*buttons, *texts.PERSON_CHOICE)


def of_order(call: Call, order: Order) -> Buttons:
    """Return what the customer can do with an order now, a person last."""
    buttons: list[tuple[str, Choice]] = []
    if order.state == "delivered":
        buttons += texts.start_return(order.number)
        buttons.append(("What would I get for it?", offered.about_order("what_if", order.number)))
    if changeable.refused(call.desk, order) is None:
        buttons.append(("Change the order", Choice("change_order", "order_id", order.number)))
    if order.state == "pending":
        buttons.append(("Cancel the order", Choice("cancel_order", "order_id", order.number)))
    return (*buttons, *texts.PERSON_CHOICE)
