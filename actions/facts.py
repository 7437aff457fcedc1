"""Answers questions for facts: what the shop sells, and what stands in the books about the customer's own orders.

An answer disturbs nothing: it says something, sets no slot of a form, and the form asks its own question again.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from actions import address_references, facts_asked, facts_texts
from actions.call import Call
from actions.facts_texts import Bought
from actions.facts_words import OrderFact
from actions.pointing import orders as pointing
from casework import catalogue, identities, order_facts, statuses, wanted
from casework.catalogue import Sold, Sought
from casework.order_facts import Moved
from casework.proposal_words import Say
from casework.status_words import Told
from store import repository
from store.listing import Goods
from store.order import Order, OrderItem, Variant

MOST_PRODUCTS = 6
"""More products than these fit no question."""
MOST_ORDERS = 5
"""So many orders are told about one by one when none is named."""

_OF_GOODS: frozenset[OrderFact] = frozenset({"price", "options", "items", "spent"})
"""Facts that name goods, if need be in other words than the books do."""
_WISHES: Mapping[str, type[Any]] = {kind.__name__: kind for kind in wanted.Wish.__args__}
_NUMBER = re.compile(r"(?<![\w$.,])#?\s?([a-z]?)-?\s?(\d{6,7})(?![\d-])", re.IGNORECASE)
_CHEAPEST = re.compile(r"\b(?:cheapest|least expensive|lowest[- ]priced?|most affordable)\b", re.IGNORECASE)
_PAID_FOR = re.compile(r"\bpa(?:y|id) for\b(?!.*\btotal\b)", re.IGNORECASE)
_MANY = re.compile(r"\b(?:orders|both|each|all|every)\b", re.IGNORECASE)
_NEW = re.compile(r"\bnew (?:\w+ )?(?:orders?|total|price)\b", re.IGNORECASE)
"""What an order has become in this conversation: "the total of my new order"."""
_HERE = re.compile(r"\b(?:this|that|the|same|my) (?:\w+ )?order\b|\bit\b|\bin there\b", re.IGNORECASE)


async def answer_goods(call: Call, text: str) -> bool:
    """Answer a question about what the shop sells, which needs no proof of who asks; returns whether it could."""
    everything = await catalogue.all_goods(call.session)
    item = await _at_hand(call)
    found = catalogue.named(text, everything, call.alike)
    if (
        (not found or facts_asked.same_again(text))
        and item is not None
        and (not found or found[0].id == item.product_id)
    ):
        own = next((one for one in everything if one.id == item.product_id), None)
        return own is not None and await _answer_about(call, text, own, item)
    if not found or len(found) > MOST_PRODUCTS:
        return False
    if len(found) == 1:
        return await _answer_about(call, text, found[0], None)
    sold = [await catalogue.sold(call.session, one) for one in found]
    call.say(facts_texts.several_products(sold, _shop_says(call)))
    return True


async def _answer_about(call: Call, text: str, goods: Goods, item: OrderItem | None) -> bool:
    sold = await catalogue.sold(call.session, goods)
    sought = catalogue.sought(text, sold.variants, goods.name)
    call.say(_about_goods(text, sold, sought, item, _shop_says(call)))
    return True


def _about_goods(text: str, sold: Sold, sought: Sought, item: OrderItem | None, say: Say) -> str:
    fitting: list[Variant] = [one for one in sold.there if sought.fits(one)]
    if item is not None and facts_asked.same_again(text) and not sought.narrows:
        same = next((one for one in sold.variants if one.id == item.variant_id), None)
        return facts_texts.same_one(sold, item, same, say)
    if facts_asked.counts(text):
        return facts_texts.how_many(sold, sought, fitting)
    if not fitting:
        return facts_texts.none_fits(sold, say)
    if sought.superlative:
        cheapest = sought.superlative == "cheapest"
        return facts_texts.extreme(sold, fitting[0 if cheapest else -1], say, cheapest=cheapest)
    return facts_texts.offered(sold, fitting, say)


async def _at_hand(call: Call) -> OrderItem | None:
    """Return the one item that a form is about: "is the same one in stock?"."""
    lines = call.slots.get("items")
    number = call.slots.get("order")
    if not isinstance(lines, list) or len(lines) != 1 or not number:
        return None
    order = await repository.find_order(call.session, number)
    if order is None or not identities.may(call.conversation, "look", order, gift=True):
        return None
    return next((one for one in order.items if str(one.id) == lines[0].get("item")), None)


def _shop_says(call: Call) -> Say:
    return call.amounts(call.desk.book.shop.currency)


async def answer_order(call: Call, text: str) -> bool:
    """Answer a question about the customer's own orders, as far as they have proved them; returns whether it could.

    Orders that were not proved (and gifts, which somebody else paid) are not looked at: without any it cannot.
    """
    asked = facts_asked.order_facts(text)
    ordered = await order_facts.orders_of(call.session, call.conversation)
    if not asked or not ordered:
        return False
    meant = Meant(call, text, asked, ordered)
    said: list[str] = []
    for fact in asked:
        said += [line for line in await _ANSWERS[fact](meant) if line not in said]
    if said:
        call.say("\n".join(said))
    return bool(said)


class Meant:
    """What a question is about: the orders that its words point at, and the goods that they name."""

    def __init__(self, call: Call, text: str, asked: Sequence[OrderFact], ordered: Sequence[Order]) -> None:
        self.call = call
        self.text = text
        self.asked = tuple(asked)
        self.ordered = tuple(ordered)
        self.pointed = self._pointed()
        self.bought = self._bought()

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders that are meant; all of them where nothing tells."""
        if self.bought:
            return tuple({one.order.id: one.order for one in self.bought}.values())
        return self.pointed or self._at_hand() or self.ordered

    def say(self, order: Order) -> Say:
        """Return what writes an order's amounts."""
        return self.call.amounts(order.currency)

    @property
    def asks_when(self) -> bool:
        """Whether the day of an order is asked for."""
        return bool(re.search(r"\bwhen\b|\bdate\b|\bhow long ago\b|\bwhat day\b", self.text, re.IGNORECASE))

    def told(self, order: Order) -> Told:
        """Return how amounts and days are written."""
        return statuses.told_by(self.call.desk, order)

    @property
    def shown(self) -> tuple[Order, ...]:
        """The orders that are told about one by one."""
        return self.orders[:MOST_ORDERS]

    def _pointed(self) -> tuple[Order, ...]:
        numbers = {found[2] for found in _NUMBER.finditer(self.text)}
        kept = str((self.call.slots.get("evidence") or {}).get("order_number") or "")
        named = tuple(order for order in self.ordered if re.sub(r"\D", "", order.number) in numbers)
        if named:
            return named
        current = self.current()
        if current is not None and _NEW.search(self.text):
            return (current,)
        now = self.call.desk.clock.now()
        pointed = pointing.point(self.text, self.ordered, now, self.call.alike, current)
        if pointed:
            return tuple(pointed)
        given = tuple(order for order in self.ordered if self._asks_for_it() and order.number == kept)
        return given or address_references.sent_to_a_place(self.text, self.ordered)

    def _asks_for_it(self) -> bool:
        """Whether the number that was given was given for this question: with it, or asked for by its form."""
        return self.call.slots.get("want") == "ask_order"

    def current(self) -> Order | None:
        number = self.call.slots.get("order") or self.call.slots.get("last_order")
        return next((order for order in self.ordered if order.number == number), None)

    def _at_hand(self) -> tuple[Order, ...]:
        current = self.current()
        told = current is not None and _HERE.search(self.text) and not _MANY.search(self.text)
        return (current,) if current is not None and told else ()

    def _bought(self) -> tuple[Bought, ...]:
        found = self._named_in(self.pointed or self.ordered)
        if found or not self.pointed or _NUMBER.search(self.text):
            return found
        elsewhere = self._named_in(self.ordered)
        if elsewhere:
            self.pointed = ()  # goods tell more than "my recent order", which may be another
        return elsewhere

    def _named_in(self, scope: Sequence[Order]) -> tuple[Bought, ...]:
        pieces = [Bought(order, item) for order in scope for item in order.items]
        goods = {one.item.product_id: Goods(one.item.product_id, one.item.name, one.item.category) for one in pieces}
        alike = self.call.alike if _OF_GOODS & set(self.asked) else None
        named = {one.id for one in catalogue.named(self.text, list(goods.values()), alike)}
        of_product = [one for one in pieces if one.item.product_id in named]
        variants = [_as_variant(one.item) for one in of_product]
        names = " ".join(goods[one].name for one in named)
        sought = catalogue.sought(self.text, variants, names)
        fitting = [one for one in of_product if sought.fits(_as_variant(one.item))]
        return tuple(fitting or of_product)


