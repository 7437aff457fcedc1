"""How upset a customer is, read from one message: a linear head on the sentence's vector, and patterns of words.

The head learns from `mood_data`, in which unpleasant topics are told calmly ("the screen is cracked") and pleasant
words angrily ("great, another broken one"). What earlier messages add is read by `handoff.mood_story`. Measured in
docs/understanding.md, "Mood".
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from encoder import cache as vector_cache
from encoder import clauses
from handoff import mood_examples, mood_head, phrases
from handoff.mood_head import Head
from handoff.phrases import Sign

type Vector = NDArray[np.float32]

NAMED_FROM = 0.5
"""Below it a message is calm and no words are named; the policy's thresholds should not be lower."""
HEAD = "mood.head"
LONGEST_WORDS = 120
"""In characters; what an agent reads at a glance."""
MOST_WORDS = 4
URGENT = ("safety", "legal")
"""Reasons for a person whatever the tone, most urgent first; a pattern's name begins with its reason."""

_WITHOUT_TONE = re.compile(r"\S*[@\d]\S*|^/\S*")
_TOO_UPSET_TO_CALM = 0.75
"""Whoever says thanks and reaches this score is sarcastic, or thanks in vain."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reading:
    """What one message says about its writer's mood.

    `score` runs from 0 (calm) to 1 (very upset); `words` are the customer's own, as written, that led to it; `rule`
    says how they were found ("" when calm). `reason` is why a person would come: "legal" and "safety" at once whatever
    the score, "mood" by the score and the shop's thresholds, None for a calm message. `found` are the names of all
    patterns that were found. `calms`: it thanks or praises and means it. `alone` is the score without what earlier
    messages added to it, where they did.
    """

    score: float
    words: tuple[str, ...] = ()
    rule: str = ""
    reason: str | None = None
    found: tuple[str, ...] = ()
    calms: bool = False
    alone: float | None = None

    @property
    def own(self) -> float:
        """The score of the message by itself."""
        return self.score if self.alone is None else self.alone

    def to_json(self) -> dict[str, Any]:
        """Return what is stored with the message."""
        stored = {"score": self.score, "words": list(self.words), "rule": self.rule, "reason": self.reason}
        if self.found:
            stored["found"] = list(self.found)
        if self.calms:
            stored["calms"] = True
        if self.alone is not None:
            stored["alone"] = self.alone
        return stored

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the reading that `to_json` wrote; what else stands beside it is left alone."""
        words, found = (tuple(str(word) for word in data.get(name) or ()) for name in ("words", "found"))
        score, rule = float(data.get("score") or 0.0), str(data.get("rule") or "")
        alone = None if data.get("alone") is None else float(data["alone"])
        return cls(score, words, rule, data.get("reason"), found, bool(data.get("calms")), alone)


CALM = Reading(0.0)


class MoodReader:
    """Reads the mood of messages; the same text always has the same."""

    def __init__(self, encode: Callable[[str], Vector], cache: Path | None = None) -> None:
        """Take the kept head, or learn the examples where they were edited since; `cache` is a folder that keeps their
        vectors, so that only edited ones cost seconds.

        Raises BadInput when a file of examples or patterns is wrong.
        """
        self._head = head_for(mood_examples.load(), encode, cache)
        self._phrases = phrases.Phrases()

    def read(self, text: str, vector: Vector, parts: Mapping[str, Vector] | None = None) -> Reading:
        """Return the mood of `text`; `vector` is its embedding.

        `parts` are its clauses (encoder.clauses) with their embeddings, where the caller has them: one angry sentence
        among calm ones fades in the vector of the whole, so the most upset of them decides.
        """
        if not any(sign.isalpha() for sign in _WITHOUT_TONE.sub("", text)):
            return CALM
        signs, praised = self._phrases.hear(text)
        return judge(text, self._head, {text: vector, **(parts or {})}, signs, praised=praised)

    def probability(self, text: str, vector: Vector) -> float:
        """Return what the head alone says of `text`, from 0 to 1."""
        return self._head.probability(text, vector)


def open_reader(encode: Callable[[str], Vector], cache: Path | None) -> MoodReader:
    """Return a reader; see MoodReader."""
    return MoodReader(encode, cache)


def head_for(known: mood_examples.Examples, encode: Callable[[str], Vector], cache: Path | None) -> Head:
    """Return the kept head if it has learnt these examples, else one that has."""
    wanted, kept = mood_head.made_of(known, encode), Head.read()
    if kept and kept.made_of == wanted:
        return kept
    log.warning("the examples of mood have changed: learning them, which takes about a minute the first time")
    vectors = vector_cache.encoded(known.texts, encode, cache, "mood")
    return Head.solve(known.texts, vectors, known.upset, wanted)


def judge(
    text: str, head: Head, parts: Mapping[str, Vector], signs: Sequence[Sign], *, praised: bool = False
) -> Reading:
    """Return the reading of a text from what the head says of it and its clauses (`parts`), and from the patterns.

    A clause speaks half and the whole message half: torn from its story a clause sounds angrier than it is.
    """
    whole = head.evidence(text, parts[text])
    evidence = {part: (head.evidence(part, vector) + whole) / 2 for part, vector in parts.items()}
    loudest = max(evidence, key=lambda part: evidence[part])
    probability = mood_head.probability(evidence[loudest])
    score, found = combined(probability, signs), tuple(dict.fromkeys(sign.rule for sign in signs))
    for reason in URGENT:
        if grave := [sign for sign in signs if sign.rule.startswith(f"{reason}.")]:
            return Reading(score, _named(grave), grave[0].rule, reason, found)
    if score < NAMED_FROM:
        return Reading(score, found=found, calms=praised)
    calms = praised and score < _TOO_UPSET_TO_CALM
    strongest = max(signs, key=lambda sign: sign.weight, default=None)
    if strongest is not None and strongest.weight > probability:
        return Reading(score, _named(signs), strongest.rule, "mood", found, calms)
    clause = cut(loudest) if loudest != text else _loudest_clause(text, head)
    beside = [sign for sign in signs if sign.words not in clause]
    return Reading(score, (clause, *_named(beside))[:MOST_WORDS], HEAD, "mood", found, calms)


def combined(probability: float, signs: Sequence[Sign]) -> float:
    """Return the score of a message, rounded to three digits.

    It starts as the head's probability; each rule that found something then takes its weight as a share of what still
    lacks to 1. So no sign can lower a score, several weak ones add up, and the order does not matter.
    """
    lacking = 1 - probability
    for weight in {sign.rule: sign.weight for sign in signs}.values():
        lacking *= 1 - weight
    return round(1 - lacking, 3)


def _loudest_clause(text: str, head: Head) -> str:
    """Return the clause whose letters speak most for an upset writer, or the whole message when it has one clause."""
    parts = clauses.split(text) or [text]
    return cut(max(parts, key=head.weigh))


def _named(signs: Sequence[Sign]) -> tuple[str, ...]:
    """Return the words of the signs as written, each once."""
    return tuple(dict.fromkeys(cut(sign.words) for sign in signs))[:MOST_WORDS]


def cut(words: str) -> str:
    """Return words in one line, as long as an agent reads at a glance."""
    words = " ".join(words.split())
    if len(words) <= LONGEST_WORDS:
        return words
    return words[: LONGEST_WORDS - 1].rsplit(" ", 1)[0] + "…"
