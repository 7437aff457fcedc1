"""Which of a customer's orders a text means: by what it says of the order, else by the goods that were in it. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from actions.pointing import exchanges, orders, wanted
from actions.pointing.likeness import Alike
from store.order import Order, OrderState

_WHOLE = re.compile(r"\b(?:whole|entire|complete|full) (?:order|thing|lot|purchase)\b|\ball of it\b", re.IGNORECASE)
"""All of one order: it says nothing of which order, and means no goods of others."""
_OTHER = re.compile(r"\b(?:an)?other order\b", re.IGNORECASE)
"""Relative to an order that is talked about; without one, as in "the lamp, in another order", it tells nothing."""


@dataclass(frozen=True)
class Meant:
    """`sure` are meant, each of them; of `either` one is, and it is asked which; `named` is how many goods are."""

    sure: tuple[Order, ...] = ()
    either: tuple[Order, ...] = ()
    named: int = 0

    def __bool__(self) -> bool:
        return bool(self.sure or self.either)


def read(
    text: str,
    candidates: Sequence[Order],
    state: OrderState | None,
    now: datetime,
    alike: Alike,
    current: Order | None = None,
) -> Meant:
    """Return the orders that a text means, those in `state` before all others; nothing when it names none.

    What stands in an order in another state is found too: whoever wants to return what has not been sent is told so.
    """
    text = _WHOLE.sub(" order ", text)
    given = exchanges.source(text)
    pointed = orders.point(given, candidates, now, alike, current) if current or not _OTHER.search(given) else ()
    fitting = [order for order in candidates if state is None or order.state == state]
    rest = [order for order in candidates if order not in fitting]
    wide = _by_goods(text, fitting, alike) or _by_goods(text, rest, alike)
    narrow = _by_goods(text, pointed, alike)
    if narrow and narrow.named >= wide.named:
        return narrow  # "the boots from my last order", and nothing that was in another
    return wide or _alone([order for order in pointed if order in fitting] or list(pointed), text)


def _by_goods(text: str, scope: Sequence[Order], alike: Alike) -> Meant:
    home = {item.id: order for order in scope for item in order.items}
    items = {item.id: item for order in scope for item in order.items}
    heard = [one.pointed for one in wanted.read(text, list(items.values()), alike, home)] if items else []
    sure = _as_said(home[item] for one in heard for item in one.pieces)
    torn = [_in_order(scope, [home[item] for item in group]) for one in heard for group in one.unsure]
    open_ = [group for group in torn if not any(order in sure for order in group)]
    named = len({items[item].name for one in heard for item in (*one.pieces, *sum(one.unsure, ()))})
    if sure and not open_:
        return Meant(sure, named=named)
    shared = [order for order in scope if all(order in group for group in open_)] if open_ else []
    if len(shared) == 1:
        return Meant(_as_said([*sure, *shared]), named=named)
    return Meant(sure, () if sure else tuple(shared) or (open_[0] if open_ else ()), named)


def _alone(pointed: Sequence[Order], text: str) -> Meant:
    if len(pointed) < 2 or orders.several(text):
        return Meant(tuple(pointed))
    return Meant(either=tuple(pointed))


def _as_said(found: Iterable[Order]) -> tuple[Order, ...]:
    """Return each order once, in the order in which they were named."""
    return tuple({order.number: order for order in found}.values())


def _in_order(scope: Sequence[Order], found: Sequence[Order]) -> tuple[Order, ...]:
    return tuple(order for order in scope if order in found)