def _as_variant(item: OrderItem) -> Variant:
    return Variant(item.variant_id, item.product_id, item.name, item.options, item.unit_price, 0)


async def _tracking(meant: Meant) -> list[str]:
    sent = [order for order in meant.shown if order.tracking_numbers]
    return [facts_texts.tracking(order) for order in sent or meant.shown]


async def _sent_to(meant: Meant) -> list[str]:
    return [facts_texts.sent_to(order) for order in meant.shown]


async def _on_file(meant: Meant) -> list[str]:
    return [facts_texts.on_file(meant.ordered[0].customer.address)]


async def _total(meant: Meant) -> list[str]:
    if meant.bought and _PAID_FOR.search(meant.text):
        return await _options(meant)
    orders = meant.orders if _MANY.search(meant.text) else meant.orders[:1]
    return [facts_texts.total(order, meant.say(order)) for order in orders[:MOST_ORDERS]]


async def _price(meant: Meant) -> list[str]:
    if meant.bought:
        return [facts_texts.item(one, meant.say(one.order)) for one in meant.bought[:MOST_ORDERS]]
    return await _total(meant)


async def _extreme(meant: Meant) -> list[str]:
    cheapest = bool(_CHEAPEST.search(meant.text))
    orders = [order for order in meant.shown if order.items]
    if not meant.pointed and not meant.bought and len(orders) > 1 and not _MANY.search(meant.text):
        current = meant.current()
        orders = [current] if current else orders
    pick = min if cheapest else max
    return [
        facts_texts.most(
            Bought(order, pick(order.items, key=lambda one: one.unit_price)), meant.say(order), cheapest=cheapest
        )
        for order in orders
    ]


