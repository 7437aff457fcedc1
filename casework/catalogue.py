"""What the shop sells, as customers ask about it: which product a text names, and which of its variants. Public."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from rapidfuzz import fuzz
from sqlalchemy.ext.asyncio import AsyncSession

from store import listing, repository
from store.listing import Goods
from store.order import Variant

type Alike = Callable[[str, Sequence[str]], Sequence[float]]
"""Likeness in meaning of a short phrase to candidates, as cosines of their sentence embeddings."""

MEANS_THE_SAME = 0.58
"""Cosine from which a phrase that shares no word with a product means it all the same: "barbecues" for a Grill.

Of 22 phrases that name nothing sold, tried on two shops, the nearest came to 0.56; of 18 that name one of 50 products
in another word, 11 come to more than this, the right product each.
"""
CLOSE_ENOUGH = 86
"""rapidfuzz ratio (0-100) from which two words are one with a slip in it."""

type Superlative = Literal["cheapest", "dearest"]

_WORD = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?%?")
_FILLING = frozenset(
    {
        "a", "an", "the", "my", "your", "our", "of", "in", "for", "to", "and", "or", "is", "are", "do", "does", "did",
        "you", "i", "we", "it", "its", "this", "that", "these", "those", "what", "which", "how", "many", "much",
        "any", "some", "there", "have", "has", "got", "sell", "with", "without", "about", "on", "at", "right", "now",
        "please", "price", "prices", "cost", "costs", "option", "options", "variant", "variants", "available",
        "stock", "currently", "different", "kind", "kinds", "type", "types", "tell", "me", "know", "like", "want",
        "would", "could", "can", "will", "cheapest", "cheap", "most", "expensive", "least", "one", "ones", "item",
        "items", "than", "less", "more", "below", "under", "over", "store", "online", "shop", "be", "all", "them",
        "get", "buy", "version", "versions",
    }
)  # fmt: skip
_SUPERLATIVE: tuple[tuple[Superlative, re.Pattern[str]], ...] = (
    (
        "cheapest",
        re.compile(r"\b(?:cheapest|least expensive|lowest[- ]pric\w+|lowest price|most affordable|low cost)\b"),
    ),
    ("dearest", re.compile(r"\b(?:most expensive|priciest|dearest|highest[- ]pric\w+|highest price|costliest)\b")),
)
_AMOUNT = r"(?:us)?\$?\s*(\d+(?:,\d{3})*(?:\.\d{1,2})?)\s*(?:dollars|bucks|usd|\$)?"
_BELOW = re.compile(
    rf"\b(?:below|under|less than|cheaper than|lower than|within|at most|up to|no more than|max(?:imum)?)\s+{_AMOUNT}"
)
_OR_LESS = re.compile(rf"{_AMOUNT}\s+or (?:less|below|under|cheaper)\b")
_ABOVE = re.compile(rf"\b(?:above|over|more than|at least|from|dearer than|greater than)\s+{_AMOUNT}")
_BETWEEN = re.compile(rf"\bbetween\s+{_AMOUNT}\s+and\s+{_AMOUNT}")
_IS_A_MEASURE = re.compile(r"\s*(?:gb|tb|mp|ml|l|inch|inches|in|ft|feet|hours?|bar|mm|cm|lbs?|pieces|mah|x|w|%)\b")
_SIZES: Mapping[str, tuple[str, ...]] = {
    "xs": ("extra small",),
    "s": ("small",),
    "m": ("medium",),
    "l": ("large",),
    "xl": ("extra large", "x large"),
    "xxl": ("extra extra large", "double xl", "2xl", "xx large"),
}
_NUMBERS: Mapping[str, str] = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10"
}  # fmt: skip
_NEGATION = r"(?:not|non|no|without|isn t|aren t|un)"


@dataclass(frozen=True)
class Sold:
    """A product with all its variants, those out of stock included."""

    goods: Goods
    variants: tuple[Variant, ...]

    @property
    def there(self) -> tuple[Variant, ...]:
        """The variants that are in stock, the cheapest first."""
        return tuple(sorted((one for one in self.variants if one.stock > 0), key=lambda one: (one.price, one.id)))


@dataclass(frozen=True)
class Sought:
    """What a text asks of a product's variants; `options` is what it names, by option, any of the values."""

    options: Mapping[str, frozenset[str]]
    above: Decimal | None = None
    below: Decimal | None = None
    superlative: Superlative | None = None

    @property
    def narrows(self) -> bool:
        """Whether not every variant fits."""
        return bool(self.options) or self.above is not None or self.below is not None

    def fits(self, variant: Variant) -> bool:
        """Tell whether a variant is what is asked for."""
        if self.below is not None and variant.price > self.below:
            return False
        if self.above is not None and variant.price < self.above:
            return False
        return all(variant.options.get(name) in values for name, values in self.options.items())


async def all_goods(session: AsyncSession) -> list[Goods]:
    """Return all products."""
    return await listing.goods(session)


