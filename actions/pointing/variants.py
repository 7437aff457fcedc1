"""Which variant of a product a text wants for an item.

What is not said stays as the item has it, unless the text says that it does not matter or asks for the cheapest or
dearest of all. A text may hold several plans ("if there is none with RGB then without backlight"): the first that can
be had wholly is taken.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from actions.pointing import plans, scales
from actions.pointing.likeness import Alike
from actions.pointing.options import Shelf
from actions.pointing.wishes import PRICE, Compare, Prefer, Wishes
from store.order import OrderItem, Variant


@dataclass(frozen=True)
class Found:
    """The variants that a text wants, best first.

    `exact`: the first one is what was asked for, nothing was given up and none is as good. `missing`: what was asked
    for and nobody has. `said`: the text says something about variants. `sold_out`: what would have fitted, were it
    there. `leave`: nothing fits, and the text says to leave the item as it is then. `stays`: the cheapest (dearest) was
    asked for, and nothing that can be had is cheaper (dearer) than the item: with several items it stays as it is.
    """

    best: tuple[Variant, ...] = ()
    exact: bool = False
    missing: tuple[str, ...] = ()
    said: bool = False
    sold_out: tuple[Variant, ...] = ()
    leave: bool = False
    changed: tuple[str, ...] = ()
    stays: bool = False


def choose(
    text: str, item: OrderItem, variants: Sequence[Variant], alike: Alike, own: Sequence[OrderItem] = ()
) -> Found:
    """Find which of a product's variants a text wants for an item; `own` are the customer's other items."""
    known = sorted((one for one in variants if one.product_id == item.product_id), key=lambda one: one.id) or sorted(
        variants, key=lambda one: one.id
    )
    pointed = _by_number(text, known, item) or _by_own(text, known, item, own)
    if pointed:
        return _pointed_at(pointed)
    shelf = Shelf([item.options, *(one.options for one in known)])
    read = plans.read(text, shelf, alike)
    if not any(read.plans):
        return Found(leave=read.leave)
    there = [one for one in known if one.stock > 0]
    for wishes in read.plans:
        found = _fitting(wishes, item, there, shelf)
        if found is not None:
            return replace(found, stays=_is_utmost(wishes, item, found, shelf))
    if read.leave:
        return Found(missing=_missing(read.plans[0], item, there, shelf), said=True, leave=True)
    for wishes in reversed(read.plans):
        found = _nearest(wishes, item, known, shelf)
        if not found.missing:
            return found
    return _nearest(read.plans[0], item, known, shelf)


def _is_utmost(wishes: Wishes, item: OrderItem, found: Found, shelf: Shelf) -> bool:
    """Whether the item is already the cheapest or dearest that was asked for."""
    wished = [most.direction for most in wishes.mosts if most.key == PRICE]
    if not wished or not found.best:
        return False
    own = Variant(item.variant_id, item.product_id, item.name, item.options, item.unit_price, 1)
    better = (found.best[0].price - item.unit_price) * wished[0] > 0
    return not better and not _Judged(own, wishes, item, shelf).broken


def _by_number(text: str, known: Sequence[Variant], item: OrderItem) -> list[Variant]:
    named = [
        one for one in known if len(one.id) > 3 and re.search(rf"(?<![\w-]){re.escape(one.id)}(?![\w-])", text, re.I)
    ]
    return [one for one in named if one.id != item.variant_id] or named


_OWN = re.compile(
    r"\b(?:(?:same|like|as|type|kind|one|that)\b.{0,40}\b(?:already|other order|another order|pending order"
    r"|previous order"
    r"|last order|earlier order|i (?:also )?(?:have|received|own|got)|other one)\b)",
    re.IGNORECASE,
)


def _by_own(text: str, known: Sequence[Variant], item: OrderItem, own: Sequence[OrderItem]) -> list[Variant]:
    """Read "the same type as the one that I already have": what else the customer has of this product."""
    if not _OWN.search(text):
        return []
    has = {one.variant_id for one in own if one.id != item.id and one.variant_id != item.variant_id}
    return [one for one in known if one.id in has]


def _pointed_at(pointed: Sequence[Variant]) -> Found:
    there = tuple(one for one in pointed if one.stock > 0)
    gone = tuple(one for one in pointed if one.stock <= 0)
    missing = tuple(one.options_text for one in gone)
    return Found(there, exact=len(there) == 1 and not gone, missing=missing, said=True, sold_out=gone)


def _fitting(wishes: Wishes, item: OrderItem, there: Sequence[Variant], shelf: Shelf) -> Found | None:
    """Return the variants that are all that was wished, or None when there is none."""
    judged = [_Judged(one, wishes, item, shelf) for one in _candidates(wishes, item, there)]
    whole = sorted((one for one in judged if not one.broken and not one.lost), key=lambda one: one.rank)
    utmost = _with_utmost(wishes, whole if wishes.keep_all else [one for one in judged if not one.broken])
    whole = [one for one in whole if one in utmost]
    if not whole:
        return None
    alone = len(whole) == 1 or whole[0].merit != whole[1].merit
    return Found(tuple(one.variant for one in whole), exact=alone, said=True)


def _candidates(wishes: Wishes, item: OrderItem, there: Sequence[Variant]) -> list[Variant]:
    """What the customer has is no exchange for itself, unless just that is wished ("the same item again")."""
    if wishes.same_item:
        return list(there)
    return [one for one in there if one.id != item.variant_id]


def _with_utmost(wishes: Wishes, judged: Sequence["_Judged"]) -> list["_Judged"]:
    """Keep those that have the most (or least) of what was asked for, one wish after the other."""
    kept = list(judged)
    for most in wishes.mosts:
        if most.key == PRICE:
            continue
        values = [one.variant.options.get(most.key, "") for one in kept]
        rank = scales.ranks(most.key, [value for value in values if value])
        top = max((rank[value] * most.direction for value in values if value in rank), default=None)
        kept = [one for one in kept if rank.get(one.variant.options.get(most.key, ""), 0) * most.direction == top]
    return kept


def _nearest(wishes: Wishes, item: OrderItem, known: Sequence[Variant], shelf: Shelf) -> Found:
    """Nothing is all that was wished and otherwise what the item is: return what comes nearest, what had to be given
    up, and what has sold out."""
    there = [one for one in known if one.stock > 0]
    judged = sorted(
        (_Judged(one, wishes, item, shelf) for one in _candidates(wishes, item, there)), key=lambda one: one.rank
    )
    gone = [_Judged(one, wishes, item, shelf) for one in known if one.stock <= 0]
    gone = [one for one in gone if wishes.same_item or one.variant.id != item.variant_id]
    sold_out = tuple(one.variant for one in gone if not one.broken and not one.lost)
    if not judged:
        return Found(missing=tuple(want.words for want in wishes.wants), said=True, sold_out=sold_out)
    first = judged[0]
    kept = [one for one in judged if len(one.broken) == len(first.broken)]
    if not first.broken and not wishes.keep_all:
        kept = _with_utmost(wishes, kept)
        alone = len(kept) == 1 or kept[0].liking != kept[1].liking
        best = tuple(one.variant for one in kept)
        return Found(best, exact=alone and not sold_out, said=True, sold_out=sold_out, changed=kept[0].lost)
    best = tuple(one.variant for one in kept)
    return Found(best, missing=first.broken or first.lost, said=True, sold_out=sold_out)


def _missing(wishes: Wishes, item: OrderItem, there: Sequence[Variant], shelf: Shelf) -> tuple[str, ...]:
    judged = sorted(
        (_Judged(one, wishes, item, shelf) for one in _candidates(wishes, item, there)), key=lambda one: one.rank
    )
    return (judged[0].broken or judged[0].lost) if judged else ()


class _Judged:
    """One variant under some wishes: what it breaks, what it does not keep, and how good it is otherwise."""

    def __init__(self, variant: Variant, wishes: Wishes, item: OrderItem, shelf: Shelf) -> None:
        self.variant = variant
        self._item = item
        self._wishes = wishes
        self._shelf = shelf
        self.broken = tuple(dict.fromkeys(self._broken()))
        self.lost = tuple(item.options[key] for key in self._kept() if variant.options.get(key) != item.options[key])

    @property
    def merit(self) -> tuple[object, ...]:
        """What decides between two that fit: what is liked, and how much stays as it is."""
        return (*self.liking, self._changes())

    @property
    def liking(self) -> tuple[object, ...]:
        """How well it does what was asked for as better or worse: preferences, and the price."""
        return (*self._liking(), *self._price())

    @property
    def rank(self) -> tuple[object, ...]:
        """The place in a sorted list; equal merit is settled by the price and the number."""
        gap = abs(self.variant.price - self._item.unit_price)
        return (
            len(self.broken),
            *self._liking(),
            *self._price(),
            len(self.lost),
            self._steps(),
            self._changes(),
            gap,
            self.variant.id,
        )

    def _broken(self) -> list[str]:
        mine = set(self.variant.options.items())
        wishes = self._wishes
        broken = [want.words for want in wishes.wants if not want.places & mine]
        broken += [f"not {avoid.words}" for avoid in wishes.avoids if avoid.places & mine]
        broken += [one.words for one in wishes.compares if not self._compares(one)]
        if wishes.budget and self.variant.price > wishes.budget.limit:
            broken.append(wishes.budget.words)
        kept = sorted(key for key in wishes.kept if key in self._item.options and key not in wishes.keys)
        broken += [self._item.options[key] for key in kept if self.variant.options.get(key) != self._item.options[key]]
        return broken

    def _compares(self, wish: Compare) -> bool:
        if wish.key == PRICE:
            return (self.variant.price - self._item.unit_price) * wish.direction > 0
        rank = scales.ranks(wish.key, [value.text for value in self._shelf.values[wish.key]])
        old, new = rank.get(self._item.options.get(wish.key, "")), rank.get(self.variant.options.get(wish.key, ""))
        if old is None or new is None:
            return False
        if wish.amount is not None:
            return new == old + wish.direction * wish.amount
        if wish.steps is not None:
            ladder = sorted(set(rank.values()))
            place = ladder.index(old) + wish.direction * wish.steps
            return 0 <= place < len(ladder) and ladder[place] == new
        return (new - old) * wish.direction > 0

    def _kept(self) -> list[str]:
        """Name the options that stay as they are because nothing else was said of them."""
        wishes = self._wishes
        if wishes.free_all and not wishes.keep_all:
            return []
        if any(most.key == PRICE for most in wishes.mosts) and not wishes.keep_all:
            return []
        about = wishes.keys | wishes.free | wishes.kept | {key for avoid in wishes.avoids for key, _ in avoid.places}
        return [key for key in self._item.options if key not in about]

    def _liking(self) -> tuple[int, ...]:
        return tuple(self._place(prefer) for prefer in self._wishes.prefers)

    def _place(self, prefer: Prefer) -> int:
        mine = set(self.variant.options.items())
        return next((place for place, group in enumerate(prefer.groups) if group & mine), len(prefer.groups))

    def _price(self) -> tuple[Decimal, ...]:
        return tuple(-self.variant.price * most.direction for most in self._wishes.mosts if most.key == PRICE)

    def _steps(self) -> float:
        """How far it is from the item on what was compared: the next size rather than the one after."""
        total = 0.0
        for wish in self._wishes.compares:
            rank = scales.ranks(wish.key, [v.text for v in self._shelf.values.get(wish.key, ())])
            old, new = rank.get(self._item.options.get(wish.key, "")), rank.get(self.variant.options.get(wish.key, ""))
            total += abs(new - old) if old is not None and new is not None else 0.0
        return total

    def _changes(self) -> int:
        return sum(1 for key, value in self._item.options.items() if self.variant.options.get(key) != value)
