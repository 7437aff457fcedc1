"""Which answer a question means: two linear heads over sentence embeddings, solved in a blink at load.

Nearest neighbour alone confuses answers that share their words ("return", "refund", "label"). The topic head learns
which directions tell our topics apart; the gate tells whether it is a question for us at all. Both are ridge
regressions with a closed solution: the same content gives the same matcher, and an edited file needs no training run.
rapidfuzz does what an encoder of whole words cannot: it repairs slips and knows our own wordings again.

Measured leave-one-wording-out with `python -m benchmarks.faq` (41 topics, 410 wordings, each asked of a matcher that
was built without it; hard, since the wordings of an entry differ on purpose). A slip in every third word or so:

                                             recall@1   recall@3   with slips @1   @3
    nearest wording or title alone              0.52       0.76        0.40       0.59
    topic head, slips repaired (in use)         0.69       0.87        0.58       0.78

Gate: AUC 0.96 against 120 strangers, each left out in turn. At 0.3 it lets in 94% of wordings that it has not seen and
17% of the strangers. Lead: at 0.05, 68% are answered and 82% of those are right; of the rest, 73% have their answer
among the three that are offered. A longer lead answers fewer and more surely (0.1: 47%, of which 92% are right).

On 160 questions that someone else wrote, measured once (`tests/faq/test_held_out.py`): recall@1 0.75, recall@3 0.90;
74% answered, of which 91% right; 94% of 62 strangers not answered.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from rapidfuzz import fuzz, process

from faq import content, spelling, vectors
from faq.entry import Entry
from faq.vectors import Vector

type Kind = Literal["answer", "did_you_mean", "none"]

LONGEST_QUESTION = 2000
"""In characters; the encoder reads about the first 500, and nobody asks one question in more than this."""
CANDIDATES = 3
FOR_US_AT = 0.3
"""Gate plus nearest cosine; below it the text is not a question that our answers are about."""
ANSWER_LEAD = 0.05
"""How far the best topic must lead the second to be answered without asking back."""
SAME_WORDING = 92.0
"""rapidfuzz ratio of 0-100 from which a text is one of our wordings with a slip in it."""

_RIDGE = 2.0


@dataclass(frozen=True)
class Match:
    """What was found: `entry` only when it is to be answered; `candidates`, best first, for a "did you mean".

    `score` says how sure it is, from 0 (a stranger) to 1 (one of our wordings): an order, not a probability.
    """

    kind: Kind
    entry: Entry | None
    candidates: tuple[Entry, ...]
    score: float


@dataclass(frozen=True)
class Evidence:
    """What the two heads say of one text: a score for each entry, and how much it is a question for us."""

    topics: Vector
    for_us: float


NOTHING = Match("none", None, (), 0.0)


class Matcher:
    """Finds the entry that a text asks for; the same text always finds the same."""

    def __init__(
        self,
        entries: Sequence[Entry],
        encode: Callable[[str], Vector],
        *,
        strangers: Sequence[str] | None = None,
        cache: Path | None = None,
    ) -> None:
        """Encode all wordings once: some seconds, or none where `cache`, a folder, holds the vectors of this content.

        `strangers` are texts that no entry answers; None takes ours.
        """
        self._entries = tuple(entries)
        self._encode = encode
        rows = [(text, place) for place, entry in enumerate(entries) for text in (*entry.wordings, *entry.sentences)]
        foreign = tuple(content.strangers() if strangers is None else strangers)
        texts = [text for text, _ in rows]
        known = vectors.encoded([*texts, *foreign], encode, cache)
        self._topics = _topic_head(known[: len(rows)], [place for _, place in rows], len(entries))
        self._gate = _gate(known[: len(rows)], known[len(rows) :])
        wording = [place for place, text in enumerate(texts) if text in entries[rows[place][1]].wordings]
        self._wordings = known[wording]
        self._owners = [rows[place][1] for place in wording]
        self._normalised = [spelling.normalise(texts[place]) for place in wording]
        self._speller = spelling.Speller(texts)

    def find(self, text: str, vector: Vector | None = None) -> Match:
        """Return what `text` asks for; `vector` is its embedding where the caller has it already."""
        asked = spelling.normalise(text) if len(text) <= LONGEST_QUESTION else ""
        if not any(sign.isalpha() for sign in asked):
            return NOTHING
        same = process.extractOne(asked, self._normalised, scorer=fuzz.ratio, score_cutoff=SAME_WORDING)
        if same is not None:
            entry = self._entries[self._owners[same[2]]]
            return Match("answer", entry, (entry,), 1.0)
        return self._judge(self.evidence(text, vector))

    def evidence(self, text: str, vector: Vector | None = None) -> Evidence:
        """Return what the heads say of `text`; a text with slips is weighed together with its repaired self."""
        found = self._weigh(self._encode(text) if vector is None else vector)
        repaired = self._speller.repair(text)
        if repaired == spelling.normalise(text):
            return found
        other = self._weigh(self._encode(repaired))
        topics = (found.topics + other.topics) * np.float32(0.5)
        return Evidence(topics, (found.for_us + other.for_us) / 2)

    def _weigh(self, vector: Vector) -> Evidence:
        nearest = float((self._wordings @ vector).max())
        return Evidence(self._topics(vector), float(self._gate(vector)[0]) + nearest)

    def _judge(self, evidence: Evidence) -> Match:
        if evidence.for_us < FOR_US_AT:
            return NOTHING
        order = [int(place) for place in np.argsort(-evidence.topics, kind="stable")[:CANDIDATES]]
        candidates = tuple(self._entries[place] for place in order)
        best = float(evidence.topics[order[0]])
        lead = best - float(evidence.topics[order[1]]) if len(order) > 1 else best
        score = min(max(best, 0.0), 0.99)
        if lead < ANSWER_LEAD:
            return Match("did_you_mean", None, candidates, score)
        return Match("answer", candidates[0], candidates, score)


@dataclass(frozen=True)
class _Head:
    """A linear head over directions from `middle`."""

    middle: Vector
    weights: Vector

    def __call__(self, vector: Vector) -> Vector:
        scores: Vector = _directions(vector[None, :], self.middle)[0] @ self.weights
        return scores


def _topic_head(known: Vector, topics: Sequence[int], count: int) -> _Head:
    wanted = np.eye(count, dtype=np.float32)[list(topics)]
    return _solve(known, wanted, np.ones(len(known), dtype=np.float32))


def _gate(ours: Vector, foreign: Vector) -> _Head:
    """Ours aim at 1 and strangers at -1; each side weighs the same, however few its rows are."""
    both = np.concatenate([ours, foreign])
    wanted = np.concatenate([np.ones(len(ours)), -np.ones(len(foreign))]).astype(np.float32)[:, None]
    weight = np.ones(len(both), dtype=np.float32)
    weight[len(ours) :] = len(ours) / max(len(foreign), 1)
    return _solve(both, wanted, weight)


def _solve(known: Vector, wanted: Vector, weight: Vector) -> _Head:
    """Ridge regression with a weight for each row, in double precision."""
    middle = np.average(known, axis=0, weights=weight).astype(np.float32)
    rows = _directions(known, middle).astype(np.float64)
    weighted = rows * weight[:, None]
    squares = rows.T @ weighted + _RIDGE * np.eye(rows.shape[1])
    return _Head(middle, np.linalg.solve(squares, weighted.T @ wanted).astype(np.float32))


def _directions(known: Vector, middle: Vector) -> Vector:
    away: Vector = known - middle
    length = np.linalg.norm(away, axis=1, keepdims=True).astype(np.float32)
    return np.asarray(away / np.maximum(length, np.float32(1e-9)), dtype=np.float32)