async def sold(session: AsyncSession, goods: Goods) -> Sold:
    """Return a product with its variants."""
    return Sold(goods, tuple(await repository.variants_of_product(session, goods.id)))


def named(text: str, goods: Sequence[Goods], alike: Alike | None = None) -> tuple[Goods, ...]:
    """Return the products that a text names best: several where they fit equally ("cameras"), none for no word.

    Names are known with slips, joined or apart ("tshirt", "e reader"), by their last word ("keyboard"), or by their
    category. `alike` helps where a text shares no word with any.
    """
    words = [word for word in plain(text).split() if word not in _FILLING]
    scores = [_score(words, one) for one in goods]
    top = max(scores, default=0.0)
    if top > 0:
        best = tuple(one for one, score in zip(goods, scores, strict=True) if score == top)
        return best if top > _BY_CATEGORY or len(best) <= _MOST_BY_CATEGORY else ()
    telling = " ".join(word for word in words if not word.isdigit())
    if alike is None or not telling or len(telling.split()) > _LONGEST_PHRASE:
        return ()
    likeness = alike(telling, [one.name for one in goods])
    closest = max(likeness, default=0.0)
    return tuple(one for one, near in zip(goods, likeness, strict=True) if near == closest >= MEANS_THE_SAME)


def sought(text: str, variants: Sequence[Variant], name: str = "") -> Sought:
    """Return what a text asks of variants; words of the product's `name` name no option ("desk" of a desk lamp)."""
    low = " ".join(text.casefold().split())
    below, above = _bounds(low)
    superlative = next((which for which, words in _SUPERLATIVE if words.search(low)), None)
    words = f" {plain(_without_amounts(low))} "
    for part in plain(name).split():
        words = re.sub(rf" {re.escape(part)}s? ", " ", words)
    return Sought(_options(words, variants), above, below, superlative)


def plain(text: str) -> str:
    """Return a text as words in lower case, without signs: "13-inch" is `13 inch`, "T-Shirt" is `t shirt`."""
    apart = re.sub(r"(?<=\d)(?=[a-z])", " ", text.casefold().replace("’", "'"))
    return " ".join(_NUMBERS.get(word, word) for word in _WORD.findall(apart))


_WHOLE_NAME, _BY_HEAD, _BY_OTHER_WORD, _BY_CATEGORY = 3.0, 1.0, 0.5, 0.2
_MOST_BY_CATEGORY = 12
_LONGEST_PHRASE = 4
_GENERIC = frozenset({"set", "kit", "card", "bag"})
"""Last words of a name that tell nothing alone."""


def _score(words: Sequence[str], goods: Goods) -> float:
    name = plain(goods.name).split()
    if _says_all(words, name):
        return _WHOLE_NAME + 0.1 * len(name)
    if any(_says_all(words, name[-count:]) for count in range(len(name) - 1, 1, -1)):
        return _BY_HEAD + 0.1 * len(name)  # "t shirt" of a Cotton T-Shirt, which a Linen Shirt is not
    head = [word for word in name if len(word) > 2 and word not in _GENERIC][-1:]
    if head and any(same(word, head[0]) for word in words):
        return _BY_HEAD
    others = [word for word in name if len(word) > 4 and word not in head]
    if name and name[-1] in _GENERIC and any(same(word, other) for word in words for other in others + head):
        return _BY_HEAD
    if goods.category != "general" and any(same(word, goods.category.rstrip("s")) for word in words):
        return _BY_CATEGORY
    return 0.0


def _says_all(words: Sequence[str], name: Sequence[str]) -> bool:
    """Tell whether a run of words is the name, however it is cut: "tshirts", "e reader", "head phones"."""
    wanted = "".join(name)
    longest = len(name) + 1
    for start in range(len(words)):
        for end in range(start + 1, min(start + longest, len(words)) + 1):
            said = "".join(words[start:end])
            if same(said, wanted):
                return True
    return False


def same(one: str, other: str) -> bool:
    """Tell whether two words are one, in singular or plural, with a slip in a longer one."""
    one, other = _singular(one), _singular(other)
    if one == other:
        return True
    return min(len(one), len(other)) > 3 and fuzz.ratio(one, other) >= CLOSE_ENOUGH and one[0] == other[0]


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("shes", "ches", "xes", "sses")):
        return word[:-2]
    if word.endswith("lves"):
        return f"{word[:-3]}f"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def _bounds(low: str) -> tuple[Decimal | None, Decimal | None]:
    """Return (below, above) in the shop's money; "less than 8 GB" is no amount."""
    between = _BETWEEN.search(low)
    if between:
        return _money(between[2]), _money(between[1])
    below = _first(low, _BELOW) or _first(low, _OR_LESS)
    return below, _first(low, _ABOVE)


def _without_amounts(low: str) -> str:
    """Leave out prices, so that "under $300" names no option; "more than 8 GB" stays."""
    for words in (_BETWEEN, _ABOVE, _OR_LESS, _BELOW):
        low = words.sub(lambda found: found[0] if _IS_A_MEASURE.match(found.string[found.end(1) :]) else " ", low)
    return low


