"""The linear part of the mood: a logistic regression over a message's vector and the pieces of its letters and words.

It is solved from the examples by `python -m benchmarks.mood --train` and kept in `mood_data/head.npz` with a hash of
what it learnt, so that a start takes a moment; where examples were edited since, it is solved anew at the start.
"""

import hashlib
import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from handoff.mood_examples import FOLDER, Examples

type Vector = NDArray[np.float32]
type Pieces = Mapping[str, tuple[float, float]]
"""How rare a piece is, and what it adds to the evidence."""

FILE = FOLDER / "head.npz"
LETTERS, WORDS = "letters", "words"

_VERSION = "4"
_STRICTNESS = 10.0
_RARER_THAN_LEARNT = 0.8
"""In log-odds: upset customers are rarer at the desk than among the examples."""
_SEED = 20240117
_LONGEST_PIECE = 5
_PROBE = "Which encoder is this?"
_DIGIT = re.compile(r"\d")
_TOKEN = re.compile(r"[\w']+|[!?]+")
_SPACE = re.compile(r"\s+")


class Head:
    """How probable it is that the writer of a message is upset."""

    def __init__(self, of_vector: Vector, bias: float, pieces: Mapping[str, Pieces], made_of: str = "") -> None:
        """Take what was solved; `made_of` is the hash of the examples behind it."""
        self._of_vector = of_vector
        self._bias = bias
        self._pieces = dict(pieces)
        self.made_of = made_of

    @classmethod
    def solve(cls, texts: Sequence[str], vectors: Vector, upset: Sequence[bool], made_of: str = "") -> Self:
        """Solve the regression: some seconds for 4,500 messages, and the same every time."""
        _, solved, counters = regression(texts, vectors, upset)
        coefficients = np.asarray(solved.coef_[0], dtype=np.float32)
        place, pieces = vectors.shape[1], {}
        for name, counter in counters.items():
            rarity, known = counter.idf_, counter.vocabulary_
            pieces[name] = {str(p): (float(rarity[at]), float(coefficients[place + at])) for p, at in known.items()}
            place += len(rarity)
        bias = float(solved.intercept_[0]) - _RARER_THAN_LEARNT
        return cls(coefficients[: vectors.shape[1]], bias, pieces, made_of)

    @classmethod
    def read(cls, path: Path = FILE) -> Self | None:
        """Return the kept head; None where there is none that can be read."""
        try:
            with np.load(path, allow_pickle=False) as data:
                pieces = {name: _unpacked(data, name) for name in (LETTERS, WORDS)}
                return cls(data["of_vector"], float(data["bias"]), pieces, str(data["made_of"]))
        except (OSError, ValueError, KeyError, EOFError):
            return None

    def write(self, path: Path = FILE) -> None:
        """Keep the head in a file."""
        arrays: dict[str, Any] = {
            "of_vector": self._of_vector,
            "bias": np.float64(self._bias),
            "made_of": np.str_(self.made_of),
        }
        for name, known in self._pieces.items():
            numbers = np.array(list(known.values()), dtype=np.float32)
            names = "\n".join(known).encode()
            arrays |= {f"{name}_names": np.frombuffer(names, dtype=np.uint8), f"{name}_numbers": numbers}
        np.savez_compressed(path, **arrays)

    def probability(self, text: str, vector: Vector) -> float:
        """Return it, from 0 to 1."""
        return probability(self.evidence(text, vector))

    def evidence(self, text: str, vector: Vector) -> float:
        """Return the same as log-odds: 0 is undecided, above it upset."""
        return float(vector @ self._of_vector) + self.weigh(text) + self._bias

    def weigh(self, text: str) -> float:
        """Return what letters and words alone add to the evidence; more is more upset.

        The same sum as the vectorizers' products with the coefficients, without building a matrix for one short text.
        """
        return sum(_weighed(CUT[name](text), known) for name, known in self._pieces.items())


def made_of(known: Examples, encode: Callable[[str], Vector]) -> str:
    """Return the hash of examples, encoder and method: whatever has another hash has to be solved anew."""
    labelled = (f"{text}\t{upset}".encode() for text, upset in zip(known.texts, known.upset, strict=True))
    probe = np.round(encode(_PROBE).astype(np.float64), 3).astype(np.float32).tobytes()
    return hashlib.sha256(b"\0".join([_VERSION.encode(), probe, *labelled])).hexdigest()


def regression(texts: Sequence[str], vectors: Vector, upset: Sequence[bool]) -> tuple[Any, Any, dict[str, Any]]:
    """Return the rows of the texts (vector, letters, words), the solved regression, and what counts the pieces."""
    from scipy import sparse  # type: ignore[import-untyped]  # noqa: PLC0415  these two cost half a second and 60 MB
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # noqa: PLC0415

    counters = {name: TfidfVectorizer(analyzer=cut, sublinear_tf=True, min_df=2) for name, cut in CUT.items()}
    counted = [counter.fit_transform(texts) for counter in counters.values()]
    rows = sparse.hstack([vectors, *counted]).tocsr()
    solver = LogisticRegression(C=_STRICTNESS, solver="liblinear", max_iter=1_000, random_state=_SEED)
    return rows, solver.fit(rows, np.asarray(upset)), counters


def letters_of(text: str) -> list[str]:
    """Return the pieces of two to five letters of each word, its edges marked by spaces; all digits are alike."""
    pieces = []
    for word in _plain(text).split():
        edged = f" {word} "
        for size in range(2, min(_LONGEST_PIECE, len(edged)) + 1):
            pieces += [edged[at : at + size] for at in range(len(edged) - size + 1)]
    return pieces


def words_of(text: str) -> list[str]:
    """Return the words and rows of marks of a text, alone and in pairs."""
    words = _TOKEN.findall(_plain(text))
    return [*words, *(f"{one} {two}" for one, two in itertools.pairwise(words))]


CUT: Mapping[str, Callable[[str], list[str]]] = {LETTERS: letters_of, WORDS: words_of}


def probability(evidence: float) -> float:
    """Return the probability of log-odds."""
    return 1 / (1 + math.exp(-evidence))


def _weighed(pieces: Iterable[str], known: Pieces) -> float:
    length = evidence = 0.0
    for piece, count in Counter(piece for piece in pieces if piece in known).items():
        rarity, coefficient = known[piece]
        value = (1 + math.log(count)) * rarity
        length += value * value
        evidence += value * coefficient
    return evidence / math.sqrt(length) if length else 0.0


def _unpacked(data: Any, name: str) -> Pieces:
    names = bytes(data[f"{name}_names"]).decode().split("\n")
    numbers = data[f"{name}_numbers"].tolist()
    return {piece: (rarity, coefficient) for piece, (rarity, coefficient) in zip(names, numbers, strict=True)}


def _plain(text: str) -> str:
    text = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return _SPACE.sub(" ", _DIGIT.sub("0", text))
