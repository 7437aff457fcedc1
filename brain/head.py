"""The head that turns a text and its vector into probabilities of intents; knows nothing of Rasa.

Sentence vectors carry the meaning; n-grams of characters carry very short messages; marks (brain.concepts) and pairs
of them carry what is combined or denied. Which is worth what is measured by `returndesk evaluate` and written down in
docs/understanding.md.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from brain import concepts

OUT_OF_SCOPE = "out_of_scope"
RANDOM_STATE = 7
_RARE = 3  # an n-gram or mark in fewer messages says nothing
_FREQUENT = 6  # a word in as many messages is one to which slips are mended
_NEIGHBOURS = 12
_SHARPNESS = 25.0  # how much more a nearer example counts
_NUMBER = re.compile(r"#?\s*\b[hw][\s-]*\d[\d\s-]{4,}\d", re.IGNORECASE)


@dataclass(frozen=True)
class Settings:
    """How the head is fitted. `ngrams`, `words`, `vectors` and `marks` weigh the features (0 leaves one out)."""

    strength: float = 10.0  # C of the logistic regression
    ngrams: float = 0.7  # of characters
    words: float = 1.0  # n-grams of words
    vectors: float = 1.5
    marks: float = 1.0
    neighbours: float = 0.3  # share of the nearest examples in the outcome


@dataclass(frozen=True)
class Guess:
    """One text as understood: the best intent in scope with its probability, that of out_of_scope, and all of them."""

    intent: str
    confidence: float
    out_of_scope: float
    ranking: list[tuple[str, float]]

    @property
    def in_scope(self) -> float:
        """The soft score: the best intent's share against out_of_scope alone, 0 to 1."""
        return self.confidence / max(self.confidence + self.out_of_scope, 1e-9)


def masked(text: str) -> str:
    """Return the text in one spelling, with order numbers as one word and digits as one digit."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"\d", "0", _NUMBER.sub(" ordernumber ", text)).split())


class Head:
    """Logistic regression over vectors, n-grams and marks, blended with the nearest examples; fitted once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._known: frozenset[str] = frozenset()
        self._ngrams = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=_RARE, dtype=np.float32
        )
        self._words = TfidfVectorizer(
            token_pattern=r"\S+", ngram_range=(1, 3), sublinear_tf=True, min_df=2, dtype=np.float32
        )
        self._marks = TfidfVectorizer(analyzer=concepts.features, min_df=_RARE, dtype=np.float32)
        self._regression = LogisticRegression(
            C=settings.strength, class_weight="balanced", max_iter=300, tol=1e-3, random_state=RANDOM_STATE
        )
        self._weights: list[NDArray[np.float32]] = []
        self._examples = np.zeros((0, 0), dtype=np.float16)
        self._places = np.zeros(0, dtype=np.int64)

    def fit(self, texts: Sequence[str], vectors: NDArray[np.float32], intents: Sequence[str]) -> "Head":
        """Fit and return the head; the same examples give the same head."""
        self._known = _frequent(texts)
        plain = [concepts.plain(text, self._known) for text in texts]
        for weight, kind in self._kinds():
            if weight:
                kind.fit(plain)
                kind.stop_words_ = None  # what was too rare: nothing reads these 40,000 strings
        blocks = self._features(plain, vectors)
        self._regression.fit(sparse.hstack(blocks).tocsr(), np.asarray(intents))
        ends = np.cumsum([block.shape[1] for block in blocks])[:-1]
        self._weights = np.split(np.ascontiguousarray(self._regression.coef_.T, dtype=np.float32), ends)
        self._regression.coef_ = None  # stands in the weights now, at half the size
        if self.settings.neighbours:
            self._examples = vectors.astype(np.float16)  # half the file; the nearest stay the nearest
            self._places = np.searchsorted(self._regression.classes_, np.asarray(intents))
        return self

    def guess(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> list[Guess]:
        """Return what each text most likely wants."""
        if not texts:
            return []
        names = [str(name) for name in self._regression.classes_]
        plain = [concepts.plain(text, self._known) for text in texts]
        found = self._probabilities(self._features(plain, vectors))
        if share := self.settings.neighbours:
            found = (1 - share) * found + share * self._nearest(vectors)
        return [self._guess(names, row) for row in found]

    def _guess(self, names: list[str], row: NDArray[np.float64]) -> Guess:
        ranking = sorted(
            ((name, float(p)) for name, p in zip(names, row, strict=True)), key=lambda one: (-one[1], one[0])
        )
        within = next((one for one in ranking if one[0] != OUT_OF_SCOPE), ranking[0])
        return Guess(within[0], within[1], dict(ranking).get(OUT_OF_SCOPE, 0.0), ranking)

    def _kinds(self) -> tuple[tuple[float, TfidfVectorizer], ...]:
        return (
            (self.settings.ngrams, self._ngrams),
            (self.settings.words, self._words),
            (self.settings.marks, self._marks),
        )

    def _features(self, plain: Sequence[str], vectors: NDArray[np.float32]) -> list[sparse.csr_matrix]:
        parts = []
        if self.settings.vectors:
            parts.append(sparse.csr_matrix(vectors * np.float32(self.settings.vectors)))
        for weight, kind in self._kinds():
            if weight:
                parts.append(kind.transform(plain) * np.float32(weight))
        return parts

    def _probabilities(self, blocks: list[sparse.csr_matrix]) -> NDArray[np.float64]:
        """Return what the regression says: as its predict_proba, without joining the blocks for each message."""
        scores = sum(block @ weights for block, weights in zip(blocks, self._weights, strict=True))
        scores = np.asarray(scores, dtype=np.float64) + self._regression.intercept_
        scores = np.exp(scores - scores.max(1, keepdims=True))
        return np.asarray(scores / scores.sum(1, keepdims=True), dtype=np.float64)

    def _nearest(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return how the nearest examples vote, each the more the nearer it is; rows add up to 1."""
        if self._examples.dtype != np.float32:
            self._examples = self._examples.astype(np.float32)  # once after loading: products of halves are slow
        alike = vectors @ self._examples.T
        votes = np.zeros((len(vectors), len(self._regression.classes_)))
        for number, row in enumerate(alike):
            near = np.argpartition(-row, min(_NEIGHBOURS, len(row)) - 1)[:_NEIGHBOURS]
            np.add.at(votes[number], self._places[near], np.exp(_SHARPNESS * (row[near] - 1)))
        return np.asarray(votes / votes.sum(1, keepdims=True), dtype=np.float64)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is stored: vectors by halves."""
        return {**self.__dict__, "_examples": self._examples.astype(np.float16)}


def _frequent(texts: Sequence[str]) -> frozenset[str]:
    """Return the words that stand in several messages: what slips are mended to."""
    counts = Counter(word for text in texts for word in set(concepts.plain(text).split()))
    return frozenset(word for word, count in counts.items() if count >= _FREQUENT and word.isalpha() and len(word) > 3)