def _first(low: str, words: re.Pattern[str]) -> Decimal | None:
    found = words.search(low)
    return _money(found[1]) if found and not _IS_A_MEASURE.match(low[found.end(1) :]) else None


def _money(digits: str) -> Decimal:
    return Decimal(digits.replace(",", ""))


def _options(words: str, variants: Sequence[Variant]) -> dict[str, frozenset[str]]:
    """Return the options that the words name, with the values that they allow: "not electric" allows all others."""
    found: dict[str, frozenset[str]] = {}
    every = values_of(variants)
    for name, values in every.items():
        others = {value for option, more in every.items() if option != name for value in more}
        said = _compared(words, values) or frozenset(
            value for value in values if _says(words, name, value, values, others)
        )
        refused = frozenset(value for value in values - said if _refuses(words, value))
        allowed = said or (values - refused if refused else frozenset())
        if allowed and allowed != values:
            found[name] = allowed
    return found


_COMPARED = re.compile(
    r" (?:(?P<less>shorter|smaller|less|under|below|fewer|lower|lighter|at most|up to)"
    r"|(?P<more>longer|larger|bigger|more|over|above|higher|heavier|taller|at least))(?: than)?"
    r" (?P<number>\d+(?:\.\d+)?) (?P<unit>[a-z]+)"
)


def _compared(words: str, values: frozenset[str]) -> frozenset[str]:
    """Return the values on the side of a measure that the words say: "shorter than 34 inches", "at least 8 GB"."""
    found = _COMPARED.search(words)
    measures = {value: re.match(r"(\d+(?:\.\d+)?) ([a-z]+)", plain(value)) for value in values}
    known = {value: Decimal(one[1]) for value, one in measures.items() if one and found and same(one[2], found["unit"])}
    if found is None or not known:
        return frozenset()
    bound, even = Decimal(found["number"]), bool(re.search(r"at most|up to|at least", found[0]))
    if found["less"]:
        return frozenset(value for value, size in known.items() if size < bound or (even and size == bound))
    return frozenset(value for value, size in known.items() if size > bound or (even and size == bound))


def _refuses(words: str, value: str) -> bool:
    told = plain(value)
    return told not in {"yes", "no", "none"} and bool(
        re.search(rf" {_NEGATION} (?:in |an? )?{re.escape(told)} ", words)
    )


def values_of(variants: Iterable[Variant]) -> dict[str, frozenset[str]]:
    """Return each option of some variants with all its values."""
    found: dict[str, set[str]] = {}
    for variant in variants:
        for name, value in variant.options.items():
            found.setdefault(name, set()).add(value)
    return {name: frozenset(values) for name, values in found.items()}


def _says(words: str, name: str, value: str, values: frozenset[str], others: set[str]) -> bool:
    option, told = plain(name), plain(value)
    if told in {"yes", "no"}:
        return _says_yes_or_no(words, option, told)
    if told == "none":
        return bool(re.search(rf" {_NEGATION} (?:\w+ )?{re.escape(option.split()[0])}", words))
    if told.isdigit():
        return f" {option} {told} " in words or (told in _bare_numbers(words) and value not in others)
    if len(told) <= 3 and told in _SIZES:
        spoken = (told, *_SIZES[told])
        bigger = told in {"s", "l"} and re.search(rf" (?:extra|x) {_SIZES[told][0]} ", words)
        return not bigger and any(f" {one} " in words for one in spoken)
    if f" {told} " in words or f" {told}s " in words:
        return not re.search(rf" {_NEGATION} {re.escape(told)} ", words)
    return _says_a_part(words, told, values)


def _says_yes_or_no(words: str, option: str, told: str) -> bool:
    stem = option.split()[0][:5] if " " in option else option[:9]
    rest = option.split()[-1][:5]
    said = re.search(rf" ({_NEGATION} )?{re.escape(stem)}\w*(?: {re.escape(rest)}\w*)?", words)
    if not said or (" " in option and not re.search(rf" {re.escape(rest)}", said[0])):
        return False
    return (told == "no") == bool(said[1])


def _says_a_part(words: str, told: str, values: frozenset[str]) -> bool:
    """Tell whether words of a longer value that stand in no other value are said: "1 tb", "google", "clicky"."""
    parts = told.split()
    elsewhere = {part for other in values if plain(other) != told for part in plain(other).split()}
    own = [part for part in parts if part not in elsewhere]
    if own and own[0].isdigit() and len(parts) > 1:
        return f" {parts[0]} {parts[1]} " in words or f" {parts[0]}{parts[1]} " in words
    return any(f" {part} " in words for part in own if len(part) > 2 and not (part.isdigit() and len(part) == 3))


def _bare_numbers(words: str) -> set[str]:
    """Return numbers that no measure follows: "size 8", "boots in 9"."""
    return {found[1] for found in re.finditer(r" (\d{1,2})(?= (?!\d|gb|tb|inch|hours?|bar|ft))", words)}
