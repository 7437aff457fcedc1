"""Addresses that a customer points at instead of writing them: "my default address", "the one of my other order". Pure.

What is pointed at is one of the customer's own: on their file, on one of their orders, or what one of them was before.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from actions import change_kind
from actions.addresses import STATES
from casework import catalogue
from store.listing import Goods
from store.order import Address, Customer, Order

type Point = Callable[[str, Sequence[Order]], Sequence[Order]]
"""Which of some orders a text means by what it says of them: "the one sent to Texas", "my other order"."""

CLOSE_ENOUGH = 88
"""rapidfuzz ratio (0-100) from which a word is a city's name with a slip in it."""

_WORDS_OF_ADDRESS = re.compile(
    r"\b(?:ad+res+\w*|home|house|place|apartment|flat|office|where i live|residence|location|one)\b", re.IGNORECASE
)
_DEFAULT = re.compile(
    r"\b(?:default|profile|on file|(?:my|the) account|saved|registered|usual|regular|primary|main|home address"
    r"|already have|you have for me|(?:my )?own address|user address)\b",
    re.IGNORECASE,
)
_AS_IT_WAS = re.compile(
    r"\b(?:back to (?:what|how|the (?:way|one))|(?:as|how|what|the way) it was|original(?:ly)?|previous|former"
    r"|old (?:one|address)|undo|revert|restore|reverse|put it back|change (?:it|that|this) back"
    r"|before (?:that|this))\b",
    re.IGNORECASE,
)
_JUST_USED = re.compile(
    r"\b(?:the same (?:address|one|place)|same address|(?:this|that) (?:new )?address|the new (?:address|one"
    r"|home|house|place)|(?:to|with) (?:it|that|this)|there)\b(?! (?:as|of|in|on|from))",
    re.IGNORECASE,
)
_OF_AN_ORDER = re.compile(
    r"\b(?:same\b.*\b(?:as|like)|(?:address|home|house|place|one|it|that)\b.{0,40}\b(?:of|on|in|from|for|with|where)"
    r"|where|look\w* (?:it )?up|other)\b.*?\b(?:orders?|profile)\b"
    r"|\b(?:sent|shipped|delivered|ship|going|goes|bought|ordered)\b",
    re.IGNORECASE,
)
_OTHER_ADDRESS = re.compile(
    r"\b(?:other|another|different|second|correct|right) (?:address|one|home|place|house)\b", re.I
)
_RATHER = re.compile(
    r"^\W*(?:no|nope|wait|actually|sorry|hmm|not that)\b|\b(?:instead|rather|i meant|i mean|wrong (?:address|one)"
    r"|change (?:it|that) to|make (?:it|that))\b",
    re.IGNORECASE,
)
_TOO = re.compile(r"\b(?:also|too|as well|along with|additionally)\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w$.,])#?\s?[a-z]?-?\s?(\d{6,7})(?![\d-])", re.IGNORECASE)
_IN_FULL = re.compile(r"\b\d+\s+\w+.*\b\d{5}\b")

_CALLED: Mapping[str, str] = {
    "nyc": "new york", "ny city": "new york", "new york city": "new york", "big apple": "new york",
    "manhattan": "new york", "la": "los angeles", "l a": "los angeles", "sf": "san francisco",
    "frisco": "san francisco",
    "dc": "washington", "d c": "washington", "washington dc": "washington", "philly": "philadelphia",
    "vegas": "las vegas", "chi town": "chicago", "nola": "new orleans", "san fran": "san francisco",
}  # fmt: skip


@dataclass(frozen=True)
class Known:
    """An address of the customer's, and where it stands."""

    address: Address
    title: str


@dataclass(frozen=True)
class Book:
    """All addresses that a customer may point at.

    `current` is the order that is to be sent elsewhere, None where it is the address on file; `before` are addresses
    that were replaced in this conversation, the newest first, and `used` is what replaced the last of them.
    """

    customer: Customer
    orders: tuple[Order, ...]
    current: Order | None = None
    before: tuple[Address, ...] = ()
    used: Address | None = None

    @property
    def replaced(self) -> Address:
        """The address that is to be replaced."""
        return self.current.address if self.current else self.customer.address

    def known(self) -> tuple[Known, ...]:
        """All addresses but the one that is to be replaced, each once, that on file first."""
        found = [Known(self.customer.address, "Your address on file")]
        found += [Known(order.address, f"As for order {order.display_number}") for order in self.orders]
        return _distinct(one for one in found if one.address.street and not _same(one.address, self.replaced))


def resolve(text: str, book: Book, point: Point, *, asked: bool = False) -> tuple[Known, ...]:
    """Return the addresses that a text points at: one, several of which one is meant, or none.

    `asked`: the text answers the question for an address, so that a bare "Chicago" points at one.
    """
    if _IN_FULL.search(text):
        return ()
    target = change_kind.becomes(text)
    return (_resolve(target, book, point, asked=asked) if target else ()) or _resolve(text, book, point, asked=asked)


def _resolve(text: str, book: Book, point: Point, *, asked: bool) -> tuple[Known, ...]:
    about_addresses = asked or bool(_WORDS_OF_ADDRESS.search(text))
    by_number = _of_orders(book, _numbered(text, book))
    if by_number and about_addresses:
        return by_number
    if not about_addresses and not _AS_IT_WAS.search(text):
        return ()
    in_place = _in_places(text, book.known())
    if _DEFAULT.search(text) and book.current is not None and not (in_place and change_kind.also_on_file(text)):
        on_file = tuple(one for one in book.known() if one.address == book.customer.address)
        if on_file or not in_place:
            return on_file
    if in_place:
        return in_place
    if _AS_IT_WAS.search(text) and book.before and not re.search(r"\bnew\b", text, re.IGNORECASE):
        return _distinct(Known(one, "As it was before") for one in book.before[:1])
    return (
        _of_orders(book, _pointed(text, book, point)) or _just_used(text, book) or _the_other(text, book, asked=asked)
    )


