"""What the answers lack: failed questions grouped by likeness, with the entry that is missing or too narrow. Pure."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from rapidfuzz import fuzz

from faq import spelling
from faq.vectors import Vector

ALIKE = 0.55
"""Cosine from which two questions are taken for one."""
SAME_LETTERS = 88.0
"""rapidfuzz token-set ratio from which two questions are taken for one, whatever the encoder makes of their slips."""
NEAR_ENOUGH = 0.6
"""Cosine to a wording from which a group belongs to an entry that is there, and lacks only the wording."""
_COMMON = frozenset({
    "a", "about", "address", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did",
    "do", "does", "e", "for", "from", "get", "give", "got", "has", "have", "he", "her", "him", "his", "how", "i",
    "if", "im", "in", "into", "is", "it", "its", "ive", "just", "know", "like", "mail", "me", "my", "name", "no",
    "not", "number", "of", "on", "one", "or", "order", "our", "out", "please", "she", "should", "so", "some",
    "something", "tell", "than", "that", "the", "their", "them", "then", "there", "they", "this", "to", "too", "up",
    "us", "want", "was", "we", "were", "what", "whats", "when", "where", "which", "who", "why", "will", "with",
    "would", "you", "your", "youre",
})  # fmt: skip
"""Words that name no topic."""


@dataclass(frozen=True)
class Near:
    """An entry by its key, and how near a question is to it (cosine)."""

    topic: str
    score: float


@dataclass(frozen=True)
class Failed:
    """A question that was not answered, masked; `chosen` is what the customer picked when asked what they meant."""

    text: str
    asked_at: datetime
    near: tuple[Near, ...]
    chosen: str | None = None


@dataclass(frozen=True)
class Gap:
    """Questions that are alike. `entry` lacks their wording; where it is None, an entry named `words` is missing."""

    questions: tuple[Failed, ...]
    nearest: Near | None
    entry: str | None
    words: tuple[str, ...]

    @property
    def suggestion(self) -> str:
        """Return what to do, in a sentence."""
        if self.entry:
            return f"Add a wording to {self.entry}.md."
        return f"No entry answers this: write one, such as {'-'.join(self.words) or 'new-topic'}.md."


def group(failed: Sequence[Failed], encode: Callable[[str], Vector]) -> list[Gap]:
    """Return the gaps, the largest first; each question belongs to exactly one.

    The question with the most questions like it leads a group and takes those along; then the next among the rest.
    """
    if not failed:
        return []
    vectors = np.stack([encode(one.text) for one in failed])
    alike = vectors @ vectors.T >= ALIKE
    plain = [spelling.normalise(one.text) for one in failed]
    for place, text in enumerate(plain):
        for other in range(place):
            if not alike[place, other] and fuzz.token_set_ratio(text, plain[other]) >= SAME_LETTERS:
                alike[place, other] = alike[other, place] = True
    counts = Counter(word for text in plain for word in set(text.split()))
    left = np.ones(len(failed), dtype=bool)
    found = []
    while left.any():
        sizes = np.where(left, (alike & left).sum(axis=1), -1)
        members = np.flatnonzero(alike[int(sizes.argmax())] & left)
        left[members] = False
        found.append(_gap([failed[int(place)] for place in members], counts))
    return sorted(found, key=lambda gap: -len(gap.questions))


def _gap(questions: Sequence[Failed], counts: Counter[str]) -> Gap:
    scores: dict[str, list[float]] = {}
    for one in questions:
        for near in one.near:
            scores.setdefault(near.topic, []).append(near.score)
    likely = max(scores, key=lambda topic: sum(scores[topic]), default=None)
    nearest = Near(likely, sum(scores[likely]) / len(scores[likely])) if likely else None
    chosen = Counter(one.chosen for one in questions if one.chosen).most_common(1)
    entry = chosen[0][0] if chosen else nearest.topic if nearest and nearest.score >= NEAR_ENOUGH else None
    return Gap(tuple(questions), nearest, entry, _words(questions, counts))


def _words(questions: Sequence[Failed], counts: Counter[str]) -> tuple[str, ...]:
    """Return the two words that most of a group's questions have and few others."""
    own = Counter(
        word
        for one in questions
        for word in set(spelling.normalise(one.text).split())
        if word not in _COMMON and len(word) > 2 and word.isalpha()
    )
    return tuple(sorted(own, key=lambda word: (-(own[word] ** 2) / counts[word], -len(word), word))[:2])
