"""Finds what customers name: numbers, addresses, names, goods, amounts, reasons and wishes.

Numbers and addresses are read by patterns over characters; everything else by spaCy's tokenizer and matchers over words
whose spelling was corrected first. `find` is pure; the Rasa component below only wraps it.
"""

import functools
import re
from typing import Any

import spacy
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language
from spacy.matcher import Matcher, PhraseMatcher
from spacy.tokens import Doc, Span

from brain import identifiers, vocabulary

EXTRACTOR = "brain.entities"
Entity = dict[str, Any]

_LONGEST_TEXT = 2_000  # nobody names an order after that, and matching time grows with the text


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityFinder(GraphComponent, EntityExtractorMixin):
    """Rasa's component around `find`."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "EntityFinder":
        """Build the component (see GraphComponent) and the matchers with it, so that the first message is not slow."""
        del config, model_storage, resource, execution_context
        find("warm up")
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the entities of each message."""
        for message in messages:
            message.set(ENTITIES, find(message.get(TEXT) or ""), add_to_output=True)
        return messages


def find(text: str) -> list[Entity]:
    """Return the entities of a text in the order in which they stand, each {entity, value, start, end, confidence,
    extractor}; start and end count characters of the text."""
    text = text[:_LONGEST_TEXT]
    numbers = identifiers.find(text)
    doc = _read(text)
    taken = [(one.start, one.end) for one in numbers]
    found = [entity for entity in _words(doc) if not _overlaps((entity["start"], entity["end"]), taken)]
    words = [(one["start"], one["end"]) for one in found if one["value"] not in identifiers.SURNAMES]
    name = identifiers.name(text, numbers, words, _known_words())
    entities = [_entity(one.entity, one.value, one.start, one.end, one.confidence) for one in [*numbers, *name]]
    named = [(one.start, one.end) for one in name]
    entities += [entity for entity in found if not _overlaps((entity["start"], entity["end"]), named)]
    return sorted(entities, key=lambda one: (one["start"], one["end"], one["entity"]))


def _entity(kind: str, value: Any, start: int, end: int, confidence: float) -> Entity:
    return {
        "entity": kind,
        "value": value,
        "start": start,
        "end": end,
        "confidence": confidence,
        "extractor": EXTRACTOR,
    }


