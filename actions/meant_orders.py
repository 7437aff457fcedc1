"""Which of a customer's orders a text means: by what it says of the order, else by the goods that were in it. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from actions.pointing import orders, wanted
from actions.pointing.likeness import Alike
from store.order import Order, OrderState

_OTHER = re.compile(r"\b(?:an)?other order\b", re.IGNORECASE)
"""Relative to an order that is talked about; without one, as in "the lamp, in another order", it tells nothing."""


@dataclass(frozen=True)
class Meant:
    """`sure` are meant, each of them; of `either` one is, and it has to be asked which."""

    sure: tuple[Order, ...] = ()
    either: tuple[Order, ...] = ()

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
    fitting = [order for order in candidates if state is None or order.state == state]
    pointed = orders.point(text, candidates, now, alike, current) if current or not _OTHER.search(text) else ()
    for group in (fitting, [order for order in candidates if order not in fitting]):
        found = _by_goods(text, group, alike) if group else Meant()
        if found:
            return _narrowed(found, pointed)
    return _alone([order for order in pointed if order in fitting] or list(pointed), text)


def _narrowed(found: Meant, pointed: Sequence[Order]) -> Meant:
    """Leave those of several orders that the words about orders fit: "the boots from my last order"."""
    sure, either = (tuple(one for one in group if one in pointed) for group in (found.sure, found.either))
    if len(found.sure) > 1 and sure:
        return Meant(sure)
    if found.either and either:
        return Meant(either) if len(either) == 1 else Meant(either=either)
    return found


def _by_goods(text: str, scope: Sequence[Order], alike: Alike) -> Meant:
    home = {item.id: order for order in scope for item in order.items}
    items = [item for order in scope for item in order.items]
    heard = [one.pointed for one in wanted.read(text, items, alike, home)]
    sure = _as_said(home[item] for one in heard for item in one.pieces)
    torn = [_in_order(scope, [home[item] for item in group]) for one in heard for group in one.unsure]
    open_ = [group for group in torn if not any(order in sure for order in group)]
    if sure and not open_:
        return Meant(sure)
    shared = [order for order in scope if all(order in group for group in open_)] if open_ else []
    if len(shared) == 1:
        return Meant(_as_said([*sure, *shared]))
    return Meant(sure, () if sure else tuple(shared) or (open_[0] if open_ else ()))


def _alone(pointed: Sequence[Order], text: str) -> Meant:
    if len(pointed) < 2 or orders.several(text):
        return Meant(tuple(pointed))
    return Meant(either=tuple(pointed))


def _as_said(found: Iterable[Order]) -> tuple[Order, ...]:
    """Return each order once, in the order in which they were named."""
    return tuple({order.number: order for order in found}.values())


def _in_order(scope: Sequence[Order], found: Sequence[Order]) -> tuple[Order, ...]:
    return tuple(order for order in scope if order in found)
