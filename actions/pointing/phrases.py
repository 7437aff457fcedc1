"""Cuts a text into what it mentions: each thing with the words that tell which one, how many, and wanted or not."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from actions.pointing import vocabulary, wording
from actions.pointing.names import Head, Names, stands_alone
from actions.pointing.options import Hit, Shelf
from actions.pointing.wording import Word

SEPARATORS = frozenset(
    {",", ";", ".", "!", "?", "(", ")", ":", "&", "n", "\n", "+", "and", "plus", "also", "then", "or", "but"}
)
_ENDS = frozenset({".", "!", "?", ";", "\n"})
_EXCLUDING = frozenset({"except", "excluding", "minus", "excepting", "besides", "keep", "keeping", "leave", "leaving"})
_NOT = frozenset({"not", "dont", "never", "wont", "without"})
_TWO_WORDS = frozenset({("apart", "from"), ("other", "than"), ("aside", "from"), ("rather", "than"), ("instead", "of")})
_WISHING = frozenset(
    {"want", "need", "like", "fit", "work", "care", "know", "remember", "have", "think", "mind", "love"}
)
_ALL_WORDS = frozenset({"all", "everything", "anything", "every"})
_PRONOUNS = frozenset({"one", "ones"})
_LINKS = frozenset({"with", "in", "that", "which", "is", "are", "was", "were", "has", "size", "of"})
_NOT_PLACES = vocabulary.word_set("""
    order purchase time week month day name digit part delivery parcel package thing year step question address card
    payment message try email place
    """)
_MOST = frozenset(
    {"cheapest", "expensive", "priciest", "costliest", "dearest", "cheaper", "pricier", "costlier", "dearer"}
)
_SIZES = vocabulary.word_set("""
    bigger biggest larger largest smaller smallest taller tallest shorter shortest longer longest brighter brightest
    heavier heaviest lighter lightest thicker thickest thinner thinnest
    """)
_WITH_GOODS = vocabulary.word_set(
    """
    order parcel package delivery received came come bought ordered arrived delivered placed shipped got go goes went
    one sent
    """
)


@dataclass
class Mention:
    """One thing that a text mentions."""

    head: Head | None = None
    wanted: bool = True
    hits: list[Hit] = field(default_factory=list)
    refused: list[Hit] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    most: str = ""
    count: int | None = None
    every: bool = False
    another: bool = False
    pronoun: bool = False
    sure: bool = True
    follows: bool = False
    tells_apart: bool = False
    around: str = ""
    fine: bool = False


@dataclass(frozen=True)
class Reading:
    """What a text mentions, in its order; `everything`: it means all there is; `loose`: names of goods that none is."""

    mentions: tuple[Mention, ...]
    everything: bool = False
    loose: tuple[tuple[str, bool], ...] = ()
    whole: bool = False
    """Everything was meant before a sentence named any of it: "upgrade everything. The shoes in my size"."""


def read(words: Sequence[Word], names: Names, shelf: Shelf) -> Reading:
    """Read what a text mentions."""
    hits = shelf.hits(words)
    described = {place for hit in hits for place in range(hit.first, hit.after)}
    heads = [head for head in names.find(words) if not _is_context(words, head)]
    heads = [head for head in heads if stands_alone(words, head, described)]
    anchors = {place for head in heads for place in range(head.first, head.after)}
    anchors |= {place for place, word in enumerate(words) if word.raw in _PRONOUNS}
    wanted = _polarity(words, anchors)
    mentions: list[Mention] = []
    loose: list[tuple[str, bool]] = []
    context = {place for head in names.find(words) for place in range(head.first, head.after)}
    for span in _segments(words, wanted):
        found = _in_segment(words, span, heads, hits, wanted=wanted[span[0]])
        mentions += found
        if not any(mention.sure for mention in found) and (phrase := _loose(words, span, context)):
            loose.append((phrase, wanted[span[0]]))
    everything = any(wanted[place] and _is_everything(words, place) for place in range(len(words)))
    return Reading(tuple(mentions), everything, tuple(loose), _is_whole(words, heads, wanted))


def _is_whole(words: Sequence[Word], heads: Sequence[Head], wanted: Sequence[bool]) -> bool:
    first = min((head.first for head in heads), default=0)
    ended = [place for place in range(first) if words[place].raw in _ENDS]
    if not ended:
        return False
    opening = range(ended[-1])
    return any(wanted[place] and _is_everything(words, place) and _is_done_to(words, place) for place in opening)


def _is_done_to(words: Sequence[Word], place: int) -> bool:
    """Whether something is to be done to all of it: "return everything", "the best of every single thing"."""
    before = {word.raw for word in words[max(0, place - 6) : place]}
    return bool(before & (vocabulary.ACTIONS | _UPGRADES))


_UPGRADES = frozenset({"upgrade", "version", "versions", "variant", "variants", "exchange", "switch", "like", "get"})


_EVERY_ONE = frozenset({"item", "items", "things", "them", "it", "products", "stuff", "pieces", "goods"})


def _is_everything(words: Sequence[Word], place: int) -> bool:
    """Whether all there is is meant here: "everything", "all of them", "the whole order", "the rest", "both"."""
    raw = words[place].raw
    following = [word.raw for word in words[place + 1 : place + 5]]
    while following and (following[0] in _BETWEEN or following[0].isdigit()):
        following.pop(0)
    told = following[0] if following else ""
    if raw in {"everything", "rest", "remaining"}:
        return True
    if raw == "lot":
        return bool(place) and words[place - 1].raw == "the" and told in {"", "please"}
    if raw in {"all", "both", "others"}:
        ended = place + 1 == len(words) or words[place + 1].raw in SEPARATORS | _EXCLUDING
        return ended or not following or told in _EVERY_ONE | SEPARATORS
    if raw in {"whole", "entire", "complete"}:
        return told in {"order", "thing", "lot", "parcel", "package"}
    return raw in {"every", "each"} and told in {"item", "thing", "product"}


_BETWEEN = frozenset({"of", "single", "my", "the", "our", "those", "these", "three", "four", "five", "six", "two"})


def _loose(words: Sequence[Word], span: tuple[int, int], known: Set[int]) -> str:
    """Return what looks like the name of a thing and is none of the items': "toaster" of "return the toaster"."""
    listed = span[1] - span[0] <= _SHORT and (span[1] == len(words) or words[span[1]].raw != ":")
    brief = sum(not word.mark for word in words) <= _BRIEF
    for place in range(*span):
        opens = _opens_a_name(words, place, brief=brief)
        if not opens and (place != span[0] or not listed):
            continue
        start = place + 1 if opens else place
        named = [] if start in known else _name_from(words[start : min(span[1], start + 4)])
        if named and not any({word.text, word.raw} & (vocabulary.NO_GOODS | _EXCLUDING) for word in named):
            return " ".join(word.raw for word in named)
    return ""


