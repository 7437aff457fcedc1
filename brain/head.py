"""The linear head that turns a text and its vector into probabilities of intents; knows nothing of Rasa.

Sentence vectors carry the meaning; n-grams of characters beside them carry misspelt and very short messages. Which is
worth what is measured by `python -m brain.measure` and written down in docs/understanding.md.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

OUT_OF_SCOPE = "out_of_scope"
RANDOM_STATE = 7
_NUMBER = re.compile(r"#?\s*\b[hw][\s-]*\d[\d\s-]{4,}\d", re.IGNORECASE)


@dataclass(frozen=True)
class Settings:
    """How the head is fitted. `ngrams` and `vectors` weigh the two kinds of features (0 leaves one out)."""

    strength: float = 10.0  # C of the logistic regression
    ngrams: float = 1.0
    vectors: float = 1.0


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
    """Logistic regression over vectors and character n-grams, fitted once, then only read."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._ngrams = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), preprocessor=masked, sublinear_tf=True, min_df=2, dtype=np.float32
        )
        self._regression = LogisticRegression(
            C=settings.strength, class_weight="balanced", max_iter=500, random_state=RANDOM_STATE
        )

    def fit(self, texts: Sequence[str], vectors: NDArray[np.float32], intents: Sequence[str]) -> "Head":
        """Fit and return the head; the same examples give the same head."""
        if self.settings.ngrams:
            self._ngrams.fit(texts)
        self._regression.fit(self._features(texts, vectors), np.asarray(intents))
        return self

    def guess(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> list[Guess]:
        """Return what each text most likely wants."""
        if not texts:
            return []
        names = [str(name) for name in self._regression.classes_]
        return [self._guess(names, row) for row in self._regression.predict_proba(self._features(texts, vectors))]

    def _guess(self, names: list[str], row: NDArray[np.float64]) -> Guess:
        ranking = sorted(
            ((name, float(p)) for name, p in zip(names, row, strict=True)), key=lambda one: (-one[1], one[0])
        )
        within = next((one for one in ranking if one[0] != OUT_OF_SCOPE), ranking[0])
        return Guess(within[0], within[1], dict(ranking).get(OUT_OF_SCOPE, 0.0), ranking)

    def _features(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> sparse.csr_matrix:
        parts = []
        if self.settings.vectors:
            parts.append(sparse.csr_matrix(vectors * np.float32(self.settings.vectors)))
        if self.settings.ngrams:
            parts.append(self._ngrams.transform(texts) * np.float32(self.settings.ngrams))
        return sparse.hstack(parts).tocsr()
