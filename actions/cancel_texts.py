"""What the bot says about cancelling."""

from conversations.message import Choice
from store.order import Order

WHY = "I can do that. Why would you like to cancel it?"
ONLY_A_GIFT = "A gift's code opens the return of the gift and nothing else; whoever ordered it can cancel the order."


def whole_order_only(order: Order) -> str:
    """Say that single items cannot be taken out."""
    return f"I can only cancel the whole order {order.display_number}. A person can take out single items."


def whole_order_choices(order: Order) -> tuple[tuple[str, Choice], ...]:
    """Offer both."""
    return (
        ("Cancel the whole order", Choice("cancel_order", "order_id", order.number)),
        ("Talk to a person", Choice("talk_to_human")),
    )


def no_return(order: Order, *, gift: bool = False) -> str:
    """Say that there is nothing to call off."""
    if gift:
        return "There is no return for your gift that could still be called off."
    return f"There is no return for order {order.display_number} that could still be called off."