def _opens_a_name(words: Sequence[Word], place: int, *, brief: bool) -> bool:
    """Whether the name of a thing to be dealt with may follow: "return (the) ...", and "the ..." in a short answer."""
    deeds = vocabulary.ACTIONS - _HALF_ACTIONS
    if words[place].raw in deeds or (words[place].raw == "back" and place and words[place - 1].raw in deeds):
        return True
    before = {word.raw for word in words[max(0, place - 3) : place]}
    return words[place].raw in vocabulary.DETERMINERS and (brief or bool(before & deeds))


_BRIEF = 8
_SHORT = 3
_HALF_ACTIONS = frozenset({"just", "only", "want", "need"})


def _name_from(words: Sequence[Word]) -> list[Word]:
    named: list[Word] = []
    for word in words:
        if word.mark or word.raw in vocabulary.STOPPERS or not word.raw.isalpha() or word.raw in vocabulary.DETERMINERS:
            break
        named.append(word)
    while named and named[0].raw in vocabulary.FILLERS | vocabulary.ACTIONS:
        named.pop(0)
    return named if named and len(named[-1].raw) > 2 and not named[0].raw.endswith("ly") else []


def _is_context(words: Sequence[Word], head: Head) -> bool:
    """Whether goods only tell which order or why: "the order with the grill", "it goes with the tablet"."""
    start = head.first
    while start > 0 and words[start - 1].raw in vocabulary.DETERMINERS:
        start -= 1
    before = [word.raw for word in words[max(0, start - 3) : start]]
    return bool(before) and before[-1] == "with" and bool(_WITH_GOODS & set(before[:-1]))


def _polarity(words: Sequence[Word], anchors: set[int]) -> list[bool]:
    """Tell for each word whether what it names is wanted or left out."""
    found: list[bool] = []
    since: int | None = None  # where leaving out began
    soft = False
    for place, word in enumerate(words):
        named = since is not None and any(since < anchor < place for anchor in anchors)
        if since is not None and _ends_exclusion(word, named=named, soft=soft):
            since = None
        starts, begins_soft = _starts_exclusion(words, place)
        if starts and since is None:
            since, soft = place, begins_soft
        found.append(since is None)
    return found


def _ends_exclusion(word: Word, *, named: bool, soft: bool) -> bool:
    if word.raw in _ENDS:
        return True
    return named and (word.raw in vocabulary.ACTIONS or word.raw == "but" or (soft and word.raw == ","))