def sent_to_a_place(text: str, orders: Sequence[Order]) -> tuple[Order, ...]:
    """Return the orders that go to a city, state or street that a text names."""
    places = [Known(order.address, order.number) for order in orders if order.address.street]
    numbers = {one.title for one in _in_places(text, places)}
    return tuple(order for order in orders if order.number in numbers)


def among(text: str, shown: Sequence[Known]) -> tuple[Known, ...]:
    """Return those of some addresses that were shown which an answer names by city, state, street or as on file."""
    found = _in_places(text, shown)
    return found if len(found) < len(shown) else ()


def may_point(text: str) -> bool:
    """Tell whether a text may point at an address that is known."""
    return bool(_DEFAULT.search(text) or _AS_IT_WAS.search(text) or _WORDS_OF_ADDRESS.search(text))


def corrects(text: str) -> bool:
    """Tell whether a text takes back an address and points at another: "no, to my home in Denver instead"."""
    return may_point(text) and bool(_RATHER.search(text)) and not _TOO.search(text)


def _numbered(text: str, book: Book) -> list[Order]:
    numbers = {found[1] for found in _NUMBER.finditer(text)}
    others = [order for order in book.orders if book.current is None or order.id != book.current.id]
    return [order for order in others if re.sub(r"\D", "", order.number) in numbers]


def _of_orders(book: Book, meant: Sequence[Order]) -> tuple[Known, ...]:
    found = (Known(order.address, f"As for order {order.display_number}") for order in meant)
    return _distinct(one for one in found if one.address.street and not _same(one.address, book.replaced))


def _pointed(text: str, book: Book, point: Point) -> list[Order]:
    """Return the other orders that a text describes: by the goods in them, or as "my other order"."""
    if not _OF_AN_ORDER.search(text):
        return []
    others = [order for order in book.orders if book.current is None or order.id != book.current.id]
    goods = {item.product_id: Goods(item.product_id, item.name, item.category) for o in others for item in o.items}
    here = {item.product_id for item in book.current.items} if book.current else set()
    named = {one.id for one in catalogue.named(text, list(goods.values()))} - here
    if named:
        return [order for order in others if any(item.product_id in named for item in order.items)]
    if re.search(r"\bother order", text, re.IGNORECASE):
        return others
    return [order for order in point(text, book.orders) if order in others]


def _just_used(text: str, book: Book) -> tuple[Known, ...]:
    if book.used is None or _same(book.used, book.replaced) or not _JUST_USED.search(text):
        return ()
    return (Known(book.used, "The new address"),)


def _the_other(text: str, book: Book, *, asked: bool) -> tuple[Known, ...]:
    """Return all other addresses where one of them must be meant: "it's in one of my orders"."""
    in_orders = re.search(r"\b(?:in|on|from) (?:one of )?my (?:other )?orders?\b", text, re.IGNORECASE)
    return book.known() if in_orders or _OTHER_ADDRESS.search(text) or (asked and _knows(text)) else ()


def _knows(text: str) -> bool:
    """Tell whether somebody asked for an address says that the shop has it."""
    return bool(re.search(r"\b(?:look|find|see|have|got|know|system|check)\b", text, re.IGNORECASE))


def _in_places(text: str, known: Sequence[Known]) -> tuple[Known, ...]:
    """Return the addresses in a city, a state or a street that a text names."""
    words = f" {' '.join(re.findall(r'[a-z0-9]+', text.casefold()))} "
    by_city = tuple(one for one in known if _names_city(words, one.address))
    if by_city:
        by_street = tuple(one for one in by_city if _names_street(words, one.address))
        return by_street or by_city
    by_region = tuple(one for one in known if _names_region(text, words, one.address))
    return by_region or tuple(one for one in known if _names_street(words, one.address))


def _names_city(words: str, address: Address) -> bool:
    city = " ".join(re.findall(r"[a-z0-9]+", address.city.casefold()))
    if not city:
        return False
    called = {city, *(short for short, full in _CALLED.items() if full == city)}
    if any(f" {name} " in words for name in called):
        return True
    return len(city) > 5 and any(fuzz.ratio(word, city) >= CLOSE_ENOUGH for word in words.split() if len(word) > 5)


def _names_region(text: str, words: str, address: Address) -> bool:
    full = next((name for name, letters in STATES.items() if letters == address.region), None)
    if full and f" {full} " in words:
        return True
    return len(address.region) == 2 and bool(re.search(rf"(?<!\w){re.escape(address.region)}(?!\w)", text))


def _names_street(words: str, address: Address) -> bool:
    way = re.findall(r"[a-z]+", address.street.casefold())
    number = re.match(r"\d+", address.street)
    numbers = set(re.findall(r" (\d{1,5})(?= )", words))
    told = len(way) > 1 and f" {' '.join(way)} " in words
    return told and (not numbers or (number is not None and number[0] in numbers))


def _same(one: Address, other: Address) -> bool:
    return _key(one) == _key(other)


def _key(address: Address) -> tuple[str, ...]:
    tidy = replace(address, country="")
    return tuple(" ".join(str(value).casefold().split()) for value in vars(tidy).values())


def _distinct(found: Iterable[Known]) -> tuple[Known, ...]:
    once: dict[tuple[str, ...], Known] = {}
    for one in found:
        once.setdefault(_key(one.address), one)
    return tuple(once.values())