def _overlaps(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


@functools.cache
def _language() -> Language:
    return spacy.blank("en")


@functools.cache
def _known_words() -> frozenset[str]:
    """Every word that means something to us; also what misspelt words are corrected to."""
    lists = vocabulary.load()
    words = set(
        lists.colours | lists.shades | lists.sizes | lists.comparatives | lists.products | lists.modifiers | set(_VERBS)
    )
    words |= vocabulary.NUMBERS.keys() | {"size", "both", "everything"}
    for lexicon in lists.lexicons.values():
        words |= {word for phrases in lexicon.values() for phrase in phrases for word in phrase.split()}
    return frozenset(words)


_NEVER_MEANT = frozenset({"store"})  # "stone mugs" names no way to send something back


@functools.cache
def _targets() -> list[str]:
    return sorted(word for word in _known_words() - _NEVER_MEANT if len(word) >= 5 and word.isalpha())


@functools.lru_cache(maxsize=4096)
def _corrected(word: str) -> str:
    """Return the known word that was probably meant: one slip of the finger, two in a long word, same first letter."""
    if len(word) < 5 or not word.isalpha() or word in _known_words() or _language().vocab[word].is_stop:
        return word
    allowed = 2 if len(word) >= 9 else 1
    near = process.extract(word, _targets(), scorer=DamerauLevenshtein.distance, score_cutoff=allowed, limit=8)
    likely = [one for one in near if one[0][0] == word[0] and _not_an_ending(word, one[0])]
    best = min(likely, key=lambda one: (one[1], one[0][-1] != word[-1], one[0]), default=None)
    return best[0] if best else word


def _not_an_ending(word: str, target: str) -> bool:
    """A plural or another form of a word is no misspelling of it: "stores" stays, "shose" becomes "shoes"."""
    return not (word.startswith(target) or target.startswith(word))


def _read(text: str) -> Doc:
    """Return the text as words, lower case and spelling corrected; token offsets are those of the text."""
    plain = text.replace("’", "'").replace("`", "'")
    raw = _language().make_doc(plain)
    norms = [_corrected(token.lower_) for token in raw]
    for token, norm in zip(raw, norms, strict=True):
        token.norm_ = norm
    return raw


@functools.cache
def _phrase_matchers() -> dict[str, PhraseMatcher]:
    matchers = {}
    for kind, lexicon in vocabulary.load().lexicons.items():
        matcher = PhraseMatcher(_language().vocab, attr="NORM")
        for value, phrases in lexicon.items():
            matcher.add(value, [_read(phrase) for phrase in phrases])
        matchers[kind] = matcher
    return matchers


def _words(doc: Doc) -> list[Entity]:
    """Find all that is named in words; the longest reading of the same words wins."""
    goods = [good for good in _goods(doc) if good.text.lower() not in _payments()]
    candidates = [
        (span, kind, span.label_)
        for kind, matcher in _phrase_matchers().items()
        for span in matcher(doc, as_spans=True)
    ]
    candidates += _variants(doc)
    chosen: list[tuple[Span, str, Any]] = []
    for span, kind, value in sorted(candidates, key=lambda one: (-len(one[0]), one[0].start, one[1])):
        if all(_same_or_apart(span, other) for other, _, _ in chosen) and (
            kind == "reason" or not any(_inside(span, good) for good in goods)
        ):
            chosen.append((span, kind, value))
    reasons = [span for span, kind, _ in chosen if kind == "reason"]
    chosen += [(good, "product", _spelt(good)) for good in goods if not any(_inside(good, one) for one in reasons)]
    chosen += [
        (span, "quantity", value)
        for span, value in _quantities(doc)
        if all(_apart(span, other) for other, _, _ in chosen)
    ]
    return [_entity(kind, value, span.start_char, span.end_char, 0.9) for span, kind, value in chosen]


@functools.cache
def _payments() -> frozenset[str]:
    """Words that name a way of payment: "refund my PayPal" names no goods."""
    return frozenset(phrase for phrases in vocabulary.load().lexicons["refund_to"].values() for phrase in phrases)


def _spelt(span: Span) -> str:
    return "".join(token.norm_ + token.whitespace_ for token in span).strip()


def _inside(span: Span, other: Span) -> bool:
    return bool(other.start <= span.start and span.end <= other.end)


def _apart(span: Span, other: Span) -> bool:
    return bool(span.end <= other.start or other.end <= span.start)


def _same_or_apart(span: Span, other: Span) -> bool:
    return _apart(span, other) or (span.start, span.end) == (other.start, other.end)


@functools.cache
def _variant_matcher() -> Matcher:
    matcher = Matcher(_language().vocab)
    size = {
        "NORM": {"REGEX": r"^(\d{1,3}([.,/]\d{1,2})?|[a-z]{1,4}|[smlx]+\d?)$", "NOT_IN": ["up", "down", "and", "is"]}
    }
    colours, shades = sorted(vocabulary.load().colours), sorted(vocabulary.load().shades)
    spoken = sorted(vocabulary.load().sizes - {"s", "m", "l"})
    matcher.add("size", [[{"NORM": "size"}, {"NORM": {"IN": ["a", "in", ":"]}, "OP": "?"}, size]])
    matcher.add("size", [[{"NORM": "size"}, {"NORM": {"IN": ["up", "down"]}}], [{"NORM": "next"}, {"NORM": "size"}]])
    matcher.add("size", [[{"NORM": {"IN": spoken}}], [{"NORM": {"IN": sorted(vocabulary.load().comparatives)}}]])
    matcher.add("size", [[{"NORM": "extra"}, {"NORM": {"IN": ["large", "small"]}}]])
    matcher.add("colour", [[{"NORM": {"IN": colours}}], [{"NORM": {"IN": shades}}, {"NORM": {"IN": colours}}]])
    number, unit = {"LIKE_NUM": True}, {"NORM": {"IN": sorted(vocabulary.load().measures)}}
    joined = "|".join(sorted(vocabulary.load().measures - {'"', "'"}))
    matcher.add(
        "measure", [[number, {"NORM": "-", "OP": "?"}, unit], [number, {"NORM": "-", "OP": "?"}, unit, {"NORM": "ram"}]]
    )
    matcher.add("measure", [[{"NORM": {"REGEX": rf"^\d+([.]\d+)?-?({joined})$"}}], [{"NORM": {"REGEX": r"^i[3579]$"}}]])
    matcher.add("feature", [[{"NORM": {"IN": sorted(vocabulary.load().features)}}]])
    article = {"NORM": {"IN": ["a", "an", "the", "in"]}}
    matcher.add(
        "letter", [[article, {"NORM": {"IN": ["s", "m", "l"]}}], [article, {"NORM": {"REGEX": r"^\d{1,2}(\.5)?$"}}]]
    )
    return matcher


def _variants(doc: Doc) -> list[tuple[Span, str, Any]]:
    """Find sizes and colours; "an 8" and "the M" are sizes too, but "the 8 mugs" is an amount."""
    found = []
    for span in _variant_matcher()(doc, as_spans=True):
        if span.label_ == "letter":
            following = doc[span.end] if span.end < len(doc) else None
            if following is not None and following.is_alpha and not following.is_stop:
                continue
            span = doc[span.start + 1 : span.end]  # noqa: PLW2901  (the article is no part of the size)
        found.append((span, "variant", span.text.lower()))
    if len(doc) == 1 and doc[0].lower_ in ("s", "m", "l"):
        found.append((doc[0:1], "variant", doc[0].lower_))
    return found


_COUNTING = frozenset(
    (
        *("return", "send", "exchange", "swap", "keep", "refund", "cancel", "just", "only", "of"),
        *("it", "want", "need", "ordered", "bought", "got", "quantity", "make"),
    )
)
_ALL = frozenset({"of", "the", "items", "my", "these", "those", "them", "three", "four", "five", "shoes"})


def _quantities(doc: Doc) -> list[tuple[Span, int | str]]:
    """Find how many: a number that counts goods (not days, sizes, prices), "both", "all", "everything"."""
    found: list[tuple[Span, int | str]] = []
    for token in doc:
        following = doc[token.i + 1].lower_ if token.i + 1 < len(doc) else ""
        before = doc[token.i - 1].lower_ if token.i else ""
        word = token.norm_
        if word == "both":
            found.append((doc[token.i : token.i + 1], "both"))
        elif (word == "all" and (following in _ALL or len(doc) <= 2) and before != "at") or word == "everything":
            found.append((doc[token.i : token.i + 1], "all"))
        elif (number := _number(word)) is not None and _counts(word, before, following):
            found.append((doc[token.i : token.i + 1], number))
    return found


def _number(word: str) -> int | None:
    if word in vocabulary.NUMBERS:
        return vocabulary.NUMBERS[word]
    return int(word) if re.fullmatch(r"[1-9]\d?", word) else None


def _counts(word: str, before: str, following: str) -> bool:
    if (
        following in vocabulary.load().units
        or following in ("%", "-", "/", ":")
        or before in ("$", "size", "#", "-", "/", ":")
    ):
        return False
    return word != "one" or not before or before in _COUNTING


_VERBS = (
    "return",
    "exchange",
    "swap",
    "refund",
    "cancel",
    "keep",
    "replace",
    "back",
    "send",
    "returning",
    "exchanging",
)
_DETERMINERS = ("the", "my", "a", "an", "these", "those", "this", "that", "our", "his", "her", "some")


@functools.cache
def _goods_matcher() -> Matcher:
    """Known goods with what describes them, and whatever stands after "return the ..." and the like."""
    matcher = Matcher(_language().vocab, validate=False)
    describing = sorted(vocabulary.load().modifiers | vocabulary.load().colours | vocabulary.load().shades)
    known = {"NORM": {"IN": sorted(vocabulary.load().products)}}
    matcher.add("known", [[{"NORM": {"IN": describing}, "OP": "*"}, known, {**known, "OP": "?"}]], greedy="LONGEST")
    other = {"IS_ALPHA": True, "IS_STOP": False, "NORM": {"NOT_IN": sorted(vocabulary.load().not_goods | set(_VERBS))}}
    verb, determiner = {"NORM": {"IN": list(_VERBS)}}, {"NORM": {"IN": list(_DETERMINERS)}}
    matcher.add("named", [[verb, determiner, other], [verb, determiner, other, other]], greedy="LONGEST")
    return matcher


def _goods(doc: Doc) -> list[Span]:
    found: list[Span] = []
    matches = _goods_matcher()(doc, as_spans=True)
    for span in sorted(matches, key=lambda one: (one.label_ != "known", -len(one), one.start)):
        goods = span if span.label_ == "known" else doc[span.start + 2 : span.end]
        if all(_apart(goods, other) for other in found):
            found.append(goods)
    return found
