"""What the bot says when facts about goods or orders are asked for. Every number is given by the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from casework import catalogue, status_words
from casework.catalogue import Sold, Sought
from casework.order_facts import Left, Moved, Why
from casework.proposal_words import Say
from casework.status_words import Told
from store import money
from store.order import Address, Order, OrderItem, PaymentMethod, Variant

MOST_LISTED = 8
NO_DAY = "I can't see on which day it was placed."
NO_DAYS = "I can't see on which days they were placed."
NOT_FOUND = "I can't find that in your orders. Please tell me the order number, or what was in it."
NOTHING_ORDERED = "I can't find an order of yours that I could look this up in."

_STATES = {
    "pending": "pending, not packed yet",
    "processed": "being packed",
    "shipped": "on its way",
    "delivered": "delivered",
    "cancelled": "cancelled",
}
_WHY: dict[Why, str] = {
    "return": "the return from order",
    "exchange": "the exchange in order",
    "cancelled": "the cancelled order",
    "changed": "the change to order",
}


@dataclass(frozen=True)
class Bought:
    """An item with the order that it is of."""

    order: Order
    item: OrderItem


# goods


def how_many(sold: Sold, sought: Sought, fitting: Sequence[Variant]) -> str:
    """Say how many options of a product are in stock, of how many that there are."""
    name, there, of_all = sold.goods.name, len(sold.there), len(sold.variants)
    first = f"Right now {there} {_options(there)} of our {name} {_are(there)} in stock, of {of_all} that we carry."
    if not sought.narrows:
        return first
    return f"{first} {len(fitting)} of those {_are(len(fitting))} what you describe."


def offered(sold: Sold, fitting: Sequence[Variant], say: Say) -> str:
    """List what is in stock with prices, or, where that is long, the choice there is."""
    if len(fitting) == 1:
        return f"Yes, this {sold.goods.name} is in stock: {variant(fitting[0], say)}."
    if len(fitting) <= MOST_LISTED:
        listed = "\n".join(f"• {variant(one, say)}" for one in fitting)
        return f"These {sold.goods.name} options are in stock:\n{listed}"
    values = catalogue.values_of(fitting)
    choice = "\n".join(f"• {name}: {', '.join(sorted(values[name]))}" for name in values)
    return (
        f"{len(fitting)} {sold.goods.name} options are in stock, from {say(fitting[0].price)} to "
        f"{say(fitting[-1].price)}:\n{choice}\nTell me which you are interested in, and I list them with their prices."
    )


def extreme(sold: Sold, one: Variant, say: Say, *, cheapest: bool) -> str:
    """Say which is the cheapest or the most expensive that is in stock."""
    which = "cheapest" if cheapest else "most expensive"
    return f"The {which} {sold.goods.name} in stock right now: {variant(one, say)}."


def none_fits(sold: Sold, say: Say) -> str:
    """Say that nothing in stock is what was asked for, and what comes nearest."""
    if not sold.there:
        return f"No {sold.goods.name} is in stock at the moment; I can't tell when it will be."
    nearest = f" The cheapest that there is: {variant(sold.there[0], say)}."
    return f"No {sold.goods.name} like that is in stock right now.{nearest}"


def same_one(sold: Sold, item: OrderItem, one: Variant | None, say: Say) -> str:
    """Say whether just what the customer has is in stock."""
    what = f"The same {item.name} ({item.options_text})" if item.options else f"The same {item.name}"
    if one is not None and one.stock > 0:
        return f"{what} is in stock, for {say(one.price)}."
    others = len(sold.there)
    more = f" {others} other {_options(others)} of it {_are(others)}." if others else ""
    return f"{what} is not in stock right now.{more}"


def several_products(all_sold: Sequence[Sold], say: Say) -> str:
    """Say what there is of several products that fit the same words."""
    return "\n".join(f"• {_range(one, say)}" for one in all_sold[:MOST_LISTED])


def variant(one: Variant, say: Say) -> str:
    """Write a variant with its options by name and its price: `color: blue, size: M, $24.00`."""
    return f"{options(one.options)}, {say(one.price)}" if one.options else say(one.price)


def options(of: dict[str, str]) -> str:
    """Write options with their names: `material: cotton, size: M`."""
    return ", ".join(f"{name}: {value}" for name, value in of.items())


def _range(sold: Sold, say: Say) -> str:
    if not sold.there:
        return f"{sold.goods.name}: nothing in stock at the moment"
    low, high, count = sold.there[0].price, sold.there[-1].price, len(sold.there)
    prices = say(low) if low == high else f"{say(low)} to {say(high)}"
    return f"{sold.goods.name}: {count} {_options(count)} in stock, {prices}"


def _options(count: int) -> str:
    return "option" if count == 1 else "options"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


# orders


def title(order: Order) -> str:
    """Name an order by number and what is in it: `order #W1 (Tablet and 2 more)`."""
    if not order.items:
        return f"order {order.display_number}"
    more = f" and {len(order.items) - 1} more" if len(order.items) > 1 else ""
    return f"order {order.display_number} ({order.items[0].name}{more})"


def tracking(order: Order) -> str:
    """Say under which number an order travels."""
    numbers = order.tracking_numbers
    if not numbers:
        why = " It has not been sent yet." if order.state in {"pending", "processed"} else ""
        return f"There is no tracking number for {title(order)}.{why}"
    return f"The tracking {_numbers(len(numbers))} of {title(order)}: {', '.join(numbers)}."


def sent_to(order: Order) -> str:
    """Say where an order goes, or went."""
    verb = "went" if order.state in {"shipped", "delivered"} else "goes"
    verb = "was to go" if order.state == "cancelled" else verb
    return f"{_capital(title(order))} {verb} to {order.address.one_line()}."


def on_file(address: Address) -> str:
    """Say which address the shop has for a customer."""
    line = address.one_line()
    return f"Your address on file: {line}." if address.street else "There is no address on file for you."


def total(order: Order, say: Say) -> str:
    """Say what an order costs in all."""
    shipping = f", {say(order.shipping)} of it for shipping" if order.shipping else ""
    back = f" {say(order.refunded)} of it has been refunded." if order.refunded else ""
    return f"{_capital(title(order))} comes to {say(order.total)} in all{shipping}.{back}"


def items(order: Order, say: Say) -> str:
    """List what is in an order with options and prices."""
    listed = "\n".join(f"• {_item(item, say)}" for item in order.items)
    return f"Order {order.display_number} ({_STATES[order.state]}):\n{listed}"


def item(one: Bought, say: Say) -> str:
    """Say what an item cost, and which options it has."""
    return f"{_item(one.item, say)} (order {one.order.display_number})."


def most(one: Bought, say: Say, *, cheapest: bool) -> str:
    """Say which item of an order is the cheapest or the most expensive."""
    which = "cheapest" if cheapest else "most expensive"
    return f"The {which} item of order {one.order.display_number} is the {_item(one.item, say)}."


def left(order: Order, kept: Left, say: Say) -> str:
    """Say what of an order is in no return, and what was paid for it."""
    if not kept.pieces:
        return f"Everything of order {order.display_number} is in a return."
    listed = ", ".join(f"{_count(count)}{one.name} ({say(_each(one, count))})" for one, count in kept.pieces)
    return f"For the remaining items of order {order.display_number} you paid {say(kept.paid)} in total: {listed}."


def spent(name: str, bought: Sequence[Bought], say: Say) -> str:
    """Add up what was paid for one product over all orders."""
    listed = ", ".join(f"{say(one.item.paid)} (order {one.order.display_number})" for one in bought)
    whole = say(sum((one.item.paid for one in bought), money.ZERO))
    first = f"For {name} you paid"
    return f"{first} {whole} in total, for {len(bought)}: {listed}." if len(bought) > 1 else f"{first} {listed}."


def standing(order: Order, told: Told, *, when: bool) -> str:
    """Say how an order stands and, `when` that is asked or known, when it was placed."""
    placed = f" You placed it on {told.day(order.placed_at)}." if order.placed_at else f" {NO_DAY}" if when else ""
    return f"{status_words.of_order(order, told)}{placed}"


def all_orders(ordered: Sequence[Order], told: Told) -> str:
    """List orders with their state, when they were placed, and what they cost."""
    lines = []
    for order in ordered[:MOST_LISTED]:
        placed = f", placed on {told.day(order.placed_at)}" if order.placed_at else ""
        names = ", ".join(dict.fromkeys(one.name for one in order.items))
        lines.append(f"• {order.display_number}: {_STATES[order.state]}{placed}, {told.say(order.total)} ({names})")
    rest = f"\nThere are {len(ordered) - MOST_LISTED} older ones." if len(ordered) > MOST_LISTED else ""
    return "\n".join(lines) + rest


def balance(methods: Sequence[PaymentMethod], say: Say) -> str:
    """Say what is on gift cards and store credit."""
    if not methods:
        return "There is no gift card or store credit on your account."
    return " ".join(f"On {one.label} there is {say(one.balance or money.ZERO)}." for one in methods)


def paid_with(order: Order, methods: Sequence[PaymentMethod]) -> str:
    """Say how an order was paid."""
    if not methods:
        return f"I can't see how order {order.display_number} was paid."
    return f"{_capital(title(order))} was paid with {' and '.join(one.label for one in methods)}."


def agreed(moved: Sequence[Moved], proposed: Moved | None, say: Say, *, pays: bool) -> str:
    """Say what this conversation gives back, or (`pays`) costs, each and in total; `proposed` waits for a yes."""
    everything = [*moved, *([proposed] if proposed else [])]
    whole = sum((one.amount for one in everything), money.ZERO)
    listed = [f"{_what(one, say)}{' (once you say yes)' if one is proposed else ''}" for one in everything]
    each = f": {'; '.join(listed)}." if len(listed) > 1 else f" for {_WHY[everything[0].why]} {_number(everything[0])}."
    if whole == 0:
        return f"In total nothing is to be paid or refunded{each}"
    if pays or whole < 0:
        first = f"In total you pay {say(-whole)}" if whole < 0 else f"You pay nothing; you get {say(whole)} back"
        return f"{first}{each}"
    return f"In total you get {say(whole)} back{each}"


def _what(one: Moved, say: Say) -> str:
    amount = say(abs(one.amount))
    way = f"{amount} back" if one.amount > 0 else f"{amount} to pay" if one.amount < 0 else "no difference"
    return f"{way} for {_WHY[one.why]} {_number(one)}"


def _number(one: Moved) -> str:
    return one.order.display_number


def _numbers(count: int) -> str:
    return "number" if count == 1 else "numbers"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _count(count: int) -> str:
    return f"{count} × " if count > 1 else ""


def _each(one: OrderItem, count: int) -> Decimal:
    return one.paid * count / one.quantity


def _item(one: OrderItem, say: Say) -> str:
    price = say(one.unit_price) if one.quantity == 1 else f"{one.quantity} × {say(one.unit_price)}"
    told = f" ({options(one.options)})" if one.options else ""
    return f"{one.name}{told}, {price}"