def _starts_exclusion(words: Sequence[Word], place: int) -> tuple[bool, bool]:
    """Tell whether leaving out begins here, and whether a comma ends it ("not the lamp, the mug")."""
    raw = words[place].raw
    following = [word.raw for word in words[place + 1 : place + 6]]
    if raw in _EXCLUDING or (raw, next(iter(following), "")) in _TWO_WORDS:
        return True, False
    if raw == "but":
        return any(word.raw in _ALL_WORDS for word in words[max(0, place - 5) : place]), False
    if raw not in _NOT or not following:
        return False, False
    if following[0] in _WISHING:
        return "to" in following[1:3] and bool(set(following[2:4]) & vocabulary.ACTIONS - {"want", "need"}), True
    named = following[0] in vocabulary.DETERMINERS or following[0] in vocabulary.ACTIONS
    return (raw != "without" and named) or (raw == "without" and following[0] in vocabulary.DETERMINERS), True


def _segments(words: Sequence[Word], wanted: Sequence[bool]) -> list[tuple[int, int]]:
    found, start = [], 0
    for place, word in enumerate(words):
        if word.raw in SEPARATORS or (place > start and wanted[place] != wanted[place - 1]):
            found.append((start, place))
            start = place + 1 if word.raw in SEPARATORS else place
    found.append((start, len(words)))
    return [(first, after) for first, after in found if after > first]


def _in_segment(
    words: Sequence[Word], span: tuple[int, int], heads: Sequence[Head], hits: Sequence[Hit], *, wanted: bool
) -> list[Mention]:
    first, after = span
    own = [head for head in heads if first <= head.first < after]
    own = [head for place, head in enumerate(own) if not _describes(head, own[place + 1 : place + 2], hits)]
    taken = {place for head in own for place in range(head.first, head.after)}
    inside = [hit for hit in hits if first <= hit.first < after and hit.first not in taken]
    found = []
    start = first
    for place, head in enumerate(own):
        end = after if place + 1 == len(own) else _territory_end(words, head, own[place + 1])
        found.append(_filled(words, (start, end), head, inside, wanted=wanted))
        start = end
    if not own:
        alone = _filled(words, span, None, inside, wanted=wanted)
        alone.count = _count_of_them(words, span)
        found = [alone] if alone.hits or alone.refused or alone.places or alone.most or alone.count else []
    return found


def _describes(head: Head, following: Sequence[Head], hits: Sequence[Hit]) -> bool:
    """Whether goods only describe the goods that follow: the "laptop" of "laptop backpack"."""
    beside = bool(following) and following[0].first == head.after
    return beside and any(hit.first == head.first and hit.after == head.after for hit in hits)


def _territory_end(words: Sequence[Word], head: Head, following: Head) -> int:
    """Find where the words of one thing end and those of the next begin: "the laptop with i7 | the blue mug"."""
    if words[head.after].raw not in _LINKS:
        return head.after
    between = range(head.after, following.first)
    return next((place for place in between if words[place].raw in vocabulary.DETERMINERS), following.first)


def _filled(
    words: Sequence[Word], span: tuple[int, int], head: Head | None, hits: Sequence[Hit], *, wanted: bool
) -> Mention:
    first, after = span
    own = [hit for hit in hits if first <= hit.first < after]
    mention = Mention(head=head, wanted=wanted)
    for hit in own:
        (mention.refused if _is_refused(words, hit, first if wanted else first + 1) else mention.hits).append(hit)
    taken = {place for hit in own for place in range(hit.first, hit.after)}
    free = [place for place in range(first, after) if place not in taken]
    before = [place for place in free if head is None or place < head.first]
    raws = [words[place].raw for place in before]
    mention.every = bool({"all", "both", "every", "each", "everything"} & set(raws)) or "ones" in raws
    mention.another = "another" in raws
    numbers = [hit.first for hit in own if _is_bare_number(words, hit)]
    mention.count = _count(words, sorted({*before, *numbers}), head, after)
    mention.places = [order for place in free if (order := _place(words, place)) is not None]
    mention.places += _numbered(words, free) if head else []
    mention.most = _most(words, free)
    mention.pronoun = head is None and any(words[place].raw in _PRONOUNS for place in free)
    mention.sure = head is not None or mention.pronoun or _is_bare(words, free)
    mention.around = " ".join(word.raw for word in words[first:after])
    mention.fine = head is not None and bool(_FINE.match(" ".join(word.raw for word in words[head.after : after])))
    mention.tells_apart = head is None and words[first].raw == "one" and after - first > 1
    mention.follows = head is None and not mention.pronoun and words[first].raw not in vocabulary.DETERMINERS
    return mention


