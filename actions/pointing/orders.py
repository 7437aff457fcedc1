"""Which of a customer's orders a text means, where it names no number.

Each word that tells orders apart (state, contents, place, time) leaves those for which it is true; then "last", "other"
and the like choose among what is left. A text without such a word means no order.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from actions.pointing import dates, likeness, places, wording
from actions.pointing.likeness import Alike
from actions.pointing.names import Head, Names, stands_alone
from store.order import Order, OrderState

_ORDER = r"(?:orders?|purchases?|parcels?|packages?|deliver(?:y|ies)|shipments?)"
_STATES: tuple[tuple[re.Pattern[str], frozenset[OrderState]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), frozenset(states))  # type: ignore[arg-type]
    for pattern, states in (
        (
            (
                rf"\b(?:pending|open|unshipped|unprocessed|upcoming)\b|\bnot (?:yet )?(?:been )?(?:shipped|sent)"
                rf"|{_ORDER}[^.;,]{{0,25}}(?:ha(?:sn|ven)['’]?t|ha(?:s|ve) not)"
                r" (?:been |gone |yet )*(?:shipped|sent|out)"
            ),
            {"pending"},
        ),
        (r"\b(?:processed|being (?:packed|processed))\b", {"processed"}),
        (
            r"\b(?:on (?:its|the) way|in transit)\b|\b(?:that|was|were|has been|have been|already|is|the|my) shipped\b",
            {"shipped"},
        ),
        (r"\bcancell?ed\b(?!\s+(?:the|my|that))|\b(?:you|u|they|i|we) (?:have |had )?cancell?ed\b", {"cancelled"}),
        (
            (
                rf"\b(?:delivered|arrived)\s+(?:{_ORDER}|one\b)"
                rf"|{_ORDER}[^.;,]{{0,25}}(?<!not )(?<!n't )(?<!nt )\b(?:received|delivered|arrived|came|got)\b"
                rf"|\b(?:one|that) (?:i|which) (?:\w+ )?(?:received|got)\b|\bone (?:that )?(?:arrived|came)\b"
            ),
            {"delivered"},
        ),
    )
)
_NEWEST = re.compile(
    rf"\b(?:(?:last|latest|newest|(?:most )?recent(?:ly placed)?|new)\s+(?:\w+\s+)?(?:{_ORDER}|one\b)|latest\b"
    rf"|newest\b|most recent(?:ly)?\b"
    rf"|(?:{_ORDER}|one)\b[^.;,]{{0,20}}\b(?:just|recently|lately)\b|\bjust (?:placed|ordered|bought|made)\b"
    rf"|placed (?:last|most recently)|the last$)",
    re.IGNORECASE,
)
_OLDEST = re.compile(rf"\b(?:oldest|older|earliest|earlier|my (?:very )?first {_ORDER}|longest ago)\b", re.IGNORECASE)
_NEWER = re.compile(r"\b(?:newer|later one|more recent)\b", re.IGNORECASE)
_BEFORE = re.compile(
    rf"\b(?:previous {_ORDER}|{_ORDER} before|one before|second (?:to )?last|last but one)\b", re.IGNORECASE
)
_OTHER = re.compile(
    rf"\b(?:other|another|different|second)\s+(?:\w+\s+)?(?:{_ORDER}|one\b)|^\W*(?:the )?other\W*$", re.IGNORECASE
)
_SAME = re.compile(
    rf"\b(?:this|that|same|current)\s+(?:(?:whole|entire|complete|very|same)\s+)?(?:{_ORDER}|one\b)"
    rf"|\bthe (?:whole|entire|complete) {_ORDER}|\ball of (?:it|that) then\b",
    re.IGNORECASE,
)
_ALL = re.compile(
    rf"\b(?:both|all|every|each|any)\b(?:\s+(?:of|my|the|those|these|our|possible|\w+ing|two|three"
    rf"|\d))*\s+(?:\w+\s+)?{_ORDER}|\ball of them\b|\bboth(?: of them)?\W*$"
    rf"|\ball\W*$|\bmy (?:\w+\s+)?orders\b",
    re.IGNORECASE,
)
_CONTENTS = re.compile(
    rf"(?:\b{_ORDER}|\bone|\bthat)\b(?:\s+(?:that|which|i|you|\w+ed|has|had|was|is|came|got|in))*\s+(?:with"
    rf"|containing|contains?|including|includes?|has|had|having|for|of|where i (?:bought|ordered)"
    rf"|in which)\s+(?P<after>[^.;!?]{{2,80}})",
    re.IGNORECASE,
)
_CONTENT_ORDER = re.compile(rf"(?P<before>(?:\w[\w-]*\s+){{1,3}}){_ORDER}\b", re.IGNORECASE)
_CONTENT_ONE = re.compile(r"(?P<before>(?:\w[\w-]*\s+){1,3})one\b", re.IGNORECASE)
_PLACE_ORDER = re.compile(rf"^\W{{0,3}}(?:\w+\s+)?(?:{_ORDER}|one)\b", re.IGNORECASE)
_SENT = re.compile(
    r"\b(?:sent|shipped|going|delivered|addressed|headed|went|goes|mailed|being sent|on its way)\b[^.,;]{0,45}$",
    re.IGNORECASE,
)
_TO_PLACE = re.compile(
    rf"\b(?:{_ORDER}|one)\s+(?:to|in|for|at)\s+(?:my\s+)?(?:\w+['’]?s?\s+)?(?:(?:address|house|home"
    rf"|place)\s+)?(?:in\s+)?$",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    rf"\b(?:address|one) (?:of|from|in|on|as(?: in| on)?) (?P<order>(?:the|my|that)"
    rf" (?:{_ORDER} (?:with|of|for) [^.,;!?]{{2,40}}|(?:[\w-]+ ){{1,3}}{_ORDER}))",
    re.IGNORECASE,
)
"""The order that an address is taken from: "use the address from the luggage set order for my other order"."""
_LEFT_OUT = re.compile(
    r"\b(?:except(?:ing)?(?: for)?|apart from|aside from|other than|excluding|but not|but|not)\s+(?P<after>[^.;!?]+)",
    re.IGNORECASE,
)
"""What "all" is followed by where it leaves some out: "all my pending orders except the one to Dallas"."""
_SHOULD_BE = re.compile(
    r"\b(?:should|must|ought to|needs? to|has to|have to|can|could|want(?:ed)?|like|please|instead|just|supposed to)\s+"
    r"(?:\w+\s+){0,4}$|\b(?:can|could|please|just|to)\s+(?:you\s+)?(?:be\s+)?$",
    re.IGNORECASE,
)
"""Before "sent to ..." these say where an order should go, and not where it goes."""
_TO_MINE = re.compile(
    r"\bmy (?:\w+ )?(?:default|new|home|current|own|real|right|correct) (?:\w+ )?address", re.IGNORECASE
)
_CHANGES = re.compile(r"\b(?:change|modify|update|switch|move|redirect|correct|edit|fix)\b", re.IGNORECASE)


def point(
    text: str, orders: Sequence[Order], now: datetime, alike: Alike, current: Order | None = None
) -> tuple[Order, ...]:
    """Return the orders that a text means, newest first; () when it means none. "The other one" is relative to
    `current`. Several are returned where all are meant, and where the words fit several: see `several`.

    Orders whose moment is not known count in the sequence given, the newest first.
    """
    source = _SOURCE.search(text)
    if source and _OTHER.search(text[: source.start()] + text[source.end() :]):
        listed = _newest_first(orders)
        given = {order.id for order in _Asked(source["order"], listed, now, alike, current).found()}
        if given and len(given) < len(listed):
            others = [order for order in listed if order.id not in given]
            kept = _Asked(text[: source.start()] + text[source.end() :], others, now, alike, None).found()
            return kept or tuple(others)
    left_out = _LEFT_OUT.search(text)
    if left_out and several(text[: left_out.start()]):
        listed = _newest_first(orders)
        kept = _Asked(text[: left_out.start()], listed, now, alike, current).found()
        gone = {order.id for order in _Asked(left_out["after"], listed, now, alike, current).found()}
        return tuple(order for order in kept if order.id not in gone) if len(gone) < len(listed) else kept
    return _Asked(text, _newest_first(orders), now, alike, current).found()


def several(text: str) -> bool:
    """Tell whether a text speaks of more than one order: "both orders", "all my pending orders"."""
    return bool(_ALL.search(text))


def _newest_first(orders: Sequence[Order]) -> list[Order]:
    beginning = datetime.min.replace(tzinfo=UTC)
    return sorted(orders, key=lambda order: order.placed_at or beginning, reverse=True)


@dataclass(frozen=True)
class _Asked:
    """One text about some orders."""

    text: str
    orders: Sequence[Order]
    now: datetime
    alike: Alike
    current: Order | None

    def found(self) -> tuple[Order, ...]:
        """Narrow the orders down by all that is said, then choose."""
        left = list(self.orders)
        narrowed = False
        for narrower in (self._by_state, self._by_contents, self._by_place, self._by_time):
            kept = narrower(left)
            if kept is not None:
                left, narrowed = kept, True
        chosen = self._chosen(left, narrowed=narrowed)
        if chosen is not None:
            return tuple(chosen)
        return tuple(left) if narrowed else ()

    def _chosen(self, left: list[Order], *, narrowed: bool) -> list[Order] | None:
        """Apply "last", "older", "other", "both"; None when nothing of the kind is said."""
        if _OTHER.search(self.text) and self.current is not None:
            return [order for order in left if order.id != self.current.id]
        if _ALL.search(self.text):
            return left
        if _BEFORE.search(self.text):
            return self._before(left)
        if _OLDEST.search(self.text):
            return left[-1:]
        if _NEWEST.search(self.text) or _NEWER.search(self.text):
            return left[:1]
        if _SAME.search(self.text) and self.current is not None and not narrowed:
            return [self.current]
        return self._by_position(left)

    def _before(self, left: list[Order]) -> list[Order]:
        places_of = [place for place, order in enumerate(left) if self.current and order.id == self.current.id]
        start = places_of[0] + 1 if places_of else 1
        return left[start : start + 1]

    def _by_position(self, left: list[Order]) -> list[Order] | None:
        numbered = re.search(rf"^\W*(?:the )?(?:{_ORDER}|number|no\.?|nr\.?|#)?\s*(\d)\W*$", self.text, re.IGNORECASE)
        if numbered:
            return left[int(numbered[1]) - 1 : int(numbered[1])]
        match = re.search(rf"\b(\w+)\s+(?:{_ORDER}|one)\b|^\W*(?:the\s+)?(\w+)\W*$", self.text, re.IGNORECASE)
        words = wording.read(match[1] or match[2]) if match else []
        place = wording.ordinal(words[0]) if words else None
        if place is None:
            return None
        return left[-1:] if place == -1 else left[place - 1 : place]

    def _by_state(self, left: list[Order]) -> list[Order] | None:
        states = {state for pattern, ones in _STATES if pattern.search(self.text) for state in ones}
        return [order for order in left if order.state in states] if states else None

    def _by_contents(self, left: list[Order]) -> list[Order] | None:
        """Keep the orders that hold most of what is named: "the one with the grill", "my laptop order"."""
        phrases = [match["after"] for match in _CONTENTS.finditer(self.text)]
        phrases += [match["before"] for match in _CONTENT_ORDER.finditer(self.text)]
        called = [match["before"] for match in _CONTENT_ONE.finditer(self.text)]
        counts = {order.id: self._held(order, left, phrases, called) for order in left}
        top = max(counts.values(), default=0)
        return [order for order in left if counts[order.id] == top] if top else None

    def _held(self, order: Order, orders: Sequence[Order], phrases: Sequence[str], called: Sequence[str]) -> int:
        """Count how many of the named things an order holds."""
        every = [item for one in orders for item in one.items]
        mine = {item.id for item in order.items}
        names = Names(every)
        heads = [head for phrase in [*phrases, *called] for head in _heads(phrase, names)]
        if heads:
            return sum(1 for head in heads if mine & head.best)
        known = list(dict.fromkeys(item.name for item in every))
        things = [thing for phrase in phrases if (thing := _thing(phrase))]
        meant = {
            known[place]
            for thing in things[:_MOST_THINGS]
            for place in likeness.best(self.alike, thing, known, least=likeness.GOODS)
        }
        return int(any(item.name in meant for item in order.items))

    def _by_place(self, left: list[Order]) -> list[Order] | None:
        counts = {order.id: self._place_words(order) for order in left}
        top = max(counts.values(), default=0)
        return [order for order in left if counts[order.id] == top] if top else None

    def _place_words(self, order: Order) -> int:
        """Count the letters that name the order's place, where they say where it goes and not where it should go."""
        spans = places.mentions(self.text, order.address)
        return max((end - start for start, end in spans if self._is_of_an_order(start, end)), default=0)

    def _is_of_an_order(self, start: int, end: int) -> bool:
        before = self.text[:start]
        if _PLACE_ORDER.match(self.text[end:]):
            return True
        sent = _SENT.search(before)
        if sent:
            wished = _SHOULD_BE.search(before[: sent.start()])
            return not wished and not _CHANGES.search(sent.group()) and not _TO_MINE.search(sent.group())
        return bool(_TO_PLACE.search(before)) and not _CHANGES.search(re.split(r"[.;!?]", before)[-1])

    def _by_time(self, left: list[Order]) -> list[Order] | None:
        spoken = dates.span(self.text, self.now)
        if spoken is None or not any(order.placed_at for order in left):
            return None
        return [order for order in left if order.placed_at and spoken[0] <= order.placed_at < spoken[1]]


_MOST_THINGS = 2
"""Each thing that is looked up by its meaning costs time."""


def _heads(phrase: str, names: Names) -> list[Head]:
    words = wording.read(phrase)
    return [head for head in names.find(words) if stands_alone(words, head)]


def _thing(phrase: str) -> str:
    """Return the first words of a phrase that may name a thing."""
    words = [word.raw for word in wording.read(phrase) if not word.mark]
    return " ".join(word for word in words if word not in {"the", "a", "my", "an", "all", "last", "pending", "other"})[
        :40
    ]
