"""What was done, in words for the customer: numbers, amounts and days as they stand in the books. Pure."""

from collections.abc import Sequence
from datetime import datetime

from casework.proposal_words import Say
from store import dates
from store.order import Order, with_options
from store.returns import Return
from store.transfer import Transfer

Paid = tuple[str, str, str]
"""An amount, where it goes, and when, as words."""


def opened(return_: Return, say: Say, pieces: str = "") -> str:
    """Say that a return is open, with its number, and what happens when; `pieces` names what an exchange sends."""
    if return_.approval == "requested":
        return requested(return_)
    return f"Done. Your return number is {return_.rma}. {next_step(return_, say, pieces)}"


def requested(return_: Return) -> str:
    """Say that a return was noted and a person decides."""
    return f"I've noted your return as {return_.rma}. {return_.needs_person or ''} Please don't send anything yet."


def changed(return_: Return, say: Say, pieces: str = "") -> str:
    """Say that a return was changed, and what happens now; `pieces` names what an exchange sends."""
    if return_.approval == "requested":
        return f"Done. {return_.rma} is changed. {return_.needs_person or ''} Please don't send anything yet."
    return f"Done. {return_.rma} is changed. {next_step(return_, say, pieces)}"


def next_step(return_: Return, say: Say, pieces: str = "") -> str:
    """Say what the customer does next with an approved return, and what they get for it."""
    return " ".join(part for part in (_send(return_), _gets(return_, say, pieces)) if part)


def called_off(return_: Return) -> str:
    """Say that a return was called off."""
    label = "please don't use its label. " if return_.tracking_number else ""
    return (
        f"Done. {return_.rma} is called off; {label}You keep the items."
        if label
        else (f"Done. {return_.rma} is called off. You keep the items.")
    )


def extended(return_: Return) -> str:
    """Say until when a parcel may be sent now."""
    return f"Done. {you_can_send(return_)} until {_until(return_)}; {works_as_long(return_)}."


def you_can_send(return_: Return) -> str:
    """Say what can be done in the time for sending a return."""
    if return_.method == "store":
        return f"You can bring the items of {return_.rma} to a store"
    return f"You can send the parcel of {return_.rma}"


def works_as_long(return_: Return) -> str:
    """Say that what the return is sent with can be used all that time."""
    return f"the {'code' if return_.method == 'store' else 'label'} works as long"


def new_label(return_: Return) -> str:
    """Say that there is a new label."""
    return f"Here is a new label for {return_.rma}; please use this one. It works until {_until(return_)}."


def order_cancelled(order: Order, paid: Sequence[Paid]) -> str:
    """Say that an order was cancelled, and what comes back when."""
    return f"Done. Order {order.display_number} is cancelled.{_back(paid)}"


def address_changed(order: Order, *, on_file: bool) -> str:
    """Say where an order goes now."""
    kept = " It is your address on file now, too." if on_file else ""
    return f"Done. Order {order.display_number} goes to {order.address.one_line()}.{kept}"


def on_file(address: str) -> str:
    """Say which address is kept."""
    return f"Done. Your address on file is {address}."


def payment_changed(order: Order, label: str, *, waits: bool) -> str:
    """Say how an order is paid now; while the new payment `waits` for its provider, nothing goes back yet."""
    when = "As soon as that payment has gone through, what" if waits else "What"
    return f"Done. Order {order.display_number} is paid with {label}. {when} you paid before goes back."


def items_changed(order: Order, say: Say) -> str:
    """Say what an order holds now, and what it costs."""
    items = ", ".join(f"{one.quantity} × {with_options(one.name, one.options)}" for one in order.items)
    return f"Done. Order {order.display_number} now holds {items}, {say(order.total)} in all."


def paid_back(transfer: Transfer, label: str, when: str, say: Say) -> Paid:
    """Write a transfer as words."""
    return say(transfer.amount), label, when


def day(moment: datetime | None) -> str:
    """Write the day of a moment that was made for its date."""
    return dates.spoken(moment.date()) if moment else ""


def _back(paid: Sequence[Paid]) -> str:
    listed = ", ".join(f"{amount} to {label} ({when})" for amount, label, when in paid)
    return f" You get back {listed}." if listed else ""


def _send(return_: Return) -> str:
    if return_.method == "keep":
        return "You don't need to send anything back."
    if not return_.label_expires_at:
        return ""
    until = _until(return_)
    if return_.method == "store":
        return f"Please bring it to one of our stores by {until}, with the page below."
    return f"Your label is below; please send the parcel by {until}."


def _gets(return_: Return, say: Say, pieces: str) -> str:
    amount = say(return_.amount)
    if return_.resolution == "exchange":
        return _exchange(return_, say, pieces or "the other one")
    what = {"refund": "refund", "store_credit": "gift card" if return_.gift else "store credit"}[return_.resolution]
    by = f", by {dates.spoken(return_.refund_due_on)} at the latest" if return_.refund_due_on else ""
    if return_.settlement != "open":
        return f"Your {what} of {amount} is there."
    if return_.method == "keep":
        return f"Your {what} of {amount} is on its way{by}."
    if return_.resolution == "store_credit":
        return f"Your {what} of {amount} comes once we have checked {_what_comes(return_)}{by}."
    return f"Your {what} of {amount} goes out once we have checked {_what_comes(return_)}{by}."


def _what_comes(return_: Return) -> str:
    return "the items" if return_.method == "store" else "the parcel"


def _exchange(return_: Return, say: Say, pieces: str) -> str:
    if return_.method == "keep":
        return f"We send you {pieces}, reserved for you now."
    difference = say(abs(return_.price_difference))
    costs = f" You then pay {difference} for the difference." if return_.price_difference > 0 else ""
    costs = f" You then get {difference} back for the difference." if return_.price_difference < 0 else costs
    return f"As soon as it has arrived we send you {pieces}, reserved for you now.{costs}"


def _until(return_: Return) -> str:
    return day(return_.label_expires_at)