_FINE = re.compile(
    r"(?:is|are|was|were|works?)\b(?: (?:all|just|still|totally|perfectly))? (?:fine|ok|okay|good|great|perfect|well)\b"
    r"|works?$"
)
"""What is said of things that stay: "the lamp is broken, the mug is fine"."""


def _is_refused(words: Sequence[Word], hit: Hit, first: int) -> bool:
    before = [word.raw for word in words[max(first, hit.first - 3) : hit.first]]
    return (
        hit.refused
        or bool({"not", "without", "non", "isnt", "no", "arent"} & set(before[-2:]))
        or before[:1] == ["not"]
    )


def _is_bare_number(words: Sequence[Word], hit: Hit) -> bool:
    """Whether what looks like a size may count things: the "9" of "9 mugs", not that of "size 9"."""
    before = words[hit.first - 1].text if hit.first else ""
    return hit.after - hit.first == 1 and wording.number(words[hit.first]) is not None and before != "size"


def _count(words: Sequence[Word], before: Sequence[int], head: Head | None, after: int) -> int | None:
    """Read how many: "two mugs", "one of the kettles", "mugs x2"; "the blue one" counts nothing."""
    if head is None:
        return None
    for place in [place for place in before if place < head.first]:
        word = words[place]
        number = None if word.raw in {"pair", "couple"} else wording.number(word)
        if number is not None and number == int(number) and 0 < number < 100:
            return int(number)
        if word.raw == "couple":
            return 2
        if (
            word.raw in {"a", "an", "another", "single"}
            and words[place + 1 : place + 2]
            and words[place + 1].raw != "couple"
        ):
            return 1
    tail = " ".join(word.raw for word in words[head.after : min(after, head.after + 2)])
    times = re.match(r"x ?(\d\d?)$|(\d\d?) ?x$", tail)
    return int(times[1] or times[2]) if times else None


def _place(words: Sequence[Word], place: int) -> int | None:
    """Read "the second (one)"; "first, I want to ..." points at nothing."""
    order = wording.ordinal(words[place])
    following = words[place + 1] if place + 1 < len(words) else None
    if order is None or (following is not None and following.text in _NOT_PLACES):
        return None
    before = words[place - 1].raw if place else ""
    listed = any(wording.ordinal(word) is not None for word in words[max(0, place - 3) : place])
    pointing = listed or before in vocabulary.DETERMINERS or (following is not None and following.raw in _PRONOUNS)
    return order if pointing or len(words) <= _SHORT + 1 else None


def _count_of_them(words: Sequence[Word], span: tuple[int, int]) -> int | None:
    """Read "only two of them": how many of what was named before."""
    for place in range(span[0], span[1] - 1):
        number = wording.number(words[place])
        if number and number < 100 and words[place + 1].raw == "of":  # two digits at most
            return int(number)
    return None


def _numbered(words: Sequence[Word], free: Sequence[int]) -> list[int]:
    """Read "laptop no. 2"."""
    named = [place for place in free if words[place].raw in {"no", "nr", "number", "num"}]
    following = [words[place + 1] for place in named if place + 1 < len(words)]
    return [int(word.raw) for word in following if word.raw.isdigit() and len(word.raw) == 1]


def _most(words: Sequence[Word], free: Sequence[int]) -> str:
    """Read "the cheapest", "the more expensive", "the bigger": a word of size, or "+price" and "-price"."""
    for place in free:
        raw = words[place].raw
        before = words[place - 1].raw if place else ""
        if raw in {"expensive", "costly", "pricey"} and before in {"more", "most", "less", "least"}:
            return "-price" if before in {"less", "least"} else "+price"
        if raw == "overpriced":
            return "+price"
        if raw in _MOST:
            return "-price" if raw.startswith("cheap") else "+price"
        if raw in _SIZES:
            return raw
        if raw in _BROADLY:
            return _BROADLY[raw]
    return ""


_BROADLY = {"big": "bigger", "large": "larger", "small": "smaller", "little": "smaller"}


_SOFTLY = _NOT | {"even", "really", "quite", "very", "isnt", "arent", "overpriced"}
"""Words that may stand with what describes a thing: "overpriced and not even water resistant"."""


def _is_bare(words: Sequence[Word], free: Sequence[int]) -> bool:
    """Whether nothing else is said than which one: "15-inch", "the second"."""
    left = [words[place] for place in free if not words[place].mark and wording.ordinal(words[place]) is None]
    return all(
        word.raw in vocabulary.FILLERS | {"everything", "every"}
        or word.raw in _MOST | _SIZES | _SOFTLY | {"more", "most", "less", "expensive"}
        for word in left
    )