async def _left(meant: Meant) -> list[str]:
    said = []
    for order in await _with_returns(meant):
        kept = await order_facts.left(meant.call.session, order)
        said.append(facts_texts.left(order, kept, meant.say(order)))
    return said


async def _with_returns(meant: Meant) -> list[Order]:
    """Return the orders of which something goes back: others have no rest."""
    if meant.pointed or len(meant.shown) == 1:
        return list(meant.shown)
    back = [o for o in meant.ordered if await repository.returned_quantities(meant.call.session, o.id)]
    return (back or list(meant.ordered))[:1]


async def _options(meant: Meant) -> list[str]:
    return [facts_texts.item(one, meant.say(one.order)) for one in meant.bought[:MOST_ORDERS]]


async def _items(meant: Meant) -> list[str]:
    if meant.bought and not meant.pointed:
        return await _options(meant)
    return [facts_texts.items(order, meant.say(order)) for order in meant.shown]


async def _state(meant: Meant) -> list[str]:
    return [facts_texts.standing(order, meant.told(order), when=meant.asks_when) for order in meant.shown]


async def _orders(meant: Meant) -> list[str]:
    orders = meant.pointed or meant.ordered
    unknown = meant.asks_when and not any(order.placed_at for order in orders)
    listed = facts_texts.all_orders(orders, meant.told(orders[0]))
    return [listed, facts_texts.NO_DAYS] if unknown else [listed]


async def _balance(meant: Meant) -> list[str]:
    methods = await order_facts.balances(meant.call.session, meant.ordered)
    return [facts_texts.balance(methods, meant.say(meant.ordered[0]))]


async def _back(meant: Meant) -> list[str]:
    return await _money(meant, pays=False)


async def _to_pay(meant: Meant) -> list[str]:
    return await _money(meant, pays=True)


async def _money(meant: Meant, *, pays: bool) -> list[str]:
    call = meant.call
    agreed = await order_facts.money_agreed(call.session, call.conversation)
    waits = await _proposed(call)
    if not agreed and waits is None:
        return []
    order = agreed[0].order if agreed else waits.order if waits else meant.ordered[0]
    return [facts_texts.agreed(agreed, waits, meant.say(order), pays=pays)]


async def _proposed(call: Call) -> Moved | None:
    """Return the money of the summary that waits for a yes."""
    kept = call.slots.get("wish")
    if not kept or not call.form:
        return None
    wish = TypeAdapter(_WISHES[kept["kind"]]).validate_python(kept["wish"])
    return await order_facts.proposed(call.session, call.desk, call.conversation, wish)


async def _spent(meant: Meant) -> list[str]:
    paid = [one for one in meant.bought if one.order.state != "cancelled"]
    if paid:
        names = " and ".join(dict.fromkeys(one.item.name for one in paid))
        return [facts_texts.spent(names, paid, meant.say(paid[0].order))]
    return [] if meant.bought else await _total(meant)


async def _paid_with(meant: Meant) -> list[str]:
    session = meant.call.session
    shown = meant.shown if meant.pointed else meant.shown[:1]
    return [facts_texts.paid_with(order, await order_facts.paid_with(session, order)) for order in shown]


_ANSWERS: Mapping[OrderFact, Callable[[Meant], Awaitable[list[str]]]] = {
    "tracking": _tracking,
    "sent_to": _sent_to,
    "on_file": _on_file,
    "total": _total,
    "price": _price,
    "extreme": _extreme,
    "left": _left,
    "options": _options,
    "items": _items,
    "state": _state,
    "orders": _orders,
    "balance": _balance,
    "back": _back,
    "to_pay": _to_pay,
    "spent": _spent,
    "paid_with": _paid_with,
}
