"""How upset a customer is, read from one message: a linear head on the sentence's vector, and patterns of words.

The head learns from `mood_data/upset.yml` and `calm.yml`, in which unpleasant topics are told calmly ("the screen is
cracked") and pleasant words angrily ("great, another broken one"). It is a logistic regression over the vector and
the n-grams of the letters (typing errors, very short messages), solved at the start, so an edited example needs no
training run. Measured in docs/understanding.md, "Mood".
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from encoder import cache as vector_cache
from encoder import clauses
from handoff import phrases
from handoff.phrases import Sign
from kit.errors import BadInput

type Vector = NDArray[np.float32]

FOLDER = Path(__file__).parent / "mood_data"
NAMED_FROM = 0.5
"""Below it a message is calm and no words are named; the policy's thresholds should not be lower."""
HEAD = "mood.head"
LONGEST_WORDS = 120
"""In characters; what an agent reads at a glance."""
MOST_WORDS = 4

_STRICTNESS = 10.0
_SEED = 20240117
_DIGIT = re.compile(r"\d")
_WITHOUT_TONE = re.compile(r"\S*[@\d]\S*|^/\S*")
_REASONS = ("safety", "legal")
"""Urgent whatever the tone, most urgent first; a rule's name begins with its reason."""


@dataclass(frozen=True)
class Reading:
    """What one message says about its writer's mood.

    `score` runs from 0 (calm) to 1 (very upset); `words` are the customer's own, as written, that led to it; `rule`
    says how they were found ("" when calm). `reason` is why a person would come: "legal" and "safety" at once whatever
    the score, "mood" by the score and the shop's thresholds, None for a calm message.
    """

    score: float
    words: tuple[str, ...] = ()
    rule: str = ""
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what is stored with the message."""
        return {"score": self.score, "words": list(self.words), "rule": self.rule, "reason": self.reason}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the reading that `to_json` wrote; what else stands beside it is left alone."""
        words = tuple(str(word) for word in data.get("words") or ())
        return cls(float(data.get("score") or 0.0), words, str(data.get("rule") or ""), data.get("reason"))


CALM = Reading(0.0)


@dataclass(frozen=True)
class Examples:
    """Labelled messages with their kinds ("worn_out"), upset and calm ones."""

    texts: tuple[str, ...]
    kinds: tuple[str, ...]
    upset: tuple[bool, ...]


class Head:
    """The linear part: how probable it is that the writer of a message is upset."""

    def __init__(self, texts: Sequence[str], vectors: Vector, upset: Sequence[bool]) -> None:
        """Solve the regression: about 0.3 s for 1,500 messages, and the same every time."""
        _, solved, letters = solve(texts, vectors, upset)
        size = vectors.shape[1]
        self._of_vector = np.asarray(solved.coef_[0, :size], dtype=np.float32)
        self._bias = float(solved.intercept_[0])
        self._pieces: Callable[[str], list[str]] = letters.build_analyzer()
        rarity = letters.idf_
        self._of_piece = {
            str(piece): (float(rarity[place]), float(solved.coef_[0, size + place]))
            for piece, place in letters.vocabulary_.items()
        }

    def probability(self, text: str, vector: Vector) -> float:
        """Return it, from 0 to 1."""
        return _probability(self.evidence(text, vector))

    def evidence(self, text: str, vector: Vector) -> float:
        """Return the same as log-odds: 0 is undecided, above it upset."""
        return float(vector @ self._of_vector) + self.weigh(text) + self._bias

    def weigh(self, text: str) -> float:
        """Return what the letters alone add to the evidence; more is more upset.

        The same sum as the vectorizer's product with the coefficients, without building a matrix for one short text.
        """
        known = Counter(piece for piece in self._pieces(text) if piece in self._of_piece)
        length = evidence = 0.0
        for piece, count in known.items():
            rarity, coefficient = self._of_piece[piece]
            value = (1 + math.log(count)) * rarity
            length += value * value
            evidence += value * coefficient
        return evidence / math.sqrt(length) if length else 0.0


def solve(
    texts: Sequence[str], vectors: Vector, upset: Sequence[bool]
) -> tuple[sparse.csr_matrix, LogisticRegression, TfidfVectorizer]:
    """Return the rows of the texts (vector, then n-grams of letters), the regression, and what counts the n-grams."""
    letters = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2, preprocessor=_without_numbers
    )
    rows = sparse.hstack([vectors, letters.fit_transform(texts)]).tocsr()
    solved = LogisticRegression(C=_STRICTNESS, max_iter=2_000, random_state=_SEED).fit(rows, np.asarray(upset))
    return rows, solved, letters


