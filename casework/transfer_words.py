"""What is said about money that moves or does not: to the provider, to the customer, and to agents; pure."""

from store import dates
from store.order import Order, PaymentMethod
from store.policy_file import Shop
from store.returns import Return
from store.transfer import Transfer

_STANDS = {
    "requested": "is being asked of the payment provider",
    "sent": "is with the payment provider",
    "succeeded": "has gone through",
    "failed": "has failed",
    "cancelled": "was called off",
}


def description(transfer: Transfer, order: Order, return_: Return | None) -> str:
    """Say what a transfer is for, for the provider's own pages: `Refund for order #H204518, return RMA-…`.

    It is part of what the provider is asked, and so the same each time.
    """
    what = "Refund" if transfer.kind == "refund" else "Payment"
    return f"{what} for order {order.display_number}" + (f", return {return_.rma}" if return_ else "")


def failed(
    transfer: Transfer,
    order: Order,
    method: PaymentMethod | None,
    return_: Return | None,
    shop: Shop,
    *,
    sure: bool,
) -> str:
    """Tell a customer the truth about money that has not moved (`sure`), or of which nobody knows whether it has.

    What was promised, what became of it, and that there is nothing for them to do; who looks into it is said by
    whoever brings a person.
    """
    amount = shop.money(transfer.amount, transfer.currency)
    place = method.label if method else "your payment method"
    about = f"order {order.display_number}" + (f" (return {return_.rma})" if return_ else "")
    if transfer.kind == "charge":
        begin = f"About {about}: {amount} was to be paid with {place}."
        middle = (
            "The payment did not go through, so nothing was taken."
            if sure
            else "The payment service has not confirmed it, so we don't know yet whether it was taken."
        )
        return f"{begin} {middle} Please don't pay it another way for now."
    due = return_.refund_due_on if return_ else None
    until = f" by {dates.spoken(due)}" if due else ""
    begin = f"About {about}: we told you that {amount} goes back to {place}{until}."
    middle = (
        "The payment did not go through, so the money is not on its way yet."
        if sure
        else "The payment service has not confirmed it, so we don't know yet whether the money is on its way."
    )
    return f"{begin} {middle} I'm sorry about that. You are still owed it, and there is nothing that you need to do."


def moved_after_all(transfer: Transfer, order: Order, method: PaymentMethod | None, shop: Shop) -> str:
    """Tell a customer of money that has moved although it was called off."""
    amount = shop.money(transfer.amount, transfer.currency)
    place = method.label if method else "your payment method"
    moves = f"{amount} is on its way to {place}" if transfer.kind == "refund" else f"{amount} was taken from {place}"
    return f"About order {order.display_number}: {moves}, although it had been called off. I'm sorry about the mix-up."


def detail(transfer: Transfer, order: Order, return_: Return | None, shop: Shop) -> str:
    """Tell an agent what failed and what the provider said."""
    amount = shop.money(transfer.amount, transfer.currency)
    what = "Refund" if transfer.kind == "refund" else "Charge"
    about = order.display_number + (f", {return_.rma}" if return_ else "")
    return f"{what} of {amount} ({about}): {transfer.problem}"


def not_failed(transfer: Transfer, shop: Shop) -> str:
    """Tell an agent why a transfer is not tried again."""
    return f"This {_named(transfer, shop)} {_STANDS[transfer.state]}; only one that has failed can be tried again"


def not_to_be_called_off(transfer: Transfer, shop: Shop) -> str:
    """Tell an agent why a transfer is not called off."""
    later = "; wait until it has succeeded or failed" if transfer.state in ("requested", "sent") else ""
    return f"This {_named(transfer, shop)} {_STANDS[transfer.state]}, so it cannot be called off{later}"


def _named(transfer: Transfer, shop: Shop) -> str:
    what = "refund" if transfer.kind == "refund" else "charge"
    return f"{what} of {shop.money(transfer.amount, transfer.currency)}"
