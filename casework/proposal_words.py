"""What a proposal says: items, amounts worked out, places, days. Pure; every number comes from a decision."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from store import dates, money, policy
from store.decision import Decision, LineAmount, LineVerdict, MethodOffer, Offer, RefundPart
from store.order import Order, OrderItem, Variant
from store.policy_file import Shop

CHECKED = "once we have checked the parcel"

Say = Callable[[Decimal], str]
"""Writes an amount as the shop does."""


def saying(shop: Shop, currency: str) -> Say:
    """Return what writes amounts of a currency as the shop does."""

    def say(amount: Decimal) -> str:
        return shop.money(amount, currency)

    return say


@dataclass(frozen=True)
class Choice:
    """What one item is exchanged for, by preference; the first is taken as long as there is enough of it."""

    line: LineVerdict
    variants: tuple[Variant, ...]


@dataclass(frozen=True)
class Chosen:
    """What a customer chose of a decision, worked out: where the money goes after all fees, and the last day.

    `last_day` is until when the parcel is to be sent, None when nothing is. `exchange` and the label of the method that
    bears the difference stand for an exchange; `gift` hides what was paid, and by whom. `answer_by` is until when a
    person decides, if one does.
    """

    offer: Offer
    method: MethodOffer
    parts: tuple[RefundPart, ...]
    label_days: int
    last_day: date | None
    answer_by: date
    exchange: tuple[Choice, ...] = ()
    difference_to: str = ""
    gift: bool = False


def return_lines(order: Order, decision: Decision, chosen: Chosen, say: Say) -> list[str]:
    """Say what a return would do: what goes back, what the customer gets and when, how it is sent, who decides."""
    lines = [_comes_back(order, line, decision, chosen, say) for line in decision.eligible_lines]
    lines += _exchange_lines(order, chosen, say) if chosen.offer.resolution == "exchange" else _money_lines(chosen, say)
    lines += _how_it_travels(chosen, say)
    if decision.needs_person:
        lines.append(f"{decision.needs_person} You have an answer by {dates.spoken(chosen.answer_by)}")
    return lines


def piece(item: OrderItem, quantity: int) -> str:
    """Write so many pieces of an item: `2 × Camp Mug (white)`."""
    options = f" ({item.options_text})" if item.options else ""
    shown = item.quantity > 1 or quantity > 1
    return f"{quantity} × {item.name}{options}" if shown else f"{item.name}{options}"


def named(variant: Variant) -> str:
    """Write a variant: `Harbour Sneaker (size 10, blue)`."""
    return f"{variant.product_name} ({variant.options_text})" if variant.options else variant.product_name


def difference(amount: Decimal, say: Say) -> str:
    """Write a difference in price: `you pay $5.00 more`, `you get $5.00 back`, `same price`."""
    if amount > 0:
        return f"you pay {say(amount)} more"
    return f"you get {say(-amount)} back" if amount < 0 else "same price"


def part(one: RefundPart, say: Say) -> str:
    """Write where a part of the money goes and when: `$50.00 to Visa ending 4242: 5-7 business days`."""
    return f"{say(one.amount)} to {one.destination}: {one.when}"


def way(method: MethodOffer, say: Say) -> str:
    """Write a way to send with its fee."""
    return f"{method.title} ({say(method.fee) if method.fee else 'free'})"


def exchange_difference(order: Order, choices: Sequence[Choice], taken: Mapping[UUID, Variant]) -> Decimal:
    """Return what an exchange costs (negative: gives back) when these variants are taken."""
    total = money.ZERO
    for choice in choices:
        item = order.item(choice.line.order_item_id)
        if item is not None:
            total += policy.price_difference(item, taken[item.id], choice.line.quantity, order.currency)
    return total


def _comes_back(order: Order, line: LineVerdict, decision: Decision, chosen: Chosen, say: Say) -> str:
    item = order.item(line.order_item_id)
    assert item is not None
    text = f"{'Keep' if line.keep else 'Take back'} {piece(item, line.quantity)}"
    if chosen.gift or chosen.offer.resolution == "exchange":
        return text
    worked_out = next((one for one in chosen.offer.worked_out if one.order_item_id == item.id), None)
    if worked_out is None:
        return text
    discount = _discount(order, item, line, worked_out)
    if not (worked_out.tax or worked_out.fees or discount > 0 or len(decision.eligible_lines) > 1):
        return text
    return f"{text}: {_steps(worked_out, discount, say)}"


def _discount(order: Order, item: OrderItem, line: LineVerdict, amount: LineAmount) -> Decimal:
    return money.cents(item.unit_price * line.quantity, order.currency) - amount.paid


def _steps(amount: LineAmount, discount: Decimal, say: Say) -> str:
    text = f"{say(amount.paid)} paid"
    if discount > 0:
        text += f" after {say(discount)} discount"
    steps = [f" + {say(amount.tax)} tax"] if amount.tax else []
    steps += [f" - {say(fee)} {label}" for label, fee in amount.fees if fee]
    return f"{text}{''.join(steps)}" + (f" = {say(amount.net)}" if steps else "")


def _money_lines(chosen: Chosen, say: Say) -> list[str]:
    offer = chosen.offer
    total = say(policy.final_amount(offer, chosen.method))
    steps = (
        [] if offer.worked_out and not chosen.gift else [f"{name} -{say(fee)}" for name, fee in offer.fee_lines if fee]
    )
    steps += [f"the shipping that you paid +{say(offer.shipping)}"] if offer.shipping and not chosen.gift else []
    steps += [f"bonus +{say(offer.bonus)}"] if offer.bonus else []
    steps += [f"return shipping -{say(chosen.method.fee)}"] if chosen.method.fee else []
    worked_out = f" ({', '.join(steps)})" if steps else ""
    if offer.resolution == "store_credit":
        what = f"on {offer.destination}" if chosen.gift else "store credit"
        return [f"Give you {total} {what}{worked_out}: {offer.when}"]
    if len(chosen.parts) > 1:
        listed = [part(one, say) for one in chosen.parts]
        return [f"Refund {total}{worked_out} in {len(listed)} parts, the way it was paid", *listed]
    return [f"Refund {total}{worked_out} to {offer.destination}: {offer.when}"]


def _exchange_lines(order: Order, chosen: Chosen, say: Say) -> list[str]:
    lines = []
    once = "" if chosen.method.method == "keep" else " once it has arrived"
    for choice in chosen.exchange:
        item = order.item(choice.line.order_item_id)
        assert item is not None
        quantity = choice.line.quantity
        costs = [
            difference(policy.price_difference(item, one, quantity, order.currency), say) for one in choice.variants
        ]
        first = f"Send you {quantity} × {named(choice.variants[0])}{once}; {costs[0]}"
        lines.append(f"{first}. Reserved for you after your yes")
        if len(choice.variants) > 1:
            lines.append(f"If that has just sold out, {named(choice.variants[1])} instead; {costs[1]}")
    if chosen.difference_to:
        when = f", {CHECKED}" if chosen.method.method != "keep" else ""
        lines.append(f"The difference in price goes by {chosen.difference_to}{when}")
    return lines


def _how_it_travels(chosen: Chosen, say: Say) -> list[str]:
    method = chosen.method
    if method.method == "keep":
        return ["You send nothing back"]
    until = f", until {dates.spoken(chosen.last_day)}" if chosen.last_day else ""
    days = f"{chosen.label_days} day{'s' if chosen.label_days != 1 else ''}"
    if method.method == "store":
        return [f"You bring it: {way(method, say)}; the code for it works for {days}{until}"]
    return [f"You send it: {way(method, say)}; the label works for {days}{until}"]
