"""What the bot says about cancelling."""

from collections.abc import Sequence

from conversations.message import Choice
from store import money
from store.decision import CancelDecision
from store.order import Order
from store.returns import Return

WHY = "I can do that. Why would you like to cancel it?"
TOO_LATE = "That can't be cancelled any more; something changed in the last moments. A person can have a look."


def whole_order_only(order: Order) -> str:
    """Say that single items cannot be taken out."""
    return f"I can only cancel the whole order {order.display_number}. A person can take out single items."


def whole_order_choices(order: Order) -> tuple[tuple[str, Choice], ...]:
    """Offer both."""
    return (
        ("Cancel the whole order", Choice("cancel_order", "order_id", order.number)),
        ("Talk to a person", Choice("talk_to_human")),
    )


def no_return(order: Order) -> str:
    """Say that there is nothing to call off."""
    return f"There is no return for order {order.display_number} that could still be called off."


def return_summary(found: Sequence[Return]) -> str:
    """List what calling off means."""
    lines = [
        f"• Call off {one.rma} ({', '.join(line.name for line in one.lines)}); its label stops working" for one in found
    ]
    return "\n".join(["Here is what I'll do:", *lines, "You keep the items and nothing is refunded. Shall I go ahead?"])


def order_summary(order: Order, decision: CancelDecision) -> str:
    """List what cancelling means, and where the money goes."""
    lines = [f"• Cancel order {order.display_number} ({', '.join(item.name for item in order.items)})"]
    lines += [
        f"• Refund {money.format(part.amount, order.currency)} to {part.destination}: {part.when}"
        for part in decision.refunds
    ]
    return "\n".join(["Here is what I'll do:", *lines, "This can't be undone. Shall I go ahead?"])


def return_called_off(return_: Return) -> str:
    """Say that it was called off."""
    return f"Done. {return_.rma} is called off; please don't use its label. You keep the items."


def order_cancelled(order: Order, decision: CancelDecision) -> str:
    """Say that it was cancelled, and what comes back when."""
    money_back = [
        f"{money.format(part.amount, order.currency)} to {part.destination} ({part.when})" for part in decision.refunds
    ]
    back = f" You get back {', '.join(money_back)}." if money_back else ""
    return f"Done. Order {order.display_number} is cancelled.{back}"
