"""Which items of one or several orders a text means.

A text is cut into what it mentions (`phrases`); each mention then chooses among the items: by name, by options, by
price, by place and by number. Nothing is chosen without a word that names it, and nothing that the text leaves out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from actions.pointing import exchanges, likeness, phrases, scales, vocabulary, wording
from actions.pointing.likeness import Alike
from actions.pointing.names import Head, Names
from actions.pointing.options import Hit, Shelf
from actions.pointing.phrases import Mention, Reading
from actions.pointing.wording import Word
from store.order import OrderItem

_PAID_TO = re.compile(
    r"\b(?:(?:back )?(?:to|on|onto|by|with)(?: (?:my|the|a|an|that|this|same|original|gift))*|credit|debit|my)"
    r" cards?\b",
    re.IGNORECASE,
)
"""A card that money goes to is no goods, though one may have been bought."""


@dataclass(frozen=True)
class Pointed:
    """What a text means: `pieces` are the chosen items with how many of each (None: not said), `unsure` are groups that
    the same words fit equally well, `unknown` are words for goods that none of the items is."""

    pieces: dict[UUID, int | None] = field(default_factory=dict)
    unsure: tuple[tuple[UUID, ...], ...] = ()
    unknown: tuple[str, ...] = ()


def point(
    text: str,
    items: Sequence[OrderItem],
    alike: Alike,
    order_of: Mapping[UUID, object] | None = None,
    elsewhere: Sequence[OrderItem] = (),
) -> Pointed:
    """Find which items a text means; `elsewhere` are items that it may name without meaning them here ("everything but
    the boots", which are in another order). `order_of` tells items of several orders apart: item id to order, or to
    anything that is the same for all of an order. With the orders themselves "the pending boots" are understood too.

    Words for what is wanted in exchange choose nothing. Places ("the second") count by the items' positions, or by the
    order given where positions of several orders collide.
    """
    listed = _in_order(items)
    if not listed:
        return Pointed()
    by_place = _by_bare_places(text, listed)
    if by_place:
        return Pointed({item.id: 1 if item.quantity == 1 else None for item in by_place})
    by_number = [item for item in listed if _has_number(text, item)]
    words = wording.read(_PAID_TO.sub(" ", exchanges.source(text)))
    reading = phrases.read(words, Names(listed), Shelf(item.options for item in listed))
    return _Choice(listed, alike, order_of or {}, words, Names(elsewhere)).of(reading, by_number)


def order_key(order_of: Mapping[UUID, object], key: UUID) -> object:
    """Return what is the same for all items of an order: its id, or whatever the mapping says of the item."""
    order = order_of.get(key)
    return getattr(order, "id", order)


def _in_order(items: Sequence[OrderItem]) -> list[OrderItem]:
    if len({item.position for item in items}) == len(items):
        return sorted(items, key=lambda item: item.position)
    return list(items)


def _has_number(text: str, item: OrderItem) -> bool:
    numbers = {one for one in (item.variant_id, item.product_id) if len(one) > 3}
    return any(re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", text, re.IGNORECASE) for one in numbers)


def _by_bare_places(text: str, listed: Sequence[OrderItem]) -> list[OrderItem]:
    """Read "2", "2 and 3", "the second", "number 3 and the last one": places in the list, and nothing else."""
    places: list[int] = []
    words = wording.read(text)
    if any(word.raw in {"all", "both", "every"} for word in words):
        return []  # "all 3" is no place
    for word in words:
        place = wording.ordinal(word)
        number = wording.number(word)
        if place is None and number is not None and word.raw not in {"one", "pair", "couple"} and number == int(number):
            place = int(number)
        if place is not None:
            places.append(place)
        elif not word.mark and word.raw not in vocabulary.FILLERS:
            return []
    found = [_at(place, listed) for place in places]
    return [item for item in found if item] if found and all(found) else []


def _at(place: int, listed: Sequence[OrderItem]) -> OrderItem | None:
    place = len(listed) if place == -1 else place
    return listed[place - 1] if 1 <= place <= len(listed) else None


class _Choice:
    """Chooses among some items for one text."""

    def __init__(
        self,
        listed: Sequence[OrderItem],
        alike: Alike,
        order_of: Mapping[UUID, object],
        words: Sequence[Word],
        elsewhere: Names,
    ) -> None:
        self._listed = listed
        self._alike = alike
        self._order_of = order_of
        self._words = words
        self._elsewhere = elsewhere
        self.pieces: dict[UUID, int | None] = {}
        self.unsure: list[tuple[UUID, ...]] = []

    def of(self, reading: Reading, by_number: Sequence[OrderItem]) -> Pointed:
        """Choose what the text mentions, then take off what it leaves out."""
        loose, unknown = self._loose(reading)
        mentions = _without_fine_ones(_attached([*reading.mentions, *loose], self._listed))
        for item in by_number:
            self._take([item], None)
        left_out = _Choice(self._listed, self._alike, self._order_of, self._words, self._elsewhere)
        for mention in mentions:
            (self if mention.wanted else left_out).choose(mention)
        named = self.pieces or self.unsure
        missed = any(not mention.wanted for mention in loose) or any(
            not wanted and phrase in unknown for phrase, wanted in reading.loose
        )
        rest = not named and not (missed and not left_out.pieces and unknown)
        if reading.whole or (reading.everything and rest):
            self.pieces = {item.id: item.quantity for item in self._listed}
            self._without(left_out, partly=True)
        else:
            self._without(left_out, partly=False)
        self._of_one_order()
        return Pointed(self.pieces, tuple(dict.fromkeys(self.unsure)), unknown)

    def _of_one_order(self) -> None:
        """Where the text says "in the same order", settle what fits several by what only one order has all of."""
        if "same order" not in " ".join(word.raw for word in self._words) or not self.unsure:
            return
        covered = {
            order: sum(self._order(key) == order for key in self.pieces)
            for order in {self._order(item.id) for item in self._listed}
            if all(any(self._order(key) == order for key in group) for group in self.unsure)
        }
        whole = [order for order, count in covered.items() if count == max(covered.values())]
        if len(whole) != 1:
            return
        settled = [[key for key in group if self._order(key) == whole[0]] for group in self.unsure]
        self.unsure = [tuple(keys) for keys in settled if len(keys) > 1]
        for keys in settled:
            if len(keys) == 1:
                self._take([item for item in self._listed if item.id == keys[0]], None)

    def _without(self, left_out: "_Choice", *, partly: bool) -> None:
        """Take off what is left out; "all but one mug" takes off one mug."""
        for key, count in left_out.pieces.items():
            quantity = next(item.quantity for item in self._listed if item.id == key)
            rest = quantity - (count or quantity)
            if partly and rest > 0:
                self.pieces[key] = rest
            else:
                self.pieces.pop(key, None)
        doubtful = {key for group in left_out.unsure for key in group}
        gone = doubtful | left_out.pieces.keys()
        self.pieces = {key: count for key, count in self.pieces.items() if key not in doubtful}
        groups = [tuple(key for key in group if key not in gone) for group in self.unsure]
        for group in groups:
            if len(group) == 1:
                self.pieces.setdefault(group[0], None)
        self.unsure = [group for group in groups if len(group) > 1]
        self.unsure += left_out.unsure if partly else []

    def _loose(self, reading: Reading) -> tuple[list[Mention], tuple[str, ...]]:
        """Find goods whose names have none of the words that were used for them."""
        found, unknown = [], []
        for phrase, wanted in reading.loose:
            meant = self._called_otherwise(phrase) or self._alike_in_meaning(phrase)
            if meant:
                found.append(Mention(Head(meant, 0, 0, phrase.endswith("s")), wanted))
            elif not self._elsewhere.find(wording.read(phrase)):
                unknown.append(phrase)
        return found, tuple(dict.fromkeys(unknown))

    def _called_otherwise(self, phrase: str) -> Mapping[UUID, float]:
        words = [vocabulary.OTHER_NAMES.get(word.text, "") for word in wording.read(phrase)]
        heads = Names(self._listed).find(wording.read(" ".join(words)))
        return heads[0].items if heads else {}

    def _alike_in_meaning(self, phrase: str) -> Mapping[UUID, float]:
        names = list(dict.fromkeys(item.name for item in self._listed))
        places = likeness.best(self._alike, phrase, names, least=likeness.GOODS)
        meant = {names[place] for place in places}
        return {item.id: 1.0 for item in self._listed if item.name in meant}

    def choose(self, mention: Mention) -> None:
        """Choose what one mention means."""
        only_counts = mention.head is None and not (mention.hits or mention.refused or mention.places or mention.most)
        if not mention.sure or only_counts:
            return
        fitting = self._fitting(mention)
        if mention.places:
            places = [_at(place, fitting) for place in mention.places]
            fitting = [item for item in places if item]
        if not fitting:
            return
        self._settle(mention, fitting)

    def _fitting(self, mention: Mention) -> list[OrderItem]:
        found = self._named(mention.head) if mention.head else list(self._listed)
        found = _with_options(found, mention.hits, must=mention.head is None)
        found = _of_such_orders(found, mention.around, self._order_of)
        without = [item for item in found if not any(_has(item, hit) for hit in mention.refused)]
        if mention.head is None and mention.refused:
            keys = {key for hit in mention.refused for key, _ in hit.places}
            without = [item for item in without if keys & item.options.keys()]
        found = without or ([] if mention.head is None else found)
        return _most(found, mention.most) if mention.most else found

    def _named(self, head: Head) -> list[OrderItem]:
        found = [item for item in self._listed if item.id in head.best]
        if not head.rivals:
            return found
        either = [item for item in self._listed if item.id in head.best | head.rivals]
        names = list(dict.fromkeys(item.name for item in either))
        said = " ".join(word.raw for word in self._words[head.first : head.after])
        meant = {names[place] for place in likeness.best(self._alike, said, names, least=likeness.GOODS)}
        return [item for item in either if item.name in meant] or found

    def _settle(self, mention: Mention, fitting: Sequence[OrderItem]) -> None:
        fresh = [item for item in fitting if item.id not in self.pieces]
        if mention.another:
            fitting = fresh or fitting
        if len(fitting) == 1 or mention.every or len(mention.places) > 1:
            self._take(fitting, mention.count, every=mention.every)
        elif mention.count is not None and mention.count > 1 and self._covers(fitting, mention.count):
            self._take(fitting, mention.count)
        elif self._are_same(fitting) and not _means_several(mention, fitting):
            self._take((fresh or fitting)[: mention.count or 1], 1 if mention.count else None)
        elif _means_several(mention, fitting):
            self._take(fitting, None)
        else:
            self.unsure.append(tuple(item.id for item in fitting))

    def _take(self, items: Sequence[OrderItem], count: int | None, *, every: bool = False) -> None:
        for item in items:
            if every:
                said: int | None = item.quantity
            elif item.quantity == 1:
                said = 1
            else:
                said = min(count, item.quantity) if count and len(items) == 1 else (item.quantity if count else None)
            self.pieces[item.id] = said

    def _covers(self, fitting: Sequence[OrderItem], count: int) -> bool:
        return count in (len(fitting), sum(item.quantity for item in fitting))

    def _order(self, key: UUID) -> object:
        return order_key(self._order_of, key)

    def _are_same(self, fitting: Sequence[OrderItem]) -> bool:
        orders = {self._order(item.id) for item in fitting}
        return len({item.variant_id for item in fitting}) == 1 and len(orders) == 1


def _means_several(mention: Mention, fitting: Sequence[OrderItem]) -> bool:
    """A plural without a number means all of them, but not where the thing is called by a plural ("the boots")."""
    if mention.head is None or not mention.head.plural or mention.count is not None:
        return False
    return not any(item.name.casefold().endswith("s") for item in fitting)


def _without_fine_ones(mentions: Sequence[Mention]) -> list[Mention]:
    """Leave out what is said to be fine where something else is named too."""
    if not any(mention.head and mention.wanted and not mention.fine for mention in mentions):
        return list(mentions)
    return [replace(mention, wanted=False) if mention.fine else mention for mention in mentions]


def _attached(mentions: Sequence[Mention], listed: Sequence[OrderItem]) -> list[Mention]:
    """Join what only adds to the thing before it ("the laptop, 15-inch, 32GB", "the cleaner, the robotic one"); what
    cannot be true of it stays apart."""
    found: list[Mention] = []
    for mention in mentions:
        last = found[-1] if found else None
        if last is None or mention.head or last.wanted != mention.wanted or not mention.sure:
            found.append(mention)
            continue
        if mention.tells_apart and last.head:
            continue
        if mention.count and not (mention.hits or mention.places or mention.most):
            last.count = mention.count
            continue
        candidates = [item for item in listed if last.head is None or item.id in last.head.items]
        if _adds(mention, last, candidates):
            last.hits = [*last.hits, *mention.hits]
            last.refused += mention.refused
            last.most = last.most or mention.most
            continue
        if mention.pronoun and last.head and any(_has_all(item, mention.hits) for item in candidates):
            mention.head = last.head
        found.append(mention)
    return found


def _adds(mention: Mention, last: Mention, candidates: Sequence[OrderItem]) -> bool:
    if mention.places or not any(_has_all(item, [*last.hits, *mention.hits]) for item in candidates):
        return False
    unclear = last.head is not None and len(candidates) > 1 and not last.hits and not last.most and not last.every
    return mention.follows or (mention.pronoun and unclear)


def _has(item: OrderItem, hit: Hit) -> bool:
    return any(item.options.get(key) == value for key, value in hit.places)


def _has_all(item: OrderItem, hits: Sequence[Hit]) -> bool:
    return all(_has(item, hit) for hit in hits)


def _with_options(found: Sequence[OrderItem], hits: Sequence[Hit], *, must: bool) -> list[OrderItem]:
    """Keep those that have most of what was said; with a name, what none of them has is overlooked."""
    counts = {item.id: sum(_has(item, hit) for hit in hits) for item in found}
    top = max(counts.values(), default=0)
    if must and top < len(hits):
        return []
    return [item for item in found if counts[item.id] == top]


_LESS = frozenset({"smaller", "smallest", "shorter", "shortest", "lighter", "lightest", "thinner", "thinnest"})


_STATES: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (
        re.compile(r"\b(?:pending|unshipped|just (?:ordered|placed|bought)|not (?:yet )?shipped)\b"),
        frozenset({"pending", "processed"}),
    ),
    (
        re.compile(r"(?<!not )(?<!havent )(?<!never )\b(?:received|delivered|arrived|got|came)\b"),
        frozenset({"delivered"}),
    ),
)


def _of_such_orders(found: Sequence[OrderItem], around: str, order_of: Mapping[UUID, object]) -> list[OrderItem]:
    """Keep those of pending orders for "the pending boots", of delivered ones for "the watch I received"."""
    for pattern, states in _STATES:
        if len(found) > 1 and pattern.search(around):
            kept = [item for item in found if getattr(order_of.get(item.id), "state", "") in states]
            if kept:
                return kept
    return list(found)


def _most(found: Sequence[OrderItem], most: str) -> list[OrderItem]:
    """Keep the cheapest, the bigger one and so on; all where they do not differ in it."""
    if most.endswith("price"):
        prices = [item.unit_price for item in found]
        wanted = max(prices, default=0) if most.startswith("+") else min(prices, default=0)
        return [item for item in found if item.unit_price == wanted]
    for key in dict.fromkeys(key for item in found for key in item.options):
        rank = scales.ranks(key, [item.options[key] for item in found if key in item.options])
        if len(set(rank.values())) > 1:
            wanted_rank = min(rank.values()) if most in _LESS else max(rank.values())
            return [item for item in found if rank.get(item.options.get(key, "")) == wanted_rank]
    return list(found)