class MoodReader:
    """Reads the mood of messages; the same text always has the same."""

    def __init__(self, encode: Callable[[str], Vector], cache: Path | None = None) -> None:
        """Learn the examples; `cache` is a folder that keeps their vectors, so that only edited ones cost seconds.

        Raises BadInput when a file of examples or patterns is wrong.
        """
        known = examples()
        vectors = vector_cache.encoded(known.texts, encode, cache, "mood")
        self._head = Head(known.texts, vectors, known.upset)
        self._phrases = phrases.Phrases()

    def read(self, text: str, vector: Vector, parts: Mapping[str, Vector] | None = None) -> Reading:
        """Return the mood of `text`; `vector` is its embedding.

        `parts` are its clauses (encoder.clauses) with their embeddings, where the caller has them: one angry sentence
        among calm ones fades in the vector of the whole, so the most upset of them decides.
        """
        if not any(sign.isalpha() for sign in _WITHOUT_TONE.sub("", text)):
            return CALM
        return judge(text, self._head, {text: vector, **(parts or {})}, self._phrases.read(text))

    def probability(self, text: str, vector: Vector) -> float:
        """Return what the head alone says of `text`, from 0 to 1."""
        return self._head.probability(text, vector)


def open_reader(encode: Callable[[str], Vector], cache: Path | None) -> MoodReader:
    """Return a reader; see MoodReader."""
    return MoodReader(encode, cache)


def judge(text: str, head: Head, parts: Mapping[str, Vector], signs: Sequence[Sign]) -> Reading:
    """Return the reading of a text from what the head says of it and its clauses (`parts`), and from the patterns.

    A clause speaks half and the whole message half: torn from its story a clause sounds angrier than it is.
    """
    whole = head.evidence(text, parts[text])
    evidence = {part: (head.evidence(part, vector) + whole) / 2 for part, vector in parts.items()}
    loudest = max(evidence, key=lambda part: evidence[part])
    probability = _probability(evidence[loudest])
    score = combined(probability, signs)
    for reason in _REASONS:
        if grave := [sign for sign in signs if sign.rule.startswith(f"{reason}.")]:
            return Reading(score, _named(grave), grave[0].rule, reason)
    if score < NAMED_FROM:
        return Reading(score)
    strongest = max(signs, key=lambda sign: sign.weight, default=None)
    if strongest is not None and strongest.weight > probability:
        return Reading(score, _named(signs), strongest.rule, "mood")
    clause = _cut(loudest) if loudest != text else _loudest_clause(text, head)
    beside = [sign for sign in signs if sign.words not in clause]
    return Reading(score, (clause, *_named(beside))[:MOST_WORDS], HEAD, "mood")


def combined(probability: float, signs: Sequence[Sign]) -> float:
    """Return the score of a message, rounded to three digits.

    It starts as the head's probability; each rule that found something then takes its weight as a share of what still
    lacks to 1. So no sign can lower a score, several weak ones add up, and the order does not matter.
    """
    lacking = 1 - probability
    for weight in {sign.rule: sign.weight for sign in signs}.values():
        lacking *= 1 - weight
    return round(1 - lacking, 3)


def examples(folder: Path = FOLDER) -> Examples:
    """Return what the head learns; raises BadInput that names the file and what is wrong with it."""
    rows = [
        (text, kind, upset)
        for name, upset in (("upset.yml", True), ("calm.yml", False))
        for kind, texts in _load(folder / name).items()
        for text in texts
    ]
    texts, kinds, labels = zip(*rows, strict=True)
    return Examples(texts, kinds, labels)


def _load(path: Path) -> dict[str, list[str]]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"{path.name}: {error}") from error
    if not isinstance(data, dict) or not all(isinstance(texts, list) and texts for texts in data.values()):
        raise BadInput(f"{path.name}: it must be kinds with a list of messages each")
    for kind, texts in data.items():
        for text in texts:
            if not isinstance(text, str) or not text.strip():
                raise BadInput(f"{path.name}: {kind}: {text!r} is no text; put it in quotes")
    return data


def _loudest_clause(text: str, head: Head) -> str:
    """Return the clause whose letters speak most for an upset writer, or the whole message when it has one clause."""
    parts = clauses.split(text) or [text]
    return _cut(max(parts, key=head.weigh))


def _named(signs: Sequence[Sign]) -> tuple[str, ...]:
    """Return the words of the signs as written, each once."""
    return tuple(dict.fromkeys(_cut(sign.words) for sign in signs))[:MOST_WORDS]


def _cut(words: str) -> str:
    words = " ".join(words.split())
    if len(words) <= LONGEST_WORDS:
        return words
    return words[: LONGEST_WORDS - 1].rsplit(" ", 1)[0] + "…"


def _probability(evidence: float) -> float:
    return 1 / (1 + math.exp(-evidence))


def _without_numbers(text: str) -> str:
    return _DIGIT.sub("0", text.lower())
